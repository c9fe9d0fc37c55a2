package quorum

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"strongroom/quorum/policy"
)

// Code is the stable name of a refusal: FAMILY-WORD. Codes are never renamed or
// reused; an auditor may find them in logs for ever.
type Code string

// The refusals that a judgement can end in. The text codes of package text and
// the signature codes of package sshsig join them under their own names.
const (
	BunName  Code = "BUN-NAME"
	BunSize  Code = "BUN-SIZE"
	BunLimit Code = "BUN-LIMIT"

	TextByte     Code = "TEXT-BYTE"
	TextSize     Code = "TEXT-SIZE"
	TextGrammar  Code = "TEXT-GRAMMAR"
	TextNoncanon Code = "TEXT-NONCANON"
	TextType     Code = "TEXT-TYPE"
	TextKind     Code = "TEXT-KIND"
	TextVault    Code = "TEXT-VAULT"
	TextChain    Code = "TEXT-CHAIN"
	TextGenesis  Code = "TEXT-GENESIS"
	TextSeen     Code = "TEXT-SEEN"
	TextTotal    Code = "TEXT-TOTAL"
	TextWallet   Code = "TEXT-WALLET"
	TextOperator Code = "TEXT-OPERATOR"

	PolBehind   Code = "POL-BEHIND"
	PolStale    Code = "POL-STALE"
	PolConsent  Code = "POL-CONSENT"
	PolGenesis  Code = "POL-GENESIS"
	PolUnbuilt  Code = "POL-UNBUILT"
	PolNoWallet Code = "POL-NOWALLET"
	PolMissing  Code = "POL-MISSING"
	PolChanges  Code = "POL-CHANGES"
	PolClass    Code = "POL-CLASS"
	PolSeats    Code = "POL-SEATS"
	PolLockout  Code = "POL-LOCKOUT"
	PolRekey    Code = "POL-REKEY"
	PolAnchor   Code = "POL-ANCHOR"
	PolBusy     Code = "POL-BUSY"
	PolFork     Code = "POL-FORK"
	PolForm     Code = policy.CodeForm
	PolUnfilled Code = policy.CodeUnfilled
	PolTwice    Code = policy.CodeTwice
	PolRef      Code = policy.CodeRef
	PolDupKey   Code = policy.CodeDupKey
	PolVersion  Code = policy.CodeVersion
	PolClock    Code = policy.CodeClock
	PolWallet   Code = policy.CodeWallet
	PolDevice   Code = policy.CodeDevice
	PolAnnex    Code = policy.CodeAnnex
	PolFloor    Code = policy.CodeFloor
	PolSeating  Code = policy.CodeSeating
	PolWitness  Code = policy.CodeWitness
	PolFactor   Code = policy.CodeFactor

	KeyNotOurs   Code = "KEY-NOTOURS"
	KeyPossess   Code = "KEY-POSSESSION"
	KeyDuplicate Code = "KEY-DUPLICATE"
	KeyWeak      Code = "KEY-WEAK"
	KeyShare     Code = "KEY-SHARE"
	KeyShort     Code = "KEY-SHORT"
	KeyLocked    Code = "KEY-LOCKED"
	KeyFactor    Code = "KEY-FACTOR"
	KeyWitness   Code = "KEY-WITNESS"
	KeyImported  Code = "KEY-IMPORTED"
	KeyEntropy   Code = "KEY-ENTROPY"
	KeyHost      Code = "KEY-HOST"
	KeyBuild     Code = "KEY-BUILD"
	KeyInUse     Code = "KEY-INUSE"
	KeyLate      Code = "KEY-LATE"
	MedChain     Code = "MED-CHAIN"

	ClkAhead       Code = "CLK-AHEAD"
	ClkOffchain    Code = "CLK-OFFCHAIN"
	ClkExpired     Code = "CLK-EXPIRED"
	ClkExpiryLong  Code = "CLK-EXPIRY-LONG"
	ClkNoHeaders   Code = "CLK-NOHEADERS"
	ClkRecorded    Code = "CLK-RECORDED"
	ClkNotRecorded Code = "CLK-NOTRECORDED"
	ClkNoCool      Code = "CLK-NOCOOL"
	ClkCooling     Code = "CLK-COOLING"
	ClkAnchor      Code = "CLK-ANCHOR"
	ClkForm        Code = "CLK-FORM"
	ClkLink        Code = "CLK-LINK"
	ClkPow         Code = "CLK-POW"
	ClkBits        Code = "CLK-BITS"
	ClkMTP         Code = "CLK-MTP"
	ClkFloor       Code = "CLK-FLOOR"
	ClkReorg       Code = "CLK-REORG"
	ClkLessWork    Code = "CLK-LESSWORK"

	SigArmor     Code = "SIG-ARMOR"
	SigNoncanon  Code = "SIG-NONCANON"
	SigNamespace Code = "SIG-NAMESPACE"
	SigHash      Code = "SIG-HASH"
	SigKeyType   Code = "SIG-KEYTYPE"
	SigUnknown   Code = "SIG-UNKNOWN"
	SigBad       Code = "SIG-BAD"
	SigUP        Code = "SIG-UP"
	SigUV        Code = "SIG-UV"
	SigSynced    Code = "SIG-SYNCED"
	SigClone     Code = "SIG-CLONE"
	SigDup       Code = "SIG-DUP"

	SeatNoMaker  Code = "SEAT-NOMAKER"
	SeatRole     Code = "SEAT-ROLE"
	SeatMaker    Code = "SEAT-MAKER"
	SeatConflict Code = "SEAT-CONFLICT"
	SeatTerm     Code = "SEAT-TERM"
	SeatFrozen   Code = "SEAT-FROZEN"
	SeatShort    Code = "SEAT-SHORT"

	ClrMissing Code = "CLR-MISSING"
	ClrOld     Code = "CLR-OLD"
	ClrWorld   Code = "CLR-WORLD"

	QuietSigner Code = "QUIET-SIGNER"
	QuietDest   Code = "QUIET-DEST"
	QuietPolicy Code = "QUIET-POLICY"

	FrzActive  Code = "FRZ-ACTIVE"
	FrzUnknown Code = "FRZ-UNKNOWN"

	RecNotDormant Code = "REC-NOTDORMANT"

	DestUnknown Code = "DEST-UNKNOWN"
	DestAddress Code = "DEST-ADDRESS"
	DestDup     Code = "DEST-DUP"
	DestDust    Code = "DEST-DUST"
	DestReused  Code = "DEST-REUSED"

	LimTier           Code = "LIM-TIER"
	LimTierUnderstate Code = "LIM-TIER-UNDERSTATED"
	LimVelocity       Code = "LIM-VELOCITY"
	LimDestination    Code = "LIM-DESTINATION"
	LimUnproven       Code = "LIM-UNPROVEN"

	StateCorrupt    Code = "STATE-CORRUPT"
	StateRollback   Code = "STATE-ROLLBACK"
	StateFork       Code = "STATE-FORK"
	StateVetoed     Code = "STATE-VETOED" // as record.CodeVetoed
	StateReplay     Code = "STATE-REPLAY"
	StateKilled     Code = "STATE-KILLED"
	StateQuarantine Code = "STATE-QUARANTINE"
	StateResync     Code = "STATE-RESYNC"
	StateCustodyGap Code = "STATE-CUSTODY-GAP"

	TxForm      Code = "TX-FORM"
	TxPrev      Code = "TX-PREV"
	TxNotMine   Code = "TX-NOTMINE"
	TxInputUsed Code = "TX-INPUTUSED"
	TxOutput    Code = "TX-OUTPUT"
	TxChange    Code = "TX-CHANGE"
	TxFee       Code = "TX-FEE"
	TxSighash   Code = "TX-SIGHASH"
	TxSecond    Code = "TX-SECOND"
	TxBind      Code = "TX-BIND"
	TxLineage   Code = "TX-LINEAGE"
	TxMoves     Code = "TX-MOVES"
	TxSelfcheck Code = "TX-SELFCHECK"
	TxTwin      Code = "TX-TWIN"
)

