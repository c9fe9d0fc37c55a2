package signertest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

const coin custody.Amount = 1_0000_0000

// fill returns the preset with everybody and everything in it.
func (v *Vault) fill() *policy.Policy {
	o := v.Chain.Headers.Origin()
	p, err := policy.Draft(policy.Team, VaultID, v.Network, policy.OriginBlock{Height: o.Height, Hash: o.Hash, Bits: o.Bits})
	v.must(err)
	next := func(q *policy.Policy, err error) { v.t.Helper(); v.must(err); p = q }
	for _, id := range officers() {
		org, groups := text.ID("acme-ops"), []text.ID{"treasury"}
		switch id {
		case "carol", "dave", "erin":
			groups = []text.ID{"recovery", "treasury"}
		case "frank":
			org, groups = "audit-llp", []text.ID{"watch"}
		case "grace":
			org, groups = "law-firm", []text.ID{"watch"}
		}
		next(p.AddOfficer(id, org, strings.ToUpper(string(id[:1]))+string(id[1:])+" Example", v.keys(id), groups...))
	}
	next(p.SetFactor("carol", sshsig.Factor{Presence: true, Verification: true, Bound: true}))
	next(p.SetDevices(v.devices()))
	w := policy.Wallet{ID: WalletID, State: policy.Active, Descriptor: v.Wallet.Hash(), M: v.Wallet.M(), N: v.Wallet.N()}
	cosigners := v.cosigners()
	if v.opts.external {
		_, cosigners, _ = v.WithHardware(v.Spare)
	}
	next(p.SetWallet(w, cosigners))
	next(p.AddDestination(policy.Destination{Label: "exchange-hot", Address: Address(v.t, "exchange-hot"), Cap: 20 * coin, Window: 1008}))
	next(p.AddDestination(policy.Destination{Label: "payroll", Address: Address(v.t, "payroll"), Cap: 2 * coin, Window: 4320}))
	if v.opts.next {
		next(v.addNext(p))
	}
	next(v.withAnnexes(p))
	for _, change := range v.opts.fill {
		next(change(p))
	}
	return p
}

// write fixes the policy's text, its hash and what it says.
func (v *Vault) write(p *policy.Policy) {
	v.PolicyText = p.Bytes()
	for _, edit := range v.opts.edit {
		v.PolicyText = edit(v.t, v.PolicyText)
	}
	v.Genesis = text.Identity(v.PolicyText)
	var err error
	v.Policy, err = policy.Parse(v.PolicyText)
	v.must(err)
}

func (v *Vault) keys(id text.ID) (keys []sshsig.Key) {
	for _, k := range v.Officers[id].Keys {
		keys = append(keys, k.Key())
	}
	return keys
}

func (v *Vault) devices() (list []policy.Device) {
	for _, s := range v.Signers {
		list = append(list, policy.Device{ID: s.ID, Verifier: s.Machine.Verifier().String()})
	}
	return list
}

func (v *Vault) cosigners() (list []policy.Cosigner) {
	for _, s := range v.Signers {
		list = append(list, policy.Cosigner{Fingerprint: s.Record.Key.Origin().Fingerprint, Governed: true, Name: s.ID})
	}
	return list
}

func (v *Vault) makeWallet() {
	var keys []custody.AccountKey
	for _, s := range v.Signers {
		keys = append(keys, s.Record.Key)
	}
	if v.opts.external {
		v.Spare = NewHardware(v.t, "coldcard-7")
		keys[2] = v.Spare.Key
	}
	var err error
	v.Wallet, err = custody.NewSortedMulti(v.Network, 2, keys)
	v.must(err)
}

// Founding returns the files that a signer needs to trust the policy and to
// enroll the wallet: the policy with everybody's consent, the descriptor and
// the keys' proofs of possession.
func (v *Vault) Founding() []quorum.File {
	v.t.Helper()
	files := []quorum.File{{Name: quorum.PolicyName(1) + ".txt", Bytes: v.PolicyText}, DescriptorFile(v.Wallet)}
	if v.Next != nil {
		files = append(files, DescriptorFile(v.Next))
	}
	files = append(files, v.annexFiles()...)
	for _, s := range v.Signers {
		name := fmt.Sprintf("keyrecord-%x.txt", s.Record.Key.Origin().Fingerprint)
		files = append(files, quorum.File{Name: name, Bytes: s.Record.Bytes()})
	}
	if v.Spare != nil {
		files = append(files, v.Spare.RecordFile())
	}
	for _, id := range officers() {
		files = append(files, SignatureFile(v.Sign(id, quorum.Consent, v.PolicyText)))
	}
	return files
}

// DescriptorFile returns a descriptor as a bundle carries it.
func DescriptorFile(d *custody.Descriptor) quorum.File {
	return quorum.File{Name: "descriptor-" + text.Identity(d.File()).Short() + ".txt", Bytes: d.File()}
}

// SignatureFile returns a signature as a bundle carries it.
func SignatureFile(s quorum.SignatureFile) quorum.File {
	return quorum.File{Name: s.Name(), Bytes: s.Bytes}
}

// Address returns a stranger's regtest address, the same one for the same name.
func Address(t testing.TB, name string) custody.Address {
	t.Helper()
	sum := sha256.Sum256([]byte(name))
	a, ok := custody.AddressOf(custody.Regtest, append([]byte{0, 20}, sum[:20]...))
	if !ok {
		t.Fatal("signertest: want an address of a witness program, found none")
	}
	return a
}

// Stranger returns a 2-of-3 wallet whose keys nobody here holds, the same one
// for the same name.
func Stranger(t testing.TB, name string) *custody.Descriptor {
	t.Helper()
	var keys []custody.AccountKey
	for i := range 3 {
		keys = append(keys, NewHardware(t, fmt.Sprintf("%s %d", name, i)).Key)
	}
	d, err := custody.NewSortedMulti(custody.Regtest, 2, keys)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Replace returns a text with new in the place of old, which must stand in it
// once.
func Replace(t testing.TB, b []byte, old, new string) []byte {
	t.Helper()
	if n := bytes.Count(b, []byte(old)); n != 1 {
		t.Fatalf("signertest: want %q once in the text, found it %d times", old, n)
	}
	return bytes.Replace(b, []byte(old), []byte(new), 1)
}

// Without returns files less those of the names given.
func Without(files []quorum.File, names ...string) []quorum.File {
	return slices.DeleteFunc(slices.Clone(files), func(f quorum.File) bool { return slices.Contains(names, f.Name) })
}
