package signer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/durable"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// The names of a home's files.
const (
	machineFile = "machine.txt"
	logKeyFile  = "log.key"
	logFolder   = "log"
	keyFile     = "keyrecord.txt"
	headersFile = "headers.bin"

	unfinishedFile = "ceremony.txt" // how far a ceremony is
)

// Machine is an opened signer's home. It is held by one process at a time.
type Machine struct {
	dir     *durable.Dir
	lock    *durable.Lock
	setup   Setup
	logDir  *durable.Dir
	log     *auditlog.Log
	key     auditlog.Key
	state   *record.State
	chained *quorum.Policies // the policy chain; nil before trust
	chain   *headers.Chain   // nil before trust
	wallets map[text.ID]*custody.Descriptor
	kept    record.Tip // of the chain that headers.bin holds
	broken  error      // set once a write has failed
}

// CorruptError says that a home's files do not agree with its log. Nothing is
// done with such a home, and nothing in it is changed.
type CorruptError struct{ Cause error }

// Error tells what does not agree.
func (e *CorruptError) Error() string { return "signer home: " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *CorruptError) Unwrap() error { return e.Cause }

// Reason returns STATE-CORRUPT.
func (e *CorruptError) Reason() string { return string(quorum.StateCorrupt) }

// Init makes a new home in an empty folder: the log's key, drawn from rand, and
// an empty log.
func Init(d *durable.Dir, s Setup, rand io.Reader) (*Machine, error) {
	lock, err := d.Lock()
	if err != nil {
		return nil, err
	}
	m := &Machine{dir: d, lock: lock, setup: s, state: record.NewState(s.Network), wallets: map[text.ID]*custody.Descriptor{}}
	if err := m.create(rand); err != nil {
		return nil, errors.Join(err, m.letGo())
	}
	return m, nil
}

// create writes machine.txt last: a home is one only when everything is there.
func (m *Machine) create(rand io.Reader) error {
	b, err := m.setup.Bytes()
	if err != nil {
		return err
	}
	if _, err := m.dir.ReadFile(machineFile, maxMachine); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: want an empty folder for a new signer, found one already set up", m.dir.Path())
	}
	if err := m.makeLogKey(rand); err != nil {
		return err
	}
	if m.logDir, err = m.dir.Sub(logFolder); err != nil {
		return err
	}
	if m.log, err = auditlog.Create(m.logDir, m.key); err != nil {
		return err
	}
	return m.dir.WriteNew(machineFile, b)
}

// makeLogKey draws the log's key, or takes up the one that an interrupted Init
// left behind: it has signed nothing but an empty log.
func (m *Machine) makeLogKey(rand io.Reader) error {
	b, err := m.dir.ReadFile(logKeyFile, maxLogKey)
	if errors.Is(err, fs.ErrNotExist) {
		if m.key, err = auditlog.NewKey(rand, m.setup.Origin()); err != nil {
			return err
		}
		return m.dir.WriteNew(logKeyFile, m.key.Encode())
	}
	if err != nil {
		return err
	}
	if m.key, err = auditlog.ParseKeyFile(b); err != nil {
		return err
	}
	if o := m.key.Verifier().Origin(); o != m.setup.Origin() {
		return fmt.Errorf("log key: want none, or that of %s from an interrupted start, found that of %s", m.setup.Origin(), o)
	}
	return nil
}

// Open opens a home and recomputes its state from the log (stage A). A home
// whose files and log do not agree is a CorruptError.
func Open(d *durable.Dir) (*Machine, error) {
	lock, err := d.Lock()
	if err != nil {
		return nil, err
	}
	m := &Machine{dir: d, lock: lock, wallets: map[text.ID]*custody.Descriptor{}}
	if err := m.load(); err != nil {
		return nil, errors.Join(err, m.letGo())
	}
	return m, nil
}

func (m *Machine) load() error {
	if err := m.dir.Clean(); err != nil {
		return err
	}
	b, err := m.dir.ReadFile(machineFile, maxMachine)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: want a signer's home, found no %s", m.dir.Path(), machineFile)
	}
	if err != nil {
		return err
	}
	if m.setup, err = ParseSetup(b); err != nil {
		return &CorruptError{err}
	}
	for _, step := range []func() error{m.loadLog, m.loadShares, m.loadPolicy, m.loadWallets, m.loadHeaders} {
		if err := step(); err != nil {
			return &CorruptError{err}
		}
	}
	return m.dropNeedless()
}

func (m *Machine) loadLog() error {
	b, err := m.dir.ReadFile(logKeyFile, maxLogKey)
	if err != nil {
		return err
	}
	if m.key, err = auditlog.ParseKeyFile(b); err != nil {
		return err
	}
	if o := m.key.Verifier().Origin(); o != m.setup.Origin() {
		return fmt.Errorf("log key: want that of %s, found that of %s", m.setup.Origin(), o)
	}
	if m.logDir, err = m.dir.Sub(logFolder); err != nil {
		return err
	}
	if m.log, err = auditlog.Open(m.logDir, m.key); err != nil {
		return err
	}
	m.state, err = record.Fold(m.log.Entries(), m.setup.Network)
	return err
}

