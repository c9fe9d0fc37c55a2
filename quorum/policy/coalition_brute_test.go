package policy

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// slow decides by trying everything. It knows the rules in their words and
// nothing of matchings.
type slow struct {
	p     *Policy
	label text.ID // of the destination paid
	s     sitting
	gone  text.ID // the officer who is replaced, if that is decided
	last  int     // seats at the end of the needs that the maker may fill, in a fork
	maker text.ID // while seats are filled, if that makes a difference
}

// decides says whether the people can bring the act about: one of them
// proposes it, and the others fill all seats.
func (x slow) decides(people []text.ID) bool {
	if len(x.s.needs) == 0 {
		return false
	}
	if x.s.maker == counted || x.gone != "" {
		return x.fill(withoutOne(people, x.gone), 0)
	}
	for _, maker := range people {
		if x.last > 0 {
			x.maker = maker
			if x.p.InRole(Propose, maker) && x.fill(people, 0) {
				return true
			}
			continue
		}
		if (x.s.maker == replaced || x.p.InRole(Propose, maker)) && x.fill(withoutOne(people, maker), 0) {
			return true
		}
	}
	return false
}

// fill fills seat number i and all behind it.
func (x slow) fill(people []text.ID, i int) bool {
	group, clear, more := x.chair(i)
	if !more {
		return true
	}
	for _, id := range people {
		sits := slices.Contains(x.p.Members(group), id)
		if clear && (x.s.maker == counted || x.last > 0) {
			for _, n := range x.p.Recovery.Needs {
				sits = sits && !slices.Contains(x.p.Members(n.Group), id)
			}
		}
		if id == x.maker && (clear || i < seatCount(x.s.needs)-x.last) {
			sits = false
		}
		if !clear && x.label != "" && x.p.Conflicted(x.label, id) {
			sits = false
		}
		if sits && x.fill(withoutOne(people, id), i+1) {
			return true
		}
	}
	return false
}

func (x slow) chair(i int) (group text.ID, clear, more bool) {
	for _, n := range x.s.needs {
		if i < n.Seats {
			return n.Group, false, true
		}
		i -= n.Seats
	}
	for _, n := range x.s.clears {
		if i < n.Seats {
			return n.Group, true, true
		}
		i -= n.Seats
	}
	return "", false, false
}

func withoutOne(people []text.ID, id text.ID) []text.ID {
	return slices.DeleteFunc(slices.Clone(people), func(x text.ID) bool { return x == id })
}

// subset returns the people whose bits are set.
func subset(people []text.ID, bits int) (in, out []text.ID) {
	for i, id := range people {
		if bits&(1<<i) != 0 {
			in = append(in, id)
		} else {
			out = append(out, id)
		}
	}
	return in, out
}

// coalitions returns the size and number of the smallest coalitions.
func (x slow) coalitions(people []text.ID) (size int, ways int64) {
	for bits := range 1 << len(people) {
		in, _ := subset(people, bits)
		if size > 0 && len(in) > size || !x.decides(in) {
			continue
		}
		if size == 0 || len(in) < size {
			size, ways = len(in), 0
		}
		ways++
	}
	return size, ways
}

// stoppers returns the sets of people, as joined names, whose loss stops the
// acts, each of them, and of which nobody is superfluous.
func stoppers(people []text.ID, acts ...slow) []string {
	stops := map[int]bool{}
	var found []string
	for bits := range 1 << len(people) {
		_, rest := subset(people, bits)
		stops[bits] = !slices.ContainsFunc(acts, func(x slow) bool { return x.decides(rest) })
	}
	for bits, yes := range stops {
		for i := range people {
			yes = yes && (bits&(1<<i) == 0 || !stops[bits&^(1<<i)])
		}
		if in, _ := subset(people, bits); yes && len(in) > 0 {
			found = append(found, spacedIDs(in))
		}
	}
	slices.Sort(found)
	return found
}

// expand returns the sets that blocks stand for, minimal ones only.
func expand(people []text.ID, stops func(in []text.ID) bool) []string {
	var found []string
	for bits := range 1 << len(people) {
		in, _ := subset(people, bits)
		minimal := stops(in)
		for _, id := range in {
			minimal = minimal && !stops(withoutOne(in, id))
		}
		if minimal {
			found = append(found, spacedIDs(in))
		}
	}
	slices.Sort(found)
	return found
}

