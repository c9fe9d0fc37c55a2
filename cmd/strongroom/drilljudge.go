package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
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

func drillJudgeCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "judge DIR",
		Short: "judge what the drill's script restored",
		Long: "Judges the restored folder by its content: every file as SHA256SUMS and the signed manifest say, the policy with everybody's consent, descriptors that derive the known addresses, the share commitments of every key that a signer holds for a wallet, logs that replay to their signed heads, every release judged again. Beside that: the copy in the store ends where it was sealed to end, the shares are still sealed, and the restore was approved.\n" +
			"What was found is kept in DIR until 'drill certify' writes it down.",
		Example: "strongroom drill judge drill-4",
		Args:    cobra.ExactArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			return inDrill(args[0], func(dir *durable.Dir, n drillNote) error { return d.judgeDrill(cmd.Context(), dir, n, *asJSON) })
		})
	}
	return cmd
}

// judgeDrill judges and notes what was found, good or bad.
func (d *desk) judgeDrill(ctx context.Context, dir *durable.Dir, n drillNote, asJSON bool) error {
	start := d.world.Now()
	j, err := n.times(dir)
	if err != nil {
		return err
	}
	v, err := d.view()
	if err != nil {
		return err
	}
	versions := versionsOf(v)
	all, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	c, store, err := n.snapshotOf(all, stores)
	if err != nil {
		return err
	}
	ids, err := n.identities(dir)
	if err != nil {
		return err
	}
	r := restored{world: d.world, desk: d, genesis: v.policies.Genesis(), policy: v.policy, snapshot: c, workers: runtime.GOMAXPROCS(0)}
	r.check("approval", func() (string, error) { return d.approvalText(v, n) })
	r.check("ends", func() (string, error) { return drillEnds(ctx, dir, c.Opens(), store, ids) })
	r.check("shares", func() (string, error) { return r.sealedShares(filepath.Join(dir.Path(), drillRestore), ids) })
	if rules, err := d.backupRules(v.policy); err != nil {
		return err
	} else if rules.Named {
		seen := sight(ctx, stores)
		j.Places = placesOf(rules, stores, seen)
		r.check("geography", func() (string, error) { return geographyText(rules, stores, seen) })
	}
	j.Checks, j.Records = r.judge(filepath.Join(dir.Path(), drillRestore))
	if j.Versions, err = versionsIn(ctx, c.Manifest(), store); err != nil {
		return err
	}
	now := d.world.Now()
	j.At, j.Seconds = now.UTC().Truncate(time.Second), uint64(now.Sub(start)/time.Second)
	n.Judged = &j
	if err := n.write(dir); err != nil {
		return err
	}
	return d.tellJudged(dir, n, asJSON)
}

// versionsOf returns the policy versions of a view, the one in force first.
func versionsOf(v *view) []*policy.Policy {
	var out []*policy.Policy
	for _, x := range slices.Backward(v.policies.Versions()) {
		out = append(out, x.Policy)
	}
	return out
}

// times reads when what was done, and who opened the layers.
func (n drillNote) times(dir *durable.Dir) (j drillJudged, err error) {
	if n.Carried.IsZero() {
		return j, cli.Hint(errors.New("drill: want it approved and carried to officers, found that it was not"), "strongroom drill bundle %s -o FOLDER", quoted(dir.Path()))
	}
	if j.Began, err = readClock(dir, drillBegan); err != nil {
		return j, err
	}
	if j.Ended, err = readClock(dir, drillEnded); err != nil {
		return j, err
	}
	if j.Access, err = readReleased(dir, len(n.Recipients)); err != nil {
		return j, err
	}
	j.Access = onceEach(append(j.Access, backup.Access{Officer: n.Operator, At: j.Began}))
	if n.Carried.Before(n.Started) || j.Began.Before(n.Carried) || j.Ended.Before(j.Began) {
		return j, fmt.Errorf("drill: want a clock that goes forward, found %s, %s, %s, %s", formatClock(n.Started), formatClock(n.Carried), formatClock(j.Began), formatClock(j.Ended))
	}
	return j, nil
}

func formatClock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// onceEach sorts by officer and keeps the first time of each.
func onceEach(all []backup.Access) []backup.Access {
	slices.SortFunc(all, func(a, b backup.Access) int {
		if a.Officer != b.Officer {
			return strings.Compare(string(a.Officer), string(b.Officer))
		}
		return a.At.Compare(b.At)
	})
	return slices.CompactFunc(all, func(a, b backup.Access) bool { return a.Officer == b.Officer })
}

