package quorum_test

import (
	"slices"

	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// The slow judge. It decides withdrawals again, from plain lists and by trying
// every way to seat people, and shares no code with the judge that it is held
// against. Each rule stands where a reader looks for it; nothing is fast.

type slowNeed struct {
	seats int
	group string
}

type slowTier struct {
	id            string
	below         int64
	window, cool  int
	needs, clears []slowNeed
}

type slowPayee struct {
	cap    int64
	window int
}

// slowRules is one version of a policy.
type slowRules struct {
	groups                             map[string][]string
	propose, veto                      []string // groups
	keys                               map[string][]int
	tiers                              []slowTier
	velocities                         []slowPayee // cap and window
	payees                             map[string]slowPayee
	conflicts                          map[[2]string]bool // payee, officer
	terms                              map[string]int     // 0 for none
	quietPayee, quietPolicy, quietKeys int
	quietEvery                         bool
	expiryMax, clearAge                int
	class                              policy.Class // of the amendment; none for the first
	at                                 int          // the height at which it was adopted
}

type slowRelease struct {
	height int
	pays   map[string]int64
	total  int64
}

type slowFreeze struct{ what, name string }

// slowWorld is what a signer knows: its chain's tip, every version, and what all
// logs together say.
type slowWorld struct {
	tip      int
	versions []slowRules
	released []slowRelease
	freezes  []slowFreeze
}

// slowVote is a signature, by which of the officer's keys.
type slowVote struct {
	officer string
	key     int
}

type slowClearance struct {
	slowVote
	height int
	early  bool // made before the proposal was recorded
}

// slowAsk is a withdrawal and all that was signed about it.
type slowAsk struct {
	version, block, expires int
	maker                   slowVote
	tier                    string
	pays                    map[string]int64
	fee                     int64
	approved, vetoed        []slowVote
	cleared                 []slowClearance
	recorded                int // the height at which it was recorded; -1 for never
}

func (a slowAsk) total() int64 {
	sum := a.fee
	for _, n := range a.pays {
		sum += n
	}
	return sum
}

func (w slowWorld) head() slowRules { return w.versions[len(w.versions)-1] }

// permits says whether the signer may release it, or, with record, whether its
// wait may begin.
func (w slowWorld) permits(a slowAsk, record bool) bool {
	if a.version > len(w.versions) || a.block > w.tip || w.tip > a.expires {
		return false
	}
	under := []slowRules{w.versions[a.version-1]}
	for _, later := range w.versions[a.version:] {
		if later.class != policy.ClassTighten && later.class != policy.ClassDestination {
			return false // it died with the loosening
		}
	}
	if a.version < len(w.versions) {
		under = append(under, w.head())
	}
	if w.frozenAsk(a) || w.tooNew(a) {
		return false
	}
	wait := 0
	for _, r := range under {
		cool, ok := w.passes(a, r, record)
		if !ok {
			return false
		}
		wait = max(wait, cool)
	}
	if record {
		return wait > 0 && a.recorded < 0
	}
	return wait == 0 || a.recorded >= 0 && w.tip-max(a.recorded, a.block) >= wait
}

func (w slowWorld) frozenAsk(a slowAsk) bool {
	for _, f := range w.freezes {
		_, pays := a.pays[f.name]
		if f.what == "all" || f.what == "signer" && f.name == "signer-a" || f.what == "destination" && pays || f.what == "officer" && f.name == a.maker.officer {
			return true
		}
	}
	return false
}

// tooNew are the quiet periods of payees and rules, which look at the newest
// version.
func (w slowWorld) tooNew(a slowAsk) bool {
	head := w.head()
	for label := range a.pays {
		since := 0
		for i := 1; i < len(w.versions); i++ {
			if _, before := w.versions[i-1].payees[label]; !before {
				since = i
			}
		}
		if _, listed := head.payees[label]; listed && since > 0 && w.tip-w.versions[since].at < head.quietPayee {
			return true
		}
	}
	mildest := a.tier == head.tiers[0].id
	for i := len(w.versions) - 1; i > 0 && !mildest; i-- {
		v := w.versions[i]
		if v.class == policy.ClassLoosen && w.tip-v.at < max(v.quietPolicy, w.versions[i-1].quietPolicy) {
			return true
		}
	}
	return false
}

// passes holds it to one version, and returns how long it has to wait under it.
func (w slowWorld) passes(a slowAsk, r slowRules, record bool) (wait int, ok bool) {
	claimed := slices.IndexFunc(r.tiers, func(t slowTier) bool { return t.id == a.tier })
	cool := 0
	if claimed >= 0 {
		cool = r.tiers[claimed].cool
	}
	if a.expires > a.block+r.expiryMax+cool+cool/4 {
		return 0, false
	}
	if !r.may(r.propose, a.maker.officer) || !r.holds(a.maker) {
		return 0, false
	}
	for _, v := range a.vetoed {
		if r.holds(v) && r.may(r.veto, v.officer) {
			return 0, false
		}
	}
	rank := -1
	for i, t := range r.tiers {
		if w.used(t.window, "")+a.total() < t.below {
			rank = i
			break
		}
	}
	if rank < 0 || claimed < rank || !w.withinLimits(a, r) {
		return 0, false
	}
	for i := rank; i <= claimed; i++ {
		wait = max(wait, r.tiers[i].cool)
		if !w.seated(a, r, i, record) {
			return 0, false
		}
	}
	return wait, true
}

// used adds up what was released in a window: all of it, or what one payee got.
func (w slowWorld) used(window int, label string) (sum int64) {
	for _, r := range w.released {
		if w.tip-r.height >= window {
			continue
		}
		if label == "" {
			sum += r.total
		}
		sum += r.pays[label]
	}
	return sum
}

func (w slowWorld) withinLimits(a slowAsk, r slowRules) bool {
	for _, v := range r.velocities {
		if w.used(v.window, "")+a.total() > v.cap {
			return false
		}
	}
	for label, amount := range a.pays {
		d, listed := r.payees[label]
		if !listed || w.used(d.window, label)+amount > d.cap {
			return false
		}
	}
	head := w.head()
	for label, amount := range a.pays { // a raise is quiet too
		for i := len(w.versions) - 1; i > 0 && w.tip-w.versions[i].at < head.quietPayee; i-- {
			before, there := w.versions[i-1].payees[label]
			if there && w.used(head.payees[label].window, label)+amount > min(before.cap, head.payees[label].cap) {
				return false
			}
		}
	}
	return true
}

func (r slowRules) may(groups []string, officer string) bool {
	return slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(r.groups[g], officer) })
}

