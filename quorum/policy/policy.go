package policy

import (
	"bytes"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Policy is one version of a vault's policy as its text says it: decoded, not
// yet judged (see Check). Slices are in the order of the text; absence ("none")
// is an empty slice. Do not change the fields of a parsed Policy: Check finds
// that they left their bytes. The zero value permits nothing.
type Policy struct {
	Vault    text.ID
	Network  custody.Network
	Clock    Clock
	Version  uint64
	Previous text.Hash // of version-1; zero for version 1
	Origin   OriginBlock

	Wallets   []Wallet
	Cosigners []Cosigner
	Annexes   []Annex
	Devices   []Device

	Officers []Officer
	Signers  []SignerKey
	Factors  []Factor
	Terms    []Term
	// PasskeyOrigin is the web origin, port included, whose passkeys may
	// sign; empty for none.
	PasskeyOrigin string

	Groups []Group
	Roles  Roles
	Tiers  []Tier // ascending by Below

	Velocities   []Velocity // ascending by Window
	Destinations []Destination
	Conflicts    []Conflict

	Acts             []Act  // one for each ActName, in order
	QuietDestination uint32 // credits without payments to a new destination
	QuietPolicy      uint32 // credits of the mildest tier only after a loosening
	QuietSigner      QuietSigner
	Recovery         Recovery

	FeeRateMax  uint32 // sat/vB
	FeeShareMax uint32 // of what is paid, in hundredths of a percent
	// AnchorAgeMax, ClearAgeMax and ExpiryMax are in credits, ReorgMax in
	// blocks.
	AnchorAgeMax, ClearAgeMax, ExpiryMax, ReorgMax uint32

	Witnesses   []Witness
	WitnessNeed int

	bytes []byte // the text that was parsed
}

// OriginBlock is the block from which a signer checks headers.
type OriginBlock struct {
	Height uint32   // a multiple of 2016; 0 on regtest
	Hash   [32]byte // in display order
	Bits   uint32   // compact target
}

// Wallet is one of the vault's descriptors: M of N cosigners sign.
type Wallet struct {
	ID         text.ID
	State      WalletState
	Descriptor text.Hash // of the descriptor file
	M, N       int
}

// Cosigner is one key of a wallet, by the fingerprint of its master key
// (BIP-32). A governed one lives in the device Name, an external one is a
// hardware wallet that no policy binds.
type Cosigner struct {
	Wallet      text.ID
	Fingerprint [4]byte
	Governed    bool
	Name        text.ID
}

// Annex is a further text that is adopted with the policy.
type Annex struct {
	Name text.ID
	Hash text.Hash
}

// Device is a signer, by the verifier key of its log (c2sp.org/signed-note).
type Device struct {
	ID       text.ID
	Verifier string
}

// Officer is a person.
type Officer struct {
	ID, Org text.ID
	Name    string
}

// SignerKey is one of an officer's signing keys.
type SignerKey struct {
	Officer text.ID
	Key     sshsig.Key
}

// Factor is what an officer's signatures must prove about the key.
type Factor struct {
	Officer text.ID
	Needs   sshsig.Factor
}

// Term is the block height after which an officer's approvals no longer
// count. Without Ends there is none, and Height is 0.
type Term struct {
	Officer text.ID
	Height  uint32
	Ends    bool
}

// Group is a set of officers, sorted.
type Group struct {
	ID      text.ID
	Members []text.ID
}

// Roles holds the groups, sorted, that have each role.
type Roles struct {
	Freeze, Propose, Veto []text.ID
}

// Need asks for seats filled by different members of a group.
type Need struct {
	Seats int
	Group text.ID
}

// Tier is what a withdrawal takes whose amount, with all that was released in
// the window, is below its limit.
type Tier struct {
	ID            text.ID
	Below         custody.Amount
	Window        uint32 // credits
	Cool          uint32 // credits
	Mode          Mode
	Needs, Clears []Need
}

// Velocity is the most that is released in a window over all wallets.
type Velocity struct {
	Cap    custody.Amount
	Window uint32 // credits
}

// Destination is who may be paid: one address, or the addresses of a
// descriptor file. Exactly one of the two is set.
type Destination struct {
	Label      text.ID
	Address    custody.Address
	Descriptor text.Hash
	Cap        custody.Amount
	Window     uint32 // credits
}

// ByDescriptor says whether the destination's addresses are derived.
func (d Destination) ByDescriptor() bool { return !d.Descriptor.IsZero() }

// Conflict says that an officer's approval does not count for a destination.
type Conflict struct {
	Label, Officer text.ID
}

// Act is what everything else than a withdrawal takes.
type Act struct {
	Name          ActName
	Cool          uint32 // credits
	Mode          Mode
	Needs, Clears []Need
}

// QuietSigner says how long a new key is quiet: it fills no seat at all, or
// with Every false seats of the mildest tier only.
type QuietSigner struct {
	Credits uint32
	// Every is "every" in the text: quiet in every tier. Otherwise
	// "mildest": the mildest tier is left open to a new key.
	Every bool
}

// Recovery is what it takes when the officers are gone.
type Recovery struct {
	After         uint32 // credits without a sign of life
	Cool          uint32 // credits
	Mode          Mode
	Needs, Clears []Need
}

// Witness is who cosigns checkpoints (c2sp.org/tlog-cosignature).
type Witness struct {
	Org      text.ID
	Verifier string
}

// Bytes returns a copy of the text that was parsed; none for a Policy that was
// put together in memory.
func (p *Policy) Bytes() []byte { return bytes.Clone(p.bytes) }

// Hash returns the identity of the text that was parsed; zero for a Policy
// that was put together in memory.
func (p *Policy) Hash() text.Hash {
	if len(p.bytes) == 0 {
		return text.Hash{}
	}
	return text.Identity(p.bytes)
}
