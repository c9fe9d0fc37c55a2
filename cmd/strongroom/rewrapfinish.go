package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func rewrapFinishCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "finish ID OUT",
		Short: "add the headers that officers made to every store, with a signed text",
		Long: "OUT is what the officers' machines wrote. Each header must have a part for each recipient of the policy in force and for nobody else, as far as that shows without a key, and every layer of every segment must be there. A maker signs which header replaces which, and for whom; headers, signature and text go to every store, locked as a new snapshot is, and with them a new page for emergencies. The old headers and pages stay where they are.\n" +
			"When it was interrupted, or a store was away, the same command goes on.",
		Example: "strongroom backup rewrap finish 4f1c09ab headers --key maker_ed25519",
		Args:    cobra.ExactArgs(2),
	}
	key := backupKeyFlags(cmd)
	var over rewrapWanted
	over.add(cmd)
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			return d.finishRewrap(cmd.Context(), rewrapFinish{id: args[0], path: args[1], over: over, key: key, asJSON: *asJSON})
		})
	}
	return cmd
}

// rewrapFinish is the end of one re-wrap.
type rewrapFinish struct {
	id, path string
	over     rewrapWanted // whose headers were opened
	key      keyFlags
	asJSON   bool

	snapshot snapshotCopy
	headers  map[string][]byte // by name
	signer   sshsig.Signer     // once it was asked for
	maker    text.ID
	done     func()
}

// sign has the maker's key ready: once, since what opens it may open once.
func (f *rewrapFinish) sign(ctx context.Context, d *desk, p *policy.Policy) error {
	if f.signer != nil {
		return nil
	}
	rules, err := d.checkedRules(p)
	if err == nil {
		f.signer, f.maker, f.done, err = f.key.maker(ctx, d.world, p, rules)
	}
	return err
}

// close gives the key back.
func (f *rewrapFinish) close() {
	if f.done != nil {
		f.done()
	}
}

// finishRewrap goes its way in this order: the leave; the headers; the signed
// text; the stores.
func (d *desk) finishRewrap(ctx context.Context, f rewrapFinish) error {
	v, err := d.view()
	if err != nil {
		return err
	}
	x, b, groups, err := d.rewrapOrder(ctx, v, f.id)
	if err == nil {
		err = x.leaveThen()
	}
	if err != nil {
		return err
	}
	all, stores, err := d.snapshots(ctx, versionsOf(v))
	defer closeStores(stores)
	if err != nil {
		return err
	}
	if f.snapshot, err = snapshotByID(all, b.Snapshot); err != nil {
		return err
	}
	defer f.close()
	signed, err := d.rewrapText(ctx, v, x, groups, &f)
	if err != nil {
		return err
	}
	return d.locked(func() error { return d.addRewrap(ctx, v, signed, stores, &f) })
}

// leaveThen is leave for what officers have opened already: a proposal that has
// expired since was good when it mattered.
func (x *dossier) leaveThen() error {
	err := x.leave()
	if codes := quorum.Codes(x.order.report.Reasons); err != nil && len(codes) == 1 && codes[0] == string(quorum.ClkExpired) {
		return nil
	}
	return err
}

// rewrapText returns the signed text: the one that this proposal led to before,
// if there is one, or a new one.
func (d *desk) rewrapText(ctx context.Context, v *view, x *dossier, groups backup.Layers, f *rewrapFinish) (backup.SignedRewrap, error) {
	if s, ok, err := f.madeBefore(v, x, groups); ok || err != nil {
		return s, err
	}
	c, err := f.over.followed(f.snapshot)
	if err != nil {
		return backup.SignedRewrap{}, err
	}
	draft, err := f.compose(c.Signed, v, groups)
	if err != nil {
		return backup.SignedRewrap{}, err
	}
	if err := f.sign(ctx, d, v.policy); err != nil {
		return backup.SignedRewrap{}, err
	}
	draft.Approval, draft.Maker, draft.Made = x.order.id, f.maker, d.world.Now().UTC().Truncate(time.Second)
	return backup.SignRewrap(draft, f.signer)
}

// madeBefore returns the re-wrap that this proposal led to before. One that this home
// did not make is it only if it says the same: anybody with a maker's key may name the
// proposal.
func (f *rewrapFinish) madeBefore(v *view, x *dossier, groups backup.Layers) (found backup.SignedRewrap, ok bool, err error) {
	own := f.snapshot.Own()
	for _, s := range f.snapshot.AllRewraps() {
		is := s.Rewrap()
		if is.Approval != x.order.id {
			continue
		}
		before, _ := f.snapshot.AsOf(is.Previous)
		text, err := f.compose(before, v, groups)
		same := err == nil && slices.EqualFunc(text.Segments, is.Segments, sameRewrapped)
		switch mine := among(own, s); {
		case mine && err == nil && !same:
			return s, false, refuseRewrap("want the headers that this proposal led to before, found others")
		case mine:
			return s, true, err
		case same && slices.Equal(text.Recipients, is.Recipients):
			found, ok = s, true
		}
	}
	return found, ok, nil
}

