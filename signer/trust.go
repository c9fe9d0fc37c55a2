package signer

import (
	"slices"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Trust makes a first policy this machine's own. Every officer's consent must
// be in the bundle, the policy must name this machine as one of its signers,
// and typed must be the policy's whole hash: a person read it, having compared
// it with the officers. A refusal is recorded and changes nothing else.
func (m *Machine) Trust(s Session, b *quorum.Bundle, typed string) ([]quorum.Reason, error) {
	if _, ok := m.state.Genesis(); ok {
		return m.refuse(s, text.Hash{}, quorum.Because(quorum.PolGenesis, "trust: want a machine that trusts no vault yet, found one that does"))
	}
	policyText, ok := b.Policies[1]
	if !ok {
		return m.refuse(s, text.Hash{}, quorum.Because(quorum.PolVersion, "trust: want %s.txt in the folder, found none", quorum.PolicyName(1)))
	}
	id := text.Identity(policyText)
	charter, reasons := quorum.Found(policyText, b.SignaturesOn(quorum.PolicyName(1)), b.Annexes)
	if len(reasons) > 0 {
		return m.refuse(s, id, reasons...)
	}
	if reasons := m.checkCharter(charter, b, typed); len(reasons) > 0 {
		return m.refuse(s, id, reasons...)
	}
	if err := m.dir.WriteFile(quorum.PolicyName(1)+".txt", policyText); err != nil {
		return nil, err
	}
	if err := m.keepConsents(b); err != nil {
		return nil, err
	}
	if err := m.keepAnnexes(charter.Policy(), b.Annexes); err != nil {
		return nil, err
	}
	if err := m.write(s, record.Genesis{Vault: m.setup.Vault, Network: m.setup.Network, Policy: id, Signers: charter.Consents()}); err != nil {
		return nil, err
	}
	return nil, m.loadPolicy()
}

// checkCharter asks whether the policy is meant for this machine and whether
// the person at it means this policy.
func (m *Machine) checkCharter(c *quorum.Charter, b *quorum.Bundle, typed string) []quorum.Reason {
	var reasons []quorum.Reason
	p := c.Policy()
	if typed != c.Genesis().String() {
		reasons = append(reasons, quorum.Because(quorum.PolGenesis, "trust: want the policy's hash typed in full, found other characters"))
	}
	if p.Vault != m.setup.Vault {
		reasons = append(reasons, quorum.Because(quorum.TextVault, "vault: want %s, found %s", m.setup.Vault, p.Vault))
	}
	if p.Network != m.setup.Network {
		reasons = append(reasons, quorum.Because(quorum.TextChain, "chain: want %s, found %s", m.setup.Network, p.Network))
	}
	if d, ok := newestIn(b, p).Device(m.setup.Device); !ok || d.Verifier != m.Verifier().String() {
		reasons = append(reasons, quorum.Because(quorum.PolDevice, "device: want the line of %s with this machine's log key, found none", m.setup.Device))
	}
	return quorum.SortReasons(reasons)
}

// newestIn returns the newest policy of a folder: a machine that joins a vault
// later stands in a later version. That the versions between follow each other
// is judged when they are adopted, one by one.
func newestIn(b *quorum.Bundle, first *policy.Policy) *policy.Policy {
	newest := first
	for _, raw := range b.Policies {
		if p, err := policy.Parse(raw); err == nil && p.Version > newest.Version {
			newest = p
		}
	}
	return newest
}

func annexFile(a policy.Annex) string {
	return "annex-" + string(a.Name) + "-" + a.Hash.Short() + ".txt"
}

// keepAnnexes writes the annexes that a policy names.
func (m *Machine) keepAnnexes(p *policy.Policy, texts [][]byte) error {
	for _, a := range p.Annexes {
		for _, b := range texts {
			if text.Identity(b) != a.Hash {
				continue
			}
			if err := m.dir.WriteFile(annexFile(a), b); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Machine) keepConsents(b *quorum.Bundle) error {
	for _, f := range b.SignaturesOn(quorum.PolicyName(1)) {
		if err := m.dir.WriteFile(f.Name(), f.Bytes); err != nil {
			return err
		}
	}
	return nil
}

// Enroll takes a wallet that the policy names. Its descriptor must have the
// hash that the policy gives, hold this machine's key, and every one of its keys
// must come with a proof that somebody holds it (BIP-129). A wallet in state next
// of which the policy gives this machine no key is taken without one: this
// machine can then send coins there, and sign nothing that spends them.
func (m *Machine) Enroll(s Session, b *quorum.Bundle, wallet text.ID) ([]quorum.Reason, error) {
	if m.head() == nil {
		return m.refuse(s, text.Hash{}, quorum.Because(quorum.PolNoWallet, "enroll: want a trusted policy first, found none"))
	}
	w, ok := m.head().Wallet(wallet)
	if !ok {
		return m.refuse(s, text.Hash{}, quorum.Because(quorum.PolNoWallet, "enroll: want a wallet of the policy, found %s", wallet))
	}
	if _, ok := m.state.Wallet(wallet); ok {
		return m.refuse(s, w.Descriptor, quorum.Because(quorum.PolNoWallet, "enroll: want a wallet that is not enrolled yet, found %s", wallet))
	}
	d, reasons := m.findDescriptor(b, w.Descriptor)
	if len(reasons) > 0 {
		return m.refuse(s, w.Descriptor, reasons...)
	}
	var mine custody.KeyRecord
	if m.head().Cosigns(wallet, m.setup.Device) || w.State != policy.Next {
		var err error
		if mine, err = m.KeyRecord(); err != nil {
			return nil, err
		}
	}
	if reasons := m.checkWallet(d, b, wallet, mine); len(reasons) > 0 {
		return m.refuse(s, w.Descriptor, reasons...)
	}
	if err := m.dir.WriteFile(walletFile(wallet), d.File()); err != nil {
		return nil, err
	}
	enrolled := record.Enrolled{Wallet: wallet, Descriptor: w.Descriptor, Fingerprint: mine.Key.Origin().Fingerprint} // zeros for no key
	if err := m.write(s, enrolled); err != nil {
		return nil, err
	}
	m.wallets[wallet] = d
	return nil, nil
}

func (m *Machine) findDescriptor(b *quorum.Bundle, want text.Hash) (*custody.Descriptor, []quorum.Reason) {
	i := slices.IndexFunc(b.Descriptors, func(f []byte) bool { return text.Identity(f) == want })
	if i < 0 {
		return nil, []quorum.Reason{quorum.Because(quorum.PolNoWallet, "enroll: want the descriptor with the policy's hash %s, found none in the folder", want)}
	}
	d, err := custody.ParseDescriptorFile(m.setup.Network, b.Descriptors[i])
	if err != nil {
		return nil, []quorum.Reason{quorum.Because(quorum.PolNoWallet, "enroll: %v", err)}
	}
	return d, nil
}

// checkWallet compares the descriptor with the policy, this machine's key and
// the possession proofs. Keys are compared by what they are, public key and
// chain code, never by how they are written.
func (m *Machine) checkWallet(d *custody.Descriptor, b *quorum.Bundle, wallet text.ID, mine custody.KeyRecord) []quorum.Reason {
	var reasons []quorum.Reason
	w, _ := m.head().Wallet(wallet)
	if d.M() != w.M || d.N() != w.N {
		reasons = append(reasons, quorum.Because(quorum.PolWallet, "wallet %s: want %d of %d keys, as the policy says, found %d of %d", wallet, w.M, w.N, d.M(), d.N()))
	}
	if _, ok := d.KeyIndex(mine.Key); !ok && (m.head().Cosigns(wallet, m.setup.Device) || w.State != policy.Next) {
		reasons = append(reasons, quorum.Because(quorum.KeyNotOurs, "wallet %s: want this machine's own key among its keys, found it missing", wallet))
	}
	records, bad := m.keyRecords(b)
	reasons = append(reasons, bad...)
	for _, k := range d.Keys() {
		proven := slices.ContainsFunc(records, func(r custody.KeyRecord) bool { return r.Key.SameMaterial(k) && r.Key.Origin().Equal(k.Origin()) })
		if !proven {
			reasons = append(reasons, quorum.Because(quorum.KeyPossess, "wallet %s: want proof that somebody holds key %s, found none", wallet, k.Origin()))
		}
	}
	reasons = append(reasons, m.checkGovernor(wallet, mine)...)
	return quorum.SortReasons(append(reasons, m.checkCosigners(d, wallet)...))
}

func (m *Machine) keyRecords(b *quorum.Bundle) (records []custody.KeyRecord, reasons []quorum.Reason) {
	for _, f := range b.KeyRecords {
		r, err := custody.ParseKeyRecord(m.setup.Network, f)
		if err == nil {
			err = r.Verify()
		}
		if err != nil {
			reasons = append(reasons, quorum.Because(quorum.KeyPossess, "key record: %v", err))
			continue
		}
		records = append(records, r)
	}
	return records, reasons
}

// checkGovernor holds the line of this machine's key against the machine's name:
// what the policy counts as governed by one signer must not lie in another.
func (m *Machine) checkGovernor(wallet text.ID, mine custody.KeyRecord) []quorum.Reason {
	for _, c := range m.head().Cosigners {
		if c.Wallet == wallet && c.Fingerprint == mine.Key.Origin().Fingerprint && c.Name != m.setup.Device {
			return []quorum.Reason{quorum.Because(quorum.PolWallet, "wallet %s: want this machine's key governed by %s, found it under %s", wallet, m.setup.Device, c.Name)}
		}
	}
	return nil
}

// checkCosigners compares the policy's cosigner lines with the wallet's keys:
// one line a key, by its master fingerprint.
func (m *Machine) checkCosigners(d *custody.Descriptor, wallet text.ID) []quorum.Reason {
	var listed, held [][4]byte
	for _, c := range m.head().Cosigners {
		if c.Wallet == wallet {
			listed = append(listed, c.Fingerprint)
		}
	}
	for _, k := range d.Keys() {
		held = append(held, k.Origin().Fingerprint)
	}
	byBytes := func(a, b [4]byte) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(listed, byBytes)
	slices.SortFunc(held, byBytes)
	if slices.Equal(listed, held) {
		return nil
	}
	return []quorum.Reason{quorum.Because(quorum.PolWallet, "wallet %s: want one cosigner line a key, found %x for keys %x", wallet, listed, held)}
}

// refuse records a refusal and returns its reasons.
func (m *Machine) refuse(s Session, id text.Hash, reasons ...quorum.Reason) ([]quorum.Reason, error) {
	reasons = quorum.SortReasons(reasons)
	return reasons, m.write(s, record.Refused{ID: id, Codes: quorum.Codes(reasons)})
}
