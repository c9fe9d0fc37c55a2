package entropy

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
)

// seedInfo binds what is derived to its use.
const seedInfo = "strongroom/seed@v1"

// Mix returns the seed, 32 bytes that the caller clears: the system's entropy
// XOR what HKDF makes of all contributions. It wants everybody's contribution
// and the system entropy that was committed to, and wipes the latter, so that no
// second seed is made of it.
func Mix(system *System, r *Reveals) ([SeedSize]byte, error) {
	var seed [SeedSize]byte
	commitment, err := system.Commitment()
	if err != nil {
		return seed, err
	}
	folded, err := r.fold()
	if err != nil {
		return seed, err
	}
	defer clear(folded[:])
	if commitment != r.list.system {
		return seed, errors.New("system: want the entropy committed to, found another")
	}
	subtle.XORBytes(seed[:], system.secret()[:], folded[:])
	system.Wipe()
	return seed, nil
}

// fold derives 32 bytes from the contributions in their order, salted with the
// list of commitments.
func (r *Reveals) fold() ([SystemSize]byte, error) {
	var out [SystemSize]byte
	if r == nil || len(r.given) == 0 {
		return out, errNoRound
	}
	if missing := r.Missing(); missing != nil {
		return out, fmt.Errorf("round: want everybody's contribution, found none of %s", strings.Join(missing, ", "))
	}
	texts := make([]byte, 0, len(r.given)*maxText)
	defer func() { clear(texts) }()
	for _, c := range r.given {
		text, err := c.Text()
		if err != nil {
			return out, err
		}
		texts = append(texts, text...)
		clear(text)
	}
	salt := r.list.sum()
	key, err := hkdf.Key(sha256.New, texts, salt[:], seedInfo, len(out))
	if err != nil {
		return out, fmt.Errorf("seed: want it derived by HKDF, found %w", err)
	}
	copy(out[:], key)
	clear(key)
	return out, nil
}

// Audit proves that a seed was made of exactly these contributions and of the
// system entropy that was fixed before them: seed XOR HKDF(contributions) must
// be what the system committed to. Whoever audits holds the seed and every
// contribution, in any order.
func Audit(seed []byte, list Commitments, contributions []*Contribution) error {
	if len(seed) != SeedSize {
		return fmt.Errorf("seed: want %d bytes, found %d", SeedSize, len(seed))
	}
	r, err := list.Reveal()
	if err != nil {
		return err
	}
	for _, c := range contributions {
		if err := r.Add(c); err != nil {
			return err
		}
	}
	folded, err := r.fold()
	if err != nil {
		return err
	}
	defer clear(folded[:])
	var system [SystemSize]byte
	defer clear(system[:])
	subtle.XORBytes(system[:], seed, folded[:])
	if commitSystem(&system) != list.system {
		return errors.New("seed: want one made of these contributions and the system entropy committed to, found another")
	}
	return nil
}
