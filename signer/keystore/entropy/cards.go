package entropy

import (
	"bytes"
	"fmt"
	"strings"
)

// readCards reads ranks and suits, and a slash where the deck was shuffled
// again. A rank and its suit may stand apart.
func readCards(lower, faces []byte) ([]byte, error) {
	rest := bytes.ReplaceAll(lower, []byte{' '}, nil)
	defer clear(rest)
	for at := rest; len(at) > 0; {
		if at[0] == '/' {
			faces, at = append(faces, newDeck), at[1:]
			continue
		}
		if bytes.HasPrefix(at, []byte("10")) {
			at = at[1:]
			at[0] = 't'
		}
		if len(at) < 2 {
			return faces, Cards.bad(cardsIn(faces))
		}
		rank, suit := strings.IndexByte(rankLetters, at[0]), strings.IndexByte(suitLetters, at[1])
		if rank < 0 || suit < 0 {
			return faces, Cards.bad(cardsIn(faces))
		}
		faces, at = append(faces, byte(rank*len(suitLetters)+suit)), at[2:]
	}
	return faces, nil
}

func cardsIn(faces []byte) int { return len(faces) - bytes.Count(faces, []byte{newDeck}) }

// decks cuts faces where the deck was shuffled again.
func decks(faces []byte) [][]byte { return bytes.Split(faces, []byte{newDeck}) }

// checkDecks wants every card once a deck.
func checkDecks(faces []byte) error {
	all := decks(faces)
	if len(all) > maxDecks {
		return fmt.Errorf("cards: want at most %d decks, found %d", maxDecks, len(all))
	}
	for i, deck := range all {
		if len(deck) == 0 {
			return fmt.Errorf("cards: want cards in every deck, found none in deck %d", i+1)
		}
		var seen [deckSize]bool
		for j, c := range deck {
			if seen[c] {
				return fmt.Errorf("cards: want every card once a deck, found one again as card %d of deck %d", j+1, i+1)
			}
			seen[c] = true
		}
	}
	return nil
}
