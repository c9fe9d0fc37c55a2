package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// backupCommand is what the backup job and those who look after it need.
func backupCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{Use: "backup", Short: "sealed copies of the home in far places", Example: "strongroom backup run --key backup_ed25519"}
	cmd.AddCommand(backupStoreCommand(w, home), backupRunCommand(w, home), backupListCommand(w, home),
		backupVerifyCommand(w, home), backupStatusCommand(w, home), backupRestoreCommand(w, home))
	return cmd
}

func backupRunCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "seal one snapshot and ship it to every store",
		Long: "Reads the home once, seals it once (tar, zstd, age) to the officers of the policy, ships the same ciphertext to every store and verifies each copy. This machine cannot open what it made. A run that was interrupted is ended first; big files that did not change are neither read nor sent again.\n\n" +
			"The node's address and passwords, locks, the coin cache and the folder backup stay at home.",
		Example: "strongroom backup run --key backup_ed25519\n  cat HEADER PAYLOAD | age -d -i id_ed25519 | zstd -d | tar x -C EMPTY   # how it opens, anywhere",
	}
	key := addKeyFlags(cmd)
	level := cmd.Flags().String("level", "V3", "how each copy is verified: V1, V2 or V3")
	copies := cmd.Flags().Uint8("copies", 0, "how many good copies make it a success, `N` (default: all)")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		l, err := copyLevel(*level)
		if err != nil {
			return err
		}
		return inDesk(w, *home, func(d *desk) error {
			return d.runBackup(cmd.Context(), key, backupRun{level: l, copies: *copies, asJSON: *asJSON})
		})
	}
	return cmd
}

// copyLevel reads a level that a copy can be verified at without a key.
func copyLevel(s string) (backup.Level, error) {
	l, err := backup.ParseLevel(s)
	if err == nil && (l < backup.V1 || l > backup.V3) {
		err = fmt.Errorf("want V1, V2 or V3, found %s", l)
	}
	if err != nil {
		return 0, cli.Usagef("--level: %v", err)
	}
	return l, nil
}

// backupRun is one run on its way.
type backupRun struct {
	level  backup.Level
	copies uint8
	asJSON bool
	plan   backup.Plan
	stores []namedStore
	cannot []string // sentences about officers who cannot open it
}

// runBackup makes one snapshot. One run at a time: two would take one number.
func (d *desk) runBackup(ctx context.Context, key keyFlags, r backupRun) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	p := versions[0]
	recipients, cannot := recipientsOf(p)
	if len(recipients) == 0 {
		return cli.Hint(fmt.Errorf("backup: want an officer with an ssh-ed25519 key to seal to, found none"), "strongroom officer list")
	}
	r.cannot = cannot
	if r.stores, err = d.wantStores(); err != nil {
		return err
	}
	defer closeStores(r.stores)
	if r.copies == 0 {
		r.copies = uint8(len(r.stores))
	}
	signer, maker, done, err := key.signer(d.world, p)
	if err != nil {
		return err
	}
	defer done()
	r.plan = backup.Plan{Place: d.place(), Maker: maker, Signer: signer, Layers: backup.Layers{recipients}, Rand: d.world.Rand, Now: d.world.Now}
	if r.plan.Block, err = d.newestBlock(p); err != nil {
		return err
	}
	return d.locked(func() error {
		return d.inBackup(spoolIn, func(spool *durable.Dir) error {
			r.plan.Spool = spool
			return d.takeAndShip(ctx, versions, r)
		})
	})
}

// newestBlock is the tip of the headers that the registry holds, if there are
// any: the snapshot was not taken before it.
func (d *desk) newestBlock(p *policy.Policy) (backup.Block, error) {
	c, err := d.chain(p)
	if err != nil {
		return backup.Block{}, err
	}
	tip, ok := c.Tip()
	if !ok {
		return backup.Block{}, nil
	}
	return backup.Block{Height: tip.Height, Hash: text.Hash(tip.Hash)}, nil
}

// takeAndShip ends what an interrupted run left, then takes a new snapshot.
func (d *desk) takeAndShip(ctx context.Context, versions []*policy.Policy, r backupRun) error {
	pending, err := backup.Pending(r.plan.Spool, r.plan.Maker, r.plan.Signer.Key())
	switch {
	case err == nil && pending.Manifest().Place == r.plan.Place:
		d.world.Warnf("snapshot %d was interrupted before it reached its stores: shipping it first", pending.Manifest().Number)
		if _, _, err := d.ship(ctx, r, pending); err != nil {
			return err
		}
	case err != nil && !missingFile(err):
		d.world.Warnf("left out what an earlier run left in the spool: %v", err)
	}
	list, err := d.manifests(ctx, versions, r.stores)
	if err != nil {
		return err
	}
	if last, err := snapshotNumbered(list, 0); err == nil {
		r.plan.Last = last.Manifest()
	}
	taken, err := d.take(ctx, r.plan)
	if err != nil {
		return err
	}
	for _, name := range taken.Torn {
		d.world.Warnf("%q never stood still while it was read: what is in the snapshot may be half old, half new", name)
	}
	outcomes, missed, err := d.ship(ctx, r, taken.Signed)
	if err != nil {
		return err
	}
	if err := d.keepIndex(taken.Index); err != nil {
		return err
	}
	return d.tellRun(taken, outcomes, r, missed)
}

