package bip39

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestFourLettersLeaveOneWord(t *testing.T) {
	for _, w := range words() {
		got := Complete([]byte(w[:min(len(w), telling)]))
		if len(w) >= telling && (len(got) != 1 || got[0] != w) {
			t.Errorf("%s: found %v", w, got)
		}
		if len(got) == 0 || len(w) < telling && got[0] != w {
			t.Errorf("%s: want it first, found %v", w, got)
		}
	}
	cases := []struct {
		typed string
		want  []string
	}{
		{"", nil},
		{"act", []string{"act", "action", "actor", "actress", "actual"}},
		{"ABAN", []string{"abandon"}},
		{"abandonx", nil},
		{"abandonabandon", nil},
		{"abandom", nil},
		{"x", nil},
		{"zo", []string{"zone", "zoo"}},
	}
	for _, c := range cases {
		if got := Complete([]byte(c.typed)); !slices.Equal(got, c.want) {
			t.Errorf("%q: want %v, found %v", c.typed, c.want, got)
		}
	}
}

func TestLastWordsAreThoseThatDecode(t *testing.T) {
	for _, size := range []int{16, 20, 24, 28, 32} {
		entropy := sha256.Sum256([]byte{byte(size)})
		mnemonic, err := Encode(entropy[:size])
		if err != nil {
			t.Fatal(err)
		}
		before := mnemonic[:bytes.LastIndexByte(mnemonic, ' ')]
		got, err := LastWords(before)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, w := range words() {
			if _, err := Decode(fmt.Appendf(nil, "%s %s", before, w)); err == nil {
				want = append(want, w)
			}
		}
		if !slices.Equal(got, want) || len(got) != 1<<(bitsPerWord-size/4) {
			t.Errorf("%d bytes: want %d words, found %d", size, len(want), len(got))
		}
	}
}

func TestLastWordsRefuse(t *testing.T) {
	cases := []struct{ words, want string }{
		{"", "mnemonic: want 11, 14, 17, 20 or 23 words before the last, found 1"},
		{sample12, "mnemonic: want 11, 14, 17, 20 or 23 words before the last, found 12"},
		{sample24, "mnemonic: want 11, 14, 17, 20 or 23 words before the last, found 24"},
		{strings.Repeat("abandon ", 10) + "bitcoin", "mnemonic: want a word of the English BIP-39 list, found something else as word 11"},
		{strings.Repeat("zoo ", 100), "mnemonic: want at most 216 bytes, found 400"},
	}
	for _, c := range cases {
		if got, err := LastWords([]byte(c.words)); err == nil || err.Error() != c.want || got != nil {
			t.Errorf("want %q, found %v", c.want, err)
		}
	}
}

// said writes hints as text, which only a test may.
func said(hints []Hint) string {
	var out []string
	for _, h := range hints {
		what := strings.Join(h.Words(), "|")
		if h.Swap {
			what = "swap"
		}
		out = append(out, fmt.Sprintf("%d:%s", h.Position, what))
	}
	return strings.Join(out, " ")
}

func TestHintsNameTheSlip(t *testing.T) {
	const good = "legal winner thank year wave sausage worth useful legal winner thank yellow"
	cases := []struct{ name, typed, want string }{
		{"right", good, ""},
		{"right, upper case and spaces", "  " + strings.ToUpper(strings.ReplaceAll(good, " ", " \n")), ""},
		{"four letters of steel", strings.Replace(good, "sausage", "saus", 1), "6:sausage"},
		{"letter changed", strings.Replace(good, "winner", "wimner", 1), "2:winner"},
		{"letter left out", strings.Replace(good, "useful", "useul", 1), "8:useful"},
		{"letter put in", strings.Replace(good, "year", "yearr", 1), "4:year"},
		{"letters exchanged", strings.Replace(good, "worth", "wroth", 1), "7:worth"},
		{"two unknown, the checksum can't choose", strings.NewReplacer("year", "yera", "wave", "wawe").Replace(good), "4:era|year 5:wage|wave"},
		{"nothing close", strings.Replace(good, "wave", "qqqqqqqqqqqq", 1), "5:"},
		{"a word too few, and one unknown", "lega winner", "1:leg|legal"},
		{"a word too few", "legal winner", ""},
		{"another known word, and an exchange that fits by chance", strings.Replace(good, "worth", "north", 1), "3:swap 7:worth"},
		{"neighbours exchanged, and one that fits by chance", strings.Replace(good, "winner thank year", "thank winner year", 1), "2:swap 3:inner"},
		{"flood", strings.Repeat("zoo ", 1000), ""},
		{"none", "", ""},
	}
	for _, c := range cases {
		if got := said(Hints([]byte(c.typed))); got != c.want {
			t.Errorf("%s: want %q, found %q", c.name, c.want, got)
		}
	}
}

// One wrong letter somewhere is always among what is named.
func TestHintsHoldTheWordThatWasMeant(t *testing.T) {
	for n := range 200 {
		entropy := sha256.Sum256([]byte{byte(n)})
		mnemonic, err := Encode(entropy[:])
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Fields(string(mnemonic))
		i := n % len(all)
		meant := all[i]
		all[i] = meant[:n%len(meant)] + string('a'+entropy[0]%26) + meant[n%len(meant)+1:]
		if all[i] == meant {
			continue
		}
		found := false
		for _, h := range Hints([]byte(strings.Join(all, " "))) {
			found = found || h.Position == i+1 && slices.Contains(h.Words(), meant)
		}
		if _, err := Decode([]byte(strings.Join(all, " "))); err != nil && !found {
			t.Errorf("case %d: word %d isn't named", n, i+1)
		}
	}
}

func TestHintPrintsNoWord(t *testing.T) {
	hints := Hints([]byte(strings.Replace(sample24, "abandon", "abandom", 1)))
	if said(hints) != "1:abandon" {
		t.Fatalf("found %q", said(hints))
	}
	holder := struct{ h Hint }{hints[0]}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{hints, hints[0], &hints[0], holder} {
			if out := fmt.Sprintf(verb, v); strings.Contains(out, "aban") || strings.Contains(out, "6162616e") {
				t.Errorf("%s shows a word", verb)
			}
		}
	}
	if b, err := json.Marshal(hints); err != nil || string(b) != `[{"Position":1,"Swap":false}]` {
		t.Errorf("found %s, %v", b, err)
	}
	if (Hint{}).Words() != nil || fmt.Sprint(Hint{}) != "hint(...)" {
		t.Error("the zero hint holds something")
	}
}
