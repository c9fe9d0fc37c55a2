package quorum

import (
	"slices"

	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// judgeSeats is stage F: whether distinct people fill every seat, of every
// version and sitting that applies. A maker may claim a higher tier than the
// amount comes to; then the seats of both, and of those between, must be filled,
// so that a claim can only ask for more.
func (j *judgement) judgeSeats() []Reason {
	cleared, reasons := j.judgeClearances()
	for _, b := range j.bench {
		for _, s := range b.sittings {
			reasons = append(reasons, j.seat(b, s, cleared)...)
		}
	}
	onlyClears := !slices.ContainsFunc(reasons, func(r Reason) bool { return r.Code != ClrMissing })
	if len(reasons) > 0 && onlyClears {
		reasons = append(reasons, j.judgeCooling()...) // the wait comes before the clearance
	}
	return reasons
}

// seat fills one sitting's seats. Clearances are by people without a seat; they
// are needed for the release only.
func (j *judgement) seat(b bench, s Sitting, cleared []clearance) []Reason {
	people := j.checkers(b, s)
	seating := b.policy.SeatBut(s.Needs, people, j.clearsNow(s), j.watchers(b, s, cleared), j.p.Maker, s.makerFrom)
	j.report.Seats, j.report.Short = seating.Seats, seating.Short
	var reasons []Reason
	code := SeatShort
	if j.p.Kind() == KindAmendment {
		code = PolSeats
	}
	for _, short := range seating.Short {
		reasons = append(reasons, Because(code, "approvals: want %d of group %s for %s, found %d", short.Need, short.Group, s.Title(), short.Have))
	}
	for _, short := range seating.ShortClears {
		reasons = append(reasons, Because(ClrMissing, "clearances: want %d of group %s for %s, by people without a seat, found %d", short.Need, short.Group, s.Title(), short.Have))
	}
	if !seating.OK && len(reasons) == 0 {
		reasons = append(reasons, Because(code, "approvals: want distinct people in every seat of %s, found too few", s.Title()))
	}
	for _, a := range seating.Clears {
		j.useClearing(a.Officer, cleared)
	}
	return append(reasons, j.judgeLockout(people)...)
}

func (j *judgement) clearsNow(s Sitting) []policy.Need {
	if j.verb != Release {
		return nil
	}
	return s.Clears
}

func (j *judgement) useClearing(watcher text.ID, all []clearance) {
	for _, c := range all {
		if c.Watcher == watcher && !slices.Contains(j.clearings, c.Clearing) {
			j.clearings = append(j.clearings, c.Clearing)
		}
	}
}

// checkers returns the officers whose approval counts in a sitting: not the
// maker's, not those in conflict with a payee, not those who are frozen or whose
// term has ended, and not those made with a key that is still quiet. In recovery
// the maker's own signature is one of them.
func (j *judgement) checkers(b bench, s Sitting) []text.ID {
	var people []text.ID
	for _, v := range b.votes {
		sits := v.Act == Approve || s.makerSits && v.Act == Propose && v.Officer == j.p.Maker
		if !sits {
			continue
		}
		if code, why := j.bars(b, s, v); code != "" {
			j.note(Because(code, "%s: %s", v.Officer, why))
			continue
		}
		people = append(people, v.Officer)
	}
	slices.Sort(people)
	return slices.Compact(people)
}

// bars says why an approval does not count in a sitting.
func (j *judgement) bars(b bench, s Sitting, v Vote) (Code, string) {
	switch {
	case v.Officer == j.p.Maker && !s.makerSits:
		return SeatMaker, "want approvals by others than the maker, found the maker's, which does not count"
	case j.conflicted(b.policy, v.Officer):
		return SeatConflict, "want approvals without a conflict of interest, found one with a payee's, which does not count"
	case j.termEnded(b.policy, v.Officer):
		return SeatTerm, "want approvals within the officer's term, found one after its end, which does not count"
	case j.frozen(v.Officer):
		return SeatFrozen, "want approvals by officers who are not frozen, found one by an officer who is, which does not count"
	case j.quietIn(s, v):
		return QuietSigner, "want approvals with keys that the policy has listed for a while, found one with a new key, which does not count yet"
	}
	return "", ""
}

// quietIn says whether a vote counts for nothing in a sitting because its key is
// new. The mildest tier may be left open to new keys.
func (j *judgement) quietIn(s Sitting, v Vote) bool {
	return j.quiet(v) && !j.settled && (!s.mildest() || j.world.head().QuietSigner.Every)
}

func (j *judgement) note(r Reason) { j.report.Notes = SortReasons(append(j.report.Notes, r)) }

func (j *judgement) conflicted(p *policy.Policy, officer text.ID) bool {
	return slices.ContainsFunc(j.p.Pays, func(pay record.Pay) bool { return p.Conflicted(pay.Label, officer) })
}

func (j *judgement) termEnded(p *policy.Policy, officer text.ID) bool {
	end, has := p.TermOf(officer)
	now := j.world.tip().Height
	if j.settled {
		now = j.p.Block.Height
	}
	return has && now > end
}

// seated returns the officers in the seats, sorted, each once.
func seated(p *Proposal, seats []policy.Assignment) []text.ID {
	out := []text.ID{}
	for _, a := range seats {
		out = append(out, a.Officer)
	}
	if len(out) == 0 {
		out = append(out, p.Maker)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
