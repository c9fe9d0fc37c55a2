package ceremony

import (
	"fmt"
	"slices"

	"strongroom/quorum/text"
)

// Device is the hardware wallet that words are made for. The zero value is none.
type Device struct {
	Person text.ID // who holds it, and writes the words down
	Words  int     // of BIP-39: 12, 15, 18, 21 or 24
	Text   string  // maker, model and serial number
}

// Three words of BIP-39 hold four bytes, and a bit of the checksum.
const (
	wordGroup  = 3
	groupBytes = 4
)

// Entropy is how many bytes the words hold: 16, 20, 24, 28 or 32. They are the
// first ones of what a ceremony mixes.
func (d Device) Entropy() int { return d.Words / wordGroup * groupBytes }

// fact describes it in a line.
func (d Device) fact() string { return fmt.Sprintf("%s, %d words, %s", d.Text, d.Words, d.Person) }

// readDevice reads "device PERSON WORDS TEXT".
func readDevice(r *text.Reader) Device {
	f, what := r.Rest("device", 2)
	return Device{text.Value(r, "device", f[0], text.ParseID), text.Value(r, "device", f[1], parseWords), what}
}

func (d Device) write(w *text.Writer) { w.Line("device", string(d.Person), small(d.Words), d.Text) }

func parseWords(s string) (int, error) {
	i := slices.Index([]string{"12", "15", "18", "21", "24"}, s)
	if i < 0 {
		return 0, fmt.Errorf("want 12, 15, 18, 21 or 24 words, found another number")
	}
	return 12 + wordGroup*i, nil
}

// DescribeWords is the line by which the key record of words says whose they are.
// It is no signer's, so that nobody takes the words for a key of ours.
func DescribeWords(vault, person text.ID) string {
	return fmt.Sprintf("words of %s for %s", person, vault)
}
