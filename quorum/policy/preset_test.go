package policy

import (
	"slices"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func presets() []Preset { return []Preset{Team, Fund, Exchange} }

// person is somebody of a preset's example and where they sit.
type person struct {
	id, org text.ID
	name    string
	groups  []text.ID
}

// presetPeople returns as many people as the draft of a preset asks for.
func presetPeople(p Preset) []person {
	in := func(id, org text.ID, name string, groups ...text.ID) person { return person{id, org, name, groups} }
	switch p {
	case Team:
		return []person{
			in("alice", "acme-ops", "Alice Example", "treasury"), in("bob", "acme-ops", "Bob Example", "treasury"),
			in("carol", "acme-ops", "Carol Example", "treasury", "recovery"), in("dave", "acme-ops", "Dave Example", "treasury", "recovery"),
			in("erin", "acme-ops", "Erin Example", "treasury", "recovery"),
			in("frank", "audit-llp", "Frank Example", "watch"), in("grace", "law-firm", "Grace Example", "watch"),
		}
	case Fund:
		return []person{
			in("alice", "fund-ops", "Alice Example", "treasury"), in("bob", "fund-ops", "Bob Example", "treasury"),
			in("carol", "fund-ops", "Carol Example", "treasury"), in("dave", "fund-ops", "Dave Example", "treasury", "recovery"),
			in("olivia", "fund-partners", "Olivia Example", "partners"), in("peggy", "fund-partners", "Peggy Example", "partners", "recovery"),
			in("rupert", "fund-partners", "Rupert Example", "partners", "recovery"),
			in("heidi", "audit-llp", "Heidi Example", "watch"), in("judy", "law-firm", "Judy Example", "watch"),
		}
	}
	return []person{
		in("alice", "acme-ops", "Alice Example", "treasury"), in("bob", "acme-ops", "Bob Example", "treasury"),
		in("carol", "acme-ops", "Carol Example", "treasury"), in("dave", "acme-ops", "Dave Example", "treasury"),
		in("erin", "acme-risk", "Erin Example", "risk"), in("frank", "acme-risk", "Frank Example", "risk", "recovery"),
		in("kate", "acme-risk", "Kate Example", "risk"),
		in("grace", "acme-board", "Grace Example", "board", "recovery"), in("ivan", "acme-board", "Ivan Example", "board", "recovery"),
		in("heidi", "audit-llp", "Heidi Example", "watch"), in("judy", "law-firm", "Judy Example", "watch"),
	}
}

func presetDraft(t testing.TB, preset Preset, n custody.Network) *Policy {
	t.Helper()
	return must(t)(Draft(preset, "acme-treasury", n, originOf(n)))
}

// staffed returns a preset with its people, two keys each, three signers and a
// wallet.
func staffed(t testing.TB, preset Preset, n custody.Network) *Policy {
	t.Helper()
	must := must(t)
	p := presetDraft(t, preset, n)
	key := softKey
	if preset.Factor() != (sshsig.Factor{}) {
		key = hardKey
	}
	for _, x := range presetPeople(preset) {
		keys := []sshsig.Key{key(t, string(x.id)), key(t, string(x.id)+"'s second")}
		p = must(p.AddOfficer(x.id, x.org, x.name, keys, x.groups...))
		p = must(p.SetFactor(x.id, preset.Factor()))
	}
	var devices []Device
	var cosigners []Cosigner
	for i, id := range []text.ID{"signer-a", "signer-b", "signer-c"} {
		devices = append(devices, Device{ID: id, Verifier: verifier(t, "acme-treasury/"+string(id))})
		cosigners = append(cosigners, Cosigner{Fingerprint: [4]byte{byte(1 + i)}, Governed: true, Name: id})
	}
	p = must(p.SetDevices(devices))
	w := Wallet{ID: "main", State: Active, Descriptor: text.Identity([]byte("descriptor")), M: 2, N: 3}
	return must(p.SetWallet(w, cosigners))
}

func TestPresetFilledAsItAsksIsAPolicy(t *testing.T) {
	for _, preset := range presets() {
		for n := custody.Mainnet; n <= custody.Regtest; n++ {
			p := staffed(t, preset, n)
			if got := p.Unfilled(); len(got) != 0 {
				t.Errorf("%s on %s: want nothing to fill in, found %v", preset, n, got)
			}
			checked(t, p, nil)
		}
	}
}

// The numbers of people that the draft asks for are those it was filled with.
func TestPresetAsksForAsManyPeopleAsItWasFilledWith(t *testing.T) {
	for preset, seats := range map[Preset]map[text.ID]int{
		Team:     {"recovery": 3, "treasury": 5, "watch": 2},
		Fund:     {"partners": 3, "recovery": 3, "treasury": 4, "watch": 2},
		Exchange: {"board": 2, "recovery": 3, "risk": 3, "treasury": 4, "watch": 2},
	} {
		d, p := presetDraft(t, preset, custody.Mainnet), staffed(t, preset, custody.Mainnet)
		if len(d.Groups) != len(seats) {
			t.Errorf("%s: want %d groups, found %d", preset, len(seats), len(d.Groups))
		}
		for g, want := range seats {
			if got := d.wantMembers(g); got != want {
				t.Errorf("%s: want %d members of %s asked for, found %d", preset, want, g, got)
			}
			if got := len(p.Members(g)); got != want {
				t.Errorf("%s: want %d members of %s, found %d", preset, want, g, got)
			}
		}
	}
	for preset, want := range map[Preset]int{Team: 7, Fund: 9, Exchange: 11} {
		if got := len(staffed(t, preset, custody.Mainnet).Officers); got != want {
			t.Errorf("%s: want %d people, found %d", preset, want, got)
		}
	}
}

// Whoever is lost, every tier and act can still be seated by the others,
// whoever of them is the maker.
func TestNobodyIsIndispensableInAPreset(t *testing.T) {
	for _, preset := range presets() {
		p := staffed(t, preset, custody.Mainnet)
		for _, s := range p.sittings() {
			for _, lost := range p.everybody() {
				if !p.passesWithout(s, lost) {
					t.Errorf("%s: %s: want it without %s, found it stuck", preset, s.name, lost)
				}
			}
		}
	}
}

// passesWithout says whether some maker who is not the person lost finds people
// for every seat; where keys are replaced, whether everybody who loses theirs
// does.
func (p *Policy) passesWithout(s sitting, lost text.ID) bool {
	everybody := p.everybody()
	without := func(out ...text.ID) []text.ID {
		return slices.DeleteFunc(slices.Clone(everybody), func(id text.ID) bool { return slices.Contains(out, id) })
	}
	seated := func(out ...text.ID) bool {
		_, _, ok := p.Match(append(s.needs, s.clears...), without(out...))
		return ok
	}
	switch s.maker {
	case counted:
		return seated(lost)
	case replaced:
		return !slices.ContainsFunc(without(lost), func(maker text.ID) bool { return !seated(lost, maker) })
	}
	return slices.ContainsFunc(without(lost), func(maker text.ID) bool { return p.InRole(Propose, maker) && seated(lost, maker) })
}

// What loosens the rules takes at least the people of the largest payment, and
// a fork is ended by those of loosen and recovery at once.
func TestPresetLoosensWithNoFewerThanItPays(t *testing.T) {
	for _, preset := range presets() {
		p := staffed(t, preset, custody.Mainnet)
		loosen, _ := p.Act(Loosen)
		last := p.Tiers[len(p.Tiers)-1]
		if !slices.Equal(loosen.Needs, last.Needs) || !slices.Equal(loosen.Clears, last.Clears) {
			t.Errorf("%s: want loosen as tier %s, found %v and %v", preset, last.ID, loosen.Needs, loosen.Clears)
		}
		if _, short, ok := p.Match(slices.Concat(loosen.Needs, p.Recovery.Needs), p.everybody()); !ok {
			t.Errorf("%s: want the seats of loosen and recovery filled at once, found %v", preset, short)
		}
	}
}

func TestPresetFactors(t *testing.T) {
	for preset, want := range map[Preset]string{0: "none", Team: "none", Fund: "up uv", Exchange: "up uv bound", Exchange + 1: "none"} {
		if got := factorText(preset.Factor()); got != want {
			t.Errorf("%s: want factor %s, found %s", preset, want, got)
		}
	}
	p := presetDraft(t, Exchange, custody.Regtest)
	p = must(t)(p.AddOfficer("alice", "acme-ops", "Alice Example", []sshsig.Key{softKey(t, "alice")}, "treasury"))
	p = must(t)(p.SetFactor("alice", Exchange.Factor()))
	want := Reason{CodeFactor, "factor alice: want a hardware key for up uv bound, found none"}
	if got := p.Check(); !slices.Contains(got, want) {
		t.Errorf("want %v, found %v", want, got)
	}
}

// On a test chain the same people decide the same things, only without waiting.
func TestTestChainKeepsWhoDecides(t *testing.T) {
	for _, preset := range presets() {
		real, test := presetDraft(t, preset, custody.Mainnet), presetDraft(t, preset, custody.Regtest)
		for i, x := range real.sittings() {
			if y := test.sittings()[i]; x.name != y.name || !slices.Equal(x.needs, y.needs) {
				t.Errorf("%s: want %v, found %v", preset, x, y)
			}
		}
		for _, x := range test.Tiers {
			if x.Cool != 0 {
				t.Errorf("%s: want tier %s without delay, found %d", preset, x.ID, x.Cool)
			}
		}
	}
}

// paying returns a staffed preset on mainnet or regtest with payees, whose caps
// admit its largest payment, and a conflict.
func paying(t testing.TB, preset Preset, n custody.Network) *Policy {
	t.Helper()
	must := must(t)
	p := staffed(t, preset, n)
	s := "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
	if n == custody.Regtest {
		s = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
	}
	address, err := custody.ParseAddress(n, s)
	if err != nil {
		t.Fatal(err)
	}
	p = must(p.AddDestination(Destination{Label: "otc-desk", Address: address, Cap: 100 * coin, Window: oneWeek}))
	p = must(p.AddDestination(Destination{Label: "payroll", Descriptor: text.Identity([]byte("payroll")), Cap: 2 * coin, Window: oneMonth}))
	return must(p.edit(func(q *Policy) error {
		q.Conflicts = []Conflict{{"otc-desk", "carol"}}
		return nil
	}))
}
