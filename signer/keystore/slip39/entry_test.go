package slip39

import (
	"fmt"
	"strings"
	"testing"
)

func TestCompleteOffersTheWordsThatFit(t *testing.T) {
	for _, c := range []struct{ prefix, want string }{
		{"aca", "[academic]"},
		{"acad", "[academic]"},
		{"academic", "[academic]"},
		{"academics", "[]"},
		{"acade ", "[]"},
		{"ACA", "[]"},
		{"x", "[]"},
		{"y", "[year yelp yield yoga]"},
		{"z", "[zero]"},
	} {
		if got := fmt.Sprint(Complete([]byte(c.prefix))); got != c.want {
			t.Errorf("%q: want %s, found %s", c.prefix, c.want, got)
		}
	}
	if n := len(Complete(nil)); n != listLength {
		t.Errorf("want all words for nothing typed, found %d", n)
	}
}

// Every change of one word is refused and its place is found; every place is
// tried with every other word for the shortest share.
func TestTamperingOfAnySingleWordIsRefused(t *testing.T) {
	words := strings.Fields(golden1)
	list := Complete(nil)
	refused := 0
	for at, right := range words {
		for i, other := range list {
			if other == right {
				continue
			}
			words[at] = other
			mnemonic := []byte(strings.Join(words, " "))
			if _, err := Parse(mnemonic); err == nil {
				t.Fatalf("word %d: want it refused, found a share", at+1)
			}
			refused++
			if i%61 == 0 {
				if place, ok := Suspect(mnemonic); place != at+1 || !ok {
					t.Errorf("word %d: want it suspected, found word %d, %t", at+1, place, ok)
				}
			}
		}
		words[at] = right
	}
	if refused != 20*(listLength-1) {
		t.Errorf("want %d refusals, found %d", 20*(listLength-1), refused)
	}
}

// A changed second word can turn the flag that says which code the words are of.
func TestTheWordThatHoldsTheExtendableFlagIsSuspected(t *testing.T) {
	for _, mnemonic := range []string{golden1, golden2} {
		var numbers [maxWords]uint16
		n, err := read(numbers[:], []byte(mnemonic))
		if err != nil {
			t.Fatal(err)
		}
		numbers[extendableWord] ^= extendableBit
		if place, ok := Suspect(newList().write(numbers[:n])); place != 2 || !ok {
			t.Errorf("want word 2, found %d, %t", place, ok)
		}
	}
}

func TestSuspectNamesNoWordWithoutGrounds(t *testing.T) {
	words := strings.Fields(golden1)
	list := Complete(nil)
	for _, c := range []struct{ name, words string }{
		{"a share", golden1},
		{"nothing", ""},
		{"a word too few", strings.Join(words[1:], " ")},
		{"two words exchanged", exchanged(golden1, 5, 6)},
		{"two unknown words", strings.Replace(golden1, " ", "x x", 1)},
		{"flood", strings.Repeat("acid ", 1000)},
	} {
		if place, ok := Suspect([]byte(c.words)); place != 0 || ok {
			t.Errorf("%s: want no suspect, found word %d", c.name, place)
		}
	}
	for i := range 2000 {
		changed := strings.Fields(golden1)
		at, beside := i%20, (i%20+1+i/20%19)%20
		changed[at] = list[(i*37+5)%listLength]
		changed[beside] = list[(i*91+7)%listLength]
		if changed[at] == words[at] || changed[beside] == words[beside] {
			continue
		}
		if place, ok := Suspect([]byte(strings.Join(changed, " "))); ok {
			t.Errorf("two wrong words, %d and %d: found word %d", at+1, beside+1, place)
		}
	}
}

func TestSuspectFindsTheOnlyUnknownWord(t *testing.T) {
	for at := range 20 {
		words := strings.Fields(golden1)
		words[at] = words[at][:3]
		if place, ok := Suspect([]byte(strings.Join(words, " "))); place != at+1 || !ok {
			t.Errorf("want word %d, found %d, %t", at+1, place, ok)
		}
	}
}

func TestUpToThreeWrongWordsAreRefused(t *testing.T) {
	numbers := numbersOf(t, golden2)
	sum := newChecksum(takeHeader(numbers[:headerWords]).extendable).addAll(numbers).words()
	numbers = append(numbers, sum[:]...)
	tried := 0
	for i := range 30_000 {
		changed := bytes16(numbers)
		for k := range 3 {
			changed[(i*(k+1)+i/20*k)%20] ^= uint16(i * (389 + 2*k) % listLength)
		}
		if same(changed, numbers) || changed[extendableWord]&extendableBit != numbers[extendableWord]&extendableBit {
			continue
		}
		tried++
		if newChecksum(takeHeader(changed[:headerWords]).extendable).addAll(changed).right() {
			t.Fatalf("change %d: want it refused, found a code word", i)
		}
	}
	if tried < 20_000 {
		t.Errorf("want 20000 changes, found %d", tried)
	}
}

func same(a, b []uint16) bool { return fmt.Sprint(a) == fmt.Sprint(b) }
