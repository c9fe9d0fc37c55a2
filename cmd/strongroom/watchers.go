package main

import (
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// cleared returns the watchers whose clearance of this proposal every signer
// would still count, sorted: signed, young enough, and made with the recordings
// in sight.
func (x *dossier) cleared() []text.ID {
	var out []text.ID
	for _, s := range x.order.sub.Clearances {
		c, err := quorum.ParseClearance(s.Text)
		signed := func(f quorum.SignatureFile) bool {
			_, good := goodSignature(x.policy, f, c.Watcher, quorum.Clear, s.Text)
			return good
		}
		if err != nil || !slices.ContainsFunc(s.Signatures, signed) || x.waited(c.Block.Height) > x.policy.ClearAgeMax {
			continue
		}
		if !slices.ContainsFunc(x.at, func(a atSigner) bool { return a.seq > 0 && !a.done && !seenPast(c.Seen, a) }) {
			out = append(out, c.Watcher)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func seenPast(seen []quorum.Seen, a atSigner) bool {
	return slices.ContainsFunc(seen, func(s quorum.Seen) bool { return s.Device == a.device && s.Size > a.seq })
}

// clearers returns the watchers who could still clear a proposal.
func (x *dossier) clearers() []text.ID {
	var out []text.ID
	given := x.cleared()
	for _, n := range x.sittingHere().Clears {
		for _, id := range x.policy.Members(n.Group) {
			if !slices.Contains(given, id) && len(x.barredToClear(id)) == 0 {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// barredToClear says why an officer's clearance would not count.
func (x *dossier) barredToClear(officer text.ID) []quorum.Reason {
	p := x.order.proposal
	reasons := x.barred(p, officer)
	if s := x.sittingHere(); !x.inGroups(s.Clears, officer) {
		reasons = append(reasons, quorum.Because(quorum.ClrMissing, "%s: want a watcher, for %s, found an officer who is in no such group", officer, needs(s.Clears)))
	}
	if a, ok := p.Body.(quorum.Amendment); ok && a.Class == policy.ClassRecovery && x.policy.Recovers(officer) {
		reasons = append(reasons, quorum.Because(quorum.ClrMissing, "%s: want a watcher outside the recovery, found one who may recover", officer))
	}
	return quorum.SortReasons(reasons)
}
