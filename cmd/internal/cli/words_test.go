package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// someWords is a list in which one word is the beginning of others.
func someWords(prefix []byte) []string {
	var out []string
	for _, w := range []string{"abandon", "ability", "act", "action", "actor", "zoo"} {
		if bytes.HasPrefix([]byte(w), prefix) {
			out = append(out, w)
		}
	}
	return out
}

func TestAWordIsWholeWhenNoOtherIsMeant(t *testing.T) {
	for _, c := range []struct {
		typed, want string
		may         []string
	}{
		{"", "", nil},
		{"z", "zoo", nil},
		{"aba", "abandon", nil},
		{"abandon", "abandon", nil},
		{"abandons", "", nil},
		{"ab", "", []string{"abandon", "ability"}},
		{"act", "act", nil},
		{"acti", "action", nil},
		{"ac", "", []string{"act", "action", "actor"}},
		{"x", "", nil},
	} {
		word, may := Whole(someWords, []byte(c.typed))
		if word != c.want || !slices.Equal(may, c.may) {
			t.Errorf("%q: want %q %v, found %q %v", c.typed, c.want, c.may, word, may)
		}
	}
}

// said is what stands on the line in the end, less what moves the cursor.
func said(out string) string {
	return strings.ReplaceAll(strings.ReplaceAll(out, "\r\x1b[K", "|"), "\a", "*")
}

func TestKeysOfUnseenWords(t *testing.T) {
	for _, c := range []struct{ name, keys, want, err, said string }{
		{"whole words", "act zoo\r", "act zoo", "", "|word 1: |word 2: |word 3: "},
		{"beginnings", "aba acti zo\r", "abandon action zoo", "", "|word 1: |word 2: |word 3: |word 4: "},
		{"upper case and spaces", "  ABA  Zoo \n", "abandon zoo", "", "|word 1: |word 2: |word 3: "},
		{"two may be meant, another letter tells", "ab i\r", "ability", "", "|word 1: |word 1, which begins like others: another letter*: |word 2: "},
		{"in no list, typed again", "abc zoo\r", "zoo", "", "|word 1: |word 1 is in no list, type it again*: |word 2: "},
		{"Enter does not end with half a word", "act ab\rand\r", "act abandon", "", "|word 1: |word 2: |word 2, which begins like others: another letter*: |word 3: "},
		{"a letter erased", "abi\x7fa\r", "abandon", "", "|word 1: |word 2: "},
		{"a word erased", "act zoo \x7faba\r", "act abandon", "", "|word 1: |word 2: |word 3: |word 2: |word 3: "},
		{"nothing to erase", "\x08zoo\r", "zoo", "", "|word 1: |word 1: |word 2: "},
		{"all erased", "act zo\x15aba\r", "abandon", "", "|word 1: |word 2: |word 1: |word 2: "},
		{"nothing", "\r", "", "", "|word 1: "},
		{"interrupt", "act ab\x03", "", "found an interrupt", "|word 1: |word 2: "},
		{"arrow", "act \x1b[A", "", "found a key that is no character", "|word 1: |word 2: "},
		{"end of input", "act zo", "", "found the end of the input", "|word 1: |word 2: "},
		{"endless letters", strings.Repeat("a", 2000), "", "found a longer line", "|word 1: "},
	} {
		var out strings.Builder
		got, err := readWords(strings.NewReader(c.keys), &out, someWords)
		same(t, c.name+": words", string(got), c.want)
		same(t, c.name+": error", errText(err), c.err)
		same(t, c.name+": screen", said(out.String()), c.said)
	}
	var out strings.Builder
	_, err := readWords(strings.NewReader(strings.Repeat("zoo ", 1000)), &out, someWords)
	same(t, "endless words", errText(err), "found a longer line")
}

func TestWordsFromADescriptorAreTakenAsTheyStand(t *testing.T) {
	s := newStage(t)
	s.answers("aba zo\n\n")
	got, err := s.Words(3, "words", someWords)
	same(t, "words", string(got)+errText(err), "aba zo")
	_, err = s.Words(3, "words", someWords)
	same(t, "empty line", errText(err), "words: wanted at least one, found none")
	_, err = s.Words(3, "words", someWords)
	same(t, "end", errText(err), "words: wanted a line of at most 1024 bytes, found the end of the input")
}
