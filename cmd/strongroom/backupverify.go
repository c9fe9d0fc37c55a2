package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func backupVerifyCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "compare every copy with its signed manifest",
		Long: "V0 wants every object there with its size, and locked where the store locks. V1 compares the checksums that the store keeps. V2 reads some parts, as many as the square root of all of them or --samples N, chosen by the newest block that this home knows; unless that was mined after the snapshot, whoever made it could foresee the choice, and it counts as V1. V3 reads every byte again and hashes it. None needs a key that opens anything.\n\n" +
			"V4 compares the checksums, opens the headers and authenticates the last piece of each segment, and reads no more than the ends: a key of theirs opens what lies there, and it is as long as it was sealed. It needs a key that opens the headers: an officer's, or the one-time key of a drill with the headers that officers wrapped for it.\n\n" +
			"With --key what was found is signed and kept in the home, in backup/verified, for each copy, good or bad. The key is a verifier's of annex backup, best on a machine of its own, so that whoever writes the copies does not also say that they are good; or a maker's. Under annex backup 'status' counts V2 and V3 that a verifier signed, and a maker's word while the annex names no verifier.\n\n" +
			"With --repair a bad copy is made good: what is missing or bad comes from a store that has it right, byte by byte as the manifest says. In a folder a bad file gets a name that begins with bad-; in a bucket the right bytes become a new version.\n\n" +
			"Neither is a restore: only a drill is.",
		Example: "strongroom backup verify --level V3 --store frankfurt --key verifier_ed25519\n" +
			"  strongroom backup verify --level V4 --snapshot 4 --identity drill-4/key-1.txt --headers drill-4/headers --key verifier_ed25519\n" +
			"  for f in *.verifier-*.txt; do ssh-keygen -Y verify -f roster -I verifier -n verification.v1@strongroom -s ${f%.txt}.verification.sig < $f; done   # in backup/verified",
	}
	level := cmd.Flags().String("level", "V3", "V0, V1, V2, V3 or, with --identity, V4")
	c := copyCheck{opened: openedFlags(cmd)}
	cmd.Flags().StringVar(&c.only, "store", "", "only the store `NAME`")
	cmd.Flags().Var(&c.number, "snapshot", "only snapshot `N`")
	samples := samplesFlag(cmd)
	cmd.Flags().BoolVar(&c.repair, "repair", false, "make good what is missing or bad, from a store that has it right; bad files are put aside, not deleted")
	c.asJSON = cli.JSONFlag(cmd)
	c.key = resultKeyFlags(cmd, c.opened.passphrase)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var err error
		if c.level, err = c.opened.level(c, *level); err != nil {
			return err
		}
		if *samples != 0 && c.level != backup.V2 {
			return cli.Usagef("--samples: want it with --level V2 alone, found level %s", c.level)
		}
		c.samples = int(*samples)
		return inDesk(w, *home, func(d *desk) error {
			if err := c.opened.open(w); err != nil {
				return err
			}
			return d.verifyCopies(cmd.Context(), c)
		})
	}
	return cmd
}

// samplesFlag is how many parts V2 reads; 0 leaves it to the size.
func samplesFlag(cmd *cobra.Command) *uint16 {
	return cmd.Flags().Uint16("samples", 0, "for V2: read `N` parts of each copy (default: the square root of how many it has)")
}

// copyCheck is what a verification is told.
type copyCheck struct {
	level   backup.Level
	samples int            // of V2; 0 for as many as the size asks for
	only    string         // one store
	number  snapshotWanted // one snapshot
	repair  bool
	opened  *openedWith
	asJSON  *bool
	key     keyFlags

	whole backup.WholeObjects // of the store that is looked at
	pages []string            // recovery pages that this home keeps
	by    witness
	rules policy.Backup
	tip   backup.Block
}

