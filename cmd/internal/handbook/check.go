package handbook

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Check returns what a tree of commands does not know or would not take, one
// sentence for each command, with the place where it stands.
func Check(root *cobra.Command, list []Command) (complaints []string) {
	each(root, func(c *cobra.Command) { c.InitDefaultHelpFlag() })
	root.InitDefaultVersionFlag()
	for _, c := range list {
		if err := checkOne(root, c); err != nil {
			complaints = append(complaints, fmt.Sprintf("%s:%d: %s: %v", c.Page, c.Line, strings.Join(c.Words, " "), err))
		}
	}
	return complaints
}

// Examples returns the commands of all help pages of a tree, with the command whose
// example they are as their page.
func Examples(root *cobra.Command) (list []Command) {
	each(root, func(cmd *cobra.Command) {
		for _, c := range InExample(cmd.Example, root.Name()) {
			c.Page = cmd.CommandPath() + " --help"
			list = append(list, c)
		}
	})
	return list
}

func each(cmd *cobra.Command, do func(*cobra.Command)) {
	do(cmd)
	for _, c := range cmd.Commands() {
		each(c, do)
	}
}

// call is one command as far as it has been read.
type call struct {
	cmd   *cobra.Command
	given map[string]bool // flags
	args  []string
}

func checkOne(root *cobra.Command, c Command) error {
	at := call{cmd: root, given: map[string]bool{}}
	words := c.Words[1:]
	if len(words) > 0 && words[0] == "help" {
		words = words[1:]
		at.given["help"] = true
	}
	for len(words) > 0 {
		used, err := at.take(words)
		if err != nil {
			return err
		}
		words = words[used:]
	}
	if !c.Whole || at.given["help"] || at.given["version"] {
		return nil
	}
	return at.complete()
}

// take reads one word, or a flag and its value, and returns how many these are.
func (c *call) take(words []string) (int, error) {
	if w := words[0]; len(w) > 1 && w[0] == '-' && w != "--" {
		return c.flag(words)
	}
	if words[0] == dots || words[0] == anyCommand {
		return 1, nil
	}
	if len(c.args) == 0 {
		for _, below := range c.cmd.Commands() {
			if below.Name() == words[0] || below.HasAlias(words[0]) {
				c.cmd = below
				return 1, nil
			}
		}
	}
	if c.cmd.HasSubCommands() && !c.cmd.Runnable() {
		return 0, fmt.Errorf("%s: want one of its commands, found %s", c.cmd.CommandPath(), words[0])
	}
	c.args = append(c.args, words[0])
	return 1, nil
}

func (c *call) flag(words []string) (int, error) {
	name, _, valued := strings.Cut(words[0], "=")
	f := c.lookup(name)
	if f == nil {
		return 0, fmt.Errorf("%s: want one of its flags, found %s", c.cmd.CommandPath(), name)
	}
	c.given[f.Name] = true
	if valued || f.NoOptDefVal != "" {
		return 1, nil
	}
	if len(words) == 1 {
		return 0, fmt.Errorf("%s: want a value of %s, found none", c.cmd.CommandPath(), name)
	}
	return 2, nil
}

func (c *call) lookup(name string) *pflag.Flag {
	if long, ok := strings.CutPrefix(name, "--"); ok {
		return c.cmd.Flag(long)
	}
	if f := c.cmd.Flags().ShorthandLookup(name[1:2]); f != nil {
		return f
	}
	return c.cmd.InheritedFlags().ShorthandLookup(name[1:2])
}

// complete says why a whole command would not be taken.
func (c *call) complete() (err error) {
	if !c.cmd.Runnable() {
		return fmt.Errorf("%s: want one of its commands, found none", c.cmd.CommandPath())
	}
	c.cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if _, required := f.Annotations[cobra.BashCompOneRequiredFlag]; required && !c.given[f.Name] && err == nil {
			err = fmt.Errorf("%s: want --%s, found it not there", c.cmd.CommandPath(), f.Name)
		}
	})
	switch {
	case err != nil:
		return err
	case c.cmd.Args != nil:
		return c.cmd.Args(c.cmd, c.args)
	case len(c.args) > 0:
		return fmt.Errorf("%s: want no arguments, found %s", c.cmd.CommandPath(), c.args[0])
	}
	return nil
}
