package backup

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"strongroom/custody/durable"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Plan is all that taking one snapshot is told. Last, Index, Reread, Block,
// Probe, Canary and Progress may be zero; every other field is needed.
type Plan struct {
	Place    Place
	Last     Manifest // the snapshot before
	Index    Index    // where it holds which file
	Reread   bool     // also what did not change, which every 30th snapshot does by itself
	Block    Block
	Maker    text.ID
	Signer   sshsig.Signer // the maker's: it signs manifests and opens nothing
	Layers   Layers
	Probe    Recipient // to whom the canary is sealed
	Canary   fs.FS     // the canary's tree
	Spool    *durable.Dir
	Rand     io.Reader // for names
	Now      Clock
	Progress Progress

	bounds bounds
}

// Taken is a snapshot that lies sealed in the spool.
type Taken struct {
	Signed Signed
	Index  Index    // for the next one
	Torn   []string // files that changed however often they were read
	Other  []string // files that changed although the file system said that they did not
	Unread []string // files that did not change and cannot be read any more: what was sealed of them stays
	Reused int      // segments of the last snapshot that are named again
}

// Take reads a folder once and seals it into the spool, under the names that
// its objects will have in every store. The signed manifest is written last:
// a spool that holds one is whole, see Pending. What lay in the spool before is
// removed.
func Take(ctx context.Context, src fs.FS, p Plan) (Taken, error) {
	stamp, err := p.check()
	if err != nil {
		return Taken{}, err
	}
	if err := clearSpool(p.Spool); err != nil {
		return Taken{}, err
	}
	a, err := newArchive(stopping{ctx, src}, stamp, p.Progress)
	if err != nil {
		return Taken{}, err
	}
	a.now = p.Now()
	s := &sealer{layers: p.Layers, archive: a, part: partFor(int64(a.total) + int64(a.total)/64), put: p.Spool.WriteStream, name: p.randomName}
	t := Taken{}
	m := p.manifest(stamp)
	if err := t.sealAll(ctx, s, p, &m); err != nil {
		return Taken{}, errors.Join(err, clearSpool(p.Spool))
	}
	if t.Signed, err = SignManifest(m, p.Signer); err != nil {
		return Taken{}, errors.Join(err, clearSpool(p.Spool))
	}
	t.Torn = a.torn
	for _, small := range t.Signed.small() {
		if err := p.Spool.WriteFile(small.name, small.b); err != nil {
			return Taken{}, err
		}
	}
	return t, nil
}

// sealAll names again what did not change, seals the other big files by
// themselves and the other files in a pack, if they are worth one, then
// everything else, then the canary.
func (t *Taken) sealAll(ctx context.Context, s *sealer, p Plan, m *Manifest) (err error) {
	a, b := s.archive, p.bounds.orUsual()
	if slices.Equal(m.Recipients, p.Last.Recipients) {
		a.keep(p.Index, p.Last.Segments, b.packs)
	}
	if p.Reread || m.Number%rereadEvery == 0 {
		if t.Other, t.Unread, err = a.reread(ctx); err != nil {
			return err
		}
	}
	weights := t.again(a, p, m)
	for _, e := range a.big(b.alone) {
		if weights, err = s.segment(m, weights, e.weight(), func(w io.Writer, payload string) error { return a.writeOne(w, e, payload) }); err != nil {
			return err
		}
	}
	if files, weight := a.fresh(); weight >= b.pack {
		if weights, err = s.segment(m, weights, weight, func(w io.Writer, payload string) error { return a.writePack(w, payload, files) }); err != nil {
			return err
		}
	}
	if _, err = s.segment(m, nil, 0, func(w io.Writer, _ string) error { return a.writeAll(w) }); err != nil {
		return err
	}
	m.Contents, t.Index = a.contents, newIndex(a, weights)
	if p.Canary != nil {
		m.Canary, err = s.canary(p.Canary, p.Probe, m.Taken)
	}
	return err
}

