package signer

import (
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/text"
)

// doubted says that officers, or this machine's own key, have seen another log
// of this machine than it has. Anybody can write such a claim down, so it counts
// only when an officer signed it or when it is this machine's own checkpoint.
func (v *Visit) doubted() bool {
	return slices.ContainsFunc(v.Items, func(i *Item) bool {
		return i.has(quorum.StateRollback, quorum.StateFork) && i.Report.Witnessed
	})
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
