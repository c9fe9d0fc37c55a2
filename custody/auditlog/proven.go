package auditlog

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Proven is a log's entries together with the checkpoint that covers them all.
// Only Prove and Read make one, after every byte was hashed and the signature
// verified; the zero Proven is of no log and proves nothing.
type Proven struct {
	checkpoint Checkpoint
	note       []byte
	entries    [][]byte
	tree       *Tree
}

// Prove verifies a checkpoint of v's log and that the entries, as EncodeEntries
// wrote them, are exactly those it covers. The result shares the memory of
// entries.
func Prove(checkpoint, entries []byte, v Verifier) (*Proven, error) {
	c, err := OpenCheckpoint(checkpoint, v)
	if err != nil {
		return nil, err
	}
	decoded, err := decodeEntries(entries, c.Size)
	if err != nil {
		return nil, err
	}
	return prove(c, checkpoint, decoded)
}

// prove compares a verified checkpoint with the entries.
func prove(c Checkpoint, note []byte, entries [][]byte) (*Proven, error) {
	if c.Size != int64(len(entries)) {
		return nil, fmt.Errorf("entries: wanted %d as the checkpoint of %s says, found %d", c.Size, c.Origin, len(entries))
	}
	tree := NewTree(entries)
	root, err := tree.Root(c.Size)
	if err != nil {
		return nil, err
	}
	if root != c.Root {
		return nil, fmt.Errorf("entries: wanted root %s at size %d as the checkpoint of %s says, found %s", c.Root, c.Size, c.Origin, root)
	}
	return &Proven{checkpoint: c, note: bytes.Clone(note), entries: entries, tree: tree}, nil
}

// Checkpoint returns what the signed checkpoint says.
func (p *Proven) Checkpoint() Checkpoint {
	if p == nil {
		return Checkpoint{}
	}
	return p.checkpoint
}

// Note returns the signed checkpoint itself.
func (p *Proven) Note() []byte {
	if p == nil {
		return nil
	}
	return bytes.Clone(p.note)
}

// Entries returns all entries in order. Their bytes must not be changed.
func (p *Proven) Entries() [][]byte {
	if p == nil {
		return nil
	}
	return slices.Clone(p.entries)
}

// errNotProven is what an empty Proven answers.
var errNotProven = errors.New("log: not proven")

// Root returns the root at a size from 0 to that of the checkpoint: what a
// `seen` line of that size must state.
func (p *Proven) Root(size Size) (Root, error) {
	if p == nil || p.tree == nil {
		return Root{}, errNotProven
	}
	return p.tree.Root(size)
}

// ProveEntry returns the proof of the i'th entry against the checkpoint's root,
// for CheckEntry.
func (p *Proven) ProveEntry(i Size) (Proof, error) {
	if p == nil || p.tree == nil {
		return nil, errNotProven
	}
	return p.tree.ProveEntry(i, p.checkpoint.Size)
}

// ProveTree returns the proof that the log at size newer begins with the whole
// log at size older, for CheckTree.
func (p *Proven) ProveTree(older, newer Size) (Proof, error) {
	if p == nil || p.tree == nil {
		return nil, errNotProven
	}
	return p.tree.ProveTree(older, newer)
}
