package signer

import (
	"encoding/hex"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// attest is the act of a witness.
const attest = "attest"

// Presence renders what a witness signs (act attest) who has seen in person that
// those who gave their shares are the holders. It names this session, so that it
// serves once:
//
//	strongroom/presence@v1
//	vault acme-treasury
//	signer signer-a
//	session 000102030405060708090a0b0c0d0e0f
//	fingerprint 1c3a5f77
//	generation 1
//	holder alice
//	holder bob
func (u *Unlocking) Presence() ([]byte, error) {
	setup := u.m.setup
	w := text.NewWriter(text.Presence)
	w.Line("vault", string(setup.Vault))
	w.Line("signer", string(setup.Device))
	w.Line("session", hex.EncodeToString(u.session.ID[:]))
	w.Line("fingerprint", hex.EncodeToString(u.shares.Fingerprint[:]))
	w.Line("generation", text.FormatUint(u.shares.Generation))
	for _, h := range u.Given() {
		w.Line("holder", string(h))
	}
	return w.Bytes()
}

// NeedsWitness says that the key does not open without one.
func (u *Unlocking) NeedsWitness() bool {
	return u.witness == "" && !u.rules.Allowed(policy.AllowUnwitnessed)
}

// Witness takes the signature of an officer of the policy in force over Presence.
// The officer holds no share of the key and is nobody who works at the machine.
func (u *Unlocking) Witness(signature []byte) error {
	refused := func(format string, args ...any) error {
		return &RefusedError{[]quorum.Reason{quorum.Because(quorum.KeyWitness, "witness: "+format, args...)}}
	}
	head := u.m.head()
	if head == nil {
		return refused("want a trusted policy that lists officers, found none")
	}
	s, err := sshsig.Parse(signature)
	if err != nil {
		return refused("want a signature: %v", err)
	}
	officer, ok := head.OfficerOf(s.Key())
	if !ok {
		return refused("want a key that policy %d lists, found %s", head.Version, s.Key().Fingerprint())
	}
	statement, err := u.Presence()
	if err != nil {
		return err
	}
	if _, err := s.Verify(s.Key(), sshsig.NamespaceFor(attest), statement, head.FactorOf(officer)); err != nil {
		return refused("want a good signature of %s: %v", officer, err)
	}
	if _, holds := u.shares.Of(officer); holds || slices.Contains(u.session.Operators, officer) {
		return refused("want somebody who neither holds a share nor works at the machine, found %s", officer)
	}
	if end, has := head.TermOf(officer); has && u.m.tip().Height > end {
		return refused("want an officer whose term has not ended, found %s, whose term ended at block %d", officer, end)
	}
	u.witness = officer
	return nil
}
