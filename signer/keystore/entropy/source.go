package entropy

import "fmt"

// Source is where a person's contribution comes from. The zero value is none.
type Source int

// The sources, by the names they have in a contribution.
const (
	Dice6  Source = 1 + iota // "dice6", faces 1 to 6
	Dice8                    // "dice8", faces 1 to 8
	Dice10                   // "dice10", faces 1 to 10; a typed 0 is a 10
	Dice12                   // "dice12", faces 1 to 12
	Dice20                   // "dice20", faces 1 to 20
	Coins                    // "coins", heads or tails
	Cards                    // "cards", drawn from shuffled decks of 52
	File                     // "file", bytes of a hardware generator in hex
)

// kind is what a source's value is made of.
type kind struct {
	name  string
	one   string // what a person calls one of them
	faces int    // how many ways one may come out
	most  int    // how many there may be
	want  string // what an error asks for
}

func (s Source) kind() kind {
	switch s {
	case Dice6:
		return kind{"dice6", "roll", 6, maxRolls, "a face from 1 to 6"}
	case Dice8:
		return kind{"dice8", "roll", 8, maxRolls, "a face from 1 to 8"}
	case Dice10:
		return kind{"dice10", "roll", 10, maxRolls, "a face from 1 to 10"}
	case Dice12:
		return kind{"dice12", "roll", 12, maxRolls, "a face from 1 to 12"}
	case Dice20:
		return kind{"dice20", "roll", 20, maxRolls, "a face from 1 to 20"}
	case Coins:
		return kind{"coins", "flip", 2, maxRolls, "h or t"}
	case Cards:
		return kind{"cards", "card", deckSize, maxDecks * (deckSize + 1), "a rank of 2-9 t j q k a and a suit of h d c s"}
	case File:
		return kind{"file", "digit", hexFaces, 2 * maxFile, "a hex digit"}
	}
	return kind{name: "no source"}
}

// String returns the source's name.
func (s Source) String() string { return s.kind().name }

// ParseSource returns the source of a name.
func ParseSource(name string) (Source, error) {
	for s := Dice6; s <= File; s++ {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("source: want dice6, dice8, dice10, dice12, dice20, coins, cards or file, found another")
}

// spaced says whether the value is written as numbers with spaces between.
func (s Source) spaced() bool { return s == Dice10 || s == Dice12 || s == Dice20 }
