// Package storetest is the one suite that every store of package backup passes.
// A store that cannot pass it is no place for a backup.
package storetest

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"testing"

	"strongroom/backup"
)

const (
	// wantCases is how many cases the suite has; running fewer is a failure.
	wantCases = 16
	// bigObject is streamed through Put and Get; bigMemory is how much the
	// heap may grow meanwhile.
	bigObject = 64 << 20
	bigMemory = 24 << 20
	// racers put one name at the same time.
	racers = 8
)

// Run runs the suite. open returns a new, empty store each time.
func Run(t *testing.T, open func(t *testing.T) backup.Store) {
	cases := []struct {
		name string
		test func(*testing.T, backup.Store)
	}{
		{"what was put comes back", roundTrip},
		{"an empty object comes back", emptyObject},
		{"the stored checksum is told", stat},
		{"the list is sorted and whole", list},
		{"an empty store lists nothing", emptyList},
		{"a missing object is told as missing", absent},
		{"the same bytes again are no error", sameAgain},
		{"a name is never given other bytes", otherBytes},
		{"a name is never given other bytes of the same length", otherBytesSameLength},
		{"a wrong announced hash leaves nothing", wrongHash},
		{"a short content leaves nothing", shortContent},
		{"a long content leaves nothing", longContent},
		{"a content that fails leaves nothing", failingContent},
		{"bad names are refused", badNames},
		{"a big object is streamed", big},
		{"of many who put one name one wins", race},
	}
	ran := 0
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ran++
			c.test(t, open(t))
		})
	}
	if ran < wantCases {
		t.Errorf("want %d cases, ran %d", wantCases, ran)
	}
}

func put(t *testing.T, s backup.Store, name, content string) {
	t.Helper()
	if err := s.Put(name, strings.NewReader(content), int64(len(content)), sha256.Sum256([]byte(content))); err != nil {
		t.Fatalf("put %s: %v", name, err)
	}
}

// mustHold fails unless the name holds exactly this content.
func mustHold(t *testing.T, s backup.Store, name, content string) {
	t.Helper()
	r, size, err := s.Get(name)
	if err != nil {
		t.Fatalf("get %s: %v", name, err)
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatalf("get %s: %v", name, err)
	}
	if string(b) != content || size != int64(len(content)) {
		t.Errorf("%s: want the content put first, found %d bytes, size told %d", name, len(b), size)
	}
}

// mustHoldNothing fails if any trace of an object is left.
func mustHoldNothing(t *testing.T, s backup.Store, name string) {
	t.Helper()
	if r, _, err := s.Get(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("get: want it missing, found %v", err)
		if err == nil {
			r.Close()
		}
	}
	if _, err := s.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat: want it missing, found %v", err)
	}
	emptyList(t, s)
}

func roundTrip(t *testing.T, s backup.Store) {
	put(t, s, "one.txt", "hello\n")
	put(t, s, "two.bin", "\x00\xff\r\n")
	mustHold(t, s, "one.txt", "hello\n")
	mustHold(t, s, "two.bin", "\x00\xff\r\n")
}

func emptyObject(t *testing.T, s backup.Store) {
	put(t, s, "empty", "")
	mustHold(t, s, "empty", "")
}

func stat(t *testing.T, s backup.Store) {
	put(t, s, "one.txt", "hello\n")
	o, err := s.Stat("one.txt")
	want := backup.Object{Name: "one.txt", Size: 6, Sum: sha256.Sum256([]byte("hello\n"))}
	if err != nil || o != want {
		t.Errorf("want %v, found %v, %v", want, o, err)
	}
}

func list(t *testing.T, s backup.Store) {
	for _, name := range []string{"b", "a-1", "a.1", "a", "c.txt", "a1"} {
		put(t, s, name, name)
	}
	got, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a", "a-1", "a.1", "a1", "b", "c.txt"}
	if len(got) != len(want) {
		t.Fatalf("want %d objects, found %d", len(want), len(got))
	}
	for i, o := range got {
		if o.Name != want[i] || o.Size != int64(len(want[i])) {
			t.Errorf("object %d: want %s of %d bytes, found %s of %d", i, want[i], len(want[i]), o.Name, o.Size)
		}
	}
}

func emptyList(t *testing.T, s backup.Store) {
	t.Helper()
	if got, err := s.List(); err != nil || len(got) != 0 {
		t.Errorf("list: want nothing, found %d objects, %v", len(got), err)
	}
}

func absent(t *testing.T, s backup.Store) { mustHoldNothing(t, s, "nowhere") }

func sameAgain(t *testing.T, s backup.Store) {
	put(t, s, "one.txt", "hello\n")
	put(t, s, "one.txt", "hello\n")
	mustHold(t, s, "one.txt", "hello\n")
}

func otherBytes(t *testing.T, s backup.Store) { refuseOther(t, s, "hello and more\n") }

func otherBytesSameLength(t *testing.T, s backup.Store) { refuseOther(t, s, "hallo\n") }

