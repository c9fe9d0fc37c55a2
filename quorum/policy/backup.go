package policy

import (
	"fmt"
	"slices"

	"strongroom/quorum/text"
)

// Backup is annex backup: what the officers want of the vault's copies, who
// opens them and where they lie.
//
//	strongroom/annex@v1
//	vault acme-treasury
//	name backup
//	copies 2
//	credentials 90
//	distance site 300
//	distance stores 500
//	distinct account 3
//	distinct jurisdiction 2
//	drill 92
//	jurisdiction allow CH
//	jurisdiction allow DE
//	keep daily 14
//	keep monthly 24
//	lock 92
//	maker backup-job ssh-ed25519 AAAA...
//	probe age1...
//	probe-every 24
//	reader age-1.1
//	recipient 1 alice ssh-ed25519 AAAA...
//	recipient 1 bob age1...
//	recipient 2 carol age1yubikey1...
//	recipient 2 dave age1...
//	rpo 30
//	rto 48
//	site 47.3769 8.5417
//	store one 46.2044 6.1432 hetzner CH acct-1 rhone none
//	store two 52.5200 13.4050 aws DE acct-2 spree compliance
//	...
//	verifier auditor ssh-ed25519 AAAA...
//	verify V1 24
//	verify V2 168
//	verify V3 720
//
// Lines are sorted, each once. Those of distance, distinct, jurisdiction, keep
// and verifier may be missing, and probe and probe-every together. The zero
// value allows nothing: see StrictBackup.
type Backup struct {
	Vault text.ID
	// Named says that the policy has the annex. Without it the values are those
	// of StrictBackup, and nobody and no place is known.
	Named          bool
	Copies         int // good copies that make a run a success; 0 is all there are
	CredentialDays int // how old a store's credential may become
	Distance       Distance
	Distinct       Distinct
	DrillDays      int // how long a drill's certificate counts
	Allow, Deny    []Country
	Keep           Keep
	LockDays       int // of retention: at least this at upload, and the keeper keeps as much ahead
	Makers         []BackupMaker
	Probe          Probe
	Reader         Reader
	Recipients     []BackupRecipient
	RPOHours       int // how much of the vault's memory may be lost
	RTOHours       int // how long it may take to have it back
	Site           Point
	Stores         []BackupStore
	// Verifiers say that copies are good, and sign no snapshot. Where there is
	// one, what a maker says of copies fills no schedule.
	Verifiers []BackupMaker
	Verify    Schedule
}

// Distance is how far apart things lie at least, in kilometres along the great
// circle; 0 asks for nothing.
type Distance struct {
	Site   int // from the operating site to every store
	Stores int // between any two stores
}

// Distinct is how many different ones the stores have together; 1 asks for
// nothing, and 0 stands in no text.
type Distinct struct{ Accounts, Jurisdictions, Providers, Zones int }

// Keep is how many days, weeks, months and years have a snapshot whose lock is
// extended. The zero value keeps every snapshot.
type Keep struct{ Daily, Weekly, Monthly, Yearly int }

// Everything says that the lock of every snapshot is extended.
func (k Keep) Everything() bool { return k == Keep{} }

// BackupMaker is who signs manifests, or as a verifier what a look at copies
// found: an officer, or a service that is none.
type BackupMaker struct {
	ID  text.ID
	Key string // ssh-ed25519 AAAA...
}

// Probe is the canary: a part of every snapshot that is sealed to a key which
// opens nothing else, and how often it is fetched and opened. The zero value is
// none.
type Probe struct {
	Key   string // age1..., an X25519 key
	Hours int
}

// Reader is the oldest version of age that must open a snapshot.
type Reader string

// The readers. Hybrid keys, against quantum computers, take age 1.3.
const (
	ReaderAge11 Reader = "age-1.1"
	ReaderAge13 Reader = "age-1.3"
)

// BackupRecipient is an officer's key that a layer of every snapshot is sealed
// to. With a second layer, opening takes somebody of each.
type BackupRecipient struct {
	Layer   int // 1 is the outer one, 2 the inner one
	Officer text.ID
	Key     string // age1..., age1pq1..., age1NAME1... or ssh-ed25519 AAAA...
}

// BackupStore is one place where copies lie.
type BackupStore struct {
	ID       text.ID
	Place    Point
	Provider text.ID // whose machines they are
	Country  Country // in which it stands
	Account  text.ID // whoever has this account can delete what is not locked
	Zone     text.ID // what one flood, fault or failure of power takes at once
	Lock     Lock
}

