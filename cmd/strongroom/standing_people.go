package main

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// wantsPeople is where an order stands that only people keep from going on, or
// else what stands in its way.
func (x *dossier) wantsPeople(reasons []quorum.Reason) standing {
	o := x.order
	people := []quorum.Code{quorum.SeatShort, quorum.PolSeats, quorum.PolLockout, quorum.PolConsent}
	if i := slices.IndexFunc(reasons, func(r quorum.Reason) bool { return !slices.Contains(people, r.Code) && !signatureNote(r.Code) }); i >= 0 {
		return standing{State: isRefused, Detail: reasons[i].String(), Next: "strongroom why " + o.id.Short()}
	}
	by := lessWait(o.proposal.Expires, x.sittingHere().Cool)
	if who := x.consentsOpen(); len(who) > 0 {
		a, _ := o.proposal.Body.(quorum.Amendment)
		detail := "of everybody who is new, or has a new key"
		if short := missing(x.short()); short != "" {
			detail += "; and approvals: " + short
		}
		return standing{State: wantsConsent, Detail: detail, Next: "strongroom consent " + quorum.PolicyName(a.Version), Waiting: who, By: by}
	}
	return standing{State: wantsSigning, Detail: missing(x.short()), Next: "strongroom approve " + o.id.Short(), Waiting: x.awaited(), By: by}
}

// signatureNote says whether a code among reasons only explains a missing
// consent: a signature that does not verify.
func signatureNote(c quorum.Code) bool { return strings.HasPrefix(string(c), "SIG-") }

// reasonOf returns the first reason with one of the codes.
func reasonOf(reasons []quorum.Reason, codes ...quorum.Code) (quorum.Reason, bool) {
	i := slices.IndexFunc(reasons, func(r quorum.Reason) bool { return slices.Contains(codes, r.Code) })
	if i < 0 {
		return quorum.Reason{}, false
	}
	return reasons[i], true
}

// short returns the seats that nobody fills yet. Where the judgement ended
// before it came to the seats, they are matched here; and where they are full,
// but those who approve could not change the next version again, it is that
// version's seats that are empty.
func (x *dossier) short() []policy.Short {
	o := x.order
	if len(o.report.Short) > 0 {
		return o.report.Short
	}
	people := slices.DeleteFunc(voters(o.report, quorum.Approve), func(id text.ID) bool { return len(x.barred(o.proposal, id)) > 0 })
	s := x.sittingHere()
	if s.Name == "recovery" {
		people = append(people, o.proposal.Maker)
	}
	_, short, _ := x.policy.Match(s.Needs, people)
	if next, ok := x.nextPolicy(o.proposal); ok && len(short) == 0 {
		if _, out := reasonOf(o.report.Reasons, quorum.PolLockout); out {
			loosen, _ := next.Act(policy.Loosen)
			_, short, _ = next.Match(loosen.Needs, people)
		}
	}
	return short
}

// missing says which seats are empty.
func missing(short []policy.Short) string {
	var parts []string
	for _, s := range short {
		parts = append(parts, fmt.Sprintf("%d of %d of group %s", s.Have, s.Need, s.Group))
	}
	return strings.Join(parts, ", ")
}

// awaited returns the officers whose approval would still count.
func (x *dossier) awaited() []text.ID {
	var out []text.ID
	o := x.order
	for _, s := range x.short() {
		for _, id := range x.policy.Members(s.Group) {
			voted := slices.Contains(voters(o.report, quorum.Approve), id)
			if !voted && len(x.barred(o.proposal, id)) == 0 && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return out
}

// barred says why an officer's approval of a proposal would not count.
func (v *view) barred(p *quorum.Proposal, officer text.ID) []quorum.Reason {
	var reasons []quorum.Reason
	if officer == p.Maker {
		reasons = append(reasons, quorum.Because(quorum.SeatMaker, "%s: want an officer other than the maker, found the maker, whose approval does not count", officer))
	}
	for _, pay := range p.Pays {
		if v.policy.Conflicted(pay.Label, officer) {
			reasons = append(reasons, quorum.Because(quorum.SeatConflict, "%s: want an officer without a conflict of interest, found one with %s, whose approval does not count", officer, pay.Label))
		}
	}
	tip, _ := v.chain.Tip()
	if end, has := v.policy.TermOf(officer); has && tip.Height > end {
		reasons = append(reasons, quorum.Because(quorum.SeatTerm, "%s: want an officer within the term, found that it ended at block %d, so that the approval does not count", officer, end))
	}
	if b, ok := v.frozen(officer); ok {
		reasons = append(reasons, quorum.Because(quorum.SeatFrozen, "%s: want an officer who is not frozen, found the freeze %s by %s, so that the approval does not count", officer, b.id.Short(), b.officer))
	}
	return quorum.SortReasons(reasons)
}

// newKeys is an officer with keys that an amendment brings in.
type newKeys struct {
	officer text.ID
	added   []sshsig.Key
}

// newcomers returns everybody who has to consent to an amendment: who is new,
// and who has a new key.
func (v *view) newcomers(next *policy.Policy) []newKeys {
	before, ok := v.policies.At(next.Version - 1)
	if !ok {
		return nil
	}
	var out []newKeys
	for _, o := range next.Officers {
		old := before.Policy.Keys(o.ID)
		added := slices.DeleteFunc(next.Keys(o.ID), func(k sshsig.Key) bool { return slices.ContainsFunc(old, k.Equal) })
		if len(added) > 0 {
			out = append(out, newKeys{o.ID, added})
		}
	}
	return out
}

// consentsOpen returns those whose consent to an amendment is missing.
func (x *dossier) consentsOpen() []text.ID {
	next, ok := x.nextPolicy(x.order.proposal)
	if !ok {
		return nil
	}
	var out []text.ID
	for _, n := range x.newcomers(next) {
		given := func(s quorum.SignatureFile) bool {
			key, good := goodSignature(next, s, n.officer, quorum.Consent, next.Bytes())
			return good && slices.ContainsFunc(n.added, key.Equal)
		}
		if !slices.ContainsFunc(x.order.sub.Next.Consents, given) {
			out = append(out, n.officer)
		}
	}
	return out
}

// goodSignature says whether a signature file is an officer's, for an act, over
// a text, and by which key.
func goodSignature(p *policy.Policy, f quorum.SignatureFile, officer text.ID, act quorum.Act, message []byte) (sshsig.Key, bool) {
	sig, err := sshsig.Parse(f.Bytes)
	if err != nil || f.Officer != officer || f.Act != act {
		return sshsig.Key{}, false
	}
	if owner, ok := p.OfficerOf(sig.Key()); !ok || owner != officer {
		return sshsig.Key{}, false
	}
	_, err = sig.Verify(sig.Key(), act.Namespace(), message, p.FactorOf(officer))
	return sig.Key(), err == nil
}

// nextPolicy reads the policy that an amendment adopts; ok is false for other
// kinds, and where the registry does not have it.
func (v *view) nextPolicy(p *quorum.Proposal) (*policy.Policy, bool) {
	a, ok := p.Body.(quorum.Amendment)
	if !ok {
		return nil, false
	}
	b, err := v.texts(a.Policy)
	if err != nil {
		return nil, false
	}
	next, err := policy.Parse(b)
	return next, err == nil
}
