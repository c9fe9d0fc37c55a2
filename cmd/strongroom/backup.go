package main

import (
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
		backupVerifyCommand(w, home), backupStatusCommand(w, home))
	return cmd
}

func backupRunCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "seal one snapshot and ship it to every store",
		Long: "Reads the home once, seals it once (tar, zstd, age) to the officers of the policy, ships the same ciphertext to every store and verifies each copy. This machine cannot open what it made.\n\n" +
			"The node's address and passwords, locks, the coin cache and the folder backup stay at home.",
		Example: "strongroom backup run --key backup_ed25519\n  age -d -i id_ed25519 SNAPSHOT | zstd -d | tar x -C EMPTY   # how it opens, anywhere",
	}
	key := addKeyFlags(cmd)
	level := cmd.Flags().String("level", "V3", "how each copy is verified: V1 or V3")
	copies := cmd.Flags().Uint8("copies", 0, "how many good copies make it a success, `N` (default: all)")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		l, err := copyLevel(*level)
		if err != nil {
			return err
		}
		return inDesk(w, *home, func(d *desk) error { return d.runBackup(key, l, *copies, *asJSON) })
	}
	return cmd
}

// copyLevel reads a level that a copy can be verified at without a key.
func copyLevel(s string) (backup.Level, error) {
	l, err := backup.ParseLevel(s)
	if err == nil && l != backup.V1 && l != backup.V3 {
		err = fmt.Errorf("want V1 or V3, found %s", l)
	}
	if err != nil {
		return 0, cli.Usagef("--level: %v", err)
	}
	return l, nil
}

// runBackup makes one snapshot. One run at a time: two would take one number.
func (d *desk) runBackup(key keyFlags, level backup.Level, copies uint8, asJSON bool) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	p := versions[0]
	recipients, cannot := recipientsOf(p)
	if len(recipients) == 0 {
		return cli.Hint(fmt.Errorf("backup: want an officer with an ssh-ed25519 key to seal to, found none"), "strongroom officer list")
	}
	stores, err := d.wantStores()
	if err != nil {
		return err
	}
	defer closeStores(stores)
	if copies == 0 {
		copies = uint8(len(stores))
	}
	signer, maker, done, err := key.signer(d.world, p)
	if err != nil {
		return err
	}
	defer done()
	return d.locked(func() error {
		list, err := d.manifests(versions, stores)
		if err != nil {
			return err
		}
		plan := backup.Plan{Place: d.place(), Number: 1, Maker: maker, Signer: signer, Recipients: recipients,
			Targets: targets(stores), Level: level, Quorum: backup.Quorum(copies), Now: d.world.Now}
		if last, err := snapshotNumbered(list, 0); err == nil {
			plan.Number, plan.Previous = last.Manifest().Number+1, last.id
		}
		report, err := d.seal(plan)
		if report.Signed.Manifest().Number == 0 {
			return err
		}
		return d.tellRun(report, stores, cannot, asJSON, err)
	})
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

// seal runs the plan over the home.
func (d *desk) seal(plan backup.Plan) (report backup.Report, err error) {
	nodeText, err := d.dir.ReadFile(nodeFile, maxNodeFile)
	if err != nil && !missingFile(err) {
		return report, err
	}
	src, root, err := snapshotFS(d.dir.Path(), nodeText)
	if err != nil {
		return report, err
	}
	defer root.Close()
	var bar *cli.Progress
	var shown uint64
	plan.Progress = func(done, total uint64) {
		if bar == nil {
			bar = d.world.Progress("sealing", int64(total), "bytes")
		}
		bar.Add(int64(done - shown))
		shown = done
	}
	err = d.inBackup(spoolIn, func(spool *durable.Dir) (err error) {
		plan.Spool = spool
		report, err = backup.Run(src, plan)
		return err
	})
	if bar != nil {
		bar.Done()
	}
	return report, err
}

