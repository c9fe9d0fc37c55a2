package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"strongroom/quorum/text"
)

// Clock tells the time for measuring. It decides nothing.
type Clock func() time.Time

// Checking is how a copy is verified without a key.
type Checking struct {
	Level   Level     // V0 to V3
	Locked  time.Time // every object must be locked until then; zero asks for no lock
	Store   text.ID   // goes into the choice of samples
	Seed    Sum       // of V2's samples: best a block's hash that nobody knew before
	Samples int       // how many parts V2 reads; 0 is the square root of how many there are, rounded up
	Kit     Kit       // the page that must lie beside it; zero for whichever its maker signed
	Known   []string  // names of pages that were seen before, which no number of others hides
	Tell    time.Time // of an object whose lock ends before, which counts all the same; zero tells of none
	Now     Clock

	// Whole remembers which objects of this store were read whole and are good, so
	// that several looks in a row read what snapshots share once. Nil remembers none.
	Whole WholeObjects

	sent map[string]bool // objects that were put just now; true: the store read every byte of it then
}

// WholeObjects are objects of one store of which every byte was read a moment ago,
// by name and version.
type WholeObjects map[[2]string]Sum

// Verification is what was found out about one copy.
type Verification struct {
	Asked   Level         // the level looked for; for V4 V1 until that was reached, and V3 where what was sent just now was read back bad
	Level   Level         // the level reached; no level after an error
	Bytes   int64         // read from the store
	Objects int           // looked for
	Sample  Sample        // what V2 read
	Flaws   []Flawed      // what is wrong with which object, sorted, also after an error
	Until   time.Time     // when the first lock ends; zero if one object has none
	Covered []string      // objects that somebody hid below another version
	Kit     string        // the page for emergencies beside it; empty if there is none that its maker signed
	Closed  error         // what is wrong with the first object that only a re-wrap names; the copy is good all the same
	Odd     []string      // pages beside it that nobody signed who may, or that cannot be read: not to be followed
	Back    int           // for V4: so many re-wraps are newer than the headers that opened it
	Took    time.Duration // by the caller's clock
}

func checkLevel(l Level) error {
	if l < V1 || l > V3 {
		return fmt.Errorf("want level V1, V2 or V3, found %s", l)
	}
	return nil
}

// Verify examines a copy: V0, every object that the manifest names is there
// with its size, and locked if that was asked; V1, the checksums that the store
// keeps are right (a store that lies about them passes); V2, parts chosen by
// the seed are read and compared; V3, every byte is read. Each includes those
// before it, and the manifest and its signature are always read, and so is the
// page for emergencies: a snapshot without one is good, and told.
//
// What is wrong with one object does not end it: all of them are in Flaws, and
// the error is that of the first. What is wrong with an object that only a re-wrap
// names is told in Closed and Flaws and is no error: the copy is whole without it. An
// error that tells nothing of an object, such as a store that is away, ends it.
func Verify(ctx context.Context, s Store, m Signed, c Checking) (Verification, error) {
	if c.Level < V0 || c.Level > V3 {
		return Verification{}, fmt.Errorf("verify: want level V0 to V3, found %s", c.Level)
	}
	if m.text == nil {
		return Verification{}, errors.New("verify: want a signed manifest, found none")
	}
	start := c.Now()
	e := examination{ctx: ctx, store: s, Checking: c, added: m.addedNames()}
	e.found.Asked = c.Level
	err := e.all(m)
	if e.unlocked {
		e.found.Until = time.Time{}
	}
	slices.Sort(e.found.Covered)
	slices.SortFunc(e.found.Flaws, Flawed.compare)
	e.found.Took = c.Now().Sub(start)
	if e.first != nil {
		err = e.first
	}
	if err != nil {
		return e.found, fmt.Errorf("verify: %w", err)
	}
	e.found.Level = c.Level
	return e.found, nil
}

// examination is one Verify on its way.
type examination struct {
	Checking
	ctx      context.Context
	store    Store
	found    Verification
	unlocked bool
	first    error           // of what is wrong with an object
	added    map[string]bool // the names of what belongs to re-wraps alone
}

