package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// The names in a drill's folder, on the machine where it is restored.
const (
	drillFile    = "drill.json" // what is restored, why, by whose leave, and when what was done
	drillScript  = "restore.sh" // the restore, by stock tools alone
	drillHeaders = "headers"    // what officers release
	drillRestore = "restored"   // what came back
	drillBegan   = "began"      // when the script began, and when it ended
	drillEnded   = "ended"      //
	drillObjects = "objects"    // what the script fetched from a bucket

	// As the commands of package backup name them.
	drillAccess    = "store.key"       // the operator's access to the bucket
	drillAuthority = "authority.pem"   // of a bucket whose certificate nobody knows
	releasedOn     = "released-%d.txt" // in the headers: who opened a layer, and when
)

// drillKey names the private half of a layer's one-time recipient.
func drillKey(layer int) string { return fmt.Sprintf("key-%d.txt", layer) }

// drillNote is a drill on its way. It is this machine's own note, signed by
// nobody: what it says is checked against what is signed, or is written into a
// certificate that people sign who were there.
type drillNote struct {
	Snapshot   uint64       `json:"snapshot"`
	Manifest   string       `json:"manifest"`
	Taken      time.Time    `json:"taken"`
	Rewrap     string       `json:"rewrap,omitempty"` // the newest then: its headers are opened
	Store      text.ID      `json:"store"`
	Seed       string       `json:"seed,omitempty"`        // the block that chose the store
	SeedHeight uint32       `json:"seed_height,omitempty"` // of that block
	Site       text.ID      `json:"place"`
	Operator   text.ID      `json:"operator"`
	Reason     string       `json:"reason"`
	Recipients []string     `json:"recipients"`
	Proposal   string       `json:"proposal,omitempty"` // once it is signed
	Disaster   time.Time    `json:"disaster"`
	Started    time.Time    `json:"started"`          // the proposal was signed
	Carried    time.Time    `json:"carried,omitzero"` // the officers' folder was written: everybody had approved
	Judged     *drillJudged `json:"judged,omitempty"`
}

// drillJudged is what was found in what came back.
type drillJudged struct {
	At       time.Time        `json:"at"`
	Began    time.Time        `json:"began"` // the restore
	Ended    time.Time        `json:"ended"`
	Seconds  uint64           `json:"seconds"` // that judging took
	Records  uint64           `json:"records"`
	Checks   []backup.Check   `json:"checks"`
	Versions []backup.Version `json:"versions"`
	Access   []backup.Access  `json:"access"`
	Places   drillPlaces      `json:"places"`
}

// openDrill opens a drill's folder and reads its note.
func openDrill(path string) (*durable.Dir, drillNote, error) {
	var n drillNote
	dir, err := durable.Open(path)
	if err != nil {
		return nil, n, cli.Hint(err, "strongroom drill start -o DIR")
	}
	b, err := dir.ReadFile(drillFile, maxDrillNote)
	if err == nil {
		err = json.Unmarshal(b, &n)
	}
	if err != nil {
		err = cli.Hint(fmt.Errorf("%s: want a drill's folder, found none: %w", path, err), "strongroom drill start -o DIR")
		return nil, n, errors.Join(err, dir.Close())
	}
	return dir, n, nil
}

// inDrill works in a drill's folder.
func inDrill(path string, work func(*durable.Dir, drillNote) error) error {
	dir, n, err := openDrill(path)
	if err != nil {
		return err
	}
	return errors.Join(work(dir, n), dir.Close())
}

func (n drillNote) write(dir *durable.Dir) error {
	b, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return err
	}
	return dir.WriteFile(drillFile, append(b, '\n'))
}

// snapshotOf returns the snapshot that the drill is about, and its store.
func (n drillNote) snapshotOf(all []snapshotCopy, stores []namedStore) (snapshotCopy, namedStore, error) {
	for _, c := range all {
		if c.id.String() == n.Manifest {
			if err := c.asOf(n.Rewrap); err != nil {
				return c, namedStore{}, err
			}
			s, err := pickStore(stores, c, string(n.Store))
			return c, s, err
		}
	}
	return snapshotCopy{}, namedStore{}, cli.Hint(fmt.Errorf("snapshot: want %s, found none", n.Manifest), "strongroom backup list")
}