func sameRewrapped(a, b backup.Rewrapped) bool {
	return a.Payload == b.Payload && slices.Equal(a.Old, b.Old) && slices.Equal(a.Headers, b.Headers)
}

// compose reads the headers and says what they are, without approval, maker and
// time.
func (f *rewrapFinish) compose(before backup.Signed, v *view, groups backup.Layers) (backup.Rewrap, error) {
	dir, err := durable.Open(f.path)
	if err != nil {
		return backup.Rewrap{}, err
	}
	defer dir.Close()
	out := backup.Rewrap{Place: before.Manifest().Place, Manifest: f.snapshot.id, Number: 1, Policy: v.policy.Hash()}
	if made := before.Rewraps(); len(made) > 0 { // else of the manifest
		last := made[len(made)-1]
		out.Number, out.Previous = last.Rewrap().Number+1, last.ID()
	}
	if out.Recipients, err = groups.Lines(); err != nil {
		return out, err
	}
	if _, err := openersIn(dir, len(groups)); err != nil {
		return out, cli.Hint(refuseRewrap("want a folder in which an officer of each layer left what they made, found %s without: %v", f.path, err), "strongroom backup rewrap header -h")
	}
	f.headers = map[string][]byte{}
	for _, g := range before.Opens().Segments {
		made := backup.Rewrapped{Payload: g.Name}
		for i, h := range g.Headers {
			b, err := newHeader(dir, g.Name, i+1)
			if err == nil {
				err = backup.CheckGroup(b, ofLayer(out.Recipients, 1)) // the inner header is an age file for the outer group
			}
			if err != nil {
				return out, refuseRewrap("%s, layer %d: %v", g.Name, i+1, err)
			}
			is := backup.HeaderName(g.Name, i+1, b)
			made.Old, made.Headers = append(made.Old, h.Name), append(made.Headers, is)
			f.headers[is.Name] = b
		}
		out.Segments = append(out.Segments, made)
	}
	return out, nil
}

// newHeader reads the one header of a payload and a layer that a folder has.
func newHeader(dir *durable.Dir, payload string, layer int) ([]byte, error) {
	entries, err := dir.List(maxReleaseFiles)
	if err != nil {
		return nil, err
	}
	prefix := backup.HeaderPrefix(payload, layer)
	var found []byte
	n := 0
	for _, e := range entries {
		if !strings.HasPrefix(e.Name, prefix) {
			continue
		}
		n++
		if found, err = dir.ReadFile(e.Name, maxHeaderFile); err != nil {
			return nil, err
		}
		if is := backup.HeaderName(payload, layer, found); is.Name != e.Name {
			return nil, fmt.Errorf("want the name of its hash, %s, found %s", is.Name, e.Name)
		}
	}
	if n != 1 {
		return nil, fmt.Errorf("want one header, found %d", n)
	}
	return found, nil
}

// ofLayer returns the lines of one layer.
func ofLayer(recipients []string, layer int) []string {
	prefix := text.FormatUint(uint64(layer)) + " "
	return slices.DeleteFunc(slices.Clone(recipients), func(s string) bool { return !strings.HasPrefix(s, prefix) })
}

// addRewrap keeps the text and the page at home, puts all of it into the stores and
// reads back what the stores keep.
func (d *desk) addRewrap(ctx context.Context, v *view, s backup.SignedRewrap, stores []namedStore, f *rewrapFinish) error {
	list, own := append([]backup.SignedRewrap{s}, f.snapshot.AllRewraps()...), []text.Hash{s.ID()}
	for _, x := range f.snapshot.Own() {
		own = append(own, x.ID())
	}
	with, odd := f.snapshot.With(list, own...)
	if _, ok := with.AsOf(s.ID()); !ok {
		return errors.New(strings.Join(odd, "; "))
	}
	if err := d.keepRewrap(ctx, s); err != nil {
		return err
	}
	f.snapshot.Signed = with
	kit, noKit := d.rewrapKit(ctx, v, s, stores, f)
	rules, err := d.backupRules(v.policy)
	if err != nil {
		return err
	}
	until := d.world.Now().UTC().Truncate(time.Second).AddDate(0, 0, rules.LockDays)
	failed := []error{noKit}
	var added []text.ID
	for i, t := range targets(rules, stores) {
		switch {
		case stores[i].err != nil: // told before
			failed = append(failed, fmt.Errorf("store %s: want it within reach, found it away", t.ID))
			continue
		case !slices.Contains(f.snapshot.on, t.ID):
			d.world.Warnf("store %s: it has no copy of snapshot %d to add headers to", t.ID, f.snapshot.Manifest().Number)
			continue
		}
		err := backup.PutLine(ctx, t, with, s, until)
		if err == nil {
			err = backup.PutRewrap(ctx, t, s, kit, f.headers, until)
		}
		if err == nil {
			err = d.verifyRewrap(ctx, t.Store, with, s)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("store %s: %w", t.ID, err))
			continue
		}
		added = append(added, t.ID)
	}
	if err := d.tellRewrap(ctx, s, kit, stores, added, f); err != nil {
		return err
	}
	return cli.Hint(errors.Join(failed...), "give the same command again: it goes on where it stopped")
}

