package main

import (
	"errors"
	"fmt"
	"io/fs"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// draft returns the first policy as far as it is written.
func (d *desk) draft() (*policy.Policy, error) {
	b, err := d.dir.ReadFile(draftFile, int64(text.Policy.MaxSize()))
	if err != nil {
		return nil, err
	}
	p, err := policy.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", draftFile, err)
	}
	if p.Vault != d.vault || p.Network != d.network {
		return nil, fmt.Errorf("%s: want vault %s on %s, found %s on %s", draftFile, d.vault, d.network, p.Vault, p.Network)
	}
	return p, nil
}

// changeDraft lets edit make a new draft of the old one, and tell say so when it
// is on disk. A draft whose policy somebody has consented to is closed: what they
// signed must stay to be seen.
func changeDraft(w cli.World, home string, edit func(*desk, *policy.Policy) (*policy.Policy, error), tell func(*desk, *policy.Policy) error) error {
	return changeDesk(w, home, func(d *desk) error {
		if err := d.stillOpen(); err != nil {
			return err
		}
		p, err := d.draft()
		if err != nil {
			return err
		}
		if p, err = edit(d, p); err != nil {
			return err
		}
		b, err := policy.Render(p)
		if err != nil {
			return err
		}
		if err := d.dir.WriteFile(draftFile, b); err != nil {
			return err
		}
		return tell(d, p)
	})
}

// stillOpen refuses to change a policy that anybody has consented to.
func (d *desk) stillOpen() error {
	p, err := d.policy()
	if errors.Is(err, errUnfinished) {
		return nil
	}
	if err != nil {
		return err
	}
	consents, err := d.consents(p)
	if err != nil || len(consents) == 0 {
		return err
	}
	return cli.Hint(fmt.Errorf("draft: want a policy that nobody has consented to yet, found the consent of %s", list(consents)), "strongroom policy show")
}

// rules returns the policy, or the draft while there is none. finished tells
// which it is.
func (d *desk) rules() (p *policy.Policy, finished bool, err error) {
	p, err = d.policy()
	if errors.Is(err, errUnfinished) {
		p, err = d.draft()
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s: want %s or %s, found neither", d.dir.Path(), policyOne, draftFile)
		}
		return p, false, err
	}
	return p, true, err
}

// toFill writes what a draft still lacks, or what comes next when it is complete.
func toFill(w cli.World, p *policy.Policy) {
	missing := p.Unfilled()
	if len(missing) == 0 {
		if reasons := p.Check(); len(reasons) > 0 {
			w.Text("Filled in, but against the rules in %d places, first:", len(reasons))
			w.Text("  %s", reasons[0].Text)
			w.Hintf("strongroom policy lint")
			return
		}
		w.Text("Nothing is left to fill in.")
		w.Hintf("strongroom policy draft finish")
		return
	}
	w.Text("To fill in:")
	for _, sentence := range missing {
		w.Text("  %s", sentence)
	}
}
