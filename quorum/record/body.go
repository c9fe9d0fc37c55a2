package record

import (
	"cmp"
	"encoding/hex"
	"math/big"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Body is what a record says after its head. Each kind has one type.
type Body interface {
	Kind() Kind
	write(w *text.Writer, n custody.Network)
}

// Key says that a wallet key was made on this machine.
type Key struct {
	Fingerprint [4]byte   // of the master key, BIP-32
	Path        string    // of the account key, "48h/0h/0h/2h"
	Record      text.Hash // SHA-256 of the public key record (BIP-129)
	Entropy     string    // where the seed's randomness came from
	Sealed      string    // how the seed is kept
}

// Genesis says that the vault's first policy was trusted on this machine, its
// hash having been typed in full.
type Genesis struct {
	Vault   text.ID
	Network custody.Network
	Policy  text.Hash // identity of policy-1.txt
	Signers []text.ID // who consented; sorted
}

// Enrolled says that a wallet was enrolled and which of its keys is ours.
type Enrolled struct {
	Wallet      text.ID
	Descriptor  text.Hash // SHA-256 of the descriptor file
	Fingerprint [4]byte   // our key's master fingerprint
}

// SessionOpen says that people began to work at the machine.
type SessionOpen struct{ Operators []text.ID } // sorted; may be empty

// SessionClose says that they ended.
type SessionClose struct{ Operators []text.ID }

// Inputs names every file that was brought in, before anything was done with
// it.
type Inputs struct{ Files []File }

// File is one file that was brought in.
type File struct {
	Name string
	Size int64
	Hash text.Hash
}

// Headers says that the header chain grew or switched to more work.
type Headers struct {
	From, To Tip
	Work     *big.Int // expected hashes from the origin to the new tip
}

// CodeVetoed is the code of a refusal because of a veto, as quorum gives it. A
// veto is seen once and stands for ever, whether or not it is brought again.
const CodeVetoed = "STATE-VETOED"

// Refused says what was refused and why.
type Refused struct {
	ID    text.Hash // the proposal; zero where none could be read
	Codes []string  // sorted, each once
}

// Exception is a deviation from the normal course, in a person's words.
type Exception struct{ Note string }

// Kind returns KindKey.
func (Key) Kind() Kind { return KindKey }

// Kind returns KindGenesis.
func (Genesis) Kind() Kind { return KindGenesis }

// Kind returns KindEnrolled.
func (Enrolled) Kind() Kind { return KindEnrolled }

// Kind returns KindSessionOpen.
func (SessionOpen) Kind() Kind { return KindSessionOpen }

// Kind returns KindSessionClose.
func (SessionClose) Kind() Kind { return KindSessionClose }

// Kind returns KindInputs.
func (Inputs) Kind() Kind { return KindInputs }

// Kind returns KindHeaders.
func (Headers) Kind() Kind { return KindHeaders }

// Kind returns KindRefused.
func (Refused) Kind() Kind { return KindRefused }

// Kind returns KindException.
func (Exception) Kind() Kind { return KindException }

func (b Key) write(w *text.Writer, _ custody.Network) {
	w.Line("fingerprint", hex.EncodeToString(b.Fingerprint[:]))
	w.Line("path", b.Path)
	w.Line("record", b.Record.String())
	w.Line("entropy", b.Entropy)
	w.Line("sealed", b.Sealed)
}

func readKey(r *text.Reader, _ custody.Network) Body {
	var b Key
	b.Fingerprint = readFingerprint(r, "fingerprint", r.Field("fingerprint"))
	b.Path = r.Field("path")
	b.Record = text.Value(r, "record", r.Field("record"), text.ParseHash)
	_, b.Entropy = r.Rest("entropy", 0)
	_, b.Sealed = r.Rest("sealed", 0)
	return b
}

func (b Genesis) write(w *text.Writer, _ custody.Network) {
	w.Line("vault", string(b.Vault))
	w.Line("chain", b.Network.String())
	w.Line("policy", "1", b.Policy.String())
	for _, o := range b.Signers {
		w.Line("consent", string(o))
	}
}

func readGenesis(r *text.Reader, n custody.Network) Body {
	var b Genesis
	b.Vault = text.Value(r, "vault", r.Field("vault"), text.ParseID)
	b.Network = text.Value(r, "chain", r.Field("chain"), custody.ParseNetwork)
	if r.Err() == nil && b.Network != n {
		r.Refuse("chain: want %s, found %s", n, b.Network)
	}
	f := r.Line("policy", 2)
	if r.Err() == nil && f[0] != "1" {
		r.Refuse("policy: want version 1, found %q", f[0])
	}
	b.Policy = text.Value(r, "policy", f[1], text.ParseHash)
	for r.At("consent") && len(b.Signers) < maxSigners {
		b.Signers = append(b.Signers, text.Value(r, "consent", r.Field("consent"), text.ParseID))
	}
	sortedOnce(r, "consent", b.Signers)
	return b
}

func (b Enrolled) write(w *text.Writer, _ custody.Network) {
	w.Line("wallet", string(b.Wallet), b.Descriptor.String())
	w.Line("key", hex.EncodeToString(b.Fingerprint[:]))
}

func readEnrolled(r *text.Reader, _ custody.Network) Body {
	f := r.Line("wallet", 2)
	return Enrolled{
		Wallet:      text.Value(r, "wallet", f[0], text.ParseID),
		Descriptor:  text.Value(r, "wallet", f[1], text.ParseHash),
		Fingerprint: readFingerprint(r, "key", r.Field("key")),
	}
}

func (b SessionOpen) write(w *text.Writer, _ custody.Network)  { writeOperators(w, b.Operators) }
func (b SessionClose) write(w *text.Writer, _ custody.Network) { writeOperators(w, b.Operators) }

func readSessionOpen(r *text.Reader, _ custody.Network) Body {
	return SessionOpen{readOperators(r)}
}

func readSessionClose(r *text.Reader, _ custody.Network) Body {
	return SessionClose{readOperators(r)}
}

func writeOperators(w *text.Writer, ids []text.ID) {
	if len(ids) == 0 {
		w.Line("operator", "none")
	}
	for _, o := range ids {
		w.Line("operator", string(o))
	}
}

func readOperators(r *text.Reader) []text.ID {
	var ids []text.ID
	for first := true; first || r.At("operator") && len(ids) < maxSigners; first = false {
		ids = append(ids, text.Value(r, "operator", r.Field("operator"), text.ParseID))
	}
	if len(ids) == 1 && ids[0] == "none" {
		return nil
	}
	sortedOnce(r, "operator", ids)
	return ids
}

func (b Inputs) write(w *text.Writer, _ custody.Network) {
	for _, f := range b.Files {
		w.Line("file", text.FormatUint(uint64(f.Size)), f.Hash.String(), f.Name)
	}
}

func readInputs(r *text.Reader, _ custody.Network) Body {
	var b Inputs
	for r.At("file") && len(b.Files) < maxFiles {
		f, name := r.Rest("file", 2)
		b.Files = append(b.Files, File{Name: name, Size: int64(text.Uint[uint64](r, "file", f[0], maxFileSize)),
			Hash: text.Value(r, "file", f[1], text.ParseHash)})
	}
	if !slices.IsSortedFunc(b.Files, func(a, c File) int { return strings.Compare(a.Name, c.Name) }) {
		r.Refuse("want files sorted by name, found them in another order")
	}
	return b
}

func (b Headers) write(w *text.Writer, _ custody.Network) {
	w.Line("from", b.From.String())
	w.Line("to", b.To.String())
	w.Line("work", b.Work.String())
}

func readHeaders(r *text.Reader, _ custody.Network) Body {
	var b Headers
	b.From, b.To = readSpan(r, "from"), readSpan(r, "to")
	b.Work = text.Value(r, "work", r.Field("work"), parseWork)
	return b
}

func (b Refused) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.OrNone())
	for _, c := range b.Codes {
		w.Line("code", c)
	}
}

