package signer_test

import (
	"fmt"
	"strings"
	"testing"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/signertest"
)

// sees returns an officer's signature that the holders are there.
func sees(t *testing.T, v *signertest.Vault, u *signer.Unlocking, officer text.ID) []byte {
	t.Helper()
	statement, err := u.Presence()
	must(t, err)
	return attested(t, v.Officers[officer].Keys[0], "attest.v1@strongroom", statement)
}

func attested(t *testing.T, key sshsig.Signer, namespace string, statement []byte) []byte {
	t.Helper()
	signature, err := sshsig.Sign(key, namespace, statement)
	must(t, err)
	return signature
}

func TestPresenceIsWhatAWitnessReads(t *testing.T) {
	v := signertest.New(t, signertest.WithWitnesses())
	s := v.Signer("signer-a")
	session := v.Session("frank")
	u, err := s.Machine.BeginUnlock(session)
	must(t, err)
	give(t, u, s, "cleo", "anna")
	got, err := u.Presence()
	must(t, err)
	want := fmt.Sprintf(`strongroom/presence@v1
vault acme-treasury
signer signer-a
session %x
fingerprint %x
generation 1
holder anna
holder cleo
`, session.ID, s.Record.Key.Origin().Fingerprint)
	if string(got) != want {
		t.Errorf("want\n%s\nfound\n%s", want, got)
	}
}

func TestKeyOpensBeforeAWitnessAndTheRecordSaysWho(t *testing.T) {
	v := signertest.New(t, signertest.WithWitnesses())
	s := v.Signer("signer-a")
	u := begin(t, v, s)
	give(t, u, s, "anna", "bert")
	const none = "witness: want the signature of an officer who saw the holders in person, found none (KEY-WITNESS)"
	unchanged(t, s, func() {
		if !u.Enough() || !u.NeedsWitness() {
			t.Error("want enough shares and no witness yet")
		}
		_, err := u.Open()
		because(t, err, none)
	})
	u = begin(t, v, s)
	give(t, u, s, "anna", "bert")
	must(t, u.Witness(sees(t, v, u, "grace")))
	if u.NeedsWitness() {
		t.Error("want a witness, found that one is needed")
	}
	if got := opens(t, u, s); got.Witness != "grace" || fmt.Sprint(got.Holders) != "[anna bert]" {
		t.Errorf("want anna and bert before grace recorded, found %v", got)
	}
	s.Reopen()
	if got := count(s, s.Records()[len(s.Records())-1].Body.Kind()); got != 1 {
		t.Errorf("want one opening in the log, found %d", got)
	}
}

// Who joins after the witness has signed was not seen.
func TestWitnessHasSeenEverybodyOrNobody(t *testing.T) {
	v := signertest.New(t, signertest.WithWitnesses())
	s := v.Signer("signer-a")
	u := begin(t, v, s)
	give(t, u, s, "anna")
	early := sees(t, v, u, "grace")
	must(t, u.Witness(early))
	give(t, u, s, "bert")
	unchanged(t, s, func() {
		if !u.NeedsWitness() {
			t.Error("want a witness needed again, found none needed")
		}
		because(t, u.Witness(early), "witness: want a good signature of grace: signature: want one by "+
			v.Officers["grace"].Keys[0].Key().Fingerprint()+" over this text, found one that does not verify (KEY-WITNESS)")
		_, err := u.Open()
		because(t, err, "witness: want the signature of an officer who saw the holders in person, found none (KEY-WITNESS)")
	})
	u = begin(t, v, s)
	give(t, u, s, "anna")
	must(t, u.Witness(sees(t, v, u, "grace")))
	because(t, u.Give("bert", []byte("academic")), "share of bert: want that of generation 1, found something else (KEY-SHARE)")
	if u.NeedsWitness() {
		t.Error("want the witness kept while nobody joined, found none")
	}
}

