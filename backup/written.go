package backup

import "io/fs"

// Written remembers what a restore wrote: of each file, by its inode, the
// SHA-256 of the bytes that went in. Names of packs and their second names are
// one file. A file that is not the one any more, by size or time, or of which
// nothing is known, such as one that an earlier run wrote, is read. The zero
// Written knows nothing.
type Written struct {
	files map[uint64]writtenFile
}

// writtenFile is 56 bytes with its inode; a table of maxEntries takes 33 MB, one of a
// million would take 133.
type writtenFile struct {
	sum      Sum
	size     int64
	modified int64 // nanoseconds
}

// Add notes a file that was written, as its file system told when the last byte
// was in.
func (w *Written) Add(info fs.FileInfo, sum Sum) {
	inode := markOf(info).Inode
	if inode == 0 || len(w.files) >= maxEntries {
		return
	}
	if w.files == nil {
		w.files = map[uint64]writtenFile{}
	}
	w.files[inode] = writtenFile{sum, info.Size(), info.ModTime().UnixNano()}
}

// has says whether a file is one that was written with that sum.
func (w *Written) has(e entry, sum Sum) bool {
	if w == nil || e.mark.Inode == 0 {
		return false
	}
	f, ok := w.files[e.mark.Inode]
	return ok && f == writtenFile{sum, e.size, e.mtime.UnixNano()}
}
