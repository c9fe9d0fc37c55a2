package slip39

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Two shares and their secret, made once and never again.
const (
	golden1      = "usher jerky academic acid decent client focus listen estimate chemical ceramic squeeze extra nail reaction drove flip eclipse counter program"
	golden2      = "usher jerky academic agency dismiss playoff genuine withdraw punish welfare formal numb total pencil facility climate chest faint kitchen estate"
	goldenSecret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	goldenPass   = "correct horse"
)

func mustParse(t testing.TB, mnemonic string) *Share {
	t.Helper()
	s, err := Parse([]byte(mnemonic))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// spelled returns the mnemonic of words with their checksum, whatever they say.
func spelled(numbers []uint16) string {
	h := takeHeader(numbers[:headerWords])
	sum := newChecksum(h.extendable).addAll(numbers).words()
	return string(newList().write(append(numbers[:len(numbers):len(numbers)], sum[:]...)))
}

// numbersOf returns the words of a mnemonic without its checksum.
func numbersOf(t testing.TB, mnemonic string) []uint16 {
	t.Helper()
	var numbers [maxWords]uint16
	n, err := read(numbers[:], []byte(mnemonic))
	if err != nil {
		t.Fatal(err)
	}
	return numbers[:n-checksumWords]
}

func TestShareSaysWhatItIs(t *testing.T) {
	s := newShare(header{identifier: 0x7abc, extendable: true, exponent: 5, group: 2, groupThreshold: 3, groupCount: 16, member: 15, threshold: 9}, make([]byte, 24))
	words, err := s.Words()
	if err != nil {
		t.Fatal(err)
	}
	back := mustParse(t, string(words))
	if back.header != s.header {
		t.Errorf("want %v, found %v", s.header, back.header)
	}
	got := []int{back.Identifier(), back.Exponent(), back.Group(), back.GroupThreshold(), back.GroupCount(), back.Member(), back.Threshold(), back.Len()}
	if fmt.Sprint(got) != "[31420 5 2 3 16 15 9 24]" || !back.Extendable() {
		t.Errorf("found %v, extendable %t", got, back.Extendable())
	}
}

func TestParseRefusesWithoutRepeatingAWord(t *testing.T) {
	const checksum = "share: want words that fit their checksum, found at least one wrong word"
	unknown := func(place int) string {
		return fmt.Sprintf("share: want words of the SLIP-39 list, found something else as word %d", place)
	}
	numbers := numbersOf(t, golden1)
	with := func(change func(h *header, numbers []uint16)) string {
		changed := bytes16(numbers)
		h := takeHeader(changed[:headerWords])
		change(&h, changed)
		h.put(changed[:headerWords])
		return spelled(changed)
	}
	cases := []struct{ name, words, want string }{
		{"nothing", "", "share: want 20 to 59 words, found 1"},
		{"19 words", golden1[:strings.LastIndex(golden1, " ")], "share: want 20 to 59 words, found 19"},
		{"60 words", strings.Repeat("acid ", 59) + "acid", "share: want 20 to 59 words, found 60"},
		{"21 words", golden1 + " acid", "share: want a number of words that leaves at most 8 bits of padding, found 21 words, which leave 12"},
		{"flood", strings.Repeat("acid ", 1000), "share: want at most 530 bytes, found 5000"},
		{"spaces", strings.Repeat(" ", 19), unknown(1)},
		{"trailing space", golden1[:strings.LastIndex(golden1, " ")+1], unknown(20)},
		{"newline", golden1 + "\n", unknown(20)},
		{"carriage return", strings.Replace(golden1, " ", "\r ", 1), unknown(1)},
		{"tab for a space", strings.Replace(golden1, " ", "\t", 1) + " acid", unknown(1)},
		{"upper case", strings.ToUpper(golden1), unknown(1)},
		{"four letters", golden1[:strings.LastIndex(golden1, " ")] + " acad", unknown(20)},
		{"word of another list", "abandon" + golden1[strings.Index(golden1, " "):], unknown(1)},
		{"exchanged words", exchanged(golden1, 5, 6), checksum},
		{"last word changed", golden1[:strings.LastIndex(golden1, " ")] + " acid", checksum},
		{"more group threshold than groups", with(func(h *header, _ []uint16) { h.groupThreshold = 2 }), "share: want a group threshold of 1 to 1, found 2"},
		{"group that does not exist", with(func(h *header, _ []uint16) { h.group = 1 }), "share: want a group of 1 to 1, found 2"},
		{"first bit of padding", with(func(_ *header, n []uint16) { n[headerWords] |= 1 << 9 }), "share: want zeros as padding, found another bit"},
		{"last bit of padding", with(func(_ *header, n []uint16) { n[headerWords] |= 1 << 8 }), "share: want zeros as padding, found another bit"},
	}
	for _, c := range cases {
		if s, err := Parse([]byte(c.words)); err == nil || err.Error() != c.want || s != nil {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

func bytes16(b []uint16) []uint16 { return append([]uint16(nil), b...) }

// exchanged returns a mnemonic with the i-th and j-th word in each other's place.
func exchanged(mnemonic string, i, j int) string {
	words := strings.Fields(mnemonic)
	words[i-1], words[j-1] = words[j-1], words[i-1]
	return strings.Join(words, " ")
}

func TestNothingPrintsAShare(t *testing.T) {
	s := mustParse(t, golden1)
	holder := struct {
		S Share
		s Share
		P *Share
		p *Share
		A []*Share
	}{*s, *s, s, s, []*Share{s}}
	value := s.bytes()
	words := strings.Fields(golden1)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t", "%p", "%e", "%10v"} {
		for _, arg := range []any{s, *s, holder, &holder, []Share{*s}} {
			text := fmt.Sprintf(verb, arg)
			for _, secret := range []string{words[4], words[10], fmt.Sprintf("%x", value[:4]), fmt.Sprintf("%X", value[:4]),
				fmt.Sprintf("%d %d %d", value[0], value[1], value[2]), fmt.Sprintf("%#x, %#x", value[0], value[1])} {
				if strings.Contains(text, secret) {
					t.Errorf("%s of %T shows the value: %s", verb, arg, text)
				}
			}
		}
	}
	if got := fmt.Sprintf("%v %s %#v %d", s, *s, s, *s); got != "share(...) share(...) share(...) share(...)" {
		t.Errorf("found %s", got)
	}
}

func TestWipedShareIsRefusedEverywhere(t *testing.T) {
	s := mustParse(t, golden1)
	other := *s
	value := s.bytes()
	s.Wipe()
	s.Wipe()
	if !bytes.Equal(value, make([]byte, 16)) {
		t.Error("want the value overwritten, found it")
	}
	var zero Share
	zero.Wipe()
	(*Share)(nil).Wipe()
	for name, s := range map[string]*Share{"wiped": s, "copy of it": &other, "zero": &zero, "nil": nil} {
		if words, err := s.Words(); !errors.Is(err, ErrWiped) || words != nil || s.Len() != 0 {
			t.Errorf("%s: want ErrWiped, found %v", name, err)
		}
		secret, err := Combine([]*Share{mustParse(t, golden2), s}, nil)
		if err == nil || err.Error() != "combine: share 2: share: want one that holds a value, found a wiped one" || secret != nil {
			t.Errorf("%s: found %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(golden1))
	f.Add([]byte(golden2))
	f.Add([]byte(golden1 + "\n"))
	for _, size := range []int{16, 18, 20, 22, 32, 48, 62, 64} {
		words, err := newShare(header{groupThreshold: 1, groupCount: 2, threshold: 2, extendable: size%4 == 0}, bytes.Repeat([]byte{0xa5}, size)).Words()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(words)
	}
	f.Fuzz(func(t *testing.T, words []byte) {
		s, err := Parse(words)
		if err != nil {
			return
		}
		back, err := s.Words()
		if err != nil || !bytes.Equal(back, words) {
			t.Fatalf("want the same words, found %q, %v", back, err)
		}
		if place, ok := Suspect(words); ok {
			t.Fatalf("want no suspect in words that parse, found word %d", place)
		}
	})
}

// The checksum stops a fuzzer at the door; here it is made right for whatever
// words the fuzzer comes with.
func FuzzParseBehindTheChecksum(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34})
	f.Add(make([]byte, 2*(maxWords-checksumWords)))
	f.Add(bytes.Repeat([]byte{0xff}, 2*(33-checksumWords)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var numbers []uint16
		for ; len(b) > 1 && len(numbers) < maxWords; b = b[2:] {
			numbers = append(numbers, (uint16(b[0])<<8|uint16(b[1]))%listLength)
		}
		if len(numbers) < headerWords {
			return
		}
		words := spelled(numbers[:min(len(numbers), maxWords-checksumWords)])
		s, err := Parse([]byte(words))
		if err != nil {
			return
		}
		if back, err := s.Words(); err != nil || string(back) != words {
			t.Fatalf("want the same words, found %q, %v", back, err)
		}
	})
}
