package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// rewrapMeans is told by everything that has to do with a changed roster.
const rewrapMeans = "A re-wrap adds headers: who came can open an old snapshot. It takes nothing from who left: the old headers are locked and still open, until their locks end and longer for whoever kept a copy. " +
	"After a theft, 'strongroom backup run --reseal' seals a new snapshot under fresh keys, of which no piece opens by an old one; what was readable before stays readable."

// rewrapCommand is for the headers of snapshots after the roster changed.
func rewrapCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{Use: "rewrap", Short: "have an old snapshot open for who came since",
		Long: rewrapMeans + "\n\n" +
			"It goes as a drill does: 'start' proposes a restore whose recipients are the groups of annex backup and nobody else; officers approve it; 'bundle' writes what a courier carries; officers to whom the snapshot is sealed open it with 'header' on machines without a network, where the file keys are wrapped anew; 'finish' adds what they made to every store. No payload is sent again.",
		Example: "strongroom backup rewrap start --snapshot 7 --operator alice --place room-2 --reason \"kate came\""}
	cmd.AddCommand(rewrapStartCommand(w, home), rewrapBundleCommand(w, home), rewrapHeaderCommand(w, home), rewrapFinishCommand(w, home))
	return cmd
}

func rewrapStartCommand(w cli.World, home *string) *cobra.Command {
	var f leaveFlags
	cmd := &cobra.Command{
		Use:   "start",
		Short: "propose that officers wrap a snapshot's headers for the present recipients",
		Long: "The proposal is of kind restore, since officers open file keys for it, and takes the same approvals. As recipients it names, for each layer, the SHA-256 of the group that the policy in force has, by annex backup or without one by its officers: no other group, and nobody's key. A drill cannot be made of it.\n\n" +
			rewrapMeans,
		Example: "strongroom backup rewrap start --snapshot 7 --operator alice --place room-2 \\\n  --reason \"kate came\" --key ~/.ssh/id_ed25519",
		Args:    cobra.NoArgs,
	}
	f.add(cmd, leaveWords{
		snapshot: "of snapshot `N` (default: the newest)",
		store:    "fetch the headers from the store `NAME` (default: the first that has them)",
		site:     "where officers open the layers, `NAME`",
		operator: "the officer who carries it to them, `ID`",
	})
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.startRewrap(cmd.Context(), f) })
	}
	return cmd
}

// startRewrap decides what is wrapped anew for whom, and proposes it.
func (d *desk) startRewrap(ctx context.Context, f leaveFlags) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	groups, err := d.presentGroups(versions[0])
	if err != nil {
		return err
	}
	all, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	c, err := d.choose(versions[0], all, f.snapshot)
	if err == nil {
		c, err = f.rewrap.followed(c)
	}
	if err != nil {
		return err
	}
	body := quorum.Restore{Snapshot: c.id}
	if body.Recipients, err = rewrapTargets(c.Opens(), groups); err != nil {
		return err
	}
	store, err := pickStore(stores, c, f.store)
	if err != nil {
		return err
	}
	body.Store = store.name
	if body.Place, err = idFlag("place", f.site); err != nil {
		return err
	}
	if body.Operator, err = idFlag("operator", f.operator); err != nil {
		return err
	}
	if err := d.ask(ctx, f.askFlags, false, func(*view) (quorum.Body, error) { return body, nil }); err != nil || *f.json {
		return err
	}
	over := ""
	if f.rewrap != "" {
		over = " --rewrap " + string(f.rewrap)
	}
	d.world.Hintf("strongroom backup rewrap bundle ID -o FOLDER%s   # once everybody has approved", over)
	return nil
}

// presentGroups are those to whom a snapshot would be sealed today.
func (d *desk) presentGroups(p *policy.Policy) (backup.Layers, error) {
	rules, err := d.checkedRules(p)
	if err != nil {
		return nil, err
	}
	groups, cannot, err := layersOf(d.world, p, rules)
	for _, s := range cannot {
		d.world.Warnf("%s", s)
	}
	return groups, err
}

// rewrapTargets names the groups that a snapshot is wrapped anew for. It refuses
// where there is nothing to do, or where wrapping anew cannot do it.
func rewrapTargets(opens backup.Manifest, groups backup.Layers) ([]string, error) {
	if have := len(opens.Segments[0].Headers); len(groups) != have {
		return nil, cli.Hint(fmt.Errorf("re-wrap: want groups for each of %s, as snapshot %d has them, found %d: layers are made when a snapshot is sealed", count(have, "layer"), opens.Number, len(groups)), "strongroom backup run")
	}
	lines, err := groups.Lines()
	if err != nil {
		return nil, err
	}
	if slices.Equal(lines, opens.Recipients) {
		return nil, cli.Hint(fmt.Errorf("re-wrap: want recipients that changed, found that snapshot %d opens for just these already", opens.Number), "strongroom backup list")
	}
	return groupNames(groups)
}

