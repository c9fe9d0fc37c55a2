package cli

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Main runs the command that args name and returns the exit status. It speaks
// for the command: errors, hints and codes go to Err in the three voices, and
// with --json the machine form goes to Out as well. It recovers from nothing:
// a panic is a bug that must be seen.
func Main(w World, root *cobra.Command, args []string) int {
	prepare(w, root, args)
	cmd, err := root.ExecuteC()
	if err == nil {
		err = unwritten(w.Out)
	}
	if err == nil {
		return Done
	}
	v := judge(err)
	if v.Exit == Usage && v.Hint == "" {
		v.Hint = cmd.CommandPath() + " --help"
	}
	w.tell(v)
	if wantsJSON(cmd) && !errors.As(err, new(reported)) {
		if err := w.JSON(v); err != nil {
			w.say("error", "standard output: "+err.Error())
		}
	}
	return v.Exit
}

// prepare takes cobra's own voice away and closes what it leaves open: a
// command that names no argument rule takes none, and a group of verbs called
// without one, or with one it does not have, is a usage error.
func prepare(w World, root *cobra.Command, args []string) {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetArgs(append([]string{}, args...)) // nil would mean os.Args
	root.SetIn(w.In)
	root.SetOut(w.Out)
	root.SetErr(w.Err)
	root.SetHelpCommand(helpCommand(w))
	root.InitDefaultHelpCmd()
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { writeHelp(w.Out, cmd) })
	root.SetUsageFunc(func(cmd *cobra.Command) error { writeHelp(w.Err, cmd); return nil })
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// `strongroom staus --json`: the verb is wrong, not the flag
		if words := cmd.Flags().Args(); isGroup(cmd) && len(words) > 0 {
			return unknownVerb(cmd, words[0], args)
		}
		return usageError{err}
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	each(root, func(cmd *cobra.Command) { prepareOne(w, cmd, args) })
}

func prepareOne(w World, cmd *cobra.Command, args []string) {
	if isGroup(cmd) {
		cmd.Annotations = map[string]string{groupMark: "yes"}
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = func(cmd *cobra.Command, words []string) error {
			if len(words) > 0 {
				return unknownVerb(cmd, words[0], args)
			}
			writeHelp(w.Err, cmd)
			return Usagef("%s: wanted a command, found none", cmd.CommandPath())
		}
		return
	}
	rule := cmd.Args
	if rule == nil {
		rule = noArguments
	}
	cmd.Args = func(cmd *cobra.Command, words []string) error {
		// cobra checks the flags only later, where an error looks like the command's own
		err := errors.Join(rule(cmd, words), cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups())
		if err != nil {
			return usageError{err}
		}
		return nil
	}
}

func noArguments(cmd *cobra.Command, words []string) error {
	if len(words) > 0 {
		return Usagef("%s: wanted no argument, found %q", cmd.CommandPath(), words[0])
	}
	return nil
}

// groupMark notes on a command that it was built as a group.
const groupMark = "strongroom.group"

// isGroup tells a command that does nothing by itself but holds verbs: by how
// it was built, and still after prepareOne has given it something to run.
func isGroup(cmd *cobra.Command) bool {
	return !cmd.Runnable() || cmd.Annotations[groupMark] != ""
}

// unknownVerb hints at the corrected command line when one verb is close and
// nothing in the line needs quoting, otherwise at the group's help.
func unknownVerb(group *cobra.Command, word string, args []string) error {
	err := Usagef("%s: wanted one of its commands, found %q", group.CommandPath(), word)
	group.SuggestionsMinimumDistance = suggestDistance
	near := group.SuggestionsFor(word)
	if len(near) != 1 {
		return Hint(err, "%s --help", group.CommandPath())
	}
	line := []string{group.Root().Name()}
	replaced := false
	for _, arg := range args {
		if !replaced && arg == word {
			arg, replaced = near[0], true
		}
		if strings.Trim(arg, plainBytes) != "" {
			return Hint(err, "%s %s", group.CommandPath(), near[0])
		}
		line = append(line, arg)
	}
	return Hint(err, "%s", strings.Join(line, " "))
}

// plainBytes need no quoting in any shell.
const plainBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@+"

func each(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, c := range cmd.Commands() {
		each(c, f)
	}
}

func wantsJSON(cmd *cobra.Command) bool {
	flag := cmd.Flags().Lookup("json")
	return flag != nil && flag.Value.String() == "true"
}

// unwritten tells the first write that standard output did not take.
func unwritten(out io.Writer) error {
	if f, ok := out.(*firstError); ok && f.Err() != nil {
		return fileError(f.Err())
	}
	return nil
}
