package ceremony

import (
	"fmt"
	"strings"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/keystore/entropy"
	"testing"
)

// scriptText writes steps as plain text, for comparing.
func scriptText(t testing.TB, p Plan) string {
	t.Helper()
	steps, err := Script(p)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	section := ""
	for _, s := range steps {
		if s.Section != section {
			section = s.Section
			fmt.Fprintf(&b, "== %s\n", section)
		}
		after := ""
		if s.After {
			after = " (after the transcript)"
		}
		fmt.Fprintf(&b, "%d. %s, %s %s%s\n   %s\n", s.Number, s.Title, s.Role, s.Person, after, s.Text)
		for _, f := range s.Expect {
			fmt.Fprintf(&b, "   = %s: %s\n", f.Name, f.Value)
		}
		for _, x := range s.Blanks {
			fmt.Fprintf(&b, "   _ %s\n", x)
		}
	}
	return b.String()
}

func scriptTitles(t testing.TB, p Plan) []string {
	t.Helper()
	steps, err := Script(p)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range steps {
		out = append(out, s.Title)
	}
	return out
}

func TestScriptsAreTheOnesPeopleKnow(t *testing.T) {
	for _, what := range kinds() {
		if got := scriptText(t, planOf(t, what)); got != golden(t, what.String()+"-script.txt") {
			t.Errorf("%s: want the script of testdata, found\n%s", what, got)
		}
	}
}

// Whoever runs the workstation never is the one who checks it.
func TestEveryStepHasItsPerson(t *testing.T) {
	unwitnessed := planOf(t, Sign)
	unwitnessed.Witnesses, unwitnessed.Allows = nil, []policy.Allowance{policy.AllowUnwitnessed}
	for _, p := range []Plan{planOf(t, Make), planOf(t, Import), planOf(t, Reshare), planOf(t, Sign), planOf(t, MakeWords), unwitnessed} {
		steps, err := Script(p)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range steps {
			if _, ok := p.Person(s.Person); !ok || s.Number != i+1 || s.Title == "" || s.Text == "" || s.Section == "" || text.CheckRest(s.Title) != nil {
				t.Errorf("%s: found step %+v", p.What, s)
			}
			alone := s.Role == Administrator || s.Role == Everybody
			if alone != (s.Person == p.Administrator) {
				t.Errorf("%s: step %d of the %s by %s", p.What, s.Number, s.Role, s.Person)
			}
			if s.Role == Witness && len(p.Witnesses) == 0 {
				t.Errorf("%s: step %d wants a witness who is not there", p.What, s.Number)
			}
		}
	}
}

func TestScriptSaysWhatIsLeftOut(t *testing.T) {
	p := planOf(t, Make)
	p.Allows = []policy.Allowance{policy.AllowFiles, policy.AllowNetwork, policy.AllowSystemGenerator}
	p.Holders[0].To = recipient(t, "passphrase")
	p.Holders[1].To = recipient(t, "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p")
	p.Entropy = []Source{{"alice", entropy.Coins}, {"bob", entropy.File}, {"carol", entropy.Dice8}, {"dave", entropy.Dice10}, {"erin", entropy.Dice12}, {"frank", entropy.Dice20}}
	got := scriptText(t, p)
	for _, want := range []string{
		"A network interface may be up: this vault allows it", "not known to follow SP 800-90A",
		"choose a passphrase of seven random words", "Compare the recipient with your copy of it.",
		"Toss a coin at least 132 times", "at least 256, that your own hardware generator wrote",
		"a die with 8 faces at least 43 times", "a die with 10 faces (0 is 10) at least 39", "a die with 12 faces at least 36", "a die with 20 faces at least 30",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in the script, found it not there", want)
		}
	}
}

// A published mnemonic: 32 bytes of 7f begin with these words.
func TestWordsAreThoseOfBIP39(t *testing.T) {
	var h text.Hash
	for i := range h {
		h[i] = 0x7f
	}
	if got := strings.Join(Words(h), " "); got != "legal winner thank year wave sausage worth useful" {
		t.Errorf("found %q", got)
	}
	if got := Words(text.Hash{}); got != nil {
		t.Errorf("want no words for no hash, found %q", got)
	}
	h[10] ^= 1
	if got := strings.Join(Words(h), " "); got == "legal winner thank year wave sausage worth useful" {
		t.Error("want another word for a change in the 88th bit, found the same")
	}
}
