package entropy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

var alice = Whose{"acme-treasury", "signer-a", "alice"}

const exampleValue = "41532664123556143246513262514431265234516236145263"

const exampleText = `strongroom/contribution@v1
vault acme-treasury
signer signer-a
person alice
source dice6
value ` + exampleValue + "\n"

// As printed by sha256sum.
const exampleCommitment = "de4d8007ff8d78a487fdb904664ec6afc525de6d4626b14627f6e2c752ea15e3"

func TestContributionOfTheDocumentNeverChanges(t *testing.T) {
	c, err := NewContribution(alice, Dice6, []byte(exampleValue))
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.Text()
	if err != nil || string(text) != exampleText {
		t.Errorf("found %q, %v", text, err)
	}
	if got := commitmentOf(t, c).String(); got != exampleCommitment {
		t.Errorf("want %s, found %s", exampleCommitment, got)
	}
	back, err := Parse([]byte(exampleText))
	if err != nil || commitmentOf(t, back) != commitmentOf(t, c) || back.Whose() != alice || back.Source() != Dice6 || back.Rolls() != 50 {
		t.Errorf("parsed to something else, %v", err)
	}
	if back.Bits() != 128 || back.Judge().Level() != Plain {
		t.Errorf("found %d bits, %v", back.Bits(), back.Judge())
	}
}

func TestWhatPeopleTypeBecomesOneValue(t *testing.T) {
	cases := []struct {
		source      Source
		typed, want string
		rolls       int
	}{
		{Dice6, " 1 2\t3\r\n456\n", "123456", 6},
		{Dice8, "18", "18", 2},
		{Dice10, "1 10  0 07\n9", "1 10 10 7 9", 5},
		{Dice12, "12\n1 02", "12 1 2", 3},
		{Dice20, "\t20 1", "20 1", 2},
		{Coins, "H t Th", "htth", 4},
		{Cards, "7H kd\nAS", "7h kd as", 3},
		{Cards, "7hkdas", "7h kd as", 3},
		{Cards, "10h Ts 1 0 d", "th ts td", 3},
		{Cards, "as kd/as", "as kd / as", 3},
		{File, "00 FF\na7", "00ffa7", 6},
	}
	for _, c := range cases {
		got, err := NewContribution(alice, c.source, []byte(c.typed))
		if err != nil {
			t.Errorf("%s %q: %v", c.source, c.typed, err)
			continue
		}
		if string(got.secret().value) != c.want || got.Rolls() != c.rolls {
			t.Errorf("%s %q: want %q, found %q with %d rolls", c.source, c.typed, c.want, got.secret().value, got.Rolls())
		}
	}
}

func TestTypedRollsAreRefusedByPosition(t *testing.T) {
	newDeckOf := func(n int) string { return strings.Repeat("as/", n-1) + "as" }
	cases := []struct {
		source      Source
		typed, want string
	}{
		{Dice6, "12 7", "dice6: want a face from 1 to 6, found something else as roll 3"},
		{Dice6, "0", "dice6: want a face from 1 to 6, found something else as roll 1"},
		{Dice6, "1,2", "dice6: want a face from 1 to 6, found something else as roll 2"},
		{Dice6, "1\x002", "dice6: want a face from 1 to 6, found something else as roll 2"},
		{Dice6, "1\u00a02", "dice6: want a face from 1 to 6, found something else as roll 2"},
		{Dice6, " \n", "dice6: want 1 to 2560 rolls, found 0"},
		{Dice6, strings.Repeat("1", maxRolls+1), "dice6: want 1 to 2560 rolls, found 2561"},
		{Dice6, strings.Repeat(" ", maxTyped+1), "dice6: want at most 32768 bytes typed, found 32769"},
		{Dice8, "19", "dice8: want a face from 1 to 8, found something else as roll 2"},
		{Dice10, "1 11", "dice10: want a face from 1 to 10, found something else as roll 2"},
		{Dice10, "00", "dice10: want a face from 1 to 10, found something else as roll 1"},
		{Dice10, "471", "dice10: want a face from 1 to 10, found something else as roll 1"},
		{Dice12, "1 13", "dice12: want a face from 1 to 12, found something else as roll 2"},
		{Dice12, "0", "dice12: want a face from 1 to 12, found something else as roll 1"},
		{Dice20, "20 21", "dice20: want a face from 1 to 20, found something else as roll 2"},
		{Dice20, "-1", "dice20: want a face from 1 to 20, found something else as roll 1"},
		{Coins, "hx", "coins: want h or t, found something else as flip 2"},
		{Cards, "7h 7x", "cards: want a rank of 2-9 t j q k a and a suit of h d c s, found something else as card 2"},
		{Cards, "7h/1h", "cards: want a rank of 2-9 t j q k a and a suit of h d c s, found something else as card 2"},
		{Cards, "7h 8", "cards: want a rank of 2-9 t j q k a and a suit of h d c s, found something else as card 2"},
		{Cards, "10", "cards: want a rank of 2-9 t j q k a and a suit of h d c s, found something else as card 1"},
		{Cards, "\u212ah", "cards: want a rank of 2-9 t j q k a and a suit of h d c s, found something else as card 1"},
		{Cards, "as kd as", "cards: want every card once a deck, found one again as card 3 of deck 1"},
		{Cards, "as / kd as kd", "cards: want every card once a deck, found one again as card 3 of deck 2"},
		{Cards, "as /", "cards: want cards in every deck, found none in deck 2"},
		{Cards, "/", "cards: want cards in every deck, found none in deck 1"},
		{Cards, newDeckOf(17), "cards: want at most 16 decks, found 17"},
		{File, "abc", "file: want two hex digits a byte, found 3 digits"},
		{File, "0g", "file: want a hex digit, found something else as digit 2"},
		{File, strings.Repeat("0", 2*maxFile+2), "file: want 1 to 8192 digits, found 8194"},
		{0, "1", "source: want one, found none"},
		{File + 1, "1", "source: want one, found none"},
	}
	for _, c := range cases {
		got, err := NewContribution(alice, c.source, []byte(c.typed))
		if err == nil || err.Error() != c.want || got != nil {
			t.Errorf("%s: want %q, found %v", c.source, c.want, err)
		}
	}
}

