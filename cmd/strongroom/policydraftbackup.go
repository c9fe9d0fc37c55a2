package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func draftBackup(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "write into the draft what is wanted of the copies: how many, where, and who opens them",
		Long: "Makes annex backup of the lines in FILE and names it in the draft. Lines may stand in any order; those that begin with # are left out. " +
			"With --template it writes such a file instead: the numbers of the preset, the officers' keys that age can seal to, and words in capitals to fill in, or the lines of the annex that the policy has. " +
			"Before a policy has the annex, the strictest values hold.",
		Example: "strongroom policy draft backup --template > backup.txt\nstrongroom policy draft backup backup.txt",
		Args:    cobra.MaximumNArgs(1),
	}
	template := cmd.Flags().Bool("template", false, "write lines to fill in")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		switch {
		case *template == (len(args) == 1):
			return cli.Usagef("draft backup: want FILE or --template")
		case *template:
			return inDesk(w, *home, func(d *desk) error { return d.backupTemplate() })
		}
		lines, err := readBackupLines(w, args[0])
		if err != nil {
			return err
		}
		return changeDraft(w, *home, func(d *desk, p *policy.Policy) (*policy.Policy, error) {
			return d.withBackup(p, args[0], lines)
		}, draftedBackup(w))
	}
	return cmd
}

func (d *desk) backupTemplate() error {
	p, err := d.judged(nil)
	if err != nil {
		return err
	}
	preset, err := d.preset()
	if err != nil {
		return err
	}
	now, err := d.backupRules(p)
	if err != nil {
		return err
	}
	_, err = d.world.Out.Write(p.BackupTemplate(preset, now))
	return err
}

// numbered is a line of a file, and which one it is.
type numbered struct {
	line   string
	number int
}

// readBackupLines returns the lines of a file that are no remarks, sorted. A
// private key in it is refused and not repeated.
func readBackupLines(w cli.World, file string) ([]numbered, error) {
	b, err := w.ReadFile(file, int64(text.Annex.MaxSize()))
	if err != nil {
		return nil, err
	}
	var out []numbered
	for i, l := range strings.Split(string(b), "\n") {
		loud := strings.ToUpper(l)
		if strings.Contains(loud, "SECRET-KEY") || strings.Contains(loud, "PRIVATE KEY") {
			return nil, fmt.Errorf("%s line %d: want public keys only, found a private one: take care where it has been", file, i+1)
		}
		if l != "" && !strings.HasPrefix(l, "#") {
			out = append(out, numbered{l, i + 1})
		}
	}
	slices.SortFunc(out, func(a, b numbered) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.number, b.number))
	})
	return out, nil
}

// withBackup returns the draft with an annex of these lines, which the registry
// then has.
func (d *desk) withBackup(p *policy.Policy, file string, lines []numbered) (*policy.Policy, error) {
	a := policy.AnnexText{Vault: p.Vault, Name: "backup"}
	for _, l := range lines {
		a.Lines = append(a.Lines, l.line)
	}
	b, err := policy.RenderAnnex(a)
	if err != nil {
		return nil, misfit(file, lines, err)
	}
	q, err := p.SetAnnex(policy.Annex{Name: a.Name, Hash: text.Identity(b)})
	if err != nil {
		return nil, err
	}
	if err := d.checkAnnex(q, b); err != nil {
		return nil, err
	}
	_, err = d.reg.PutText(b)
	return q, err
}

// linesBefore is how many lines stand in an annex before its own.
const linesBefore = 3

// misfit names the line of the file that does not fit, rather than that of the
// sorted text.
func misfit(file string, lines []numbered, err error) error {
	var e *text.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %w", file, err)
	}
	r := quorum.ReasonOf(err, quorum.TextGrammar)
	r.Text = file + ": " + e.Text
	if i := e.Line - linesBefore - 1; i >= 0 && i < len(lines) {
		r.Text = fmt.Sprintf("%s line %d: %s", file, lines[i].number, e.Text)
	}
	return cli.Hint(refusal([]quorum.Reason{r}), "strongroom policy draft backup --template   # every line and what it means")
}

// draftedBackup says that the draft has the annex, and how far the places it
// lists are from what it asks of them.
func draftedBackup(w cli.World) func(*desk, *policy.Policy) error {
	return func(d *desk, p *policy.Policy) error {
		b, err := d.backupRules(p)
		if err != nil {
			return err
		}
		for _, f := range geography(b).Check(storePlaces(b)) {
			w.Warnf("annex backup: %s", f)
		}
		if err := drafted(w)(d, p); err != nil {
			return err
		}
		w.Hintf("strongroom policy explain draft   # in sentences")
		return nil
	}
}
