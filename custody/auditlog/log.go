package auditlog

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"strongroom/custody/durable"
)

// Log is a log that may grow, in a folder that belongs to this process alone:
// the caller holds the lock of the home it is in. Not for use by several
// goroutines. The zero Log refuses to grow.
type Log struct {
	dir    *durable.Dir
	folder *durable.Dir // of the entries
	key    Key
	usable bool // false after the first error

	// What the checkpoint on disk covers. The tree may be ahead of it, after
	// an error.
	note    []byte
	entries [][]byte
	tree    *Tree
}

// Create makes an empty log in the folder d, with a checkpoint of size 0. If it
// is interrupted it can be repeated. A folder that holds any other log is
// refused (durable.ErrExists, ErrCorrupt).
func Create(d *durable.Dir, k Key) (*Log, error) {
	l := &Log{dir: d, key: k, tree: new(Tree)}
	var err error
	if l.note, err = k.sign(0, fold(nil)); err != nil {
		return nil, err
	}
	if l.folder, err = d.Sub(entriesName); err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	if err := l.begin(); err != nil {
		return nil, errors.Join(err, l.folder.Close())
	}
	l.usable = true
	return l, nil
}

// begin writes the first checkpoint beside a folder that holds nothing.
func (l *Log) begin() error {
	if err := errors.Join(l.dir.Clean(), l.folder.Clean()); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	files, err := l.folder.List(maxEntries)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	if len(files) > 0 {
		return fmt.Errorf("%w: wanted no entries in a new log, found %d", ErrCorrupt, len(files))
	}
	if err := l.dir.WriteNew(checkpointName, l.note); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	return nil
}

// Open opens the log in the folder d to append to it. It hashes every entry
// again, and the root must be the one that was signed. Entries after the
// checkpoint, which an interrupted Append has left, become part of the log: they
// may have been acted upon elsewhere, and what is in a log never leaves it. A
// new checkpoint is then written before Open returns.
//
// A log that was put back to an older state as a whole looks like an older log.
// That is found by others, who remember a checkpoint: compare Root at its size.
//
// Errors: ErrCorrupt, ErrTruncated, fs.ErrNotExist if there is no log.
func Open(d *durable.Dir, k Key) (*Log, error) {
	s, err := load(d, k.Verifier())
	if err != nil {
		return nil, err
	}
	tree := NewTree(s.entries)
	root, err := tree.Root(s.checkpoint.Size)
	if err != nil {
		return nil, err
	}
	if root != s.checkpoint.Root {
		return nil, fmt.Errorf("%w: wanted root %s at size %d as the checkpoint says, found %s", ErrCorrupt, s.checkpoint.Root, s.checkpoint.Size, root)
	}
	folder, err := d.Sub(entriesName)
	if err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	l := &Log{dir: d, folder: folder, key: k, note: s.note, entries: s.entries, tree: tree}
	if err := l.settle(s.checkpoint.Size); err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	l.usable = true
	return l, nil
}

// settle tidies up after a crash: left-over files go, and entries beyond the
// signed size get their checkpoint.
func (l *Log) settle(signed Size) error {
	if err := errors.Join(l.dir.Clean(), l.folder.Clean()); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	if l.tree.Size() == signed {
		return nil
	}
	// The last of them may have got its name just before the crash, but not
	// its fsync of the folder. Writing it again makes it durable.
	last := l.tree.Size() - 1
	if err := l.folder.WriteNew(entryName(last), l.entries[last]); err != nil {
		return fmt.Errorf("log: entry %d: %w", last, err)
	}
	return l.checkpoint()
}

// Append adds entries at the end, in order, under one checkpoint, and returns
// when all that is on disk to stay: each entry is made durable before the next
// one, and the last before the checkpoint. After a crash the log holds the old
// entries and a part of the new, from the first on; after a nil error all.
//
// After any error, also one about the entries themselves, the Log is of no more
// use: Append returns ErrClosed until the log is opened again.
func (l *Log) Append(entries ...[]byte) error {
	if l == nil || !l.usable {
		return ErrClosed
	}
	if len(entries) == 0 {
		return nil
	}
	l.usable = false
	if err := l.append(entries); err != nil {
		return err
	}
	l.usable = true
	return nil
}

// append: check all, write all, then sign.
func (l *Log) append(entries [][]byte) error {
	first := l.Size()
	if total := first + int64(len(entries)); total > maxEntries {
		return fmt.Errorf("log: wanted at most %d entries, found %d", maxEntries, total)
	}
	for i, e := range entries {
		if err := checkEntry(first+int64(i), int64(len(e))); err != nil {
			return fmt.Errorf("log: %w", err)
		}
	}
	added := make([][]byte, len(entries))
	for i, e := range entries {
		added[i] = bytes.Clone(e)
		n := first + int64(i)
		if err := l.folder.WriteNew(entryName(n), added[i]); err != nil {
			return fmt.Errorf("log: entry %d: %w", n, err)
		}
		l.tree.Append(added[i])
	}
	if err := l.checkpoint(); err != nil {
		return err
	}
	l.entries = append(l.entries, added...)
	return nil
}

// checkpoint signs the tree and replaces the checkpoint on disk.
func (l *Log) checkpoint() error {
	size := l.tree.Size()
	root, err := l.tree.Root(size)
	if err != nil {
		return err
	}
	note, err := l.key.sign(size, root)
	if err != nil {
		return err
	}
	if err := l.dir.WriteFile(checkpointName, note); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	l.note = note
	return nil
}

// Size returns the number of entries that the checkpoint on disk covers.
func (l *Log) Size() Size { return int64(len(l.entries)) }

// Entry returns the i'th entry, from 0, or nil if there is none. Its bytes must
// not be changed.
func (l *Log) Entry(i Size) []byte {
	if i < 0 || i >= l.Size() {
		return nil
	}
	return l.entries[i]
}

// Entries returns all entries in order. Their bytes must not be changed.
func (l *Log) Entries() [][]byte { return slices.Clone(l.entries) }

// Root returns the root at a size from 0 to Size.
func (l *Log) Root(size Size) (Root, error) {
	if err := l.covers(size); err != nil {
		return Root{}, err
	}
	return l.tree.Root(size)
}

// ProveEntry returns the proof that the log at that size holds its i'th entry.
func (l *Log) ProveEntry(i, size Size) (Proof, error) {
	if err := l.covers(size); err != nil {
		return nil, err
	}
	return l.tree.ProveEntry(i, size)
}

// ProveTree returns the proof that the log at size newer begins with the whole
// log at size older.
func (l *Log) ProveTree(older, newer Size) (Proof, error) {
	if err := l.covers(newer); err != nil {
		return nil, err
	}
	return l.tree.ProveTree(older, newer)
}

// covers refuses sizes that no checkpoint of ours has reached.
func (l *Log) covers(size Size) error {
	if l == nil || l.tree == nil {
		return ErrClosed
	}
	if size < 0 || size > l.Size() {
		return fmt.Errorf("log: wanted a size of at most %d, found %d", l.Size(), size)
	}
	return nil
}

// Checkpoint returns the signed checkpoint that is on disk.
func (l *Log) Checkpoint() []byte { return bytes.Clone(l.note) }

// Export returns what travels to others: the checkpoint and all its entries in
// one file. Prove accepts the pair.
func (l *Log) Export() (checkpoint, entries []byte) {
	return l.Checkpoint(), EncodeEntries(l.entries)
}

// Close gives the folder of the entries back. The Log is of no more use.
func (l *Log) Close() error {
	if l == nil {
		return nil
	}
	l.usable = false
	return l.folder.Close()
}
