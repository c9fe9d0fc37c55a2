package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"filippo.io/age"
	"filippo.io/age/agessh"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/custody"
	"strongroom/custody/durable"
)

// hungMount is a folder's store of which one call hangs in the kernel, where nothing
// ends it: it opens a pipe into which nobody writes.
type hungMount struct {
	*dirstore.Store
	hangs string
	pipe  string
}

// newHungMount hangs until the test ends.
func newHungMount(t *testing.T, of *durable.Dir, hangs string) hungMount {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			f.Close()
		}
	})
	return hungMount{dirstore.Open(of), hangs, pipe}
}

func (h hungMount) at(call string) {
	if call == h.hangs {
		if f, err := os.Open(h.pipe); err == nil {
			f.Close()
		}
	}
}

func (h hungMount) Versions(ctx context.Context, name string) ([]backup.Object, error) {
	h.at("versions")
	return h.Store.Versions(ctx, name)
}

func (h hungMount) List(ctx context.Context, prefix string) ([]backup.Object, error) {
	h.at("list")
	return h.Store.List(ctx, prefix)
}

func (h hungMount) Put(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	h.at("put")
	return h.Store.Put(ctx, name, c, from, until)
}

func (h hungMount) Repair(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	h.at("repair")
	return h.Store.Repair(ctx, name, c, from, until)
}

func (h hungMount) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	h.at("open")
	r, err := h.Store.Open(ctx, o, offset, n)
	return hungReader{r, h}, err
}

type hungReader struct {
	io.ReadCloser
	of hungMount
}

func (r hungReader) Read(b []byte) (int, error) {
	r.of.at("read")
	return r.ReadCloser.Read(b)
}

// hungWorld is a shipped snapshot, and the folder in which it is.
type hungWorld struct {
	folder, spool *durable.Dir
	signed        backup.Signed
	key           age.Identity
}

