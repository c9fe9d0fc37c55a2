package slip39

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestWordListIsTheOneOfTheStandard(t *testing.T) {
	const want = "bcc4555340332d169718aed8bf31dd9d5248cb7da6e5d355140ef4f1e601eec3"
	if got := fmt.Sprintf("%x", sha256.Sum256([]byte(wordList))); got != want {
		t.Errorf("want SHA-256 %s, found %s", want, got)
	}
	words := strings.Split(strings.TrimSuffix(wordList, "\n"), "\n")
	if len(words) != listLength || !slices.IsSorted(words) {
		t.Errorf("want %d sorted words, found %d", listLength, len(words))
	}
	seen := map[string]bool{}
	for _, w := range words {
		if len(w) < 4 || len(w) > maxLetters || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Fatalf("%q: want 4 to %d lower-case letters", w, maxLetters)
		}
		if seen[w[:4]] {
			t.Errorf("%q: want four letters that no other word begins with", w)
		}
		seen[w[:4]] = true
	}
}

func TestEveryWordIsWrittenAndReadAsItsNumber(t *testing.T) {
	l := newList()
	words := strings.Split(strings.TrimSuffix(wordList, "\n"), "\n")
	for i, w := range words {
		if got := l.write([]uint16{uint16(i)}); string(got) != w {
			t.Fatalf("want number %d written as %q, found %q", i, w, got)
		}
		number, known := l.number(spelt([]byte("acid "+w+" acid"), 1))
		if int(number) != i || known != 1 {
			t.Fatalf("want %q read as %d, found %d, %d", w, i, number, known)
		}
	}
}

func TestWhatIsNoWordIsNotTakenForOne(t *testing.T) {
	l := newList()
	for _, w := range []string{"", "a", "acad", "Acid", "aci", "acids", "\x00acid", "acid\x00", "ac\x00id", "acid\n", "xacademic", "academicx",
		"acidacademic", "`cid", "{cid", "acid\xff", "\xffacid", "\x80", "acid\t", "ac-id"} {
		if number, known := l.number(spelt([]byte("acid "+w+" acid"), 1)); number != 0 || known != 0 {
			t.Errorf("%q: want it unknown, found %d", w, number)
		}
	}
	if w := spelt([]byte("acid acid"), 2); w != 0 {
		t.Errorf("want no word after the last, found %x", w)
	}
}

func TestEqualIsAMask(t *testing.T) {
	numbers := []uint64{0, 1, 2, 0xff, 1 << 31, 1 << 32, 1 << 63, 1<<63 + 1, 1<<64 - 1}
	for _, a := range numbers {
		for _, b := range numbers {
			want := uint64(0)
			if a == b {
				want = 1
			}
			if got := equal(a, b); got != want {
				t.Errorf("%x and %x: want %d, found %d", a, b, want, got)
			}
		}
	}
}
