package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// releaseIn holds, in the folder that travels to officers, the manifest, its
// signature and the headers. The rest of the folder is a home of texts.
const releaseIn = "release"

func drillBundleCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bundle DIR",
		Short: "write what a courier carries to the officers who open the snapshot",
		Long: "Refuses until the proposal has every approval that it takes. FOLDER is then a small home of its own: the policies with their consents, the proposal with its signatures, logs and headers of the chain, and beside them the snapshot's manifest and age headers. Nothing in it is secret, and nothing in it is believed on the other side.\n" +
			"Each layer's officer runs 'strongroom drill header' on it, on a machine without a network.",
		Example: "strongroom drill bundle drill-4 -o /media/stick/to-officers",
		Args:    cobra.ExactArgs(1),
	}
	out := cmd.Flags().StringP("output", "o", "", "write into `FOLDER`, which is new or empty")
	cobra.CheckErr(cmd.MarkFlagRequired("output"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			return inDrill(args[0], func(dir *durable.Dir, n drillNote) error { return d.bundleDrill(cmd.Context(), dir, n, *out) })
		})
	}
	return cmd
}

// bundleDrill writes the folder and reads it as an officer's machine will.
func (d *desk) bundleDrill(ctx context.Context, dir *durable.Dir, n drillNote, out string) error {
	v, err := d.unforkedView(ctx)
	if err != nil {
		return err
	}
	x, err := d.drillDossier(v, n)
	if err == nil {
		err = x.leave()
	}
	if err != nil {
		return err
	}
	versions, err := d.versions()
	if err != nil {
		return err
	}
	all, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	c, store, err := n.snapshotOf(all, stores)
	if err != nil {
		return err
	}
	if err := d.writeRelease(ctx, x, c, store, out); err != nil {
		return err
	}
	if err := inRelease(d.world, out, v.policies.Genesis(), func(o *opening) error { return o.forDrill() }); err != nil {
		return err
	}
	if n.Carried.IsZero() {
		n.Carried = d.world.Now().UTC().Truncate(time.Second)
		if err := n.write(dir); err != nil {
			return err
		}
	}
	d.tellRelease(c, out, "drill header", v.policies.Genesis())
	return nil
}

// drillDossier is all about a drill's proposal.
func (d *desk) drillDossier(v *view, n drillNote) (*dossier, error) {
	if n.Proposal == "" {
		return nil, cli.Hint(errors.New("drill: want its proposal signed, found that it was not: the command that began it was interrupted"), "strongroom drill start -o DIR")
	}
	return d.dossier(v, n.Proposal)
}

// leave says whether the restore that a dossier is about may happen: every seat
// is filled by signatures that are good, nobody vetoed, nothing is frozen, and
// it has not expired by the newest header. Where the act waits, a signer must
// have judged that the wait is over, and its log say so.
func (x *dossier) leave() error {
	p := x.order.proposal
	if p.Kind() != quorum.KindRestore {
		return fmt.Errorf("%s: want a restore, found a %s", p.ID().Short(), p.Kind())
	}
	if x.order.permit.Valid() {
		return nil
	}
	for _, s := range x.signers {
		if _, listed := x.policy.Device(s.device); listed && x.order.report.Stage == quorum.StageCooling && s.carried(p) {
			return nil
		}
	}
	if len(x.order.report.Reasons) == 0 {
		return refuse(quorum.StateCorrupt, "%s: want leave to restore, found none", p.ID().Short())
	}
	return refusal(x.order.report.Reasons)
}

// writeRelease writes the folder: a home of texts, and the headers.
func (d *desk) writeRelease(ctx context.Context, x *dossier, c snapshotCopy, store namedStore, out string) error {
	files, err := d.releaseTexts(x)
	if err != nil {
		return err
	}
	first, _ := x.policies.At(1)
	dir, err := durable.Create(out)
	if err != nil {
		return err
	}
	b, err := deskText(d.vault, d.network)
	if err == nil {
		err = errors.Join(dir.WriteNew(deskFile, b), dir.WriteNew(policyOne, first.Policy.Bytes()))
	}
	if err == nil {
		err = writeHeaders(ctx, dir, c, store)
	}
	if err := errors.Join(err, dir.Close()); err != nil {
		return err
	}
	quiet := d.world
	quiet.Err = io.Discard
	return inDesk(quiet, out, func(o *desk) error { return o.fill(files) })
}