func (e *examination) all(m Signed) error {
	objects := map[itemKey]Object{}
	for _, i := range m.items() {
		o, err := e.item(i)
		if err == nil {
			objects[i.key()] = o
		} else if err = e.wrong(i.Name, err); err != nil {
			return err
		}
	}
	if err := e.kit(m); err != nil {
		return err
	}
	for _, small := range append(m.small(), m.addedSmall()...) {
		if err := e.wrong(small.name, e.equal(small)); err != nil {
			return err
		}
	}
	if err := e.groups(m); err != nil {
		return err
	}
	if e.Level == V2 {
		if err := e.samples(m, objects); err != nil {
			return err
		}
	}
	for _, i := range m.items() {
		o, ok := objects[i.key()]
		if _, sent := e.sent[i.Name]; ok && (sent || e.Level == V3) {
			err := e.whole(o, i.Content)
			if errors.Is(err, ErrContent) {
				e.found.Asked, e.found.Sample = V3, Sample{} // no look that compares checksums may lift what was read
			}
			if err := e.wrong(i.Name, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// groups reads the headers that re-wraps name, and wants each to be for the
// recipients that the signed text names, as far as that shows without a key. That
// one is not says nothing of the copy: the manifest names none of this.
func (e *examination) groups(m Signed) error {
	if e.Level < V1 {
		return nil
	}
	for _, x := range m.added {
		outer := slices.DeleteFunc(slices.Clone(x.rewrap.Recipients), func(s string) bool { return !strings.HasPrefix(s, "1 ") })
		for _, g := range x.rewrap.Segments {
			for _, h := range g.Headers {
				if err := e.group(h, outer); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// group wants one header to be for the outer group; the inner header is an age
// file for it.
func (e *examination) group(h Header, outer []string) error {
	b, err := FetchHeader(e.ctx, e.store, h)
	if err != nil {
		return e.wrong(h.Name, fmt.Errorf("%s: %w", h.Name, err))
	}
	e.found.Bytes += h.Size
	if err := CheckGroup(b, outer); err != nil {
		e.note(h.Name, Closed, fmt.Errorf("%s: %w", h.Name, err))
	}
	return nil
}

// item finds an object by what the level allows to ask.
func (e *examination) item(i Item) (Object, error) {
	e.found.Objects++
	o, err := e.findItem(i)
	if err != nil {
		return Object{}, err
	}
	if !e.Locked.IsZero() && o.Until.Before(e.Locked) {
		e.note(i.Name, e.lockFlaw(o), fmt.Errorf("%s: want it locked until %s, found %s", i.Name, formatTime(e.Locked), lockWords(o.Until)))
	} else if o.Until.Before(e.Tell) {
		e.note(i.Name, e.lockFlaw(o), nil)
	}
	if o.Covered {
		e.found.Covered = append(e.found.Covered, i.Name)
		e.note(i.Name, Covered, nil)
	}
	if o.Until.IsZero() {
		e.unlocked = true
	} else if e.found.Until.IsZero() || o.Until.Before(e.found.Until) {
		e.found.Until = o.Until
	}
	return o, nil
}

func lockWords(until time.Time) string {
	if until.IsZero() {
		return "no lock"
	}
	return formatTime(until)
}

func (e *examination) findItem(i Item) (Object, error) {
	if e.Level >= V1 {
		return Find(e.ctx, e.store, i.Name, i.Content)
	}
	versions, err := e.store.Versions(e.ctx, i.Name)
	if err != nil {
		return Object{}, err
	}
	for _, o := range versions {
		if o.Size == i.Content.Size {
			return o, nil
		}
	}
	return Object{}, fmt.Errorf("%s: want %d bytes, found others: %w", i.Name, i.Content.Size, ErrContent)
}

// whole reads every byte of an object.
func (e *examination) whole(o Object, c Content) error {
	if e.sent[o.Name] {
		e.found.Bytes += c.Size
		return nil
	}
	this := [2]string{o.Name, o.Version}
	if sum, ok := e.Whole[this]; ok && sum == c.Sum {
		return nil
	}
	sum, err := e.hash(o, 0, c.Size)
	if err != nil {
		return err
	}
	if sum != c.Sum {
		return fmt.Errorf("%s: want SHA-256 %s, found %s: %w", o.Name, c.Sum, sum, ErrContent)
	}
	if e.Whole != nil {
		e.Whole[this] = sum
	}
	return nil
}

// hash reads a range and counts it.
func (e *examination) hash(o Object, offset, n int64) (Sum, error) {
	r, err := e.store.Open(e.ctx, o, offset, n)
	if err != nil {
		return Sum{}, err
	}
	h := sha256.New()
	got, err := io.CopyBuffer(h, io.LimitReader(r, n+1), make([]byte, copyBuffer))
	e.found.Bytes += got
	if err = errors.Join(err, r.Close()); err != nil {
		return Sum{}, fmt.Errorf("%s: %w", o.Name, err)
	}
	if got != n {
		return Sum{}, fmt.Errorf("%s: want %d bytes from %d on, found %d: %w", o.Name, n, offset, got, ErrContent)
	}
	return Sum(h.Sum(nil)), nil
}

// samples reads parts that the seed chooses.
func (e *examination) samples(m Signed, objects map[itemKey]Object) error {
	segments := m.manifest.Segments
	total := 0
	for _, g := range segments {
		total += g.Content.Parts()
	}
	n := e.Samples
	if n < 1 {
		n = SamplesOf(total)
	}
	for _, at := range Choose(e.Seed, text.Identity(m.text), e.Store, total, n) {
		for _, g := range segments {
			if at < g.Content.Parts() {
				if o, ok := objects[Item{g.Name, g.Content}.key()]; ok {
					if err := e.sample(g, o, at); err != nil {
						return err
					}
				}
				break
			}
			at -= g.Content.Parts()
		}
	}
	return nil
}

// SamplesOf is how many of so many parts are a sample: the smallest number whose
// square is no less. Reading a little more each time a copy has grown a lot, it
// meets a part that rotted sooner than one part a day would.
func SamplesOf(total int) int {
	n := 1
	for n*n < total {
		n++
	}
	return n
}

func (e *examination) sample(g Segment, o Object, part int) error {
	c, err := withSums(e.ctx, FromStore(e.store), g)
	if err != nil {
		return e.wrong(g.ListName(), err)
	}
	if root, err := c.Root(); err != nil || root != g.Root {
		return e.wrong(g.ListName(), errors.Join(fmt.Errorf("%s: want a tree with root %s, found %s: %w", g.Name, g.Root, root, ErrContent), err))
	}
	offset, n := c.PartRange(part)
	sum, err := e.hash(o, offset, n)
	e.found.Sample.Parts++
	e.found.Sample.Bytes += n
	if err == nil && sum != c.Sums[part] {
		err = fmt.Errorf("%s: part %d: want SHA-256 %s, found %s: %w", g.Name, part+1, c.Sums[part], sum, ErrContent)
	}
	return e.wrong(g.Name, err)
}

// Choose returns up to n different numbers below total, sorted: those that
// SHA-256 of seed, snapshot, store and a counter names. Whoever knows the seed
// can check the choice; nobody can make it before the seed is known.
func Choose(seed Sum, snapshot text.Hash, store text.ID, total, n int) []int {
	n = min(n, total)
	chosen := map[int]bool{}
	for i := uint64(0); len(chosen) < n; i++ {
		h := sha256.New()
		h.Write(seed[:])
		h.Write(snapshot[:])
		h.Write([]byte(store))
		h.Write(binary.BigEndian.AppendUint64(nil, i))
		chosen[int(binary.BigEndian.Uint64(h.Sum(nil))%uint64(total))] = true
	}
	out := make([]int, 0, n)
	for k := range chosen {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
