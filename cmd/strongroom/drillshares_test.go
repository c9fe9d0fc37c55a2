package main

import (
	"errors"
	"testing"

	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// sharedKey is a key of a signer with three shares of a generation, or none.
func sharedKey(device text.ID, fingerprint byte, generation uint64) heldKey {
	k := heldKey{signer: device, newest: record.Shares{Fingerprint: [4]byte{fingerprint}}}
	if generation == 0 {
		return k
	}
	k.newest = record.Shares{Fingerprint: [4]byte{fingerprint}, Generation: generation, Groups: 1, Sites: []record.ShareGroup{{Need: 2, Site: "north"}}}
	for i, h := range []text.ID{"anna", "bert", "cleo"} {
		k.newest.Shares = append(k.newest.Shares, record.Share{Group: 1, Number: i + 1, Holder: h, Seal: record.SealHardware, Commitment: text.Identity([]byte{byte(generation), byte(i)})})
	}
	return k
}

func TestADrillWantsTheCommitmentsOfEveryKey(t *testing.T) {
	a, b := sharedKey("signer-a", 1, 2), sharedKey("signer-b", 2, 1)
	other := sharedKey("signer-b", 2, 1)
	other.newest.Shares[2].Commitment = text.Hash{9}
	fewer := sharedKey("signer-b", 2, 1)
	fewer.newest.Shares = fewer.newest.Shares[:2]
	for _, c := range []struct {
		name         string
		living, back []heldKey
		text         string
		unshown, bad bool
	}{
		{name: "every key", living: []heldKey{a, b}, back: []heldKey{a, b}, text: "2 keys, 6 shares with their commitments"},
		{name: "what a home that knows less restored", living: []heldKey{sharedKey("signer-a", 1, 0), b}, back: []heldKey{a, b}, text: "2 keys, 6 shares with their commitments"},
		{name: "none came back", living: []heldKey{a, b}, back: []heldKey{a, sharedKey("signer-b", 2, 0)}, bad: true,
			text: "key 02000000 of signer-b: want the commitments of its 3 shares, found none in what came back"},
		{name: "too few came back", living: []heldKey{a, b}, back: []heldKey{a, fewer}, bad: true,
			text: "key 02000000 of signer-b: want the commitments of generation 1 that the living home knows, found others"},
		{name: "another came back", living: []heldKey{a, b}, back: []heldKey{a, other}, bad: true,
			text: "key 02000000 of signer-b: want the commitments of generation 1 that the living home knows, found others"},
		{name: "an older generation came back", living: []heldKey{a, b}, back: []heldKey{sharedKey("signer-a", 1, 1), b}, bad: true,
			text: "key 01000000 of signer-a: want the commitments of generation 2 of its shares, found those of generation 1: it was shared anew after the snapshot"},
		{name: "nobody knows any", living: []heldKey{a, sharedKey("signer-b", 2, 0)}, back: []heldKey{a, sharedKey("signer-b", 2, 0)}, unshown: true,
			text: "commitments of 1 of 2 keys: neither the living home nor what came back tells of shares of key 02000000 of signer-b"},
		{name: "no key here", unshown: true, text: "no signer of this vault holds a key of its wallets: nothing to be shown here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := sameShares(c.living, c.back)
			wantVerdict(t, found, err, c.text, c.unshown, c.bad)
		})
	}
}

func TestADrillTellsHowManySealedSharesCameBack(t *testing.T) {
	a, b := sharedKey("signer-a", 1, 2), sharedKey("signer-b", 2, 1)
	names := func(keys ...heldKey) (out []string) {
		for _, k := range keys {
			for _, s := range k.newest.Shares {
				out = append(out, signer.ShareFile(k.newest, s.Holder))
			}
		}
		return out
	}
	for _, c := range []struct {
		name    string
		keys    []heldKey
		names   []string
		text    string
		unshown bool
	}{
		{"all", []heldKey{a, b}, names(a, b), "all 6 of 2 keys; 6 shares still sealed, none opened", false},
		{"none", []heldKey{a}, nil, "0 of 3 are here, signer-a lacks 3; 0 shares still sealed, none opened", true},
		{"one missing", []heldKey{a, b}, names(a, b)[1:], "5 of 6 are here, signer-a lacks 1; 5 shares still sealed, none opened", true},
		{"an older generation", []heldKey{a}, names(sharedKey("signer-a", 1, 1)), "0 of 3 are here, signer-a lacks 3; 3 shares still sealed, none opened", true},
		{"a key that nobody shared", []heldKey{sharedKey("signer-a", 1, 0)}, nil, "0 of 0 are here, signer-a unknown; 0 shares still sealed, none opened", true},
		{"no key", nil, nil, "0 shares still sealed, none opened; no signer here holds a key of a wallet", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := sharesShown(c.keys, c.names)
			wantVerdict(t, found, err, c.text, c.unshown, false)
		})
	}
}

// wantVerdict compares a check with what it has to be.
func wantVerdict(t *testing.T, found string, err error, text string, few, bad bool) {
	t.Helper()
	var too unshown
	if isFew := errors.As(err, &too); isFew != few || (err != nil && !isFew) != bad {
		t.Errorf("want not shown %v and failed %v, found %v", few, bad, err)
	}
	if err != nil {
		found = err.Error()
	}
	if found != text {
		t.Errorf("want %q, found %q", text, found)
	}
}

func TestADrillAsksForTheKeysOfOurSignersInLivingWallets(t *testing.T) {
	p := &policy.Policy{
		Wallets: []policy.Wallet{{ID: "cold", State: policy.Retired}, {ID: "main", State: policy.Active}},
		Cosigners: []policy.Cosigner{{Wallet: "cold", Fingerprint: [4]byte{7}, Governed: true, Name: "signer-z"},
			{Wallet: "main", Fingerprint: [4]byte{2}, Governed: true, Name: "signer-b"}, {Wallet: "main", Fingerprint: [4]byte{3}, Name: "coldcard-7"},
			{Wallet: "main", Fingerprint: [4]byte{1}, Governed: true, Name: "signer-a"}},
	}
	known := []*walletKey{{signer: "signer-a", fingerprint: [4]byte{1}, generations: []record.Shares{sharedKey("signer-a", 1, 1).newest, sharedKey("signer-a", 1, 2).newest}}}
	found := heldKeys(p, known)
	if len(found) != 2 || found[0].signer != "signer-a" || found[0].newest.Generation != 2 || found[1].signer != "signer-b" || found[1].newest.Generation != 0 {
		t.Errorf("want generation 2 of signer-a and none of signer-b, found %v", found)
	}
}