// asOf leaves out the re-wraps behind and beside one; without one it leaves out all.
func (c *snapshotCopy) asOf(rewrap string) error {
	var id text.Hash
	if rewrap != "" {
		list := c.AllRewraps()
		at := slices.IndexFunc(list, func(x backup.SignedRewrap) bool { return x.ID().String() == rewrap })
		if at < 0 {
			return cli.Hint(fmt.Errorf("snapshot %d: want its re-wrap %s, found none", c.Manifest().Number, rewrap), "strongroom backup list")
		}
		id = list[at].ID()
	}
	c.Signed, _ = c.AsOf(id)
	return nil
}

// identities reads the one-time keys.
func (n drillNote) identities(dir *durable.Dir) ([]age.Identity, error) {
	var out []age.Identity
	for i := range n.Recipients {
		b, err := dir.ReadFile(drillKey(i+1), maxIdentity)
		if err != nil {
			return nil, cli.Hint(fmt.Errorf("key of layer %d: want it until the drill ends, found none: %w", i+1, err), "strongroom drill start -o DIR")
		}
		ids, err := age.ParseIdentities(strings.NewReader(string(b)))
		cli.Wipe(b)
		if err != nil {
			return nil, fmt.Errorf("%s: want a one-time key of age, found something else", drillKey(i+1))
		}
		out = append(out, ids...)
	}
	return out, nil
}

// clock reads a time that the script wrote.
func readClock(dir *durable.Dir, name string) (time.Time, error) {
	b, err := dir.ReadFile(name, maxDrillClock)
	if err != nil {
		return time.Time{}, cli.Hint(fmt.Errorf("%s: want the time that %s writes, found none: %w", name, drillScript, err), "sh %s", quoted(filepath.Join(dir.Path(), drillScript)))
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSuffix(string(b), "\n"))
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: want a time such as 2026-11-21T20:50:00Z, found another text", name)
	}
	return at.UTC().Truncate(time.Second), nil
}

// readReleased reads who opened the layers, as their machines noted it beside
// the headers.
func readReleased(dir *durable.Dir, layers int) ([]backup.Access, error) {
	headers, err := dir.OpenSub(drillHeaders)
	if err != nil {
		return nil, err
	}
	defer headers.Close()
	return openersIn(headers, layers)
}

// openersIn reads the notes of those who opened the layers.
func openersIn(headers *durable.Dir, layers int) ([]backup.Access, error) {
	var out []backup.Access
	for layer := 1; layer <= layers; layer++ {
		name := fmt.Sprintf(releasedOn, layer)
		b, err := headers.ReadFile(name, maxDrillClock)
		if err != nil {
			return nil, err
		}
		officer, at, _ := strings.Cut(strings.TrimSuffix(string(b), "\n"), " ")
		id, err := text.ParseID(officer)
		when, bad := time.Parse(time.RFC3339, at)
		if err != nil || bad != nil {
			return nil, fmt.Errorf("%s: want an officer and a time, found another text", name)
		}
		out = append(out, backup.Access{Officer: id, At: when.UTC().Truncate(time.Second)})
	}
	return out, nil
}

// eraseKeys overwrites the one-time keys and removes them. What a disk keeps
// elsewhere, a copy on flash, it does not reach: therefore each is used once.
func eraseKeys(dir *durable.Dir, layers int) (erased int, err error) {
	for layer := 1; layer <= layers; layer++ {
		name := drillKey(layer)
		switch bad := overwrite(filepath.Join(dir.Path(), name)); {
		case missingFile(bad):
			continue
		case bad != nil:
			return erased, bad
		}
		if err := dir.Remove(name); err != nil {
			return erased, err
		}
		erased++
	}
	return erased, nil
}

// overwrite writes zeros over a small file and has them on the disk.
func overwrite(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxIdentity) {
		err = fmt.Errorf("%s: want a key of at most %d bytes, found something else", path, maxIdentity)
	}
	if err == nil {
		_, err = io.Copy(f, strings.NewReader(strings.Repeat("\x00", int(info.Size()))))
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
