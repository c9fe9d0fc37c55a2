package auditlog

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Proof is a list of hashes that ties an entry, or an older tree, to a root:
// RFC 6962, sections 2.1.1 (audit path) and 2.1.2 (consistency proof).
type Proof []Root

// Tree holds the hashes of a log in memory, about 64 bytes an entry, and answers
// for every size it ever had. It does not hold the entries. The zero Tree is the
// tree of no entries.
type Tree struct {
	size Size
	// hashes has the complete subtrees in the order of tlog.StoredHashIndex.
	hashes []tlog.Hash
	// edge has the roots of the largest complete subtrees, left to right: what
	// the next entry may be joined with.
	edge []tlog.Hash
	leaf leafHasher
}

// NewTree returns the tree of entries.
func NewTree(entries [][]byte) *Tree {
	n := int64(len(entries))
	t := &Tree{hashes: make([]tlog.Hash, 0, tlog.StoredHashCount(n))}
	for _, e := range entries {
		t.Append(e)
	}
	return t
}

// RootOf returns the root of the tree of entries, without keeping a tree.
func RootOf(entries [][]byte) Root {
	var edge []tlog.Hash
	var leaf leafHasher
	for i, e := range entries {
		edge = join(append(edge, leaf.hash(e)), int64(i), nil)
	}
	return fold(edge)
}

// Size returns the number of entries.
func (t *Tree) Size() Size { return t.size }

// Append adds one entry at the end. It hashes each leaf and each node once.
func (t *Tree) Append(entry []byte) {
	h := t.leaf.hash(entry)
	t.hashes = append(t.hashes, h)
	t.edge = join(append(t.edge, h), t.size, func(h tlog.Hash) { t.hashes = append(t.hashes, h) })
	t.size++
}

// join merges the complete subtrees that entry n, the last of edge, has made:
// one for each one-bit at the end of n. It tells each to made, if there is one.
func join(edge []tlog.Hash, n int64, made func(tlog.Hash)) []tlog.Hash {
	for ; n&1 == 1; n >>= 1 {
		last := len(edge) - 1
		h := tlog.NodeHash(edge[last-1], edge[last])
		edge = append(edge[:last-1], h)
		if made != nil {
			made(h)
		}
	}
	return edge
}

// fold hashes the complete subtrees, from the right, into the root of all. No
// subtree at all is the empty tree, whose root is SHA-256 of nothing.
func fold(edge []tlog.Hash) Root {
	if len(edge) == 0 {
		return sha256.Sum256(nil)
	}
	h := edge[len(edge)-1]
	for i := len(edge) - 2; i >= 0; i-- {
		h = tlog.NodeHash(edge[i], h)
	}
	return Root(h)
}

// leafHasher is tlog.RecordHash, made faster for short entries: they are hashed
// from a copy in memory that is used again and again. Its first byte is always
// 0, the mark of a leaf.
type leafHasher [1 + smallEntry]byte

func (b *leafHasher) hash(entry []byte) tlog.Hash {
	if len(entry) > smallEntry {
		return tlog.RecordHash(entry)
	}
	return sha256.Sum256(b[:1+copy(b[1:], entry)])
}

// Root returns the root at a size from 0 to Size, in O(log n).
func (t *Tree) Root(size Size) (Root, error) {
	if err := t.covers(size); err != nil {
		return Root{}, err
	}
	h, err := tlog.TreeHash(size, t.reader())
	if err != nil {
		return Root{}, fmt.Errorf("root at size %d: %w", size, err)
	}
	return Root(h), nil
}

// ProveEntry returns the proof that the tree of the given size holds its i'th
// entry (from 0), for CheckEntry.
func (t *Tree) ProveEntry(i, size Size) (Proof, error) {
	if err := t.covers(size); err != nil {
		return nil, err
	}
	if i < 0 || i >= size {
		return nil, fmt.Errorf("entry proof: wanted an entry below %d, found %d", size, i)
	}
	p, err := tlog.ProveRecord(size, i, t.reader())
	if err != nil {
		return nil, fmt.Errorf("entry proof: %w", err)
	}
	return fromHashes(p), nil
}

