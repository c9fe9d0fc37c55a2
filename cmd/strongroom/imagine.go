package main

import (
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// beside is what every bundle carries beside the order it is for: what stops
// things, and the changes of the policy, that some signer has not taken yet.
type beside struct {
	brakes     []quorum.Submission
	thaws      []quorum.Submission // of the same bundle
	amendments []quorum.Submission // the oldest first
}

// readBeside gathers it from the registry, once for a view.
func (d *desk) readBeside(v *view, signers []signerLog) error {
	if v.beside != nil {
		return nil
	}
	v.beside = &beside{}
	err := d.eachProposal(func(id text.Hash) error {
		p, err := d.proposal(id)
		if err != nil || !p.Kind().Brake() || settled(p, signers) {
			return nil // what cannot be read stops nothing
		}
		sub, err := d.submissionUnder(v, id)
		v.beside.brakes = append(v.beside.brakes, sub)
		return err
	})
	if err != nil {
		return err
	}
	for _, version := range v.policies.Versions()[1:] {
		sub, ok, err := d.amendmentOf(v, signers, version.Policy.Version)
		if err != nil {
			return err
		}
		if ok {
			v.beside.amendments = append(v.beside.amendments, sub)
		}
	}
	return nil
}

// settled says that a brake need not be carried any more: every signer has it, or
// one of them has lifted it.
func settled(p *quorum.Proposal, signers []signerLog) bool {
	lifted := slices.ContainsFunc(signers, func(s signerLog) bool { return s.state.Lifted(p.ID()) })
	return lifted || !slices.ContainsFunc(signers, func(s signerLog) bool { return !s.carried(p) })
}

// amendmentOf returns the amendment that adopted a version; ok is false when
// every signer has it.
func (d *desk) amendmentOf(v *view, signers []signerLog, version uint64) (sub quorum.Submission, ok bool, err error) {
	var id text.Hash
	missing := false
	for _, s := range signers {
		a, ok := s.state.Adoption(version)
		if !ok {
			missing = true
			continue
		}
		id = a.ID
	}
	if !missing || id.IsZero() {
		return quorum.Submission{}, false, nil
	}
	sub, err = d.submissionUnder(v, id)
	return sub, err == nil, err
}

// imagine returns the world in which a signer will judge the order: as its own
// log and policies are, after it has taken what the bundle carries beside it.
func (x *dossier) imagine(s signerLog) quorum.World {
	w := s.world(x.view)
	w.Policies = s.chainOf(x.view.policies)
	if r, ok := x.order.proposal.Body.(quorum.Resync); ok && r.From.Size < s.state.Size() {
		if before, err := record.Fold(s.proven.Entries()[:r.From.Size], s.state.Network()); err == nil {
			w.State = before // the machine lost what its log in the registry has
		}
	}
	if x.beside == nil || x.order.proposal.Kind().Brake() {
		return w
	}
	for _, sub := range slices.Concat(x.beside.brakes, x.beside.thaws) {
		if text.Identity(sub.Text) != x.order.id {
			s.brake(&w, sub)
		}
	}
	for _, sub := range x.beside.amendments {
		if text.Identity(sub.Text) != x.order.id {
			adopt(&w, sub)
		}
	}
	return w
}

// chainOf returns the chain as far as the signer has adopted it, with the times
// at which it did.
func (s signerLog) chainOf(all *quorum.Policies) *quorum.Policies {
	first, _ := all.At(1)
	mine := quorum.NewPolicies(first.Policy)
	for _, a := range s.state.Adoptions() {
		v, ok := all.At(a.Version)
		if !ok {
			break
		}
		next, err := mine.Adopt(v.Policy, v.Class, a.Tip)
		if err != nil {
			break
		}
		mine = next
	}
	return mine
}

// adopt takes the next version of the policy into a world, if its signer will.
func adopt(w *quorum.World, sub quorum.Submission) {
	permit, _ := quorum.Judge(*w, sub, quorum.Release)
	if !permit.Valid() || permit.Next() == nil {
		return
	}
	a, _ := permit.Proposal().Body.(quorum.Amendment)
	if next, err := w.Policies.Adopt(permit.Next(), a.Class, tipOf(*w)); err == nil {
		w.Policies = next
	}
}

// brake takes a freeze, a cancellation or a thaw into a world, if its signer
// will. The
// signer's own state stays as it is.
func (s signerLog) brake(w *quorum.World, sub quorum.Submission) {
	permit, _ := quorum.Judge(*w, sub, quorum.Release)
	if !permit.Valid() || s.carried(permit.Proposal()) {
		return
	}
	p := permit.Proposal()
	var body record.Body
	switch b := p.Body.(type) {
	case quorum.Freeze:
		body = record.Frozen{ID: p.ID(), Scope: b.Scope, Officer: p.Maker}
	case quorum.Cancel:
		body = record.Killed{ID: b.Kills, By: p.ID(), Officer: p.Maker}
	case quorum.Thaw:
		body = record.Thawed{ID: p.ID(), Lifts: b.Lifts, Signers: permit.Seated()}
	}
	if w.State == s.state {
		own, err := record.Fold(s.proven.Entries(), s.state.Network())
		if err != nil {
			return
		}
		w.State = own
	}
	next := record.Record{Head: record.Head{Seq: w.State.Size(), Tip: tipOf(*w)}, Body: body}
	if err := w.State.Apply(next); err != nil {
		return // then the signer cannot write it either
	}
}

func tipOf(w quorum.World) record.Tip {
	p, ok := w.Chain.Tip()
	return record.Tip{Known: ok, Height: p.Height, Hash: p.Hash}
}

func (s signerLog) froze(id text.Hash) bool {
	return slices.ContainsFunc(s.state.Freezes(), func(f record.Freeze) bool { return f.ID == id })
}

func adoption(id text.Hash) func(record.Adoption) bool {
	return func(a record.Adoption) bool { return a.ID == id }
}

func rehearsed(id text.Hash) func(record.Rehearsal) bool {
	return func(r record.Rehearsal) bool { return r.ID == id }
}
