package keystore

import (
	"testing"

	oracle "github.com/gavincarr/go-slip39"

	"strongroom/signer/keystore/slip39"
)

// Another implementation of SLIP-39 restores our shares, and we restore its.

func TestAnotherImplementationRestoresTheKeyFromOurShares(t *testing.T) {
	s, scheme := testSeed(t, 30), twoSites()
	want := fingerprintOf(t, s)
	sets := minimalSets(scheme, split(t, s, scheme, chance(11)))
	for i, set := range sets {
		var mnemonics []string
		for _, share := range set {
			words, err := share.Words()
			must(t, err)
			mnemonics = append(mnemonics, string(words))
		}
		secret, err := oracle.CombineMnemonics(mnemonics)
		must(t, err)
		back, err := NewSeed(secret)
		must(t, err)
		if got := fingerprintOf(t, back); got != want || !back.Equal(s) {
			t.Errorf("set %d: want key %x, found %x", i, want, got)
		}
	}
	t.Logf("%d sets", len(sets))
}

func TestWeRestoreTheKeyFromSharesOfAnotherImplementation(t *testing.T) {
	for _, extendable := range []bool{true, false} {
		s := testSeed(t, 31)
		secret, _ := s.bytes()
		theirs, err := oracle.GenerateMnemonicsWithOptions(2, []oracle.MemberGroupParameters{{MemberThreshold: 2, MemberCount: 3}, {MemberThreshold: 1, MemberCount: 1}}, secret, nil, extendable, 1)
		must(t, err)
		var set []*slip39.Share
		for _, m := range []string{theirs[0][2], theirs[1][0], theirs[0][0]} {
			share, err := slip39.Parse([]byte(m))
			must(t, err)
			set = append(set, share)
		}
		back, err := Rebuild(set)
		must(t, err)
		if got, want := fingerprintOf(t, back), fingerprintOf(t, s); got != want {
			t.Errorf("extendable %t: want key %x, found %x", extendable, want, got)
		}
	}
}