// ship sends a snapshot to the stores, keeps its manifest and empties the spool
// once a store has all of it. missed is the quorum of copies that was not
// reached.
func (d *desk) ship(ctx context.Context, r backupRun, s backup.Signed) (outcomes []backup.Outcome, missed, err error) {
	outcomes, err = backup.Ship(ctx, backup.Shipment{Signed: s, From: []backup.Source{backup.FromSpool(r.plan.Spool)}, Level: r.level,
		Seed: backup.Sum(r.plan.Block.Hash), Now: d.world.Now}, targets(r.stores))
	if err != nil {
		return nil, nil, err
	}
	good := false
	for _, o := range outcomes {
		if o.Err == nil {
			good = true
			err = errors.Join(err, d.noteProven(o.Target, s.Manifest().Number, o.Verification.Level))
		}
	}
	if good {
		err = errors.Join(err, d.keepManifest(ctx, s), backup.Shipped(r.plan.Spool))
	}
	return outcomes, backup.Quorum(r.copies).Check(outcomes, r.level), err
}

// locked takes the lock of the backup folder.
func (d *desk) locked(work func() error) error {
	dir, err := d.dir.Sub(backupIn)
	if err != nil {
		return err
	}
	lock, err := dir.Lock()
	if err != nil {
		return errors.Join(err, dir.Close())
	}
	return errors.Join(work(), lock.Close(), dir.Close())
}

// take seals the home into the spool.
func (d *desk) take(ctx context.Context, plan backup.Plan) (backup.Taken, error) {
	nodeText, err := d.dir.ReadFile(nodeFile, maxNodeFile)
	if err != nil && !missingFile(err) {
		return backup.Taken{}, err
	}
	src, root, err := snapshotFS(d.dir.Path(), nodeText)
	if err != nil {
		return backup.Taken{}, err
	}
	defer root.Close()
	plan.Index = d.index()
	var bar *cli.Progress
	var shown uint64
	plan.Progress = func(done, total uint64) {
		if bar == nil {
			bar = d.world.Progress("sealing", int64(total), "bytes")
		}
		bar.Add(int64(done - shown))
		shown = done
	}
	taken, err := backup.Take(ctx, src, plan)
	if bar != nil {
		bar.Done()
	}
	return taken, err
}

// index is what the last run remembered of big files. Without it, or with one
// that cannot be read, every file is read again.
func (d *desk) index() (x backup.Index) {
	err := d.inBackup(".", func(dir *durable.Dir) error {
		b, err := dir.ReadFile(indexFile, maxIndex)
		if err == nil {
			x, err = backup.ParseIndex(b)
		}
		return err
	})
	if err != nil && !missingFile(err) {
		d.world.Warnf("every file is read again: %v", err)
	}
	return x
}

func (d *desk) keepIndex(x backup.Index) error {
	b, err := x.Render()
	if err != nil {
		return err
	}
	return d.inBackup(".", func(dir *durable.Dir) error { return dir.WriteFile(indexFile, b) })
}

// tellRun says where the copies are. missed is the quorum of copies that was
// not reached.
func (d *desk) tellRun(t backup.Taken, outcomes []backup.Outcome, r backupRun, missed error) error {
	for i, o := range outcomes {
		if o.Err != nil && r.stores[i].err == nil { // the others were told before
			d.world.Warnf("store %s: %v", o.Target, o.Err)
		}
		for _, name := range o.Verification.Covered {
			d.world.Warnf("store %s: somebody wrote over %s; the locked version is still there", o.Target, name)
		}
	}
	for _, s := range r.cannot {
		d.world.Warnf("%s", s)
	}
	if len(r.stores) == 1 {
		d.world.Warnf("one store is one fire: add a second, far away")
	}
	if r.asJSON {
		if err := d.world.JSON(runJSON(t, outcomes, r)); err != nil {
			return err
		}
		return cli.Reported(missed)
	}
	d.printRun(t, outcomes, r.stores)
	if missed == nil {
		d.world.Hintf("strongroom backup verify --level V3")
	}
	return cli.Hint(missed, "strongroom backup status")
}

