package signer

import (
	"slices"

	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// Doubted says that officers, or this machine's own key, have seen another log
// of this machine than it has. Anybody can write such a claim down, so it counts
// only when an officer signed it or when it is this machine's own checkpoint. In
// such a visit nothing may be carried out but a resync, and as long as nothing
// was, Finish writes nothing.
func (v *Visit) Doubted() bool {
	return v.behind || slices.ContainsFunc(v.Items, func(i *Item) bool {
		return i.has(quorum.StateRollback, quorum.StateFork) && i.Report.Witnessed || i.restores
	})
}

// restores says that somebody signed a resync that gives this machine records back
// which it lacks. Whatever it wrote before that would stand in their place, and
// the resync could not be carried out any more.
func (m *Machine) restores(r quorum.Report) bool {
	if r.Proposal == nil || len(r.Votes) == 0 {
		return false
	}
	b, ok := r.Proposal.Body.(quorum.Resync)
	return ok && b.Device == m.setup.Device && b.To.Size > m.state.Size()
}

// outrun says that a bundle holds a checkpoint that this machine's key has
// signed over more records than it has: it was put back to an old state. What it
// wrote now could never be reconciled with what it wrote then.
func (m *Machine) outrun(b *quorum.Bundle) bool {
	c, err := auditlog.OpenCheckpoint(b.Checkpoints[m.setup.Device], m.Verifier())
	return err == nil && c.Size > m.log.Size()
}

// inDoubt refuses what a visit in doubt asks for besides the resync that ends the
// doubt.
func (v *Visit) inDoubt(i *Item) error {
	if !v.Doubted() || i.Kind() == quorum.KindResync {
		return nil
	}
	return &RefusedError{[]quorum.Reason{quorum.Because(quorum.StateRollback, "signer: want nothing but a resync while others have seen more of its log than it has, found a %s", i.Kind())}}
}

// quarantining lists the alarms after which a signer does nothing more until
// people have looked: the evidence is signed, or has cost work.
func quarantining() []quorum.Code {
	return []quorum.Code{quorum.PolFork, quorum.SigClone, quorum.ClkReorg}
}

// alarms returns the codes of a visit that put this signer into quarantine.
func (v *Visit) alarms() []string {
	all := slices.Clone(v.Reasons)
	for _, i := range v.Items {
		all = append(all, i.Reasons...)
	}
	return quorum.Codes(slices.DeleteFunc(all, func(r quorum.Reason) bool { return !slices.Contains(quarantining(), r.Code) }))
}

// alarmed returns the first proposal that raised such an alarm; zero when it was
// the bundle as a whole.
func (v *Visit) alarmed() text.Hash {
	for _, i := range v.Items {
		if i.has(quarantining()...) {
			return i.ID()
		}
	}
	return text.Hash{}
}

func (i *Item) has(codes ...quorum.Code) bool {
	return slices.ContainsFunc(i.Reasons, func(r quorum.Reason) bool { return slices.Contains(codes, r.Code) })
}
