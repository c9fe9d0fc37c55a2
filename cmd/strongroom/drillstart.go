package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// drillStart is what a drill is told at its beginning.
type drillStart struct {
	leaveFlags
	disaster, out string
}

func drillStartCommand(w cli.World, home *string) *cobra.Command {
	var f drillStart
	cmd := &cobra.Command{
		Use:   "start",
		Short: "begin a drill: one-time keys, and a restore proposal",
		Long: "Run it where the restore will be done. Without --store the newest block's hash chooses one of the stores that hold the snapshot, and is told as the seed: nobody could know which copy has to be good. That takes a block mined after the snapshot; without one it is the first store that has it, and no seed is told.\n" +
			"DIR gets a one-time key for each layer and the script that restores by stock tools. A restore proposal names the keys' public halves; 'queue' says who has to approve it. The clock runs from now on.",
		Example: "strongroom drill start --place room-2 --operator alice \\\n  --reason \"quarterly drill\" -o drill-4 --key ~/.ssh/id_ed25519",
		Args:    cobra.NoArgs,
	}
	f.add(cmd, leaveWords{
		snapshot: "restore snapshot `N` (default: the newest)",
		store:    "fetch it from the store `NAME` (default: the newest block chooses)",
		site:     "where it is restored, `NAME`",
		operator: "the officer who restores it, `ID`",
	})
	cmd.Flags().StringVar(&f.disaster, "disaster", "", "play a disaster at `TIME`, as 2026-11-21T20:50:00Z (default: now)")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "the drill's folder `DIR`, which is new or empty")
	cobra.CheckErr(cmd.MarkFlagRequired("output"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.startDrill(cmd.Context(), f) })
	}
	return cmd
}

// startDrill goes its way in this order: what is restored from where; the
// one-time keys, on disk before anything names them; the proposal; the clock.
func (d *desk) startDrill(ctx context.Context, f drillStart) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	all, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	n, c, store, err := d.chooseDrill(versions[0], all, stores, f)
	if err != nil {
		return err
	}
	dir, err := durable.Create(f.out)
	if err != nil {
		return err
	}
	if err = n.prepare(dir, c.Opens(), store); err == nil {
		err = d.askRestore(ctx, &n, f)
	}
	if err != nil {
		return errors.Join(err, n.abandon(dir), dir.Close())
	}
	n.Started = d.world.Now().UTC().Truncate(time.Second)
	if err := errors.Join(n.write(dir), dir.Close()); err != nil || *f.json {
		return err
	}
	d.world.Text("")
	d.world.Field("drill", filepath.Clean(f.out))
	d.world.Field("restores", fmt.Sprintf("snapshot %d, %s, taken %s", n.Snapshot, n.Manifest[:16], c.Manifest().Taken.Format(time.RFC3339)))
	d.world.Field("from", n.chosen())
	d.world.Hintf("strongroom drill bundle %s -o FOLDER   # once everybody has approved", quoted(f.out))
	return nil
}

// chosen says which store it is and who chose it.
func (n drillNote) chosen() string {
	if n.Seed == "" {
		return string(n.Store)
	}
	return fmt.Sprintf("%s, chosen by block %d %s", n.Store, n.SeedHeight, n.Seed)
}

// chooseDrill decides what is restored from where.
func (d *desk) chooseDrill(p *policy.Policy, all []snapshotCopy, stores []namedStore, f drillStart) (n drillNote, c snapshotCopy, store namedStore, err error) {
	if n.Site, err = idFlag("place", f.site); err != nil {
		return n, c, store, err
	}
	if c, err = d.choose(p, all, f.snapshot); err == nil {
		c, err = f.rewrap.followed(c)
	}
	if err != nil {
		return n, c, store, err
	}
	name := f.store
	if name == "" {
		var seed backup.Block
		if name, seed, err = d.chooseStore(p, c); err != nil {
			return n, c, store, err
		}
		n.Seed, n.SeedHeight = hashOrNothing(seed.Hash), seed.Height
	}
	if store, err = pickStore(stores, c, name); err != nil {
		return n, c, store, err
	}
	n.Snapshot, n.Manifest, n.Taken, n.Store, n.Reason = c.Manifest().Number, c.id.String(), c.Manifest().Taken, store.name, f.memo
	if made := c.Rewraps(); len(made) > 0 {
		n.Rewrap = made[len(made)-1].ID().String()
	}
	if n.Operator, err = idFlag("operator", f.operator); err != nil {
		return n, c, store, err
	}
	n.Disaster, err = d.disaster(f.disaster, c)
	return n, c, store, err
}