// copyResult is one copy and what was found.
type copyResult struct {
	Snapshot uint64   `json:"snapshot"`
	Store    text.ID  `json:"store"`
	Level    string   `json:"level"`
	Bytes    int64    `json:"bytes"`
	Seconds  float64  `json:"seconds"`
	Seed     string   `json:"seed,omitempty"`             // the block that chose V2's sample
	SeedAt   uint32   `json:"seed_height,omitempty"`      // of that block
	Later    bool     `json:"seed_mined_after,omitempty"` // it was not known when the snapshot was made
	Page     string   `json:"page,omitempty"`             // for emergencies, beside the snapshot
	Repaired []string `json:"repaired,omitempty"`         // what was made good
	Error    string   `json:"error,omitempty"`
	Away     bool     `json:"away,omitempty"` // the store gave no answer: nothing was found out about the copy

	of     snapshotCopy
	fault  error // these keys do not open it
	closed bool  // what a re-wrap added is no good
}

func (d *desk) verifyCopies(ctx context.Context, c copyCheck) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	if c.rules, err = d.backupRules(versions[0]); err != nil {
		return err
	}
	var done func()
	if c.by, done, err = c.key.witness(ctx, d, versions[0], c.rules); err != nil {
		return err
	}
	defer done()
	known, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	if c.number.number != 0 || len(known) == 0 {
		one, err := d.choose(versions[0], known, c.number)
		if err != nil {
			return err
		}
		known = []snapshotCopy{one}
	}
	all := len(known)
	if c.number.number == 0 {
		known = promised(known, c.rules, d.world.Now())
	}
	if n := all - len(known); n > 0 {
		d.world.Warnf("not looked at: %s that annex backup keeps no more and whose locks have ended; --snapshot N looks at one", count(n, "snapshot"))
	}
	chosen := stores
	if c.only != "" {
		chosen = slices.DeleteFunc(slices.Clone(stores), func(s namedStore) bool { return string(s.name) != c.only })
		if len(chosen) == 0 {
			return cli.Hint(fmt.Errorf("store: want one that was added, found %q", c.only), "strongroom backup status")
		}
	}
	if c.tip, err = d.newestBlock(versions[0]); err != nil {
		return err
	}
	results, err := d.checkCopies(ctx, known, chosen, c)
	if err == nil && len(results) > 0 && !slices.ContainsFunc(results, func(r copyResult) bool { return r.fault == nil }) {
		err = results[0].fault
	}
	if err == nil && c.repair {
		err = d.repairCopies(ctx, versions[0], stores, results, c)
	}
	if err != nil {
		return err
	}
	err = badCopies(d.mendable(results, d.lostAsNoted(known, stores)))
	if *c.asJSON {
		return errors.Join(d.world.JSON(results), cli.Reported(err))
	}
	d.printCopies(results)
	return err
}

// minedAfter says whether a block was mined after the one that a snapshot's maker
// knew: before that nobody could know what it chooses.
func minedAfter(tip backup.Block, m backup.Manifest) bool {
	return !tip.Hash.IsZero() && tip.Height > m.Block.Height
}

// unforeseen is what a verification counts for: a sample that could be foreseen is
// none.
func unforeseen(v backup.Verification, m backup.Manifest, tip backup.Block) backup.Verification {
	if v.Level == backup.V2 && !minedAfter(tip, m) {
		v.Level = backup.V1
	}
	return v
}

// mendable leaves out bad copies that nothing mends, and tells of them.
func (d *desk) mendable(results []copyResult, gone map[text.Hash]bool) (out []copyResult) {
	for _, r := range results {
		if r.Error == "" || !gone[r.of.id] {
			out = append(out, r)
			continue
		}
		d.world.Warnf("store %s: %s", r.Store, lost(r.of))
	}
	return out
}

// badCopies refuses when one copy is not as its manifest says, and is an error when
// one could not be looked at.
func badCopies(results []copyResult) error {
	bad, away := 0, 0
	for _, r := range results {
		switch {
		case r.Away:
			away++
		case r.Error != "":
			bad++
		}
	}
	switch {
	case bad == 0 && away == 0:
		return nil
	case bad == 0:
		return cli.Hint(fmt.Errorf("copies: want %d looked at, found %d that could not be looked at", len(results), away), "strongroom backup status")
	}
	sentence := fmt.Sprintf("copies: want %d as their manifests say, found %d that are not", len(results), bad)
	if away > 0 {
		sentence += fmt.Sprintf(", and %d that could not be looked at", away)
	}
	return cli.Refusal{Sentence: sentence, Codes: []string{codeCopy},
		Hint: "strongroom backup verify --level V3 --repair", Call: "whoever keeps the store"}
}

