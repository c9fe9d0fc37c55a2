package policy

import (
	"slices"
	"strconv"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// ExampleCases returns cases that show what the policy does, for people to read
// and to add to: each tier with enough people, one too few, the maker among them
// and a clearance missing, and what no one can approve. It needs officers and
// destinations; of a draft without them there are no examples. A tier that no
// limit lets anything reach, or that nobody can fill, has none.
func (p *Policy) ExampleCases() []Case {
	var out []Case
	for i, t := range p.Tiers {
		sum := p.leastSum(i)
		if pays := p.payOut(sum); len(pays) > 0 {
			if c, ok := p.approved(t, pays); ok {
				out = append(out, variants(c)...)
			}
		}
		if c, ok := p.afterOthers(i); ok {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return written(append(out, p.refusals(out[0])...))
}

// written leaves out what cannot be written as a line, such as a case of an
// officer who is called by a word of the grammar, and numbers names that come
// again.
func written(cases []Case) []Case {
	var out []Case
	for i, c := range cases {
		if slices.ContainsFunc(out, func(o Case) bool { return o.Name == c.Name }) {
			c.Name += text.ID("-" + strconv.Itoa(i))
		}
		if _, err := parseCase(c.String()); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// leastSum returns the smallest sum that comes to a tier; for the first, half of
// its limit.
func (p *Policy) leastSum(tier int) custody.Amount {
	if tier == 0 {
		return p.Tiers[0].Below / 2
	}
	return p.Tiers[tier-1].Below
}

// payOut splits a sum over destinations so that every cap holds: to one, if one
// takes it all. It returns nothing where the limits forbid the sum.
func (p *Policy) payOut(sum custody.Amount) []CasePay {
	if sum == 0 || slices.ContainsFunc(p.Velocities, func(v Velocity) bool { return v.Cap < sum }) {
		return nil
	}
	for _, d := range p.Destinations {
		if d.Cap >= sum {
			return []CasePay{{sum, d.Label}}
		}
	}
	var out []CasePay
	for _, d := range p.Destinations {
		part := min(sum, d.Cap)
		out = append(out, CasePay{part, d.Label})
		if sum -= part; sum == 0 {
			return out
		}
	}
	return nil
}

// approved finds a maker and different people for all seats of a tier.
func (p *Policy) approved(t Tier, pays []CasePay) (Case, bool) {
	c := Case{Name: caseName(t.ID, "approved"), Pays: pays, Tier: t.ID}
	seats := seatCount(t.Needs)
	for _, maker := range p.everybody() {
		if !p.InRole(Propose, maker) {
			continue
		}
		c.Maker = maker
		others := slices.DeleteFunc(p.everybody(), func(id text.ID) bool {
			return id == maker || slices.ContainsFunc(pays, func(x CasePay) bool { return p.Conflicted(x.Label, id) })
		})
		filled, _, ok := p.Match(slices.Concat(t.Needs, t.Clears), others)
		if !ok {
			continue
		}
		for i, a := range filled { // in the order of the needs
			if i < seats {
				c.Approve = append(c.Approve, a.Officer)
			} else {
				c.Clear = append(c.Clear, a.Officer)
			}
		}
		return c, true
	}
	return Case{}, false
}

// variants returns an approved case and what it lacks with one person less.
func variants(c Case) []Case {
	last := len(c.Approve) - 1
	refused := func(suffix, code string) Case {
		x := c
		x.Name, x.Tier, x.Code = caseName(c.Tier, suffix), "", code
		return x
	}
	short := refused("short", CodeShort)
	short.Approve = c.Approve[:last]
	own := refused("maker-not-counted", CodeShort)
	own.Approve = append([]text.ID{c.Maker}, c.Approve[:last]...)
	out := []Case{c, short, own}
	if n := len(c.Clear); n > 0 {
		uncleared := refused("not-cleared", CodeUncleared)
		uncleared.Clear = c.Clear[:n-1]
		out = append(out, uncleared)
	}
	return out
}

// afterOthers returns a payment that is small by itself and comes to a higher
// tier by what was released before it.
func (p *Policy) afterOthers(tier int) (Case, bool) {
	if tier == 0 {
		return Case{}, false
	}
	pays := p.payOut(p.leastSum(tier))
	small := p.leastSum(0)
	if len(pays) != 1 || small == 0 {
		return Case{}, false
	}
	spent := pays[0].Amount - small // small is below the first tier's limit, so less
	c, ok := p.approved(p.Tiers[tier], []CasePay{{small, pays[0].Label}})
	c.Name, c.Spent = caseName(c.Tier, "after-others"), spent
	return c, ok
}

// refusals returns what no approval makes good, with the people of a case that
// is approved.
func (p *Policy) refusals(approved Case) []Case {
	var out []Case
	refused := func(name text.ID, code string) *Case {
		x := approved
		x.Name, x.Pays, x.Tier, x.Code = name, slices.Clone(approved.Pays[:1]), "", code
		out = append(out, x)
		return &out[len(out)-1]
	}
	refused("too-much", CodeTier).Pays[0].Amount = p.Tiers[len(p.Tiers)-1].Below
	if _, there := p.Destination("somebody-else"); !there {
		refused("unknown-payee", CodeUnknownPayee).Pays[0].Label = "somebody-else"
	}
	i := slices.IndexFunc(p.Officers, func(o Officer) bool { return !p.InRole(Propose, o.ID) })
	if i >= 0 {
		refused("maker-without-role", CodeRole).Maker = p.Officers[i].ID
	}
	return out
}

// caseName names an example after its tier; where that makes no name, after what
// it shows alone.
func caseName(tier text.ID, suffix string) text.ID {
	if id, err := text.ParseID(string(tier) + "-" + suffix); err == nil {
		return id
	}
	return text.ID(suffix)
}
