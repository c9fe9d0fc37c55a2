package quorum

import (
	"encoding/hex"
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Block is a block of the chain, by height and by hash in display order.
type Block struct {
	Height uint32
	Hash   text.Hash
}

// Seen says how far a signer's log had grown when the text was made.
type Seen struct {
	Device text.ID
	Size   int64
	Root   auditlog.Root
}

// Head is what every proposal begins with. Whoever signs the text signs all of
// it, so approvals also witness the policy, the block and the logs named.
type Head struct {
	Vault         text.ID
	Network       custody.Network
	Genesis       text.Hash
	PolicyVersion uint64
	PolicyHash    text.Hash
	Block         Block
	Seen          []Seen // sorted by device
	Maker         text.ID
	Salt          [16]byte // random, so that equal proposals have different ids
}

// Body is what a proposal asks for. Each kind has one type.
type Body interface {
	Kind() Kind
	write(w *text.Writer, n custody.Network)
}

// Statement is what a proposal's text says.
type Statement struct {
	Head
	Body    Body
	Expires uint32 // the last block height at which it counts; 0 for a brake, which has none
	Memo    string
}

// Proposal is a text that was parsed: what it says, the exact bytes, and its
// identity. Of a kind that spends coins, the Movement says how; it is zero for
// the others.
type Proposal struct {
	Statement
	Movement
	raw []byte
	id  text.Hash
}

// ID returns the proposal's identity, the SHA-256 of its text.
func (p *Proposal) ID() text.Hash { return p.id }

// Kind returns what the proposal asks for.
func (p *Proposal) Kind() Kind { return p.Body.Kind() }

// Bytes returns the exact text that was parsed.
func (p *Proposal) Bytes() []byte { return slices.Clone(p.raw) }

// Bytes renders the statement as its canonical text.
func (s Statement) Bytes() ([]byte, error) {
	if s.Body == nil {
		return nil, fmt.Errorf("proposal: want a body, found none")
	}
	w := text.NewWriter(text.Proposal)
	w.Line("kind", string(s.Body.Kind()))
	s.Head.write(w)
	s.Body.write(w, s.Network)
	if s.Body.Kind().expires() {
		w.Line("expires", text.FormatUint(s.Expires))
	}
	w.Line("memo", s.Memo)
	return w.Bytes()
}

func (h Head) write(w *text.Writer) {
	w.Line("vault", string(h.Vault))
	w.Line("chain", h.Network.String())
	w.Line("genesis", h.Genesis.String())
	w.Line("policy", text.FormatUint(h.PolicyVersion), h.PolicyHash.String())
	w.Line("block", text.FormatUint(h.Block.Height), h.Block.Hash.String())
	writeSeen(w, h.Seen)
	w.Line("maker", string(h.Maker))
	w.Line("salt", hex.EncodeToString(h.Salt[:]))
}

func writeSeen(w *text.Writer, seen []Seen) {
	for _, s := range seen {
		w.Line("seen", string(s.Device), text.FormatUint(uint64(s.Size)), s.Root.String())
	}
}

// ParseProposal reads a proposal's text, whatever its kind. A kind that it does
// not know is refused, never skipped.
func ParseProposal(b []byte) (*Proposal, error) {
	r, err := text.Open(b, text.Proposal)
	if err != nil {
		return nil, err
	}
	name := r.Field("kind")
	kind, err := ParseKind(name)
	if err != nil && r.Err() == nil {
		return nil, &kindError{err}
	}
	if len(b) > maxPlain && kind != KindAmendment {
		return nil, &text.Error{Code: text.CodeSize, Text: fmt.Sprintf("%s: want at most %d bytes, found %d", kind, maxPlain, len(b))}
	}
	s := Statement{Head: readHead(r)}
	s.Body = readBody(r, kind, s.Network)
	if kind.expires() {
		s.Expires = text.Uint[uint32](r, "expires", r.Field("expires"), record.MaxHeight)
	}
	_, s.Memo = r.Rest("memo", 0)
	if err := r.Close(); err != nil {
		return nil, err
	}
	again, err := s.Bytes()
	if err != nil {
		return nil, err
	}
	if err := text.Canonical(b, again); err != nil {
		return nil, err
	}
	return &Proposal{Statement: s, Movement: movementOf(s.Body), raw: slices.Clone(b), id: text.Identity(b)}, nil
}

func readHead(r *text.Reader) Head {
	var h Head
	h.Vault, h.Network, h.Genesis = readPlace(r)
	f := r.Line("policy", 2)
	h.PolicyVersion = text.Uint[uint64](r, "policy", f[0], 1<<32)
	h.PolicyHash = text.Value(r, "policy", f[1], text.ParseHash)
	h.Block = readBlock(r)
	h.Seen = readSeen(r)
	h.Maker = text.Value(r, "maker", r.Field("maker"), text.ParseID)
	copy(h.Salt[:], text.Value(r, "salt", r.Field("salt"), func(s string) ([]byte, error) { return text.ParseHex(s, len(h.Salt)) }))
	return h
}

// readPlace reads where a text belongs: vault, chain and genesis.
func readPlace(r *text.Reader) (text.ID, custody.Network, text.Hash) {
	vault := text.Value(r, "vault", r.Field("vault"), text.ParseID)
	n := text.Value(r, "chain", r.Field("chain"), custody.ParseNetwork)
	return vault, n, text.Value(r, "genesis", r.Field("genesis"), text.ParseHash)
}

func readBlock(r *text.Reader) Block {
	f := r.Line("block", 2)
	return Block{Height: text.Uint[uint32](r, "block", f[0], record.MaxHeight), Hash: text.Value(r, "block", f[1], text.ParseHash)}
}

func readSeen(r *text.Reader) []Seen {
	var list []Seen
	for len(list) == 0 || r.At("seen") && len(list) < maxSeen {
		f := r.Line("seen", 3)
		list = append(list, Seen{
			Device: text.Value(r, "seen", f[0], text.ParseID),
			Size:   int64(text.Uint[uint64](r, "seen", f[1], maxSize)),
			Root:   text.Value(r, "seen", f[2], auditlog.ParseRoot),
		})
		if n := len(list); n > 1 && list[n-2].Device >= list[n-1].Device {
			r.Refuse("want seen lines sorted and one a signer, found %s after %s", list[n-1].Device, list[n-2].Device)
		}
	}
	return list
}

func readBody(r *text.Reader, k Kind, n custody.Network) Body {
	switch k {
	case KindWithdrawal:
		return readWithdrawal(r, n)
	case KindInternal:
		return readInternal(r, n)
	case KindSweep:
		return readSweep(r, n)
	case KindAmendment:
		return readAmendment(r)
	case KindFreeze:
		return Freeze{Scope: record.ReadScope(r)}
	case KindThaw:
		return Thaw{Lifts: text.Value(r, "lifts", r.Field("lifts"), text.ParseHash)}
	case KindCancel:
		return Cancel{Kills: text.Value(r, "kills", r.Field("kills"), text.ParseHash)}
	case KindResync:
		return readResync(r)
	case KindRehearsal:
		_, s := r.Rest("statement", 0)
		return Rehearsal{Statement: s}
	case KindRestore:
		return readRestore(r)
	}
	return nil
}

// kindError refuses a kind that is not known.
type kindError struct{ error }

func (e *kindError) Error() string { return "kind: " + e.error.Error() }

func (e *kindError) Reason() string { return string(TextKind) }
