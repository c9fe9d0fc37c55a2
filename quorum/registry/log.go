package registry

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"strongroom/custody/auditlog"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

const (
	entriesName      = "entries"
	checkpointName   = "checkpoint" // in a fork's folder
	checkpointPrefix = "checkpoint-"
	forkPrefix       = "fork-"
)

// ErrFork is wrapped when a signer has signed two histories. Nothing excuses it:
// its key is copied or its log was set back.
var ErrFork = errors.New("two histories of one log")

// ForkError names the log and the first entry in which the histories differ.
type ForkError struct {
	Device text.ID
	Index  auditlog.Size
	Kept   string // the folder, below the registry's, where the second one lies
}

// Error names the log, the entry and where the second history lies.
func (e *ForkError) Error() string {
	return fmt.Sprintf("log of %s: want entry %d as it was, found another, also signed: two histories of one log, the second is kept in %s", e.Device, e.Index, e.Kept)
}

// Unwrap returns ErrFork.
func (e *ForkError) Unwrap() error { return ErrFork }

// PutLog stores what a signer's log has more than the registry: the entries, one
// file each, then the checkpoint that covers them. It returns how many entries
// were new; none for a log no newer than the one stored.
//
// Checkpoint and entries must prove each other (auditlog.Prove). If they contradict
// the history that is stored, both are kept and the error is a *ForkError. If they
// contradict files that no checkpoint covers, the error is ErrTampered, and they
// are kept too.
func (r *Registry) PutLog(v auditlog.Verifier, device text.ID, checkpoint, entries []byte) (added int64, err error) {
	if err := logOf(v, device); err != nil {
		return 0, err
	}
	if len(entries) > maxLog {
		return 0, fmt.Errorf("registry: log of %s: want at most %d bytes, found %d", device, maxLog, len(entries))
	}
	fresh, err := auditlog.Prove(checkpoint, entries, v)
	if err != nil {
		return 0, fmt.Errorf("registry: log of %s: %w", device, err)
	}
	d, err := r.part(logsIn).Sub(string(device))
	if err != nil {
		return 0, fmt.Errorf("registry: %w", err)
	}
	defer d.Close()
	for try := range putTries {
		added, err = extendLog(d, v, device, fresh, try > 0)
		if !errors.Is(err, durable.ErrExists) {
			break // otherwise somebody else was writing: look again at what is there
		}
	}
	if errors.Is(err, durable.ErrExists) {
		kept, keep := keepFork(d, device, fresh)
		return 0, errors.Join(fmt.Errorf("registry: log of %s: %w: no checkpoint covers it; the log that was brought is kept in %s: %w", device, ErrTampered, kept, err), keep)
	}
	return added, err
}

// logOf refuses a verifier key of another log.
func logOf(v auditlog.Verifier, device text.ID) error {
	if _, err := text.ParseID(string(device)); err != nil {
		return fmt.Errorf("registry: log: %w", err)
	}
	if !strings.HasSuffix(v.Origin(), "/"+string(device)) {
		return fmt.Errorf("registry: log of %s: want its own verifier key, found that of %q", device, v.Origin())
	}
	return nil
}