func readRefused(r *text.Reader, _ custody.Network) Body {
	b := Refused{ID: text.Value(r, "id", r.Field("id"), text.HashOrNone("a hash"))}
	for r.At("code") && len(b.Codes) < maxCodes {
		b.Codes = append(b.Codes, text.Value(r, "code", r.Field("code"), parseCode))
	}
	sortedOnce(r, "code", b.Codes)
	return b
}

func (b Exception) write(w *text.Writer, _ custody.Network) { w.Line("note", b.Note) }

func readException(r *text.Reader, _ custody.Network) Body {
	_, note := r.Rest("note", 0)
	return Exception{note}
}

func readFingerprint(r *text.Reader, keyword, s string) [4]byte {
	var f [4]byte
	copy(f[:], text.Value(r, keyword, s, hexOf(len(f))))
	return f
}

func readSpan(r *text.Reader, keyword string) Tip {
	f := r.Line(keyword, 2)
	return Tip{Known: true, Height: text.Uint[uint32](r, keyword, f[0], MaxHeight), Hash: text.Value(r, keyword, f[1], text.ParseHash)}
}

func sortedOnce[T cmp.Ordered](r *text.Reader, keyword string, list []T) {
	if len(list) == 0 {
		r.Refuse("want at least one %s line, found none", keyword)
	}
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			r.Refuse("want %s lines sorted and each once, found %v after %v", keyword, list[i], list[i-1])
		}
	}
}
