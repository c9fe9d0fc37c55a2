package backup

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"
)

// Clock tells the time for measuring. It decides nothing.
type Clock func() time.Time

// Verification is what was found out about one copy.
type Verification struct {
	Level Level         // the level reached; no level after an error
	Bytes int64         // read from the store
	Took  time.Duration // by the caller's clock
}

// VerifyV1 compares the size and the checksum that a store keeps for a payload
// with the manifest. It reads nothing of it: a store that lies about its
// checksums passes.
func VerifyV1(s Store, m Manifest, now Clock) (Verification, error) {
	start := now()
	o, err := s.Stat(m.Payload.Name)
	if err != nil {
		return Verification{}, fmt.Errorf("verify: %w", err)
	}
	if o.Size != m.Payload.Size {
		return Verification{}, fmt.Errorf("verify: %s: want %d bytes, found %d: %w", m.Payload.Name, m.Payload.Size, o.Size, ErrContent)
	}
	if o.Sum != m.Payload.Sum {
		return Verification{}, fmt.Errorf("verify: %s: want SHA-256 %s, found %s stored: %w", m.Payload.Name, m.Payload.Sum, o.Sum, ErrContent)
	}
	return Verification{Level: V1, Took: now().Sub(start)}, nil
}

// VerifyV3 does VerifyV1, then reads every byte of the payload from the store
// and hashes it. It needs no key.
func VerifyV3(s Store, m Manifest, now Clock) (Verification, error) {
	start := now()
	if _, err := VerifyV1(s, m, now); err != nil {
		return Verification{}, err
	}
	n, sum, err := readAll(s, m.Payload.Name, m.Payload.Size)
	if err != nil {
		return Verification{}, fmt.Errorf("verify: %w", err)
	}
	if n != m.Payload.Size || sum != m.Payload.Sum {
		return Verification{}, fmt.Errorf("verify: %s: want %d bytes with SHA-256 %s, found %d with %s: %w",
			m.Payload.Name, m.Payload.Size, m.Payload.Sum, n, sum, ErrContent)
	}
	return Verification{Level: V3, Bytes: n, Took: now().Sub(start)}, nil
}

// Verify does what a level asks, if it is one that needs no key and no officer.
func Verify(s Store, m Manifest, l Level, now Clock) (Verification, error) {
	switch l {
	case V1:
		return VerifyV1(s, m, now)
	case V3:
		return VerifyV3(s, m, now)
	}
	return Verification{}, fmt.Errorf("verify: want level V1 or V3, found %s", l)
}

// readAll hashes an object, at most one byte more than it should have.
func readAll(s Store, name string, want int64) (int64, Sum, error) {
	r, _, err := s.Get(name)
	if err != nil {
		return 0, Sum{}, err
	}
	h := sha256.New()
	n, err := io.CopyBuffer(h, io.LimitReader(r, want+1), make([]byte, copyBuffer))
	if err = errors.Join(err, r.Close()); err != nil {
		return 0, Sum{}, fmt.Errorf("%s: %w", name, err)
	}
	return n, Sum(h.Sum(nil)), nil
}
