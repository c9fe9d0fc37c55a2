package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

const (
	storesIn    = "stores"     // NAME: the folder's path
	manifestsIn = "manifests"  // the manifests and their signatures, as in a store
	foundIn     = "found"      // the same of snapshots that a keeper found in stores
	unshippedIn = "unshipped"  // manifests of snapshots that did not become good
	spoolIn     = "spool"      // ciphertext on its way
	indexFile   = "index"      // which files lie in which sealed segments
	provenIn    = "proven"     // NAME: when a copy was last read again; only a reminder
	resultsIn   = "verified"   // what was found out about copies, signed
	canaryIn    = "canary"     // what the next canary is made of
	pricesFile  = "prices"     // what stores take, for forecasts
	probeFile   = "probe.json" // what the last probe found

	// probeKind begins the names of what a probe leaves behind.
	probeKind = "probe-"

	// markName lies in every store and says whose store it is. A disk that is
	// not mounted leaves an empty folder in its place, and there it is missing.
	markName = "store.txt"
)

func backupStoreCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{Use: "store", Short: "the places where copies go", Example: "strongroom backup store add frankfurt /mnt/frankfurt"}
	cmd.AddCommand(storeAddCommand(w, home), storeListCommand(w, home), storeRemoveCommand(w, home))
	return cmd
}

// addFlags say how a store at an S3 service is reached.
type addFlags struct{ bucket, credentials, power string }

func storeAddCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add NAME [DIR]",
		Short: "use a folder, such as a mounted disk, or a bucket as a store",
		Long: "A folder must exist, outside the home. It gets a file, store.txt, that names the vault and the store; without it nothing is shipped there, so that a disk which is not mounted is noticed.\n\n" +
			"A bucket is described by a text of six lines: endpoint, region, bucket, names, authority, limit; a store that asks for a certificate of ours gets a seventh, client, with two files. Its credentials are described by another, which says where they are and holds none of them. Before a bucket is taken for writing, everything that a backup relies on is tried out on it; one that lacks something is refused. " +
			"The lock keeper and the probe, best on other machines, add the same bucket with --for and credentials of their own.\n\n" +
			"Choose places that do not burn together.",
		Example: "strongroom backup store add frankfurt /mnt/frankfurt\n" +
			"  printf '%s\\n' 'endpoint s3.example.com:443' 'region eu-central-1' 'bucket acme-backup-1' 'names host' 'authority system' 'limit 0' > bucket.txt\n" +
			"  echo 'credentials systemd dublin' > writer.txt\n" +
			"  strongroom backup store add dublin --bucket bucket.txt --credentials writer.txt",
		Args: cobra.RangeArgs(1, 2),
	}
	var f addFlags
	cmd.Flags().StringVar(&f.bucket, "bucket", "", "the description of a bucket, a `FILE`")
	cmd.Flags().StringVar(&f.credentials, "credentials", "", "where its credentials are, a `FILE`")
	cmd.Flags().StringVar(&f.power, "for", string(writer), "whose credentials they are: writer, keeper or probe")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := refuseOtherKind(args[len(args)-1]); err != nil {
			return err
		}
		switch isBucket := f.bucket != "" && f.credentials != ""; {
		case len(args) == 2 && f.bucket == "" && f.credentials == "":
			return changeDesk(w, *home, func(d *desk) error { return d.addStore(cmd.Context(), args[0], args[1]) })
		case len(args) == 1 && isBucket:
			return changeDesk(w, *home, func(d *desk) error { return d.addBucket(cmd.Context(), args[0], f) })
		}
		return cli.Usagef("store add: want a folder, or --bucket and --credentials")
	}
	return cmd
}

// addStore checks the folder, marks it and notes its path.
func (d *desk) addStore(ctx context.Context, name, path string) error {
	id, err := text.ParseID(name)
	if err != nil {
		return cli.Usagef("store name: %v", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	if strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return cli.Usagef("store %s: want a path that can be printed, found %q", id, path)
	}
	stores, err := d.stores(ctx)
	if err != nil {
		return err
	}
	defer closeStores(stores)
	for _, s := range stores {
		if s.name != id && s.path == path {
			return fmt.Errorf("store %s: want a folder of its own, found that of %s", id, s.name)
		}
	}
	folder, err := openMounted(context.Background(), id, path, d.world.Patience) // first, since of all that is asked here only this is watched
	if missingFile(err) {
		err = cli.Hint(fmt.Errorf("%s: want a folder, found none", path), "mkdir %s", quoted(path))
	}
	if err != nil {
		return err
	}
	if err := outside(d.dir.Path(), path); err != nil {
		return errors.Join(err, folder.close())
	}
	if err := errors.Join(d.putMark(folder, id, time.Time{}), folder.close()); err != nil {
		return fmt.Errorf("store %s: %w", id, err)
	}
	if err := d.inBackup(storesIn, func(dir *durable.Dir) error { return dir.WriteFile(string(id), []byte(path+"\n")) }); err != nil {
		return err
	}
	d.world.Text("Store %s is %s.", id, path)
	d.world.Hintf("strongroom backup run")
	return nil
}

// putMark says in a store whose it is, locked until then if that is not zero:
// without its mark nobody uses a store, so it is worth as much as the copies.
func (d *desk) putMark(s backup.Store, name text.ID, until time.Time) error {
	mark, err := d.storeMark(name)
	if err != nil {
		return err
	}
	_, err = s.Put(context.Background(), markName, backup.Whole(mark), backup.Memory(mark), until)
	return err
}

// keepMark makes the lock of a store's mark longer.
func (d *desk) keepMark(ctx context.Context, s namedStore, until time.Time) error {
	mark, err := d.storeMark(s.name)
	if err != nil {
		return err
	}
	return backup.KeepLocked(ctx, s.store, markName, backup.Whole(mark), until)
}

// outside refuses a store below the home: a copy that burns with the original.
func outside(home, path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	in, err := below(home, real)
	if in {
		err = fmt.Errorf("store: want a folder outside the home %s, found %s", home, path)
	}
	return err
}

// below says whether a path without links is in the home.
func below(home, real string) (bool, error) {
	home, err := filepath.EvalSymlinks(home)
	if err != nil {
		return false, err
	}
	rel, err := filepath.Rel(home, real)
	return err == nil && filepath.IsLocal(rel), nil
}

// keptApart refuses a bucket whose service is shown a key that lies in the home:
// then it would be in every snapshot.
func (b bucket) keptApart(home string) error {
	if b.key == "" {
		return nil
	}
	real, err := filepath.EvalSymlinks(b.key)
	if err != nil {
		return fmt.Errorf("client: want the file of our certificate's key, found none: %w", err)
	}
	in, err := below(home, real)
	if in {
		err = fmt.Errorf("client: want our certificate's key outside the home %s, which is backed up, found %s", home, b.key)
	}
	return err
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

// targets turns stores into what a run ships to. Without annex backup nobody said
// that a folder must lock, and it cannot.
func targets(b policy.Backup, stores []namedStore) []backup.Target {
	var out []backup.Target
	for _, s := range stores {
		locks := b.LockOf(s.name) == policy.LockCompliance && (b.Named || !s.isFolder())
		out = append(out, backup.Target{ID: s.name, Store: s.store, Locks: locks})
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
