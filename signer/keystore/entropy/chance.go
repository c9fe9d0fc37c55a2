package entropy

import (
	"bytes"
	"math/big"
	"slices"
)

// steps is how far each roll is from the one before, modulo the number of
// faces. Independent and even rolls make independent and even steps.
func steps(rolls []byte, faces int) []byte {
	out := make([]byte, 0, len(rolls))
	for i := 1; i < len(rolls); i++ {
		out = append(out, byte((int(rolls[i])-int(rolls[i-1])+faces)%faces))
	}
	return out
}

// countsLevel compares the chi-square statistic with its thresholds. With N
// rolls of n faces and a face's count c it is n/N times the sum of c^2, less N.
func countsLevel(rolls []byte, faces int) (l Level, tooEven bool) {
	counts := make([]int, faces)
	for _, r := range rolls {
		counts[r]++
	}
	squares := 0
	for _, c := range counts {
		squares += c * c
	}
	n := len(rolls)
	statistic := faces*squares - n*n // times N
	t := chiSquare(faces)
	switch {
	case statistic >= t.refuse*n:
		return Refused, false
	case statistic >= t.suspect*n:
		return Suspect, false
	case 100*statistic <= t.even*n:
		return Suspect, true
	}
	return Plain, false
}

// equalsLevel adds up, exactly, how likely so few steps of 0 are among so many.
func equalsLevel(between []byte, faces int) Level {
	equals := 0
	for _, s := range between {
		if s == 0 {
			equals++
		}
	}
	n := len(between)
	sum, all := new(big.Int), power(faces, n)
	term := power(faces-1, n) // C(n, k) (faces-1)^(n-k), from k = 0
	for k := 0; ; k++ {
		sum.Add(sum, term)
		if k == equals {
			break
		}
		if likely(sum, all) {
			return Plain
		}
		term.Mul(term, big.NewInt(int64(n-k)))
		term.Quo(term, big.NewInt(int64(k+1)*int64(faces-1)))
	}
	return rarity(sum, all)
}

// longestRun is the length of the longest run of one face.
func longestRun(rolls []byte) int {
	longest, run := 0, 0
	for i, r := range rolls {
		if i > 0 && r != rolls[i-1] {
			run = 0
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// longestRepeat is the length of the longest stretch that is found at two
// places, which may overlap: of all ends of the rolls in order, the longest
// beginning that two neighbours share.
func longestRepeat(rolls []byte) int {
	ends := make([][]byte, len(rolls))
	for i := range rolls {
		ends[i] = rolls[i:]
	}
	slices.SortFunc(ends, bytes.Compare)
	longest := 0
	for i := 1; i < len(ends); i++ {
		longest = max(longest, sharedStart(ends[i-1], ends[i]))
	}
	return longest
}

func sharedStart(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// stretchLevel bounds the chance that rolls agree so many times in a row,
// where there are so many places for it to begin: places / faces^length.
func stretchLevel(places, length, faces int) Level {
	return rarity(big.NewInt(int64(max(places, 1))), power(faces, max(length, 0)))
}

// neighboursLevel counts cards that follow the one that a new deck has before
// them, forwards or backwards, through a suit. A shuffled deck has one or two.
// The chance of m such places among k cards is at most C(k-1, m) (52-m)!/52!.
func neighboursLevel(all [][]byte) Level {
	worst := Plain
	for _, deck := range all {
		for _, step := range []int{len(suitLetters), -len(suitLetters)} {
			m := 0
			for i := 1; i < len(deck); i++ {
				if int(deck[i])-int(deck[i-1]) == step {
					m++
				}
			}
			if m == 0 {
				continue
			}
			ways := new(big.Int).Binomial(int64(len(deck)-1), int64(m))
			ways.Mul(ways, big.NewInt(int64(2*len(all)))) // directions and decks
			worst = max(worst, rarity(ways, ordered(m)))
		}
	}
	return worst
}

// againLevel looks for the longest stretch of cards that two decks share. The
// chance of one with n cards is at most 52^2 (52-n)!/52! for every two decks.
func againLevel(all [][]byte) Level {
	longest := 0
	for i := range all {
		for j := range i {
			longest = max(longest, longestShared(all[i], all[j]))
		}
	}
	places := deckSize * deckSize * len(all) * len(all)
	return rarity(big.NewInt(int64(places)), ordered(longest))
}

func longestShared(a, b []byte) int {
	longest := 0
	for i := range a {
		for j := range b {
			longest = max(longest, sharedStart(a[i:], b[j:]))
		}
	}
	return longest
}

func power(base, exponent int) *big.Int {
	return new(big.Int).Exp(big.NewInt(int64(base)), big.NewInt(int64(exponent)), nil)
}

// rarity judges a chance of ways in all.
func rarity(ways, all *big.Int) Level {
	if new(big.Int).Mul(ways, big.NewInt(refuseOdds)).Cmp(all) <= 0 {
		return Refused
	}
	if !likely(ways, all) {
		return Suspect
	}
	return Plain
}

// likely says whether a chance is above one in suspectOdds.
func likely(ways, all *big.Int) bool {
	return new(big.Int).Mul(ways, big.NewInt(suspectOdds)).Cmp(all) > 0
}
