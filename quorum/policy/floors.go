package policy

import (
	"slices"

	"strongroom/quorum/text"
)

// maker says who is the maker of a sitting and what that means for its seats.
type maker uint8

const (
	// proposer: anyone with role propose; is never seated.
	proposer maker = iota + 1
	// replaced: the officer whose keys are replaced; is never seated.
	replaced
	// counted: a member of the recovery group, who fills a seat.
	counted
)

// extra returns how many members a group needs beyond the seats asked of it.
func (m maker) extra(memberMayMake bool) int {
	switch {
	case m == replaced:
		return 1
	case m == proposer && memberMayMake:
		return 1 + spare
	}
	return spare
}

// sitting is one set of seats: that of a tier, of an act or of recovery.
type sitting struct {
	name          string // as reasons name it, such as "act loosen"
	maker         maker
	needs, clears []Need
}

// sittings returns every set of seats of the policy.
func (p *Policy) sittings() []sitting {
	var out []sitting
	for _, t := range p.Tiers {
		out = append(out, sitting{"tier " + string(t.ID), proposer, slices.Clip(t.Needs), t.Clears})
	}
	for _, a := range p.Acts {
		m := proposer
		if a.Name == Rekey {
			m = replaced
		}
		out = append(out, sitting{"act " + a.Name.String(), m, slices.Clip(a.Needs), a.Clears})
	}
	return append(out, sitting{"recovery", counted, slices.Clip(p.Recovery.Needs), p.Recovery.Clears})
}

// mayPropose says whether a group holds role propose or has a member who does.
func (p *Policy) mayPropose(group text.ID) bool {
	if slices.Contains(p.Roles.Propose, group) {
		return true
	}
	return slices.ContainsFunc(p.members(group), func(id text.ID) bool { return p.InRole(Propose, id) })
}

// checkSeats judges each sitting: enough different people, a spare in every
// group, and a seat for everyone whoever the maker is.
func (p *Policy) checkSeats(f *findings) {
	for _, s := range p.sittings() {
		seats := 0
		for _, n := range s.needs {
			seats += n.Seats
		}
		if seats < minCheckers {
			f.add(CodeFloor, "%s: want at least %d checkers, found %d", s.name, minCheckers, seats)
		}
		p.checkGroups(f, s)
		p.checkSeatable(f, s)
	}
}

// checkGroups wants more members in each group than seats are asked of it.
func (p *Policy) checkGroups(f *findings, s sitting) {
	for _, n := range s.needs {
		p.checkGroup(f, s, n, len(p.members(n.Group)))
	}
	for _, n := range s.clears {
		p.checkGroup(f, s, n, len(p.clearing(s, n.Group)))
	}
}

func (p *Policy) checkGroup(f *findings, s sitting, n Need, members int) {
	if want := n.Seats + s.maker.extra(p.mayPropose(n.Group)); members < want {
		f.add(CodeFloor, "%s: want at least %d members of %s who may sit, found %d", s.name, want, n.Group, members)
	}
}

// clearing returns the members of a group who may clear: all, but for recovery
// only those who do not themselves recover.
func (p *Policy) clearing(s sitting, group text.ID) []text.ID {
	members := p.Members(group)
	if s.maker == counted {
		members = slices.DeleteFunc(members, p.Recovers)
	}
	return members
}

// Recovers says whether an officer may fill a seat of recovery.
func (p *Policy) Recovers(officer text.ID) bool {
	return slices.ContainsFunc(p.Recovery.Needs, func(n Need) bool {
		return slices.Contains(p.members(n.Group), officer)
	})
}

// checkSeatable wants all seats, clears included, filled by different people
// whoever of them is the maker. Once everybody is matched, a maker without a
// seat changes nothing; for a seated one somebody else must be there.
func (p *Policy) checkSeatable(f *findings, s sitting) {
	if s.maker == counted {
		p.checkRecoverable(f, s)
		return
	}
	m := newMatching(p, append(s.needs, s.clears...), p.everybody())
	if !m.fill() {
		f.add(CodeSeating, "%s: want different people in all seats, found %s", s.name, shortText(m.short()))
		return
	}
	for person := range m.people {
		need := m.seat[person]
		if need == unseated || s.maker == proposer && !p.InRole(Propose, m.people[person]) {
			continue
		}
		if !m.spares(person) {
			f.add(CodeSeating, "%s: want somebody for a seat of %s when %s is the maker, found nobody",
				s.name, m.needs[need].Group, m.people[person])
		}
	}
}

// checkRecoverable is checkSeatable for recovery, whose maker is seated and
// whose clears are filled by people outside it.
func (p *Policy) checkRecoverable(f *findings, s sitting) {
	people := p.everybody()
	if _, short, ok := p.Match(s.needs, people); !ok {
		f.add(CodeSeating, "%s: want different people in all seats, found %s", s.name, shortText(short))
	}
	outside := slices.DeleteFunc(people, p.Recovers)
	if _, short, ok := p.Match(s.clears, outside); !ok && len(s.clears) > 0 {
		f.add(CodeSeating, "%s: want different people outside it in all clear seats, found %s", s.name, shortText(short))
	}
}

func (p *Policy) everybody() []text.ID {
	people := make([]text.ID, len(p.Officers))
	for i, o := range p.Officers {
		people[i] = o.ID
	}
	return people
}

// checkDelays judges delays, windows and ages. On test chains the floors of
// delays do not hold.
func (p *Policy) checkDelays(f *findings) {
	for _, t := range p.Tiers {
		least(f, "tier "+string(t.ID)+": window", t.Window, 1)
	}
	for _, v := range p.Velocities {
		least(f, "velocity: window", v.Window, 1)
	}
	for _, d := range p.Destinations {
		least(f, "destination "+string(d.Label)+": window", d.Window, 1)
	}
	for _, t := range p.Tiers {
		most(f, "tier "+string(t.ID)+": cool", t.Cool, maxCool)
	}
	for _, a := range p.Acts {
		most(f, "act "+a.Name.String()+": cool", a.Cool, maxCool)
	}
	most(f, "recovery: cool", p.Recovery.Cool, maxCool)
	most(f, "quiet destination", p.QuietDestination, maxQuiet)
	most(f, "quiet policy", p.QuietPolicy, maxQuiet)
	most(f, "quiet signer", p.QuietSigner.Credits, maxQuiet)
	most(f, "expiry-max", p.ExpiryMax, maxExpiry)
	most(f, "reorg-max", p.ReorgMax, maxReorg)
	if p.Clock == ClockTest {
		return
	}
	if loosen, ok := p.Act(Loosen); ok {
		least(f, "act loosen: cool", loosen.Cool, minLoosenCool)
		stamped(f, "act loosen", loosen.Mode)
	}
	if rekey, ok := p.Act(Rekey); ok {
		least(f, "act rekey: cool", rekey.Cool, minRekeyCool)
	}
	least(f, "recovery: after", p.Recovery.After, minDormancy)
	least(f, "recovery: cool", p.Recovery.Cool, minRecoveryCool)
	stamped(f, "recovery", p.Recovery.Mode)
}

func least(f *findings, what string, found, want uint32) {
	if found < want {
		f.add(CodeFloor, "%s: want at least %d, found %d", what, want, found)
	}
}

func most(f *findings, what string, found, want uint32) {
	if found > want {
		f.add(CodeFloor, "%s: want at most %d, found %d", what, want, found)
	}
}

func stamped(f *findings, what string, found Mode) {
	if found != Stamped {
		f.add(CodeFloor, "%s: want stamped, found %s", what, found)
	}
}
