package main

import (
	"errors"
	"fmt"
	"io/fs"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// draft returns the policy that is being written, as far as it is: the first
// one, or the version after the one in force.
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

// errNoDraft tells that a policy is in force and nobody has begun the next one.
var errNoDraft = errors.New("want an open draft, found none")

// openDraft returns the draft that may be changed now: the first policy's as
// long as nobody has consented to it, afterwards the one that follows the policy
// in force.
func (d *desk) openDraft() (*policy.Policy, error) {
	p, err := d.draft()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil || p.Version <= 1 {
		return d.firstDraft(p)
	}
	v, err := d.view()
	if err != nil {
		return nil, err
	}
	return p, d.follows(v, p)
}

// firstDraft returns the draft of version 1, while it is still open.
func (d *desk) firstDraft(p *policy.Policy) (*policy.Policy, error) {
	if p == nil || p.Version <= 1 {
		if err := d.stillOpen(); err != nil {
			return nil, err
		}
	}
	if p == nil {
		return d.draft()
	}
	return p, nil
}

// follows wants a draft that stands on the policy in force: on another one its
// differences would mean something else than was written.
func (d *desk) follows(v *view, p *policy.Policy) error {
	head := v.policy
	switch {
	case p.Version <= head.Version && p.Version > 1 && adopted(v, p):
		return noDraft(head)
	case p.Version != head.Version+1 || p.Previous != head.Hash():
		return cli.Hint(fmt.Errorf("draft: want version %d after %s, the policy in force, found version %d after %s; note its differences and begin again",
			head.Version+1, head.Hash().Short(), p.Version, p.Previous.Short()), "strongroom policy draft discard")
	}
	return nil
}

func adopted(v *view, p *policy.Policy) bool {
	x, ok := v.policies.At(p.Version)
	return ok && x.Policy.Hash() == p.Hash()
}

func noDraft(head *policy.Policy) error {
	return cli.Hint(fmt.Errorf("draft: want one of version %d, found none: policy %d is in force", head.Version+1, head.Version), "strongroom policy draft start")
}

// changeDraft lets edit make a new draft of the old one, and tell say so when it
// is on disk. A draft whose policy somebody has consented to is closed: what they
// signed must stay to be seen.
func changeDraft(w cli.World, home string, edit func(*desk, *policy.Policy) (*policy.Policy, error), tell func(*desk, *policy.Policy) error) error {
	return changeDesk(w, home, func(d *desk) error {
		p, err := d.openDraft()
		if err != nil {
			return err
		}
		if p, err = edit(d, p); err != nil {
			return err
		}
		if err := d.saveDraft(p); err != nil {
			return err
		}
		return tell(d, p)
	})
}

func (d *desk) saveDraft(p *policy.Policy) error {
	b, err := policy.Render(p)
	if err != nil {
		return err
	}
	return d.dir.WriteFile(draftFile, b)
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
	if len(waitedFor(p, consents)) == 0 {
		v, err := d.view()
		if err != nil {
			return err
		}
		return noDraft(v.policy)
	}
	return cli.Hint(fmt.Errorf("draft: want a policy that nobody has consented to yet, found the consent of %s", list(consents)), "strongroom policy show")
}

// rules returns the policy in force, or the draft of the first one while there is
// none. finished tells which it is. Where the registry does not tell which one is
// in force, because a log in it is spoiled, it is the first.
func (d *desk) rules() (p *policy.Policy, finished bool, err error) {
	first, err := d.policy()
	if errors.Is(err, errUnfinished) {
		p, err = d.draft()
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s: want %s or %s, found neither", d.dir.Path(), policyOne, draftFile)
		}
		return p, false, err
	}
	if err != nil {
		return nil, true, err
	}
	v, err := d.view()
	if err != nil {
		d.world.Warnf("policy: want the one in force, found only the first: %v", err)
		return first, true, nil
	}
	return v.policy, true, nil
}

// toFill writes what a draft still lacks, or what comes next when it is complete.
func toFill(w cli.World, p *policy.Policy) {
	missing := p.Unfilled()
	if len(missing) == 0 {
		if reasons := p.Check(); len(reasons) > 0 {
			w.Text("Filled in, but against the rules in %s, first:", count(len(reasons), "place"))
			w.Text("  %s", reasons[0].Text)
			w.Hintf("strongroom policy lint")
			return
		}
		if p.Version > 1 {
			w.Hintf("strongroom policy diff")
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

// founded wants a first policy that every officer has consented to: before that
// there is nothing to change but the draft itself.
func (d *desk) founded(v *view) error {
	first, _ := v.policies.At(1)
	given, err := d.consents(first.Policy)
	if err != nil || v.policy.Version > 1 {
		return err
	}
	if wanting := waitedFor(first.Policy, given); len(wanting) > 0 {
		return refuse(quorum.PolConsent, "policy 1: want the consent of every officer before it is changed, found none of %s", list(wanting))
	}
	return nil
}
