package quorum

import (
	"slices"

	"strongroom/custody/auditlog"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// judgeAmendment holds the next version of the policy to the rules of the
// chain. In order:
//
//  1. it follows the head, its text is at hand and stands by itself (P2)
//  2. the lines that officers signed are the lines that change (P3)
//  3. the class is not milder than what changes (P4)
//  4. everybody new, and every new key, consents (P5)
//  5. of its class: who may ask, and what must have passed (P6, P7, P10)
//  6. no other change is under way, and the last one has settled (P8)
//
// The seats of its class are filled in stage F, under the version in force; and
// where the change touches who sits where, the same people and those who consent
// have to fill the seats of a loosening under the next version too.
func (j *judgement) judgeAmendment(b *bench, a Amendment) []Reason {
	b.sittings = []Sitting{sittingOfClass(b.policy, a.Class)}
	if reasons := j.judgeRival(a); len(reasons) > 0 {
		return reasons
	}
	next, reasons := j.nextPolicy(a)
	if len(reasons) > 0 {
		return reasons
	}
	j.next = next
	reasons = j.judgeChanges(b.policy, a)
	if j.verb != Review {
		reasons = append(reasons, j.judgeConsents(b.policy)...)
	}
	switch a.Class {
	case policy.ClassRekey:
		reasons = append(reasons, j.judgeRekey(b)...)
	case policy.ClassRecovery:
		reasons = append(reasons, j.judgeDormant(*b)...)
	}
	if next.Origin != b.policy.Origin {
		reasons = append(reasons, j.judgeReanchor(b.policy)...) // whatever else changes
	}
	return append(reasons, j.judgePending(a)...)
}

// judgeRival refuses a version of which another signer has adopted a different
// text: to adopt this one would be the fork.
func (j *judgement) judgeRival(a Amendment) []Reason {
	for _, x := range j.history.adoptions() {
		if x.Version == a.Version && x.Policy != a.Policy {
			return []Reason{Because(PolStale, "adopt: want version %d as another signer has adopted it, %s, found %s", a.Version, x.Policy.Short(), a.Policy.Short())}
		}
	}
	return nil
}

// readNext reads the policy beside the amendment, whose hash is known to be the
// one that is adopted; once, since it is asked for in several places.
func (j *judgement) readNext(a Amendment) (*policy.Policy, error) {
	if j.parsed == nil || j.parsed.Hash() != a.Policy {
		next, err := policy.Parse(j.in.Next.Policy)
		if err != nil {
			return nil, err
		}
		j.parsed = next
	}
	return j.parsed, nil
}

// nextPolicy reads the policy that is adopted and judges it by itself.
func (j *judgement) nextPolicy(a Amendment) (*policy.Policy, []Reason) {
	head := j.world.head()
	if a.Version != head.Version+1 {
		return nil, []Reason{Because(PolVersion, "adopt: want version %d, which follows the one in force, found %d", head.Version+1, a.Version)}
	}
	if text.Identity(j.in.Next.Policy) != a.Policy {
		return nil, []Reason{Because(PolMissing, "adopt: want the text of version %d, %s, beside the amendment, found it missing", a.Version, a.Policy.Short())}
	}
	next, err := j.readNext(a)
	if err != nil {
		return nil, []Reason{ReasonOf(err, TextGrammar)}
	}
	reasons := checkPolicy(next)
	if next.Version != a.Version || next.Previous != head.Hash() {
		reasons = append(reasons, Because(PolVersion, "policy: want version %d after %s, found version %d after %s", a.Version, head.Hash().Short(), next.Version, next.Previous.Short()))
	}
	if next.Vault != head.Vault || next.Network != head.Network || next.Clock != head.Clock {
		reasons = append(reasons, Because(PolVersion, "policy: want vault %s on %s by clock %s, which never change, found %s on %s by clock %s",
			head.Vault, head.Network, head.Clock, next.Vault, next.Network, next.Clock))
	}
	reasons = append(reasons, j.judgeWalletNames(next)...)
	reasons = append(reasons, j.judgeDevices(head, next)...)
	return next, append(reasons, checkAnnexes(next, j.in.Next.Annexes)...)
}

// judgeDevices wants the log of every signer that is new: without it no proposal
// could be judged any more, not even one that takes the signer out again.
func (j *judgement) judgeDevices(head, next *policy.Policy) []Reason {
	var reasons []Reason
	for _, d := range next.Devices {
		old, there := head.Device(d.ID)
		switch {
		case there && old.Verifier == d.Verifier:
		case there:
			reasons = append(reasons, Because(PolDevice, "device %s: want a new name for another log key, found the name in use", d.ID))
		default:
			if _, err := proveLog(j.world, d, Seen{Root: emptyRoot()}, j.in.Logs); err != nil {
				reasons = append(reasons, Because(PolDevice, "device %s: want its log beside the amendment: %s", d.ID, err.Text))
			}
		}
	}
	return reasons
}

// emptyRoot is the root of a log of which nothing was seen yet.
func emptyRoot() auditlog.Root { return auditlog.RootOf(nil) }

// judgeWalletNames wants another name for another wallet, for ever: signers and
// records know a wallet by its name.
func (j *judgement) judgeWalletNames(next *policy.Policy) []Reason {
	var reasons []Reason
	for _, w := range next.Wallets {
		for _, v := range j.world.Policies.Versions() {
			if old, ok := v.Policy.Wallet(w.ID); ok && (old.Descriptor != w.Descriptor || old.M != w.M || old.N != w.N) {
				reasons = append(reasons, Because(PolWallet, "wallet %s: want a new name for another descriptor, found the name of version %d's", w.ID, v.Policy.Version))
				break
			}
		}
	}
	return reasons
}

// judgeChanges compares the signed difference with the computed one.
func (j *judgement) judgeChanges(head *policy.Policy, a Amendment) []Reason {
	diff, err := policy.Difference(head, j.next)
	if err != nil {
		return []Reason{ReasonOf(err, PolVersion)}
	}
	if !slices.Equal(a.Changes, diff.Changes()) {
		return []Reason{Because(PolChanges, "change: want the lines in which versions %d and %d differ, found others", head.Version, a.Version)}
	}
	j.report.Diff = diff
	if err := diff.Allows(a.Class); err != nil {
		return []Reason{Because(PolClass, "%v", err)}
	}
	switch {
	case a.Class == policy.ClassTighten && diff.TouchesSeats():
		return j.judgeClosing(head)
	case a.Class == policy.ClassDestination:
		return j.judgeReturning(head)
	}
	return nil
}

// judgeReturning wants a payee of class destination to be new: one that was taken
// out, with all that was said about it, comes back by a loosening only.
func (j *judgement) judgeReturning(head *policy.Policy) []Reason {
	for _, d := range j.next.Destinations {
		if _, there := head.Destination(d.Label); there {
			continue
		}
		for _, v := range j.world.Policies.Versions() {
			for _, old := range v.Policy.Destinations {
				if old.Label == d.Label || payeeAt(old) == payeeAt(d) {
					return []Reason{Because(PolClass, "class: want loosen or recovery for a payee that version %d listed as %s, found destination", v.Policy.Version, old.Label)}
				}
			}
		}
	}
	return nil
}

// judgeClosing keeps a tightening, which does not wait, from closing the vault:
// what the linter calls an error about seats must not be new.
func (j *judgement) judgeClosing(head *policy.Policy) []Reason {
	height := j.world.tip().Height
	before := head.LintAt(height, nil)
	for _, f := range j.next.LintAt(height, nil) {
		closes := f.Severity == policy.Error && (f.Code == policy.LintFragile || f.Code == policy.LintLockout)
		if closes && !slices.Contains(before, f) {
			return []Reason{Because(PolLockout, "policy: want a tightening that leaves a spare for every seat, found: %s", f.Text)}
		}
	}
	return nil
}

// judgeConsents wants a signature by everybody who is new, and with a new key by
// everybody who has one: keys that nobody holds must not get in. Of one officer
// at most one key is new at a time, so that each is shown to work.
func (j *judgement) judgeConsents(head *policy.Policy) []Reason {
	votes, notes := tally(j.next, j.in.Next.Policy, j.in.Next.Consents, nil)
	var reasons []Reason
	for _, o := range j.next.Officers {
		added := slices.DeleteFunc(j.next.Keys(o.ID), func(k sshsig.Key) bool { return slices.ContainsFunc(head.Keys(o.ID), k.Equal) })
		if len(added) == 0 {
			continue
		}
		if _, there := head.Officer(o.ID); there && len(added) > 1 {
			reasons = append(reasons, Because(PolRekey, "signer: want at most one new key of %s at a time, found %d", o.ID, len(added)))
		}
		signed := func(v Vote) bool {
			return v.Officer == o.ID && v.Act == Consent && slices.ContainsFunc(added, v.Key().Equal)
		}
		if !slices.ContainsFunc(votes, signed) {
			reasons = append(reasons, Because(PolConsent, "consent: want one of %s with the new key, found none", o.ID))
		}
	}
	if len(reasons) > 0 {
		return append(reasons, notes...)
	}
	return nil
}

// consenters returns the officers with a good consent to the next version.
func (j *judgement) consenters() []text.ID {
	votes, _ := tally(j.next, j.in.Next.Policy, j.in.Next.Consents, nil)
	return voters(votes, Consent)
}

// judgeLockout wants the people who decide a change of who decides to be able to
// change it again: those who approved and those who consented fill the seats of
// a loosening under the next version.
func (j *judgement) judgeLockout(approved []text.ID) []Reason {
	a, ok := j.p.Body.(Amendment)
	if !ok || !j.report.Diff.TouchesSeats() || a.Class == policy.ClassRekey {
		return nil
	}
	loosen, _ := j.next.Act(policy.Loosen)
	again, _ := tally(j.next, j.in.Text, j.in.Signatures, nil) // by the keys and proofs of the next version
	able := slices.DeleteFunc(slices.Clone(approved), func(o text.ID) bool {
		return !slices.ContainsFunc(again, func(v Vote) bool { return v.Officer == o && (v.Act == Approve || v.Act == Propose) })
	})
	people := slices.DeleteFunc(slices.Concat(able, j.consenters()), func(o text.ID) bool {
		end, has := j.next.TermOf(o)
		soon := has && uint64(end) < uint64(j.world.tip().Height)+uint64(loosen.Cool)
		return soon || o == j.p.Maker && a.Class != policy.ClassRecovery
	})
	_, short, ok := j.next.Match(loosen.Needs, people)
	if ok {
		return nil
	}
	var reasons []Reason
	for _, s := range short {
		reasons = append(reasons, Because(PolLockout, "approvals: want people who could also change version %d, %d of group %s among those who approve and consent, found %d", j.next.Version, s.Need, s.Group, s.Have))
	}
	return reasons
}

// judgeRekey wants the officer to ask with a key that stays: who stole one key
// must not replace the other.
func (j *judgement) judgeRekey(b *bench) []Reason {
	officer := j.report.Diff.Rekeyed
	if officer == "" {
		return nil // it is no change of keys, and refused for that
	}
	if j.p.Maker != officer {
		return []Reason{Because(SeatRole, "maker: want %s, whose keys change, found %s", officer, j.p.Maker)}
	}
	for _, v := range b.votes {
		if v.Officer == officer && v.Act == Propose && !slices.ContainsFunc(j.next.Keys(officer), v.Key().Equal) {
			return []Reason{Because(PolRekey, "maker: want it signed with a key of %s that stays, found the one that goes", officer)}
		}
	}
	return nil
}

// judgeDormant wants silence: no sign of life in any signer's log for as long as
// the policy says, and none by anybody outside recovery on this very text.
func (j *judgement) judgeDormant(b bench) []Reason {
	if j.settled {
		return nil
	}
	for _, o := range voters(b.votes, Approve) {
		if !b.policy.Recovers(o) {
			return []Reason{Because(RecNotDormant, "recovery: want nobody else alive, found that %s signs", o)}
		}
	}
	at, known := j.history.lastLife(j.p.ID())
	silent := uint64(0)
	if known {
		silent = j.world.credits(at)
	}
	if silent < uint64(b.policy.Recovery.After) {
		return []Reason{Because(RecNotDormant, "recovery: want %d credits without a sign of life in any signer's log, found %d", b.policy.Recovery.After, silent)}
	}
	return nil
}

// judgePending bars a second change while one is waiting, and one that follows
// too soon.
func (j *judgement) judgePending(a Amendment) []Reason {
	if j.settled {
		return nil
	}
	switch a.Class {
	case policy.ClassTighten:
		return append(j.judgeWaiting(), j.judgeTightened()...)
	case policy.ClassDestination, policy.ClassReanchor:
		return nil
	}
	reasons := j.judgeWaiting()
	if a.Class == policy.ClassRecovery {
		return reasons
	}
	return append(reasons, j.judgeQuietPolicy("another loosening or rekey")...)
}

// judgeWaiting bars a change that would kill another one, or compete with it,
// while that waits on any signer.
func (j *judgement) judgeWaiting() []Reason {
	var reasons []Reason
	for _, s := range j.history.states {
		for _, r := range s.Recordings() {
			if r.ID != j.p.ID() && r.What == text.ID(KindAmendment) && serial(r.Sitting) && j.pending(s, r) {
				reasons = append(reasons, Because(PolBusy, "amendment: want no other change of class %s waiting on any signer, found %s; cancel it or wait", r.Sitting, r.ID.Short()))
			}
		}
	}
	return SortReasons(reasons)
}

// serial says whether changes of a class wait one at a time.
func serial(class text.ID) bool {
	return class == "loosen" || class == "rekey" || class == "recovery"
}

// pending says whether what a log says was recorded may still take effect: not
// once the head has moved, here or there.
func (j *judgement) pending(s *record.State, r record.Recording) bool {
	under := uint64(1) // the version in force there when it was recorded
	for _, a := range s.Adoptions() {
		if a.Seq > r.Seq {
			return false
		}
		under = a.Version
	}
	longest := uint64(r.Tip.Height) + policy.LongestExpiry // whatever a log says of its expiry
	return under >= j.world.head().Version && uint64(j.world.tip().Height) <= min(uint64(r.Expires), longest) && !j.history.Vetoed(r.ID) && !j.history.killed(r.ID)
}

// judgeTightened bars tightening after tightening: with each, the approvals
// that others hold in their hands may die.
func (j *judgement) judgeTightened() []Reason {
	for _, v := range slices.Backward(j.world.Policies.Versions()) {
		if v.Class != policy.ClassTighten {
			continue
		}
		if waited := j.world.credits(v.At); waited < tightenEvery {
			return []Reason{Because(PolBusy, "amendment: want %d credits since the last tightening, found %d", tightenEvery, waited)}
		}
	}
	return nil
}

// judgeForks finds two children of one policy in force: on this signer, and in
// the log of another. A second child that nobody has adopted is no fork: it died
// when the head moved.
func (j *judgement) judgeForks() []Reason {
	if j.p.Kind() == KindResync {
		return nil // what ends a fork has to get through
	}
	return j.forks()
}

func (j *judgement) forks() []Reason {
	var reasons []Reason
	for _, a := range j.history.adoptions() {
		v, held := j.world.Policies.At(a.Version)
		if held && a.Policy != v.Policy.Hash() && a.Version > j.world.State.ForksSettled() {
			reasons = append(reasons, Because(PolFork, "policy: want one version %d everywhere, found %s here and %s in another signer's log", a.Version, v.Policy.Hash().Short(), a.Policy.Short()))
		}
	}
	return reasons
}
