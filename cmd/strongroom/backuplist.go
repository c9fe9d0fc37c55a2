package main

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
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
			return d.printList(known, d.presentLines(versions[0]), locksIn(cmd.Context(), stores), *asJSON)
		})
	}
	return cmd
}

// snapshots opens the stores and gathers every manifest. The caller closes the
// stores, also after an error.
func (d *desk) snapshots(ctx context.Context, versions []*policy.Policy) ([]snapshotCopy, []namedStore, error) {
	stores, err := d.wantStores(ctx)
	if err != nil {
		return nil, stores, err
	}
	known, err := d.manifests(ctx, versions, stores)
	return known, stores, err
}

func (d *desk) printList(known []snapshotCopy, present []string, locked lockTeller, asJSON bool) error {
	type item struct {
		Snapshot uint64        `json:"snapshot"`
		Taken    string        `json:"taken"`
		Manifest string        `json:"manifest"`
		Segments []segmentJSON `json:"segments"`
		Size     int64         `json:"size"`
		Files    uint64        `json:"files"`
		Maker    text.ID       `json:"maker"`
		Stores   []text.ID     `json:"stores"`
		OpenedBy []string      `json:"opened_by"`      // by the newest headers
		Rewraps  []string      `json:"rewraps"`        // up to the one that is followed
		Beside   []string      `json:"rewraps_beside"` // the others, which open it too
		Former   []string      `json:"former_readers"` // keys that are no recipient any more and open it yet
		Locked   string        `json:"locked_until"`   // the last lock of its payloads; empty where nothing is locked
	}
	items, rows := []item{}, [][]string{}
	for _, c := range known {
		m := c.Manifest()
		items = append(items, item{m.Number, m.Taken.Format(time.RFC3339), c.id.String(), segmentsJSON(m), sealedSize(m), m.Contents.Files, m.Maker, append([]text.ID{}, c.on...), openers(c.Opens()), idsOf(c.Rewraps()), idsOf(c.Beside()), formerOf(c, present), timeOrNothing(locked(c))})
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
	for _, s := range formerReaders(known, present, locked) {
		d.world.Warnf("%s", s)
	}
	if s := rewrapAdvice(known, present); s != "" {
		d.world.Warnf("%s", s)
	}
	return nil
}

// formerOf are the keys that open one snapshot and are no recipient any more.
func formerOf(c snapshotCopy, present []string) []string {
	return append([]string{}, slices.DeleteFunc(everReaders(c), func(line string) bool { return slices.Contains(present, line) })...)
}

func timeOrNothing(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
