package signer_test

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// What the people of a walk want to change about the rules.

// askAmendment asks for the next version. Of each version one is asked for, and
// cancelled when nothing comes of it; in the second half of a walk there may be
// two that everybody signs.
func (w *walk) askAmendment() {
	w.pending = slices.DeleteFunc(w.pending, func(a *asked) bool { return a.PolicyVersion != w.v.Policy.Version || w.isDead(a) })
	late := w.steps > w.length/2
	switch n := len(w.pending); {
	case n == 0 && len(w.adopted) > 0 && w.steps-w.since < 20:
		return // let the last one settle
	case n == 0:
		w.stop, w.since = nil, w.steps
	case n == 1 && late && w.r.IntN(3) == 0:
		w.counts["ask rival"]++
	case w.steps-w.since > 40 && w.stop == nil && !late:
		w.stop = w.decide("cancel", "bob", quorum.Cancel{Kills: w.pending[0].ID()})
		return
	default:
		return
	}
	a := w.amendment()
	approve := w.some()
	if w.r.IntN(3) > 0 {
		approve = []text.ID{"bob", "carol", "erin"}
	}
	for _, officer := range approve {
		w.approve(a, officer)
	}
	w.pending = append(w.pending, a)
	w.wants(a)
}

func (w *walk) wants(a *asked) {
	var err error
	if a.wants, err = policy.Parse(a.Beside[0].Bytes); err != nil {
		w.t.Fatal(err)
	}
	w.policies[a.wants.Hash()] = a.wants
}

// part is how a walk ends: everybody signs two changes, and two signers that know
// nothing of each other adopt one each. Whoever sees both logs stops.
func (w *walk) part() {
	var files [2][]quorum.File
	for i := range files {
		a := w.payee()
		for _, officer := range []text.ID{"bob", "carol", "erin"} {
			w.approve(a, officer)
		}
		w.wants(a)
		files[i] = a.Files()
	}
	for i, s := range w.v.Signers[:2] {
		files[i] = append(files[i], w.v.Bundle()...)
		defer func() { w.bring(s, w.v.Bundle(w.list[len(w.list)-1].Order), nil, false, false) }()
	}
	w.askWithdrawal()
	for i, s := range w.v.Signers[:2] {
		w.bring(s, files[i], nil, false, false)
	}
}

// takeOver goes on under the version that somebody adopted first.
func (w *walk) takeOver(a *asked) {
	w.v.Adopted(a.Order)
	w.since = w.steps
	w.adopted = append(w.adopted, a)
	if a.how == "rekey" {
		w.v.Officers["dave"].Keys[0] = a.fresh
	}
}

// isDead says whether every signer knows that a proposal was stopped.
func (w *walk) isDead(a *asked) bool {
	for _, s := range w.v.Signers {
		if !s.Machine.State().Vetoed(a.ID()) && !s.Machine.State().Killed(a.ID()) {
			return false
		}
	}
	return true
}

func (w *walk) amendment() *asked {
	hired := slices.DeleteFunc(slices.Clone(w.v.Policy.Members("treasury")), func(o text.ID) bool { return !w.hired(o) })
	_, dave := w.v.Policy.Officer("dave")
	switch n := w.r.IntN(18); {
	case n < 5 && len(hired) < 2:
		return w.hire()
	case n < 11 && len(hired) > 0:
		goes := hired[0]
		return w.amend("remove", func(p *policy.Policy) (*policy.Policy, error) { return p.RemoveOfficer(goes) })
	case n < 11 && dave:
		return w.rekey()
	case n < 14:
		return w.payee()
	case n < 16:
		return w.amend("cap", raised("payroll"))
	}
	fee := w.v.Policy.FeeRateMax
	to := fee + 1
	if w.r.IntN(3) == 0 {
		to = fee - 1
	}
	return w.amend("fee", edited(fmt.Sprintf("fee-rate-max %d", fee), fmt.Sprintf("fee-rate-max %d", to)))
}

func (w *walk) payee() *asked {
	w.payees++
	label := text.ID(fmt.Sprint("otc-", w.payees))
	return w.amend("payee", func(p *policy.Policy) (*policy.Policy, error) {
		return p.AddDestination(policy.Destination{Label: label, Address: signertest.Address(w.t, string(label)), Cap: 2 * coin, Window: 30})
	})
}

func (w *walk) amend(how string, change signertest.Change) *asked {
	a := w.add("amendment", w.v.Amend(change, nil))
	a.how = how
	w.counts["ask "+how]++
	return a
}

// raised lets somebody be paid a third more.
func raised(label text.ID) signertest.Change {
	return func(p *policy.Policy) (*policy.Policy, error) {
		d, _ := p.Destination(label)
		p, err := p.RemoveDestination(label)
		if err != nil {
			return nil, err
		}
		d.Cap += d.Cap / 3
		return p.AddDestination(d)
	}
}

func (m *model) hired(officer text.ID) bool { return strings.HasPrefix(string(officer), "hired-") }

// hire has somebody new in treasury, who most often consents.
func (w *walk) hire() *asked {
	id := text.ID(fmt.Sprint("hired-", len(w.v.Officers)))
	w.v.Hire(id)
	key := w.v.Officers[id].Keys[0]
	a := w.amend("hire", func(p *policy.Policy) (*policy.Policy, error) {
		return p.AddOfficer(id, "acme-ops", "Somebody New", []sshsig.Key{key.Key()}, "treasury")
	})
	w.consent(a, id, key)
	return a
}

// rekey replaces the first of dave's keys; he asks with the second, and at times,
// as a thief would, with the one that goes.
func (w *walk) rekey() *asked {
	keys := w.v.Officers["dave"].Keys
	fresh := signertest.NewKey(w.t, sshsig.Ed25519, fmt.Sprint("dave's, made at step ", w.steps))
	goes, comes := keys[0].Key(), fresh.Key()
	a := w.add("amendment", w.v.AmendAs(0, "dave", func(p *policy.Policy) (*policy.Policy, error) { return p.ReplaceKey("dave", &goes, &comes) }, nil))
	a.how = "rekey"
	w.counts["ask rekey"]++
	if w.r.IntN(6) > 0 {
		a.maker = keys[1].Key()
		a.Signatures[0] = w.v.SignWith(keys[1], "dave", quorum.Propose, a.Proposal.Bytes())
	}
	w.consent(a, "dave", fresh)
	return a
}

func (w *walk) consent(a *asked, officer text.ID, fresh *signertest.Key) {
	a.fresh = fresh
	if w.r.IntN(6) > 0 {
		a.consented = officer
		a.Beside = append(a.Beside, signertest.SignatureFile(w.v.SignWith(fresh, officer, quorum.Consent, a.Beside[0].Bytes)))
	}
}
