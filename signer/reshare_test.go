package signer_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/slip39"
	"strongroom/signer/signertest"
)

// reshare makes a further generation as its ceremony leaves it.
func reshare(t *testing.T, s *signertest.Signer, generation uint64, holders ...text.ID) signertest.WalletKey {
	t.Helper()
	seed, err := keystore.NewSeed(s.Raw[:])
	must(t, err)
	defer seed.Wipe()
	scheme := slip39.Scheme{Extendable: true, Exponent: keystore.ShareExponent, GroupThreshold: 1, Groups: []slip39.Group{{Threshold: 2, Count: len(holders)}}}
	k := shareOut(t, seed, scheme, byte(generation), []text.ID{"north"}, holders)
	k.Shares.Ceremony, k.Shares.Generation = record.CeremonyReshare, generation
	return k
}

// shareOut splits and seals a seed among holders, who follow each other through
// the groups.
func shareOut(t *testing.T, seed *keystore.Seed, scheme slip39.Scheme, label byte, sites, holders []text.ID) signertest.WalletKey {
	t.Helper()
	groups, err := seed.Split(scheme, rand.NewChaCha8([32]byte{'n', label}))
	must(t, err)
	a, err := seed.Account(custody.Regtest, 0)
	must(t, err)
	defer a.Wipe()
	k := signertest.WalletKey{Words: map[text.ID][]byte{}}
	k.Transcript = fmt.Appendf(nil, "ceremony %d\n", label)
	k.Sealed = map[text.ID][]byte{}
	k.Shares = record.Shares{Ceremony: record.CeremonyMake, Plan: text.Identity([]byte("a plan\n")), Transcript: text.Identity(k.Transcript),
		Fingerprint: a.Key().Origin().Fingerprint, Generation: 1, Groups: scheme.GroupThreshold}
	to, err := keystore.ParseRecipient(keystore.SealPassphrase)
	must(t, err)
	for i, g := range groups {
		k.Shares.Sites = append(k.Shares.Sites, record.ShareGroup{Need: scheme.Groups[i].Threshold, Site: sites[i]})
		for n, share := range g {
			words, err := share.Words()
			must(t, err)
			h := holders[len(k.Shares.Shares)]
			k.Sealed[h], err = keystore.SealShare(words, to, []byte(signertest.Passphrase), 10)
			must(t, err)
			k.Words[h] = words
			k.Shares.Shares = append(k.Shares.Shares, record.Share{Group: i + 1, Number: n + 1, Holder: h, Seal: record.SealPassphrase, Commitment: text.Hash(keystore.CommitShare(words))})
		}
	}
	return k
}

// rebuilt combines words without anything of a signer.
func rebuilt(t *testing.T, words ...[]byte) [4]byte {
	t.Helper()
	var set []*slip39.Share
	for _, w := range words {
		share, err := slip39.Parse(w)
		must(t, err)
		set = append(set, share)
	}
	seed, err := keystore.Rebuild(set)
	must(t, err)
	a, err := seed.Account(custody.Regtest, 0)
	must(t, err)
	defer a.Wipe()
	return a.Key().Origin().Fingerprint
}

// A signer asks for the newest shares. Those before are good for the key all
// the same, wherever they are: a reshare revokes nothing.
func TestReshareAsksForNewSharesAndRevokesNothing(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	next := reshare(t, s, 2, "anna", "bert", "kim")
	must(t, s.Machine.TakeShares(v.Session(), next.Transcript, next.Shares, next.Sealed))
	s.Reopen()
	if all := s.Machine.Shares(); len(all) != 2 || all[1].Generation != 2 {
		t.Fatalf("want two generations, found %v", all)
	}
	u := begin(t, v, s)
	because(t, u.Give("anna", s.Words["anna"]), "share of anna: want that of generation 2, found that of anna in generation 1 (KEY-SHARE)")
	because(t, u.Give("bert", s.Words["cleo"]), "share of bert: want that of generation 2, found that of cleo in generation 1 (KEY-SHARE)")
	because(t, u.Give("cleo", s.Words["cleo"]), fmt.Sprintf("share: want a holder of generation 2 of key %x, found cleo (KEY-SHARE)", next.Shares.Fingerprint))
	if got, want := fmt.Sprint(failures(s)), "[anna 2: another share: found that of anna in generation 1 bert 2: another share: found that of cleo in generation 1]"; got != want {
		t.Errorf("want %s recorded, found %s", want, got)
	}
	give(t, u, &signertest.Signer{Words: next.Words}, "kim", "anna")
	if got := opens(t, u, s); got.Generation != 2 || fmt.Sprint(got.Holders) != "[anna kim]" {
		t.Errorf("want generation 2 opened by anna and kim, found %v", got)
	}
	for _, pair := range [][2]text.ID{{"anna", "bert"}, {"cleo", "bert"}} {
		if got := rebuilt(t, s.Words[pair[0]], s.Words[pair[1]]); got != next.Shares.Fingerprint {
			t.Errorf("want the old shares of %v good for key %x, found %x", pair, next.Shares.Fingerprint, got)
		}
	}
}

