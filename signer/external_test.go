package signer_test

import (
	"fmt"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/signer/signertest"
)

// One signer and a hardware wallet that no policy binds move coins together; the
// signer has judged the transaction as always.
func TestHardwareWalletSignsBesideOneSigner(t *testing.T) {
	v := signertest.New(t, signertest.WithExternal())
	v.Fund(3*coin, 2*coin)
	o := v.Order()
	ours := v.Signer("signer-a").MustRelease(v.Bundle(o))
	v.Complete(ours, v.Spare.Sign(o.Packet.Bytes()))
}

// A signer without a key of the wallet is no cosigner, whoever else has one.
func TestSignerBesideTheWalletReleasesNothingOfIt(t *testing.T) {
	v := signertest.New(t, signertest.WithExternal())
	v.Fund(3*coin, 2*coin)
	o := v.Order()
	codes(t, v.Signer("signer-c").Release(v.Bundle(o)), "POL-NOWALLET")
}

// That the hardware wallet has signed already is no reason for a signer.
func TestHardwareWalletsSignatureIsNoApproval(t *testing.T) {
	v := signertest.New(t, signertest.WithExternal())
	v.Fund(3 * coin)
	o := v.Order()
	o.Signatures = o.Signatures[:1] // the maker's alone
	v.Spare.Sign(o.Packet.Bytes())
	s := v.Signer("signer-a")
	codes(t, s.Release(v.Bundle(o)), "SEAT-SHORT")
}

func TestHardwareWalletsKeyThatNobodyHasProven(t *testing.T) {
	v := signertest.Draft(t, signertest.WithExternal())
	s := v.Signer("signer-a")
	s.Trust()
	before, size := onDisk(t, s.Dir), s.Machine.State().Size()
	files := signertest.Without(v.Founding(), v.Spare.RecordFile().Name)
	reasons, err := s.Machine.Enroll(v.Session(), bundleOf(t, files), "main")
	wantRefusalOn(t, s.Machine, s.Dir, before, size, reasons, err,
		"wallet main: want proof that somebody holds key "+v.Spare.Key.Origin().String()+", found none (KEY-POSSESSION)")

	stranger := signertest.NewHardware(t, "stranger").As(v.Spare.Key.Origin().Fingerprint)
	stranger.Name = v.Spare.Name
	files = append(files, stranger.RecordFile())
	before, size = onDisk(t, s.Dir), s.Machine.State().Size()
	reasons, err = s.Machine.Enroll(v.Session(), bundleOf(t, files), "main")
	wantRefusalOn(t, s.Machine, s.Dir, before, size, reasons, err,
		"wallet main: want proof that somebody holds key "+v.Spare.Key.Origin().String()+", found none (KEY-POSSESSION)")
}

// A policy that calls a signer's own key a hardware wallet's would count it as
// bound by nobody, and its log as nobody's.
func TestOwnKeyUnderAHardwareWalletsName(t *testing.T) {
	v := signertest.Draft(t, signertest.WithPolicy(func(p *policy.Policy) (*policy.Policy, error) {
		w, _ := p.Wallet("main")
		cosigners := append([]policy.Cosigner{}, p.Cosigners...)
		for i := range cosigners {
			if cosigners[i].Name == "signer-a" {
				cosigners[i].Governed, cosigners[i].Name = false, "coldcard-7"
			}
		}
		return p.SetWallet(w, cosigners)
	}))
	s := v.Signer("signer-a")
	s.Trust()
	before, size := onDisk(t, s.Dir), s.Machine.State().Size()
	reasons, err := s.Machine.Enroll(v.Session(), bundleOf(t, v.Founding()), "main")
	wantRefusalOn(t, s.Machine, s.Dir, before, size, reasons, err,
		"wallet main: want this machine's key governed by signer-a, found it under coldcard-7 (POL-WALLET)")
}

// As many hardware wallets as have to sign would move coins without any signer.
func TestHardwareWalletsThatAreEnoughAloneAreNotTrusted(t *testing.T) {
	v := signertest.Draft(t, signertest.WithExternal())
	var lines string
	for _, c := range v.Policy.Cosigners {
		if c.Name == "signer-b" {
			lines = fmt.Sprintf("cosigner main %x governed signer-b", c.Fingerprint)
		}
	}
	b := signertest.Replace(t, v.PolicyText, lines, lines[:len("cosigner main 00000000 ")]+"external ledger-1")
	p, err := policy.Parse(b)
	must(t, err)
	wantReason := "wallet main: want fewer than 2 external cosigners, found 2 (POL-WALLET)"
	for _, r := range quorum.CheckFirst(p) {
		if r.String() == wantReason {
			return
		}
	}
	t.Errorf("want %s, found %v", wantReason, quorum.CheckFirst(p))
}
