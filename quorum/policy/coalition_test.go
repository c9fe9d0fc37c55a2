package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// tenPeople returns a policy of ten people in five groups, with a board, a
// second line of defence and watchers from outside.
func tenPeople(t testing.TB) *Policy {
	t.Helper()
	must := must(t)
	p := draft(t, custody.Mainnet)
	p.Groups = []Group{{ID: "board"}, {ID: "recovery"}, {ID: "risk"}, {ID: "treasury"}, {ID: "watch"}}
	p.Roles = Roles{Freeze: []text.ID{"board", "risk", "treasury", "watch"}, Propose: []text.ID{"treasury"}, Veto: []text.ID{"board", "risk", "watch"}}
	three := []Need{{1, "board"}, {1, "risk"}, {2, "treasury"}}
	p.Tiers = []Tier{
		{ID: "small", Below: 1 * coin, Window: oneDay, Mode: Named, Needs: treasury(2)},
		{ID: "medium", Below: 25 * coin, Window: oneWeek, Cool: 36, Mode: Named, Needs: three[1:]},
		{ID: "large", Below: 150 * coin, Window: oneMonth, Cool: 432, Mode: Stamped, Needs: three, Clears: watcher()},
	}
	p.Velocities = []Velocity{{100 * coin, oneDay}, {150 * coin, oneMonth}}
	for i, a := range p.Acts {
		switch a.Name {
		case Loosen:
			p.Acts[i].Needs = three
		case Rekey:
			p.Acts[i].Needs = []Need{{1, "risk"}, {1, "treasury"}}
		case Thaw, Sweep, Resync:
			p.Acts[i].Needs = three[1:]
		}
	}
	p.Recovery.Clears = nil
	p = must(reread(p))
	for _, o := range []struct {
		id, org text.ID
		groups  []text.ID
	}{
		{"alice", "acme-ops", []text.ID{"treasury"}}, {"bob", "acme-ops", []text.ID{"treasury"}},
		{"carol", "acme-ops", []text.ID{"treasury"}}, {"dave", "acme-ops", []text.ID{"treasury"}},
		{"erin", "acme-risk", []text.ID{"risk"}}, {"frank", "acme-risk", []text.ID{"risk"}},
		{"grace", "acme-board", []text.ID{"board", "recovery"}}, {"ivan", "acme-board", []text.ID{"board", "recovery"}},
		{"heidi", "audit-llp", []text.ID{"watch"}}, {"judy", "law-firm", []text.ID{"recovery", "watch"}},
	} {
		keys := []sshsig.Key{softKey(t, string(o.id)), hardKey(t, string(o.id))}
		p = must(p.AddOfficer(o.id, o.org, string(o.id), keys, o.groups...))
	}
	p = must(p.SetDevices([]Device{{"signer-a", verifier(t, "acme-treasury/signer-a")}, {"signer-b", verifier(t, "acme-treasury/signer-b")}}))
	p = must(p.SetWallet(Wallet{ID: "main", State: Active, Descriptor: text.Identity([]byte("main")), M: 2, N: 3},
		[]Cosigner{{Fingerprint: [4]byte{1}, Governed: true, Name: "signer-a"}, {Fingerprint: [4]byte{2}, Governed: true, Name: "signer-b"},
			{Fingerprint: [4]byte{3}, Name: "coldcard-7"}}))
	address, err := custody.ParseAddress(custody.Mainnet, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
	if err != nil {
		t.Fatal(err)
	}
	p = must(p.AddDestination(Destination{Label: "otc-desk", Address: address, Cap: 100 * coin, Window: oneWeek}))
	p = must(p.AddDestination(Destination{Label: "payroll", Descriptor: text.Identity([]byte("payroll")), Cap: 2 * coin, Window: oneMonth}))
	p.Conflicts = []Conflict{{"otc-desk", "carol"}}
	return must(reread(p))
}

func rowText(r Row) string {
	return fmt.Sprintf("%s %s: %d people, %s, stopped by %s", r.Name, spacedIDs(r.To), r.People, waysText(r.Ways), r.Blocks)
}

// Counted by hand: three of four in treasury, times two in each other group;
// the maker is one of the treasury's three, and which of them makes no
// difference. A coalition is stopped by one person more than a group can
// spare.
func TestCoalitionsOfAnExchange(t *testing.T) {
	p := tenPeople(t)
	checked(t, p, nil)
	const treasury, risk, board, watch = "any 2 of alice bob carol dave", "erin and frank", "grace and ivan", "heidi and judy"
	want := map[string]string{
		"tier small":  "3 people, 4 ways, stopped by [" + treasury + "]",
		"tier medium": "4 people, 8 ways, stopped by [" + treasury + " " + risk + "]",
		"tier large":  "6 people, 32 ways, stopped by [" + treasury + " " + risk + " " + board + " " + watch + "]",
		"act loosen":  "6 people, 32 ways, stopped by [" + treasury + " " + risk + " " + board + " " + watch + "]",
		"recovery":    "2 people, 3 ways, stopped by [any 2 of grace ivan judy]",
	}
	rows := p.Coalitions(nil).Rows
	if len(rows) != len(p.Tiers)+len(p.Acts)+2 {
		t.Errorf("want a row for each tier and act, recovery and the end of a fork, found %d: the conflict changes none", len(rows))
	}
	for _, r := range rows {
		slices.SortFunc(r.Blocks, func(a, b Block) int { return cmp.Compare(a.Of[0], b.Of[0]) })
		if w, ok := want[r.Name]; ok && rowText(r) != r.Name+" : "+w {
			t.Errorf("want %s : %s\nfound %s", r.Name, w, rowText(r))
		}
		delete(want, r.Name)
	}
	if len(want) > 0 {
		t.Errorf("no row for %v", want)
	}
}

// The tables say what the tests beside check, in eighty columns.
func TestCoalitionTableIsTheGoldenOne(t *testing.T) {
	for name, p := range map[string]*Policy{
		"coalitions-exchange.txt": annexed(tenPeople(t), Annexes{"people": []byte(peopleText)}),
		"coalitions-regtest.txt":  filled(t, custody.Regtest),
		"coalitions-draft.txt":    draft(t, custody.Mainnet),
	} {
		lines := p.Coalitions(Annexes{"people": []byte(peopleText)}).Text()
		if found := strings.Join(lines, "\n") + "\n"; found != string(golden(t, name)) {
			t.Errorf("%s: want those lines, found\n%s", name, found)
		}
		for _, l := range lines {
			if len(l) > textWidth {
				t.Errorf("%s: want at most %d columns, found %q", name, textWidth, l)
			}
		}
	}
}

// The external key counts as one that no policy binds, and the conflict's rows
// stand apart only where they take other people.
func TestCoalitionsOfAConflict(t *testing.T) {
	p := tenPeople(t)
	p.Conflicts = []Conflict{{"otc-desk", "alice"}, {"otc-desk", "bob"}}
	var found []string
	for _, r := range p.Coalitions(nil).Rows {
		if len(r.To) > 0 {
			found = append(found, rowText(r))
		}
	}
	want := []string{
		"tier small otc-desk: 3 people, 2 ways, stopped by [any 1 of carol dave any 2 of alice bob carol dave]",
		"tier medium otc-desk: 4 people, 4 ways, stopped by [any 1 of carol dave any 2 of alice bob carol dave erin and frank]",
		"tier large otc-desk: 6 people, 16 ways, stopped by [any 1 of carol dave any 2 of alice bob carol dave erin and frank grace and ivan heidi and judy]",
	}
	if !slices.Equal(found, want) {
		t.Errorf("want %q\nfound %q", want, found)
	}
}

// Under concealment every signer lets the cap out once; an odd satoshi is
// rounded up. Keys outside let everything out.
func TestHardBounds(t *testing.T) {
	p := tenPeople(t)
	p.Wallets = append(p.Wallets, Wallet{ID: "odd", M: 3, N: 5}, Wallet{ID: "none"}, Wallet{ID: "bad", M: 3, N: 2}, Wallet{ID: "most", M: 3, N: 5})
	p.Cosigners = append(p.Cosigners, Cosigner{Wallet: "most"}, Cosigner{Wallet: "most"})
	p.Velocities = []Velocity{{1, oneDay}, {custody.MaxAmount, oneWeek}}
	want := []Bound{{"main", 1, 2, oneDay, 1}, {"main", custody.MaxAmount, custody.MaxAmount, oneWeek, 1},
		{"odd", 1, 2, oneDay, 0}, {"odd", custody.MaxAmount, custody.MaxAmount, oneWeek, 0},
		{"most", 1, 3, oneDay, 2}, {"most", custody.MaxAmount, custody.MaxAmount, oneWeek, 2}}
	if found := p.Coalitions(nil).Bounds; !slices.Equal(found, want) {
		t.Errorf("want %v, found %v", want, found)
	}
}

// Terms that have ended leave the table, and the price follows the subsidy.
func TestCoalitionsAtAHeight(t *testing.T) {
	p := tenPeople(t)
	p.Terms[0] = Term{"alice", 1_100_000, true}
	for height, want := range map[uint32]string{1_100_000: "tier medium : 4 people, 8 ways", 1_100_001: "tier medium : 4 people, 2 ways"} {
		r := p.CoalitionsAt(height, nil).Rows[1]
		if found := rowText(r); !strings.HasPrefix(found, want) || r.Price != 36*Subsidy(height) {
			t.Errorf("height %d: want %s, found %s, %s", height, want, found, r.Price)
		}
	}
}

// crowded returns a policy of 256 officers in groups that overlap.
func crowded(t testing.TB, groups, tiers int) *Policy {
	p := tenPeople(t)
	p.Officers, p.Terms, p.Groups, p.Tiers, p.Signers = nil, nil, nil, nil, nil
	key := softKey(t, "all")
	for i := range groups {
		p.Groups = append(p.Groups, Group{ID: text.ID(fmt.Sprintf("g%02d", i))})
	}
	for i := range maxOfficers {
		id := text.ID(fmt.Sprintf("o%03d", i))
		p.Officers = append(p.Officers, Officer{ID: id, Org: text.ID(fmt.Sprintf("org%d", i%7))})
		p.Terms = append(p.Terms, Term{id, uint32(1_000_000 + i), i%2 == 0})
		p.Signers = append(p.Signers, SignerKey{id, key})
		for j := range 3 {
			g := (i*7 + j*(i%5)) % groups
			if m := p.Groups[g].Members; len(m) == 0 || m[len(m)-1] != id {
				p.Groups[g].Members = append(m, id)
			}
		}
	}
	needs := func() (out []Need) {
		for i := range min(maxNeeds, groups) {
			out = append(out, Need{2, p.Groups[i].ID})
		}
		return out
	}()
	p.Roles.Propose = []text.ID{p.Groups[0].ID}
	for i := range tiers {
		p.Tiers = append(p.Tiers, Tier{ID: text.ID(fmt.Sprintf("t%02d", i)), Below: coin * custody.Amount(i+1), Window: oneDay, Mode: Named, Needs: needs, Clears: needs})
	}
	for i := range p.Acts {
		p.Acts[i].Needs, p.Acts[i].Clears = needs, nil
	}
	p.Recovery.Needs, p.Recovery.Clears = needs[:1], nil
	return p
}

// Whatever the policy, the table says what it could not count.
func TestCoalitionsOfACrowd(t *testing.T) {
	if r := crowded(t, 3, 1).Coalitions(nil).Rows[0]; r.People != 13 || r.Ways == nil {
		t.Errorf("want three groups of 256 people counted, found %s", rowText(r))
	}
	if r := crowded(t, maxGroups, maxTiers).Coalitions(nil).Rows[0]; r.Ways != nil || !r.More {
		t.Errorf("want too many ways in %d groups, found %s", maxGroups, rowText(r))
	}
}

func BenchmarkCoalitions(b *testing.B) {
	for name, p := range map[string]*Policy{"ten people": tenPeople(b), "256 people in 3 groups": crowded(b, 3, 3),
		"256 people in 8 groups": crowded(b, 8, 3), "256 people in 64 groups, 32 tiers": crowded(b, maxGroups, maxTiers)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(p.Coalitions(nil).Rows) == 0 {
					b.Fatal("want rows")
				}
			}
		})
	}
}

func BenchmarkLint(b *testing.B) {
	for name, p := range map[string]*Policy{"ten people": tenPeople(b), "256 people in 64 groups, 32 tiers": crowded(b, maxGroups, maxTiers)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(p.Lint(nil)) == 0 {
					b.Fatal("want findings")
				}
			}
		})
	}
}