// repairCopies makes bad copies good from the other stores, and reads each once
// more.
func (d *desk) repairCopies(ctx context.Context, p *policy.Policy, stores []namedStore, results []copyResult, c copyCheck) error {
	rules, err := d.checkedRules(p)
	if err != nil {
		return err
	}
	until := d.world.Now().UTC().Truncate(time.Second).AddDate(0, 0, rules.LockDays)
	all := targets(rules, stores)
	for i, r := range results {
		if r.Error == "" && !r.closed || r.Away {
			continue
		}
		at := slices.IndexFunc(all, func(t backup.Target) bool { return t.ID == r.Store })
		t := all[at]
		var from []backup.Source
		for k, other := range all {
			if k != at {
				from = append(from, backup.FromStore(other.Store))
			}
		}
		lock := t.LockedUntil(until)
		snapshot := r.of
		made, err := backup.Repair(ctx, t.Store, snapshot.Signed, from, lock)
		var noPage error
		if err == nil {
			var page []string
			page, noPage = d.repairKit(ctx, snapshot.Signed, t, all, lock)
			made = append(made, page...)
		}
		results[i].Repaired = made
		if err == nil {
			l := look{copy: snapshot, store: stores[at]}
			l.found, l.err = backup.Verify(ctx, t.Store, snapshot.Signed, backup.Checking{Level: backup.V3, Known: d.knownPages(ctx), Store: t.ID, Tell: lockedFor(c.rules, stores[at], d.world.Now()), Now: d.world.Now})
			if err := d.keepResult(c.by, l); err != nil {
				return err
			}
			if l.err == nil {
				if err := d.noteProven(t.ID, r.Snapshot, l.found); err != nil {
					return err
				}
			}
			err = errors.Join(l.err, noPage, d.wantAdded(t.ID, snapshot, l.found))
			results[i].Page, results[i].Level, results[i].Bytes, results[i].Seconds = l.found.Kit, l.found.Level.String(), l.found.Bytes, l.found.Took.Seconds()
		}
		if results[i].Error = ""; err != nil {
			results[i].Error = err.Error()
		}
	}
	return nil
}

