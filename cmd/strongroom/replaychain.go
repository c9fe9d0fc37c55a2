package main

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// adoptedVersion is one version of the policy after the first, as the signers adopted
// it.
type adoptedVersion struct {
	Number    uint64
	Hash      text.Hash
	Class     text.ID
	Amendment text.Hash
	Adopted   []*decision // one for each signer that has it
}

// ok says whether at least one signer adopted it with leave.
func (v *adoptedVersion) ok() bool {
	return slices.ContainsFunc(v.Adopted, func(x *decision) bool { return x.ok() || x.Missing })
}

// followVersions gathers the versions that the logs name and finds the chain: one
// policy for each number. Two are a fork, unless a quorum has settled it.
func (r *replay) followVersions() {
	for _, x := range r.Decisions {
		b, ok := x.Body.(record.Adopted)
		if !ok {
			continue
		}
		i := slices.IndexFunc(r.Versions, func(v *adoptedVersion) bool { return v.Number == b.Version && v.Hash == b.Policy })
		if i < 0 {
			i = len(r.Versions)
			r.Versions = append(r.Versions, &adoptedVersion{Number: b.Version, Hash: b.Policy, Class: b.Class, Amendment: b.ID})
		}
		r.Versions[i].Adopted = append(r.Versions[i].Adopted, x)
	}
	slices.SortStableFunc(r.Versions, func(a, b *adoptedVersion) int { return int(a.Number) - int(b.Number) })
	r.policies = quorum.NewPolicies(r.policy)
	for i, v := range r.Versions {
		if i > 0 && r.Versions[i-1].Number == v.Number {
			r.fork(r.Versions[i-1], v)
		}
		r.follow(v)
	}
	r.policy = r.policies.Head()
	r.checkDescriptors()
}

// fork is an alarm, or a note where the signers' logs say that a quorum of
// loosening and recovery together decided which version goes on.
func (r *replay) fork(a, b *adoptedVersion) {
	for _, l := range r.logs {
		if l.State.ForksSettled() >= a.Number {
			r.note("policy %d: there were two, %s and %s; a resync of %s settled it", a.Number, a.Hash.Short(), b.Hash.Short(), l.Device)
			return
		}
	}
	r.find(b.Adopted[0].where(), true, quorum.Because(quorum.PolFork, "policy: want one version %d everywhere, found %s on %s and %s on %s",
		a.Number, a.Hash.Short(), a.Adopted[0].Device, b.Hash.Short(), b.Adopted[0].Device))
}

// follow adds a version to the auditor's own chain.
func (r *replay) follow(v *adoptedVersion) {
	next, err := policyText(r.archive.reg, v.Hash)
	class, bad := policy.ParseClass(string(v.Class))
	if err != nil || bad != nil || !v.ok() {
		return
	}
	if c, err := r.policies.Adopt(next, class, v.Adopted[0].Tip); err == nil {
		r.policies = c
	}
}

// checkDescriptors wants every descriptor that any version names.
func (r *replay) checkDescriptors() {
	told := map[text.Hash]bool{}
	for _, v := range r.policies.Versions() {
		for _, h := range descriptorHashes(v.Policy) {
			if _, err := r.descriptor(h); err != nil && !told[h] {
				r.find(quorum.PolicyName(v.Policy.Version), false, quorum.Because(quorum.PolWallet, "%v", err))
			}
			told[h] = true
		}
	}
}

// freeze is one freeze on one signer, and what lifted it there.
type freeze struct {
	Put    *decision
	Body   record.Frozen
	Lifted *decision // nil while it stands
}

// freezes returns every freeze of every log, with the thaw of the same log.
func (r *replay) freezes() []freeze {
	var out []freeze
	for _, x := range r.Decisions {
		switch b := x.Body.(type) {
		case record.Frozen:
			out = append(out, freeze{Put: x, Body: b})
		case record.Thawed:
			for i, f := range out {
				if f.Body.ID == b.Lifts && f.Put.Device == x.Device {
					out[i].Lifted = x
				}
			}
		}
	}
	return out
}

// waiting is a proposal that no log carried out.
type waiting struct {
	ID    text.Hash
	Kind  quorum.Kind // empty for a text that cannot be read
	State string
}

// readWaiting lists the proposals that are left, and why they are.
func (r *replay) readWaiting(proposals [][]byte) {
	done, recorded, ended := map[text.Hash]bool{}, map[text.Hash][]text.ID{}, map[text.Hash]string{}
	for _, x := range r.Decisions {
		switch b := x.Body.(type) {
		case record.Recorded:
			recorded[x.ID] = append(recorded[x.ID], x.Device)
		case record.Vetoed:
			ended[x.ID] = "vetoed by " + list(b.Officers)
		case record.Cleared:
		case record.Killed:
			done[x.ID], ended[b.ID] = true, "cancelled by "+string(b.Officer)
		default:
			done[x.ID] = true
		}
	}
	for _, b := range proposals {
		if id := text.Identity(b); !done[id] {
			r.Waiting = append(r.Waiting, r.waiting(b, recorded[id], ended[id]))
		}
	}
}

func (r *replay) waiting(b []byte, recorded []text.ID, ended string) waiting {
	w := waiting{ID: text.Identity(b)}
	p, err := quorum.ParseProposal(b)
	if err != nil {
		w.State = "cannot be read"
		return w
	}
	w.Kind = p.Kind()
	tip, _ := r.chain.Tip()
	switch {
	case ended != "":
		w.State = ended
	case p.Expires != 0 && p.Expires < tip.Height:
		w.State = fmt.Sprintf("expired at block %d", p.Expires)
	case p.PolicyVersion < r.policy.Version:
		w.State = fmt.Sprintf("made under version %d", p.PolicyVersion)
	case len(recorded) > 0:
		w.State = "waits on " + list(recorded)
	default:
		w.State = "on no signer yet"
	}
	return w
}

// others counts the decisions that spend no coins, in a phrase, empty for none.
func (r *replay) others() string {
	n, good := 0, 0
	for _, x := range r.Decisions {
		if _, ok := x.Body.(record.Released); ok {
			continue
		}
		n++
		if x.ok() {
			good++
		}
	}
	switch {
	case n == 0:
		return ""
	case good == n:
		return fmt.Sprintf(" and %s", count(n, "other decision"))
	}
	return fmt.Sprintf(" and %d of %s", good, count(n, "other decision"))
}

// approvedBy says who asked for a paper and who approved it, in a phrase.
func (x *decision) approvedBy() string {
	var parts []string
	if x.Report.Proposal != nil {
		parts = append(parts, fmt.Sprintf("asked by %s", x.Report.Proposal.Maker))
	}
	if people := x.approvers(); len(people) > 0 {
		parts = append(parts, "approved by "+strings.Join(people, " and "))
	}
	return strings.Join(parts, ", ")
}
