package signer_test

import (
	"maps"
	"slices"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// What the model of a walk knows about people, freezes, forks and quiet.

// freezesIn returns the freezes that stand as far as a signer knew: each one that
// a log holds and its own signer did not lift, nor this one.
func (m *model) freezesIn(v view) (out []record.Frozen) {
	lifted := func(log []record.Record, id text.Hash) (yes bool) {
		each([][]record.Record{log}, func(b record.Thawed, _ record.Record) { yes = yes || b.Lifts == id })
		return yes
	}
	for _, log := range v.all() {
		each([][]record.Record{log}, func(b record.Frozen, _ record.Record) {
			if !lifted(log, b.ID) && !lifted(v.own, b.ID) {
				out = append(out, b)
			}
		})
	}
	return out
}

// frozen says whether a freeze covered what a signer did. What others adopted
// already is covered by none, and is not asked here.
func (m *model) frozen(id text.ID, o *asked, adopts bool, v view) bool {
	class := policy.Class(0)
	if a, ok := o.Body.(quorum.Amendment); ok {
		class = a.Class
	}
	spends := o.Kind().Moves() || o.Kind() == quorum.KindRestore
	return slices.ContainsFunc(m.freezesIn(v), func(f record.Frozen) bool {
		switch f.Scope.What {
		case record.ScopeAll:
			return spends || adopts
		case record.ScopeDestination:
			return slices.ContainsFunc(o.Pays, func(p record.Pay) bool { return p.Label == f.Scope.Name })
		case record.ScopeSigner:
			return spends && f.Scope.Name == id
		}
		return f.Scope.Name == o.Maker && class != policy.ClassRekey
	})
}

// quarantined says whether a signer was in doubt: an alarm without a resync after.
func (m *model) quarantined(v view) (yes bool) {
	for _, r := range v.own {
		switch r.Body.(type) {
		case record.Quarantine:
			yes = true
		case record.Resync:
			yes = false
		}
	}
	return yes
}

// knowsFork says whether a signer was shown that another adopted something else
// in the place of what it had adopted itself.
func (m *model) knowsFork(v view) (yes bool) {
	mine := map[uint64]text.Hash{}
	each([][]record.Record{v.own}, func(a record.Adopted, _ record.Record) { mine[a.Version] = a.Policy })
	each(v.others, func(a record.Adopted, _ record.Record) {
		own, held := mine[a.Version]
		yes = yes || held && own != a.Policy
	})
	return yes
}

// checkRivals lets two chains be where people signed two amendments of one
// version, and nowhere else.
func (m *model) checkRivals(id text.ID, a, b []text.Hash) {
	m.forked = true
	i := 0
	for a[i] == b[i] {
		i++
	}
	for _, h := range []text.Hash{a[i], b[i]} {
		if p := m.policies[h]; p == nil || p.Previous != a[i-1] {
			m.t.Fatalf("%s: want only what people signed in the place of another version, found %s", id, h)
		}
	}
}

// sitting is what has to be filled, and whether new keys and frozen officers
// count in it.
type sitting struct {
	needs            []policy.Need
	mildest, settled bool
}

func (m *model) listed(p *policy.Policy, officer text.ID, k sshsig.Key) bool {
	return slices.ContainsFunc(p.Keys(officer), k.Equal)
}

// quiet says whether something came into the policy a short while ago: there is
// tells whether a version has it.
func (m *model) quiet(v view, credits uint32, there func(*policy.Policy) bool) bool {
	old, quiet := there(m.policies[m.genesis]), false
	each([][]record.Record{v.own}, func(a record.Adopted, r record.Record) {
		now := there(m.policies[a.Policy])
		if now && !old {
			quiet = v.at.Height-r.Tip.Height < credits
		}
		old = now
	})
	return quiet
}

// counting returns who approved so that it counts in a sitting: with a key of
// that version, which is not new, and not frozen.
func (m *model) counting(o *asked, p *policy.Policy, s sitting, v view) []text.ID {
	var out []text.ID
	rule := m.head(v).QuietSigner
	for officer, key := range o.approved {
		fresh := m.quiet(v, rule.Credits, func(p *policy.Policy) bool { return m.listed(p, officer, key) }) && (!s.mildest || rule.Every)
		stopped := slices.ContainsFunc(m.freezesIn(v), func(f record.Frozen) bool { return f.Scope.What == record.ScopeOfficer && f.Scope.Name == officer })
		if officer != o.Maker && m.listed(p, officer, key) && (s.settled || !fresh && !stopped) {
			out = append(out, officer)
		}
	}
	return out
}

// filledBy tries every way to fill the seats with people.
func filledBy(p *policy.Policy, needs []policy.Need, people []text.ID) bool {
	var seats []text.ID
	for _, n := range needs {
		for range n.Seats {
			seats = append(seats, n.Group)
		}
	}
	var fill func(i int, taken map[text.ID]bool) bool
	fill = func(i int, taken map[text.ID]bool) bool {
		if i == len(seats) {
			return true
		}
		for _, officer := range people {
			if taken[officer] || !slices.Contains(p.Members(seats[i]), officer) {
				continue
			}
			taken[officer] = true
			if fill(i+1, taken) {
				return true
			}
			delete(taken, officer)
		}
		return false
	}
	return len(seats) > 0 && fill(0, map[text.ID]bool{})
}

func (m *model) checkSeated(id text.ID, o *asked, p *policy.Policy, s sitting, v view) {
	people := m.counting(o, p, s, v)
	if !filledBy(p, s.needs, people) {
		m.t.Fatalf("%s: want seats %v filled for %s under version %d, found %v of the approvals of %v", id, s.needs, o.ID(), p.Version, people, slices.Sorted(maps.Keys(o.approved)))
	}
	for _, officer := range people {
		if m.hired(officer) {
			m.counts["seat hired"]++
		}
		if first := m.policies[m.genesis]; officer == "dave" && !m.listed(first, officer, o.approved[officer]) {
			m.counts["seat rekeyed"]++
		}
	}
}

func (m *model) checkMaker(id text.ID, o *asked, p *policy.Policy) {
	if !p.InRole(policy.Propose, o.Maker) || !m.listed(p, o.Maker, o.maker) {
		m.t.Fatalf("%s: want %s asked by somebody who may, found %s", id, o.ID(), o.Maker)
	}
}

// checkPeople holds a change of who decides to the rules for it: new keys are
// shown to work, a key is replaced with one that stays, and those who decide
// could change their minds.
func (m *model) checkPeople(id text.ID, o *asked, settled bool, v view) {
	head := m.head(v)
	if o.how != "rekey" {
		m.checkMaker(id, o, head)
	} else if !m.listed(head, o.Maker, o.maker) || !m.listed(o.wants, o.Maker, o.maker) {
		m.t.Fatalf("%s: want a key replaced by who holds another, found it asked with the one that goes", id)
	}
	if o.fresh != nil && o.consented == "" {
		m.t.Fatalf("%s: want new keys that are shown to work, found one that nobody consented with", id)
	}
	if o.how != "hire" && o.how != "remove" {
		return
	}
	people := m.counting(o, head, sitting{settled: settled}, v)
	if o.consented != "" {
		people = append(people, o.consented)
	}
	act, _ := o.wants.Act(policy.Loosen)
	if !filledBy(o.wants, act.Needs, people) {
		m.t.Fatalf("%s: want people who could change version %d again, found %v", id, o.wants.Version, people)
	}
}

// checkQuietPayees wants nothing paid to a payee who is new, and no more than
// before where a cap was raised.
func (m *model) checkQuietPayees(id text.ID, b record.Released, v view) {
	head := m.head(v)
	for _, pay := range b.Pays {
		same := func(p *policy.Policy) bool {
			d, ok := p.Destination(pay.Label)
			return ok && d.Address.String() == pay.Address.String()
		}
		if m.quiet(v, head.QuietDestination, same) {
			m.t.Fatalf("%s: want nobody paid who is new, found %s", id, pay.Label)
		}
		d, _ := head.Destination(pay.Label)
		least, before := d.Cap, m.policies[m.genesis]
		each([][]record.Record{v.own}, func(a record.Adopted, r record.Record) {
			if old, ok := before.Destination(pay.Label); ok && v.at.Height-r.Tip.Height < head.QuietDestination {
				least = min(least, old.Cap)
			}
			before = m.policies[a.Policy]
		})
		if used := m.paidTo(pay, b.ID, d.Window, v); used > least {
			m.t.Fatalf("%s: want at most %s to %s while a higher cap is new, found %s", id, least, pay.Label, used)
		}
	}
}

// paidTo adds up what goes to one payee within a window, this payment included.
func (m *model) paidTo(pay record.Pay, but text.Hash, window uint32, v view) custody.Amount {
	return pay.Amount + sums(v.all(), but, v.at.Height, window, func(r record.Released) (sum custody.Amount) {
		for _, q := range r.Pays {
			if q.Label == pay.Label {
				sum += q.Amount
			}
		}
		return sum
	})
}
