package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// opening is a restore that officers are asked to open a snapshot for, as their
// own machine judged it from what a courier brought. Only inRelease makes one.
type opening struct {
	*dossier
	desk     *desk
	body     quorum.Restore
	manifest backup.Manifest
	headers  map[string][]byte // by the name of the object; each as the manifest says
	versions []*policy.Policy
	annexes  map[text.Hash]policy.Backup // by policy
}

// inRelease opens a folder that a courier brought and works with what it asks
// for. Nothing in it is believed: the first policy is the one of the genesis
// hash given and has everybody's consent, each later one was adopted as the one
// before it asks, the proposal has the seats of act restore and has not expired,
// and the manifest is the one that it names, signed by somebody who may make
// them; each header is as the manifest says.
func inRelease(w cli.World, path string, genesis text.Hash, work func(*opening) error) error {
	a, err := openArchive(w, path, genesis)
	if err != nil {
		return err
	}
	if err := a.Close(); err != nil {
		return err
	}
	return inDesk(w, path, func(d *desk) error {
		o, err := d.openRelease(genesis)
		if err != nil {
			return err
		}
		return work(o)
	})
}

func (d *desk) openRelease(genesis text.Hash) (*opening, error) {
	first, err := d.policy()
	if err != nil {
		return nil, err
	}
	if first.Hash() != genesis {
		return nil, refuse(quorum.PolGenesis, "policy: want a first policy %s, found %s", genesis, first.Hash())
	}
	v, err := d.view()
	if err == nil {
		err = d.noForks(v)
	}
	if err != nil {
		return nil, err
	}
	o := &opening{desk: d, headers: map[string][]byte{}, annexes: map[text.Hash]policy.Backup{}}
	id, err := d.onlyRestore()
	if err != nil {
		return nil, err
	}
	if o.dossier, err = d.dossierOf(v, id); err == nil {
		err = o.leave()
	}
	if err != nil {
		return nil, err
	}
	o.body = o.order.proposal.Body.(quorum.Restore) // leave saw its kind
	for _, x := range slices.Backward(v.policies.Versions()) {
		o.versions = append(o.versions, x.Policy)
		if o.annexes[x.Policy.Hash()], err = d.backupRules(x.Policy); err != nil {
			return nil, err
		}
	}
	return o, o.readRelease()
}

// onlyRestore returns the one restore proposal of the folder.
func (d *desk) onlyRestore() (found text.Hash, err error) {
	n := 0
	err = d.eachProposal(func(id text.Hash) error {
		p, err := d.proposal(id)
		if err == nil && p.Kind() == quorum.KindRestore {
			found = id
			n++
		}
		return err
	})
	if err == nil && n != 1 {
		err = refuseRelease("want one restore proposal in the folder, found %d", n)
	}
	return found, err
}

// refuseRelease is a refusal to open anything.
func refuseRelease(format string, args ...any) error {
	return cli.Refusal{Sentence: "release: " + fmt.Sprintf(format, args...), Codes: []string{codeRelease},
		Hint: "strongroom drill bundle DIR -o FOLDER   # on the machine of the drill", Call: "the operator whom the proposal names"}
}

// readRelease reads the manifest and the headers.
func (o *opening) readRelease() error {
	dir, err := o.desk.dir.OpenSub(releaseIn)
	if err != nil {
		return err
	}
	if err = o.readManifest(dir); err == nil {
		err = o.readHeaders(dir)
	}
	return errors.Join(err, dir.Close())
}

func (o *opening) readManifest(dir *durable.Dir) error {
	entries, err := dir.List(maxReleaseFiles)
	if err != nil {
		return err
	}
	var manifest, signature []byte
	var rewraps []string
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name, "rewrap-"):
			if strings.HasSuffix(e.Name, ".txt") {
				rewraps = append(rewraps, e.Name)
			}
		case strings.HasSuffix(e.Name, ".txt") && manifest == nil:
			manifest, err = dir.ReadFile(e.Name, int64(text.Manifest.MaxSize()))
		case strings.HasSuffix(e.Name, ".sig") && signature == nil:
			signature, err = dir.ReadFile(e.Name, maxSignatureFile)
		case !strings.HasSuffix(e.Name, ".age"):
			err = refuseRelease("want one manifest, its signature and headers, found also %q", e.Name)
		}
		if err != nil {
			return err
		}
	}
	if id := text.Identity(manifest); id != o.body.Snapshot {
		return refuseRelease("want the manifest that the proposal names, %s, found %s", o.body.Snapshot, id)
	}
	signed, err := o.openManifest(manifest, signature)
	if err == nil {
		if err = o.desk.ours(signed.Manifest()); err == nil {
			signed, err = o.readRewraps(dir, signed, rewraps)
		}
	}
	if err != nil {
		return refuseRelease("manifest: %v", err)
	}
	o.manifest = signed.Opens()
	if layers := len(o.manifest.Segments[0].Headers); len(o.body.Recipients) != layers {
		return refuseRelease("want a recipient for each of %s, as the manifest has them, found %d in the proposal", count(layers, "layer"), len(o.body.Recipients))
	}
	return nil
}