// extendLog compares a proven log with the one stored and adds what is new. What
// is there already is found by its exact name: a list may be late. Again is said
// when a name was taken that the list knew nothing of.
func extendLog(d Folder, v auditlog.Verifier, device text.ID, fresh *auditlog.Proven, again bool) (int64, error) {
	stored, err := readLog(d, v)
	if again {
		d = d.Anew()
		if stored, err = readLog(d, v); err == nil || errors.Is(err, fs.ErrNotExist) {
			stored, err = later(d, v, stored)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	old, all := stored.Entries(), fresh.Entries()
	for i := range min(len(old), len(all)) {
		if !bytes.Equal(old[i], all[i]) {
			kept, err := keepFork(d, device, fresh)
			return 0, errors.Join(&ForkError{device, int64(i), kept}, err)
		}
	}
	if stored != nil && len(all) <= len(old) {
		return 0, nil
	}
	folder, err := d.Sub(entriesName)
	if err != nil {
		return 0, fmt.Errorf("registry: %w", err)
	}
	defer folder.Close()
	for i := len(old); i < len(all); i++ {
		if err := folder.WriteNew(entryName(i), all[i]); err != nil {
			return 0, fmt.Errorf("registry: %w", err)
		}
	}
	name := checkpointPrefix + text.FormatUint(uint64(len(all)))
	if err := d.WriteNew(name, fresh.Note()); err != nil {
		return 0, fmt.Errorf("registry: %w", err)
	}
	return int64(len(all) - len(old)), nil
}

// later goes on from a stored log by exact names, entry by entry, where the list
// may not know yet of the checkpoints that somebody has just put.
func later(d Folder, v auditlog.Verifier, stored *auditlog.Proven) (*auditlog.Proven, error) {
	folder, err := d.OpenSub(entriesName)
	if err != nil {
		return stored, ifAway(err)
	}
	defer folder.Close()
	have := len(stored.Entries())
	for n := have + 1; n <= have+maxLate; n++ {
		if _, err := folder.ReadFile(entryName(n-1), maxEntry, nil); err != nil {
			return stored, ifAway(err)
		}
		p, err := readCheckpoint(d, v, n)
		switch {
		case err == nil:
			stored = p
		case errors.Is(err, ErrAway):
			return nil, err
		}
	}
	return stored, nil
}

// ifAway keeps an error that says nothing about what is there.
func ifAway(err error) error {
	if errors.Is(err, ErrAway) {
		return fmt.Errorf("registry: %w", err)
	}
	return nil
}

// keepFork stores a second history whole and returns its folder's path below the
// registry.
func keepFork(d Folder, device text.ID, p *auditlog.Proven) (string, error) {
	name := forkPrefix + text.Identity(p.Note()).Short()
	path := "logs/" + string(device) + "/" + name
	sub, err := d.Sub(name)
	if err == nil {
		defer sub.Close()
		err = sub.WriteNew(entriesName, auditlog.EncodeEntries(p.Entries()))
	}
	if err == nil {
		err = sub.WriteNew(checkpointName, p.Note())
	}
	if err != nil {
		return path, fmt.Errorf("registry: second history: %w", err)
	}
	return path, nil
}

// Log returns a signer's log up to the largest checkpoint that verifies, and the
// checkpoint and the entries as they cross the gap. If nothing is stored,
// errors.Is(err, fs.ErrNotExist) says so. Checkpoints that don't verify are passed
// over as long as one does.
func (r *Registry) Log(v auditlog.Verifier, device text.ID) (p *auditlog.Proven, checkpoint, entries []byte, err error) {
	if err := logOf(v, device); err != nil {
		return nil, nil, nil, err
	}
	d, err := r.part(logsIn).OpenSub(string(device))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("registry: %w", err)
	}
	defer d.Close()
	if p, err = readLog(d, v); err != nil {
		return nil, nil, nil, err
	}
	return p, p.Note(), auditlog.EncodeEntries(p.Entries()), nil
}

// readLog tries the checkpoints, the largest first.
func readLog(d Folder, v auditlog.Verifier) (*auditlog.Proven, error) {
	files, err := d.List(maxNames)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	var sizes []uint64
	for _, f := range files {
		rest, ok := strings.CutPrefix(f.Name, checkpointPrefix)
		if n, err := text.ParseUint(rest, maxNames); ok && err == nil {
			sizes = append(sizes, n)
		}
	}
	slices.SortFunc(sizes, func(a, b uint64) int { return cmp.Compare(b, a) })
	var first error
	for _, n := range sizes {
		p, err := readCheckpoint(d, v, int(n))
		if err == nil || errors.Is(err, ErrAway) {
			return p, err
		}
		if first == nil {
			first = err
		}
	}
	if first != nil {
		return nil, first
	}
	return nil, fmt.Errorf("registry: %s: want a checkpoint, found none: %w", d.Path(), fs.ErrNotExist)
}

// readCheckpoint reads the checkpoint of one size and the entries it covers.
// Without a good signature no entry is read: only the signer can cost us that.
func readCheckpoint(d Folder, v auditlog.Verifier, size int) (*auditlog.Proven, error) {
	p, err := proveAt(d, v, size)
	if err == nil || errors.Is(err, ErrAway) {
		return p, err
	}
	if anew := d.Anew(); anew != d {
		return proveAt(anew, v, size) // what this machine remembers may be what is wrong
	}
	return nil, err
}

func proveAt(d Folder, v auditlog.Verifier, size int) (*auditlog.Proven, error) {
	name := checkpointPrefix + text.FormatUint(uint64(size))
	note, err := d.ReadFile(name, maxCheckpoint, func(b []byte) bool {
		c, err := auditlog.OpenCheckpoint(b, v)
		return err == nil && c.Size == int64(size)
	})
	if err != nil {
		return nil, damaged(d, name, err)
	}
	c, err := auditlog.OpenCheckpoint(note, v)
	if err != nil {
		return nil, damaged(d, name, err)
	}
	if c.Size != int64(size) {
		return nil, tampered(d, name, "a checkpoint of size "+text.FormatUint(uint64(c.Size)))
	}
	entries, err := readEntries(d, size)
	if err != nil {
		return nil, damaged(d, entriesName, err)
	}
	p, err := auditlog.Prove(note, auditlog.EncodeEntries(entries), v)
	if err != nil {
		return nil, damaged(d, entriesName, err)
	}
	return p, nil
}

// damaged is ErrTampered with the reason. It does not wrap fs.ErrNotExist: a log
// with a hole is not a log that isn't there. Of a place that is away it says
// nothing.
func damaged(d Folder, name string, err error) error {
	if errors.Is(err, ErrAway) {
		return fmt.Errorf("registry: %w", err)
	}
	return fmt.Errorf("registry: %s/%s: %w: %w", d.Path(), name, ErrTampered, err)
}

func readEntries(d Folder, size int) ([][]byte, error) {
	if size == 0 {
		return nil, nil
	}
	folder, err := d.OpenSub(entriesName)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	var entries [][]byte
	total := 0
	for i := range size {
		b, err := folder.ReadFile(entryName(i), maxEntry, nil)
		if err != nil {
			return nil, err
		}
		if total += len(b); total > maxLog {
			return nil, fmt.Errorf("want at most %d bytes of entries, found more", maxLog)
		}
		entries = append(entries, b)
	}
	return entries, nil
}

// entryName is the name of an entry's file: six digits or more.
func entryName(i int) string { return fmt.Sprintf("%06d", i) }

// Forks returns the second histories of a signer's log that were kept and that it
// has really signed. Each is an alarm.
func (r *Registry) Forks(v auditlog.Verifier, device text.ID) ([]*auditlog.Proven, error) {
	if err := logOf(v, device); err != nil {
		return nil, err
	}
	d, err := r.part(logsIn).OpenSub(string(device))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	defer d.Close()
	files, err := d.List(maxNames)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	var out []*auditlog.Proven
	for _, f := range files {
		if !f.Dir || !strings.HasPrefix(f.Name, forkPrefix) {
			continue
		}
		p, err := readFork(d, f.Name, v)
		if errors.Is(err, ErrAway) {
			return nil, fmt.Errorf("registry: %w", err)
		}
		if err == nil && len(out) < maxForks {
			out = append(out, p)
		}
	}
	return out, nil
}

// readFork fails for what the signer has not signed: anybody can make a folder of
// that name.
func readFork(d Folder, name string, v auditlog.Verifier) (*auditlog.Proven, error) {
	sub, err := d.OpenSub(name)
	if err != nil {
		return nil, err
	}
	defer sub.Close()
	note, err := sub.ReadFile(checkpointName, maxCheckpoint, nil)
	if err != nil {
		return nil, err
	}
	entries, err := sub.ReadFile(entriesName, 2*maxLog, nil) // with their lengths
	if err != nil {
		return nil, err
	}
	return auditlog.Prove(note, entries, v)
}
