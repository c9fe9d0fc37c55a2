package ceremony

import (
	"slices"
	"strings"
	"testing"

	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/keystore/bip39"
)

func TestWordsAndTheirBytesAreThoseOfBIP39(t *testing.T) {
	for _, n := range []int{12, 15, 18, 21, 24} {
		words, err := bip39.Encode(make([]byte, Device{Words: n}.Entropy()))
		if err != nil || len(strings.Fields(string(words))) != n {
			t.Errorf("want %d words, found %d, %v", n, len(strings.Fields(string(words))), err)
		}
	}
}

// The desk takes a key record for a signer's if it is described as VAULT/SIGNER;
// the longest names still fit into a record's 80 characters.
func TestTheRecordOfWordsIsNoSigners(t *testing.T) {
	long := text.ID(strings.Repeat("x", 32))
	if got := DescribeWords(long, long); len(got) > 80 || strings.Contains(got, "/") {
		t.Errorf("found %q of %d characters", got, len(got))
	}
}

// Nothing that has to do with shares is in a ceremony for words.
func TestScriptForWordsMakesNoShare(t *testing.T) {
	steps, err := Script(planOf(t, MakeWords))
	if err != nil {
		t.Fatal(err)
	}
	var deeds []Deed
	for _, s := range steps {
		if s.Do != Nothing {
			deeds = append(deeds, s.Do)
		}
	}
	want := []Deed{ShowBuild, CheckProgram, ShowPlan, CommitSystem, Contribute, Contribute, ListCommits, DeriveKey, ShowWords, CompareDevice}
	if !slices.Equal(deeds, want) {
		t.Errorf("want %v, found %v", want, deeds)
	}
}

func TestWhatMayBeInClearIsSaidOnEveryPage(t *testing.T) {
	p := planOf(t, Make)
	p.Clear, p.Allows = []text.ID{"bob"}, []policy.Allowance{policy.AllowClearWords, policy.AllowFiles}
	p.Holders[1].To = recipient(t, "passphrase")
	script, err := PrintScript(p)
	if err != nil {
		t.Fatal(err)
	}
	x := followed(t, p)
	account, err := PrintTranscript(x, p, Signatures{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(script), "in clear words</th><td>the shares of bob<") {
		t.Error("want the script to say whose share is in clear words, found nothing")
	}
	if !strings.Contains(string(account), "May be printed IN CLEAR WORDS: the shares of bob.") || strings.Contains(string(account), "CER-") {
		t.Error("want the transcript to say so, with nothing against it, found another page")
	}
	if b, err := RenderTranscript(x); err != nil || !strings.Contains(string(b), "\nclear bob\nseal ") {
		t.Errorf("want it in the transcript, found %s %v", b, err)
	}
}
