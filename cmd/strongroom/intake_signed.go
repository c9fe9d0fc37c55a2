package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/media"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// takeSignature takes in an officer's signature. It does not say what it is on:
// the act is in its namespace, and of the registry's texts that the act is done
// to it is the one that verifies.
func (in *intake) takeSignature(a *arrival) error {
	sig, err := sshsig.Parse(a.bytes)
	if err != nil {
		r := quorum.ReasonOf(err, quorum.SigArmor)
		if r.Code == quorum.SigArmor || r.Code == quorum.SigNoncanon {
			r.Text += "; signatures made by other tools than ssh-keygen are wrapped differently and have to be made by ssh-keygen"
		}
		a.why = append(a.why, r)
		return nil
	}
	if sig.Namespace() == ceremonyNamespace() {
		return in.takeCeremonySignature(a, sig)
	}
	if sig.Namespace() == media.Namespace() {
		return in.takeMediaSignature(a, sig)
	}
	if sig.Namespace() == buildNamespace() {
		return in.takeBuildSignature(a, sig)
	}
	act, ok := actIn(sig.Namespace())
	if !ok {
		a.refused(quorum.SigNamespace, "signature: want the namespace of an act, such as %s, found %q", quorum.Approve.Namespace(), sig.Namespace())
		return nil
	}
	texts, err := in.allTexts()
	if err != nil {
		return err
	}
	for h, b := range texts {
		if t, _ := text.TypeOf(b); t != signedType(act) {
			continue
		}
		if _, err := sig.Verify(sig.Key(), act.Namespace(), b, sshsig.Factor{}); err != nil {
			continue // the signature of another text
		}
		rosters, err := in.rosters(act, b)
		if err != nil {
			return err
		}
		if len(rosters) == 0 {
			continue
		}
		return in.keepSignature(a, sig, act, rosters, h, b)
	}
	a.refused(quorum.SigBad, "signature: want one to %s a text of the registry, found none that it signs", act)
	return nil
}

// rosters returns the policies by whose rosters a signature may be read, in the
// order in which they are asked: a consent by the policy that it is on; what stops
// something, and clearances, by the one in force; any other proposal by the one
// that it names, and then by the one in force.
func (in *intake) rosters(act quorum.Act, message []byte) ([]*policy.Policy, error) {
	if act == quorum.Consent {
		if p, err := policy.Parse(message); err == nil {
			return []*policy.Policy{p}, nil
		}
		return nil, nil
	}
	if in.policy == nil {
		return nil, nil
	}
	v, err := in.view()
	if err != nil {
		return nil, err
	}
	if p, err := quorum.ParseProposal(message); err != nil || p.Kind().Brake() {
		return []*policy.Policy{v.policy}, nil
	}
	all := v.rosters(message)
	slices.Reverse(all)
	return all, nil
}

// keepSignature stores a signature whose text is found, if it is by an officer
// and shows what the policy asks of that officer's key.
func (in *intake) keepSignature(a *arrival, sig *sshsig.Signature, act quorum.Act, rosters []*policy.Policy, on text.Hash, message []byte) error {
	i := slices.IndexFunc(rosters, func(p *policy.Policy) bool {
		_, ok := p.OfficerOf(sig.Key())
		return ok
	})
	if i < 0 {
		a.refused(quorum.SigUnknown, "signature on %s: want a key that policy %d lists, found %s", on.Short(), rosters[0].Version, sig.Key().Fingerprint())
		return nil
	}
	p := rosters[i]
	officer, _ := p.OfficerOf(sig.Key())
	if _, err := sig.Verify(sig.Key(), act.Namespace(), message, p.FactorOf(officer)); err != nil {
		a.why = append(a.why, quorum.ReasonOf(err, quorum.SigBad))
		return nil
	}
	if _, err := in.desk.reg.PutSignature(on, a.bytes); err != nil {
		return err
	}
	a.accept("%s by %s on %s", act, officer, on)
	return nil
}

// actIn returns the act whose namespace it is.
func actIn(namespace string) (quorum.Act, bool) {
	name, _, _ := strings.Cut(namespace, ".")
	act, err := quorum.ParseAct(name)
	return act, err == nil && act.Namespace() == namespace
}

// signedType returns the type of the texts that an act is done to.
func signedType(act quorum.Act) text.Type {
	switch act {
	case quorum.Consent:
		return text.Policy
	case quorum.Clear:
		return text.Clearance
	case quorum.Certify:
		return text.Certificate
	case quorum.Manifest:
		return text.Manifest
	}
	return text.Proposal
}

