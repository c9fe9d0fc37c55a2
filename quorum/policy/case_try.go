package policy

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// The codes of Try, which are those with which a withdrawal is refused.
const (
	// CodeUnknownSigner means that somebody signs whom the policy does not
	// name.
	CodeUnknownSigner = "SIG-UNKNOWN"
	// CodeRole means that the maker may not propose.
	CodeRole = "SEAT-ROLE"
	// CodeUnknownPayee means that a payee is no destination of the policy.
	CodeUnknownPayee = "DEST-UNKNOWN"
	// CodePayeeTwice means that one address is paid twice.
	CodePayeeTwice = "DEST-DUP"
	// CodeTier means that the sum is not below the last tier's limit.
	CodeTier = "LIM-TIER"
	// CodeVelocity means that more would leave in a window than may.
	CodeVelocity = "LIM-VELOCITY"
	// CodeDestination means that more would go to a payee than may.
	CodeDestination = "LIM-DESTINATION"
	// CodeShort means that seats stay empty.
	CodeShort = "SEAT-SHORT"
	// CodeUncleared means that clear seats stay empty.
	CodeUncleared = "CLR-MISSING"
)

// caseCodes returns the codes of Try in the order in which it looks for them.
func caseCodes() []string {
	return []string{CodeUnknownSigner, CodeRole, CodeUnknownPayee, CodePayeeTwice, CodeTier, CodeVelocity, CodeDestination, CodeShort, CodeUncleared}
}

// CaseOutcome is what becomes of a Case. The zero value is no approval.
type CaseOutcome struct {
	Tier text.ID // that the sum comes to; empty where none was found
	Code string  // of the refusal; empty when approved
	Text string  // who sits where, or what was wanted and found
}

// Approved says whether the withdrawal has all it takes.
func (o CaseOutcome) Approved() bool { return o.Tier != "" && o.Code == "" }

// Try says what becomes of a case under the policy. It looks at people, sums and
// payees; fees, waits, quiet periods, terms and freezes are left out, as if all
// waits were over. Of several grounds for a refusal it gives the first, in the
// order of the codes above.
func (p *Policy) Try(c Case) CaseOutcome {
	t := trial{p: p, c: c}
	for _, step := range []func() Reason{t.names, t.role, t.payees, t.sums, t.velocities, t.caps, t.approvals, t.clears} {
		if r := step(); r.Code != "" {
			return CaseOutcome{Tier: t.tier.ID, Code: r.Code, Text: r.Text}
		}
	}
	return CaseOutcome{Tier: t.tier.ID, Text: t.seating()}
}

// trial is one run of Try: what its steps have found so far.
type trial struct {
	p       *Policy
	c       Case
	used    custody.Amount // the pays and what was spent before
	tier    Tier
	seats   []Assignment
	cleared []Assignment
}

func because(code, format string, args ...any) Reason {
	return Reason{Code: code, Text: fmt.Sprintf(format, args...)}
}

// names refuses a name that a slip of the pen made: a case that expects a
// refusal would hold for the wrong reason.
func (t *trial) names() Reason {
	for _, id := range slices.Concat([]text.ID{t.c.Maker}, t.c.Approve, t.c.Clear) {
		if _, ok := t.p.Officer(id); !ok {
			return because(CodeUnknownSigner, "signers: want officers of the policy, found %s", id)
		}
	}
	return Reason{}
}

func (t *trial) role() Reason {
	if !t.p.InRole(Propose, t.c.Maker) {
		return because(CodeRole, "maker: want an officer who may propose, found %s", t.c.Maker)
	}
	return Reason{}
}

// payees wants each payee to be listed, and an address to be paid once; of a
// descriptor there are as many addresses as pays.
func (t *trial) payees() Reason {
	if len(t.c.Pays) == 0 {
		return because(CodeUnknownPayee, "pay: want at least one, found none")
	}
	paid := map[text.ID]bool{}
	for _, x := range t.c.Pays {
		d, ok := t.p.Destination(x.Label)
		switch {
		case !ok:
			return because(CodeUnknownPayee, "pay: want a destination that the policy lists, found %s", x.Label)
		case paid[x.Label] && !d.ByDescriptor():
			return because(CodePayeeTwice, "pay: want each payee once, found %s twice", x.Label)
		}
		paid[x.Label] = true
	}
	return Reason{}
}

