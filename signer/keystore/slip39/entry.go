package slip39

import "strings"

// Complete returns the words of the list that begin with what was typed, in
// order: all for nothing typed, at most one from four lower-case letters on,
// none for anything else.
func Complete(prefix []byte) []string {
	var words []string
	for line := range strings.Lines(wordList) {
		word := strings.TrimSuffix(line, "\n")
		if len(prefix) <= len(word) && word[:len(prefix)] == string(prefix) {
			words = append(words, word)
		}
	}
	return words
}

// Suspect tells which word of a mnemonic that Parse refuses is the wrong one, if
// one is: its place from 1. That is the only word which is not in the list, or
// else the only one with which the checksum can be made right by another word in
// its place. It never tells which other word; a person has to read it again. With
// more than one wrong word it finds none, but for once in 20,000 times or so, when
// it names a place where all may be well.
func Suspect(mnemonic []byte) (place int, ok bool) {
	n, err := countWords(mnemonic)
	if err != nil {
		return 0, false
	}
	var numbers [maxWords]uint16
	defer clear(numbers[:])
	switch unknown := lookUp(numbers[:n], mnemonic); len(unknown) {
	case 0:
		return suspect(numbers[:n])
	case 1:
		return unknown[0], true
	}
	return 0, false
}

// suspect looks for single changes that turn the words into a code word. The
// code is linear: a change d of the last word changes the sum by d, and each
// word further from the end by as much as one more word does.
func suspect(numbers []uint16) (place int, ok bool) {
	h := takeHeader(numbers[:headerWords])
	wrong := newChecksum(h.extendable).addAll(numbers) ^ 1
	if wrong == 0 {
		return 0, false
	}
	turned := newChecksum(!h.extendable).addAll(numbers) ^ 1
	var effect [listLength]checksum
	for d := range effect {
		effect[d] = checksum(d)
	}
	hits := 0
	for at := len(numbers) - 1; at >= 0; at-- {
		hit := false
		for d := 1; d < listLength; d++ {
			want := wrong
			if at == extendableWord && d&extendableBit != 0 {
				want = turned // the other flag, the other code
			}
			hit = hit || effect[d] == want
			effect[d] = effect[d].add(0)
		}
		if hit {
			place = at + 1
			hits++
		}
	}
	return place, hits == 1
}
