package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/backup"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// reader is a key that some snapshots are sealed to, and that is no recipient of
// the policy in force.
type reader struct {
	line      string // "LAYER OFFICER KIND KEY"
	snapshots []uint64
	apart     bool      // it takes somebody of the other layer too
	moved     string    // the layer whose recipient it is now; empty when it is none any more
	until     time.Time // the last lock of what it opens; zero where nothing is locked
}

// lockTeller says until when a snapshot's payloads are locked.
type lockTeller func(snapshotCopy) time.Time

// formerReaders says, key by key, who can open which snapshots though they are no
// recipient any more, and until when stores keep those. present are the
// recipients of today.
func formerReaders(all []snapshotCopy, present []string, locked lockTeller) []string {
	var out []string
	for _, r := range readersOf(all, present, locked) {
		out = append(out, r.sentence())
	}
	return out
}

func readersOf(all []snapshotCopy, present []string, locked lockTeller) []*reader {
	var out []*reader
	for _, c := range all {
		former := slices.DeleteFunc(everReaders(c), func(line string) bool { return slices.Contains(present, line) })
		if len(former) == 0 {
			continue
		}
		until := locked(c)
		for _, line := range former {
			i := slices.IndexFunc(out, func(r *reader) bool { return r.line == line })
			if i < 0 {
				out, i = append(out, &reader{line: line, moved: layerNow(line, present)}), len(out)
			}
			r := out[i]
			r.snapshots = append(r.snapshots, c.Manifest().Number)
			r.apart = r.apart || len(c.Manifest().Segments[0].Headers) > 1
			if until.After(r.until) {
				r.until = until
			}
		}
	}
	slices.SortFunc(out, func(a, b *reader) int { return strings.Compare(a.line, b.line) })
	return out
}

// layerNow is the layer in which a recipient of another one stands today; empty
// when it stands in none.
func layerNow(line string, present []string) string {
	_, key, _ := strings.Cut(line, " ")
	for _, p := range present {
		if layer, k, _ := strings.Cut(p, " "); k == key {
			return layer
		}
	}
	return ""
}

// everReaders are the recipients of a snapshot's manifest and of all its re-wraps.
func everReaders(c snapshotCopy) []string {
	var out []string
	for _, m := range c.Ways() {
		out = append(out, m.Recipients...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// locksIn asks the stores: until when the last of them keeps a snapshot's payloads.
func locksIn(ctx context.Context, stores []namedStore) lockTeller {
	return func(c snapshotCopy) (last time.Time) {
		for _, s := range stores {
			if s.err != nil || !slices.Contains(c.on, s.name) {
				continue
			}
			for _, g := range c.Manifest().Segments {
				if o, err := backup.Find(ctx, s.store, g.Name, g.Content); err == nil && o.Until.After(last) {
					last = o.Until
				}
			}
		}
		return last
	}
}

// sentence says what a former recipient can still do, and what would help.
func (r *reader) sentence() string {
	f := strings.Fields(r.line)
	until := "as long as a copy is left, since nothing locks them"
	if !r.until.IsZero() {
		until = "until " + r.until.UTC().Format(time.RFC3339) + ", when the last lock ends, and longer from a copy of their own"
	}
	with := ""
	if r.apart {
		with = ", with somebody of the other layer,"
	}
	if r.moved != "" {
		return fmt.Sprintf("%s, by a key that is of layer %s now, %s, can open%s %s as one of layer %s, %s; what is sealed since opens for it in layer %s only, and nothing takes back what was readable",
			f[1], r.moved, f[3], with, numberWords(r.snapshots), f[0], until, r.moved)
	}
	return fmt.Sprintf("%s, by a key that is no recipient any more, %s, can open%s %s %s; only what is sealed since is closed to it, and nothing takes back what was readable",
		f[1], f[3], with, numberWords(r.snapshots), until)
}

// numberWords names snapshots, those in a row by the first and the last.
func numberWords(numbers []uint64) string {
	var parts []string
	for i := 0; i < len(numbers); {
		k := i
		for k+1 < len(numbers) && numbers[k+1] == numbers[k]+1 {
			k++
		}
		if k > i {
			parts = append(parts, text.FormatUint(numbers[i])+" to "+text.FormatUint(numbers[k]))
		} else {
			parts = append(parts, text.FormatUint(numbers[i]))
		}
		i = k + 1
	}
	word := "snapshots"
	if len(numbers) == 1 {
		word = "snapshot"
	}
	return word + " " + strings.Join(parts, ", ")
}

// closedTo returns the numbers of the snapshots that do not open for just the
// recipients of today, by no set of their headers: somebody who came cannot open
// them. Those that have another number of layers are left out: no re-wrap makes
// layers.
func closedTo(all []snapshotCopy, present []string) (out []uint64) {
	for _, c := range all {
		opens := func(have backup.Manifest) bool {
			return !slices.ContainsFunc(present, func(line string) bool { return !slices.Contains(have.Recipients, line) })
		}
		if highestLayer(c.Manifest().Recipients) == highestLayer(present) && !slices.ContainsFunc(c.Ways(), opens) {
			out = append(out, c.Manifest().Number)
		}
	}
	return out
}

// highestLayer is the highest layer among lines of recipients.
func highestLayer(lines []string) string {
	highest := ""
	for _, l := range lines {
		layer, _, _ := strings.Cut(l, " ")
		highest = max(highest, layer)
	}
	return highest
}

// rewrapAdvice says which snapshots do not open for somebody who came, and what
// to do about it; empty is none.
func rewrapAdvice(all []snapshotCopy, present []string) string {
	closed := closedTo(all, present)
	if len(closed) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: not open for everybody who is a recipient now; a re-wrap adds headers for who came: strongroom backup rewrap start --snapshot %d", numberWords(closed), closed[len(closed)-1])
}

// tellRoster warns, before a run, of snapshots whose headers are for others than
// the recipients of today, and says which of the two is to be done.
func (d *desk) tellRoster(all []snapshotCopy, r backupRun) {
	present, err := r.plan.Layers.Lines()
	if err != nil || len(all) == 0 {
		return // sealing says so
	}
	if s := rewrapAdvice(all, present); s != "" {
		d.world.Warnf("%s", s)
	}
	var former []uint64
	for _, x := range readersOf(all, present, func(snapshotCopy) time.Time { return time.Time{} }) {
		former = append(former, x.snapshots...)
	}
	slices.Sort(former)
	if former = slices.Compact(former); len(former) > 0 {
		d.world.Warnf("%s: open for a key that is no recipient any more, whatever is done now; was it stolen, what counts is that the next snapshot is sealed anew (strongroom backup list)", numberWords(former))
	}
	switch same := slices.Equal(all[len(all)-1].Manifest().Recipients, present); {
	case !same:
		d.world.Warnf("the recipients changed since snapshot %d: this one is sealed anew as a whole, under fresh keys", all[len(all)-1].Manifest().Number)
	case r.reseal:
		d.world.Warnf("sealed anew, but to the same keys as snapshot %d: a stolen key opens this one too, until an amendment takes it out of annex backup", all[len(all)-1].Manifest().Number)
	}
}

// presentLines are the recipients of today as manifests list them; none where the
// policy does not tell.
func (d *desk) presentLines(p *policy.Policy) []string {
	rules, err := d.backupRules(p)
	if err != nil {
		return nil
	}
	groups, _, err := layersOf(d.world, p, rules)
	if err != nil {
		return nil
	}
	lines, err := groups.Lines()
	if err != nil {
		return nil
	}
	return lines
}