// sums adds up and finds the tier: the first that the sum stays below.
func (t *trial) sums() Reason {
	var err error
	t.used = t.c.Spent
	for _, x := range t.c.Pays {
		if t.used, err = t.used.Add(x.Amount); err != nil {
			return because(CodeTier, "tier: %v", err)
		}
	}
	i := slices.IndexFunc(t.p.Tiers, func(x Tier) bool { return t.used < x.Below })
	if i < 0 {
		return because(CodeTier, "tier: want a sum below the last tier's limit, found %s", t.used.In(t.p.Network))
	}
	t.tier = t.p.Tiers[i]
	return Reason{}
}

func (t *trial) velocities() Reason {
	for _, v := range t.p.Velocities {
		if t.used > v.Cap {
			return because(CodeVelocity, "velocity: want at most %s in %s, found %s with this withdrawal",
				v.Cap.In(t.p.Network), plural(v.Window, "block", "blocks"), t.used.In(t.p.Network))
		}
	}
	return Reason{}
}

// caps counts what was spent before for every payee: whom it went to is not
// said.
func (t *trial) caps() Reason {
	for _, d := range t.p.Destinations {
		sum, paid := t.c.Spent, false
		for _, x := range t.c.Pays {
			if x.Label == d.Label {
				sum, paid = sum+x.Amount, true // at most used, which was added with care
			}
		}
		if paid && sum > d.Cap {
			return because(CodeDestination, "destination %s: want at most %s in %s, found %s with this withdrawal",
				d.Label, d.Cap.In(t.p.Network), plural(d.Window, "block", "blocks"), sum.In(t.p.Network))
		}
	}
	return Reason{}
}

func (t *trial) approvals() Reason {
	var people []text.ID
	aside := ""
	for _, id := range t.c.Approve {
		switch {
		case id == t.c.Maker:
			aside += fmt.Sprintf("; %s is the maker and does not count", id)
		case t.conflicted(id):
			aside += fmt.Sprintf("; %s has a conflict with a payee and does not count", id)
		default:
			people = append(people, id)
		}
	}
	seats, short, ok := t.p.Match(t.tier.Needs, people)
	if !ok {
		return because(CodeShort, "approvals: want all seats of tier %s filled, found %s%s", t.tier.ID, shortText(short), aside)
	}
	t.seats = seats
	return Reason{}
}

func (t *trial) conflicted(officer text.ID) bool {
	return slices.ContainsFunc(t.c.Pays, func(x CasePay) bool { return t.p.Conflicted(x.Label, officer) })
}

// clears seats those who clear: neither the maker nor anybody seated.
func (t *trial) clears() Reason {
	if len(t.tier.Clears) == 0 {
		return Reason{}
	}
	people := slices.DeleteFunc(slices.Clone(t.c.Clear), func(id text.ID) bool {
		return id == t.c.Maker || slices.ContainsFunc(t.seats, func(a Assignment) bool { return a.Officer == id })
	})
	seats, short, ok := t.p.Match(t.tier.Clears, people)
	if !ok {
		return because(CodeUncleared, "clearances: want all clear seats of tier %s filled, found %s", t.tier.ID, shortText(short))
	}
	t.cleared = seats
	return Reason{}
}

// seating writes who fills the seats.
func (t *trial) seating() string {
	s := assigned(t.seats)
	if len(t.cleared) > 0 {
		s += "; cleared by " + assigned(t.cleared)
	}
	return s
}

func assigned(seats []Assignment) string {
	var parts []string
	for _, a := range seats {
		parts = append(parts, fmt.Sprintf("%s for %s", a.Officer, a.Group))
	}
	return strings.Join(parts, ", ")
}
