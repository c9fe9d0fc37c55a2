package policy

import (
	"math/big"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Coalitions is the coalition table: who can do what with a policy, who can
// stop it, whose loss closes the vault and who passes by the policy.
type Coalitions struct {
	Network custody.Network
	Clock   Clock
	// Cheapest is the fewest people, the maker included, who can take coins by
	// the policy: in a tier, or by loosening first. Recovery is left out,
	// because anybody who is still alive can stop it. 0: nobody can.
	Cheapest int
	Bypasses []Bypass // of each wallet
	Rows     []Row    // tiers, acts, recovery, the end of a fork
	Kills    []Kill   // the fewest people first
	Bounds   []Bound
	// More says that Rows or Kills are not all there are.
	More bool
}

// Row is what one tier or act takes.
type Row struct {
	Name string // such as "tier small"
	// To is set when the row is about payments to these destinations alone,
	// whose conflicts change what the tier takes.
	To []text.ID
	// People is the size of the smallest coalitions, the maker included; 0
	// when nobody can.
	People int
	// Ways is the number of such coalitions, as sets of people; nil when they
	// are not counted, because they are too many or would count twice.
	Ways *big.Int
	// Limit and Window (credits) are a tier's: what leaves in the window stays
	// below the limit. Most is what the other limits leave of it.
	Limit, Most custody.Amount
	Window      uint32
	Cool        uint32 // credits
	Mode        Mode
	// Price is what the blocks of the wait pay: the least that faking it
	// costs. 0 on test chains and where nothing cools.
	Price custody.Amount
	// Blocks is who can stop it, the fewest people first. More says that these
	// are not all.
	Blocks []Block
	More   bool
}

// Bound is the most that can leave in a velocity's window when every signer is
// hidden from every other: each lets the whole cap out, and M of N sign each
// payment, so N/M times the cap, rounded up to a satoshi.
type Bound struct {
	Wallet    text.ID
	Cap, Hard custody.Amount
	Window    uint32 // credits
	External  int    // keys that count no limits
}

// Coalitions returns the coalition table as of the policy's origin block; see
// CoalitionsAt.
func (p *Policy) Coalitions(a Annexes) Coalitions { return p.CoalitionsAt(p.Origin.Height, a) }

// CoalitionsAt returns the coalition table as of a block height: of the officers
// whose term has not ended by then, at the block subsidy of then.
func (p *Policy) CoalitionsAt(height uint32, a Annexes) Coalitions {
	t := tabulator{roster: newRoster(p), height: height}
	t.there = t.inOffice(height)
	t.table = Coalitions{Network: p.Network, Clock: p.Clock, Cheapest: t.cheapest(), Bypasses: p.bypasses(a), Bounds: p.bounds()}
	for i, s := range p.sittings() {
		if i < len(p.Tiers) {
			t.tier(s, p.Tiers[i])
		} else {
			t.act(s, i-len(p.Tiers))
		}
	}
	t.add(t.forkRow())
	t.kill()
	return t.table
}

// tabulator fills a coalition table.
type tabulator struct {
	*roster
	height uint32
	there  crowd
	table  Coalitions
}

// cheapestAt returns the fewest of these people who can take coins, in a tier or
// by loosening first; 0 when they cannot.
func (r *roster) cheapestAt(there crowd) int {
	least := 0
	for i, s := range r.policy.sittings() {
		if i >= len(r.policy.Tiers) && s.name != "act "+Loosen.String() {
			continue
		}
		seats := r.seats(seatVariant{sitting: s}, there)
		if seats.possible() && (least == 0 || seats.size() < least) {
			least = seats.size()
		}
	}
	return least
}

func (t *tabulator) cheapest() int { return t.cheapestAt(t.there) }

// row returns what a variant takes.
func (t *tabulator) row(v seatVariant, cool uint32, mode Mode) Row {
	row := t.waiting(v.name, cool, mode)
	s := t.seats(v, t.there)
	if !s.possible() {
		return row
	}
	row.People, row.Ways = s.size(), s.ways()
	blocks, exact := s.blocks()
	row.block(t.listed(blocks), exact)
	return row
}

// add appends a row while there is room.
func (t *tabulator) add(row Row) {
	if len(t.table.Rows) == maxRows {
		t.table.More = true
		return
	}
	t.table.Rows = append(t.table.Rows, row)
}

// tier adds the row of a tier, and one for each set of conflicts that changes
// it.
func (t *tabulator) tier(s sitting, x Tier) {
	base := t.row(seatVariant{sitting: s}, x.Cool, x.Mode)
	base.Limit, base.Window, base.Most = x.Below, x.Window, min(x.Below, t.policy.most(x.Window))
	t.add(base)
	for _, c := range t.conflicts() {
		if len(t.table.Rows) == maxRows {
			t.table.More = true
			return
		}
		row := t.row(seatVariant{sitting: s, barred: c.officers}, x.Cool, x.Mode)
		if row.same(base) {
			continue
		}
		row.Limit, row.Window, row.Most, row.To = base.Limit, base.Window, base.Most, c.labels
		t.add(row)
	}
}

// same says whether two rows take the same people.
func (r Row) same(o Row) bool {
	counted := r.Ways == nil && o.Ways == nil || r.Ways != nil && o.Ways != nil && r.Ways.Cmp(o.Ways) == 0
	return r.People == o.People && counted && r.More == o.More && slices.EqualFunc(r.Blocks, o.Blocks, func(a, b Block) bool {
		return a.Any == b.Any && slices.Equal(a.Of, b.Of)
	})
}

// act adds the row of act number i, or of recovery behind them.
func (t *tabulator) act(s sitting, i int) {
	if i < len(t.policy.Acts) {
		a := t.policy.Acts[i]
		t.add(t.row(seatVariant{sitting: s, anyone: true}, a.Cool, a.Mode))
		return
	}
	r := t.policy.Recovery
	t.add(t.row(seatVariant{sitting: s}, r.Cool, r.Mode))
}

// kill lists whose loss stops loosening and recovery both.
func (t *tabulator) kill() {
	var lists [2][]block
	for _, s := range t.policy.sittings() {
		i := slices.Index([]string{"act " + Loosen.String(), "recovery"}, s.name)
		if i < 0 {
			continue
		}
		seats := t.seats(seatVariant{sitting: s}, t.there)
		if !seats.possible() {
			return
		}
		blocks, exact := seats.blocks()
		lists[i], t.table.More = blocks, t.table.More || !exact
	}
	t.table.Kills = t.kills(lists[0], lists[1])
	if len(t.table.Kills) > maxBlocks {
		t.table.Kills, t.table.More = t.table.Kills[:maxBlocks], true
	}
}

// conflicting is a set of officers who have a conflict, and the destinations,
// sorted, that they have it with.
type conflicting struct {
	officers crowd
	labels   []text.ID
}

// conflicts returns the different sets of officers with a conflict, in the
// order of their first destination.
func (r *roster) conflicts() []conflicting {
	byLabel := map[text.ID][]text.ID{}
	for _, c := range r.policy.Conflicts {
		byLabel[c.Label] = append(byLabel[c.Label], c.Officer)
	}
	var out []conflicting
	place := map[crowd]int{}
	for _, d := range r.policy.Destinations {
		who := r.set(byLabel[d.Label])
		if who.empty() {
			continue
		}
		i, ok := place[who]
		if !ok {
			i = len(out)
			place[who], out = i, append(out, conflicting{officers: who})
		}
		out[i].labels = append(out[i].labels, d.Label)
	}
	return out
}

// most returns what velocities and destinations together let out in a window
// at most, all coins when nothing bounds it. Destinations bound nothing while
// none is filled in.
func (p *Policy) most(window uint32) custody.Amount {
	out := custody.MaxAmount
	for _, v := range p.Velocities {
		out = min(out, inWindow(v.Cap, v.Window, window))
	}
	if len(p.Destinations) == 0 {
		return out
	}
	var sum custody.Amount
	for _, d := range p.Destinations {
		sum = min(custody.MaxAmount, sum+inWindow(d.Cap, d.Window, window))
	}
	return min(out, sum)
}

// inWindow returns how much a cap of one window lets out in another: once the
// cap for each time that it fits, a part counting as a whole.
func inWindow(limit custody.Amount, of, window uint32) custody.Amount {
	if of == 0 {
		return custody.MaxAmount
	}
	return timesAmount(limit, max(1, (window+of-1)/of))
}

// bounds returns the hard bound of every wallet and velocity: all signers let the
// cap out once, and a spend takes the limits of as many of them as have to sign.
// External keys count no limits; whoever has them signs for anybody.
func (p *Policy) bounds() []Bound {
	var out []Bound
	for _, w := range p.Wallets {
		_, external := p.cosignersOf(w.ID)
		if w.M < 1 || w.M > w.N || external >= w.M {
			continue
		}
		for _, v := range p.Velocities {
			m, n := custody.Amount(w.M-external), custody.Amount(w.N-external)
			out = append(out, Bound{w.ID, v.Cap, min(custody.MaxAmount, (v.Cap*n+m-1)/m), v.Window, external})
		}
	}
	return out
}

// spacedIDs joins names for a sentence.
func spacedIDs(ids []text.ID) string { return strings.ReplaceAll(joinIDs(ids), ", ", " ") }
