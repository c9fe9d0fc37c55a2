package main

import (
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// typedDigits is how many hex digits of an id a person types to confirm it.
const typedDigits = 8

// confirmID asks for the first digits of a text's id.
func (d *desk) confirmID(fd int, id text.Hash) error {
	return d.world.Confirm(fd, "type the first 8 digits of the id to sign it", id.String()[:typedDigits])
}

// sign signs a text for an act, and stores the signature once it is good enough
// for the policy: a key without the factors that the officer's line asks for is
// found out here and not at the signers.
func (d *desk) sign(p *policy.Policy, s sshsig.Signer, officer text.ID, act quorum.Act, message []byte) error {
	return d.signAs(p, s, officer, act.Namespace(), message)
}

// signAs is sign for what has a namespace and is no act of the policy.
func (d *desk) signAs(p *policy.Policy, s sshsig.Signer, officer text.ID, namespace string, message []byte) error {
	armored, err := sshsig.Sign(s, namespace, message)
	if err != nil {
		return err
	}
	sig, err := sshsig.Parse(armored)
	if err == nil {
		_, err = sig.Verify(s.Key(), namespace, message, p.FactorOf(officer))
	}
	if err != nil {
		return refusal([]quorum.Reason{quorum.ReasonOf(err, quorum.SigBad)})
	}
	_, err = d.reg.PutSignature(text.Identity(message), armored)
	return err
}