// chooseStore lets the newest block's hash choose one of the stores that hold a
// snapshot. Without a block that was mined after the snapshot there is no choice to
// prove, as whoever made it could foresee which copy has to be good: it is any of
// them, and no seed is told.
func (d *desk) chooseStore(p *policy.Policy, c snapshotCopy) (name string, seed backup.Block, err error) {
	tip, err := d.newestBlock(p)
	if err != nil || len(c.on) == 0 {
		return "", seed, err
	}
	if !minedAfter(tip, c.Manifest()) {
		d.world.Warnf("want the store chosen by a block mined after snapshot %d, found none newer than %d: no seed is told; take in newer headers first (strongroom node status)", c.Manifest().Number, tip.Height)
		return "", seed, nil
	}
	on := slices.Sorted(slices.Values(c.on))
	at := backup.Choose(backup.Sum(tip.Hash), c.id, "", len(on), 1)
	return string(on[at[0]]), tip, nil
}

// disaster reads the time of the disaster that is played: not before the
// snapshot, which would hold what had not happened yet.
func (d *desk) disaster(s string, c snapshotCopy) (time.Time, error) {
	at := d.world.Now().UTC().Truncate(time.Second)
	if s != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, s); err != nil {
			return at, cli.Usagef("--disaster: want a time such as 2026-11-21T20:50:00Z, found %q", s)
		}
		at = at.UTC().Truncate(time.Second)
	}
	if taken := c.Manifest().Taken; at.Before(taken) {
		return at, cli.Usagef("--disaster: want a time after the snapshot's, %s, found %s", taken.Format(time.RFC3339), at.Format(time.RFC3339))
	}
	return at, nil
}

// prepare makes the one-time keys and writes them, the script and the note.
func (n *drillNote) prepare(dir *durable.Dir, m backup.Manifest, s namedStore) error {
	for i := range m.Segments[0].Headers {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return err
		}
		n.Recipients = append(n.Recipients, id.Recipient().String())
		if err := dir.WriteNew(drillKey(i+1), []byte(id.String()+"\n")); err != nil {
			return err
		}
	}
	if err := dir.WriteNew(drillScript, []byte(restoreScript(m, s))); err != nil {
		return err
	}
	return n.write(dir)
}

// abandon leaves the folder empty, as it was found: nothing was asked for.
func (n *drillNote) abandon(dir *durable.Dir) error {
	_, err := eraseKeys(dir, len(n.Recipients))
	for _, name := range []string{drillScript, drillFile} {
		if bad := dir.Remove(name); !missingFile(bad) {
			err = errors.Join(err, bad)
		}
	}
	return err
}

// askRestore proposes the restore and notes the proposal's id.
func (d *desk) askRestore(ctx context.Context, n *drillNote, f drillStart) error {
	snapshot, err := text.ParseHash(n.Manifest)
	if err != nil {
		return err
	}
	body := quorum.Restore{Snapshot: snapshot, Store: n.Store, Place: n.Site, Operator: n.Operator, Recipients: n.Recipients}
	if err := d.ask(ctx, f.askFlags, false, func(*view) (quorum.Body, error) { return body, nil }); err != nil {
		return err
	}
	return d.eachProposal(func(id text.Hash) error {
		p, err := d.proposal(id)
		if err != nil {
			return nil // told by whoever judges it
		}
		if b, ok := p.Body.(quorum.Restore); ok && slices.Equal(b.Recipients, n.Recipients) {
			n.Proposal = id.String()
		}
		return nil
	})
}