func (d *desk) printRun(t backup.Taken, outcomes []backup.Outcome, stores []namedStore) {
	w, m := d.world, t.Signed.Manifest()
	w.Field("snapshot", fmt.Sprintf("%d of %s on %s", m.Number, m.Place.Vault, m.Place.Chain))
	w.Field("manifest", text.Identity(t.Signed.Bytes()).String())
	w.Field("holds", fmt.Sprintf("%s, %d bytes", count(int(m.Contents.Files), "file"), m.Contents.Bytes))
	sealed := fmt.Sprintf("%d bytes in %s", sealedSize(m), count(len(m.Segments), "segment"))
	if t.Reused > 0 {
		sealed += fmt.Sprintf(", %d of them from before", t.Reused)
	}
	w.Field("sealed", sealed)
	w.Field("opened by", strings.Join(openers(m), ", "))
	w.Text("")
	var rows [][]string
	for _, o := range outcomes {
		what := "NOT DONE"
		if o.Err == nil {
			what = o.Verification.Level.Meaning()
		}
		rows = append(rows, []string{string(o.Target), o.Verification.Level.String(), what})
	}
	w.Table([]string{"store", "level", "copy"}, rows)
	for _, s := range stores {
		if s.err == nil {
			w.Text("\nOpened without this program, in an empty folder:\n")
			fmt.Fprint(w.Out, restoreCommands(s.path, m))
			break
		}
	}
}

// restoreCommands are the stock commands that open a snapshot in a folder.
func restoreCommands(folder string, m backup.Manifest) string {
	var b strings.Builder
	for _, g := range m.Segments {
		fmt.Fprintf(&b, "cat %s \\\n  %s \\\n  | age -d -i id_ed25519 | zstd -d | tar x\n",
			quoted(filepath.Join(folder, g.Headers[0].Name)), quoted(filepath.Join(folder, g.Name)))
	}
	return b.String() + "sha256sum -c SHA256SUMS\n"
}

// sealedSize is how many bytes of payload a snapshot has in each store.
func sealedSize(m backup.Manifest) (n int64) {
	for _, g := range m.Segments {
		n += g.Content.Size
	}
	return n
}

// openers names the officers a snapshot is sealed to, each once.
func openers(m backup.Manifest) []string {
	var out []string
	for _, r := range m.Recipients {
		officer := strings.Fields(r)[1]
		if len(out) == 0 || out[len(out)-1] != officer {
			out = append(out, officer)
		}
	}
	return out
}

// recipientsOf returns the officers' keys that age can seal to, and a sentence
// for each officer who has none.
func recipientsOf(p *policy.Policy) (recipients []backup.Recipient, cannot []string) {
	for _, o := range p.Officers {
		found := false
		var why error
		for _, k := range p.Keys(o.ID) {
			r, err := backup.ParseRecipient(o.ID, k.String())
			if err != nil {
				why = fmt.Errorf("%s key", k.Type())
				continue
			}
			recipients, found = append(recipients, r), true
		}
		if !found {
			cannot = append(cannot, fmt.Sprintf("%s cannot open this snapshot: age seals to ssh-ed25519 keys in files, not to an %v", o.ID, why))
		}
	}
	return recipients, cannot
}

// segmentJSON is one sealed stream.
type segmentJSON struct {
	Payload string   `json:"payload"`
	Headers []string `json:"headers"`
	SHA256  string   `json:"sha256"`
	Size    int64    `json:"size"`
}

func segmentsJSON(m backup.Manifest) []segmentJSON {
	out := []segmentJSON{}
	for _, g := range m.Segments {
		s := segmentJSON{Payload: g.Name, SHA256: g.Content.Sum.String(), Size: g.Content.Size, Headers: []string{}}
		for _, h := range g.Headers {
			s.Headers = append(s.Headers, h.Name)
		}
		out = append(out, s)
	}
	return out
}

func runJSON(t backup.Taken, outcomes []backup.Outcome, r backupRun) any {
	type copyJSON struct {
		Store text.ID `json:"store"`
		Path  string  `json:"path"`
		Level string  `json:"level"`
		Sent  int64   `json:"sent"`
		Error string  `json:"error,omitempty"`
	}
	m := t.Signed.Manifest()
	copies := []copyJSON{}
	for i, o := range outcomes {
		c := copyJSON{Store: o.Target, Path: r.stores[i].path, Level: o.Verification.Level.String(), Sent: o.Sent}
		if o.Err != nil {
			c.Error = o.Err.Error()
		}
		copies = append(copies, c)
	}
	return struct {
		Snapshot uint64        `json:"snapshot"`
		Manifest string        `json:"manifest"`
		Segments []segmentJSON `json:"segments"`
		Reused   int           `json:"reused"`
		Size     int64         `json:"size"`
		Files    uint64        `json:"files"`
		Bytes    uint64        `json:"bytes"`
		Torn     []string      `json:"torn"`
		OpenedBy []string      `json:"opened_by"`
		Cannot   []string      `json:"cannot_open"`
		Copies   []copyJSON    `json:"copies"`
	}{m.Number, text.Identity(t.Signed.Bytes()).String(), segmentsJSON(m), t.Reused, sealedSize(m),
		m.Contents.Files, m.Contents.Bytes, append([]string{}, t.Torn...), openers(m), append([]string{}, r.cannot...), copies}
}