func newHungWorld(t testing.TB, size int) hungWorld {
	t.Helper()
	var h hungWorld
	var err error
	for _, d := range []**durable.Dir{&h.folder, &h.spool} {
		if *d, err = durable.Open(t.TempDir()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { (*d).Close() })
	}
	signer := verifierKey(t)
	to, err := backup.ParseRecipient("alice", signer.Key().String())
	if err != nil {
		t.Fatal(err)
	}
	if h.key, err = agessh.NewEd25519Identity(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))); err != nil {
		t.Fatal(err)
	}
	big := make([]byte, size)
	if _, err := rand.Read(big); err != nil {
		t.Fatal(err)
	}
	taken, err := backup.Take(t.Context(), fstest.MapFS{"big": {Data: big}}, backup.Plan{Place: backup.Place{Vault: "acme-treasury", Chain: "regtest"}, Maker: "backup-job", Signer: signer,
		Layers: backup.Layers{{to}}, Probe: to, Canary: fstest.MapFS{"canary": {Data: []byte("song")}}, Spool: h.spool, Rand: rand.Reader, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	h.signed = taken.Signed
	if o := h.ship(t, dirstore.Open(h.folder)); o.Err != nil {
		t.Fatal(o.Err)
	}
	return h
}

func (h hungWorld) ship(t testing.TB, s backup.Store) backup.Outcome {
	t.Helper()
	out, err := backup.Ship(t.Context(), backup.Shipment{Signed: h.signed, From: []backup.Source{backup.FromSpool(h.spool)}, Level: backup.V3, Now: time.Now}, []backup.Target{{ID: "one", Store: s}})
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func (h hungWorld) verify(t testing.TB, s backup.Store) (backup.Verification, error) {
	return backup.Verify(t.Context(), s, h.signed, backup.Checking{Level: backup.V3, Store: "one", Now: time.Now})
}

func (h hungWorld) restore(t testing.TB, s backup.Store) error {
	g := h.signed.Manifest().Segments[0]
	headers, err := backup.FetchHeaders(t.Context(), s, g, h.key)
	if err != nil {
		return err
	}
	in, err := backup.OpenSegment(t.Context(), s, g, headers, h.key)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return errors.Join(err, in.Close())
}

// A mount that goes away after it was reached ends every command in time, with one
// sentence, and is no fault of the copy.
func TestAMountThatGoesAwayHoldsUpNobodyAndAccusesNoCopy(t *testing.T) {
	h := newHungWorld(t, 3<<20)
	m := h.signed.Manifest()
	commands := map[string]func(s backup.Repairer) error{
		"verify": func(s backup.Repairer) error {
			v, err := h.verify(t, s)
			if len(v.Flaws) != 0 || v.Level != 0 {
				t.Errorf("want nothing said of the copy, found %v at %s", v.Flaws, v.Level)
			}
			return err
		},
		"restore": func(s backup.Repairer) error { return h.restore(t, s) },
		"extend": func(s backup.Repairer) error {
			_, err := backup.ExtendLocks(t.Context(), s, []backup.Signed{h.signed}, []backup.Signed{h.signed}, time.Now())
			return err
		},
		"probe": func(s backup.Repairer) error { return backup.OpenCanary(t.Context(), s, m.Canary, h.key) },
		"list": func(s backup.Repairer) error {
			g := &gathering{name: "one", ours: func(backup.Manifest) error { return nil }, trusted: looking(nil, 1).trusted, known: map[string]backup.Signed{}, most: 9}
			err := g.all(t.Context(), s)
			if len(g.said) != 0 {
				t.Errorf("want no name accused, found %q", g.said)
			}
			return err
		},
		"run": func(s backup.Repairer) error { return h.ship(t, s).Err },
		"repair": func(s backup.Repairer) error {
			bad := m.Segments[0].Headers[0].Name
			if err := os.WriteFile(filepath.Join(h.folder.Path(), bad), []byte("rot"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := backup.Repair(t.Context(), s, h.signed, []backup.Source{backup.FromSpool(h.spool)}, time.Time{})
			return err
		},
	}
	for _, c := range []struct{ command, hangs, want string }{
		{"verify", "versions", "an answer"}, {"verify", "open", "an answer"}, {"verify", "read", "bytes"},
		{"restore", "open", "an answer"}, {"restore", "read", "bytes"},
		{"extend", "versions", "an answer"}, {"extend", "list", "its list"},
		{"probe", "versions", "an answer"}, {"probe", "read", "bytes"},
		{"list", "list", "its list"}, {"list", "read", "bytes"},
		{"run", "versions", "an answer"}, {"run", "put", "bytes written"},
		{"repair", "repair", "bytes written"}, {"repair", "read", "bytes"},
	} {
		of := h.folder
		if c.hangs == "put" {
			of = openedFolder(t).dir // an empty one
		}
		s := mountedOn(newHungMount(t, of, c.hangs), func(time.Duration) time.Duration { return time.Second })
		err, hung := commands[c.command](s), error(nil)
		if hung = silenceIn(err); hung == nil || hung.Error() != fmt.Sprintf("store one: want %s within 1s, found none", c.want) {
			t.Errorf("%s, hung in %s: want %s missed, found %v", c.command, c.hangs, c.want, err)
		}
		if errors.Is(err, backup.ErrContent) || errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s, hung in %s: want it away, found it accused: %v", c.command, c.hangs, err)
		}
	}
}

// A folder that is away before anything was asked of it is told in the same words,
// with its name once.
func TestAStoreThatIsSilentIsAwayByItsOwnSentence(t *testing.T) {
	hung := &silent{"one", "an answer", answerTime}
	s := namedStore{name: "one"}
	for _, why := range []error{hung, fmt.Errorf("store.txt: %w", hung)} {
		s.away(why)
		if want := "store one: want an answer within 5m0s, found none"; s.err.Error() != want {
			t.Errorf("want %q, found %q", want, s.err)
		}
		if _, err := s.store.List(t.Context(), ""); !errors.Is(err, s.err) {
			t.Errorf("want it asked nothing, found %v", err)
		}
	}
	if s.away(errors.New("on fire")); s.err.Error() != "store one: on fire" {
		t.Errorf("found %q", s.err)
	}
}

// A mount that goes away while it is listed is away for the rest of the command; one
// that goes later is told by status as what it is, not as a copy that is missing.
func TestAMountThatGoesAwayUnderALookIsAwayForTheCommand(t *testing.T) {
	h := newHungWorld(t, 3<<20)
	var warned bytes.Buffer
	d := quiet(custody.Regtest, &warned)
	d.dir, d.world.Patience = openedFolder(t).dir, asLong
	second := func(time.Duration) time.Duration { return time.Second }
	stores := []namedStore{{name: "one", store: mountedOn(newHungMount(t, h.folder, "list"), second)}, {name: "two", store: mountedIn(h.folder)}}
	if _, err := d.manifests(t.Context(), nil, stores); err != nil {
		t.Fatal(err)
	}
	want := "store one: want its list within 1s, found none"
	if s := stores[0]; s.err == nil || s.err.Error() != want || s.unlisted != nil {
		t.Errorf("want it away, found %v and %v", s.err, s.unlisted)
	}
	if s := stores[1]; s.err != nil || s.unlisted != nil {
		t.Errorf("want the other one there, found %v and %v", s.err, s.unlisted)
	}
	if told := "strongroom: warning: " + want + "\n"; strings.Count(warned.String(), told) != 1 || strings.Contains(warned.String(), "left out one/") {
		t.Errorf("want %q once and no name accused, found %q", told, warned.String())
	}

	var st storeStatus
	s := namedStore{name: "one", store: mountedOn(newHungMount(t, h.folder, "open"), second)}
	in := statusInput{good: []snapshotCopy{{Signed: h.signed}}, now: time.Now()}
	if err := d.newestCopy(t.Context(), s, in, &st); err != nil || !slices.Equal(st.Late, []string{"store one: want an answer within 1s, found none"}) {
		t.Errorf("want it told as away, found %q, %v", st.Late, err)
	}
}

// BenchmarkMounted compares a folder's store as the program opens it with the same
// folder bare.
func BenchmarkMounted(b *testing.B) {
	h := newHungWorld(b, 128<<20)
	for _, c := range []struct {
		name string
		open func(*durable.Dir) backup.Store
	}{
		{"bare", func(d *durable.Dir) backup.Store { return dirstore.Open(d) }},
		{"mounted", func(d *durable.Dir) backup.Store { return mountedIn(d) }},
	} {
		b.Run("verify/"+c.name, func(b *testing.B) {
			countCPU(b, func() error { _, err := h.verify(b, c.open(h.folder)); return err })
		})
		b.Run("ship/"+c.name, func(b *testing.B) {
			countCPU(b, func() error {
				to, err := durable.Open(b.TempDir())
				if err != nil {
					return err
				}
				return errors.Join(h.ship(b, c.open(to)).Err, to.Close(), os.RemoveAll(to.Path()))
			})
		})
	}
}

// mountedIn is a store as the program opens it.
func mountedIn(d *durable.Dir) *mounted {
	return &mounted{name: "one", patience: asLong, dir: d, watched: func(further func() error) backup.Repairer { return dirstore.Open(d).Watched(further) }}
}

// countCPU reports the CPU time of all cores beside that on the wall.
func countCPU(b *testing.B, work func() error) {
	b.Helper()
	spent := func() time.Duration {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	before := spent()
	for b.Loop() {
		if err := work(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((spent()-before).Microseconds())/1000/float64(b.N), "CPU-ms/op")
}
