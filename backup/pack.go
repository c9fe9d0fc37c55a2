package backup

import (
	"archive/tar"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Packed is the folder, in a snapshot's archives, of those files that several
// snapshots share. A segment that holds many of them, a pack, names each
//
//	.packed/RANDOM/MEMBER
//
// by its payload's random name and a number, and the last segment of a snapshot
// links to those that it still has by the names of now. tar makes the links;
// what is not linked was deleted or changed meanwhile, and goes with the folder
// once it is removed. So no restore has to delete by name.
const Packed = ".packed"

// PackOf returns the payload in which a name in folder Packed lies, and whether it
// is such a name.
func PackOf(member string) (payload string, ok bool) {
	rest, ok := strings.CutPrefix(member, Packed+"/")
	random, number, several := strings.Cut(rest, "/")
	payload = payloadKind + random + payloadSuffix
	return payload, ok && several && number != "" && strings.Trim(number, "0123456789") == "" && isRandomName(payload, payloadKind, payloadSuffix)
}

// UnpackedCommand removes, from the folder in which every segment was opened and
// compared with SHA256SUMS, what no file of the snapshot is linked to: not before,
// since on a file system without hard links it holds the only copies. A snapshot
// that is a single segment needs none.
func (m Manifest) UnpackedCommand(folder string) string {
	if len(m.Segments) == 1 {
		return ""
	}
	return fmt.Sprintf("rm -rf %s/%s\n", folder, Packed)
}

// packFolder is the folder of a pack's members.
func packFolder(payload string) string {
	return Packed + "/" + strings.TrimSuffix(strings.TrimPrefix(payload, payloadKind), payloadSuffix)
}

// packed is the name that a file has in its pack.
func (e entry) packed() string { return fmt.Sprintf("%s/%d", packFolder(e.held), e.member) }

// weight is what a file takes in an archive, before compression.
func (e entry) weight() int64 { return e.size + tarBlock }

// bounds say what is sealed where. The zero value stands for those of limits.go.
type bounds struct {
	alone int64 // from that size on a file is a segment of its own
	pack  int64 // from that weight on new files become a pack
	packs int   // at most that many
}

func (b bounds) orUsual() bounds {
	return bounds{cmp.Or(b.alone, ownSegment), cmp.Or(b.pack, packFrom), cmp.Or(b.packs, maxPacks)}
}

// keep finds which files lie in segments of the last snapshot and did not change.
// A segment that nothing is left of is not named again, nor is a pack of which
// less than half is left, nor the lightest ones where there would be too many:
// what is left of those is sealed anew.
func (a *archive) keep(x Index, last []Segment, most int) {
	there := make([]string, len(x.segments))
	for i, g := range x.segments {
		if slices.ContainsFunc(last, func(s Segment) bool { return s.Name == g.name }) {
			there[i] = g.name
		}
	}
	at := 0
	for k := range x.all() {
		for at < len(a.list) && a.list[at].path < k.path {
			at++
		}
		if at < len(a.list) && k.isOf(a.list[at]) && there[k.segment] != "" {
			e := &a.list[at]
			e.held, e.member, e.sum = there[k.segment], k.member, k.sum
		}
	}
	a.leave(wornOut(x.segments, a.left(), most))
}

// left is what a snapshot still has of earlier packs.
func (a *archive) left() map[string]int64 {
	out := map[string]int64{}
	for _, e := range a.list {
		if e.held != "" && e.member > 0 {
			out[e.held] += e.weight()
		}
	}
	return out
}

// wornOut returns the packs to leave: those of which less than half is left, and
// where as many as most are left then, the lighter half.
func wornOut(all []held, left map[string]int64, most int) map[string]bool {
	out := map[string]bool{}
	var good []held
	for _, g := range all {
		n, packed := left[g.name]
		switch {
		case packed && 2*n < g.weight:
			out[g.name] = true
		case packed:
			good = append(good, held{g.name, n})
		}
	}
	if len(good) >= most {
		slices.SortFunc(good, func(a, b held) int { return cmp.Or(cmp.Compare(a.weight, b.weight), cmp.Compare(a.name, b.name)) })
		for _, g := range good[:len(good)-most/2] {
			out[g.name] = true
		}
	}
	return out
}

// leave has the files of some segments read and sealed anew.
func (a *archive) leave(segments map[string]bool) {
	for i := range a.list {
		if e := &a.list[i]; segments[e.held] {
			e.held, e.member = "", 0
		}
	}
}

// reread reads the files that were kept, and leaves those whose bytes are not
// what was sealed although the file system said that nothing changed. It returns
// their names, and those of files that cannot be read: what was sealed of them may
// be all that is left.
func (a *archive) reread(ctx context.Context) (other, unread []string, err error) {
	for i := range a.list {
		e := &a.list[i]
		if e.held == "" {
			continue
		}
		sum, err := a.hasher.copy(io.Discard, a.src, *e)
		if isChanged(err) || missing(err) { // while it was read: it will be read again
			e.held, e.member = "", 0
			continue
		}
		if ctx.Err() != nil {
			return nil, nil, fmt.Errorf("snapshot: %w", ctx.Err())
		}
		if err != nil {
			unread = append(unread, e.path)
			continue
		}
		if sum != e.sum {
			e.held, e.member = "", 0
			other = append(other, e.path)
		}
	}
	return other, unread, nil
}

// big returns the files that are now sealed by themselves, sorted by path: the
// largest ones, as far as there is room.
func (a *archive) big(from int64) []*entry {
	var out []*entry
	room := maxAlone
	for i := range a.list {
		switch e := &a.list[i]; {
		case e.held != "" && e.member == 0:
			room--
		case e.held == "" && e.isFile() && e.size >= from:
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(x, y *entry) int { return cmp.Or(cmp.Compare(y.size, x.size), cmp.Compare(x.path, y.path)) })
	out = out[:min(len(out), max(0, room))]
	slices.SortFunc(out, func(x, y *entry) int { return cmp.Compare(x.path, y.path) })
	return out
}

// fresh returns the files that no segment holds yet, and their weight.
func (a *archive) fresh() (out []*entry, weight int64) {
	for i := range a.list {
		if e := &a.list[i]; e.isFile() && e.held == "" {
			out = append(out, e)
			weight += e.weight()
		}
	}
	return out, weight
}

// writePack writes files as members of a pack.
func (a *archive) writePack(w io.Writer, payload string, files []*entry) error {
	t := tar.NewWriter(w)
	for _, name := range []string{Packed + "/", packFolder(payload) + "/"} {
		if err := a.header(t, tar.TypeDir, name, 0, tarDirMode); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
	}
	for i, e := range files {
		e.held, e.member = payload, i+1
		if err := a.add(t, e, e.packed()); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}
