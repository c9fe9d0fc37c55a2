package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// backupCommand is what the backup job and those who look after it need.
func backupCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{Use: "backup", Short: "sealed copies of the home in far places", Example: "strongroom backup run --key maker_ed25519"}
	cmd.AddCommand(backupStoreCommand(w, home), backupRunCommand(w, home), backupListCommand(w, home), backupVerifyCommand(w, home),
		backupProbeCommand(w, home), backupExtendCommand(w, home), backupStatusCommand(w, home), backupRestoreCommand(w, home), rewrapCommand(w, home), backupPostureCommand(w, home),
		backupKitCommand(w, home))
	return cmd
}

func backupRunCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "seal one snapshot and ship it to every store",
		Long: "Reads the home once, seals it once (tar, zstd, age) as annex backup of the policy says, ships the same ciphertext to every store and verifies each copy. This machine cannot open what it made. A run that was interrupted is ended first. Files that did not change, by size, times and inode, are neither read nor sent again; with --full, and at every 30th snapshot, they are read and compared with what was sealed.\n\n" +
			"All that was sent is read back from each store. What lies there from before is compared by the store's checksums (V1), and in a store is read again too (V3) when no run did so for six days, or half of what annex backup asks for, when what was sent there since did not become a good copy, and when somebody found its copy of the last snapshot no good. What is bad then is sealed anew where too few copies are good, and else left to 'backup verify --level V3 --repair'.\n\n" +
			"The key signs what the snapshot is: it is a maker's of the annex, and opens nothing. Stores that do not lie where the annex says are refused before anything is read. Without the annex a snapshot is sealed to every officer's ssh-ed25519 key and signed by an officer.\n\n" +
			"With --reseal no sealed piece of an earlier snapshot is used again: everything is sealed under fresh file keys, and the chain of manifests goes on. It is for the day after a theft: of an officer's key, once an amendment has taken that key out of annex backup, or of file keys. A run does it by itself whenever the recipients changed. It closes the new snapshot to the old key and nothing else; that an old snapshot opens for who came since is the business of 'backup rewrap'.\n\n" +
			"Beside each snapshot lies a page, recover-….html, that says how it is opened without this program; 'strongroom backup kit' writes it again.\n\n" +
			"The node's address and passwords, locks, the coin cache and the folder backup stay at home, and what the home's excludes.txt lists: a path a line, sorted, with all below it. The vault's own texts cannot be left out, and the list is in the snapshot.",
		Example: "strongroom backup run --key maker_ed25519\n  strongroom backup run --key maker_ed25519 --reseal   # after a theft\n  cat HEADER PAYLOAD | age -d -i id_ed25519 | zstd -d | tar x -C EMPTY   # each segment: how it opens, anywhere",
	}
	key := backupKeyFlags(cmd)
	level := cmd.Flags().String("level", "", "how each copy is verified beside reading back what was sent: V1, V2 or V3 (default: V3 in the stores where that is due, else V1)")
	copies := cmd.Flags().Uint8("copies", 0, "how many good copies make it a success, `N` (default: as many as annex backup says, or all)")
	reseal := cmd.Flags().Bool("reseal", false, "seal everything anew under fresh keys, big files too: after a theft")
	full := cmd.Flags().Bool("full", false, "read every file again, also those that did not change, and compare them with what was sealed")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var l backup.Level
		var err error
		if *level != "" {
			l, err = copyLevel(*level, backup.V1)
		}
		if err != nil {
			return err
		}
		return inDesk(w, *home, func(d *desk) error {
			return d.runBackup(cmd.Context(), key, backupRun{level: l, copies: *copies, reseal: *reseal, full: *full, asJSON: *asJSON})
		})
	}
	return cmd
}

// backupKeyFlags is addKeyFlags for a maker's key.
func backupKeyFlags(cmd *cobra.Command) keyFlags {
	return keyFlags{
		key:        cmd.Flags().String("key", "", "sign with `KEY`: an OpenSSH key file, agent:FINGERPRINT, or vault:FILE (default: the one agent key that is a maker's)"),
		passphrase: cli.PassphraseFD(cmd),
	}
}

// copyLevel reads a level that a copy can be verified at without a key, from the
// least that is enough.
func copyLevel(s string, least backup.Level) (backup.Level, error) {
	l, err := backup.ParseLevel(s)
	if err == nil && (l < least || l > backup.V3) {
		err = fmt.Errorf("want %s to V3, found %s", least, l)
	}
	if err != nil {
		return 0, cli.Usagef("--level: %v", err)
	}
	return l, nil
}

