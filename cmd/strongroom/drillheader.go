package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// headerFlags are how an officer opens a layer.
type headerFlags struct {
	genesis, identity, officer, out string
	passphrase, confirm             *int
}

func drillHeaderCommand(w cli.World, home *string) *cobra.Command {
	var f headerFlags
	cmd := &cobra.Command{
		Use:   "header FOLDER",
		Short: "open a snapshot's layer for an approved restore, as one of its officers",
		Long: "Run it on a machine without a network, on what 'drill bundle' wrote. It needs no home: the policy is followed from the genesis hash, which you take from your own paper. It refuses unless the restore proposal has its approvals and has not expired, and the manifest and the age headers are those that were signed.\n" +
			"It shows who restores what, where and why, and asks for the first digits of the proposal's id. Then it takes the file keys out of the headers and wraps them anew, to the one-time recipient that the proposal names and to nobody else. The shares in the snapshot stay sealed to their holders.\n" +
			"With two layers the outer group's officer goes first; the inner group's takes the same folder OUT and completes it.",
		Example: "strongroom drill header to-officers --genesis 5be1a6a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f405162738495a6b7c8d9e0 \\\n  --identity id_ed25519 -o headers",
		Args:    cobra.ExactArgs(1),
	}
	f.add(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		genesis, err := genesisOrHome(w, *home, f.genesis)
		if err != nil {
			return err
		}
		return inRelease(w, args[0], genesis, func(o *opening) error { return o.openLayer(w, f) })
	}
	return cmd
}

// add adds the flags of everything that opens a layer.
func (f *headerFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.genesis, "genesis", "", "the first policy's `HASH`, from your own paper (default: that of the home)")
	cmd.Flags().StringVarP(&f.identity, "identity", "i", "", "your key `FILE`: of age, of an age plugin, or an ssh-ed25519 key")
	cmd.Flags().StringVar(&f.officer, "officer", "", "who you are, `ID`; a plugin's key does not tell")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write the headers into `OUT`: new, or as the outer group's officer left it")
	f.passphrase, f.confirm = cli.PassphraseFD(cmd), cli.ConfirmFD(cmd)
	for _, name := range []string{"identity", "output"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
}

// genesisOrHome is the hash given, or that of the officer's own home.
func genesisOrHome(w cli.World, home, given string) (text.Hash, error) {
	if given != "" {
		return genesisFlag(given)
	}
	if home == "" && w.Env("STRONGROOM_HOME") == "" {
		return text.Hash{}, cli.Usagef("genesis: want --genesis HASH, or --home DIR with your own texts, found neither")
	}
	var genesis text.Hash
	err := inDesk(w, home, func(d *desk) error {
		p, err := d.policy()
		if err == nil {
			genesis = p.Hash()
		}
		return err
	})
	return genesis, err
}

// openLayer goes its way in this order: whose key it is and what layer it opens;
// what it means, confirmed; the headers, all of them in memory; the files.
func (o *opening) openLayer(w cli.World, f headerFlags) error {
	if err := o.forDrill(); err != nil {
		return err
	}
	layer, err := o.eachHeader(w, f, "open the layer", o.rewrap)
	if err != nil {
		return err
	}
	w.Text("")
	w.Field("opened", fmt.Sprintf("layer %d of %d", layer, len(o.body.Recipients)))
	if layer < len(o.body.Recipients) {
		showCommand(w, "next", fmt.Sprintf("strongroom drill header FOLDER --genesis HASH --identity FILE -o %s   # one of: %s", quoted(f.out), strings.Join(openersOf(o.manifest, layer+1), ", ")))
		return nil
	}
	showCommand(w, "next", fmt.Sprintf("cp -R %s DIR/%s && sh DIR/%s   # on the machine of the drill", quoted(f.out), drillHeaders, drillScript))
	return nil
}

// wrapping makes the files of one layer, from the headers that ids open.
type wrapping func(layer int, ids []age.Identity, out *durable.Dir) (map[string][]byte, error)

// eachHeader reads an officer's key, shows what it is about to do, has it
// confirmed and writes what wrap makes. It returns the layer that the key opens.
func (o *opening) eachHeader(w cli.World, f headerFlags, doing string, wrap wrapping) (int, error) {
	ids, publics, err := readIdentity(w, f.identity, *f.passphrase)
	if err != nil {
		return 0, err
	}
	layer, officer, err := o.layerOf(publics, f.officer)
	if err != nil {
		return 0, err
	}
	out, err := openOut(f.out, layer)
	if err != nil {
		return 0, err
	}
	o.show(w, layer, officer)
	if err := w.Confirm(*f.confirm, "type the first 8 digits of the id to "+doing, o.order.id.String()[:typedDigits]); err != nil {
		return 0, errors.Join(err, out.Close())
	}
	files, err := wrap(layer, ids, out)
	if err == nil {
		err = writeLayer(out, files, o.manifest, layer, officer, w.Now())
	}
	return layer, errors.Join(err, out.Close())
}

