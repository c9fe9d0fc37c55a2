package backup

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/quorum/text"
)

// Version is the store's own name of the bytes that were read.
type Version struct {
	Object string
	Name   string // one word of printable ASCII
}

// Access is somebody who opened a copy or what opens it, and when.
type Access struct {
	Officer text.ID
	At      time.Time // whole seconds of UTC, machine's clock
}

// Phase is one part of the time that a restore took: what people took and what
// machines took are told apart, since only one of them gets better with faster
// disks.
type Phase struct {
	Name    text.ID
	Seconds uint64
	Human   bool
}

// Human returns how many seconds people took.
func (c Certificate) Human() uint64 { return c.sum(true) }

// RTO returns the time to recover in seconds: of people and of machines.
func (c Certificate) RTO() uint64 { return c.sum(true) + c.sum(false) }

// RPO returns how much would have been lost, in seconds: from the newest file to
// the disaster.
func (c Certificate) RPO() uint64 { return uint64(max(0, c.Disaster.Sub(c.NewestFile)) / time.Second) }

func (c Certificate) sum(human bool) (n uint64) {
	for _, p := range c.Phases {
		if p.Human == human {
			n += p.Seconds
		}
	}
	return n
}

func readHashOrNone(r *text.Reader, keyword string) text.Hash {
	f := r.Field(keyword)
	if f == none {
		return text.Hash{}
	}
	h := text.Value(r, keyword, f, text.ParseHash)
	if h.IsZero() {
		r.Refuse("%s: want a hash or none, found zeros", keyword)
	}
	return h
}

func hashOrNone(h text.Hash) string {
	if h.IsZero() {
		return none
	}
	return h.String()
}

// readChooser reads the block that chose the store. Older certificates tell its
// hash alone, which is read as height 0: no such block is mined after a snapshot.
func readChooser(r *text.Reader) Block {
	f := r.Fields("seed")
	if len(f) == 1 && f[0] != none {
		f = []string{"0", f[0]}
	}
	return blockOf(r, "seed", f)
}

// chooser are the line's fields, without the keyword.
func (c Certificate) chooser() []string {
	if c.Seed.Height == 0 {
		return []string{hashOrNone(c.Seed.Hash)}
	}
	return c.Seed.fields()
}

// readAccess reads what was opened, where, by whom, by whose leave and why.
func (c *Certificate) readAccess(r *text.Reader) {
	for r.At("version") && len(c.Versions) <= maxSegments {
		f := r.Line("version", 2)
		c.Versions = append(c.Versions, Version{Object: f[0], Name: f[1]})
	}
	c.Seed = readChooser(r)
	if site := r.Field("place"); site != none {
		c.Site = text.Value(r, "place", site, text.ParseID)
	}
	c.Approval = readHashOrNone(r, "approval")
	_, c.Reason = r.Rest("reason", 0)
	for r.At("access") && len(c.Access) <= maxAccess {
		f := r.Line("access", 3)
		if f[2] != clock {
			r.Refuse("access: want the word %s behind the time, found %q", clock, clip(f[2]))
		}
		c.Access = append(c.Access, Access{Officer: text.Value(r, "access", f[0], text.ParseID), At: text.Value(r, "access", f[1], parseTime)})
	}
}

func (c Certificate) writeAccess(w *text.Writer) {
	for _, v := range c.Versions {
		w.Line("version", v.Object, v.Name)
	}
	w.Line("seed", c.chooser()...)
	if c.Site == "" {
		w.Line("place", none)
	} else {
		w.Line("place", string(c.Site))
	}
	w.Line("approval", hashOrNone(c.Approval))
	w.Line("reason", c.Reason)
	for _, a := range c.Access {
		w.Line("access", string(a.Officer), formatTime(a.At), clock)
	}
}

// toldTimes are the sums as a text tells them.
type toldTimes struct{ rto, rpo uint64 }

// readTimes reads the phases and the sums of times. The sums are compared once
// the newest file is known.
func (c *Certificate) readTimes(r *text.Reader) toldTimes {
	for r.At("phase") && len(c.Phases) <= maxPhases {
		f := r.Line("phase", 3)
		if f[2] != wordHuman && f[2] != wordMachine {
			r.Refuse("phase: want %s or %s, found %q", wordHuman, wordMachine, clip(f[2]))
		}
		c.Phases = append(c.Phases, Phase{Name: text.Value(r, "phase", f[0], text.ParseID), Seconds: text.Uint[uint64](r, "phase", f[1], maxSeconds), Human: f[2] == wordHuman})
	}
	told := toldTimes{rto: text.Uint[uint64](r, "rto", r.Field("rto"), maxPhases*maxSeconds)}
	c.Disaster = readTime(r, "disaster")
	told.rpo = text.Uint[uint64](r, "rpo", r.Field("rpo"), maxLost)
	return told
}

func (c Certificate) compareTimes(told toldTimes) error {
	if told.rto != c.RTO() {
		return fmt.Errorf("certificate: want rto %d, as its phases say, found %d", c.RTO(), told.rto)
	}
	if told.rpo != c.RPO() {
		return fmt.Errorf("certificate: want rpo %d, from its newest file to its disaster, found %d", c.RPO(), told.rpo)
	}
	return nil
}

