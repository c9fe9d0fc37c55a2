package policy

import (
	"cmp"
	"fmt"
	"slices"

	"strongroom/custody"
)

// Severity says what a finding of the linter means. The zero value is none.
type Severity uint8

// With an Error nobody should sign the policy; a Warning is for people to
// weigh.
const (
	Error Severity = iota + 1
	Warning
)

// String returns error or warning.
func (s Severity) String() string { return name(int(s), "no severity", "error", "warning") }

// Finding is one thing that Lint finds.
type Finding struct {
	Code     string // stable, one of the Lint constants
	Severity Severity
	Text     string // wanted and found, lower case
}

// String writes the finding on one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s %s", f.Severity, f.Code, f.Text)
}

// The codes of Lint. They never change their meaning.
const (
	// LintFragile means that one officer is in every coalition of an act: their
	// loss or refusal stops it.
	LintFragile = "LINT-FRAGILE"
	// LintUnreachable means a tier that no withdrawal can ever be in, or an act
	// that cools for longer than its approvals can be carried.
	LintUnreachable = "LINT-UNREACHABLE"
	// LintClockCheap means a named tier whose limit is worth more than faking
	// its wait costs.
	LintClockCheap = "LINT-CLOCK-CHEAP"
	// LintOverlap means a watcher who may also fill a seat of what they watch.
	LintOverlap = "LINT-OVERLAP"
	// LintBypass means that fewer people than any coalition of the policy could
	// sign without it, or, as a warning, that nobody knows.
	LintBypass = "LINT-BYPASS"
	// LintLockout means an act without any coalition, now or when terms end.
	LintLockout = "LINT-LOCKOUT"
	// LintFork is the warning that people may not be missing, or are too few, to
	// end a fork by the seats of loosen and recovery together.
	LintFork = "LINT-FORK"
	// LintOrg is the warning that one organisation fills all seats of an act.
	LintOrg = "LINT-ORG"
	// LintOneKey is the warning that an officer has one key only.
	LintOneKey = "LINT-ONEKEY"
	// LintBackup means that annex backup is not here or another, or, as a warning,
	// that it asks for less than copies which are known to restore take.
	LintBackup = "LINT-BACKUP"
	// LintOpener is the warning that one person alone can open a snapshot.
	LintOpener = "LINT-OPENER"
	// LintPlaces means that the stores which annex backup lists do not meet its
	// own rules about places. It takes measuring the earth, so Lint leaves it to
	// package backup and the program that has both.
	LintPlaces = "LINT-PLACES"
	// LintLimit means more different seatings than are looked at.
	LintLimit = "LINT-LIMIT"
)

// Lint judges whether the policy is wise, as of its origin block; see LintAt.
func (p *Policy) Lint(a Annexes) []Finding { return p.LintAt(p.Origin.Height, a) }

// LintAt returns what makes a policy unwise that Check would let pass, sorted
// by code and text. Height is the block at which the policy is proposed: it
// fixes the block subsidy and whose terms have ended. Of the annexes backup and
// people are looked at. While a draft has something to fill in, its seats are
// not judged.
func (p *Policy) LintAt(height uint32, a Annexes) []Finding {
	l := &linter{roster: newRoster(p), height: height}
	l.reach()
	l.clock()
	l.keys()
	l.backup(a)
	if len(p.Unfilled()) == 0 {
		l.there = l.inOffice(height)
		l.ends = l.termEnds()
		l.seated()
		l.fork()
		l.overlap()
		l.organisations()
		l.bypass(a)
	}
	slices.SortFunc(l.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(l.found)
}

// linter collects findings.
type linter struct {
	*roster
	height uint32
	there  crowd    // the officers in office at the height
	ends   []uint32 // the heights above it after which somebody's term is over
	found  []Finding
}

func (l *linter) bad(code, format string, args ...any) {
	l.found = append(l.found, Finding{code, Error, fmt.Sprintf(format, args...)})
}

func (l *linter) warn(code, format string, args ...any) {
	l.found = append(l.found, Finding{code, Warning, fmt.Sprintf(format, args...)})
}

// reach wants every tier's lower edge under what the limits let out in its
// window, and approvals that live long enough for what cools.
func (l *linter) reach() {
	p := l.policy
	for i, t := range p.Tiers {
		if len(p.Destinations) == 0 {
			break
		}
		edge := custody.Amount(0)
		if i > 0 {
			edge = p.Tiers[i-1].Below
		}
		if most := p.most(t.Window); edge >= most {
			l.bad(LintUnreachable, "tier %s: want it to begin under %s, the most that the limits let out in its %d credits, found %s",
				t.ID, most.In(p.Network), t.Window, edge.In(p.Network))
		}
	}
	for _, a := range p.Acts {
		l.cooled("act "+a.Name.String(), a.Cool)
	}
	l.cooled("recovery", p.Recovery.Cool)
}

func (l *linter) cooled(act string, cool uint32) {
	if cool > 0 && l.policy.ExpiryMax < minCooledExpiry {
		l.bad(LintUnreachable, "%s: want expiry-max at least %d for what cools, found %d", act, minCooledExpiry, l.policy.ExpiryMax)
	}
}

// clock wants the wait of a named tier to cost more to fake than the tier lets
// out. A stamped one cannot be bought, and on test chains nothing costs.
func (l *linter) clock() {
	p := l.policy
	if p.Clock != ClockFull {
		return
	}
	for _, t := range p.Tiers {
		if price := priceOfTime(t.Cool, l.height); t.Mode == Named && t.Cool > 0 && t.Below > price {
			l.bad(LintClockCheap, "tier %s: want a limit of at most %s, what faking %d credits costs at height %d, found %s",
				t.ID, price.In(p.Network), t.Cool, l.height, t.Below.In(p.Network))
		}
	}
}

// keys wants two keys of every officer, so that a lost one is no lost officer.
func (l *linter) keys() {
	for _, id := range l.ids {
		if len(l.policy.Keys(id)) == 1 {
			l.warn(LintOneKey, "officer %s: want 2 keys or more, found 1", id)
		}
	}
}

// bypass wants as many people for signing without the policy as with it.
func (l *linter) bypass(a Annexes) {
	known, wrong := l.policy.people(a)
	for _, r := range wrong {
		l.bad(LintBypass, "%s", r.Text)
	}
	if known == nil && len(wrong) == 0 {
		l.warn(LintBypass, "annex people: want who holds which key or share, found none, so who could sign without the policy is not assessed")
	}
	if known == nil {
		return
	}
	for _, key := range l.policy.outsideKeys() {
		if _, ok := known.OutsideKey(key); !ok {
			l.warn(LintBypass, "external key %x: want its vendor, build, entropy and place in annex people, found none", key)
		}
	}
	want := l.cheapestAt(l.there)
	for _, b := range l.policy.bypasses(a) {
		for _, key := range b.Unnamed {
			l.warn(LintBypass, "wallet %s: want a holder of key %x in annex people, found none, so it counts as held whole by one more person", b.Wallet, key)
		}
		if b.People < want {
			l.bad(LintBypass, "wallet %s: want at least %s to rebuild %d of its keys, as the cheapest coalition has, found %d", b.Wallet, headcount(want), b.M, b.People)
		}
	}
}
