package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

const (
	sumsFile = "SHA256SUMS"
	// restoringSuffix ends the name of the file, beside a folder that is being
	// restored, which says how far it is.
	restoringSuffix = ".restoring"
)

// fetchFlags is what a restore is told.
type fetchFlags struct {
	snapshot   snapshotWanted
	store      string
	file       string
	identities []string
	headers    string
	passphrase *int
	asJSON     *bool
}

func backupRestoreCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore DIR",
		Short: "bring a snapshot, or one file of it, back to an empty place",
		Long: "Fetches a snapshot from one store, opens it with the key files of officers, or with headers that they wrapped for this occasion, and writes it into DIR, which must be empty. A restore that was interrupted goes on when the same command is given again: segments that are written are not fetched again, and the one that broke off goes on where its bytes ended, which of a bucket are kept beside DIR until then. At the end every file is compared with SHA256SUMS and that with the signed manifest.\n\n" +
			"A drill restores with stock tools instead (strongroom drill start); this is for the day when it counts, and for a single file. With --file the newest segment is read, whose end holds SHA256SUMS, then the one that has the file; other big files no further than to their name, other packs not at all.",
		Example: "strongroom backup restore /mnt/new/desk --store frankfurt --identity id_ed25519\n" +
			"  strongroom backup restore /mnt/new/look --store frankfurt --file policy-1.txt --identity id_ed25519",
		Args: cobra.ExactArgs(1),
	}
	var f fetchFlags
	cmd.Flags().Var(&f.snapshot, "snapshot", "snapshot `N` (default: the newest)")
	cmd.Flags().StringVar(&f.store, "store", "", "the store `NAME` to fetch from (default: the first that can be reached)")
	cmd.Flags().StringVar(&f.file, "file", "", "only the file of this `PATH` in the snapshot")
	cmd.Flags().StringArrayVarP(&f.identities, "identity", "i", nil, "a key `FILE`: of age, or an ssh-ed25519 key; one of each layer's group")
	cmd.Flags().StringVar(&f.headers, "headers", "", "headers that officers wrapped for one of the identities, a `DIR`")
	f.passphrase = cli.PassphraseFD(cmd)
	f.asJSON = cli.JSONFlag(cmd)
	if err := cmd.MarkFlagRequired("identity"); err != nil {
		panic("strongroom: " + err.Error())
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.restore(cmd.Context(), args[0], f) })
	}
	return cmd
}

// restoring is one restore on its way.
type restoring struct {
	fetchFlags
	desk       *desk
	snapshot   snapshotCopy
	store      namedStore
	identities []age.Identity
	path       string
	root       *os.Root
	walk       *durable.Walk
	sums       backup.Written // of the files that this run wrote
	done       []string       // payloads that are written, as the note beside the folder says
	way        int            // how many re-wraps were passed over to find headers that open
	bar        *cli.Progress
	forecast   outlay
	came       outlay // bytes of payload that were fetched, and how long it took
}

func (d *desk) restore(ctx context.Context, path string, f fetchFlags) error {
	r := restoring{fetchFlags: f, desk: d}
	if f.file != "" && (!fs.ValidPath(f.file) || f.file == ".") {
		return cli.Usagef("--file: want a path such as registry/texts/0123, found %q", f.file)
	}
	versions, err := d.versions()
	if err != nil {
		return err
	}
	all, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	if r.snapshot, err = d.choose(versions[0], all, f.snapshot); err != nil {
		return err
	}
	if r.store, err = pickStore(stores, r.snapshot, f.store); err != nil {
		return err
	}
	if r.identities, err = readIdentities(d.world, f.identities, *f.passphrase); err != nil {
		return err
	}
	if r.path, err = filepath.Abs(path); err != nil {
		return err
	}
	if err := r.enter(); err != nil {
		return err
	}
	defer r.root.Close()
	defer func() { _ = r.walk.Close() }() // of folders: what was written is synced
	found, err := r.fetch(ctx)
	if err != nil {
		return hintRestore(err)
	}
	return r.tell(found)
}

// hintRestore says what helps: the same command, unless other keys or another
// name are wanted.
func hintRestore(err error) error {
	var name unlisted
	switch {
	case forOthers(err):
		return cli.Hint(err, "strongroom backup list --json   # who can open it")
	case errors.As(err, &name):
		return cli.Hint(err, "strongroom backup restore DIR --identity FILE   # the whole of it, with SHA256SUMS, which lists every file")
	}
	return cli.Hint(err, "give the same command again: it goes on where it stopped")
}

