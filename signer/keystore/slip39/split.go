package slip39

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
)

const (
	secretAt   = 255 // where a polynomial has the secret
	digestAt   = 254 // and where the secret's digest
	digestSize = 4
)

// Split makes shares of a secret of 16 to 64 bytes, an even number: one slice a
// group, in it one share a member. The passphrase is printable ASCII and may be
// empty. What is random is read from rand, which is refused if it gives a pattern
// or repeats itself. Secret and passphrase stay the caller's to clear, the
// shares are the caller's to wipe.
func Split(secret, passphrase []byte, s Scheme, rand io.Reader) ([][]*Share, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	return split(secret, passphrase, s, rand)
}

// split is Split for a scheme that was checked: encrypt, split among groups,
// split each group's value among its members.
func split(secret, passphrase []byte, s Scheme, rand io.Reader) ([][]*Share, error) {
	if n := len(secret); n < minSecret || n > maxSecret || n%2 != 0 {
		return nil, fmt.Errorf("secret: want %d to %d bytes, an even number, found %d", minSecret, maxSecret, n)
	}
	if err := checkPassphrase(passphrase); err != nil {
		return nil, err
	}
	source := &source{rand: rand}
	identifier, err := source.identifier()
	if err != nil {
		return nil, err
	}
	h := header{
		identifier:     identifier,
		extendable:     s.Extendable,
		exponent:       uint8(s.Exponent),
		groupThreshold: uint8(s.GroupThreshold),
		groupCount:     uint8(len(s.Groups)),
	}
	encrypted := bytes.Clone(secret)
	defer clear(encrypted)
	if err := encrypt(encrypted, passphrase, h); err != nil {
		return nil, err
	}
	return splitGroups(encrypted, h, s.Groups, source)
}

func splitGroups(encrypted []byte, h header, groups []Group, source *source) ([][]*Share, error) {
	values, err := splitValue(encrypted, int(h.groupThreshold), len(groups), source)
	defer wipeAll(values)
	if err != nil {
		return nil, err
	}
	shares := make([][]*Share, len(groups))
	for i, g := range groups {
		h.group, h.threshold = uint8(i), uint8(g.Threshold)
		if shares[i], err = splitGroup(values[i].y, h, g, source); err != nil {
			for _, done := range shares {
				wipeShares(done)
			}
			return nil, err
		}
	}
	return shares, nil
}

func splitGroup(secret []byte, h header, g Group, source *source) ([]*Share, error) {
	values, err := splitValue(secret, g.Threshold, g.Count, source)
	defer wipeAll(values)
	if err != nil {
		return nil, err
	}
	shares := make([]*Share, g.Count)
	for i, v := range values {
		h.member = v.x
		shares[i] = newShare(h, v.y)
	}
	return shares, nil
}

// splitValue returns the points 0 to count-1 of polynomials that threshold points
// determine: one is the secret, one its digest, the others are random.
func splitValue(secret []byte, threshold, count int, source *source) ([]point, error) {
	values := make([]point, count)
	for i := range values {
		values[i] = point{x: byte(i), y: make([]byte, len(secret))}
	}
	if threshold == 1 {
		for _, v := range values {
			copy(v.y, secret)
		}
		return values, nil
	}
	random := threshold - 2
	for _, v := range values[:random] {
		if err := source.read(v.y); err != nil {
			return values, err
		}
	}
	digest := make([]byte, len(secret))
	defer clear(digest)
	if err := source.read(digest[digestSize:]); err != nil {
		return values, err
	}
	seal(digest, secret)
	base := append(append([]point{}, values[:random]...), point{digestAt, digest}, point{secretAt, secret})
	for _, v := range values[random:] {
		interpolate(v.y, v.x, base)
	}
	return values, nil
}

// seal writes, before the random part of a digest, the first bytes of the HMAC
// of the secret under it.
func seal(digest, secret []byte) {
	mac := hmac.New(sha256.New, digest[digestSize:])
	mac.Write(secret)
	sum := mac.Sum(nil)
	copy(digest[:digestSize], sum)
	clear(sum)
}

// source is a source of randomness that is watched while it is read.
type source struct {
	rand io.Reader
	last [minSecret - digestSize]byte // how the draw before began; none is shorter
}

// read fills b, of which every bit is secret, and refuses what chance does not
// give once in 2^60 draws.
func (s *source) read(b []byte) error {
	if _, err := io.ReadFull(s.rand, b); err != nil {
		return fmt.Errorf("split: want %d random bytes, found %w", len(b), err)
	}
	if broken(b) || subtle.ConstantTimeCompare(b[:len(s.last)], s.last[:]) == 1 {
		return errors.New("split: want random bytes, found a pattern, the random source is broken")
	}
	copy(s.last[:], b)
	return nil
}

// identifier returns a random number of 15 bits.
func (s *source) identifier() (uint16, error) {
	var b [2]byte
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		return 0, fmt.Errorf("split: want %d random bytes, found %w", len(b), err)
	}
	return uint16(b[0])<<8&0x7fff | uint16(b[1]), nil
}

// broken tells a stuck source: bytes that repeat after a power of two, or count
// up or down.
func broken(b []byte) bool {
	for period := 1; period <= len(b)/2; period *= 2 {
		if subtle.ConstantTimeCompare(b[period:], b[:len(b)-period]) == 1 {
			return true
		}
	}
	var uneven byte
	for i := 2; i < len(b); i++ {
		uneven |= (b[i] - b[i-1]) ^ (b[1] - b[0])
	}
	return uneven == 0
}

func wipeAll(points []point) {
	for _, p := range points {
		clear(p.y)
	}
}

func wipeShares(shares []*Share) {
	for _, s := range shares {
		s.Wipe()
	}
}
