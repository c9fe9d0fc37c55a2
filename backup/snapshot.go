package backup

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"
)

const (
	tarBlock    = 512
	tarFileMode = 0o600
	tarDirMode  = 0o700
	tarLinkMode = 0o777
)

// Progress is told, while a folder is read, how many of its bytes were.
type Progress func(done, total uint64)

// WriteTar reads a folder once and writes it as a tar archive that depends on
// nothing but names, bytes and stamp: members sorted by path, owner 0, files
// 0600, folders 0700, links as links, pax records only where ustar has no room,
// and stamp in whole seconds as every time. The last member is SHA256SUMS,
// which "sha256sum -c" reads. progress may be nil.
//
// A folder without a file is refused: it is a disk that was not mounted. A file
// that changes while it is read is put again behind itself, up to three times,
// and tar keeps the last; one that never stands still is torn.
func WriteTar(w io.Writer, src fs.FS, stamp time.Time, progress Progress) (Contents, error) {
	a, err := newArchive(src, stamp, progress)
	if err != nil {
		return Contents{}, err
	}
	if err := a.writeAll(w); err != nil {
		return Contents{}, err
	}
	return a.contents, nil
}

// archive is a folder on its way into one or several tar streams.
type archive struct {
	src      fs.FS
	list     []entry
	stamp    time.Time
	hasher   *fileHasher
	progress Progress
	now      time.Time // what changed a moment before may have changed again unseen
	done     uint64
	total    uint64
	torn     []string // names of files that never stood still, sorted
	contents Contents // whole after writeAll
}

func newArchive(src fs.FS, stamp time.Time, progress Progress) (*archive, error) {
	list, err := scan(src)
	if err != nil {
		return nil, err
	}
	a := &archive{src: src, list: list, stamp: seconds(stamp), hasher: newFileHasher(), progress: progress}
	files := 0
	for _, e := range list {
		if e.path == sumsName || e.path == Packed {
			return nil, OwnName{e.path}
		}
		if e.isFile() {
			files++
			a.total += uint64(e.size)
		}
	}
	if files == 0 {
		return nil, errors.New("snapshot: want a folder with files, found none")
	}
	return a, nil
}

// writeAll writes every entry that is not in a segment of its own, those in packs
// as links, then SHA256SUMS.
func (a *archive) writeAll(w io.Writer) (err error) {
	t := tar.NewWriter(w)
	for i := range a.list {
		switch e := &a.list[i]; {
		case e.held == "":
			err = a.add(t, e, e.path)
		case e.member > 0:
			err = t.WriteHeader(&tar.Header{Typeflag: tar.TypeLink, Name: e.path, Linkname: e.packed(), Mode: tarFileMode, ModTime: a.stamp, Format: tar.FormatPAX})
		}
		if err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
	}
	if err := a.addSums(t); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}

// writeOne writes one file as an archive of its own.
func (a *archive) writeOne(w io.Writer, e *entry, payload string) error {
	t := tar.NewWriter(w)
	e.held = payload
	if err := a.add(t, e, e.path); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}

// read tells the progress that a file was dealt with.
func (a *archive) read(e entry) {
	a.done += uint64(e.size)
	if a.progress != nil {
		a.progress(min(a.done, a.total), a.total)
	}
}

func (a *archive) header(t *tar.Writer, kind byte, name string, size, mode int64) error {
	return t.WriteHeader(&tar.Header{Typeflag: kind, Name: name, Size: size, Mode: mode, ModTime: a.stamp, Format: tar.FormatPAX})
}

// add writes one entry, a file under a name, and notes its hash.
func (a *archive) add(t *tar.Writer, e *entry, name string) error {
	switch {
	case e.dir:
		return a.header(t, tar.TypeDir, e.path+"/", 0, tarDirMode)
	case e.link != "":
		a.contents.Links++
		return t.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: e.path, Linkname: e.link, Mode: tarLinkMode, ModTime: a.stamp, Format: tar.FormatPAX})
	}
	defer a.read(*e)
	e.gone = false
	for try := 1; ; try++ {
		still, err := a.addFile(t, e, name)
		if missing(err) && try == 1 { // it is as if it had never been listed
			e.gone, e.held, e.member = true, "", 0
			return nil
		}
		if err != nil || still {
			return err
		}
		if try == maxTries {
			a.tore(e)
			return nil
		}
		info, err := fs.Lstat(a.src, e.path)
		if missing(err) && e.whole {
			return nil // removed behind its last byte
		}
		if missing(err) { // what is in the archive by now is all that is left of it
			a.tore(e)
			return nil
		}
		if err != nil {
			return fmt.Errorf("%q: %w", clip(e.path), err)
		}
		if !info.Mode().IsRegular() || info.Size() > maxBytes {
			return errNoFile(*e)
		}
		e.size, e.mtime, e.mark = info.Size(), info.ModTime(), markOf(info)
	}
}

// errNoFile reports what was a file when the folder was listed.
func errNoFile(e entry) error {
	return fmt.Errorf("%q: want a file that stays one, found something else", clip(e.path))
}

// tore notes a file that never stood still.
func (a *archive) tore(e *entry) {
	e.torn = true
	a.torn = append(a.torn, e.path)
	a.contents.Torn++
}

// addFile writes one file with the size it had when it was seen, and says
// whether it stood still. A file that shrank is filled up with zeros.
func (a *archive) addFile(t *tar.Writer, e *entry, name string) (still bool, err error) {
	f, err := a.src.Open(e.path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	before := unchanged(f, *e)
	if errors.Is(before, errKind) { // nothing to read: a pipe has no end
		return false, errNoFile(*e)
	}
	if err := a.header(t, tar.TypeReg, name, e.size, tarFileMode); err != nil {
		return false, fmt.Errorf("%q: %w", clip(e.path), err)
	}
	still = before == nil
	n, err := a.hasher.copyN(t, f, e.size)
	if err != nil {
		return false, fmt.Errorf("%q: %w", clip(e.path), err)
	}
	if n < e.size {
		if err := a.hasher.zeros(t, e.size-n); err != nil {
			return false, err
		}
		still = false
	}
	e.sum = a.hasher.sum()
	after := unchanged(f, *e)
	e.whole = still && a.hasher.atEnd(f) && (after == nil || errors.Is(after, errMark))
	return e.whole && after == nil, nil
}

// addSums writes SHA256SUMS, the last member, and counts what it lists.
func (a *archive) addSums(t *tar.Writer) error {
	var line []byte
	size := int64(0)
	for _, e := range a.list {
		if e.isFile() {
			line = appendSumLine(line[:0], e.sum, e.path)
			size += int64(len(line))
			a.contents.Files++
			a.contents.Bytes += uint64(e.size)
		}
	}
	if err := a.header(t, tar.TypeReg, sumsName, size, tarFileMode); err != nil {
		return err
	}
	h := sha256.New()
	out := io.MultiWriter(t, h)
	for _, e := range a.list {
		if e.isFile() {
			line = appendSumLine(line[:0], e.sum, e.path)
			if _, err := out.Write(line); err != nil {
				return err
			}
		}
	}
	h.Sum(a.contents.Sums[:0])
	slices.Sort(a.torn)
	return nil
}
