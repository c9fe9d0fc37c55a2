package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// caseJSON is one example case and what became of it.
type caseJSON struct {
	Name   text.ID `json:"name"`
	Case   string  `json:"case"`
	Agrees bool    `json:"agrees"`
	Tier   text.ID `json:"tier,omitempty"`
	Code   string  `json:"code,omitempty"`
	Text   string  `json:"text"`
}

func policyTest(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test [FILE]",
		Short: "hold the policy against the examples that people agreed on",
		Long: "Reads example withdrawals, one a line, each with what is expected of it, and tries them on the open draft or the policy in force. " +
			"Without a file it reads cases.txt of the home, which is written with the first policy and is yours to add to.\n" +
			"Ends with 1 when a case does not agree: then either the policy or the case says something that nobody meant.",
		Example: "strongroom policy test\nstrongroom policy test cases.txt --policy 2",
		Args:    cobra.MaximumNArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	which := cmd.Flags().String("policy", "", "test `VERSION`, or draft (default: the open draft, or the policy in force)")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			var named []string
			if *which != "" {
				named = []string{*which}
			}
			p, err := d.judged(named)
			if err != nil {
				return err
			}
			cases, err := d.cases(args)
			if err != nil {
				return err
			}
			return d.tryCases(p, cases, *asJSON)
		})
	}
	return cmd
}

// cases reads the example cases of a file, or of the home.
func (d *desk) cases(args []string) ([]policy.Case, error) {
	name := casesFile
	var b []byte
	var err error
	if len(args) == 1 {
		name = args[0]
		b, err = d.world.ReadFile(name, maxCases)
	} else if b, err = d.dir.ReadFile(casesFile, maxCases); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: want example cases in %s, found none: %w", casesFile, d.dir.Path(), err)
	}
	if err != nil {
		return nil, err
	}
	cases, err := policy.ParseCases(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return cases, nil
}

// writeCases writes the policy's own examples, unless people have some.
func (d *desk) writeCases(p *policy.Policy) error {
	if _, err := d.dir.ReadFile(casesFile, maxCases); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	cases := p.ExampleCases()
	if len(cases) == 0 {
		return nil
	}
	return d.dir.WriteFile(casesFile, policy.FormatCases(cases))
}

func (d *desk) tryCases(p *policy.Policy, cases []policy.Case, asJSON bool) error {
	report, odd := []caseJSON{}, 0
	for _, c := range cases {
		o := p.Try(c)
		x := caseJSON{Name: c.Name, Case: c.String(), Agrees: c.Agrees(o), Tier: o.Tier, Code: o.Code, Text: o.Text}
		if !x.Agrees {
			odd++
		}
		report = append(report, x)
	}
	var err error
	if odd > 0 {
		err = cli.Hint(fmt.Errorf("policy %d: want all %d cases to agree, found %d that do not", p.Version, len(cases), odd), "strongroom policy explain")
	}
	if asJSON {
		return errors.Join(d.world.JSON(report), cli.Reported(err))
	}
	banner(d.world, p.Network)
	for _, x := range report {
		x.show(d.world)
	}
	d.world.Text("%d of %s agree with policy %d.", len(cases)-odd, count(len(cases), "case"), p.Version)
	return err
}

func (x caseJSON) show(w cli.World) {
	if x.Agrees {
		w.Text("agrees: %s", x.Name)
		return
	}
	w.Text("DISAGREES: %s", x.Case)
	if x.Code != "" {
		w.Text("  refused: %s (%s)", x.Text, x.Code)
		return
	}
	w.Text("  approved in tier %s: %s", x.Tier, x.Text)
}
