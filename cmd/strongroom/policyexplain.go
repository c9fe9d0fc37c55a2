package main

import (
	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
)

// explainJSON is a policy in sentences.
type explainJSON struct {
	Version  uint64        `json:"version"`
	Hash     string        `json:"hash"`
	Sections []sectionJSON `json:"sections"`
}

type sectionJSON struct {
	Title string   `json:"title"`
	Lines []string `json:"lines"`
}

func policyExplain(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "explain [VERSION|draft]",
		Short:   "the policy in sentences, every line of it",
		Long:    "Says what each line of the policy means, in the order of the text and leaving nothing out: the open draft, the policy in force, or the version given.",
		Example: "strongroom policy explain\nstrongroom policy explain draft",
		Args:    cobra.MaximumNArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			p, err := d.judged(args)
			if err != nil {
				return err
			}
			sections := d.explained(p)
			if *asJSON {
				r := explainJSON{Version: p.Version, Hash: p.Hash().String(), Sections: []sectionJSON{}}
				for _, s := range sections {
					r.Sections = append(r.Sections, sectionJSON{s.Title, append([]string{}, s.Lines...)})
				}
				return w.JSON(r)
			}
			againstRules(w, p)
			banner(w, p.Network)
			explain(w, sections)
			return nil
		})
	}
	return cmd
}

// againstRules says first of all that a draft which is filled in cannot become a
// policy as it is.
func againstRules(w cli.World, p *policy.Policy) {
	if broken := rulesBroken(p); len(broken) > 0 && len(p.Unfilled()) == 0 {
		w.Text("against the rules: %s", broken[0].Text)
	}
}

// explained returns a policy in sentences, with those of its annexes workstation
// and backup where they are at hand, and otherwise a warning that they are not.
func (d *desk) explained(p *policy.Policy) []policy.Section {
	sections := p.Explain()
	if x, err := d.workstation(p); err != nil {
		d.world.Warnf("%v", err)
	} else {
		sections = append(sections, x.Explain())
	}
	if x, err := d.backupRules(p); err != nil {
		d.world.Warnf("%v", err)
	} else {
		sections = append(sections, x.Explain())
	}
	return sections
}

// explain writes sentences.
func explain(w cli.World, sections []policy.Section) {
	for _, s := range sections {
		title(w, s.Title)
		for _, line := range s.Lines {
			w.Text("  %s", line)
		}
	}
}
