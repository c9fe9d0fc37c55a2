package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func backupListCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "every snapshot and the stores that hold it",
		Example: "strongroom backup list",
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return inDesk(w, *home, func(d *desk) error {
			versions, err := d.versions()
			if err != nil {
				return err
			}
			known, stores, err := d.snapshots(cmd.Context(), versions)
			defer closeStores(stores)
			if err != nil {
				return err
			}
			return d.printList(known, *asJSON)
		})
	}
	return cmd
}

// snapshots opens the stores and gathers every manifest. The caller closes the
// stores, also after an error.
func (d *desk) snapshots(ctx context.Context, versions []*policy.Policy) ([]snapshotCopy, []namedStore, error) {
	stores, err := d.wantStores()
	if err != nil {
		return nil, stores, err
	}
	known, err := d.manifests(ctx, versions, stores)
	return known, stores, err
}

func (d *desk) printList(known []snapshotCopy, asJSON bool) error {
	type item struct {
		Snapshot uint64        `json:"snapshot"`
		Taken    string        `json:"taken"`
		Manifest string        `json:"manifest"`
		Segments []segmentJSON `json:"segments"`
		Size     int64         `json:"size"`
		Files    uint64        `json:"files"`
		Maker    text.ID       `json:"maker"`
		Stores   []text.ID     `json:"stores"`
		OpenedBy []string      `json:"opened_by"`
	}
	items, rows := []item{}, [][]string{}
	for _, c := range known {
		m := c.Manifest()
		items = append(items, item{m.Number, m.Taken.Format(time.RFC3339), c.id.String(), segmentsJSON(m), sealedSize(m), m.Contents.Files, m.Maker, append([]text.ID{}, c.on...), openers(m)})
		rows = append(rows, []string{text.FormatUint(m.Number), m.Taken.Format(time.RFC3339), strconv.FormatInt(sealedSize(m), 10), text.FormatUint(m.Contents.Files), list(c.on)})
	}
	if asJSON {
		return d.world.JSON(items)
	}
	if len(known) == 0 {
		d.world.Text("No snapshot yet.")
		d.world.Hintf("strongroom backup run")
		return nil
	}
	d.world.Table([]string{">snapshot", "taken (clock)", ">bytes", ">files", "stores"}, rows)
	return nil
}

func backupVerifyCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "compare every copy with its signed manifest",
		Long: "V1 compares the checksums that the store keeps. V2 reads some parts, chosen by the newest block that this home knows. V3 reads every byte again and hashes it. None needs a key.\n\n" +
			"Neither is a restore: only a drill is.",
		Example: "strongroom backup verify --level V3 --store frankfurt",
	}
	level := cmd.Flags().String("level", "V3", "V1, V2 or V3")
	store := cmd.Flags().String("store", "", "only the store `NAME`")
	snapshot := cmd.Flags().Uint64("snapshot", 0, "only snapshot `N`")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		l, err := copyLevel(*level)
		if err != nil {
			return err
		}
		return inDesk(w, *home, func(d *desk) error { return d.verifyCopies(cmd.Context(), l, *store, *snapshot, *asJSON) })
	}
	return cmd
}

// copyResult is one copy and what was found.
type copyResult struct {
	Snapshot uint64  `json:"snapshot"`
	Store    text.ID `json:"store"`
	Level    string  `json:"level"`
	Bytes    int64   `json:"bytes"`
	Seconds  float64 `json:"seconds"`
	Error    string  `json:"error,omitempty"`
}