// pickStore returns the store asked for, or the first that has the snapshot.
func pickStore(stores []namedStore, c snapshotCopy, name string) (namedStore, error) {
	for _, s := range stores {
		if (name == "" || string(s.name) == name) && s.err == nil && (slices.Contains(c.on, s.name) || name != "" && s.unlisted != nil) {
			return s, nil
		}
	}
	if name == "" {
		name = "any of them"
	}
	return namedStore{}, cli.Hint(fmt.Errorf("store: want snapshot %d in %s, found none", c.Manifest().Number, name), "strongroom backup list")
}

// note is the file beside the folder: whose restore it is, and how far.
func (r *restoring) note() string { return r.path + restoringSuffix }

// enter opens the folder: an empty one, or one in which this very restore was
// interrupted.
func (r *restoring) enter() error {
	if err := os.Mkdir(r.path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	entries, err := os.ReadDir(r.path)
	if err != nil {
		return err
	}
	b, err := r.desk.world.ReadFile(r.note(), maxRestoring)
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	switch {
	case err == nil && lines[0] == r.head():
		if len(entries) > 0 { // else somebody removed what was done
			r.done = lines[1:]
		}
		for _, payload := range r.done { // whoever was killed left what came of it
			if err := r.part(payload).forget(); err != nil {
				return err
			}
		}
	case len(entries) > 0:
		return cli.Hint(fmt.Errorf("%s: want an empty folder, or one in which this restore was interrupted, found %s in it", r.path, count(len(entries), "entry")), "mkdir somewhere/else")
	}
	if r.root, err = os.OpenRoot(r.path); err != nil {
		return err
	}
	r.walk = durable.NewWalk(r.root)
	return nil
}

// head is the first line of the note.
func (r *restoring) head() string { return "manifest " + r.snapshot.id.String() + " " + r.file }

// finish notes a payload as written, once all of it is on disk.
func (r *restoring) finish(payload string) error {
	if err := durable.SyncAll(r.path); err != nil {
		return err
	}
	r.done = append(r.done, payload)
	return errors.Join(r.keepNote(), r.part(payload).forget())
}

// keepNote writes the note: before the first byte of a restore too, so that one
// which was killed there is known again.
func (r *restoring) keepNote() error {
	dir, err := durable.Open(filepath.Dir(r.note()))
	if err != nil {
		return err
	}
	return errors.Join(dir.WriteFile(filepath.Base(r.note()), []byte(strings.Join(append([]string{r.head()}, r.done...), "\n")+"\n")), dir.Close())
}

// fetch writes what is still missing and compares all of it.
func (r *restoring) fetch(ctx context.Context) (backup.Contents, error) {
	m := r.snapshot.Manifest()
	if r.file == "" && !*r.asJSON {
		r.forecast = r.desk.foretellRestore(m, r.store.name, r.done)
		r.desk.world.Field("forecast", r.forecast.String())
	}
	all := int64(m.Contents.Bytes)
	if r.file != "" {
		all = 0 // how long one file is shows when it is there
	}
	r.bar = r.desk.world.Progress("restoring", all, "bytes")
	defer r.bar.Done()
	if r.file != "" {
		return r.fetchOne(ctx, m)
	}
	began := r.desk.world.Now()
	for _, g := range m.Segments {
		if slices.Contains(r.done, g.Name) {
			continue
		}
		if err := r.unpack(ctx, g, r.untar(m)); err != nil {
			return backup.Contents{}, err
		}
		if err := r.finish(g.Name); err != nil {
			return backup.Contents{}, err
		}
		r.came.bytes += g.Content.Size
	}
	if err := r.root.RemoveAll(backup.Packed); err != nil {
		return backup.Contents{}, err
	}
	r.came.seconds = r.desk.world.Now().Sub(began).Seconds()
	r.desk.payRestore(&r.came, m, r.store.name)
	found, err := r.compare(m)
	if err != nil { // what is written is no good, so the next try writes all of it
		r.done = nil
		return found, errors.Join(err, r.keepNote())
	}
	return found, os.Remove(r.note())
}

// compare holds all that is written against the manifest.
func (r *restoring) compare(m backup.Manifest) (backup.Contents, error) {
	found, err := backup.CheckWritten(r.walk, &r.sums)
	if err != nil {
		return found, err
	}
	if found.Torn = m.Contents.Torn; found != m.Contents {
		return found, fmt.Errorf("restored: want %d files and SHA256SUMS %s, as the manifest says, found %d and %s", m.Contents.Files, m.Contents.Sums, found.Files, found.Sums)
	}
	return found, nil
}

// untar writes what comes into the folder. A file that never stood still is in an
// archive several times, and of a pack up to a half may be of files that are gone.
func (r *restoring) untar(m backup.Manifest) *untar {
	return &untar{walk: r.walk, hash: sha256.New(), sums: &r.sums, room: 8*m.Contents.Bytes + maxSumsFile, buffer: make([]byte, restoreBuffer), wrote: r.bar.Add}
}

// part is the store as the payload of a segment is read from it.
func (r *restoring) part(payload string) *kept {
	return &kept{Store: r.store.store, path: r.note() + "-" + payload, payload: payload}
}

// unpack writes one segment.
func (r *restoring) unpack(ctx context.Context, g backup.Segment, u *untar) error {
	k := r.part(g.Name)
	from := backup.Store(k)
	if r.store.isFolder() { // what is on a disk is not fetched
		from = r.store.store
	}
	in, err := r.open(ctx, from, g)
	if err != nil {
		return errors.Join(err, k.forgetBad(ctx, err))
	}
	if len(r.done) == 0 {
		if err := r.keepNote(); err != nil {
			return errors.Join(err, in.Close())
		}
	}
	if err := errors.Join(u.all(in), in.Close()); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", g.Name, err), k.forgetBad(ctx, err))
	}
	return nil
}