// layerOf finds out whose key it is by the recipients that the manifest names.
func (o *opening) layerOf(publics []string, claimed string) (int, text.ID, error) {
	for _, line := range o.manifest.Recipients {
		f := strings.Fields(line)
		layer, err := text.ParseUint(f[0], uint64(len(o.body.Recipients)))
		if err != nil {
			return 0, "", err
		}
		officer := text.ID(f[1])
		if claimed == f[1] && len(publics) == 0 && slices.Contains([]string{"plugin", "p256tag", "mlkem768p256tag"}, f[2]) {
			return int(layer), officer, nil
		}
		for _, public := range publics {
			r, err := backup.ParseRecipient(officer, public)
			if err == nil && r.String() == strings.Join(f[1:], " ") && (claimed == "" || claimed == f[1]) {
				return int(layer), officer, nil
			}
		}
	}
	if len(publics) == 0 && claimed == "" {
		return 0, "", cli.Usagef("--officer: want who you are, since a plugin's key does not tell, found nothing")
	}
	return 0, "", refuseRelease("want the key of somebody whom the snapshot is sealed to, %s, found another", strings.Join(openers(o.manifest), ", "))
}

// openOut opens the folder for the headers: a new one for the outer layer, the
// one that its officer left for the inner.
func openOut(path string, layer int) (*durable.Dir, error) {
	if layer == 1 {
		return durable.Create(path)
	}
	out, err := durable.Open(path)
	if err == nil {
		if _, err = out.ReadFile(releasedName(1), maxDrillClock); err != nil {
			err = errors.Join(refuseRelease("want the folder in which an officer of layer 1 left what they opened, found %s without", path), out.Close())
		}
	}
	return out, err
}

// rewrap opens one layer of every segment and wraps it for the one-time
// recipient. What is to be written is returned by name.
func (o *opening) rewrap(layer int, ids []age.Identity, out *durable.Dir) (map[string][]byte, error) {
	to, err := backup.ParseRecipient(o.body.Operator, o.body.Recipients[layer-1])
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	bearer, err := o.bearer(layer, files)
	if err != nil {
		return nil, err
	}
	for _, g := range o.manifest.Segments {
		header := o.headers[g.Headers[layer-1].Name]
		if layer == 2 {
			if header, err = o.inner(g, out); err != nil {
				return nil, err
			}
		}
		if files[g.Headers[layer-1].Name], err = wrapAnew(header, []backup.Recipient{to}, ids); err != nil {
			return nil, fmt.Errorf("%s: %w", g.Headers[layer-1].Name, err)
		}
		if bearer != nil {
			if files[slip(g.Headers[1])], err = o.slipFor(g, bearer, ids); err != nil {
				return nil, fmt.Errorf("%s: %w", g.Headers[1].Name, err)
			}
		}
	}
	return files, nil
}

// bearer makes the key of the slips where an inner group needs one, and puts it
// among the files.
func (o *opening) bearer(layer int, files map[string][]byte) (*age.X25519Identity, error) {
	if layer != 1 || len(o.body.Recipients) < 2 {
		return nil, nil
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	files[slipKey] = []byte(id.String() + "\n")
	return id, nil
}

// wrapAnew takes the file key out of a header and wraps it to a group.
func wrapAnew(header []byte, to []backup.Recipient, ids []age.Identity) ([]byte, error) {
	key, err := backup.OpenHeader(header, ids...)
	if err != nil {
		return nil, err
	}
	defer key.Erase()
	return key.Wrap(to)
}

// slipFor is what the inner group needs of the outer: the age file that holds
// the inner header, its own header wrapped to the slips' key. The rest of it
// stays byte for byte, so that the next officer sees that it is the object that
// the manifest names, and not the header of another snapshot.
func (o *opening) slipFor(g backup.Segment, bearer *age.X25519Identity, ids []age.Identity) ([]byte, error) {
	to, err := backup.ParseRecipient(o.body.Operator, bearer.Recipient().String())
	if err != nil {
		return nil, err
	}
	sealed := o.headers[g.Headers[1].Name]
	header, err := age.ExtractHeader(bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	again, err := wrapAnew(header, []backup.Recipient{to}, ids)
	if err != nil {
		return nil, err
	}
	return append(again, sealed[len(header):]...), nil
}

// inner takes a segment's inner header out of the slip.
func (o *opening) inner(g backup.Segment, out *durable.Dir) ([]byte, error) {
	name := slip(g.Headers[1])
	b, err := out.ReadFile(name, maxHeaderFile)
	if err != nil {
		return nil, err
	}
	key, err := out.ReadFile(slipKey, maxIdentity)
	if err != nil {
		return nil, err
	}
	bearer, err := age.ParseX25519Identity(strings.TrimSuffix(string(key), "\n"))
	if err != nil {
		return nil, refuseRelease("%s: want the key of the slips, found something else", slipKey)
	}
	sealed := o.headers[g.Headers[1].Name]
	theirs, err := age.ExtractHeader(bytes.NewReader(b))
	if err != nil {
		return nil, refuseRelease("%s: want an age file, found something else", name)
	}
	ours, err := age.ExtractHeader(bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(b[len(theirs):], sealed[len(ours):]) {
		return nil, refuseRelease("%s: want the object %s under another header, as the manifest names it, found another object", name, g.Headers[1].Name)
	}
	return backup.OpenInner(b, bearer)
}

// writeLayer writes the headers of a layer and who opened it, and takes away the
// slips once nobody needs them.
func writeLayer(out *durable.Dir, files map[string][]byte, m backup.Manifest, layer int, officer text.ID, now time.Time) error {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := out.WriteNew(name, files[name]); err != nil {
			return err
		}
	}
	note := fmt.Sprintf("%s %s\n", officer, now.UTC().Format("2006-01-02T15:04:05Z"))
	if err := out.WriteFile(releasedName(layer), []byte(note)); err != nil {
		return err
	}
	if layer < 2 {
		return nil
	}
	err := out.Remove(slipKey)
	for _, g := range m.Segments {
		err = errors.Join(err, out.Remove(slip(g.Headers[1])))
	}
	return err
}