// Reason is one reason for a refusal: its code and a sentence that names what
// was wanted and what was found.
type Reason struct {
	Code Code
	Text string
}

// String returns the sentence with its code.
func (r Reason) String() string { return fmt.Sprintf("%s (%s)", r.Text, r.Code) }

// Because makes a Reason; the signer, which judges the transaction, gives its
// reasons in the same form.
func Because(c Code, format string, args ...any) Reason {
	return Reason{Code: c, Text: fmt.Sprintf(format, args...)}
}

// ReasonOf turns an error that carries a stable code (from packages text,
// sshsig and headers) into a Reason, and any other error into one with the code
// given.
func ReasonOf(err error, otherwise Code) Reason {
	var coded interface {
		error
		Reason() string
	}
	if errors.As(err, &coded) {
		return Reason{Code: Code(coded.Reason()), Text: err.Error()}
	}
	return Reason{Code: otherwise, Text: err.Error()}
}

// SortReasons sorts by code, then by sentence, and drops repetitions: the order
// in which files came never shows.
func SortReasons(rs []Reason) []Reason {
	slices.SortFunc(rs, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(rs)
}

// Codes returns the codes of reasons, sorted, each once.
func Codes(rs []Reason) []string {
	var out []string
	for _, r := range rs {
		out = append(out, string(r.Code))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