func (r *restoring) open(ctx context.Context, from backup.Store, g backup.Segment) (io.ReadCloser, error) {
	h, err := r.segmentHeaders(ctx, g)
	if err != nil {
		return nil, cli.Hint(err, "strongroom backup list --json   # who can open it")
	}
	return backup.OpenSegment(ctx, from, g, h, r.identities...)
}

// segmentHeaders takes the headers from the store, or from the folder where
// officers left what they wrapped: the newest that these keys open. A re-wrap
// that is no good keeps nobody out, since the headers before it are locked too.
func (r *restoring) segmentHeaders(ctx context.Context, g backup.Segment) (backup.Headers, error) {
	ways := r.snapshot.Ways()
	var errs []error
	for i, way := range ways {
		g := way.Segments[slices.IndexFunc(way.Segments, func(x backup.Segment) bool { return x.Name == g.Name })]
		h, err := r.headersOf(ctx, g)
		if err == nil && len(ways) > 1 {
			err = backup.VerifyEnds(ctx, r.store.store, g, h, r.identities...)
		}
		if err == nil {
			r.way = max(r.way, min(i, len(r.snapshot.Rewraps()))) // those beside the line that is followed are not newer
			return h, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// headersOf takes those headers that a segment names.
func (r *restoring) headersOf(ctx context.Context, g backup.Segment) (backup.Headers, error) {
	if r.headers == "" {
		return backup.FetchHeaders(ctx, r.store.store, g, r.identities...)
	}
	return headersIn(r.desk.world, r.headers, g)
}

// tell says what came back.
func (r *restoring) tell(found backup.Contents) error {
	w, m := r.desk.world, r.snapshot.Manifest()
	if *r.asJSON {
		return w.JSON(struct {
			Snapshot uint64  `json:"snapshot"`
			Manifest string  `json:"manifest"`
			Store    text.ID `json:"store"`
			Path     string  `json:"path"`
			Files    uint64  `json:"files"`
			Bytes    uint64  `json:"bytes"`
		}{m.Number, r.snapshot.id.String(), r.store.name, r.path, found.Files, found.Bytes})
	}
	w.Field("restored", r.path)
	w.Field("snapshot", fmt.Sprintf("%d of %s on %s, from %s", m.Number, m.Place.Vault, m.Place.Chain, r.store.name))
	w.Field("holds", fmt.Sprintf("%s, %d bytes", count(int(found.Files), "file"), found.Bytes))
	if r.way > 0 {
		w.Warnf("opened by headers from before %s: they are locked, and open for whom they always opened", count(r.way, "re-wrap"))
	}
	if r.forecast.bytes > 0 {
		w.Field("fetched", r.forecast.off(r.came))
	}
	w.Field("compared", "each file with SHA256SUMS, that with the signed manifest")
	if r.file == "" {
		w.Hintf("strongroom verify %s", quoted(r.path))
	}
	return nil
}