// backupRun is one run on its way.
type backupRun struct {
	level    backup.Level // none: V1, and V3 in the stores that are due
	due      []text.ID    // stores that are read again whole where level is none
	signed   resultsOf    // what signed results say of the copies from before
	copies   uint8
	reseal   bool
	full     bool
	asJSON   bool
	versions []*policy.Policy // the one in force first
	rules    policy.Backup
	plan     backup.Plan
	stores   []namedStore
	kit      backup.Kit
	seen     map[text.ID]whereabouts
	until    time.Time // what is put into stores that lock is locked until then
	forecast outlay
	late     []text.ID // stores that were too slow for this snapshot
	cannot   []string  // sentences about officers who cannot open it
	excluded []string  // paths that the home's excludes.txt leaves out
}

// runBackup makes one snapshot. One run at a time: two would take one number.
func (d *desk) runBackup(ctx context.Context, key keyFlags, r backupRun) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	p := versions[0]
	r.versions = versions
	if r.rules, err = d.checkedRules(p); err != nil {
		return err
	}
	if r.excluded, err = excludesIn(d.dir); err != nil {
		return err
	}
	r.plan = backup.Plan{Place: d.place(), Rand: d.world.Rand, Now: d.world.Now}
	if r.plan.Layers, r.cannot, err = layersOf(d.world, p, r.rules); err != nil {
		return err
	}
	if r.stores, err = d.wantStores(ctx); err != nil {
		return err
	}
	defer closeStores(r.stores)
	r.seen = sight(ctx, r.stores)
	if err := d.noteSights(r.seen); err != nil {
		return err
	}
	if err := d.checkPlaces(r.rules, r.stores, r.seen); err != nil {
		return err
	}
	for _, s := range missingStores(r.rules, r.stores) {
		d.world.Warnf("%s: nothing goes there", s)
	}
	if r.copies, err = d.copiesWanted(r.rules, r.copies, len(r.stores)); err != nil {
		return err
	}
	r.until = d.world.Now().UTC().Truncate(time.Second).AddDate(0, 0, r.rules.LockDays)
	signer, maker, done, err := key.maker(ctx, d.world, p, r.rules)
	if err != nil {
		return err
	}
	defer done()
	r.plan.Maker, r.plan.Signer = maker, signer
	if r.plan.Block, err = d.newestBlock(p); err != nil {
		return err
	}
	return d.locked(func() error {
		return d.inBackup(spoolIn, func(spool *durable.Dir) error {
			r.plan.Spool = spool
			return d.takeAndShip(ctx, r)
		})
	})
}

// take seals the home into the spool, with a new canary where one is wanted.
func (d *desk) take(ctx context.Context, r backupRun) (backup.Taken, error) {
	if err := d.pullShared(); err != nil {
		return backup.Taken{}, err
	}
	nodeText, err := d.dir.ReadFile(nodeFile, maxNodeFile)
	if err != nil && !missingFile(err) {
		return backup.Taken{}, err
	}
	src, err := snapshotFS(d.dir.Path(), nodeText, r.excluded)
	if err != nil {
		return backup.Taken{}, err
	}
	defer func() { _ = src.Close() }() // it was only read
	plan := r.plan
	plan.Reread = r.full
	var canary io.Closer
	if canary, err = d.withCanary(&plan, r.rules); err != nil {
		return backup.Taken{}, err
	}
	if !r.reseal {
		plan.Index = d.stillThere(ctx, d.index(), r)
	}
	bar, progress := d.sealing()
	plan.Progress = progress
	taken, err := backup.Take(ctx, src, plan)
	bar()
	if own := (backup.OwnName{}); errors.As(err, &own) {
		err = cli.Hint(err, "rm -r %s   # a restore leaves it; 'strongroom verify' reads it first", quoted(filepath.Join(d.dir.Path(), own.Name)))
	}
	return taken, errors.Join(err, canary.Close())
}

// sealing shows a bar once it is known how much there is to seal.
func (d *desk) sealing() (done func(), progress backup.Progress) {
	var bar *cli.Progress
	var shown uint64
	progress = func(done, total uint64) {
		if bar == nil {
			bar = d.world.Progress("sealing", int64(total), "bytes")
		}
		bar.Add(int64(done - shown))
		shown = done
	}
	return func() {
		if bar != nil {
			bar.Done()
		}
	}, progress
}