// tellRun keeps the manifest and says where the copies are. failed is the
// quorum of copies that was not reached.
func (d *desk) tellRun(report backup.Report, stores []namedStore, cannot []string, asJSON bool, failed error) error {
	m := report.Signed.Manifest()
	any := false
	for _, o := range report.Outcomes {
		any = any || o.Err == nil
	}
	if any {
		if err := d.keepManifest(report.Signed); err != nil {
			return err
		}
	}
	for _, o := range report.Outcomes {
		if o.Err == nil {
			if err := d.noteProven(o.Target, m.Number, o.Verification.Level); err != nil {
				return err
			}
		}
	}
	for i, o := range report.Outcomes {
		if o.Err != nil && stores[i].err == nil { // the others were told before
			d.world.Warnf("store %s: %v", o.Target, o.Err)
		}
	}
	for _, s := range cannot {
		d.world.Warnf("%s", s)
	}
	if len(stores) == 1 {
		d.world.Warnf("one store is one fire: add a second, far away")
	}
	if asJSON {
		if err := d.world.JSON(runJSON(report, stores, cannot)); err != nil {
			return err
		}
		return cli.Reported(failed)
	}
	d.printRun(report, stores)
	if failed == nil {
		d.world.Hintf("strongroom backup verify --level V3")
	}
	return cli.Hint(failed, "strongroom backup status")
}

func (d *desk) printRun(report backup.Report, stores []namedStore) {
	w, m := d.world, report.Signed.Manifest()
	w.Field("snapshot", fmt.Sprintf("%d of %s on %s", m.Number, m.Place.Vault, m.Place.Chain))
	w.Field("manifest", text.Identity(report.Signed.Bytes()).String())
	w.Field("holds", fmt.Sprintf("%d files, %d bytes; sealed %d bytes", m.Contents.Files, m.Contents.Bytes, m.Payload.Size))
	w.Field("opened by", strings.Join(openers(m), ", "))
	w.Text("")
	var rows [][]string
	for _, o := range report.Outcomes {
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
			fmt.Fprintf(w.Out, "age -d -i id_ed25519 \\\n  %s \\\n  | zstd -d | tar x && sha256sum -c SHA256SUMS\n", quoted(filepath.Join(s.path, m.Payload.Name)))
			break
		}
	}
}

// openers names the officers a snapshot is sealed to, each once.
func openers(m backup.Manifest) []string {
	var out []string
	for _, r := range m.Recipients {
		officer, _, _ := strings.Cut(r, " ")
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

func runJSON(report backup.Report, stores []namedStore, cannot []string) any {
	type copyJSON struct {
		Store text.ID `json:"store"`
		Path  string  `json:"path"`
		Level string  `json:"level"`
		Error string  `json:"error,omitempty"`
	}
	m := report.Signed.Manifest()
	copies := []copyJSON{}
	for i, o := range report.Outcomes {
		c := copyJSON{Store: o.Target, Path: filepath.Join(stores[i].path, m.Payload.Name), Level: o.Verification.Level.String()}
		if o.Err != nil {
			c.Error = o.Err.Error()
		}
		copies = append(copies, c)
	}
	return struct {
		Snapshot uint64     `json:"snapshot"`
		Manifest string     `json:"manifest"`
		Payload  string     `json:"payload"`
		SHA256   string     `json:"sha256"`
		Size     int64      `json:"size"`
		Files    uint64     `json:"files"`
		Bytes    uint64     `json:"bytes"`
		OpenedBy []string   `json:"opened_by"`
		Cannot   []string   `json:"cannot_open"`
		Copies   []copyJSON `json:"copies"`
	}{m.Number, text.Identity(report.Signed.Bytes()).String(), m.Payload.Name, m.Payload.Sum.String(), m.Payload.Size,
		m.Contents.Files, m.Contents.Bytes, openers(m), append([]string{}, cannot...), copies}
}