// ProveTree returns the proof that the tree of size newer begins with the whole
// tree of size older, for CheckTree. The proof for an empty older tree is empty.
func (t *Tree) ProveTree(older, newer Size) (Proof, error) {
	if err := t.covers(newer); err != nil {
		return nil, err
	}
	if older < 0 || older > newer {
		return nil, fmt.Errorf("tree proof: wanted an older size of at most %d, found %d", newer, older)
	}
	if older == 0 {
		return Proof{}, nil
	}
	p, err := tlog.ProveTree(newer, older, t.reader())
	if err != nil {
		return nil, fmt.Errorf("tree proof: %w", err)
	}
	return fromHashes(p), nil
}

// covers refuses sizes that the tree never had.
func (t *Tree) covers(size Size) error {
	if t == nil {
		return errors.New("tree: not there")
	}
	if size < 0 || size > t.size {
		return fmt.Errorf("tree: wanted a size of at most %d, found %d", t.size, size)
	}
	return nil
}

// reader reads the stored hashes. The indexes come from sizes that covers has
// accepted, so they are there.
func (t *Tree) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			hashes[i] = t.hashes[x]
		}
		return hashes, nil
	})
}

// CheckEntry returns nil if p proves that entry is the i'th (from 0) in the tree
// of this size and root.
func CheckEntry(p Proof, size Size, root Root, i Size, entry []byte) error {
	if err := checkBounds(p, size); err != nil {
		return fmt.Errorf("entry proof: %w", err)
	}
	if i < 0 || i >= size {
		return fmt.Errorf("entry proof: wanted an entry below %d, found %d", size, i)
	}
	if err := tlog.CheckRecord(toHashes(p), size, tlog.Hash(root), i, tlog.RecordHash(entry)); err != nil {
		return fmt.Errorf("entry proof: entry %d is not proven in the tree of size %d and root %s", i, size, root)
	}
	return nil
}

// CheckTree returns nil if p proves that the tree of the newer size and root
// begins with the whole tree of the older size and root.
func CheckTree(p Proof, newer Size, newRoot Root, older Size, oldRoot Root) error {
	if err := checkBounds(p, newer); err != nil {
		return fmt.Errorf("tree proof: %w", err)
	}
	if older < 0 || older > newer {
		return fmt.Errorf("tree proof: wanted an older size of at most %d, found %d", newer, older)
	}
	if older == 0 || newer == 0 {
		return checkEmpty(p, newer, newRoot, oldRoot)
	}
	if err := tlog.CheckTree(toHashes(p), newer, tlog.Hash(newRoot), older, tlog.Hash(oldRoot)); err != nil {
		return fmt.Errorf("tree proof: size %d and root %s is not proven to begin with size %d and root %s", newer, newRoot, older, oldRoot)
	}
	return nil
}

// checkEmpty is CheckTree for an empty older tree: every tree begins with it.
func checkEmpty(p Proof, newer Size, newRoot, oldRoot Root) error {
	empty := fold(nil)
	if len(p) != 0 {
		return fmt.Errorf("tree proof: wanted no hashes for an empty older tree, found %d", len(p))
	}
	if oldRoot != empty {
		return fmt.Errorf("tree proof: wanted root %s at size 0, found %s", empty, oldRoot)
	}
	if newer == 0 && newRoot != empty {
		return fmt.Errorf("tree proof: wanted root %s at size 0, found %s", empty, newRoot)
	}
	return nil
}

// checkBounds keeps foreign numbers out of arithmetic that they could overflow.
func checkBounds(p Proof, size Size) error {
	if size < 0 || size > maxEntries {
		return fmt.Errorf("wanted a size of at most %d, found %d", maxEntries, size)
	}
	if len(p) > maxProof {
		return fmt.Errorf("wanted at most %d hashes, found %d", maxProof, len(p))
	}
	return nil
}

func fromHashes(hashes []tlog.Hash) Proof {
	p := make(Proof, len(hashes))
	for i, h := range hashes {
		p[i] = Root(h)
	}
	return p
}

func toHashes(p Proof) []tlog.Hash {
	hashes := make([]tlog.Hash, len(p))
	for i, r := range p {
		hashes[i] = tlog.Hash(r)
	}
	return hashes
}
