package keystore

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"strongroom/signer/keystore/slip39"
)

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// Split makes SLIP-39 shares of the seed, without a passphrase, one slice a
// group; any tool for SLIP-39 combines them. Before it returns them, every share
// was written as words, read again and used to rebuild the seed. What is random
// is read from rand. The caller wipes the shares.
func (s *Seed) Split(scheme slip39.Scheme, rand io.Reader) ([][]*slip39.Share, error) {
	secret, ok := s.bytes()
	if !ok {
		return nil, ErrWiped
	}
	groups, err := shielded(func() ([][]*slip39.Share, error) { return slip39.Split(secret, nil, scheme, rand) })
	if err != nil {
		return nil, err
	}
	if err := s.checkShares(scheme, groups); err != nil {
		for _, g := range groups {
			WipeShares(g)
		}
		return nil, err
	}
	return groups, nil
}

// checkShares rebuilds the seed until every share had its turn in every place of
// its group, and every group in every place among the groups.
func (s *Seed) checkShares(scheme slip39.Scheme, groups [][]*slip39.Share) error {
	turns := 0
	for _, g := range groups {
		turns = max(turns, len(g))
	}
	for first := range groups {
		for turn := range turns {
			if err := s.checkSet(scheme, groups, first, turn); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkSet rebuilds the seed from the groups that follow one, with the members
// that follow one in each.
func (s *Seed) checkSet(scheme slip39.Scheme, groups [][]*slip39.Share, first, turn int) error {
	var set []*slip39.Share
	defer func() { WipeShares(set) }()
	for i := range scheme.GroupThreshold {
		k := (first + i) % len(groups)
		g := groups[k]
		for j := range scheme.Groups[k].Threshold {
			again, err := reread(g[(turn+j)%len(g)])
			if err != nil {
				return err
			}
			set = append(set, again)
		}
	}
	back, err := Rebuild(set)
	if err != nil {
		return err
	}
	defer back.Wipe()
	if !back.Equal(s) {
		return errors.New("shares: want the seed back from every share, found another one; do not use this machine")
	}
	return nil
}

func reread(share *slip39.Share) (*slip39.Share, error) {
	words, err := share.Words()
	if err != nil {
		return nil, err
	}
	defer clear(words)
	return slip39.Parse(words)
}

// Rebuild combines shares, exactly as many as rebuild the seed. They stay the
// caller's to wipe.
func Rebuild(shares []*slip39.Share) (*Seed, error) {
	return shielded(func() (*Seed, error) { return rebuild(shares) })
}

func rebuild(shares []*slip39.Share) (*Seed, error) {
	secret, err := slip39.Combine(shares, nil)
	if err != nil {
		return nil, fmt.Errorf("shares: %w", err)
	}
	defer clear(secret)
	return NewSeed(secret)
}

// WipeShares wipes every share of a list.
func WipeShares(shares []*slip39.Share) {
	for _, s := range shares {
		s.Wipe()
	}
}