func TestNamesAreIDs(t *testing.T) {
	for _, c := range []struct {
		whose Whose
		what  string
	}{
		{Whose{"", "signer-a", "alice"}, "vault"},
		{Whose{"acme\nsigner x", "signer-a", "alice"}, "vault"},
		{Whose{"acme", "Signer", "alice"}, "signer"},
		{Whose{"acme", "signer--a", "alice"}, "signer"},
		{Whose{"acme", "signer-a", "-alice"}, "person"},
		{Whose{"acme", "signer-a", "7alice"}, "person"},
		{Whose{"acme", "signer-a", strings.Repeat("a", maxID+1)}, "person"},
	} {
		want := c.what + `: want an id like "signer-a", at most 32 letters, digits and single hyphens, found another`
		if _, err := NewContribution(c.whose, Dice6, []byte("1")); err == nil || err.Error() != want {
			t.Errorf("want %q, found %v", want, err)
		}
	}
}

func TestTextIsReadOnlyAsItIsHashed(t *testing.T) {
	swap := func(old, new string) string { return strings.Replace(exampleText, old, new, 1) }
	const spelling = "contribution: want the value as it is hashed, found another spelling"
	cases := []struct{ name, text, want string }{
		{"empty", "", "contribution: want 6 lines that end in LF, found something else"},
		{"no LF", strings.TrimSuffix(exampleText, "\n"), "contribution: want 6 lines that end in LF, found something else"},
		{"a line more", exampleText + "\n", "contribution: want 6 lines that end in LF, found something else"},
		{"CRLF", strings.ReplaceAll(exampleText, "\n", "\r\n"), `contribution: want "strongroom/contribution@v1" as line 1, found another`},
		{"v2", swap("@v1", "@v2"), `contribution: want "strongroom/contribution@v1" as line 1, found another`},
		{"keyword", swap("signer ", "machine "), `contribution: want "signer" as line 3, found another`},
		{"two spaces", swap("person ", "person  "), `contribution: person: want an id like "signer-a", at most 32 letters, digits and single hyphens, found another`},
		{"source", swap("dice6", "dice7"), "contribution: source: want dice6, dice8, dice10, dice12, dice20, coins, cards or file, found another"},
		{"bad roll", swap("value 4", "value 7"), "contribution: dice6: want a face from 1 to 6, found something else as roll 1"},
		{"spaces in the value", swap("value 4", "value 4 "), spelling},
		{"a tab at its end", swap("5263\n", "5263\t\n"), spelling},
		{"ten as 0", strings.NewReplacer("dice6", "dice10", exampleValue, "1 0").Replace(exampleText), spelling},
		{"upper case", strings.NewReplacer("dice6", "coins", exampleValue, "hT").Replace(exampleText), spelling},
		{"flood", strings.Repeat("x", maxText+1), "contribution: want at most 8704 bytes, found 8705"},
	}
	for _, c := range cases {
		if got, err := Parse([]byte(c.text)); err == nil || err.Error() != c.want || got != nil {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

func TestCreditIsWhatTheDocumentSays(t *testing.T) {
	cases := []struct {
		source         Source
		for128, for256 int
	}{
		{Dice6, 50, 100}, {Dice8, 43, 86}, {Dice10, 39, 78}, {Dice12, 36, 72}, {Dice20, 30, 60},
		{Coins, 132, 264}, {Cards, 29, 65}, {File, 256, 512}, {0, 0, 0},
	}
	for _, c := range cases {
		if a, b := c.source.Least(128), c.source.Least(256); a != c.for128 || b != c.for256 {
			t.Errorf("%s: want %d and %d, found %d and %d", c.source, c.for128, c.for256, a, b)
		}
	}
	if got := Dice6.Least(1 << 20); got != 0 {
		t.Errorf("want no number enough for a million bits, found %d", got)
	}
	deck := make([]byte, deckSize)
	if got := Cards.credit(deck); got != 225*7/8 {
		t.Errorf("a deck: found %d bits", got)
	}
}

func TestNothingPrintsAContribution(t *testing.T) {
	c, err := Parse([]byte(exampleText))
	if err != nil {
		t.Fatal(err)
	}
	system, list := ceremony(t, c)
	r := reveal(t, list, c)
	holder := struct {
		c Contribution
		C *Contribution
		s System
		S *System
		r *Reveals
	}{*c, c, *system, system, r}
	system6 := systemBytes(t)[:6]
	secrets := []string{exampleValue[:12], fmt.Sprintf("%x", exampleValue[:8]), fmt.Sprintf("%x", system6), strings.Trim(fmt.Sprintf("%d", system6), "[]"),
		"52 49 53 51 50 54", "3 0 4 2 1 5"} // the value's first letters and faces
	for _, v := range []any{c, *c, system, *system, r, *r, holder, &holder, []*Contribution{c}, list} {
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			out = fmt.Appendf(out, verb, v)
		}
		for _, s := range secrets {
			if bytes.Contains(bytes.ToLower(out), []byte(s)) {
				t.Errorf("%T shows a secret", v)
			}
		}
	}
	if got := fmt.Sprintf("%v %s %#v %+v", c, *c, system, *system); got != "contribution(...) contribution(...) system(...) system(...)" {
		t.Errorf("found %s", got)
	}
}

func TestWipedContributionIsRefusedEverywhere(t *testing.T) {
	c, err := Parse([]byte(exampleText))
	if err != nil {
		t.Fatal(err)
	}
	secret := c.secret()
	c.Wipe()
	c.Wipe()
	if bytes.Trim(secret.faces, "\x00") != nil || bytes.Trim(secret.value, "\x00") != nil {
		t.Error("rolls are left in memory")
	}
	system := new(System)
	system.Wipe()
	for _, c := range []*Contribution{nil, {}, c} {
		if _, err := c.Text(); !errors.Is(err, ErrWiped) {
			t.Errorf("text: found %v", err)
		}
		if _, err := c.Commitment(); !errors.Is(err, ErrWiped) {
			t.Errorf("commitment: found %v", err)
		}
		if c.Bits() != 0 || c.Rolls() != 0 || c.Judge().Level() != 0 {
			t.Error("it is worth something")
		}
	}
	if _, err := system.Commitment(); err != ErrWiped {
		t.Errorf("system: found %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(exampleText))
	for s, value := range map[Source]string{Coins: "htth", Dice20: "20 1 7", Cards: "as kd / as", File: "00ff", Dice10: "10 1"} {
		f.Add([]byte(strings.NewReplacer("dice6", s.String(), exampleValue, value).Replace(exampleText)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		if back, err := c.Text(); err != nil || !bytes.Equal(back, text) {
			t.Fatalf("want the same text, found %q, %v", back, err)
		}
		c.Bits()
		c.Judge()
	})
}

// What is typed and accepted is written in one form, which reads as itself.
func FuzzTyped(f *testing.F) {
	f.Add(int(Dice6), []byte("1 2\n3"))
	f.Add(int(Dice10), []byte("0 10 07"))
	f.Add(int(Cards), []byte("10h AS/7 c"))
	f.Add(int(File), []byte("0F 1e"))
	f.Fuzz(func(t *testing.T, source int, typed []byte) {
		c, err := NewContribution(alice, Source(source), typed)
		if err != nil {
			return
		}
		text, err := c.Text()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(text)
		if err != nil || !bytes.Equal(back.secret().faces, c.secret().faces) {
			t.Fatalf("want it read as it was written, found %v", err)
		}
	})
}
