package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

const (
	storesIn    = "stores"    // NAME: the folder's path
	manifestsIn = "manifests" // the manifests and their signatures, as in a store
	spoolIn     = "spool"     // ciphertext on its way
	indexFile   = "index"     // which big files lie sealed in segments of their own
	provenIn    = "proven"    // NAME: when a copy was last read again; only a reminder

	// markName lies in every store and says whose store it is. A disk that is
	// not mounted leaves an empty folder in its place, and there it is missing.
	markName = "store.txt"
)

// namedStore is one of the places where copies go. When it cannot be reached,
// store answers everything with the reason.
type namedStore struct {
	name  text.ID
	path  string
	store backup.Store
	err   error
	dir   *durable.Dir
}

func backupStoreCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{Use: "store", Short: "the places where copies go", Example: "strongroom backup store add frankfurt /mnt/frankfurt"}
	cmd.AddCommand(&cobra.Command{
		Use:   "add NAME DIR",
		Short: "use a folder, such as a mounted disk, as a store",
		Long: "The folder must exist, outside the home. It gets a file, store.txt, that names the vault and the store; without it nothing is shipped there, so that a disk which is not mounted is noticed.\n\n" +
			"Choose places that do not burn together.",
		Example: "strongroom backup store add frankfurt /mnt/frankfurt",
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			return changeDesk(w, *home, func(d *desk) error { return d.addStore(args[0], args[1]) })
		},
	})
	return cmd
}

// addStore checks the folder, marks it and notes its path.
func (d *desk) addStore(name, path string) error {
	id, err := text.ParseID(name)
	if err != nil {
		return cli.Usagef("store name: %v", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	if strings.ContainsAny(path, "\r\n") {
		return cli.Usagef("store %s: want a path on one line, found %q", id, path)
	}
	if err := outside(d.dir.Path(), path); err != nil {
		return err
	}
	stores, err := d.stores()
	if err != nil {
		return err
	}
	defer closeStores(stores)
	for _, s := range stores {
		if s.name != id && s.path == path {
			return fmt.Errorf("store %s: want a folder of its own, found that of %s", id, s.name)
		}
	}
	folder, err := durable.Open(path)
	if err != nil {
		return cli.Hint(err, "mkdir %s", path)
	}
	if err := errors.Join(d.putMark(dirstore.Open(folder), id), folder.Close()); err != nil {
		return fmt.Errorf("store %s: %w", id, err)
	}
	if err := d.inBackup(storesIn, func(dir *durable.Dir) error { return dir.WriteFile(string(id), []byte(path+"\n")) }); err != nil {
		return err
	}
	d.world.Text("Store %s is %s.", id, path)
	d.world.Hintf("strongroom backup run")
	return nil
}

// putMark says in a store whose it is.
func (d *desk) putMark(s backup.Store, name text.ID) error {
	mark, err := d.storeMark(name)
	if err != nil {
		return err
	}
	_, err = s.Put(context.Background(), markName, backup.Whole(mark), backup.Memory(mark), time.Time{})
	return err
}

// outside refuses a store below the home: a copy that burns with the original.
func outside(home, path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return cli.Hint(fmt.Errorf("%s: want a folder, found none", path), "mkdir %s", path)
	}
	if home, err = filepath.EvalSymlinks(home); err != nil {
		return err
	}
	if rel, err := filepath.Rel(home, real); err == nil && filepath.IsLocal(rel) {
		return fmt.Errorf("store: want a folder outside the home %s, found %s", home, path)
	}
	return nil
}

// storeMark is the text that lies in a store and says whose it is.
func (d *desk) storeMark(name text.ID) ([]byte, error) {
	w := text.NewWriter(text.Desk)
	w.Line("vault", string(d.vault))
	w.Line("chain", d.network.String())
	w.Line("store", string(name))
	return w.Bytes()
}

// inBackup works in a folder of the home's backup folder; "." is that itself.
func (d *desk) inBackup(name string, work func(*durable.Dir) error) error {
	b, err := d.dir.Sub(backupIn)
	if err != nil {
		return err
	}
	if name == "." {
		return errors.Join(work(b), b.Close())
	}
	dir, err := b.Sub(name)
	if err != nil {
		return errors.Join(err, b.Close())
	}
	return errors.Join(work(dir), dir.Close(), b.Close())
}

// stores opens every store, sorted by name. One that cannot be reached is in
// the list with the reason. The caller closes them.
func (d *desk) stores() ([]namedStore, error) {
	var out []namedStore
	err := d.inBackup(storesIn, func(dir *durable.Dir) error {
		files, err := dir.List(maxStores)
		if err != nil {
			return err
		}
		for _, f := range files {
			id, err := text.ParseID(f.Name)
			if err != nil || !f.Regular {
				continue
			}
			b, err := dir.ReadFile(f.Name, maxStorePath)
			if err != nil {
				return err
			}
			s := namedStore{name: id, path: strings.TrimSuffix(string(b), "\n")}
			s.reach(d)
			out = append(out, s)
		}
		return nil
	})
	return out, err
}

// wantStores is stores for what needs at least one.
func (d *desk) wantStores() ([]namedStore, error) {
	stores, err := d.stores()
	if err == nil && len(stores) == 0 {
		err = cli.Hint(errors.New("backup: want at least one store, found none"), "strongroom backup store add NAME DIR")
	}
	return stores, err
}

// reach opens a store's folder and looks for the mark in it.
func (s *namedStore) reach(d *desk) {
	s.dir, s.err = durable.Open(s.path)
	if s.err == nil {
		s.store = dirstore.Open(s.dir)
		s.err = s.checkMark(d)
	}
	if s.err != nil {
		s.err = fmt.Errorf("store %s: %w", s.name, s.err)
		s.store = absent{s.err}
	}
}

func (s *namedStore) checkMark(d *desk) error {
	want, err := d.storeMark(s.name)
	if err != nil {
		return err
	}
	_, err = backup.Fetch(context.Background(), s.store, markName, func(found []byte) error {
		if string(found) != string(want) {
			return fmt.Errorf("want the store %s of %s in %s, found another one's", s.name, d.vault, s.path)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("want %s in %s, found none: is the disk mounted?", markName, s.path)
	}
	return err
}

func closeStores(stores []namedStore) {
	for _, s := range stores {
		if s.dir != nil {
			_ = s.dir.Close() // only its folder; what was written is synced
		}
	}
}

// targets turns stores into what a run ships to.
func targets(stores []namedStore) []backup.Target {
	var out []backup.Target
	for _, s := range stores {
		out = append(out, backup.Target{ID: s.name, Store: s.store})
	}
	return out
}

// absent is a store that cannot be reached.
type absent struct{ err error }

func (a absent) Put(context.Context, string, backup.Content, backup.Bytes, time.Time) (backup.Object, error) {
	return backup.Object{}, a.err
}

func (a absent) Open(context.Context, backup.Object, int64, int64) (io.ReadCloser, error) {
	return nil, a.err
}

func (a absent) Versions(context.Context, string) ([]backup.Object, error) { return nil, a.err }
func (a absent) List(context.Context, string) ([]backup.Object, error)     { return nil, a.err }
func (a absent) Extend(context.Context, backup.Object, time.Time) error    { return a.err }