// releaseTexts gathers what it takes to judge the proposal from the first policy
// on.
func (d *desk) releaseTexts(x *dossier) ([]quorum.File, error) {
	c := &carrying{view: x.view}
	no := false
	if err := d.besides(c); err != nil {
		return nil, err
	}
	if err := d.carryFirst(c, bundleFlags{json: &no}); err != nil {
		return nil, err
	}
	if err := d.carryVersions(c, 1, x.policy.Version); err != nil {
		return nil, err
	}
	if err := d.carryText(c, x.order); err != nil {
		return nil, err
	}
	if err := d.carryWorld(c); err != nil {
		return nil, err
	}
	return unique(c.files), nil
}

// fill takes files into a home that was just made.
func (d *desk) fill(files []quorum.File) error {
	var arrivals []arrival
	for _, f := range files {
		arrivals = append(arrivals, arrival{name: f.Name, bytes: f.Bytes})
	}
	in, err := d.intake(arrivals)
	if err == nil {
		err = in.run()
	}
	if err != nil {
		return err
	}
	for _, a := range in.files {
		if len(a.why) > 0 {
			return fmt.Errorf("%s: %s", a.name, a.why[0])
		}
	}
	return nil
}

// writeHeaders fetches the headers that open the snapshot now, each compared with
// the signed text that names it: the manifest, or the newest re-wrap.
func writeHeaders(ctx context.Context, dir *durable.Dir, c snapshotCopy, s namedStore) error {
	in, err := dir.Sub(releaseIn)
	if err != nil {
		return err
	}
	err = errors.Join(in.WriteNew(c.TextName(), c.Bytes()), in.WriteNew(c.SignatureName(), c.Signature()))
	for _, x := range c.Rewraps() {
		err = errors.Join(err, in.WriteNew(x.TextName(), x.Bytes()), in.WriteNew(x.SignatureName(), x.Signature()))
	}
	for _, g := range c.Opens().Segments {
		for _, h := range g.Headers {
			if err != nil {
				break
			}
			var b []byte
			if b, err = backup.FetchHeader(ctx, s.store, h); err == nil {
				err = in.WriteNew(h.Name, b)
			}
		}
	}
	if missingFile(err) && len(c.Rewraps()) > 0 { // perhaps nobody ever had it
		err = cli.Hint(err, "strongroom backup list --json   # then start again with --rewrap ID, or none")
	}
	return errors.Join(err, in.Close())
}

// tellRelease says who opens what with which command.
func (d *desk) tellRelease(c snapshotCopy, out, command string, genesis text.Hash) {
	w := d.world
	w.Field("folder", filepath.Clean(out))
	opens := c.Opens()
	layers := len(opens.Segments[0].Headers)
	for layer := 1; layer <= layers; layer++ {
		w.Field(fmt.Sprintf("layer %d", layer), "any of "+strings.Join(openersOf(opens, layer), ", "))
	}
	showCommand(w, "officers", fmt.Sprintf("strongroom %s %s --genesis HASH --identity FILE -o headers", command, quoted(filepath.Base(out))))
	w.Hintf("officers take the genesis hash from their own paper, where it begins with %s", genesis.Short())
}

// openersOf names the officers who can open one layer, each once.
func openersOf(m backup.Manifest, layer int) []string {
	var out []string
	for _, r := range m.Recipients {
		f := strings.Fields(r)
		if f[0] == text.FormatUint(uint64(layer)) && (len(out) == 0 || out[len(out)-1] != f[1]) {
			out = append(out, f[1])
		}
	}
	return out
}
