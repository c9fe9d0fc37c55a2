package storetest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
)

const (
	// wantCases is how many cases the suite has; running fewer is a failure.
	wantCases = 22
	// bigObject is streamed through Put and Get; bigMemory is how much the
	// heap may grow meanwhile.
	bigObject = 64 << 20
	bigPart   = 8 << 20
	bigMemory = 24 << 20
	// racers put one name at the same time.
	racers = 8
)

// Kind says what the stores can do beside keeping objects.
type Kind uint8

const (
	// Plain stores lock nothing, and say so.
	Plain Kind = iota
	// Locking stores keep what is locked from everybody.
	Locking
)

type testCase struct {
	name string
	test func(*testing.T, backup.Store)
}

// Run runs the suite. open returns a new, empty store each time.
func Run(t *testing.T, kind Kind, open func(t *testing.T) backup.Store) {
	cases := []testCase{
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
		{"any range comes back", ranges},
		{"a list may be of some names only", listSome},
		{"an ended context stops everything", stopped},
		{"a part may be read twice", slowly},
		{"what is wrong is made right", repaired},
	}
	if kind == Locking {
		cases = append(cases, locking()...)
	} else {
		cases = append(cases, testCase{"a store that cannot lock says so", cannotLock})
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

func put(t *testing.T, s backup.Store, name, content string) backup.Object {
	t.Helper()
	o, err := s.Put(t.Context(), name, backup.Whole([]byte(content)), backup.Memory(content), time.Time{})
	if err != nil {
		t.Fatalf("put %s: %v", name, err)
	}
	return o
}

// newest returns the version on top.
func newest(t *testing.T, s backup.Store, name string) backup.Object {
	t.Helper()
	versions, err := s.Versions(t.Context(), name)
	if err != nil || len(versions) == 0 {
		t.Fatalf("versions of %s: want one, found %d, %v", name, len(versions), err)
	}
	return versions[0]
}

func read(t *testing.T, s backup.Store, o backup.Object, offset, n int64) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), o, offset, n)
	if err != nil {
		t.Fatalf("open %s: %v", o.Name, err)
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatalf("read %s: %v", o.Name, err)
	}
	return b
}

// mustHold fails unless the name holds exactly this content.
func mustHold(t *testing.T, s backup.Store, name, content string) {
	t.Helper()
	o, err := backup.Find(t.Context(), s, name, backup.Whole([]byte(content)))
	if err != nil {
		t.Fatalf("find %s: %v", name, err)
	}
	if b := read(t, s, o, 0, o.Size); string(b) != content {
		t.Errorf("%s: want the content put first, found %d bytes, size told %d", name, len(b), o.Size)
	}
}

// mustHoldNothing fails if any trace of an object is left.
func mustHoldNothing(t *testing.T, s backup.Store, name string) {
	t.Helper()
	if v, err := s.Versions(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("versions: want it missing, found %v, %v", v, err)
	}
	if _, err := s.Open(t.Context(), backup.Object{Name: name}, 0, 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open: want it missing, found %v", err)
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
	made := put(t, s, "one.txt", "hello\n")
	made.ReadBack = false // of Put and Repair alone
	found := newest(t, s, "one.txt")
	if !found.Is(backup.Whole([]byte("hello\n"))) || found != made || found.Covered {
		t.Errorf("want what Put returned, %v, found %v", made, found)
	}
	if found.Is(backup.Whole([]byte("hallo\n"))) || (backup.Object{Size: 6}).Is(backup.Whole([]byte("hello\n"))) {
		t.Error("want other content told apart, found it equal")
	}
}

func list(t *testing.T, s backup.Store) {
	for _, name := range []string{"b", "a-1", "a.1", "a", "c.txt", "a1"} {
		put(t, s, name, name)
	}
	got, err := s.List(t.Context(), "")
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
	if got, err := s.List(t.Context(), ""); err != nil || len(got) != 0 {
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
	_, err := s.Put(t.Context(), "one.txt", backup.Whole([]byte(other)), backup.Memory(other), time.Time{})
	if !errors.Is(err, backup.ErrExists) {
		t.Errorf("want %v, found %v", backup.ErrExists, err)
	}
	mustHold(t, s, "one.txt", "hello\n")
}

func wrongHash(t *testing.T, s backup.Store) {
	refuseContent(t, s, backup.Memory("hello\n"), backup.Whole([]byte("hallo\n")))
}

func shortContent(t *testing.T, s backup.Store) {
	refuseContent(t, s, shorter("hello"), backup.Whole([]byte("hello\n")))
}

func longContent(t *testing.T, s backup.Store) {
	refuseContent(t, s, shorter("hello\nworld\n"), backup.Whole([]byte("hello\n")))
}

// shorter gives all it has, whatever is asked for.
type shorter string

func (b shorter) Part(context.Context, int64, int64) (io.ReadSeekCloser, error) {
	return unclosed{strings.NewReader(string(b))}, nil
}

type unclosed struct{ io.ReadSeeker }

func (unclosed) Close() error { return nil }

// refuseContent wants ErrContent, nothing left, and the name still to be had.
func refuseContent(t *testing.T, s backup.Store, b backup.Bytes, c backup.Content) {
	t.Helper()
	if _, err := s.Put(t.Context(), "one.txt", c, b, time.Time{}); !errors.Is(err, backup.ErrContent) {
		t.Errorf("want %v, found %v", backup.ErrContent, err)
	}
	mustHoldNothing(t, s, "one.txt")
	put(t, s, "one.txt", "hello\n")
	mustHold(t, s, "one.txt", "hello\n")
}

var errTorn = errors.New("torn")

func failingContent(t *testing.T, s backup.Store) {
	if _, err := s.Put(t.Context(), "one.txt", backup.Whole([]byte("hello\n")), failing{}, time.Time{}); !errors.Is(err, errTorn) {
		t.Errorf("want %v, found %v", errTorn, err)
	}
	mustHoldNothing(t, s, "one.txt")
}

// failing breaks off in the middle.
type failing struct{}

func (failing) Part(context.Context, int64, int64) (io.ReadSeekCloser, error) {
	return &breaking{strings.NewReader("hel")}, nil
}

type breaking struct{ *strings.Reader }

func (b *breaking) Read(p []byte) (int, error) {
	if b.Len() == 0 {
		return 0, errTorn
	}
	return b.Reader.Read(p)
}

func (b *breaking) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{b}) }

func (*breaking) Close() error { return nil }

func badNames(t *testing.T, s backup.Store) {
	for _, name := range []string{"", ".", "..", "../one", "a/b", `a\b`, ".hidden", "-rf", "UPPER", "a b", "a..b", "a\n", "ä", "a.sha256", strings.Repeat("a", 129)} {
		if _, err := s.Put(t.Context(), name, backup.Whole([]byte("x")), backup.Memory("x"), time.Time{}); err == nil {
			t.Errorf("put %q: want it refused", name)
		}
		if _, err := s.Open(t.Context(), backup.Object{Name: name, Size: 1}, 0, 1); err == nil {
			t.Errorf("open %q: want it refused", name)
		}
		if _, err := s.Versions(t.Context(), name); err == nil {
			t.Errorf("versions %q: want it refused", name)
		}
	}
	emptyList(t, s)
}
