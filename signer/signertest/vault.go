package signertest

import (
	"io"
	"math/rand/v2"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// The names of every vault.
const (
	VaultID  text.ID = "acme-treasury"
	WalletID text.ID = "main"
)

// Officer is a person of the vault. The first key is the one they use.
type Officer struct {
	ID   text.ID
	Keys []*Key
}

// Vault is a vault in which everything is set up: the preset team with alice,
// bob (P-256), carol (hardware), dave (two keys) and erin in treasury, frank and
// grace in watch; signers a, b and c, one key each of a 2-of-3 wallet; and the
// destinations exchange-hot (cap 20) and payroll (cap 2).
type Vault struct {
	Assessed  record.Assessed  // how workstations are found in each session
	Integrity record.Integrity // and their files

	Network    custody.Network
	Policy     *policy.Policy
	PolicyText []byte
	Genesis    text.Hash
	Officers   map[text.ID]*Officer
	Signers    []*Signer
	Wallet     *custody.Descriptor
	Next       *custody.Descriptor // nil without WithNext
	Spare      *Hardware           // its third key, and that of Wallet with WithExternal
	Chain      *Chain
	Coins      []custody.Coin // unspent, in the order they came

	t      testing.TB
	rand   io.Reader
	opts   options
	change uint32 // the next index of the change branch
	paid   uint32 // and of the receive branch
}

type options struct {
	fill []func(*policy.Policy) (*policy.Policy, error)
	edit []func(testing.TB, []byte) []byte
	next bool

	external bool

	shares      bool // split keys for real
	imported    bool // signer-a's key
	workstation *policy.Workstation
	annexes     []namedAnnex
}

// Option changes how a vault is set up.
type Option func(*options)

// WithPolicy changes the filled policy before anybody consents to it.
func WithPolicy(change func(*policy.Policy) (*policy.Policy, error)) Option {
	return func(o *options) { o.fill = append(o.fill, change) }
}

// WithLine puts new in the place of old, which stands in the policy's text
// once, before anybody consents to it.
func WithLine(old, new string) Option {
	return func(o *options) {
		o.edit = append(o.edit, func(t testing.TB, b []byte) []byte { return Replace(t, b, old, new) })
	}
}

// WithExternal makes the wallet of the keys of signer-a, signer-b and a hardware
// wallet, Spare. Then signer-c has a key that is in no wallet.
func WithExternal() Option { return func(o *options) { o.external = true } }

// New sets a vault up.
func New(t testing.TB, opts ...Option) *Vault {
	t.Helper()
	v := Draft(t, opts...)
	for _, s := range v.Signers {
		s.Trust()
		s.Enroll()
	}
	return v
}

// Draft sets a vault up to where its policy is written and consented to, its
// wallet's keys are made, and no signer trusts anything yet.
func Draft(t testing.TB, opts ...Option) *Vault {
	t.Helper()
	v := &Vault{Network: custody.Regtest, Officers: map[text.ID]*Officer{}, Chain: NewChain(t, 10),
		t: t, rand: rand.NewChaCha8([32]byte{'s', 'e', 'e', 'd'})}
	for _, o := range opts {
		o(&v.opts)
	}
	v.hire()
	for _, id := range []text.ID{"signer-a", "signer-b", "signer-c"} {
		v.Signers = append(v.Signers, v.newSigner(id))
	}
	v.makeWallet()
	v.write(v.fill())
	return v
}

// In returns the same vault for a subtest, whose failures are then its own.
func (v *Vault) In(t testing.TB) *Vault {
	w := *v
	w.t = t
	return &w
}

// Signer returns a signer by its name.
func (v *Vault) Signer(id text.ID) *Signer {
	v.t.Helper()
	for _, s := range v.Signers {
		if s.ID == id {
			return s
		}
	}
	v.t.Fatalf("signertest: want signer-a, signer-b or signer-c, found %s", id)
	return nil
}

// World returns what a signer knows, with the newest headers.
func (v *Vault) World(s *Signer) quorum.World {
	w := s.Machine.World()
	w.Chain = v.Chain.Headers
	return w
}

// Session returns what a record says about a visit.
func (v *Vault) Session(operators ...text.ID) signer.Session {
	s := signer.Session{Binary: text.Identity([]byte("strongroom-signer")), RTC: "2026-11-21T09:30:00Z", Operators: operators, Assessed: v.Assessed, Integrity: v.Integrity}
	v.read(s.ID[:])
	return s
}

func (v *Vault) read(b []byte) {
	if _, err := io.ReadFull(v.rand, b); err != nil {
		v.t.Fatal(err)
	}
}

func (v *Vault) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

// hire makes the officers' keys.
func (v *Vault) hire() {
	for _, id := range officers() {
		kind := sshsig.Ed25519
		switch id {
		case "bob":
			kind = sshsig.ECDSAP256
		case "carol":
			kind = sshsig.SKEd25519
		}
		o := &Officer{ID: id, Keys: []*Key{NewKey(v.t, kind, string(id))}}
		if id == "dave" {
			o.Keys = append(o.Keys, NewKey(v.t, kind, "dave's second"))
		}
		v.Officers[id] = o
	}
}

func officers() []text.ID {
	return []text.ID{"alice", "bob", "carol", "dave", "erin", "frank", "grace"}
}

// Hire makes a key for somebody who is not in the policy yet.
func (v *Vault) Hire(id text.ID) {
	v.Officers[id] = &Officer{ID: id, Keys: []*Key{NewKey(v.t, sshsig.Ed25519, string(id))}}
}