// Lock is whether a store can be made to refuse deleting, even by its owner.
type Lock string

// The locks, named as by Amazon's S3.
const (
	LockCompliance Lock = "compliance"
	LockNone       Lock = "none"
)

// Schedule is how often each level of verification must have happened, in
// hours.
type Schedule struct{ V1, V2, V3 int }

const annexBackup text.ID = "backup"

// StrictBackup is what holds where a policy names no annex backup: the
// strictest of everything that can be said without knowing a place or a
// person. Every store must have a good copy, under a lock, and all snapshots
// are kept; a day may be lost, and a day may pass until it is back; drills
// count for 92 days. The lock is 92 days long too: the keeper extends it
// without end, and nobody could take a longer one back. Recipients is empty;
// a program that seals takes every ssh-ed25519 key of the officers. No place is
// known, so nothing may say that the copies lie far apart.
func StrictBackup(vault text.ID) Backup {
	return Backup{
		Vault: vault, CredentialDays: 90, DrillDays: 92, LockDays: 92, Reader: ReaderAge11,
		RPOHours: 24, RTOHours: 24, Verify: Schedule{V1: 24, V2: 168, V3: 720},
	}
}

// Need returns how many good copies make a run a success, of so many stores.
func (b Backup) Need(stores int) int {
	if b.Copies == 0 {
		return stores
	}
	return b.Copies
}

// LockOf returns the lock that a store must have: compliance where the annex
// does not speak of it.
func (b Backup) LockOf(store text.ID) Lock {
	for _, s := range b.Stores {
		if s.ID == store {
			return s.Lock
		}
	}
	return LockCompliance
}

// Layer returns the recipients of one layer.
func (b Backup) Layer(n int) []BackupRecipient {
	return slices.DeleteFunc(slices.Clone(b.Recipients), func(r BackupRecipient) bool { return r.Layer != n })
}

// ParseBackup reads annex backup. What it accepts, RenderBackup writes in the
// same bytes. Errors are *text.Error.
func ParseBackup(b []byte) (Backup, error) {
	if _, err := readAnnex(b); err != nil {
		return Backup{}, err
	}
	r, err := text.Open(b, text.Annex)
	if err != nil {
		return Backup{}, err
	}
	x := Backup{Vault: text.Value(r, "vault", r.Field("vault"), parseID), Named: true}
	if name := r.Field("name"); name != string(annexBackup) {
		r.Refuse("name: want %s, found %q", annexBackup, clip(name))
	}
	x.read(r)
	if err := r.Close(); err != nil {
		return Backup{}, err
	}
	rendered, err := writeAnnex(AnnexText{Vault: x.Vault, Name: annexBackup, Lines: x.lines()})
	if err == nil {
		err = text.Canonical(b, rendered)
	}
	if err != nil {
		return Backup{}, err
	}
	return x, nil
}

// RenderBackup writes annex backup as its text, its lines sorted. It refuses,
// as ParseBackup would, what does not fit the grammar.
func RenderBackup(x Backup) ([]byte, error) {
	b, err := writeAnnex(AnnexText{Vault: x.Vault, Name: annexBackup, Lines: x.lines()})
	if err != nil {
		return nil, err
	}
	if _, err := ParseBackup(b); err != nil {
		return nil, err
	}
	return b, nil
}

// Backup returns what the policy wants of the copies: what its annex backup
// says, or StrictBackup where it names none. The text must be the one that it
// names.
func (p *Policy) Backup(have Annexes) (Backup, error) {
	hash, named := p.Annex(annexBackup)
	if !named {
		return StrictBackup(p.Vault), nil
	}
	var f findings
	b, ok := p.annex(&f, have, Annex{annexBackup, hash})
	if !ok {
		return Backup{}, fmt.Errorf("%s", f.sorted()[0].Text)
	}
	return ParseBackup(b)
}

// checkBackup judges annex backup beside the policy: only officers open a copy.
func (p *Policy) checkBackup(f *findings, b []byte) {
	x, err := ParseBackup(b)
	if err != nil {
		f.add(CodeAnnex, "annex backup: %v", err)
		return
	}
	for _, r := range x.Recipients {
		if _, officer := p.Officer(r.Officer); !officer {
			f.add(CodeAnnex, "annex backup: want recipients who are officers, found %s in layer %d", r.Officer, r.Layer)
		}
	}
}