func (d *desk) verifyCopies(ctx context.Context, level backup.Level, only string, number uint64, asJSON bool) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	known, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	if number != 0 || len(known) == 0 {
		one, err := snapshotNumbered(known, number)
		if err != nil {
			return err
		}
		known = []snapshotCopy{one}
	}
	if only != "" {
		stores = slices.DeleteFunc(slices.Clone(stores), func(s namedStore) bool { return string(s.name) != only })
		if len(stores) == 0 {
			return cli.Hint(fmt.Errorf("store: want one that was added, found %q", only), "strongroom backup status")
		}
	}
	tip, err := d.newestBlock(versions[0])
	if err != nil {
		return err
	}
	results, err := d.checkCopies(ctx, known, stores, backup.Checking{Level: level, Seed: backup.Sum(tip.Hash), Now: d.world.Now})
	if err != nil {
		return err
	}
	bad := 0
	for _, r := range results {
		if r.Error != "" {
			bad++
		}
	}
	if bad > 0 {
		err = cli.Refusal{Sentence: fmt.Sprintf("copies: want %d as their manifests say, found %d that are not", len(results), bad), Codes: []string{codeCopy},
			Hint: "strongroom backup run", Call: "whoever keeps the store"}
	}
	if asJSON {
		return errors.Join(d.world.JSON(results), cli.Reported(err))
	}
	var rows [][]string
	for _, r := range results {
		what := r.Error
		if what == "" {
			what = "good"
		}
		rows = append(rows, []string{text.FormatUint(r.Snapshot), string(r.Store), r.Level, strconv.FormatInt(r.Bytes, 10), what})
	}
	d.world.Table([]string{">snapshot", "store", "level", ">bytes read", "copy"}, rows)
	return err
}

// checkCopies verifies each snapshot in each store.
func (d *desk) checkCopies(ctx context.Context, known []snapshotCopy, stores []namedStore, check backup.Checking) ([]copyResult, error) {
	bar := d.world.Progress("verifying", int64(len(known)*len(stores)), "copies")
	defer bar.Done()
	results := []copyResult{}
	for _, c := range known {
		for _, s := range stores {
			check.Store = s.name
			v, err := backup.Verify(ctx, s.store, c.Signed, check)
			r := copyResult{Snapshot: c.Manifest().Number, Store: s.name, Level: v.Level.String(), Bytes: v.Bytes, Seconds: v.Took.Seconds()}
			if err != nil {
				r.Error = err.Error()
			} else if err := d.noteProven(s.name, r.Snapshot, v.Level); err != nil {
				return nil, err
			}
			results = append(results, r)
			bar.Add(1)
		}
	}
	return results, nil
}

// provenNote remembers when a copy in a store was last read again. It is a
// reminder of this machine, signed by nobody.
type provenNote struct {
	Snapshot uint64 `json:"snapshot"`
	Level    string `json:"level"`
	At       string `json:"at"`
}

// noteProven notes the verification of one copy, when it says more than the
// note that is there: a newer snapshot, or all bytes.
func (d *desk) noteProven(store text.ID, snapshot uint64, level backup.Level) error {
	if old, ok := d.proven(store); ok && (level != backup.V3 || old.Snapshot > snapshot) {
		return nil
	}
	b, err := json.Marshal(provenNote{snapshot, level.String(), d.world.Now().UTC().Format(time.RFC3339)})
	if err != nil {
		return err
	}
	return d.inBackup(provenIn, func(dir *durable.Dir) error { return dir.WriteFile(string(store), append(b, '\n')) })
}

func (d *desk) proven(store text.ID) (n provenNote, ok bool) {
	err := d.inBackup(provenIn, func(dir *durable.Dir) error {
		b, err := dir.ReadFile(string(store), maxProven)
		if err != nil {
			return err
		}
		return json.Unmarshal(b, &n)
	})
	return n, err == nil
}

func backupStatusCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "each store's newest copy, and what is late",
		Long: fmt.Sprintf("A store is late when its newest copy is older than %d hours, or when nobody read it again for %d days. The vault is late when no store's copy was restored in a drill whose certificate still counts. Whatever is late ends with 3.",
			int(snapshotDue.Hours()), int(rereadDue.Hours()/24)),
		Example: "strongroom backup status || mail -s 'backup late' security@example.com",
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.backupStatus(cmd.Context(), *asJSON) })
	}
	return cmd
}

// storeStatus is what is known of one store.
type storeStatus struct {
	Store    text.ID  `json:"store"`
	Path     string   `json:"path"`
	Snapshot uint64   `json:"snapshot"` // newest whose stored checksum is right; 0 for none
	Taken    string   `json:"taken"`
	Reread   string   `json:"reread"`
	Drill    string   `json:"drill"` // until when the newest good certificate counts
	Late     []string `json:"late"`
}

