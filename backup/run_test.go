package backup_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/crypto/ssh"

	"strongroom/backup"
	"strongroom/custody/durable"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

var start = time.Date(2026, 11, 21, 20, 50, 0, 0, time.UTC)

// ticking is a clock that goes on by a second at each look.
func ticking() backup.Clock {
	now := make(chan time.Time, 1)
	now <- start
	return func() time.Time {
		t := <-now
		now <- t.Add(time.Second)
		return t
	}
}

func newSigner(t testing.TB, label byte) sshsig.Signer {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{label}, 32)), "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sshsig.ParsePrivateKey(pem.EncodeToMemory(block), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newDir(t testing.TB) *durable.Dir {
	t.Helper()
	d, err := durable.Create(filepath.Join(t.TempDir(), "dir"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

var source = fstest.MapFS{
	"policy-1.txt": {Data: []byte("strongroom/policy@v1\n")},
	"log/000000":   {Data: bytes.Repeat([]byte("entry"), 100_000)},
}

func recipient(t testing.TB, officer text.ID, label byte) backup.Recipient {
	t.Helper()
	r, err := backup.ParseRecipient(officer, newSigner(t, label).Key().String())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newPlan(t testing.TB) backup.Plan {
	t.Helper()
	return backup.Plan{
		Place: backup.Place{Vault: "acme-treasury", Chain: "regtest"}, Maker: "backup-job",
		Signer: newSigner(t, 9), Layers: backup.Layers{{recipient(t, "alice", 1)}},
		Spool: newDir(t), Now: ticking(), Rand: rand.NewChaCha8([32]byte{1}),
	}
}

func targets(stores ...backup.Store) []backup.Target {
	var out []backup.Target
	for i, s := range stores {
		m, ok := s.(*memory)
		out = append(out, backup.Target{ID: text.ID("store-" + string(rune('a'+i))), Store: s, Locks: ok && m.locks})
	}
	return out
}

func shipment(p backup.Plan, s backup.Signed, level backup.Level) backup.Shipment {
	return backup.Shipment{Signed: s, From: []backup.Source{backup.FromSpool(p.Spool)}, Level: level, Until: start.AddDate(0, 0, 35), Now: p.Now}
}

func mustTake(t testing.TB, src fs.FS, p backup.Plan) backup.Taken {
	t.Helper()
	taken, err := backup.Take(t.Context(), src, p)
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

func mustShip(t testing.TB, s backup.Shipment, to []backup.Target) []backup.Outcome {
	t.Helper()
	outcomes, err := backup.Ship(t.Context(), s, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Err != nil || o.Verification.Level != s.Level {
			t.Fatalf("%s: want it at %s, found %+v", o.Target, s.Level, o)
		}
	}
	return outcomes
}

// mustBeEmpty fails if the spool still holds something.
func mustBeEmpty(t *testing.T, d *durable.Dir) {
	t.Helper()
	if left, err := d.List(10); err != nil || len(left) != 0 {
		t.Errorf("want an empty spool, found %v, %v", left, err)
	}
}

func TestTheSameBytesGoEverywhere(t *testing.T) {
	p := newPlan(t)
	stores := []*memory{newMemory(), newMemory(), newMemory()}
	stores[1].locks = true
	taken := mustTake(t, source, p)
	for i, o := range mustShip(t, shipment(p, taken.Signed, backup.V3), targets(stores[0], stores[1], stores[2])) {
		if o.Verification.Took <= 0 || o.Sent == 0 || o.Verification.Until.IsZero() == stores[i].locks {
			t.Errorf("store %d: found %+v", i, o)
		}
	}
	m := taken.Signed.Manifest()
	if len(m.Segments) != 1 || m.Number != 1 || m.Contents.Files != 2 {
		t.Errorf("found %+v", m)
	}
	for name, v := range stores[0].objects {
		for i, s := range stores {
			if len(s.objects) != len(stores[0].objects) || !bytes.Equal(s.only(name).b, v[0].b) {
				t.Errorf("store %d: %s: want the same bytes as in the first, found others", i, name)
			}
		}
	}
	names, err := backup.ManifestNames(t.Context(), stores[2])
	if err != nil || !slices.Equal(names, []string{taken.Signed.TextName()}) {
		t.Errorf("want the one manifest, found %v, %v", names, err)
	}
	if err := backup.Shipped(p.Spool); err != nil {
		t.Fatal(err)
	}
	mustBeEmpty(t, p.Spool)
	p.Last = m
	second := mustTake(t, source, p).Signed.Manifest()
	if err := second.Follows(m); err != nil {
		t.Error(err)
	}
	if second.Contents != m.Contents || second.Segments[0].Name == m.Segments[0].Name {
		t.Error("want the same contents under a new name, found others")
	}
}

// deadStore fails at everything, stalledStore hangs, lyingStore gives back
// other bytes of payloads.
type deadStore struct{ backup.Store }

var errDead = errors.New("connection refused")

func (deadStore) Versions(context.Context, string) ([]backup.Object, error) { return nil, errDead }

type stalledStore struct{ backup.Store }

func (stalledStore) Versions(ctx context.Context, _ string) ([]backup.Object, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

type lyingStore struct{ *memory }

func (s lyingStore) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	r, err := s.memory.Open(ctx, o, offset, n)
	if err != nil || !strings.HasPrefix(o.Name, "payload-") {
		return r, err
	}
	return io.NopCloser(io.LimitReader(r, n/2)), nil
}

func TestOneBadStoreDoesNotStopTheOthers(t *testing.T) {
	p := newPlan(t)
	taken := mustTake(t, source, p)
	good, lied := newMemory(), newMemory()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	outcomes, err := backup.Ship(ctx, shipment(p, taken.Signed, backup.V3), targets(deadStore{}, stalledStore{}, good, lyingStore{lied}))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{errDead, backup.ErrStopped, nil, backup.ErrContent} {
		if o := outcomes[i]; !errors.Is(o.Err, want) || (want != nil) != (o.Verification.Level == 0) {
			t.Errorf("%s: want %v, found %+v", o.Target, want, o)
		}
	}
	if err := backup.Quorum(1).Check(outcomes, backup.V3); err != nil {
		t.Error(err)
	}
	if err := backup.Quorum(2).Check(outcomes, backup.V3); err == nil || err.Error() != "copies: want 2 verified at V3, found 1 of 4" {
		t.Errorf("want the quorum missed, found %v", err)
	}
	// Catching up needs neither key nor spool: the bytes come from the good store.
	if err := backup.Shipped(p.Spool); err != nil {
		t.Fatal(err)
	}
	late := newMemory()
	mustShip(t, shipment(p, taken.Signed, backup.V1), targets(late, good))
	if _, err := backup.Verify(t.Context(), late, taken.Signed, backup.Checking{Level: backup.V3, Now: p.Now}); err != nil {
		t.Error(err)
	}
	if again := mustShip(t, shipment(p, taken.Signed, backup.V1), targets(late, good)); again[0].Sent != 0 {
		t.Errorf("want nothing sent twice, found %d bytes", again[0].Sent)
	}
	nowhere, err := backup.Ship(t.Context(), shipment(p, taken.Signed, backup.V1), targets(newMemory()))
	if err != nil || !errors.Is(nowhere[0].Err, fs.ErrNotExist) {
		t.Errorf("want a snapshot that is nowhere told, found %+v, %v", nowhere, err)
	}
}

// A store that takes the wish for a lock and sets none holds no copy.
type forgetfulStore struct{ *memory }

func (s forgetfulStore) Put(ctx context.Context, name string, c backup.Content, from backup.Bytes, _ time.Time) (backup.Object, error) {
	return s.memory.Put(ctx, name, c, from, time.Time{})
}

func (forgetfulStore) Extend(context.Context, backup.Object, time.Time) error { return nil }

func TestALockThatWasNotSetIsSeen(t *testing.T) {
	p := newPlan(t)
	taken := mustTake(t, source, p)
	to := targets(forgetfulStore{newMemory()})
	to[0].Locks = true
	outcomes, err := backup.Ship(t.Context(), shipment(p, taken.Signed, backup.V1), to)
	want := "want it locked until 2026-12-26T20:50:00Z, found it not: this store cannot lock"
	if err != nil || outcomes[0].Err == nil || !strings.HasSuffix(outcomes[0].Err.Error(), want) || outcomes[0].Verification.Level != 0 {
		t.Errorf("want %q, found %+v, %v", want, outcomes, err)
	}
}

func TestSpoolKeepsWhatWasNotShipped(t *testing.T) {
	p := newPlan(t)
	if _, err := backup.Pending(p.Spool, p.Maker, p.Signer.Key()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want nothing pending, found %v", err)
	}
	taken := mustTake(t, source, p)
	pending, err := backup.Pending(p.Spool, p.Maker, p.Signer.Key())
	if err != nil || !bytes.Equal(pending.Bytes(), taken.Signed.Bytes()) {
		t.Fatalf("want the snapshot again, found %v", err)
	}
	mustShip(t, shipment(p, pending, backup.V3), targets(newMemory()))
	if _, err := backup.Pending(p.Spool, p.Maker, newSigner(t, 8).Key()); err == nil {
		t.Error("want a manifest of another key refused, found it taken")
	}
}

// A run may be stopped before any write. What is in the spool then is a whole
// snapshot or none, and the next run begins anew.
func TestTakeInterruptedAnywhereLeavesAllOrNothing(t *testing.T) {
	stopped := errors.New("power failed")
	for n := 0; ; n++ {
		p := newPlan(t)
		whole, steps := p.Spool, 0
		p.Spool = whole.WithFault(func(durable.Op) error {
			if steps++; steps > n {
				return stopped
			}
			return nil
		})
		_, err := backup.Take(t.Context(), source, p)
		if err == nil {
			if n < 20 {
				t.Fatalf("want more steps in a run, found %d", n)
			}
			return
		}
		if !errors.Is(err, stopped) {
			t.Fatalf("step %d: want %v, found %v", n, stopped, err)
		}
		if err := whole.Clean(); err != nil {
			t.Fatal(err)
		}
		if pending, err := backup.Pending(whole, p.Maker, p.Signer.Key()); err == nil {
			p.Spool = whole
			mustShip(t, shipment(p, pending, backup.V3), targets(newMemory()))
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("step %d: found %v", n, err)
		}
		p.Spool, p.Rand = whole, rand.NewChaCha8([32]byte{2})
		mustTake(t, source, p)
	}
}

// bigFolder is a folder with two files that are segments of their own.
func bigFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	random := rand.NewChaCha8([32]byte{7})
	for name, size := range map[string]int{"wallet.dat": 20 << 20, "blocks/blk 0": 17 << 20, "log/small": 100} {
		b := make([]byte, size)
		if _, err := random.Read(b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, b, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// unreadFS fails when a file is opened.
type unreadFS struct {
	fs.FS
	names []string
}

func (u unreadFS) Open(name string) (fs.File, error) {
	if slices.Contains(u.names, name) {
		return nil, fmt.Errorf("%s: read again", name)
	}
	return u.FS.Open(name)
}

func TestUnchangedBigFilesAreNeitherReadNorSentAgain(t *testing.T) {
	dir := bigFolder(t)
	p, store := newPlan(t), newMemory()
	p.Now = later
	first := mustTake(t, os.DirFS(dir), p)
	m := first.Signed.Manifest()
	if len(m.Segments) != 3 || first.Reused != 0 || m.Segments[1].Content.Parts() != 3 {
		t.Fatalf("want 3 segments, found %+v", m.Segments)
	}
	mustShip(t, shipment(p, first.Signed, backup.V3), targets(store))
	var err error
	if p.Index, err = backup.ParseIndex(first.Index.Render()); err != nil {
		t.Fatal(err)
	}
	p.Last = m
	second := mustTake(t, unreadFS{os.DirFS(dir), []string{"wallet.dat", "blocks/blk 0"}}, p)
	if second.Reused != 2 || second.Signed.Manifest().Contents != m.Contents {
		t.Errorf("want 2 segments again and the same contents, found %d", second.Reused)
	}
	if o := mustShip(t, shipment(p, second.Signed, backup.V3), targets(store)); o[0].Sent > 1<<16 {
		t.Errorf("want only what is new sent, found %d bytes", o[0].Sent)
	}
	// A store that missed the first snapshot gets the old segments from the other.
	late := newMemory()
	if o := mustShip(t, shipment(p, second.Signed, backup.V3), targets(late, store)); o[0].Sent < 37<<20 {
		t.Errorf("want all of it sent, found %d bytes", o[0].Sent)
	}
	for name, change := range map[string]func(*backup.Plan) error{
		"touched":     func(*backup.Plan) error { return os.Chtimes(filepath.Join(dir, "wallet.dat"), start, start) },
		"other group": func(p *backup.Plan) error { p.Layers = backup.Layers{{recipient(t, "bob", 2)}}; return nil },
		"no index":    func(p *backup.Plan) error { p.Index = backup.Index{}; return nil },
		"other last":  func(p *backup.Plan) error { p.Last = backup.Manifest{}; return nil },
	} {
		q := p
		if err := change(&q); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Take(t.Context(), unreadFS{os.DirFS(dir), []string{"wallet.dat"}}, q); err == nil || !strings.Contains(err.Error(), "read again") {
			t.Errorf("%s: want the file read again, found %v", name, err)
		}
	}
}

func TestTakeRefusesBeforeItSeals(t *testing.T) {
	cases := []struct {
		name   string
		change func(*backup.Plan)
		want   string
	}{
		{"no signer", func(p *backup.Plan) { p.Signer = nil }, "snapshot: want a signer, found none"},
		{"no clock", func(p *backup.Plan) { p.Now = nil }, "snapshot: want a clock, found none"},
		{"no names", func(p *backup.Plan) { p.Rand = nil }, "snapshot: want a source of random names, found none"},
		{"no spool", func(p *backup.Plan) { p.Spool = nil }, "snapshot: want a spool, found none"},
		{"a canary for nobody", func(p *backup.Plan) { p.Canary = source }, "snapshot: want a key to seal the canary to, found none"},
		{"no recipients", func(p *backup.Plan) { p.Layers = nil }, "layers: want 1 or 2, found 0"},
		{"no vault", func(p *backup.Plan) { p.Place.Vault = "" }, `snapshot: vault: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found ""`},
		{"no maker", func(p *backup.Plan) { p.Maker = "" }, `snapshot: maker: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found ""`},
		{"behind another vault's", func(p *backup.Plan) {
			p.Last = backup.Manifest{Number: 3, Place: backup.Place{Vault: "other", Chain: "regtest"}}
		}, "snapshot: want one of acme-treasury on regtest before this, found one of other on regtest"},
	}
	for _, c := range cases {
		p := newPlan(t)
		spool := p.Spool
		c.change(&p)
		if _, err := backup.Take(t.Context(), unreadable{}, p); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
		mustBeEmpty(t, spool)
	}
}

type unreadable struct{}

func (unreadable) Open(string) (fs.File, error) { return nil, errors.New("read too early") }

func TestFailedTakeLeavesNothingBehind(t *testing.T) {
	p := newPlan(t)
	if err := os.WriteFile(filepath.Join(p.Spool.Path(), "payload-of-a-run-that-was-killed"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := fstest.MapFS{"a": {Data: []byte("a")}, "b": {Mode: fs.ModeNamedPipe}}
	if _, err := backup.Take(t.Context(), pipe, p); err == nil || err.Error() != "snapshot: b: want a regular file, a folder or a link, found a named pipe" {
		t.Errorf("found %v", err)
	}
	mustBeEmpty(t, p.Spool)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := backup.Take(ctx, source, p); !errors.Is(err, backup.ErrStopped) {
		t.Errorf("want %v, found %v", backup.ErrStopped, err)
	}
	mustBeEmpty(t, p.Spool)
}

func TestShipRefuses(t *testing.T) {
	p := newPlan(t)
	taken := mustTake(t, source, p)
	one := targets(newMemory())
	for _, c := range []struct {
		name string
		s    backup.Shipment
		to   []backup.Target
		want string
	}{
		{"unsigned", backup.Shipment{Level: backup.V1, Now: p.Now}, one, "ship: want a signed manifest, found none"},
		{"no level", shipment(p, taken.Signed, 0), one, "ship: want level V1, V2 or V3, found no level"},
		{"a level with officers", shipment(p, taken.Signed, backup.V5), one, "ship: want level V1, V2 or V3, found V5"},
		{"nowhere", shipment(p, taken.Signed, backup.V1), nil, "targets: want 1 to 32, found 0"},
		{"no store", shipment(p, taken.Signed, backup.V1), []backup.Target{{ID: "a"}}, "targets: a: want a store, found none"},
		{"a name twice", shipment(p, taken.Signed, backup.V1), append(one, one...), "targets: want every name once, found store-a twice"},
	} {
		if _, err := backup.Ship(t.Context(), c.s, c.to); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

func TestZeroQuorumRefuses(t *testing.T) {
	fine := []backup.Outcome{{Verification: backup.Verification{Level: backup.V3}}}
	for _, c := range []struct {
		q     backup.Quorum
		level backup.Level
		want  string
	}{
		{0, backup.V3, "copies: want 1 verified at V3, found 1 of 1"},
		{1, 0, "copies: want 1 verified at no level, found 0 of 1"},
		{1, backup.V4, "copies: want 1 verified at V4, found 0 of 1"},
		{2, backup.V3, "copies: want 2 verified at V3, found 1 of 1"},
	} {
		if err := c.q.Check(fine, c.level); err == nil || err.Error() != c.want {
			t.Errorf("want %q, found %v", c.want, err)
		}
	}
}
