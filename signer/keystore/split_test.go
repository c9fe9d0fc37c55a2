package keystore

import (
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"strongroom/custody"
	"strongroom/signer/keystore/slip39"
)

// chance is a source that is the same for the same label.
func chance(label byte) io.Reader { return rand.NewChaCha8([32]byte{label}) }

func twoOfThree() slip39.Scheme {
	return slip39.Scheme{Extendable: true, Exponent: ShareExponent, GroupThreshold: 1, Groups: []slip39.Group{{Threshold: 2, Count: 3}}}
}

// twoSites has two of its three groups open the seed, which are of 2 of 3, of 2
// of 2 and of one.
func twoSites() slip39.Scheme {
	s := twoOfThree()
	s.GroupThreshold, s.Groups = 2, append(s.Groups, slip39.Group{Threshold: 2, Count: 2}, slip39.Group{Threshold: 1, Count: 1})
	return s
}

func split(t testing.TB, s *Seed, scheme slip39.Scheme, source io.Reader) [][]*slip39.Share {
	t.Helper()
	groups, err := s.Split(scheme, source)
	must(t, err)
	return groups
}

// choose returns every choice of k of n.
func choose(n, k int) [][]int {
	if k == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for last := k - 1; last < n; last++ {
		for _, c := range choose(last, k-1) {
			all = append(all, append(c[:len(c):len(c)], last))
		}
	}
	return all
}

// minimalSets returns every set of shares that is just enough.
func minimalSets(scheme slip39.Scheme, groups [][]*slip39.Share) (sets [][]*slip39.Share) {
	for _, which := range choose(len(groups), scheme.GroupThreshold) {
		begun := [][]*slip39.Share{nil}
		for _, g := range which {
			var grown [][]*slip39.Share
			for _, members := range choose(len(groups[g]), scheme.Groups[g].Threshold) {
				for _, set := range begun {
					for _, m := range members {
						set = append(set[:len(set):len(set)], groups[g][m])
					}
					grown = append(grown, set)
				}
			}
			begun = grown
		}
		sets = append(sets, begun...)
	}
	return sets
}

func TestEveryMinimalSetRebuildsTheSeed(t *testing.T) {
	for _, c := range []struct {
		name   string
		scheme slip39.Scheme
		sets   int
	}{{"2 of 3", twoOfThree(), 3}, {"two sites of three", twoSites(), 3*1 + 3*1 + 1*1}} {
		s := testSeed(t, 20)
		sets := minimalSets(c.scheme, split(t, s, c.scheme, chance(1)))
		if len(sets) != c.sets {
			t.Fatalf("%s: want %d sets, found %d", c.name, c.sets, len(sets))
		}
		for i, set := range sets {
			if back, err := Rebuild(set); err != nil || !back.Equal(s) {
				t.Errorf("%s, set %d: want the seed, found %v", c.name, i, err)
			}
			if less, err := Rebuild(set[1:]); err == nil || less != nil {
				t.Errorf("%s, set %d: want nothing of one share less, found a seed", c.name, i)
			}
		}
	}
}

func TestSeedsOfEverySizeAreSplit(t *testing.T) {
	for _, size := range []int{minSeed, 32, maxSeed} {
		b := make([]byte, size)
		_, err := io.ReadFull(chance(2), b)
		must(t, err)
		s, err := NewSeed(b)
		must(t, err)
		set := split(t, s, twoOfThree(), chance(3))[0][1:]
		if back, err := Rebuild(set); err != nil || !back.Equal(s) {
			t.Errorf("%d bytes: want the seed, found %v", size, err)
		}
	}
}

// meddler gives chance, and changes the seed while it is read for the second
// time: the shares are then of what the seed was.
type meddler struct {
	of    *Seed
	from  io.Reader
	reads int
}

func (m *meddler) Read(b []byte) (int, error) {
	if m.reads++; m.reads == 2 {
		m.of.secret().b[0] ^= 1
	}
	return m.from.Read(b)
}

// A machine that computes wrong must not hand out shares of something else.
func TestSplitNoticesSharesOfAnotherSeed(t *testing.T) {
	s := testSeed(t, 21)
	groups, err := s.Split(twoOfThree(), &meddler{of: s, from: chance(4)})
	refused(t, "changed seed", err, "shares: want the seed back from every share, found another one; do not use this machine")
	if groups != nil {
		t.Error("want no shares, found some")
	}
}