// includes says whether the people make up the block.
func includes(in []text.ID, b Block) bool {
	n := 0
	for _, id := range in {
		if slices.Contains(b.Of, id) {
			n++
		}
	}
	return n >= b.Any
}

func byBlocks(blocks []Block) func([]text.ID) bool {
	return func(in []text.ID) bool {
		return slices.ContainsFunc(blocks, func(b Block) bool { return includes(in, b) })
	}
}

func byKills(kills []Kill) func([]text.ID) bool {
	return func(in []text.ID) bool {
		return slices.ContainsFunc(kills, func(k Kill) bool {
			return !slices.ContainsFunc(k.All, func(b Block) bool { return !includes(in, b) })
		})
	}
}

// smallPolicy draws a policy of up to seven people, good or bad.
func smallPolicy(t *rapid.T, keys []sshsig.Key) *Policy {
	p := &Policy{Clock: ClockFull, Wallets: make([]Wallet, 1), Cosigners: make([]Cosigner, 1), Devices: make([]Device, 1), ExpiryMax: 200}
	for i := range rapid.IntRange(2, len(keys)).Draw(t, "officers") {
		id := text.ID(fmt.Sprintf("p%d", i))
		p.Officers = append(p.Officers, Officer{ID: id, Org: text.ID(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "org"))})
		p.Signers = append(p.Signers, SignerKey{id, keys[i]})
		ends := rapid.IntRange(0, 3).Draw(t, "term")
		p.Terms = append(p.Terms, Term{id, uint32(ends * 10), ends > 0})
	}
	ids := p.everybody()
	groups := []text.ID{"g0", "g1", "g2"}
	for _, g := range groups {
		members := rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, len(ids), rapid.ID[text.ID]).Draw(t, "members")
		slices.Sort(members)
		p.Groups = append(p.Groups, Group{g, members})
	}
	needs := func(least int) (out []Need) {
		for _, g := range rapid.SliceOfNDistinct(rapid.SampledFrom(groups), least, 2, rapid.ID[text.ID]).Draw(t, "groups") {
			out = append(out, Need{rapid.IntRange(1, 2).Draw(t, "seats"), g})
		}
		return out
	}
	p.Roles.Propose = rapid.SliceOfNDistinct(rapid.SampledFrom(groups), 1, 2, rapid.ID[text.ID]).Draw(t, "propose")
	p.Tiers = []Tier{{ID: "t", Below: coin, Window: 1, Mode: Named, Needs: needs(1), Clears: needs(0)}}
	p.Acts = []Act{{Name: Loosen, Mode: Named, Needs: needs(1), Clears: needs(0)}, {Name: Rekey, Mode: Named, Needs: needs(1), Clears: needs(0)}}
	p.Recovery = Recovery{Mode: Named, Needs: needs(1), Clears: needs(0)}
	for _, label := range []text.ID{"d0", "d1"} {
		p.Destinations = append(p.Destinations, Destination{Label: label, Cap: coin, Window: 1})
		for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, 2, rapid.ID[text.ID]).Draw(t, "conflict") {
			p.Conflicts = append(p.Conflicts, Conflict{label, id})
		}
	}
	return p
}

func testKeys(t *testing.T) []sshsig.Key {
	var keys []sshsig.Key
	for i := range 7 {
		keys = append(keys, softKey(t, fmt.Sprint("small ", i)))
	}
	return keys
}

// policiesPerCheck makes thousands of the hundred runs of a property.
const policiesPerCheck = 20

// The table agrees with trying everything: sizes, numbers, who stops what, whose
// loss kills, with and without conflicts.
func TestCoalitionsAgreeWithTryingEverything(t *testing.T) {
	keys := testKeys(t)
	rapid.Check(t, func(t *rapid.T) {
		for range policiesPerCheck {
			p := smallPolicy(t, keys)
			c := p.CoalitionsAt(0, nil)
			if c.More {
				t.Fatal("want the whole table of a small policy")
			}
			rowsAgree(t, p, c)
			killsAgree(t, p, c.Kills)
		}
	})
}

