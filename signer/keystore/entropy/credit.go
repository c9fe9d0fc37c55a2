package entropy

import "math/big"

// Bits is the entropy that the contribution is credited with, rounded down, in
// bits of min-entropy: what the likeliest value is worth, not the usual one.
//
//	dice6   2.56 a roll, 50 rolls for 128 bits
//	dice8   2.98, 43
//	dice10  3.30, 39
//	dice12  3.56, 36
//	dice20  4.30, 30
//	coins   0.97 a flip, 132 flips
//	cards   seven eighths of log2(52!/(52-k)!) for k cards, 29 cards
//	file    1 a byte, 128 bytes
//
// The reasons stand beside the numbers in limits.go. A wiped contribution has
// none.
func (c *Contribution) Bits() int {
	if c == nil || c.secret == nil {
		return 0
	}
	return c.source.credit(c.secret().faces)
}

func (s Source) credit(faces []byte) int {
	switch s {
	case Coins:
		return rolled(2*coinFair, coinLoaded, len(faces))
	case File:
		return len(faces) / 2 * fileBitsPerByte
	case Cards:
		ways := big.NewInt(1)
		for _, deck := range decks(faces) {
			ways.Mul(ways, ordered(len(deck)))
		}
		return (ways.BitLen() - 1) * cardsCredited / cardsOf
	}
	return rolled(int64(s.kind().faces)*dieFair, dieLoaded, len(faces))
}

// rolled is the logarithm of (n/d)^rolls to base 2, rounded down.
func rolled(n, d int64, rolls int) int {
	k := big.NewInt(int64(rolls))
	q := new(big.Int).Exp(big.NewInt(n), k, nil)
	q.Quo(q, new(big.Int).Exp(big.NewInt(d), k, nil))
	return max(q.BitLen()-1, 0)
}

// ordered is in how many ways k cards may be drawn from a deck.
func ordered(k int) *big.Int {
	return new(big.Int).MulRange(deckSize-int64(k)+1, deckSize)
}

// Least is how many rolls, flips, cards or hex digits from this source are
// credited with so many bits, in one deck after another for cards. It is what
// a person is asked for. It returns 0 where no number is enough.
func (s Source) Least(bits int) int {
	for n := 1; n <= s.kind().most; n++ {
		faces := make([]byte, n)
		if s == Cards {
			for i := deckSize; i < n; i += deckSize + 1 {
				faces[i] = newDeck
			}
		}
		if s.credit(faces) >= bits {
			return n - len(decks(faces)) + 1
		}
	}
	return 0
}
