package entropy

import (
	"fmt"
	"strings"
	"testing"
)

func newRound(t *testing.T) *Round {
	t.Helper()
	r, err := NewRound("acme-treasury", "signer-a", LeastBits, Commitment{1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantError(t *testing.T, what string, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("%s: want %q, found %v", what, want, err)
	}
}

func TestRoundBeginsWithTheSystem(t *testing.T) {
	cases := []struct {
		vault, signer string
		least         int
		system        Commitment
		want          string
	}{
		{"Acme", "signer-a", 128, Commitment{1}, `vault: want an id like "signer-a", at most 32 letters, digits and single hyphens, found another`},
		{"acme", "", 128, Commitment{1}, `signer: want an id like "signer-a", at most 32 letters, digits and single hyphens, found another`},
		{"acme", "signer-a", 127, Commitment{1}, "round: want 128 to 256 bits from everybody, found 127"},
		{"acme", "signer-a", 257, Commitment{1}, "round: want 128 to 256 bits from everybody, found 257"},
		{"acme", "signer-a", 128, Commitment{}, "round: want the system's commitment first, found none"},
	}
	for _, c := range cases {
		r, err := NewRound(c.vault, c.signer, c.least, c.system)
		wantError(t, "round", err, c.want)
		if r != nil {
			t.Error("want no round")
		}
	}
}

func TestCommitmentsAreRefused(t *testing.T) {
	r := newRound(t)
	_, err := r.Close()
	wantError(t, "nobody", err, "round: want at least one person, found none")
	if err := r.Commit("alice", Commitment{2}); err != nil {
		t.Fatal(err)
	}
	wantError(t, "twice", r.Commit("alice", Commitment{3}), "commitment of alice: want it once, found it again")
	wantError(t, "copied", r.Commit("bob", Commitment{2}), "commitment of bob: want their own, found that of alice")
	wantError(t, "the system's", r.Commit("bob", Commitment{1}), "commitment of bob: want their own, found the system's")
	wantError(t, "none", r.Commit("bob", Commitment{}), "commitment of bob: want one, found none")
	wantError(t, "name", r.Commit("Bob", Commitment{3}), `person: want an id like "signer-a", at most 32 letters, digits and single hyphens, found another`)
	for i := range MaxPeople - 1 {
		if err := r.Commit(fmt.Sprintf("person-%d", i), Commitment{9, byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, "one more", r.Commit("zoe", Commitment{8}), "round: want at most 16 people, found one more")
	list, err := r.Close()
	if err != nil || len(list.People()) != MaxPeople {
		t.Fatalf("found %d people, %v", len(list.People()), err)
	}
	if len(list.Text()) > maxList {
		t.Errorf("the list has %d bytes", len(list.Text()))
	}
	wantError(t, "late", r.Commit("zoe", Commitment{8}), "round: want commitments before it is closed, found one after")
}

func TestZeroValuesAreRefused(t *testing.T) {
	const none = "round: want one that was opened, found none"
	var r *Round
	wantError(t, "commit", r.Commit("alice", Commitment{2}), none)
	wantError(t, "commit", new(Round).Commit("alice", Commitment{2}), none)
	_, err := new(Round).Close()
	wantError(t, "close", err, none)
	_, err = Commitments{}.Reveal()
	wantError(t, "reveal", err, none)
	if (Commitments{}).Text() != nil {
		t.Error("the zero list has a text")
	}
	wantError(t, "add", new(Reveals).Add(honest(t, "alice", 50)), none)
	system, _ := ceremony(t, honest(t, "alice", 50))
	for _, reveals := range []*Reveals{nil, {}} {
		_, err = Mix(system, reveals)
		wantError(t, "mix", err, none)
		if reveals.Missing() != nil {
			t.Error("somebody is missing")
		}
	}
	for _, s := range []*System{nil, {}} {
		_, err = Mix(s, new(Reveals))
		wantError(t, "mix", err, ErrWiped.Error())
	}
}

// What a person may try at the table, and what the machine may.
func TestRevealedContributionsAreRefused(t *testing.T) {
	a, b := honest(t, "alice", 50), honest(t, "bob", 60)
	typed := func(whose Whose, source Source, value string) *Contribution {
		c, err := NewContribution(whose, source, []byte(value))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	as := func(person string) Whose { return Whose{"acme-treasury", "signer-a", person} }
	value := string(a.secret().value)
	copied := typed(as("mallory"), Dice6, value)
	nearly := typed(as("nick"), Dice6, value[:30]+"1"+value[30:])
	other := typed(as("oscar"), Dice8, value)
	few := honest(t, "few", 49)
	piano := typed(as("piano"), Dice6, strings.Repeat("123456", 10))
	cards := "7h kd as 2c 9d jh qs 3s 4h td 5c 8s ac kh 6d 2h qd 9c 7s jd 4c th 3d 8h 5s 6c ks 2d ah 9s qc"
	deck1, deck2 := typed(as("deck1"), Cards, cards), typed(as("deck2"), Cards, cards+" 8d")
	people := []*Contribution{a, b, copied, nearly, other, few, piano, deck1, deck2}
	_, list := ceremony(t, people...)
	r := reveal(t, list, a, deck1)
	wiped := honest(t, "bob", 60)
	wiped.Wipe()
	cases := []struct {
		name string
		c    *Contribution
		want string
	}{
		{"again", a, "contribution of alice: want it once, found it again"},
		{"changed", honest(t, "bob", 61), "contribution of bob: want the one committed to, found another"},
		{"stranger", honest(t, "zoe", 60), "contribution of zoe: want a person who committed, found none of that name"},
		{"another vault", typed(Whose{"acme", "signer-a", "bob"}, Dice6, value), "contribution of bob: want one for signer-a of acme-treasury, found another's"},
		{"another signer", typed(Whose{"acme-treasury", "signer-b", "bob"}, Dice6, value), "contribution of bob: want one for signer-a of acme-treasury, found another's"},
		{"identical", copied, "contribution of mallory: want rolls of their own, found those of alice"},
		{"nearly identical", nearly, "contribution of nick: want rolls of their own, found those of alice"},
		{"identical, another die", other, "contribution of oscar: want rolls of their own, found those of alice"},
		{"the same deck", deck2, "contribution of deck2: want rolls of their own, found those of deck1"},
		{"too few", few, "contribution of few: want at least 128 bits, found 125"},
		{"a keyboard", piano, "contribution of piano: want rolls that chance makes, found that some steps from roll to roll come too often"},
		{"wiped", wiped, ErrWiped.Error()},
		{"nil", nil, ErrWiped.Error()},
	}
	for _, c := range cases {
		wantError(t, c.name, r.Add(c.c), c.want)
	}
	if got := strings.Join(r.Missing(), " "); got != "bob deck2 few mallory nick oscar piano" {
		t.Errorf("missing: found %s", got)
	}
	if err := r.Add(b); err != nil {
		t.Errorf("the right one after a wrong one: %v", err)
	}
}

func TestMixWantsEverybodyAndTheSystemCommittedTo(t *testing.T) {
	a, b := honest(t, "alice", 50), honest(t, "bob", 60)
	system, list := ceremony(t, a, b)
	other, err := DrawSystem(&stream{label: "another"})
	if err != nil {
		t.Fatal(err)
	}
	r := reveal(t, list, b)
	seed, err := Mix(system, r)
	wantError(t, "alice missing", err, "round: want everybody's contribution, found none of alice")
	if seed != [SeedSize]byte{} {
		t.Error("a seed came back")
	}
	if err := r.Add(a); err != nil {
		t.Fatal(err)
	}
	seed, err = Mix(other, r)
	wantError(t, "another system", err, "system: want the entropy committed to, found another")
	if seed != [SeedSize]byte{} {
		t.Error("a seed came back")
	}
	b.Wipe()
	_, err = Mix(system, r)
	wantError(t, "wiped since", err, ErrWiped.Error())
	wantError(t, "wiped since", Audit(make([]byte, SeedSize), list, []*Contribution{a, b}), ErrWiped.Error())
}

// The list that Close returned is not changed by anybody who holds it.
func TestClosedListStaysAsItIs(t *testing.T) {
	r := newRound(t)
	for _, p := range []string{"bob", "alice"} {
		if err := r.Commit(p, Commitment{p[0]}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := r.Close()
	if err != nil {
		t.Fatal(err)
	}
	before := string(list.Text())
	list.People()[0] = "mallory"
	r.list.members[0].name = "mallory"
	if string(list.Text()) != before {
		t.Error("the list has changed")
	}
	want := `strongroom/commitments@v1
vault acme-treasury
signer signer-a
least 128
system 01` + strings.Repeat("0", 62) + `
person alice 61` + strings.Repeat("0", 62) + `
person bob 62` + strings.Repeat("0", 62) + "\n"
	if before != want {
		t.Errorf("found %s", before)
	}
}

func TestListOfCommitmentsIsReadOnlyAsItIsHashed(t *testing.T) {
	_, l := ceremony(t, honest(t, "alice", 50), honest(t, "bob", 60))
	text := string(l.Text())
	swap := func(old, new string) string { return strings.Replace(text, old, new, 1) }
	lines := strings.SplitAfter(text, "\n")
	system := l.System().String()
	cases := []struct{ name, text, want string }{
		{"empty", "", `commitments: want "strongroom/commitments@v1" and at least 5 lines more, found something else`},
		{"nobody", strings.Join(lines[:5], ""), `commitments: want "strongroom/commitments@v1" and at least 5 lines more, found something else`},
		{"v2", swap("@v1", "@v2"), `commitments: want "strongroom/commitments@v1" and at least 5 lines more, found something else`},
		{"keyword", swap("least", "most"), `commitments: want "least" as line 4, found another`},
		{"number", swap("128", "many"), "commitments: round: want a number of bits, found something else"},
		{"leading zero", swap("128", "0128"), "commitments: want sorted people and nothing more than is hashed, found another spelling"},
		{"less", swap("128", "64"), "commitments: round: want 128 to 256 bits from everybody, found 64"},
		{"short system", swap(system, "00"), "commitments: commitment: want 64 lower-case hex digits, found another length"},
		{"upper case", swap(system, strings.ToUpper(system)), "commitments: commitment: want 64 lower-case hex digits, not all 0, found something else"},
		{"zeros", swap(system, strings.Repeat("0", 64)), "commitments: commitment: want 64 lower-case hex digits, not all 0, found something else"},
		{"vault", swap("acme-treasury", "Acme"), `commitments: vault: want an id like "signer-a", at most 32 letters, digits and single hyphens, found another`},
		{"person", swap("person bob", "member bob"), "commitments: want a person and a commitment as line 7, found something else"},
		{"twice", swap("person bob", "person alice"), "commitments: commitment of alice: want it once, found it again"},
		{"unsorted", strings.Join(lines[:5], "") + lines[6] + lines[5], "commitments: want sorted people and nothing more than is hashed, found another spelling"},
		{"no LF", strings.TrimSuffix(text, "\n") + "x", "commitments: want sorted people and nothing more than is hashed, found another spelling"},
		{"flood", strings.Repeat("x", maxList+1), "commitments: want at most 4096 bytes, found 4097"},
	}
	for _, c := range cases {
		got, err := ParseCommitments([]byte(c.text))
		wantError(t, c.name, err, c.want)
		if got.Text() != nil {
			t.Errorf("%s: want no list", c.name)
		}
	}
}

func FuzzCommitments(f *testing.F) {
	_, l := ceremony(f, honest(f, "alice", 50), honest(f, "bob", 60))
	f.Add(l.Text())
	f.Fuzz(func(t *testing.T, text []byte) {
		if l, err := ParseCommitments(text); err == nil && string(l.Text()) != string(text) {
			t.Fatalf("want the same text, found %q", l.Text())
		}
	})
}
