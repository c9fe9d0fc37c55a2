package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func backupExtendCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "extend",
		Short: "make the locks of the snapshots that are kept longer",
		Long: "The lock keeper. Annex backup says how many days, weeks, months and years keep a snapshot; every object of those is locked for as many days ahead as the annex says, a segment that several snapshots share as long as the newest, and every manifest, since the chain of manifests leads to them. No lock is made shorter and nothing is deleted. What is not kept and not locked any more is listed for the store's owner, and so is what no snapshot names and nothing locks, and an upload in parts that nobody ended within a week.\n\n" +
			"Only manifests that are signed by a maker and hang together count, and no time that one claims pushes another out: what is out of order is kept, and told. It runs with the keeper's credentials, which can put nothing.",
		Example: "strongroom backup extend",
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.extendLocks(cmd.Context(), *asJSON) })
	}
	return cmd
}

// extended is what became of one store.
type extended struct {
	Store    text.ID  `json:"store"`
	Objects  int      `json:"objects"`
	Extended int      `json:"extended"`
	Lapsed   []string `json:"lapsed"`
	Bytes    int64    `json:"lapsed_bytes"`
	Orphans  orphans  `json:"orphans"`
	Error    string   `json:"error,omitempty"`
}

func (d *desk) extendLocks(ctx context.Context, asJSON bool) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	rules, err := d.checkedRules(versions[0])
	if err != nil {
		return err
	}
	stores, err := d.wantStoresFor(ctx, keeper)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	all, err := d.manifests(ctx, versions, stores)
	if err != nil {
		return err
	}
	now := d.world.Now().UTC().Truncate(time.Second)
	kept := d.keptOf(all, rules, now)
	var results []extended
	failed := d.keepFound(ctx, all)
	for _, s := range stores {
		if rules.LockOf(s.name) != policy.LockCompliance || s.isFolder() {
			continue
		}
		if s.err != nil {
			failed = errors.Join(failed, s.err)
			results = append(results, extended{Store: s.name, Lapsed: []string{}, Error: s.err.Error()})
			continue
		}
		x := d.extendOne(ctx, s, kept, all, now, rules)
		if x.Error != "" {
			failed = errors.Join(failed, fmt.Errorf("store %s: %s", s.name, x.Error))
		}
		results = append(results, x)
	}
	if asJSON {
		return errors.Join(d.world.JSON(struct {
			Kept   []uint64   `json:"kept"`
			Stores []extended `json:"stores"`
		}{numbersOf(kept), append([]extended{}, results...)}), cli.Reported(failed))
	}
	d.printExtended(results, kept, all)
	return failed
}

// keptOf returns the snapshots that the rules keep, and tells of those whose day
// nobody knows.
func (d *desk) keptOf(all []snapshotCopy, rules policy.Backup, now time.Time) []snapshotCopy {
	list := make([]backup.Manifest, len(all))
	for i, c := range all {
		list[i] = c.Manifest()
	}
	if odd := backup.Disordered(list, now); len(odd) > 0 && !backup.Retention(rules.Keep).Everything() {
		d.world.Warnf("snapshots %v: out of order by number, block or time, so they are kept whatever the rules say: find out why", odd)
	}
	return keptIn(all, rules, now)
}

// extendOne works on the snapshots that a store lists. When nobody can list it, or
// not to its end, such as after somebody filled it with names, those that are known
// from elsewhere or from before are looked for by their own names, and the failure
// is told.
func (d *desk) extendOne(ctx context.Context, s namedStore, kept, all []snapshotCopy, now time.Time, rules policy.Backup) extended {
	out := extended{Store: s.name, Lapsed: []string{}}
	mine, theirs := signedOn(kept, s.name), signedOn(all, s.name)
	if s.unlisted != nil {
		mine, theirs = signedOf(kept), signedOf(all)
	}
	known, until := d.knownPages(ctx), now.AddDate(0, 0, rules.LockDays)
	x, err := backup.ExtendLocks(ctx, s.store, mine, theirs, until, known...)
	for _, closed := range x.Closed {
		d.world.Warnf("store %s: not locked, since only a re-wrap names it: %v", s.name, closed)
	}
	err = errors.Join(err, d.keepMark(ctx, s, until))
	for _, k := range x.Kits { // in the next run nobody hides them
		if !slices.Contains(known, k.Name()) {
			err = errors.Join(err, d.keepKit(ctx, k))
		}
	}
	out.Objects, out.Extended = x.Objects, x.Extended
	lapsed, more := backup.Lapsed(ctx, s.store, mine, theirs, now, known...)
	for _, o := range lapsed {
		out.Lapsed = append(out.Lapsed, o.Name)
		out.Bytes += o.Size
	}
	out.Orphans = d.orphansOf(ctx, s, all, append(d.knownPages(ctx), out.Lapsed...), now)
	if err = errors.Join(s.unlisted, err, more); err != nil {
		out.Error = err.Error()
	}
	return out
}

// signedOn returns the snapshots that a store lists.
func signedOn(list []snapshotCopy, store text.ID) []backup.Signed {
	var out []backup.Signed
	for _, c := range list {
		for _, on := range c.on {
			if on == store {
				out = append(out, c.Signed)
				break
			}
		}
	}
	return out
}

func signedOf(list []snapshotCopy) []backup.Signed {
	var out []backup.Signed
	for _, c := range list {
		out = append(out, c.Signed)
	}
	return out
}

func numbersOf(list []snapshotCopy) []uint64 {
	out := []uint64{}
	for _, c := range list {
		out = append(out, c.Manifest().Number)
	}
	return out
}

func (d *desk) printExtended(results []extended, kept, all []snapshotCopy) {
	d.world.Field("kept", fmt.Sprintf("%s of %d", count(len(kept), "snapshot"), len(all)))
	if len(results) == 0 {
		d.world.Text("No store locks: there is nothing to extend.")
		return
	}
	var rows [][]string
	for _, x := range results {
		what := "locked"
		if x.Error != "" {
			what = x.Error
		}
		rows = append(rows, []string{string(x.Store), fmt.Sprint(x.Objects), fmt.Sprint(x.Extended), fmt.Sprint(len(x.Lapsed)), fmt.Sprint(x.Bytes), what})
	}
	d.world.Table([]string{"store", ">objects", ">made longer", ">let go", ">bytes", "now"}, rows)
	for _, x := range results {
		for i, name := range x.Lapsed {
			if i == maxListed {
				d.world.Text("  and %d more: --json has them all", len(x.Lapsed)-i)
				break
			}
			d.world.Text("  %s: %s is not locked and not kept any more", x.Store, name)
		}
		d.printOrphans(x)
	}
}