// rowsAgree compares every row, and the tier's row again for each destination
// that has none of its own.
func rowsAgree(t *rapid.T, p *Policy, c Coalitions) {
	own := map[text.ID]bool{}
	for _, r := range c.Rows {
		if r.Name == endOfFork {
			agree(t, r, slowFork(p))
			continue
		}
		for _, label := range r.To {
			own[label] = true
			agree(t, r, slow{p: p, s: sittingOf(t, p, r.Name), label: label})
		}
		if len(r.To) == 0 {
			agree(t, r, slow{p: p, s: sittingOf(t, p, r.Name)})
		}
	}
	for _, d := range p.Destinations {
		if !own[d.Label] {
			agree(t, c.Rows[0], slow{p: p, s: sittingOf(t, p, "tier t"), label: d.Label})
		}
	}
}

// slowFork is the end of a fork: the seats of loosen, then those of recovery.
func slowFork(p *Policy) slow {
	loosen, _ := p.Act(Loosen)
	s := sitting{name: endOfFork, needs: slices.Concat(loosen.Needs, p.Recovery.Needs), clears: loosen.Clears}
	return slow{p: p, s: s, last: seatCount(p.Recovery.Needs)}
}

func sittingOf(t *rapid.T, p *Policy, name string) sitting {
	for _, s := range p.sittings() {
		if s.name == name {
			return s
		}
	}
	t.Fatalf("want a sitting %s, found none", name)
	return sitting{}
}

func killsAgree(t *rapid.T, p *Policy, kills []Kill) {
	people := p.everybody()
	loosen := slow{p: p, s: sittingOf(t, p, "act loosen")}
	recovery := slow{p: p, s: sittingOf(t, p, "recovery")}
	if !loosen.decides(people) || !recovery.decides(people) {
		if len(kills) != 0 {
			t.Fatalf("want no kills of what is dead, found %v", kills)
		}
		return
	}
	if want, found := stoppers(people, loosen, recovery), expand(people, byKills(kills)); !slices.Equal(want, found) {
		t.Fatalf("kills: want %q, found %q", want, found)
	}
	for _, k := range kills {
		fewest := len(people) + 1
		for bits := range 1 << len(people) {
			if in, _ := subset(people, bits); byKills([]Kill{k})(in) {
				fewest = min(fewest, len(in))
			}
		}
		if fewest != k.People {
			t.Fatalf("want %d people, found %v", fewest, k)
		}
	}
}

// byBlocksOnly says whether everybody who makes up a block stops the act.
func byBlocksOnly(people []text.ID, blocks []Block, x slow) bool {
	for bits := range 1 << len(people) {
		if in, rest := subset(people, bits); byBlocks(blocks)(in) && x.decides(rest) {
			return false
		}
	}
	return true
}

func agree(t *rapid.T, r Row, x slow) {
	people := x.p.everybody()
	size, ways := x.coalitions(people)
	uncounted := r.Ways == nil && x.last > 0 // two plans of a fork
	if r.People != size || !uncounted && (r.Ways == nil || r.Ways.Cmp(big.NewInt(ways)) != 0) {
		t.Fatalf("want %d people, %d ways for %s %s, found %s", size, ways, x.s.name, x.label, rowText(r))
	}
	if size == 0 {
		return
	}
	want, found := stoppers(people, x), expand(people, byBlocks(r.Blocks))
	if r.More && x.last > 0 { // those listed do stop it, and all who do so alone are
		if !byBlocksOnly(people, r.Blocks, x) {
			t.Fatalf("%s: want blocks that stop it, found %s", x.s.name, rowText(r))
		}
		several := func(s string) bool { return strings.Contains(s, " ") }
		want, found = slices.DeleteFunc(want, several), slices.DeleteFunc(found, several)
	} else if r.More {
		t.Fatalf("%s: want all who stop it, found that there are more", x.s.name)
	}
	if !slices.Equal(want, found) {
		t.Fatalf("%s %s: want to be stopped by %q, found %q", x.s.name, x.label, want, found)
	}
}
