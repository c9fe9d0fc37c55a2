package signertest

import (
	"io"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/slip39"
)

// Passphrase opens every share that a vault with shares has sealed.
const Passphrase = "correct horse battery staple lunar velvet anchor"

// WithShares splits every key for real: 2 of 3 shares, sealed to Passphrase,
// with an annex workstation that allows that and allows holders to open a key
// without a witness. It takes a while; without it shares are recorded only.
func WithShares(more ...policy.Allowance) Option {
	return func(o *options) {
		o.shares = true
		w := policy.Workstation{Vault: VaultID, Allows: append(more, policy.AllowFiles, policy.AllowUnwitnessed)}
		o.workstation = &w
	}
}

// WithStrictShares is WithShares in a vault that allows nothing else.
func WithStrictShares(only ...policy.Allowance) Option {
	return func(o *options) {
		o.shares = true
		if len(only) > 0 {
			o.workstation = &policy.Workstation{Vault: VaultID, Allows: only}
		}
	}
}

// WithWitnesses is WithShares in a vault that does want a witness.
func WithWitnesses(more ...policy.Allowance) Option {
	return func(o *options) {
		o.shares = true
		o.workstation = &policy.Workstation{Vault: VaultID, Allows: append(more, policy.AllowFiles)}
	}
}

// WithImported makes signer-a's key one that was brought from elsewhere.
func WithImported() Option { return func(o *options) { o.imported = true } }

// Holders returns who holds the shares of a signer's key: nobody holds shares of
// two.
func Holders(id text.ID) []text.ID {
	all := map[text.ID][]text.ID{
		"signer-a": {"anna", "bert", "cleo"}, "signer-b": {"dora", "emil", "fay"}, "signer-c": {"gus", "hana", "ivo"},
	}
	if who, ok := all[id]; ok {
		return who
	}
	return []text.ID{id + "-x", id + "-y", id + "-z"}
}

// WalletKey is a wallet key as its ceremony leaves it.
type WalletKey struct {
	signer.NewKey
	Raw   [32]byte // what the seed is made of
	Seed  *keystore.Seed
	Words map[text.ID][]byte // of its shares by holder, where they are split for real
}

// MakeWalletKey makes a key for a machine from 32 bytes of rand. Its shares are
// split and sealed to Passphrase, or only named.
func MakeWalletKey(t testing.TB, m *signer.Machine, rand io.Reader, split bool) WalletKey {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var k WalletKey
	_, err := io.ReadFull(rand, k.Raw[:])
	must(err)
	k.Seed, err = keystore.NewSeed(k.Raw[:])
	must(err)
	a, err := m.Account(k.Seed)
	must(err)
	defer a.Wipe()
	r, err := a.KeyRecord(m.Setup().Origin())
	must(err)
	k.NewKey = newKey(m.Setup().Device, r)
	if split {
		k.split(must, rand)
	}
	return k
}

// newKey names the shares of a key.
func newKey(id text.ID, r custody.KeyRecord) signer.NewKey {
	transcript := []byte("a ceremony\n")
	k := signer.NewKey{
		Record: r, Entropy: "a test", Transcript: transcript,
		Shares: record.Shares{Ceremony: record.CeremonyMake, Plan: text.Identity([]byte("a plan\n")), Transcript: text.Identity(transcript), Fingerprint: r.Key.Origin().Fingerprint, Generation: 1, Groups: 1, Sites: []record.ShareGroup{{Need: 2, Site: "north"}}},
	}
	for i, h := range Holders(id) {
		k.Shares.Shares = append(k.Shares.Shares, record.Share{Group: 1, Number: i + 1, Holder: h, Seal: record.SealHardware,
			Commitment: text.Identity([]byte(h))})
	}
	return k
}

// split splits the seed and seals each share to Passphrase.
func (k *WalletKey) split(must func(error), rand io.Reader) {
	groups, err := k.Seed.Split(slip39.Scheme{Extendable: true, Exponent: keystore.ShareExponent, GroupThreshold: 1, Groups: []slip39.Group{{Threshold: 2, Count: 3}}}, rand)
	must(err)
	to, err := keystore.ParseRecipient(keystore.SealPassphrase)
	must(err)
	k.Sealed, k.Words = signer.Sealed{}, map[text.ID][]byte{}
	for i, share := range groups[0] {
		words, err := share.Words()
		must(err)
		file, err := keystore.SealShare(words, to, []byte(Passphrase), workFactor)
		must(err)
		of := &k.Shares.Shares[i]
		of.Seal, of.Commitment = record.SealPassphrase, text.Hash(keystore.CommitShare(words))
		k.Sealed[of.Holder], k.Words[of.Holder] = file, words
	}
}

// WithAnnex has the first policy name an annex, with this text.
func WithAnnex(name text.ID, b []byte) Option {
	return func(o *options) { o.annexes = append(o.annexes, namedAnnex{name, b}) }
}

// namedAnnex is an annex and the name that the policy gives it.
type namedAnnex struct {
	name text.ID
	b    []byte
}

// annexes returns the annexes that the vault's policy names.
func (v *Vault) annexes() []namedAnnex {
	if v.opts.workstation == nil {
		return v.opts.annexes
	}
	b, err := policy.RenderWorkstation(*v.opts.workstation)
	v.must(err)
	return append(v.opts.annexes[:len(v.opts.annexes):len(v.opts.annexes)], namedAnnex{"workstation", b})
}

// annexFiles returns the annexes as a bundle carries them.
func (v *Vault) annexFiles() (files []quorum.File) {
	for _, a := range v.annexes() {
		files = append(files, quorum.File{Name: "annex-" + string(a.name) + "-" + text.Identity(a.b).Short() + ".txt", Bytes: a.b})
	}
	return files
}

// withAnnexes names them.
func (v *Vault) withAnnexes(p *policy.Policy) (*policy.Policy, error) {
	for _, a := range v.annexes() {
		next, err := p.SetAnnex(policy.Annex{Name: a.name, Hash: text.Identity(a.b)})
		if err != nil {
			return nil, err
		}
		p = next
	}
	return p, nil
}
