package policy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Check returns every ground on which the policy is refused as it stands,
// sorted by code and text; nothing for a policy that may decide. A policy that
// was not parsed, or was changed since, is refused: its bytes are what officers
// sign. While a draft has people to fill in, the seats are not judged.
func (p *Policy) Check() []Reason {
	var f findings
	p.checkForm(&f)
	unfilled := p.Unfilled()
	for _, sentence := range unfilled {
		f.add(CodeUnfilled, "%s", sentence)
	}
	p.checkHead(&f)
	p.checkTwice(&f)
	p.checkReferences(&f)
	p.checkKeys(&f)
	p.checkDevices(&f)
	p.checkWallets(&f)
	p.checkDelays(&f)
	if len(unfilled) == 0 {
		p.checkSeats(&f)
	}
	return f.sorted()
}

// checkForm wants the fields to say what the bytes say.
func (p *Policy) checkForm(f *findings) {
	b, err := write(p)
	switch {
	case err != nil:
		f.add(CodeForm, "policy: %v", err)
	case len(p.bytes) == 0:
		f.add(CodeForm, "policy: want one read from its text, found one without")
	case !bytes.Equal(b, p.bytes):
		f.add(CodeForm, "policy: want the fields that its text says, found others")
	}
}

// checkHead judges version, chain, clock, origin block, annexes and witnesses.
func (p *Policy) checkHead(f *findings) {
	switch {
	case p.Version == 0:
		f.add(CodeVersion, "version: want at least 1, found 0")
	case p.Version == 1 && !p.Previous.IsZero():
		f.add(CodeVersion, "previous: want 64 zeros in version 1, found %s", p.Previous)
	case p.Version > 1 && p.Previous.IsZero():
		f.add(CodeVersion, "previous: want the hash of version %d, found 64 zeros", p.Version-1)
	}
	if p.Clock != ClockFull && p.Clock != ClockTest || p.Network == custody.Mainnet && p.Clock != ClockFull {
		f.add(CodeClock, "clock: want full on %s, found %s", p.Network, p.Clock)
	}
	switch {
	case p.Network == custody.Regtest && p.Version == 1 && p.Origin.Height != 0:
		f.add(CodeClock, "origin-block: want height 0 in version 1 on regtest, found %d", p.Origin.Height)
	case p.Origin.Height%retarget != 0:
		f.add(CodeClock, "origin-block: want a height that %d divides, found %d", retarget, p.Origin.Height)
	}
	if p.Origin.Hash == [32]byte{} || p.Origin.Bits == 0 {
		f.add(CodeClock, "origin-block: want the hash and bits of a block, found zeros")
	}
	for _, a := range p.Annexes {
		if !slices.Contains(annexNames(), a.Name) {
			f.add(CodeAnnex, "annex: want one of %s, found %s", joinIDs(annexNames()), a.Name)
		}
	}
	if p.WitnessNeed > len(p.Witnesses) {
		f.add(CodeWitness, "witness-need: want at most the %d witnesses there are, found %d", len(p.Witnesses), p.WitnessNeed)
	}
}

// annexNames returns the annexes that there are, sorted.
func annexNames() []text.ID { return []text.ID{"backup", "people", "watch", "workstation"} }

// checkKeys wants each signing key once: two lines with one key would let one
// hand fill two seats. It also wants a hardware key wherever a factor asks for
// what only hardware proves.
func (p *Policy) checkKeys(f *findings) {
	owner := make(map[string]text.ID, len(p.Signers))
	for _, s := range p.Signers {
		if first, dup := owner[s.Key.String()]; dup {
			f.add(CodeDupKey, "signer: want each key once, found %s of %s and %s", s.Key.Fingerprint(), first, s.Officer)
			continue
		}
		owner[s.Key.String()] = s.Officer
	}
	for _, x := range p.Factors {
		keys := p.Keys(x.Officer)
		if x.Needs != (sshsig.Factor{}) && len(keys) > 0 && !slices.ContainsFunc(keys, sshsig.Key.Hardware) {
			f.add(CodeFactor, "factor %s: want a hardware key for %s, found none", x.Officer, factorText(x.Needs))
		}
	}
}

// checkDevices wants each log key once, named VAULT/DEVICE.
func (p *Policy) checkDevices(f *findings) {
	most(f, "device: number", uint32(len(p.Devices)), maxDevices)
	keys := make(map[string]text.ID, len(p.Devices))
	for _, d := range p.Devices {
		if want := string(p.Vault) + "/" + string(d.ID); verifierName(d.Verifier) != want {
			f.add(CodeDevice, "device %s: want a log key named %s, found %q", d.ID, want, clip(verifierName(d.Verifier)))
		}
		key := verifierKey(d.Verifier)
		if first, dup := keys[key]; dup {
			f.add(CodeTwice, "device: want a log key of its own for each, found one of %s and %s", first, d.ID)
		}
		keys[key] = d.ID
	}
}

// checkWallets judges each wallet, and how many there are to move to.
func (p *Policy) checkWallets(f *findings) {
	next := 0
	for _, w := range p.Wallets {
		if w.State == Next {
			next++
		}
		p.checkWallet(f, w)
	}
	if next > 1 {
		f.add(CodeWallet, "wallet: want at most 1 in state next, found %d", next)
	}
	p.checkExternals(f)
}

func shortText(short []Short) string {
	parts := make([]string, len(short))
	for i, s := range short {
		parts[i] = fmt.Sprintf("%d of %d seats of %s", s.Have, s.Need, s.Group)
	}
	return strings.Join(parts, ", ")
}

func joinIDs(ids []text.ID) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = string(id)
	}
	return strings.Join(parts, ", ")
}