func refuseOther(t *testing.T, s backup.Store, other string) {
	t.Helper()
	put(t, s, "one.txt", "hello\n")
	err := s.Put("one.txt", strings.NewReader(other), int64(len(other)), sha256.Sum256([]byte(other)))
	if !errors.Is(err, backup.ErrExists) {
		t.Errorf("want %v, found %v", backup.ErrExists, err)
	}
	mustHold(t, s, "one.txt", "hello\n")
	if o, err := s.Stat("one.txt"); err != nil || o.Sum != sha256.Sum256([]byte("hello\n")) {
		t.Errorf("want the first checksum kept, found %v, %v", o.Sum, err)
	}
}

func wrongHash(t *testing.T, s backup.Store) {
	refuseContent(t, s, strings.NewReader("hello\n"), 6, sha256.Sum256([]byte("hallo\n")))
}

func shortContent(t *testing.T, s backup.Store) {
	refuseContent(t, s, strings.NewReader("hell"), 6, sha256.Sum256([]byte("hello\n")))
}

func longContent(t *testing.T, s backup.Store) {
	refuseContent(t, s, strings.NewReader("hello\nworld\n"), 6, sha256.Sum256([]byte("hello\n")))
}

// refuseContent wants ErrContent, nothing left, and the name still to be had.
func refuseContent(t *testing.T, s backup.Store, r io.Reader, size int64, sum backup.Sum) {
	t.Helper()
	if err := s.Put("one.txt", r, size, sum); !errors.Is(err, backup.ErrContent) {
		t.Errorf("want %v, found %v", backup.ErrContent, err)
	}
	mustHoldNothing(t, s, "one.txt")
	put(t, s, "one.txt", "hello\n")
	mustHold(t, s, "one.txt", "hello\n")
}

var errTorn = errors.New("torn")

func failingContent(t *testing.T, s backup.Store) {
	r := io.MultiReader(strings.NewReader("hel"), failing{})
	if err := s.Put("one.txt", r, 6, sha256.Sum256([]byte("hello\n"))); !errors.Is(err, errTorn) {
		t.Errorf("want %v, found %v", errTorn, err)
	}
	mustHoldNothing(t, s, "one.txt")
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errTorn }

func badNames(t *testing.T, s backup.Store) {
	for _, name := range []string{"", ".", "..", "../one", "a/b", `a\b`, ".hidden", "-rf", "UPPER", "a b", "a..b", "a\n", "ä", "a.sha256", strings.Repeat("a", 129)} {
		if err := s.Put(name, strings.NewReader("x"), 1, sha256.Sum256([]byte("x"))); err == nil {
			t.Errorf("put %q: want it refused", name)
		}
		if _, _, err := s.Get(name); err == nil {
			t.Errorf("get %q: want it refused", name)
		}
		if _, err := s.Stat(name); err == nil {
			t.Errorf("stat %q: want it refused", name)
		}
	}
	emptyList(t, s)
}

// pattern gives n bytes that differ from block to block.
type pattern struct{ at, n int64 }

func (p *pattern) Read(b []byte) (int, error) {
	if p.at == p.n {
		return 0, io.EOF
	}
	n := min(int64(len(b)), p.n-p.at)
	for i := range b[:n] {
		at := p.at + int64(i)
		b[i] = byte(at ^ at>>8 ^ at>>16)
	}
	p.at += n
	return int(n), nil
}

func sumOf(t *testing.T, r io.Reader) (sum backup.Sum) {
	t.Helper()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		t.Fatal(err)
	}
	h.Sum(sum[:0])
	return sum
}

func big(t *testing.T, s backup.Store) {
	sum := sumOf(t, &pattern{n: bigObject})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if err := s.Put("big", &pattern{n: bigObject}, bigObject, sum); err != nil {
		t.Fatal(err)
	}
	r, size, err := s.Get("big")
	if err != nil {
		t.Fatal(err)
	}
	found := sumOf(t, r)
	runtime.ReadMemStats(&after)
	if err := r.Close(); err != nil || size != bigObject || found != sum {
		t.Errorf("want the big object back, found %d bytes, %v", size, err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > bigMemory {
		t.Errorf("want at most %d bytes of memory for %d streamed, found %d", bigMemory, bigObject, grown)
	}
}

func race(t *testing.T, s backup.Store) {
	var wait sync.WaitGroup
	errs := make([]error, racers)
	contents := make([]string, racers)
	for i := range racers {
		contents[i] = strings.Repeat(string(rune('a'+i)), 1<<16)
		wait.Go(func() {
			errs[i] = s.Put("prize", strings.NewReader(contents[i]), 1<<16, sha256.Sum256([]byte(contents[i])))
		})
	}
	wait.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner < 0:
			winner = i
		case err == nil:
			t.Errorf("want one winner, found %d and %d", winner, i)
		case !errors.Is(err, backup.ErrExists):
			t.Errorf("loser %d: want %v, found %v", i, backup.ErrExists, err)
		}
	}
	if winner < 0 {
		t.Fatal("want one winner, found none")
	}
	mustHold(t, s, "prize", contents[winner])
	if o, err := s.Stat("prize"); err != nil || o.Sum != sha256.Sum256([]byte(contents[winner])) {
		t.Errorf("want the winner's checksum, found %v, %v", o.Sum, err)
	}
}
