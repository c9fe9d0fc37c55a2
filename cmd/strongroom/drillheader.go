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

func drillHeaderCommand(w cli.World, home *string) *cobra.Command {
	return headerCommand(w, home, (*opening).openLayer, headerWords{
		of:     "drill",
		short:  "open a snapshot's layer for an approved restore, as one of its officers",
		unless: "the restore proposal has its approvals and has not expired",
		shows:  "It shows who restores what, where and why, and asks for the first digits of the proposal's id. Then it takes the file keys out of the headers and wraps them anew, to the one-time recipient that the proposal names and to nobody else. The shares in the snapshot stay sealed to their holders.",
	})
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
	o.tellLayer(w, "opened", layer, "drill", f.out, fmt.Sprintf("cp -R %s DIR/%s && sh DIR/%s   # on the machine of the drill", quoted(f.out), drillHeaders, drillScript))
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
// recipient, under the name that it has.
func (o *opening) rewrap(layer int, ids []age.Identity, out *durable.Dir) (map[string][]byte, error) {
	to, err := backup.ParseRecipient(o.body.Operator, o.body.Recipients[layer-1])
	if err != nil {
		return nil, err
	}
	return o.eachSegment(layer, ids, out, func(g backup.Segment, header []byte) (string, []byte, error) {
		b, err := wrapAnew(header, []backup.Recipient{to}, ids)
		return g.Headers[layer-1].Name, b, err
	})
}

// eachSegment has wrap make a file of one layer's header of every segment, and
// adds what the inner group needs of the outer. What is to be written is returned
// by name.
func (o *opening) eachSegment(layer int, ids []age.Identity, out *durable.Dir, wrap func(backup.Segment, []byte) (string, []byte, error)) (map[string][]byte, error) {
	files := map[string][]byte{}
	bearer, err := o.bearer(layer, files)
	if err != nil {
		return nil, err
	}
	for _, g := range o.manifest.Segments {
		was := g.Headers[layer-1].Name
		header := o.headers[was]
		if layer == 2 {
			if header, err = o.inner(g, out); err != nil {
				return nil, err
			}
		}
		name, b, err := wrap(g, header)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", was, err)
		}
		files[name] = b
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