func (d *desk) backupStatus(ctx context.Context, asJSON bool) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	known, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	drills, err := d.drills(versions[0])
	if err != nil {
		return err
	}
	now := d.world.Now()
	var all []storeStatus
	var late []string
	drilled := false
	for _, s := range stores {
		st := d.statusOf(ctx, s, known, drills, now)
		for _, l := range st.Late {
			late = append(late, string(s.name)+": "+l)
		}
		drilled = drilled || st.Drill != ""
		all = append(all, st)
	}
	if !drilled {
		late = append(late, "drill: no copy was restored in a drill whose certificate counts today")
	}
	if asJSON {
		err = d.world.JSON(struct {
			Stores []storeStatus `json:"stores"`
			Late   []string      `json:"late"`
		}{all, append([]string{}, late...)})
	} else {
		d.printStatus(all, late)
	}
	if len(late) > 0 {
		r := cli.Refusal{Sentence: late[0], Codes: []string{codeLate}, Hint: "strongroom backup run", Call: "whoever looks after the backups"}
		if strings.HasPrefix(late[0], "drill: ") {
			r.Hint = "strongroom drill restored DIR --snapshot N --store NAME --seconds S"
		}
		if asJSON {
			return errors.Join(err, cli.Reported(r))
		}
		return errors.Join(err, r)
	}
	return err
}

func (d *desk) statusOf(ctx context.Context, s namedStore, known []snapshotCopy, drills []backup.Certified, now time.Time) storeStatus {
	st := storeStatus{Store: s.name, Path: s.path, Late: []string{}}
	if s.err != nil {
		st.Late = append(st.Late, s.err.Error())
		return st
	}
	for _, c := range slices.Backward(known) {
		if _, err := backup.Verify(ctx, s.store, c.Signed, backup.Checking{Level: backup.V1, Now: d.world.Now}); err == nil {
			st.Snapshot, st.Taken = c.Manifest().Number, c.Manifest().Taken.Format(time.RFC3339)
			if now.Sub(c.Manifest().Taken) > snapshotDue {
				st.Late = append(st.Late, "its newest copy was taken "+st.Taken)
			}
			break
		}
	}
	if st.Snapshot == 0 {
		st.Late = append(st.Late, "want a snapshot as its manifest says, found none")
	} else if newest := known[len(known)-1].Manifest().Number; st.Snapshot != newest {
		st.Late = append(st.Late, fmt.Sprintf("want snapshot %d, found none newer than %d", newest, st.Snapshot))
	}
	note, ok := d.proven(s.name)
	at, err := time.Parse(time.RFC3339, note.At)
	if ok && err == nil && note.Level == backup.V3.String() {
		st.Reread = note.At
	}
	if st.Reread == "" || now.Sub(at) > rereadDue {
		st.Late = append(st.Late, "nobody read a whole copy again lately")
	}
	for _, c := range drills {
		if cert := c.Certificate(); cert.Store == s.name && !cert.Expired(now) {
			st.Drill = max(st.Drill, cert.Expires.Format(time.RFC3339))
		}
	}
	return st
}

func (d *desk) printStatus(all []storeStatus, late []string) {
	for i, s := range all {
		if i > 0 {
			d.world.Text("")
		}
		d.world.Field("store", fmt.Sprintf("%s, %s", s.Store, s.Path))
		d.world.Field("newest copy", orDash(s.Snapshot != 0, fmt.Sprintf("snapshot %d, taken %s", s.Snapshot, s.Taken)))
		d.world.Field("read again", orDash(s.Reread != "", s.Reread))
		d.world.Field("drilled", orDash(s.Drill != "", "certificate counts until "+s.Drill))
	}
	d.world.Text("")
	for _, l := range late {
		d.world.Field("late", l)
	}
	if len(late) == 0 {
		d.world.Text("Nothing is late.")
	}
}

func orDash(ok bool, s string) string {
	if !ok {
		return "never"
	}
	return s
}

// drills returns the certificates of passed drills in the registry that enough
// of those present signed.
func (d *desk) drills(p *policy.Policy) ([]backup.Certified, error) {
	all, err := d.reg.Texts()
	if err != nil {
		return nil, err
	}
	var out []backup.Certified
	for _, h := range all {
		b, err := d.reg.Text(h)
		if err != nil {
			d.world.Warnf("%v", err)
			continue
		}
		if is, ok := text.TypeOf(b); !ok || is != text.Certificate {
			continue
		}
		c, err := d.certified(p, b)
		if err == nil && c.Certificate().IsDrill() && c.Certificate().Place == d.place() {
			out = append(out, c)
		}
	}
	return out, nil
}