func (c Certificate) writeTimes(w *text.Writer) {
	for _, p := range c.Phases {
		word := wordMachine
		if p.Human {
			word = wordHuman
		}
		w.Line("phase", string(p.Name), text.FormatUint(p.Seconds), word)
	}
	w.Line("rto", text.FormatUint(c.RTO()))
	writeTime(w, "disaster", c.Disaster)
	w.Line("rpo", text.FormatUint(c.RPO()))
}

func (c Certificate) checkVersions() error {
	if len(c.Versions) > maxSegments {
		return fmt.Errorf("want at most %d versions, found %d", maxSegments, len(c.Versions))
	}
	for i, v := range c.Versions {
		if err := CheckObjectName(v.Object); err != nil {
			return fmt.Errorf("version: %w", err)
		}
		if v.Name == "" || len(v.Name) > maxVersionText || strings.ContainsFunc(v.Name, notPrintable) {
			return fmt.Errorf("version of %s: want one word of 1 to %d letters, found %q", v.Object, maxVersionText, clip(v.Name))
		}
		if i > 0 && c.Versions[i-1].Object >= v.Object {
			return fmt.Errorf("want versions sorted by object, each once, found %s behind %s", v.Object, c.Versions[i-1].Object)
		}
	}
	return nil
}

func (c Certificate) checkAccess() error {
	if c.Site != "" {
		if _, err := text.ParseID(string(c.Site)); err != nil {
			return fmt.Errorf("place: %w", err)
		}
	}
	if c.Seed.Hash.IsZero() && c.Seed.Height != 0 {
		return fmt.Errorf("seed: want the hash of block %d, found zeros", c.Seed.Height)
	}
	if err := text.CheckRest(c.Reason); err != nil {
		return fmt.Errorf("reason: %w", err)
	}
	officers := make([]text.ID, len(c.Access))
	for i, a := range c.Access {
		officers[i] = a.Officer
		if !a.At.Equal(seconds(a.At)) {
			return errors.New("access: want times in whole seconds, found parts of one")
		}
	}
	return checkIDs("people with access", officers, 1, maxAccess)
}

func (c Certificate) checkTimes() error {
	if len(c.Phases) < 1 || len(c.Phases) > maxPhases {
		return fmt.Errorf("want 1 to %d phases, found %d", maxPhases, len(c.Phases))
	}
	for i, p := range c.Phases {
		if _, err := text.ParseID(string(p.Name)); err != nil {
			return fmt.Errorf("phase: %w", err)
		}
		if p.Seconds > maxSeconds {
			return fmt.Errorf("phase %s: want at most %d seconds, found %d", p.Name, uint64(maxSeconds), p.Seconds)
		}
		if slices.ContainsFunc(c.Phases[:i], func(o Phase) bool { return o.Name == p.Name }) {
			return fmt.Errorf("want every phase once, found %s again", p.Name)
		}
	}
	if machine := c.sum(false); machine != c.Seconds {
		return fmt.Errorf("want seconds %d, as the phases of machines say, found %d", machine, c.Seconds)
	}
	if c.Disaster.Before(c.NewestFile) {
		return fmt.Errorf("want a disaster after the newest file at %s, found %s", formatTime(c.NewestFile), formatTime(c.Disaster))
	}
	if lost := c.RPO(); lost > maxLost {
		return fmt.Errorf("want at most %d seconds lost, found %d", uint64(maxLost), lost)
	}
	return nil
}

// Chain orders certificates by the one that each names as the one before it, and
// says where that is no chain: two after the same one, or one that is missing.
// Those without a certificate before them come first; of several that follow the
// same one, the earlier.
func Chain(all []Certified) (ordered []Certified, odd []string) {
	after := map[text.Hash][]Certified{}
	known := map[text.Hash]bool{}
	for _, c := range all {
		known[c.id] = true
	}
	for _, c := range all {
		at := c.certificate.Previous
		if !at.IsZero() && !known[at] {
			odd = append(odd, fmt.Sprintf("certificate %s: want %s before it, found none", c.id.Short(), at.Short()))
			at = text.Hash{}
		}
		after[at] = append(after[at], c)
	}
	queue := []text.Hash{{}}
	for len(queue) > 0 {
		next := after[queue[0]]
		slices.SortFunc(next, func(a, b Certified) int {
			if by := a.certificate.Restored.Compare(b.certificate.Restored); by != 0 {
				return by
			}
			return strings.Compare(a.id.String(), b.id.String())
		})
		if followers := count(next, queue[0]); followers > 1 {
			odd = append(odd, fmt.Sprintf("certificates: want one after %s, found %d: two drills did not know of each other, or somebody keeps two books", shortOrNone(queue[0]), followers))
		}
		queue = queue[1:]
		for _, c := range next {
			ordered, queue = append(ordered, c), append(queue, c.id)
		}
	}
	return ordered, odd
}

// count returns how many certificates name one as the one before them.
func count(next []Certified, previous text.Hash) (n int) {
	for _, c := range next {
		if c.certificate.Previous == previous {
			n++
		}
	}
	return n
}

func shortOrNone(h text.Hash) string {
	if h.IsZero() {
		return none
	}
	return h.Short()
}