// groupNames are what a proposal has in the place of recipients.
func groupNames(groups backup.Layers) ([]string, error) {
	var out []string
	for i, g := range groups {
		name, err := backup.RewrapTo(i+1, g)
		if err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, nil
}

// isRewrap says whether a restore proposal is about wrapping headers anew. One
// that mixes groups and keys is neither.
func isRewrap(b quorum.Restore) bool {
	return len(b.Recipients) > 0 && !slices.ContainsFunc(b.Recipients, func(s string) bool { return !backup.IsRewrapTo(s) })
}

// rewrapFor checks that a proposal is for the groups given, and for nobody else.
func rewrapFor(b quorum.Restore, groups backup.Layers) error {
	want, err := groupNames(groups)
	if err != nil {
		return err
	}
	if !slices.Equal(b.Recipients, want) {
		return refuseRewrap("want a proposal for the recipients of the policy in force, %s, found one for others", strings.Join(groupWords(groups), "; "))
	}
	return nil
}

// groupWords say who is in each layer.
func groupWords(groups backup.Layers) []string {
	var out []string
	for i, g := range groups {
		var who []string
		for _, r := range g {
			if !slices.Contains(who, string(r.Officer())) {
				who = append(who, string(r.Officer()))
			}
		}
		out = append(out, fmt.Sprintf("layer %d: %s", i+1, strings.Join(who, ", ")))
	}
	return out
}

// refuseRewrap is a refusal to open anything, or to add what was made of it.
func refuseRewrap(format string, args ...any) error {
	return cli.Refusal{Sentence: "re-wrap: " + fmt.Sprintf(format, args...), Codes: []string{codeRelease},
		Hint: "strongroom backup rewrap start -h", Call: "the operator whom the proposal names"}
}

func rewrapBundleCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bundle ID",
		Short: "write what a courier carries to the officers who open the snapshot",
		Long: "Refuses until the proposal has every approval that it takes. FOLDER is as 'drill bundle' writes it: policies, annexes, proposal, approvals, headers of the chain, and the snapshot's manifest and age headers, the newest that open it. Nothing in it is secret, and nothing in it is believed on the other side.\n" +
			"An officer of each layer runs 'strongroom backup rewrap header' on it, on a machine without a network.",
		Example: "strongroom backup rewrap bundle 4f1c09ab -o /media/stick/to-officers",
		Args:    cobra.ExactArgs(1),
	}
	out := cmd.Flags().StringP("output", "o", "", "write into `FOLDER`, which is new or empty")
	cobra.CheckErr(cmd.MarkFlagRequired("output"))
	var over rewrapWanted
	over.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.bundleRewrap(cmd.Context(), args[0], *out, over) })
	}
	return cmd
}

// rewrapOrder is an approved re-wrap and the snapshot that it is of.
func (d *desk) rewrapOrder(ctx context.Context, v *view, id string) (*dossier, quorum.Restore, backup.Layers, error) {
	x, err := d.dossier(v, id)
	if err != nil {
		return nil, quorum.Restore{}, nil, err
	}
	b, ok := x.order.proposal.Body.(quorum.Restore)
	if !ok || !isRewrap(b) {
		return nil, b, nil, refuseRewrap("want a proposal to wrap headers anew, found %s", kindWords(x.order.proposal))
	}
	groups, err := d.presentGroups(v.policy)
	if err == nil {
		err = rewrapFor(b, groups)
	}
	return x, b, groups, err
}

func kindWords(p *quorum.Proposal) string {
	if p.Kind() == quorum.KindRestore {
		return "a restore to keys"
	}
	return "a " + string(p.Kind())
}

// bundleRewrap writes the folder and reads it as an officer's machine will.
func (d *desk) bundleRewrap(ctx context.Context, id, out string, over rewrapWanted) error {
	v, err := d.unforkedView(ctx)
	if err != nil {
		return err
	}
	x, b, _, err := d.rewrapOrder(ctx, v, id)
	if err == nil {
		err = x.leave()
	}
	if err != nil {
		return err
	}
	versions := versionsOf(v)
	all, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	c, err := snapshotByID(all, b.Snapshot)
	if err == nil {
		c, err = over.followed(c)
	}
	if err != nil {
		return err
	}
	store, err := pickStore(stores, c, string(b.Store))
	if err != nil {
		return err
	}
	if err := d.writeRelease(ctx, x, c, store, out); err != nil {
		return err
	}
	genesis := v.policies.Genesis()
	if err := inRelease(d.world, out, genesis, func(o *opening) error { return o.forRewrap() }); err != nil {
		return err
	}
	d.tellRelease(c, out, "backup rewrap header", genesis)
	return nil
}

// snapshotByID returns the snapshot with a manifest.
func snapshotByID(all []snapshotCopy, id text.Hash) (snapshotCopy, error) {
	for _, c := range all {
		if c.id == id {
			return c, nil
		}
	}
	return snapshotCopy{}, cli.Hint(fmt.Errorf("snapshot: want %s, found none", id), "strongroom backup list")
}

// forRewrap refuses a folder that asks for something else than a re-wrap.
func (o *opening) forRewrap() error {
	if !isRewrap(o.body) {
		return refuseRewrap("want a proposal to wrap headers anew, found a restore to keys; 'strongroom drill header' is for that")
	}
	_, err := o.groups()
	return err
}

// groups are those of the policy in force, as the folder's texts prove it, and
// those that the proposal names.
func (o *opening) groups() (backup.Layers, error) {
	p := o.versions[0]
	groups, _, err := layersOf(o.desk.world, p, o.annexes[p.Hash()])
	if err != nil {
		return nil, err
	}
	if len(groups) != len(o.body.Recipients) {
		return nil, refuseRewrap("want %s, found groups for %d", count(len(o.body.Recipients), "layer"), len(groups))
	}
	return groups, rewrapFor(o.body, groups)
}

// forDrill refuses a folder whose proposal is of a re-wrap.
func (o *opening) forDrill() error {
	if slices.ContainsFunc(o.body.Recipients, backup.IsRewrapTo) {
		return refuseRelease("want a proposal that names one-time keys, found one to wrap headers anew; 'strongroom backup rewrap header' is for that")
	}
	return nil
}
