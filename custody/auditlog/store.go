package auditlog

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"strongroom/custody/durable"
)

// What can be wrong with a log on disk, where callers tell one from the other.
var (
	// ErrCorrupt: what is there is not what was signed, or is no log.
	ErrCorrupt = errors.New("log corrupt")
	// ErrTruncated: entries that were signed are gone from the end.
	ErrTruncated = errors.New("log truncated")
	// ErrUnproven: there are entries that no checkpoint covers, as an append
	// leaves them that was interrupted. Only Open, with the key, accepts them.
	ErrUnproven = errors.New("log not proven to its end")
	// ErrClosed: the Log failed before, or was never opened.
	ErrClosed = errors.New("log closed")
)

const (
	checkpointName = "checkpoint"
	entriesName    = "entries"
	nameDigits     = 6
)

// entryName returns the file name of the n'th entry: six digits or more.
func entryName(n Size) string { return fmt.Sprintf("%0*d", nameDigits, n) }

// parseEntryName is the reverse of entryName.
func parseEntryName(name string) (Size, bool) {
	if strings.Trim(name, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(name, 10, 64)
	return n, err == nil && entryName(n) == name
}

// stored is a log as it was found on disk: entries may go beyond the checkpoint,
// and nothing is hashed yet.
type stored struct {
	note       []byte
	checkpoint Checkpoint
	entries    [][]byte
}

// load reads a log's folder. A missing checkpoint satisfies
// errors.Is(err, fs.ErrNotExist): there is no log.
func load(d *durable.Dir, v Verifier) (stored, error) {
	if v == (Verifier{}) {
		return stored{}, errors.New("log verifier: not there")
	}
	var s stored
	var err error
	if s.note, err = d.ReadFile(checkpointName, maxCheckpoint); err != nil {
		return stored{}, fmt.Errorf("log: %w", err)
	}
	if s.checkpoint, err = OpenCheckpoint(s.note, v); err != nil {
		return stored{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	folder, err := d.OpenSub(entriesName)
	if errors.Is(err, fs.ErrNotExist) {
		return stored{}, fmt.Errorf("%w: wanted the folder %q, found none", ErrCorrupt, entriesName)
	}
	if err != nil {
		return stored{}, fmt.Errorf("log: %w", err)
	}
	defer func() { _ = folder.Close() }() // only read from
	count, err := countFiles(folder)
	if err != nil {
		return stored{}, err
	}
	if count < s.checkpoint.Size {
		return stored{}, fmt.Errorf("%w: wanted %d entries as the checkpoint says, found %d", ErrTruncated, s.checkpoint.Size, count)
	}
	s.entries, err = readEntries(folder, count)
	return s, err
}

// countFiles returns how many entries there are, once it is sure that they are
// numbered without a gap, are plain files of a legal size, and are alone.
func countFiles(folder *durable.Dir) (Size, error) {
	files, err := folder.List(maxEntries)
	if err != nil {
		return 0, fmt.Errorf("log: %w", err)
	}
	there := make([]bool, len(files))
	gap := false
	for _, f := range files {
		n, ok := parseEntryName(f.Name)
		if !ok || !f.Regular {
			return 0, fmt.Errorf("%w: %s/%s: wanted only plain files named by six digits, found something else", ErrCorrupt, entriesName, f.Name)
		}
		if err := checkEntry(n, f.Size); err != nil {
			return 0, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		if n < int64(len(files)) {
			there[n] = true
		} else {
			gap = true // one number is too high, so a lower one is missing
		}
	}
	for n, ok := range there {
		if gap && !ok {
			return 0, fmt.Errorf("%w: entry %d is missing, and there are later ones", ErrCorrupt, n)
		}
	}
	return int64(len(files)), nil
}

// readEntries reads entries 0 to count-1.
func readEntries(folder *durable.Dir, count Size) ([][]byte, error) {
	entries := make([][]byte, count)
	for i := range entries {
		b, err := folder.ReadFile(entryName(int64(i)), maxEntry)
		if err != nil {
			return nil, fmt.Errorf("log: entry %d: %w", i, err)
		}
		entries[i] = b
	}
	return entries, nil
}

// Read reads a log's folder without changing it and without the key: for
// auditors. It accepts only a log that its checkpoint covers to the end; the
// errors are those of Open, and ErrUnproven for entries after the checkpoint.
func Read(d *durable.Dir, v Verifier) (*Proven, error) {
	s, err := load(d, v)
	if err != nil {
		return nil, err
	}
	if n := int64(len(s.entries)); n > s.checkpoint.Size {
		return nil, fmt.Errorf("%w: wanted %d entries as the checkpoint says, found %d", ErrUnproven, s.checkpoint.Size, n)
	}
	p, err := prove(s.checkpoint, s.note, s.entries)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return p, nil
}