// approvalText says by whose leave it was restored. A proposal that has expired
// since the officers opened the snapshot was good when it mattered.
func (d *desk) approvalText(v *view, n drillNote) (string, error) {
	x, err := d.drillDossier(v, n)
	if err != nil {
		return "", err
	}
	said := fmt.Sprintf("proposal %s of %s", x.order.id.Short(), x.order.proposal.Maker)
	if err = x.leave(); err == nil {
		return said + ", approved", nil
	}
	if codes := quorum.Codes(x.order.report.Reasons); len(codes) == 1 && codes[0] == string(quorum.ClkExpired) {
		return said + ", approved, and expired since", nil
	}
	return "", err
}

// drillEnds is level V4: what the officers released opens both ends of each
// segment in the store.
func drillEnds(ctx context.Context, dir *durable.Dir, m backup.Manifest, s namedStore, ids []age.Identity) (string, error) {
	headers, err := dir.OpenSub(drillHeaders)
	if err != nil {
		return "", err
	}
	defer headers.Close()
	for _, g := range m.Segments {
		var h backup.Headers
		for _, x := range g.Headers {
			b, err := headers.ReadFile(x.Name, maxHeaderFile)
			if err != nil {
				return "", err
			}
			h = append(h, b)
		}
		if err := backup.VerifyEnds(ctx, s.store, g, h, ids...); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s open, and end where they were sealed to", count(len(m.Segments), "segment")), nil
}

// versionsIn returns the store's own names of what was fetched, where it has any.
func versionsIn(ctx context.Context, m backup.Manifest, s namedStore) ([]backup.Version, error) {
	var out []backup.Version
	for _, g := range m.Segments {
		o, err := backup.Find(ctx, s.store, g.Name, g.Content)
		if missingFile(err) || errors.Is(err, backup.ErrContent) {
			continue // check ends has told
		}
		if err != nil {
			return nil, err
		}
		if o.Version != "" {
			out = append(out, backup.Version{Object: g.Name, Name: o.Version})
		}
	}
	slices.SortFunc(out, func(a, b backup.Version) int { return strings.Compare(a.Object, b.Object) })
	return out, nil
}

// phases are the times of a drill, those of people and of machines apart.
func (n drillNote) phases() []backup.Phase {
	between := func(a, b time.Time) uint64 { return uint64(b.Sub(a) / time.Second) }
	return []backup.Phase{
		{Name: "summon", Seconds: between(n.Started, n.Carried), Human: true},
		{Name: "open", Seconds: between(n.Carried, n.Judged.Began), Human: true},
		{Name: "restore", Seconds: between(n.Judged.Began, n.Judged.Ended)},
		{Name: "check", Seconds: n.Judged.Seconds},
	}
}

// tellJudged prints what was found.
func (d *desk) tellJudged(dir *durable.Dir, n drillNote, asJSON bool) error {
	failed := 0
	for _, k := range n.Judged.Checks {
		word := k.Verdict()
		if k.Failed() {
			word = "FAILED"
			failed++
		}
		if !asJSON {
			d.world.Field(string(k.Name), word+": "+k.Text)
		}
	}
	var err error
	if failed > 0 {
		err = cli.Refusal{Sentence: fmt.Sprintf("drill: want a restored folder that holds what was saved, found %s that failed", count(failed, "check")), Codes: []string{codeFailed},
			Hint: "strongroom drill certify " + quoted(dir.Path()) + " --present ID --present ID   # a failed drill is written down as well", Call: "whoever looks after the backups, today"}
	}
	if asJSON {
		return errors.Join(d.world.JSON(n), cli.Reported(err))
	}
	d.world.Text("")
	var phases [][]string
	for _, p := range n.phases() {
		who := "machine"
		if p.Human {
			who = "people"
		}
		phases = append(phases, []string{string(p.Name), text.FormatUint(p.Seconds), who})
	}
	d.world.Table([]string{"phase", ">seconds", "of"}, phases)
	if err == nil {
		d.world.Hintf("strongroom drill certify %s --present ID --present ID", quoted(dir.Path()))
	}
	return err
}