// takePSBT takes in a signer's answer: a transaction that this desk built for a
// proposal, with at least one good signature.
func (in *intake) takePSBT(a *arrival) error {
	packet, err := custody.DecodePSBT(bytes.Clone(a.bytes))
	if err != nil {
		a.refused(quorum.TxForm, "%v", err)
		return nil
	}
	if in.policy == nil {
		a.refused(quorum.PolBehind, "transaction: want a finished policy to read it by, found only a draft")
		return nil
	}
	if unsigned(packet) {
		a.said = fmt.Sprintf("transaction %s, which nobody has signed: not needed here, left out", packet.TxID())
		return nil
	}
	v, err := in.view()
	if err != nil {
		return err
	}
	proposals, err := in.proposalsOf(packet)
	if err != nil {
		return err
	}
	if len(proposals) == 0 {
		a.refused(quorum.TxForm, "transaction %s: want one that this desk built for a proposal, found another", packet.TxID())
		return nil
	}
	for _, p := range proposals {
		desc, err := in.desk.wallet(v.policy, p.Wallet)
		if err != nil {
			return err
		}
		whole, b := in.filled(p, packet, binary(a.bytes, packet), desc)
		names, why := in.signersOf(whole, p.Wallet, desc)
		if why != nil {
			a.why = append(a.why, *why)
			return nil
		}
		if _, err := in.desk.reg.PutPSBT(p.ID(), b); err != nil {
			return err
		}
		a.accept("transaction %s of proposal %s, signed by %s", packet.TxID(), p.ID(), strings.Join(names, ", "))
	}
	return nil
}

// filled returns a packet with what a hardware wallet left out of it, taken from the
// one that was built for the proposal: some give back signatures and little else.
// One that tells all by itself stays as it is, to the byte.
func (in *intake) filled(p *quorum.Proposal, packet *custody.PSBT, b []byte, desc *custody.Descriptor) (*custody.PSBT, []byte) {
	if _, err := packet.OwnInputs(desc, 1); err == nil {
		return packet, b
	}
	stored, err := in.desk.reg.PSBTs(p.ID())
	if err != nil {
		return packet, b
	}
	for _, s := range stored {
		built, err := custody.ParsePSBT(s.Bytes)
		if err != nil || signed(built) || built.TxID() != packet.TxID() {
			continue
		}
		if whole, err := custody.Combine(built, packet); err == nil {
			return whole, whole.Bytes()
		}
	}
	return packet, b
}

// unsigned says whether nobody has signed any input. A bundle for a signer holds
// such a packet.
func unsigned(p *custody.PSBT) bool {
	for i := range p.Inputs {
		if len(p.Inputs[i].PartialSigs) > 0 || p.Inputs[i].FinalScriptWitness != nil {
			return false
		}
	}
	return true
}

// binary returns a packet's own bytes, which a signer's log names by their hash,
// or those of its binary form if it came in base64.
func binary(b []byte, p *custody.PSBT) []byte {
	if bytes.HasPrefix(b, []byte("psbt\xff")) {
		return b
	}
	return p.Bytes()
}

// proposalsOf returns the proposals that the desk built a transaction for. It
// reads no packet but those that stand under a proposal's name.
func (in *intake) proposalsOf(packet *custody.PSBT) ([]*quorum.Proposal, error) {
	texts, err := in.allTexts()
	if err != nil {
		return nil, err
	}
	var out []*quorum.Proposal
	for h, b := range texts {
		if t, _ := text.TypeOf(b); t != text.Proposal {
			continue
		}
		stored, err := in.desk.reg.PSBTs(h)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, s := range stored {
			built, err := custody.ParsePSBT(s.Bytes)
			if err != nil || built.TxID() != packet.TxID() {
				continue
			}
			p, err := quorum.ParseProposal(b)
			if err != nil {
				return nil, fmt.Errorf("proposal %s: %w", h.Short(), err)
			}
			out = append(out, p)
			break
		}
	}
	return out, nil
}

// signersOf names the cosigners who have signed every input, all of whose
// signatures are good.
func (in *intake) signersOf(packet *custody.PSBT, wallet text.ID, desc *custody.Descriptor) ([]string, *quorum.Reason) {
	refused := func(format string, args ...any) ([]string, *quorum.Reason) {
		r := quorum.Because(quorum.TxForm, format, args...)
		return nil, &r
	}
	signed, err := custody.SignedBy(packet, desc)
	if err != nil {
		return refused("transaction %s: %v", packet.TxID(), err)
	}
	var names []string
	for k, key := range desc.Keys() {
		inputs := 0
		for _, keys := range signed {
			for _, x := range keys {
				if x == k {
					inputs++
				}
			}
		}
		switch inputs {
		case 0:
		case len(signed):
			names = append(names, cosignerName(in.known.policy, wallet, key.Origin().Fingerprint))
		default:
			return refused("transaction %s: want every input signed by key %x, found %d of %d", packet.TxID(), key.Origin().Fingerprint, inputs, len(signed))
		}
	}
	return names, nil
}

// cosignerName names who holds a wallet's key.
func cosignerName(p *policy.Policy, wallet text.ID, fingerprint [4]byte) string {
	for _, c := range p.Cosigners {
		if c.Wallet == wallet && c.Fingerprint == fingerprint {
			return string(c.Name)
		}
	}
	return fmt.Sprintf("key %x", fingerprint)
}