// verifyRewrap reads back what a store keeps. What others signed for is not looked for.
func (d *desk) verifyRewrap(ctx context.Context, store backup.Store, with backup.Signed, s backup.SignedRewrap) error {
	v, err := backup.Verify(ctx, store, with, backup.Checking{Level: backup.V1, Known: d.knownPages(ctx), Now: d.world.Now})
	if err == nil && among(with.Closed(v.Flaws), s) {
		err = v.Closed
	}
	return err
}

// rewrapKit is the page for emergencies of a re-wrap: the one that was signed
// before, if there is one within reach, or a new one. It is kept at home.
func (d *desk) rewrapKit(ctx context.Context, v *view, s backup.SignedRewrap, stores []namedStore, f *rewrapFinish) (backup.Kit, error) {
	then := f.snapshot
	if err := then.asOf(s.ID().String()); err != nil { // a later re-wrap has a page of its own
		return backup.Kit{}, err
	}
	k, err := d.keptKit(ctx, then.Signed)
	for _, t := range stores {
		if err == nil || t.err != nil {
			continue
		}
		k, _, err = backup.FindKit(ctx, t.store, then.Signed, d.knownPages(ctx)...)
	}
	if err != nil {
		k, err = d.signRewrapKit(ctx, v, then.Signed, stores, f)
	}
	if err != nil {
		return backup.Kit{}, err
	}
	return k, d.keepKit(ctx, k)
}

func (d *desk) signRewrapKit(ctx context.Context, v *view, then backup.Signed, stores []namedStore, f *rewrapFinish) (backup.Kit, error) {
	if err := f.sign(ctx, d, v.policy); err != nil {
		return backup.Kit{}, err
	}
	rules, err := d.checkedRules(v.policy)
	if err != nil {
		return backup.Kit{}, err
	}
	r, err := d.recovery(versionsOf(v), rules, stores, then)
	if err != nil {
		return backup.Kit{}, err
	}
	return backup.SignKit(r, f.signer)
}

// tellRewrap says who opens the snapshot now, and what that does not change.
func (d *desk) tellRewrap(ctx context.Context, s backup.SignedRewrap, kit backup.Kit, stores []namedStore, added []text.ID, f *rewrapFinish) error {
	w, m := d.world, f.snapshot.Manifest()
	if f.asJSON {
		return w.JSON(struct {
			Snapshot uint64    `json:"snapshot"`
			Manifest string    `json:"manifest"`
			Rewrap   string    `json:"rewrap"`
			Number   uint64    `json:"number"`
			Headers  int       `json:"headers"`
			Stores   []text.ID `json:"stores"`
			OpenedBy []string  `json:"opened_by"`
			Page     string    `json:"page"`
			PageSum  string    `json:"page_sha256"`
		}{m.Number, f.snapshot.id.String(), s.ID().String(), s.Rewrap().Number, len(f.headers), append([]text.ID{}, added...), openers(f.snapshot.Opens()), kit.Name(), kit.Sum().String()})
	}
	w.Field("snapshot", fmt.Sprintf("%d, %s", m.Number, f.snapshot.id.Short()))
	w.Field("re-wrap", fmt.Sprintf("%d, %s", s.Rewrap().Number, s.ID()))
	w.Field("added", fmt.Sprintf("%s, without a byte of payload, to %s", count(len(f.headers), "header"), list(added)))
	w.Field("opened by", openedBy(f.snapshot.Opens()))
	if kit.Name() != "" {
		w.Field("recovery page", kit.Name()+", SHA-256 "+kit.Sum().String())
	}
	for _, l := range formerReaders([]snapshotCopy{f.snapshot}, s.Rewrap().Recipients, locksIn(ctx, stores)) {
		w.Warnf("%s", l)
	}
	return nil
}