func TestSignaturesThatWitnessNothing(t *testing.T) {
	v := signertest.New(t, signertest.WithWitnesses(), signertest.WithLine("term erin none", "term erin 10"), signertest.WithLine("term dave none", "term dave 11"))
	s := v.Signer("signer-a")
	v.Fund(coin)
	s.MustRelease(v.Bundle(v.Order()))
	if tip := v.Chain.Tip().Height; tip != 11 {
		t.Fatalf("want the signer at block 11, found %d", tip)
	}
	next := reshare(t, s, 2, "alice", "anna", "bob")
	must(t, s.Machine.TakeShares(v.Session(), next.Transcript, next.Shares, next.Sealed))
	fingerprint := func(who text.ID) string { return v.Officers[who].Keys[0].Key().Fingerprint() }
	stranger := signertest.NewKey(t, sshsig.Ed25519, "stranger")
	bad := func(who text.ID) string {
		return fmt.Sprintf("want a good signature of %s: signature: want one by %s over this text, found one that does not verify", who, fingerprint(who))
	}
	u := begin(t, v, s)
	holders := &signertest.Signer{Words: next.Words}
	give(t, u, holders, "alice", "anna")
	statement, err := u.Presence()
	must(t, err)
	elsewhere := begin(t, v, s)
	give(t, elsewhere, holders, "alice", "anna")
	others := begin(t, v, s)
	give(t, others, holders, "anna", "bob")
	for _, c := range []struct { // frank works at the machine, alice gave a share
		attack, want string
		signature    []byte
	}{
		{"nothing", "want a signature: signature file's start: want the line -----BEGIN SSH SIGNATURE----- and nothing before it, found something else", nil},
		{"of a holder", "want somebody who neither holds a share nor works at the machine, found alice", sees(t, v, u, "alice")},
		{"of an operator", "want somebody who neither holds a share nor works at the machine, found frank", sees(t, v, u, "frank")},
		{"of a stranger", "want a key that policy 1 lists, found " + stranger.Key().Fingerprint(), attested(t, stranger, "attest.v1@strongroom", statement)},
		{"in another session", bad("grace"), sees(t, v, elsewhere, "grace")},
		{"of other holders", bad("grace"), sees(t, v, others, "grace")},
		{"of something else", bad("grace"), attested(t, v.Officers["grace"].Keys[0], "attest.v1@strongroom", append([]byte(nil), v.PolicyText...))},
		{"as another act", `want a good signature of grace: signature namespace: want "attest.v1@strongroom", found "approve.v1@strongroom"`,
			attested(t, v.Officers["grace"].Keys[0], "approve.v1@strongroom", statement)},
		{"after the term", "want an officer whose term has not ended, found erin, whose term ended at block 10", sees(t, v, u, "erin")},
	} {
		unchanged(t, s, func() {
			err := u.Witness(c.signature)
			if !u.NeedsWitness() {
				t.Errorf("%s: want no witness, found one", c.attack)
			}
			because(t, err, "witness: "+c.want+" (KEY-WITNESS)")
		})
	}
	give(t, u, holders, "bob")
	if err := u.Witness(sees(t, v, u, "bob")); err == nil || !strings.Contains(err.Error(), "found bob") {
		t.Errorf("want the last holder refused too, found %v", err)
	}
	must(t, u.Witness(sees(t, v, u, "dave"))) // on the last block of the term
	if got := opens(t, u, holdersOf(s, next)); got.Witness != "dave" {
		t.Errorf("want dave recorded, found %v", got)
	}
}

// holdersOf is a signer with the words of a further generation.
func holdersOf(s *signertest.Signer, k signertest.WalletKey) *signertest.Signer {
	with := *s
	with.Words = k.Words
	return &with
}

// An officer whose key has to check a finger does not witness without.
func TestWitnessProvesWhatThePolicyAsksOfThem(t *testing.T) {
	v := signertest.New(t, signertest.WithWitnesses())
	s := v.Signer("signer-a")
	u := begin(t, v, s)
	give(t, u, s, "anna", "bert")
	carol := v.Officers["carol"].Keys[0]
	carol.Flags = sshsig.FlagPresent
	because(t, u.Witness(sees(t, v, u, "carol")), "witness: want a good signature of carol: signature flags: want 04, a PIN or a finger, found 01 (KEY-WITNESS)")
	carol.Flags = sshsig.FlagPresent | sshsig.FlagVerified
	must(t, u.Witness(sees(t, v, u, "carol")))
}

// A machine that trusts no policy knows no officers.
func TestNobodyWitnessesBeforeAPolicyIsTrusted(t *testing.T) {
	v := signertest.Draft(t, signertest.WithWitnesses())
	s := v.Signer("signer-a")
	u := begin(t, v, s)
	unchanged(t, s, func() {
		because(t, u.Witness(sees(t, v, u, "grace")), "witness: want a trusted policy that lists officers, found none (KEY-WITNESS)")
	})
}
