package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/chainhash/v2"

	"strongroom/custody/durable"
	"strongroom/custody/headers"
	"strongroom/quorum/text"
)

// Copied is what Copy did.
type Copied struct {
	Files int      // that were there afterwards
	Odd   []string // sentences about files that were not copied
}

// Copy puts everything that one registry holds into another. What is not as its
// name says is left behind, and what the other holds with other bytes stays as it
// is; both are told. It may be repeated.
func Copy(to, from *Registry) (Copied, error) {
	var c Copied
	for _, name := range folders() {
		if err := c.folder(to.part(name), from.part(name), name, 0); err != nil {
			return c, fmt.Errorf("registry: copy: %w", err)
		}
	}
	return c, nil
}

// folder copies folders before files: a log's entries go before the checkpoint
// that covers them.
func (c *Copied) folder(to, from Folder, part string, depth int) error {
	entries, err := from.List(maxNames)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Dir && belongs(part, e.Name, depth) {
			if err := c.below(to, from, part, e.Name, depth+1); err != nil {
				return err
			}
		}
	}
	for _, e := range entries {
		if good, size := contentOf(part, e.Name, depth); e.Regular && size > 0 {
			if err := c.file(to, from, e.Name, size, good); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Copied) below(to, from Folder, part, name string, depth int) error {
	source, err := from.OpenSub(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // taken away since we listed it
	}
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := to.Sub(name)
	if err != nil {
		return err
	}
	defer target.Close()
	return c.folder(target, source, part, depth)
}

func (c *Copied) file(to, from Folder, name string, size int64, good func([]byte) bool) error {
	b, err := from.ReadFile(name, size, good)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, durable.ErrTooLarge):
		c.Odd = append(c.Odd, err.Error())
		return nil
	case err != nil:
		return err
	case good != nil && !good(b):
		c.Odd = append(c.Odd, tampered(from, name, "other content").Error())
		return nil
	}
	err = to.WriteNew(name, b)
	if errors.Is(err, durable.ErrExists) {
		c.Odd = append(c.Odd, tampered(to, name, "other content").Error())
		return nil
	}
	if err == nil {
		c.Files++
	}
	return err
}

// belongs says whether a registry has folders of a name.
func belongs(part, name string, depth int) bool {
	_, hash := text.ParseHash(name)
	_, id := text.ParseID(name)
	switch {
	case part == sigsIn && depth == 0, part == psbtsIn && depth == 0:
		return hash == nil
	case part == logsIn && depth == 0:
		return id == nil
	}
	return part == logsIn && depth == 1 && (name == entriesName || strings.HasPrefix(name, forkPrefix))
}

// contentOf tells how a file of a registry is known to be right, and its most
// bytes: zero for what has no place in a registry. What a log holds is proven by
// its checkpoints, not file by file.
func contentOf(part, name string, depth int) (good func([]byte) bool, size int64) {
	hash, err := text.ParseHash(name)
	content := func(b []byte) bool { return text.Identity(b) == hash }
	switch {
	case part == logsIn && depth == 1 && strings.HasPrefix(name, checkpointPrefix), part == logsIn && depth == 2:
		return nil, 2 * maxLog
	case part == headersIn && depth == 0:
		height, ok := runHeight(name)
		if !ok {
			return nil, 0
		}
		return func(b []byte) bool { return runName(height, b) == name }, runHeaders * headers.HeaderSize
	case err != nil:
		return nil, 0
	case part == txsIn && depth == 0:
		id, _ := chainhash.NewHashFromStr(name)
		return func(b []byte) bool { _, odd := readTx(b, *id); return odd == "" }, maxTx
	case part == sigsIn && depth == 1:
		return content, maxSignature
	case part == psbtsIn && depth == 1:
		return content, maxPSBT
	case depth == 0 && slices.Contains([]string{textsIn, descriptorsIn, keyRecordsIn}, part):
		return content, maxCopied
	}
	return nil, 0
}
