package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// writeHelp shows a command: a worked example first, then what it does, how it
// is called, its verbs and its flags. It is plain code and no template: a
// template would make the linker keep every method of every type that it
// could call by name, sockets included.
func writeHelp(out io.Writer, cmd *cobra.Command) {
	section(out, "Example:", indented(cmd.Example))
	section(out, "", aboutText(cmd))
	section(out, "Usage:", usageText(cmd))
	section(out, "Commands:", verbsText(cmd))
	section(out, "Flags:", strings.TrimRight(cmd.LocalFlags().FlagUsagesWrapped(lineWidth), "\n"))
	section(out, "Flags of every command:", strings.TrimRight(cmd.InheritedFlags().FlagUsagesWrapped(lineWidth), "\n"))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(out, "More about one: %s COMMAND --help\n", cmd.CommandPath())
	}
}

func section(out io.Writer, title, text string) {
	if text == "" {
		return
	}
	if title != "" {
		fmt.Fprintln(out, title)
	}
	fmt.Fprintf(out, "%s\n\n", text)
}

func aboutText(cmd *cobra.Command) string {
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	var lines []string
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n") {
		lines = append(lines, wrap(paragraph, lineWidth)...)
	}
	return strings.Join(lines, "\n")
}

func usageText(cmd *cobra.Command) string {
	if isGroup(cmd) {
		return "  " + cmd.CommandPath() + " COMMAND"
	}
	return "  " + cmd.UseLine()
}

func verbsText(cmd *cobra.Command) string {
	width := 0
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			width = max(width, len(c.Name()))
		}
	}
	var lines []string
	for _, c := range cmd.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		about := wrap(c.Short, lineWidth-width-4)
		lines = append(lines, "  "+pad(c.Name(), width)+"  "+about[0])
		for _, more := range about[1:] {
			lines = append(lines, strings.Repeat(" ", width+4)+more)
		}
	}
	return strings.Join(lines, "\n")
}

// indented sets each line of an example two columns in, however it was
// written.
func indented(example string) string {
	if strings.TrimSpace(example) == "" {
		return ""
	}
	lines := strings.Split(strings.Trim(example, "\n"), "\n")
	for i, line := range lines {
		lines[i] = "  " + strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}

// helpCommand is `PROGRAM help [COMMAND…]`.
func helpCommand(w World) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "show how a command is used",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			found, rest, err := root.Find(args)
			if err != nil || (len(rest) > 0 && isGroup(found)) {
				return unknownVerb(found, rest[0], append([]string{"help"}, args...))
			}
			found.InitDefaultHelpFlag()
			writeHelp(w.Out, found)
			return nil
		},
	}
}

// CheckCommands lists every command under root that lacks a worked example or
// a one-line description, one sentence each. A program's test wants none.
func CheckCommands(root *cobra.Command) []string {
	var missing []string
	if strings.TrimSpace(root.Example) == "" {
		missing = append(missing, root.CommandPath()+": wanted an example, found none")
	}
	if strings.TrimSpace(root.Short) == "" {
		missing = append(missing, root.CommandPath()+": wanted a short description, found none")
	}
	for _, c := range root.Commands() {
		missing = append(missing, CheckCommands(c)...)
	}
	return missing
}