func (r slowRules) holds(v slowVote) bool { return slices.Contains(r.keys[v.officer], v.key) }

// counts says whether an officer's vote may fill a seat of a tier.
func (w slowWorld) counts(a slowAsk, r slowRules, rank int, v slowVote) bool {
	if v.officer == a.maker.officer || slices.Contains(w.freezes, slowFreeze{"officer", v.officer}) {
		return false
	}
	for label := range a.pays {
		if r.conflicts[[2]string{label, v.officer}] {
			return false
		}
	}
	if end := r.terms[v.officer]; end > 0 && w.tip > end {
		return false
	}
	return !w.quietKey(v) || rank == 0 && !w.head().quietEvery
}

// quietKey says whether a key is new: in the newest version for less than the
// quiet period, or not in it at all.
func (w slowWorld) quietKey(v slowVote) bool {
	head := w.head()
	if !head.holds(v) {
		return head.quietKeys > 0
	}
	since := 0
	for i := 1; i < len(w.versions); i++ {
		if !w.versions[i-1].holds(v) {
			since = i
		}
	}
	return since > 0 && w.tip-w.versions[since].at < head.quietKeys
}

// seated tries every way to fill the seats of a tier.
func (w slowWorld) seated(a slowAsk, r slowRules, rank int, record bool) bool {
	var checkers, watchers []string
	for _, v := range a.approved {
		if r.holds(v) && w.counts(a, r, rank, v) {
			checkers = append(checkers, v.officer)
		}
	}
	for _, c := range a.cleared {
		fresh := w.tip-c.height <= w.head().clearAge && (a.recorded < 0 || !c.early)
		if fresh && w.head().holds(c.slowVote) && w.counts(a, r, rank, c.slowVote) {
			watchers = append(watchers, c.officer)
		}
	}
	clears := r.tiers[rank].clears
	if record {
		clears = nil
	}
	return slowSeat(r.groups, r.tiers[rank].needs, checkers, clears, watchers)
}

// slowSeat says whether different people can fill every seat: it lists the seats
// and puts everybody who may sit into each, one after the other.
func slowSeat(groups map[string][]string, needs []slowNeed, checkers []string, clears []slowNeed, watchers []string) bool {
	var seats [][]string // who may sit in each
	list := func(needs []slowNeed, people []string) {
		for _, n := range needs {
			may := slices.DeleteFunc(slices.Clone(people), func(o string) bool { return !slices.Contains(groups[n.group], o) })
			for range n.seats {
				seats = append(seats, may)
			}
		}
	}
	list(needs, checkers)
	list(clears, watchers)
	return len(needs) > 0 && slowFill(seats, map[string]bool{})
}

func slowFill(seats [][]string, sitting map[string]bool) bool {
	if len(seats) == 0 {
		return true
	}
	for _, o := range seats[0] {
		if sitting[o] {
			continue
		}
		sitting[o] = true
		if slowFill(seats[1:], sitting) {
			return true
		}
		delete(sitting, o)
	}
	return false
}

func ids(names []string) []text.ID {
	var out []text.ID
	for _, n := range names {
		out = append(out, text.ID(n))
	}
	return out
}