// again names those segments of the last snapshot that hold something of this
// one, and returns their weights.
func (t *Taken) again(a *archive, p Plan, m *Manifest) (weights []held) {
	used := map[string]bool{}
	for _, e := range a.list {
		if e.held != "" {
			used[e.held] = true
			a.read(e)
		}
	}
	for _, g := range p.Last.Segments {
		if used[g.Name] {
			m.Segments = append(m.Segments, g)
			t.Reused++
		}
	}
	return slices.DeleteFunc(slices.Clone(p.Index.segments), func(g held) bool { return !used[g.name] })
}

// segment seals one segment into a manifest.
func (s *sealer) segment(m *Manifest, weights []held, weight int64, fill func(w io.Writer, payload string) error) ([]held, error) {
	g, err := s.seal(fill)
	if err != nil {
		return nil, err
	}
	m.Segments = append(m.Segments, g)
	return append(weights, held{g.Name, weight}), nil
}

// check refuses what would otherwise fail after hours of sealing, and returns
// the time of the snapshot.
func (p *Plan) check() (time.Time, error) {
	switch {
	case p.Signer == nil:
		return time.Time{}, errors.New("snapshot: want a signer, found none")
	case p.Now == nil:
		return time.Time{}, errors.New("snapshot: want a clock, found none")
	case p.Rand == nil:
		return time.Time{}, errors.New("snapshot: want a source of random names, found none")
	case p.Spool == nil:
		return time.Time{}, errors.New("snapshot: want a spool, found none")
	case p.Canary != nil && p.Probe.key == nil:
		return time.Time{}, errors.New("snapshot: want a key to seal the canary to, found none")
	}
	var err error
	if p.Layers, err = p.Layers.check(); err != nil {
		return time.Time{}, err
	}
	if err := p.Place.check(); err != nil {
		return time.Time{}, fmt.Errorf("snapshot: %w", err)
	}
	if _, err := text.ParseID(string(p.Maker)); err != nil {
		return time.Time{}, fmt.Errorf("snapshot: maker: %w", err)
	}
	if p.Last.Number > 0 && p.Last.Place != p.Place {
		return time.Time{}, fmt.Errorf("snapshot: want one of %s on %s before this, found one of %s on %s", p.Place.Vault, p.Place.Chain, p.Last.Place.Vault, p.Last.Place.Chain)
	}
	return seconds(p.Now()), nil
}

func (p Plan) manifest(taken time.Time) Manifest {
	m := Manifest{Place: p.Place, Number: p.Last.Number + 1, Block: p.Block, Taken: taken, Maker: p.Maker, Recipients: p.Layers.lines()}
	if p.Last.Number > 0 {
		if id, err := p.Last.ID(); err == nil { // it was parsed or made: it renders
			m.Previous = id
		}
	}
	return m
}

// randomName draws a name of a kind.
func (p Plan) randomName(kind string) (string, error) {
	var b [randomDigits / 2]byte
	if _, err := io.ReadFull(p.Rand, b[:]); err != nil {
		return "", fmt.Errorf("snapshot: random name: %w", err)
	}
	suffix := payloadSuffix
	if kind == canaryKind {
		suffix = canarySuffix
	}
	return kind + hex.EncodeToString(b[:]) + suffix, nil
}

// stopping is a folder that cannot be read any more once a context ends.
type stopping struct {
	ctx context.Context
	fs.FS
}

func (s stopping) Open(name string) (fs.File, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, errors.Join(ErrStopped, err)
	}
	return s.FS.Open(name)
}

func (s stopping) ReadLink(name string) (string, error) { return fs.ReadLink(s.FS, name) }

func (s stopping) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(s.FS, name) }

func (s stopping) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(s.FS, name) }

// clearSpool removes what a run left behind, the manifest first: without it the
// rest is nothing.
func clearSpool(d *durable.Dir) error {
	files, err := d.List(maxSpool)
	if err != nil {
		return err
	}
	slices.SortFunc(files, func(a, b durable.Entry) int { return cmp.Compare(order(a.Name), order(b.Name)) })
	for _, f := range files {
		if f.Regular {
			if err := d.Remove(f.Name); err != nil && !missing(err) {
				return err
			}
		}
	}
	return nil
}

func order(name string) int {
	if isManifestName(name) {
		return 0
	}
	return 1
}
