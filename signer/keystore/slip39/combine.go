package slip39

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
)

// Combine returns the secret of shares of one set: of exactly as many groups as
// open it, exactly as many shares each as open the group, in any order. What is
// missing or too much is named, for all groups at once. A set that agrees with
// itself and not with its digests was made by somebody else, or of two sets, and
// is refused; a wrong passphrase is not noticed. The caller clears the secret,
// and still wipes the shares.
func Combine(shares []*Share, passphrase []byte) ([]byte, error) {
	if err := checkPassphrase(passphrase); err != nil {
		return nil, err
	}
	if err := checkSet(shares); err != nil {
		return nil, err
	}
	groups := byGroup(shares)
	if err := checkGroups(groups, shares[0].GroupThreshold()); err != nil {
		return nil, err
	}
	secret, err := recoverGroups(groups)
	if err != nil {
		return nil, err
	}
	if err := decrypt(secret, passphrase, shares[0].header); err != nil {
		clear(secret)
		return nil, err
	}
	return secret, nil
}

// checkSet wants shares that can belong together, and every one once.
func checkSet(shares []*Share) error {
	if len(shares) < 1 || len(shares) > maxShares {
		return fmt.Errorf("combine: want 1 to %d shares, found %d", maxShares, len(shares))
	}
	for i, s := range shares {
		if s.bytes() == nil {
			return fmt.Errorf("combine: share %d: %w", i+1, ErrWiped)
		}
		if err := s.checkLike(shares[0]); err != nil {
			return fmt.Errorf("combine: share %d: %w", i+1, err)
		}
		for j, other := range shares[:i] {
			if err := s.checkBeside(other, j+1); err != nil {
				return fmt.Errorf("combine: share %d: %w", i+1, err)
			}
		}
	}
	return nil
}

// checkLike wants everything that shares of one set have in common.
func (s *Share) checkLike(first *Share) error {
	if s.Extendable() != first.Extendable() {
		return fmt.Errorf("want the extendable flag %t as in share 1, found %t", first.Extendable(), s.Extendable())
	}
	for _, c := range [...]struct {
		what        string
		want, found int
	}{
		{"identifier", first.Identifier(), s.Identifier()},
		{"exponent", first.Exponent(), s.Exponent()},
		{"group threshold", first.GroupThreshold(), s.GroupThreshold()},
		{"group count", first.GroupCount(), s.GroupCount()},
		{"length", first.Len(), s.Len()},
	} {
		if c.want != c.found {
			return fmt.Errorf("want the %s %d as in share 1, found %d", c.what, c.want, c.found)
		}
	}
	return nil
}

// checkBeside wants the same threshold in a group, and another member.
func (s *Share) checkBeside(other *Share, place int) error {
	if s.Group() != other.Group() {
		return nil
	}
	if s.Threshold() != other.Threshold() {
		return fmt.Errorf("want the threshold %d of its group as in share %d, found %d", other.Threshold(), place, s.Threshold())
	}
	if s.Member() == other.Member() {
		return fmt.Errorf("want another member of group %d than share %d, found member %d again", s.Group()+1, place, s.Member()+1)
	}
	return nil
}

// byGroup returns the shares of each group, in the place of its number.
func byGroup(shares []*Share) [maxCount][]*Share {
	var groups [maxCount][]*Share
	for _, s := range shares {
		groups[s.header.group] = append(groups[s.header.group], s)
	}
	return groups
}

// checkGroups collects every number that is wrong, so that people are sent for
// shares once.
func checkGroups(groups [maxCount][]*Share, threshold int) error {
	var wrong []string
	count := 0
	for i, shares := range groups {
		if len(shares) == 0 {
			continue
		}
		count++
		if want := shares[0].Threshold(); len(shares) != want {
			wrong = append(wrong, fmt.Sprintf("shares of group %d: want %d, found %d", i+1, want, len(shares)))
		}
	}
	if count != threshold {
		wrong = append(wrong, fmt.Sprintf("groups: want %d, found %d", threshold, count))
	}
	if len(wrong) > 0 {
		return errors.New("combine: " + strings.Join(wrong, "; "))
	}
	return nil
}

// recoverGroups returns the encrypted master secret of groups that are complete.
func recoverGroups(groups [maxCount][]*Share) ([]byte, error) {
	var values []point
	defer func() { wipeAll(values) }()
	for i, shares := range groups {
		if len(shares) == 0 {
			continue
		}
		members := make([]point, len(shares))
		for k, s := range shares {
			members[k] = point{x: s.header.member, y: s.bytes()}
		}
		secret, ok := recoverValue(members)
		if !ok {
			return nil, fmt.Errorf("combine: group %d: want shares that agree with their digest, found a foreign or changed one among them", i+1)
		}
		values = append(values, point{x: byte(i), y: secret})
	}
	secret, ok := recoverValue(values)
	if !ok {
		return nil, errors.New("combine: want groups that agree with their digest, found a foreign or changed one among them")
	}
	return secret, nil
}

// recoverValue returns the secret that all of these points determine, and whether
// the digest that they determine is its own.
func recoverValue(points []point) ([]byte, bool) {
	if len(points) == 1 {
		return bytes.Clone(points[0].y), true
	}
	size := len(points[0].y)
	secret, found, want := make([]byte, size), make([]byte, size), make([]byte, size)
	defer clear(found)
	defer clear(want)
	interpolate(secret, secretAt, points)
	interpolate(found, digestAt, points)
	copy(want, found)
	seal(want, secret)
	if subtle.ConstantTimeCompare(want, found) != 1 {
		clear(secret)
		return nil, false
	}
	return secret, true
}