// Each share in turn is exchanged for that of another seed in the same place.
func TestSplitNoticesEveryWrongShare(t *testing.T) {
	for _, scheme := range []slip39.Scheme{twoOfThree(), twoSites()} {
		s := testSeed(t, 22)
		good := split(t, s, scheme, chance(5))
		foreign := split(t, testSeed(t, 23), scheme, chance(5)) // with the same identifier
		must(t, s.checkShares(scheme, good))
		for i, g := range good {
			for k := range g {
				own := g[k]
				g[k] = foreign[i][k]
				if err := s.checkShares(scheme, good); err == nil {
					t.Errorf("group %d, share %d: want it noticed, found nothing", i+1, k+1)
				}
				g[k] = own
			}
		}
		lost := good[0][1]
		lost.Wipe()
		if err := s.checkShares(scheme, good); !errors.Is(err, slip39.ErrWiped) {
			t.Errorf("want a wiped share noticed, found %v", err)
		}
	}
}

// failing breaks after some bytes, as a source does that is pulled out.
func TestSplitWithABrokenSourceMakesNoShares(t *testing.T) {
	for _, c := range []struct {
		name   string
		source io.Reader
		want   string
	}{
		{"empty", io.LimitReader(chance(6), 0), "split: want 2 random bytes, found EOF"},
		{"ends", io.LimitReader(chance(6), 20), "split: want 60 random bytes, found unexpected EOF"},
		{"zeros", zeros{}, "split: want random bytes, found a pattern, the random source is broken"},
	} {
		groups, err := testSeed(t, 24).Split(twoOfThree(), c.source)
		if refused(t, c.name, err, c.want); groups != nil {
			t.Errorf("%s: want no shares, found some", c.name)
		}
	}
	bad := twoOfThree()
	bad.Groups[0].Threshold = 1
	_, err := testSeed(t, 24).Split(bad, chance(6))
	refused(t, "copies", err, "scheme: group 1: want one member for a threshold of 1, found 3")
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestRebuildRefuses(t *testing.T) {
	s := testSeed(t, 25)
	a, b := split(t, s, twoOfThree(), chance(7))[0], split(t, s, twoOfThree(), chance(8))[0]
	same := split(t, testSeed(t, 26), twoOfThree(), chance(7))[0]
	for _, c := range []struct {
		name string
		set  []*slip39.Share
		want string
	}{
		{"nothing", nil, "shares: combine: want 1 to 256 shares, found 0"},
		{"one", a[:1], "shares: combine: shares of group 1: want 2, found 1"},
		{"three", a, "shares: combine: shares of group 1: want 2, found 3"},
		{"a share twice", []*slip39.Share{a[0], a[0]}, "shares: combine: share 2: want another member of group 1 than share 1, found member 1 again"},
		{"another seed's", []*slip39.Share{a[0], same[1]}, "shares: combine: group 1: want shares that agree with their digest, found a foreign or changed one among them"},
	} {
		back, err := Rebuild(c.set)
		if refused(t, c.name, err, c.want); back != nil {
			t.Errorf("%s: want no seed, found one", c.name)
		}
	}
	if a[0].Identifier() == b[1].Identifier() {
		t.Fatal("want two splits with identifiers of their own, found one")
	}
	if _, err := Rebuild([]*slip39.Share{a[0], b[1]}); err == nil {
		t.Error("want shares of two splits refused, found a seed")
	}
	WipeShares(a)
	if _, err := Rebuild(a[:2]); !errors.Is(err, slip39.ErrWiped) {
		t.Errorf("wiped: want %v, found %v", slip39.ErrWiped, err)
	}
}

// A later split of the same seed leaves the shares of the one before as they
// were.
func TestSharesOfAnEarlierSplitStillRebuildTheSeed(t *testing.T) {
	s := testSeed(t, 27)
	before := split(t, s, twoOfThree(), chance(9))[0]
	split(t, s, twoSites(), chance(10))
	back, err := Rebuild(before[:2])
	if err != nil || !back.Equal(s) {
		t.Errorf("want the seed, found %v", err)
	}
}

func fingerprintOf(t testing.TB, s *Seed) [4]byte {
	t.Helper()
	a, err := s.Account(custody.Mainnet, 0)
	must(t, err)
	defer a.Wipe()
	return a.Key().Origin().Fingerprint
}