// wantLocked wants what V0 is about beside the list: a lock on every object, where
// one was asked for. At the other levels it is told by status and in what is
// signed.
func wantLocked(level backup.Level, v backup.Verification) error {
	if level != backup.V0 {
		return nil
	}
	var open []string
	for _, f := range v.Flaws {
		if f.Flaw == backup.Unlocked {
			open = append(open, f.Object)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return fmt.Errorf("want every object locked, found %s that no lock holds, %s first", count(len(open), "object"), open[0])
}

// wantPage wants the page for emergencies of the newest headers beside a copy.
func wantPage(v backup.Verification, m backup.Signed) error {
	if v.Level == 0 || v.Kit != "" || closedAtEnd(v, m) {
		return nil
	}
	maker := m.Manifest().Maker
	if made := m.Rewraps(); len(made) > 0 {
		maker = made[len(made)-1].Rewrap().Maker
	}
	return fmt.Errorf("recovery page: want one%s that %s signed beside snapshot %d, found none", ofRewrap(m), maker, m.Manifest().Number)
}

// ofRewrap says of which re-wrap a snapshot's page must be.
func ofRewrap(m backup.Signed) string {
	if n := len(m.Rewraps()); n > 0 {
		return fmt.Sprintf(" of re-wrap %d", n)
	}
	return ""
}

func (d *desk) printCopies(results []copyResult) {
	var rows [][]string
	for _, r := range results {
		what := r.Error
		switch {
		case what == "" && len(r.Repaired) > 0:
			what = "made good: " + count(len(r.Repaired), "object")
		case what == "":
			what = good
		}
		rows = append(rows, []string{text.FormatUint(r.Snapshot), string(r.Store), r.Level, strconv.FormatInt(r.Bytes, 10), what})
	}
	d.world.Table([]string{">snapshot", "store", "level", ">bytes read", "copy"}, rows)
}

// lockedFor is until when an object must be locked, so that nothing is said of it.
func lockedFor(b policy.Backup, s namedStore, now time.Time) time.Time {
	if !b.Named || b.LockOf(s.name) != policy.LockCompliance || s.isFolder() {
		return time.Time{}
	}
	return now.AddDate(0, 0, b.LockDays/2)
}

// checkCopies verifies each snapshot in each store.
func (d *desk) checkCopies(ctx context.Context, known []snapshotCopy, stores []namedStore, check copyCheck) ([]copyResult, error) {
	for _, c := range known {
		if check.level == backup.V2 && !minedAfter(check.tip, c.Manifest()) {
			d.world.Warnf("snapshot %d: want the sample chosen by a block mined after it, found none: whoever made it could foresee the choice, so it counts as V1; take in newer headers first (strongroom node status)", c.Manifest().Number)
		}
	}
	bar := d.world.Progress("verifying", int64(len(known)*len(stores)), "copies")
	defer bar.Done()
	results := []copyResult{}
	whole := map[text.ID]backup.WholeObjects{}
	check.pages = d.knownPages(ctx)
	for _, c := range slices.Backward(known) { // the newest tells how fast its store is: it reads the most
		var of []copyResult
		for _, s := range stores {
			if whole[s.name] == nil {
				whole[s.name] = backup.WholeObjects{}
			}
			check.whole = whole[s.name]
			r, err := d.checkCopy(ctx, c, s, check)
			if err != nil {
				return nil, err
			}
			of = append(of, r)
			bar.Add(1)
		}
		results = append(of, results...)
	}
	return results, nil
}

// checkCopy verifies one copy, notes it and has the result signed.
func (d *desk) checkCopy(ctx context.Context, c snapshotCopy, s namedStore, check copyCheck) (copyResult, error) {
	how := backup.Checking{Level: check.level, Samples: check.samples, Known: check.pages, Whole: check.whole, Store: s.name, Seed: backup.Sum(check.tip.Hash), Tell: lockedFor(check.rules, s, d.world.Now()), Now: d.world.Now}
	v, err := d.verifyCopy(ctx, s, c, how, check.opened)
	r := copyResult{Snapshot: c.Manifest().Number, Store: s.name, Level: unforeseen(v, c.Manifest(), check.tip).Level.String(), Bytes: v.Bytes, Seconds: v.Took.Seconds(), of: c}
	if fault := faultOf(err); fault != nil {
		r.Error, r.Away, r.fault = fault.Error(), true, fmt.Errorf("store %s: snapshot %d: %w", s.name, r.Snapshot, fault)
		if !looksOn(err, check.number.number != 0) {
			return r, r.fault
		}
		return r, nil
	}
	if v.Back > 0 {
		d.world.Warnf("store %s: snapshot %d was opened by headers from before %s: look whether everybody of today opens it", s.name, r.Snapshot, count(v.Back, "re-wrap"))
	}
	if check.level == backup.V2 {
		r.Seed, r.SeedAt, r.Later = check.tip.Hash.OrNone(), check.tip.Height, minedAfter(check.tip, c.Manifest())
	}
	var kept error
	if err == nil || c.mayBeIn(s) { // what was never brought there is told as missing, and is no bad copy
		kept = d.keepResult(check.by, look{copy: c, store: s, seed: check.tip, found: v, err: err})
	}
	if err == nil {
		kept = errors.Join(kept, d.noteProven(s.name, r.Snapshot, unforeseen(v, c.Manifest(), check.tip)))
		r.Page, r.closed, err = v.Kit, v.Closed != nil, errors.Join(wantLocked(check.level, v), d.wantAdded(s.name, c, v))
	}
	if err != nil {
		r.Error, r.Away = err.Error(), v.Level == 0 && len(v.Flaws) == 0
	}
	for _, name := range v.Odd {
		d.world.Warnf("store %s: %s was not signed by who made the snapshot, tells of a re-wrap that it does not have, or cannot be read: do not follow it", s.name, name)
	}
	return r, kept
}
