package bucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"strongroom/custody/durable"
)

// errAway is what a client says that has given up.
var errAway = errors.New("want an answer, found the store away")

// content is one version in the store; a nil content is a delete marker.
type content struct {
	key, id string
	b       []byte
	at      int // how many writes there were before it
}

// store is a bucket with versions in memory, as all machines share it.
type store struct {
	mutex     sync.Mutex
	contents  []content // in the order in which they came
	versions  bool
	careless  bool // a second conditional PUT is taken, as deficient stores do
	puts      int
	lateBy    int      // how many writes lists are behind
	belated   []func() // writes that arrive after their client has given up
	random    *rand.Rand
	faultRate float64 // of every request, 0 to 1
}

func newStore(seed uint64, faultRate float64) *store {
	return &store{versions: true, random: rand.New(rand.NewPCG(seed, 1)), faultRate: faultRate}
}

// now returns the newest content of a key.
func (s *store) now(key string) (content, bool) {
	for _, c := range slices.Backward(s.contents) {
		if c.key == key {
			return c, c.b != nil
		}
	}
	return content{}, false
}

// put creates a key if it is free.
func (s *store) put(key string, b []byte) error {
	if _, taken := s.now(key); taken && !s.careless {
		return durable.ErrExists
	}
	s.add(key, b)
	return nil
}

// add puts a content over whatever is there; nil puts a delete marker.
func (s *store) add(key string, b []byte) {
	if !s.versions {
		s.contents = slices.DeleteFunc(s.contents, func(c content) bool { return c.key == key })
	}
	s.puts++
	id := ""
	if s.versions {
		id = fmt.Sprintf("v%d", s.puts)
	}
	s.contents = append(s.contents, content{key, id, b, s.puts})
}

// happens says whether one of n faults that share the rate happens now.
func (s *store) happens(n int) (fault int) {
	if s.random.Float64() >= s.faultRate {
		return -1
	}
	return s.random.IntN(n)
}

// arrivals lets a write arrive whose client gave up.
func (s *store) arrivals() {
	if len(s.belated) > 0 && s.random.IntN(3) == 0 {
		i := s.random.IntN(len(s.belated)) // in any order
		s.belated[i]()
		s.belated = slices.Delete(s.belated, i, i+1)
	}
}

// PutNew implements Objects.
func (s *store) PutNew(_ context.Context, key string, b []byte) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.arrivals()
	b = slices.Clone(b)
	late := func() { _ = s.put(key, b) }
	switch s.happens(5) {
	case 0: // 5xx
		return errAway
	case 1: // the answer is lost, and the client does not try again
		late()
		return errAway
	case 2: // the answer is lost, and the client tries again
		late()
		return s.put(key, b)
	case 3: // the client gives up, and the request comes later
		s.belated = append(s.belated, late)
		return errAway
	case 4: // delivered twice
		s.belated = append(s.belated, late)
	}
	return s.put(key, b)
}

// Get implements Objects.
func (s *store) Get(_ context.Context, key, version string, max int64) ([]byte, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.arrivals()
	if s.happens(1) == 0 {
		return nil, errAway
	}
	c, there := s.now(key)
	if version != "" {
		i := slices.IndexFunc(s.contents, func(c content) bool { return c.key == key && c.id == version })
		if there = i >= 0; there {
			c = s.contents[i]
		}
	}
	switch {
	case !there:
		return nil, fs.ErrNotExist
	case int64(len(c.b)) > max:
		return nil, durable.ErrTooLarge
	}
	return slices.Clone(c.b), nil
}

// List implements Objects.
func (s *store) List(_ context.Context, prefix string, max int, take func(key, version string, size int64)) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.happens(1) == 0 {
		return errAway
	}
	behind := 0
	if s.lateBy > 0 {
		behind = s.random.IntN(s.lateBy + 1)
	}
	var found []content
	for _, c := range slices.Backward(s.contents) {
		if c.b != nil && c.at <= s.puts-behind && strings.HasPrefix(c.key, prefix) {
			found = append(found, c)
		}
	}
	if len(found) > max {
		return durable.ErrTooLarge
	}
	slices.SortStableFunc(found, func(a, b content) int { return strings.Compare(a.key, b.key) })
	for _, c := range found {
		take(c.key, c.id, int64(len(c.b)))
	}
	return nil
}

// calm ends all faults, and lets everything arrive that is on its way.
func (s *store) calm() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, late := range s.belated {
		late()
	}
	s.belated, s.faultRate, s.lateBy = nil, 0, 0
}
