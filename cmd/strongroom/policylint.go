package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// lintFlags are how a policy text is judged.
type lintFlags struct {
	annexes []string
	table   bool
	json    *bool
}

// lintJSON is what the judgement of a policy text found.
type lintJSON struct {
	Hash     string     `json:"hash"`
	Version  uint64     `json:"version"`
	Unfilled []string   `json:"unfilled"`
	Findings []lintLine `json:"findings"`
	Table    []string   `json:"table,omitempty"`
}

type lintLine struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
}

func policyLint(w cli.World, home *string) *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint [FILE|VERSION|draft]",
		Short: "judge a policy text before anybody signs it",
		Long: "Judges the file given, or a version of this home's policy, or its open draft, first as signers do and then as people should: " +
			"who is indispensable, what nobody can reach, who could pass by it. What is left to fill in is listed and is no failure; " +
			"what a signer would refuse, and every error of the linter, ends with status 3. Warnings end with 0.\n" +
			"With --table it writes who can do what, who can stop it, and whose loss closes the vault.",
		Example: "strongroom policy lint\nstrongroom policy lint draft --table --annex people.txt",
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.Flags().StringArrayVar(&f.annexes, "annex", nil, "take the annex in `FILE`; repeatable (default: those of the registry)")
	cmd.Flags().BoolVar(&f.table, "table", false, "write the coalition table")
	f.json = cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		l, err := lintInput(w, *home, args, f)
		if err != nil {
			return err
		}
		return l.lint(w, f)
	}
	return cmd
}

// linted is a policy with what it is judged by.
type linted struct {
	policy  *policy.Policy
	annexes policy.Annexes
	height  uint32        // at which it is proposed
	preset  policy.Preset // that the home began with; none for a file
}

// lintInput reads the policy that was named. A file needs no home.
func lintInput(w cli.World, home string, args []string, f lintFlags) (linted, error) {
	texts, err := readAnnexes(w, f.annexes)
	if err != nil {
		return linted{}, err
	}
	if len(args) == 1 && args[0] != draftWord {
		if _, err := parseVersion(args[0]); err != nil {
			p, err := readPolicy(w, args[0])
			if err != nil {
				return linted{}, err
			}
			return linted{policy: p, annexes: quorum.AnnexesOf(p, texts), height: p.Origin.Height}, nil
		}
	}
	var l linted
	err = inDesk(w, home, func(d *desk) error {
		l, err = d.lintInput(args, texts)
		return err
	})
	return l, err
}

func (d *desk) lintInput(args []string, texts [][]byte) (linted, error) {
	p, err := d.judged(args)
	if err != nil {
		return linted{}, err
	}
	l := linted{policy: p, height: p.Origin.Height}
	c, err := d.chain(p)
	if err != nil {
		return l, err
	}
	if tip, ok := c.Tip(); ok {
		l.height = tip.Height
	}
	if l.preset, err = d.preset(); err != nil {
		return l, err
	}
	stored, err := annexesOf(d.reg, p)
	l.annexes = quorum.AnnexesOf(p, append(texts, stored...))
	return l, err
}

// judged returns the policy that was named; without a name the open draft, or
// the policy in force.
func (d *desk) judged(args []string) (*policy.Policy, error) {
	first, err := d.policy()
	if errors.Is(err, errUnfinished) {
		return d.draftText()
	}
	if err != nil {
		return nil, err
	}
	v, err := d.view()
	if err != nil {
		return nil, err
	}
	if len(args) == 1 {
		return d.policyNamed(v, args[0])
	}
	p, err := d.draftText()
	if errors.Is(err, errNoDraft) || err == nil && (p.Version <= 1 && v.policy != first || p.Version > 1 && adopted(v, p)) {
		return v.policy, nil
	}
	if err == nil && p.Version <= 1 {
		return first, nil
	}
	return p, err
}

// readAnnexes reads annexes from files, as strictly as signers do.
func readAnnexes(w cli.World, files []string) ([][]byte, error) {
	var out [][]byte
	for _, file := range files {
		b, err := w.ReadFile(file, int64(text.Annex.MaxSize()))
		if err != nil {
			return nil, err
		}
		if _, err := policy.ParseAnnex(b); err != nil {
			r := quorum.ReasonOf(err, quorum.TextGrammar)
			r.Text = file + ": " + r.Text
			return nil, refusal([]quorum.Reason{r})
		}
		out = append(out, b)
	}
	return out, nil
}

// rulesBroken returns why a signer would refuse the policy, whatever its version.
// What is to be filled in is told apart.
func rulesBroken(p *policy.Policy) []quorum.Reason {
	var out []quorum.Reason
	for _, r := range quorum.CheckFirst(p) {
		later := r.Code == quorum.PolVersion && p.Version > 1 && !p.Previous.IsZero()
		if r.Code != quorum.PolUnfilled && !later {
			out = append(out, r)
		}
	}
	return out
}

// unwise turns the linter's errors into the error of a rule that says no.
func unwise(found []policy.Finding) error {
	var bad []policy.Finding
	var codes []string
	for _, x := range found {
		if x.Severity != policy.Error {
			continue
		}
		bad = append(bad, x)
		if !slices.Contains(codes, x.Code) {
			codes = append(codes, x.Code)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return cli.Refusal{Sentence: bad[0].Text, Codes: codes, Hint: "strongroom policy lint --table", Call: "whoever drafts the policy"}
}

// findings returns what the linter finds, and what the preset wants beside it.
func (l linted) findings() []policy.Finding {
	return append(lintAt(l.policy, l.height, l.annexes), presetWants(l.preset, l.policy, l.annexes)...)
}

func (l linted) report(f lintFlags) lintJSON {
	r := lintJSON{Hash: l.policy.Hash().String(), Version: l.policy.Version, Unfilled: append([]string{}, l.policy.Unfilled()...), Findings: []lintLine{}}
	for _, x := range rulesBroken(l.policy) {
		r.Findings = append(r.Findings, lintLine{string(x.Code), policy.Error.String(), x.Text})
	}
	for _, x := range l.findings() {
		r.Findings = append(r.Findings, lintLine{x.Code, x.Severity.String(), x.Text})
	}
	if f.table {
		r.Table = l.table()
	}
	return r
}

func (l linted) table() []string {
	if len(l.policy.Unfilled()) > 0 {
		return []string{"no table: people and wallets are still to be filled in"}
	}
	return l.policy.CoalitionsAt(l.height, l.annexes).Text()
}

func (l linted) lint(w cli.World, f lintFlags) error {
	broken, found := rulesBroken(l.policy), l.findings()
	refused := refusal(broken)
	if refused == nil {
		refused = unwise(found)
	}
	if *f.json {
		return errors.Join(w.JSON(l.report(f)), cli.Reported(refused))
	}
	banner(w, l.policy.Network)
	if len(l.policy.Unfilled()) > 0 {
		toFill(w, l.policy)
	}
	if len(broken) == 0 {
		w.Text("Nothing in the text is against the rules.")
	}
	for _, x := range found {
		w.Text("%s", x.String())
	}
	if f.table {
		for _, line := range l.table() {
			fmt.Fprintln(w.Out, line) // laid out already; names and numbers of a parsed text
		}
	}
	moreReasons(w, broken)
	return refused
}