// openManifest verifies the signature by a key of whoever one version of the
// policy, or its annex, lists as maker.
func (o *opening) openManifest(b, signature []byte) (backup.Signed, error) {
	kind := manifestKind()
	maker, err := kind.maker(b)
	if err != nil {
		return backup.Signed{}, err
	}
	return kind.verify(o.makers(), b, signature, maker)
}

// makers trusts whoever one version of the policy, or its annex, lists as maker.
func (o *opening) makers() makerCheck {
	var rules []policy.Backup
	var officers []*policy.Policy
	for _, p := range o.versions {
		if a, ok := o.annexes[p.Hash()]; ok && a.Named {
			rules = append(rules, a)
		} else {
			officers = append(officers, p)
		}
	}
	return makersIn(rules, officers)
}

// readRewraps reads the re-wraps that came along. All of them must be of this
// snapshot and hang together: what officers open are the newest headers.
func (o *opening) readRewraps(dir *durable.Dir, signed backup.Signed, names []string) (backup.Signed, error) {
	kind := rewrapKind()
	var list []backup.SignedRewrap
	for _, name := range names {
		b, err := dir.ReadFile(name, int64(text.Rewrap.MaxSize()))
		if err != nil {
			return signed, err
		}
		maker, err := kind.maker(b)
		if err != nil {
			return signed, err
		}
		armored, err := dir.ReadFile(kind.signatureOf(name, maker), maxSignatureFile)
		if err != nil {
			return signed, err
		}
		s, err := kind.verify(o.makers(), b, armored, maker)
		if err != nil {
			return signed, err
		}
		list = append(list, s)
	}
	signed, odd := signed.With(list)
	if len(odd) > 0 {
		return signed, errors.New(odd[0])
	}
	if n := len(signed.Rivals()); n > 0 {
		return signed, fmt.Errorf("want re-wraps one behind the other, found %d ends that rival", n)
	}
	return signed, nil
}

func (o *opening) readHeaders(dir *durable.Dir) error {
	for _, g := range o.manifest.Segments {
		for _, h := range g.Headers {
			b, err := dir.ReadFile(h.Name, maxHeaderFile)
			if err != nil {
				return refuseRelease("%s: want the header that the manifest names, found none: %v", h.Name, err)
			}
			if sum := backup.Sum(text.Identity(b)); sum != h.Sum {
				return refuseRelease("%s: want SHA-256 %s, as the manifest says, found %s", h.Name, h.Sum, sum)
			}
			o.headers[h.Name] = b
		}
	}
	return nil
}

// slip is the name of what the first layer's officer leaves for the second's.
func slip(h backup.Header) string { return strings.Replace(h.Name, "header-", "slip-", 1) }

// slipKey is the key of all slips of a drill. It is no secret: what a slip holds
// is sealed to the inner group.
const slipKey = "slip-key.txt"

// releasedName names what an officer's machine notes beside the headers.
func releasedName(layer int) string { return fmt.Sprintf(releasedOn, layer) }

// show tells the officer who asks for what, where and why, and what will be
// opened.
func (o *opening) show(w cli.World, layer int, officer text.ID) {
	m := o.manifest
	o.facts(w, o.order.proposal, o.order.report)
	w.Field("approved by", list(o.seated()))
	w.Field("snapshot", fmt.Sprintf("%d of %s on %s, taken %s, made by %s", m.Number, m.Place.Vault, m.Place.Chain, m.Taken.Format("2006-01-02T15:04:05Z"), m.Maker))
	w.Field("holds", fmt.Sprintf("%s, %d bytes in %s", count(int(m.Contents.Files), "file"), m.Contents.Bytes, count(len(m.Segments), "segment")))
	to := ""
	if !isRewrap(o.body) {
		to = ", to " + o.body.Recipients[layer-1]
	}
	w.Field("you open", fmt.Sprintf("layer %d of %d, as %s%s", layer, len(o.body.Recipients), o.person(officer), to))
}

// seated returns who fills the seats; where a signer judged the wait, those whose
// signatures are good.
func (o *opening) seated() []text.ID {
	if o.order.permit.Valid() {
		return o.order.permit.Seated()
	}
	var out []text.ID
	for _, v := range o.order.report.Votes {
		if v.Act == quorum.Approve && !slices.Contains(out, v.Officer) {
			out = append(out, v.Officer)
		}
	}
	return out
}