func (m *Machine) loadPolicy() error {
	g, ok := m.state.Genesis()
	if !ok {
		return nil
	}
	first, err := m.readPolicy(1, g.Policy)
	if err != nil {
		return err
	}
	chained := quorum.NewPolicies(first)
	for _, a := range m.state.Adoptions() {
		next, err := m.readPolicy(a.Version, a.Policy)
		if err != nil {
			return err
		}
		class, err := policy.ParseClass(string(a.Class))
		if err != nil {
			return err
		}
		if chained, err = chained.Adopt(next, class, a.Tip); err != nil {
			return err
		}
	}
	m.chained = chained
	m.chain, err = newChain(m.head())
	return err
}

// readPolicy reads one version of the policy, which the log names by its hash.
func (m *Machine) readPolicy(version uint64, want text.Hash) (*policy.Policy, error) {
	b, err := m.dir.ReadFile(quorum.PolicyName(version)+".txt", int64(text.Policy.MaxSize()))
	if err != nil {
		return nil, err
	}
	if h := text.Identity(b); h != want {
		return nil, fmt.Errorf("policy: want the one that the log trusts, %s, found %s", want, h)
	}
	return policy.Parse(b)
}

// head returns the policy in force, nil before trust.
func (m *Machine) head() *policy.Policy { return m.chained.Head() }

func (m *Machine) loadWallets() error {
	if m.head() == nil {
		return nil
	}
	for _, w := range m.head().Wallets {
		enrolled, ok := m.state.Wallet(w.ID)
		if !ok {
			continue
		}
		b, err := m.dir.ReadFile(walletFile(w.ID), maxDescriptor)
		if err != nil {
			return err
		}
		if h := text.Identity(b); h != enrolled.Descriptor || h != w.Descriptor {
			return fmt.Errorf("wallet %s: want the descriptor that the log and the policy name, %s, found %s", w.ID, w.Descriptor, h)
		}
		if m.wallets[w.ID], err = custody.ParseDescriptorFile(m.setup.Network, b); err != nil {
			return err
		}
	}
	return nil
}

// loadHeaders rebuilds the header chain. It may be a little behind the log's
// tip after a crash or a reorganisation, but never far: headers only accumulate.
func (m *Machine) loadHeaders() error {
	if m.chain == nil {
		return nil
	}
	b, err := m.dir.ReadFile(headersFile, maxHeaders)
	if errors.Is(err, fs.ErrNotExist) {
		b, err = nil, nil
	}
	if err != nil {
		return err
	}
	if len(b) > 0 {
		if _, err := m.chain.Extend(headers.From(b, headers.Hash(m.head().Origin.Hash))); err != nil {
			return err
		}
	}
	m.kept = m.tip()
	return m.checkTip()
}

func (m *Machine) checkTip() error {
	if m.log.Size() == 0 {
		return nil
	}
	last, err := record.Parse(m.log.Entry(m.log.Size()-1), m.setup.Network)
	if err != nil {
		return err
	}
	tip, _ := m.chain.Tip()
	if last.Tip.Known && uint64(tip.Height)+uint64(m.head().ReorgMax) < uint64(last.Tip.Height) {
		return fmt.Errorf("headers: want the chain near block %d, where the log ends, found block %d", last.Tip.Height, tip.Height)
	}
	return nil
}

func newChain(p *policy.Policy) (*headers.Chain, error) {
	return headers.New(p.Network, headers.Origin{Height: p.Origin.Height, Hash: headers.Hash(p.Origin.Hash), Bits: p.Origin.Bits}, p.ReorgMax)
}

func walletFile(id text.ID) string { return "wallet-" + string(id) + ".txt" }

// Close gives the home back.
func (m *Machine) Close() error { return errors.Join(m.letGo(), m.dir.Close()) }

// letGo closes what Init and Open have opened, the lock last.
func (m *Machine) letGo() error {
	return errors.Join(m.log.Close(), m.logDir.Close(), m.lock.Close())
}

// Setup returns which signer this is.
func (m *Machine) Setup() Setup { return m.setup }

// State returns the fold of the log.
func (m *Machine) State() *record.State { return m.state }

// Policy returns the policy in force, and false before one is trusted.
func (m *Machine) Policy() (*policy.Policy, bool) { return m.head(), m.head() != nil }

// Policies returns the policy chain from the first version on; nil before one
// is trusted.
func (m *Machine) Policies() *quorum.Policies { return m.chained }

// Chain returns the header chain, and false before a policy is trusted.
func (m *Machine) Chain() (*headers.Chain, bool) { return m.chain, m.chain != nil }

// Verifier returns the public key of the log, as a policy's device line holds
// it.
func (m *Machine) Verifier() auditlog.Verifier { return m.key.Verifier() }

// Export returns the log's checkpoint and its entries, as they leave the
// machine after every visit.
func (m *Machine) Export() (checkpoint, entries []byte) { return m.log.Export() }

// Wallet returns an enrolled wallet's descriptor.
func (m *Machine) Wallet(id text.ID) (*custody.Descriptor, bool) {
	d, ok := m.wallets[id]
	return d, ok
}