func TestTakeSharesRefusesWhatIsNotTheNextGeneration(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s, other := v.Signer("signer-a"), v.Signer("signer-b")
	good := reshare(t, s, 2, "anna", "bert", "kim")
	key := good.Shares.Fingerprint
	const need = "key: want generation 2 of the shares of key %x, found generation %d of %x"
	for _, c := range []struct {
		name   string
		change func(k *signertest.WalletKey)
		want   string
	}{
		{"the first again", func(k *signertest.WalletKey) { k.Shares.Ceremony, k.Shares.Generation = record.CeremonyMake, 1 }, fmt.Sprintf(need, key, 1, key)},
		{"one left out", func(k *signertest.WalletKey) { k.Shares.Generation = 3 }, fmt.Sprintf(need, key, 3, key)},
		{"another key's", func(k *signertest.WalletKey) { *k = reshare(t, other, 2, "anna", "bert", "kim") }, fmt.Sprintf(need, key, 2, other.Record.Key.Origin().Fingerprint)},
		{"another transcript", func(k *signertest.WalletKey) { k.Transcript = []byte("x\n") }, "ceremony: want the transcript " + good.Shares.Transcript.Short() + ", found another"},
		{"a share left out", func(k *signertest.WalletKey) { delete(k.Sealed, "kim") }, "share of kim: want it sealed, found no file"},
		{"a stranger's share", func(k *signertest.WalletKey) { k.Sealed["mallory"] = k.Sealed["kim"] }, "share of mallory: want a holder of this generation, found another person"},
	} {
		k := reshare(t, s, 2, "anna", "bert", "kim")
		c.change(&k)
		unchanged(t, s, func() {
			if err := s.Machine.TakeShares(v.Session(), k.Transcript, k.Shares, k.Sealed); err == nil || err.Error() != c.want {
				t.Errorf("%s: want %s, found %v", c.name, c.want, err)
			}
		})
	}
	must(t, s.Machine.TakeShares(v.Session(), good.Transcript, good.Shares, good.Sealed))
	m, _ := newMachine(t, other.Machine.Setup())
	if err := m.TakeShares(v.Session(), good.Transcript, good.Shares, good.Sealed); err == nil || err.Error() != "key: want a wallet key with shares on this machine, found none" {
		t.Errorf("no key: want it refused, found %v", err)
	}
}

// Two of three sites open the key: north by two of three people, south by both of
// two, and kim alone.
func TestHoldersOfTwoSitesOpenTheKey(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	seed, err := keystore.NewSeed(s.Raw[:])
	must(t, err)
	scheme := slip39.Scheme{Extendable: true, Exponent: keystore.ShareExponent, GroupThreshold: 2,
		Groups: []slip39.Group{{Threshold: 2, Count: 3}, {Threshold: 2, Count: 2}, {Threshold: 1, Count: 1}}}
	k := shareOut(t, seed, scheme, 2, []text.ID{"north", "south", "away"}, []text.ID{"anna", "bert", "cleo", "dora", "emil", "kim"})
	k.Shares.Ceremony, k.Shares.Generation = record.CeremonyReshare, 2
	must(t, s.Machine.TakeShares(v.Session(), k.Transcript, k.Shares, k.Sealed))
	holders := holdersOf(s, k)
	for _, c := range []struct {
		who  []text.ID
		want string // of the record; nothing for too few
	}{
		{[]text.ID{"anna", "bert", "cleo"}, ""},
		{[]text.ID{"anna", "dora", "kim"}, ""},
		{[]text.ID{"kim"}, ""},
		{[]text.ID{"kim", "bert", "anna"}, "[anna bert kim]"},
		{[]text.ID{"dora", "emil", "anna", "kim"}, "[anna dora emil kim]"}, // anna is one too many and alone at her site
		{[]text.ID{"cleo", "anna", "emil", "dora"}, "[anna cleo dora emil]"},
		{[]text.ID{"anna", "bert", "cleo", "dora", "emil", "kim"}, "[anna bert cleo dora emil kim]"},
	} {
		u := begin(t, v, s)
		give(t, u, holders, c.who...)
		if u.Enough() != (c.want != "") {
			t.Errorf("%v: want enough %t, found the opposite", c.who, c.want != "")
		}
		if c.want != "" {
			if got := opens(t, u, holders); fmt.Sprint(got.Holders) != c.want {
				t.Errorf("%v: want %s recorded, found %v", c.who, c.want, got.Holders)
			}
			continue
		}
		_, err := u.Open()
		because(t, err, "shares: want 2 of these: 2 of anna, bert, cleo; 2 of dora, emil; 1 of kim, found those of "+joined(c.who)+" (KEY-SHORT)")
	}
}

func joined(ids []text.ID) string {
	var names []string
	for _, id := range ids {
		names = append(names, string(id))
	}
	return strings.Join(names, ", ")
}
