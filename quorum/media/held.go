package media

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/text"
)

// Held is one thing on a medium.
type Held struct {
	What        What
	Fingerprint [4]byte // of a share: its key,
	Generation  uint64  // which generation of its shares,
	Who         text.ID // and its holder; of a home, its signer; of backups, their store
}

// What is what sort of thing lies on a medium.
type What string

// The sorts of things.
const (
	Share   What = "share"   // a sealed share of a wallet key
	Home    What = "home"    // a signer's home
	Backup  What = "backup"  // a store of backups
	Bundles What = "bundles" // what couriers carry to signers and back
	Desk    What = "desk"    // a desk's home
)

// String writes it as a holds line does: share 1e1f6e20 1 alice, home signer-a,
// bundles.
func (h Held) String() string {
	switch h.What {
	case Share:
		return fmt.Sprintf("%s %x %d %s", h.What, h.Fingerprint, h.Generation, h.Who)
	case Home, Backup:
		return fmt.Sprintf("%s %s", h.What, h.Who)
	}
	return string(h.What)
}

// ParseHeld reads what String writes.
func ParseHeld(s string) (Held, error) {
	f := strings.Split(s, " ")
	want := fmt.Errorf("want share FINGERPRINT GENERATION HOLDER, home SIGNER, backup STORE, bundles or desk, found %q", s)
	h := Held{What: What(f[0])}
	var err error
	switch {
	case h.What == Share && len(f) == 4:
		var b []byte
		if b, err = text.ParseHex(f[1], len(h.Fingerprint)); err != nil {
			return Held{}, want
		}
		copy(h.Fingerprint[:], b)
		if h.Generation, err = text.ParseUint(f[2], maxGeneration); err != nil || h.Generation == 0 {
			return Held{}, want
		}
		h.Who, err = text.ParseID(f[3])
	case (h.What == Home || h.What == Backup) && len(f) == 2:
		h.Who, err = text.ParseID(f[1])
	case (h.What == Bundles || h.What == Desk) && len(f) == 1:
	default:
		return Held{}, want
	}
	if err != nil {
		return Held{}, want
	}
	return h, nil
}

// Compare orders things as their lines are sorted.
func (h Held) Compare(other Held) int {
	return cmp.Or(cmp.Compare(h.What, other.What), cmp.Compare(hex.EncodeToString(h.Fingerprint[:]), hex.EncodeToString(other.Fingerprint[:])),
		cmp.Compare(h.Generation, other.Generation), cmp.Compare(h.Who, other.Who))
}

func readHolds(r *text.Reader) []Held {
	var all []Held
	for len(all) == 0 || r.At("holds") && len(all) < maxHeld {
		line := rest(r, "holds")
		if line == none && len(all) == 0 {
			return nil
		}
		all = append(all, text.Value(r, "holds", line, ParseHeld))
		if r.Err() != nil {
			return nil
		}
	}
	if !slices.IsSortedFunc(all, Held.Compare) || len(slices.Compact(slices.Clone(all))) < len(all) {
		r.Refuse("want holds lines sorted and each once, found others")
	}
	return all
}
