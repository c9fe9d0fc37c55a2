package keystore

import (
	"fmt"
	"io"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"strongroom/custody"
)

// Account is one unlocked account of BIP-48 for P2WSH multisig: it signs for
// every script of its two branches, and for nothing else. It prints as
// "account(...)" in every form, and nothing private from inside another value. The zero
// value, and a wiped account, sign nothing.
type Account struct {
	key    custody.AccountKey
	secret hidden[accountSecret]
}

// accountSecret is what Wipe overwrites. Each branch is derived once.
type accountSecret struct {
	account  node
	branches [2]branch
}

// branch is what every child of a branch is computed from.
type branch struct {
	node
	public [33]byte
}

// Account derives m/48h/COINh/ACCOUNTh/2h of network n from the seed, and its two
// branches. account is below 2^31. The
// caller wipes it.
func (s *Seed) Account(n custody.Network, account uint32) (*Account, error) {
	if _, ok := n.Params(); !ok {
		return nil, fmt.Errorf("account: want a network, found %s", n)
	}
	if account > maxAccount {
		return nil, fmt.Errorf("account: want a number of at most %d, found %d", maxAccount, account)
	}
	return shielded(func() (*Account, error) { return s.account(n, account) })
}

func (s *Seed) account(n custody.Network, account uint32) (*Account, error) {
	master, err := s.master()
	if err != nil {
		return nil, err
	}
	defer master.wipe()
	a := &Account{secret: hide(new(accountSecret))}
	if err := a.derive(n, master, custody.BIP48P2WSH(n, account)); err != nil {
		a.Wipe()
		return nil, err
	}
	return a, nil
}

// master returns the master key of BIP-32.
func (s *Seed) master() (*node, error) {
	seed, ok := s.bytes()
	if !ok {
		return nil, ErrWiped
	}
	m := new(node)
	if err := m.master(seed); err != nil {
		m.wipe()
		return nil, err
	}
	return m, nil
}

// derive walks the path from the master key, keeps what is found at its end,
// and derives both branches from there.
func (a *Account) derive(n custody.Network, master *node, path []uint32) error {
	at := *master
	defer at.wipe()
	var parent [4]byte
	for _, step := range path {
		parent = at.fingerprint()
		var next node
		err := at.child(step, &next)
		at = next
		next.wipe()
		if err != nil {
			return err
		}
	}
	secret := a.secret()
	secret.account = at
	for i := range secret.branches {
		b := &secret.branches[i]
		if err := at.child(uint32(i), &b.node); err != nil {
			return err
		}
		b.public = b.node.public()
	}
	origin := custody.KeyOrigin{Fingerprint: master.fingerprint(), Path: path}
	key, err := custody.NewAccountKey(n, origin, at.public(), at.chain, parent)
	if err != nil {
		return fmt.Errorf("account: %w", err)
	}
	a.key = key
	return nil
}

// Key returns the public part with its origin, as a descriptor names it.
func (a *Account) Key() custody.AccountKey { return a.key }

// Wipe overwrites the private keys. Every later signature is refused with
// ErrWiped; Key still answers.
func (a *Account) Wipe() {
	if a == nil || a.secret == nil {
		return
	}
	secret := a.secret()
	secret.account.wipe()
	for i := range secret.branches {
		secret.branches[i].wipe()
	}
	a.secret = nil
}

// Format writes "account(...)" for every verb and flag of package fmt.
func (a Account) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "account(...)") }

// KeyRecord returns the BIP-129 round-1 key record of the account, signed with
// the account's own private key as a Bitcoin signed message: the proof that
// whoever wrote it holds the key. description is one line for people.
func (a *Account) KeyRecord(description string) (custody.KeyRecord, error) {
	if a == nil || a.secret == nil {
		return custody.KeyRecord{}, ErrWiped
	}
	message, err := custody.KeyRecordMessage(a.key, description)
	if err != nil {
		return custody.KeyRecord{}, err
	}
	digest := custody.MessageDigest(message)
	private := secp256k1.NewPrivateKey(&a.secret().account.private)
	defer private.Zero()
	return custody.NewKeyRecord(a.key, description, [65]byte(ecdsa.SignCompact(private, digest[:], true)))
}
