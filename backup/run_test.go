package backup_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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

func newSigner(t *testing.T, label byte) sshsig.Signer {
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

func newDir(t *testing.T) *durable.Dir {
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

func newPlan(t *testing.T, stores ...backup.Store) backup.Plan {
	t.Helper()
	alice, err := backup.ParseRecipient("alice", newSigner(t, 1).Key().String())
	if err != nil {
		t.Fatal(err)
	}
	p := backup.Plan{
		Place: backup.Place{Vault: "acme-treasury", Chain: "regtest"}, Number: 1, Maker: "backup-job",
		Signer: newSigner(t, 9), Recipients: []backup.Recipient{alice}, Level: backup.V3, Quorum: 1,
		Spool: newDir(t), Now: ticking(),
	}
	for i, s := range stores {
		p.Targets = append(p.Targets, backup.Target{ID: text.ID("store-" + string(rune('a'+i))), Store: s})
	}
	return p
}

// mustBeEmpty fails if the spool still holds something.
func mustBeEmpty(t *testing.T, d *durable.Dir) {
	t.Helper()
	if left, err := d.List(10); err != nil || len(left) != 0 {
		t.Errorf("want an empty spool, found %v, %v", left, err)
	}
}

func TestRunPutsTheSameBytesEverywhere(t *testing.T) {
	stores := []*memory{newMemory(), newMemory(), newMemory()}
	p := newPlan(t, stores[0], stores[1], stores[2])
	p.Quorum = 3
	report, err := backup.Run(source, p)
	if err != nil {
		t.Fatal(err)
	}
	m := report.Signed.Manifest()
	for i, o := range report.Outcomes {
		if o.Err != nil || o.Verification.Level != backup.V3 || o.Verification.Bytes != m.Payload.Size || o.Verification.Took <= 0 {
			t.Errorf("store %d: found %+v", i, o)
		}
	}
	var first []byte
	for i, s := range stores {
		b := s.objects[m.Payload.Name]
		if int64(len(b)) != m.Payload.Size || sha256.Sum256(b) != m.Payload.Sum {
			t.Fatalf("store %d: want the sealed payload, found %d bytes", i, len(b))
		}
		if first == nil {
			first = b
		}
		if !bytes.Equal(b, first) {
			t.Errorf("store %d: want the same ciphertext as in the first, found other", i)
		}
		names, err := backup.ManifestNames(s)
		if err != nil || len(names) != 1 || names[0] != report.Signed.TextName() {
			t.Fatalf("store %d: want one manifest, found %v, %v", i, names, err)
		}
		manifest, err := backup.Fetch(s, names[0])
		if err != nil {
			t.Fatal(err)
		}
		sig, err := backup.Fetch(s, strings.TrimSuffix(names[0], ".txt")+".backup-job.manifest.sig")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := backup.OpenManifest(manifest, sig, "backup-job", p.Signer.Key()); err != nil {
			t.Errorf("store %d: %v", i, err)
		}
	}
	mustBeEmpty(t, p.Spool)
	p.Number = 2
	if p.Previous, err = m.ID(); err != nil {
		t.Fatal(err)
	}
	second, err := backup.Run(source, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Signed.Manifest().Follows(m); err != nil {
		t.Error(err)
	}
	if second.Signed.Manifest().Contents != m.Contents {
		t.Error("want the same contents of the same folder, found others")
	}
}

// deadStore fails at everything, stalledStore hangs until it is released,
// and lyingStore keeps only the first half.
type deadStore struct{ backup.Store }

var errDead = errors.New("connection refused")

func (deadStore) Put(string, io.Reader, int64, backup.Sum) error { return errDead }

type stalledStore struct {
	backup.Store
	release chan struct{}
}

func (s stalledStore) Put(_ string, r io.Reader, _ int64, _ backup.Sum) error {
	if _, err := r.Read(make([]byte, 1)); err != nil {
		return err
	}
	<-s.release
	_, err := r.Read(make([]byte, 1))
	return err
}

type lyingStore struct{ backup.Store }

func (s lyingStore) Get(name string) (io.ReadCloser, int64, error) {
	r, size, err := s.Store.Get(name)
	if err != nil || !strings.HasSuffix(name, ".age") {
		return r, size, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, size/2), r}, size, nil
}

func TestOneBadStoreDoesNotStopTheOthers(t *testing.T) {
	good, lied := newMemory(), newMemory()
	release := make(chan struct{})
	stop := make(chan struct{})
	p := newPlan(t, deadStore{}, stalledStore{release: release}, good, lyingStore{lied})
	p.Quorum, p.Stop = 2, stop
	// The caller's patience ends when the good copy and the bad ones are done.
	go func() {
		for {
			if names, err := backup.ManifestNames(lied); err == nil && len(names) == 1 {
				time.Sleep(300 * time.Millisecond)
				close(stop)
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	report, err := backup.Run(source, p)
	close(release)
	if err == nil || err.Error() != "copies: want 2 verified at V3, found 1 of 4" {
		t.Errorf("want the quorum missed, found %v", err)
	}
	if len(report.Outcomes) != 4 {
		t.Fatalf("want 4 outcomes, found %d", len(report.Outcomes))
	}
	for i, want := range []error{errDead, backup.ErrStopped, nil, backup.ErrContent} {
		if o := report.Outcomes[i]; !errors.Is(o.Err, want) || (want != nil) != (o.Verification.Level == 0) {
			t.Errorf("%s: want %v, found %+v", o.Target, want, o)
		}
	}
	if err := backup.Quorum(1).Check(report.Outcomes, backup.V3); err != nil {
		t.Error(err)
	}
	mustBeEmpty(t, p.Spool)
	// Catching up needs no key: the payload comes from the good store.
	late := newMemory()
	open := func() (io.ReadCloser, error) {
		r, _, err := good.Get(report.Signed.Manifest().Payload.Name)
		return r, err
	}
	outcomes, err := backup.Ship(report.Signed, open, []backup.Target{{ID: "late", Store: late}}, backup.V1, p.Now, nil)
	if err != nil || outcomes[0].Err != nil || outcomes[0].Verification.Level != backup.V1 {
		t.Errorf("want the late store caught up, found %+v, %v", outcomes, err)
	}
	if v, err := backup.VerifyV3(late, report.Signed.Manifest(), p.Now); err != nil || v.Level != backup.V3 {
		t.Errorf("want V3, found %v, %v", v, err)
	}
}

// forgingStore gives back another manifest of the same length.
type forgingStore struct{ backup.Store }

func (s forgingStore) Get(name string) (io.ReadCloser, int64, error) {
	r, size, err := s.Store.Get(name)
	if err != nil || !strings.HasSuffix(name, ".txt") {
		return r, size, err
	}
	return io.NopCloser(strings.NewReader(strings.Repeat("x", int(size)))), size, r.Close()
}

func TestForgedManifestIsNoCopy(t *testing.T) {
	p := newPlan(t, forgingStore{newMemory()})
	report, err := backup.Run(source, p)
	if err == nil || err.Error() != "copies: want 1 verified at V3, found 0 of 1" {
		t.Errorf("want the quorum missed, found %v", err)
	}
	want := "verify: " + report.Signed.TextName() + ": other content than announced"
	if o := report.Outcomes[0]; o.Err == nil || o.Err.Error() != want || o.Verification.Level != 0 {
		t.Errorf("want %q, found %+v", want, o)
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

func TestRunRefusesBeforeItSeals(t *testing.T) {
	cases := []struct {
		name   string
		change func(*backup.Plan)
		want   string
	}{
		{"no signer", func(p *backup.Plan) { p.Signer = nil }, "run: want a signer, found none"},
		{"no clock", func(p *backup.Plan) { p.Now = nil }, "run: want a clock, found none"},
		{"no quorum", func(p *backup.Plan) { p.Quorum = 0 }, "run: want a quorum of 1 to 1 copies, found 0"},
		{"quorum of more than all", func(p *backup.Plan) { p.Quorum = 2 }, "run: want a quorum of 1 to 1 copies, found 2"},
		{"no level", func(p *backup.Plan) { p.Level = 0 }, "run: want level V1 or V3, found no level"},
		{"a level with officers", func(p *backup.Plan) { p.Level = backup.V5 }, "run: want level V1 or V3, found V5"},
		{"no recipients", func(p *backup.Plan) { p.Recipients = nil }, "recipients: want 1 to 64, found 0"},
		{"no store", func(p *backup.Plan) { p.Targets[0].Store = nil }, "targets: store-a: want a store, found none"},
		{"a name twice", func(p *backup.Plan) { p.Targets = append(p.Targets, p.Targets[0]) }, "targets: want every name once, found store-a twice"},
		{"no vault", func(p *backup.Plan) { p.Place.Vault = "" }, `manifest: vault: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found ""`},
		{"no maker", func(p *backup.Plan) { p.Maker = "" }, `manifest: maker: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found ""`},
		{"no number", func(p *backup.Plan) { p.Number = 0 }, "manifest: want a number of 1 to 1000000000, found 0"},
		{"no previous", func(p *backup.Plan) { p.Number = 2 }, "manifest: want zeros as previous in number 1 and nowhere else, found " + strings.Repeat("0", 64) + " in number 2"},
	}
	for _, c := range cases {
		p := newPlan(t, newMemory())
		c.change(&p)
		if _, err := backup.Run(unreadable{}, p); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
		mustBeEmpty(t, p.Spool)
	}
}

type unreadable struct{}

func (unreadable) Open(string) (fs.File, error) { return nil, errors.New("read too early") }

func TestFailedRunLeavesNothingBehind(t *testing.T) {
	store := newMemory()
	p := newPlan(t, store)
	if err := os.WriteFile(filepath.Join(p.Spool.Path(), "sealed"), []byte("of a run that was killed"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := fstest.MapFS{"a": {Data: []byte("a")}, "b": {Mode: fs.ModeSymlink}}
	if _, err := backup.Run(link, p); err == nil || err.Error() != "snapshot: b: want a regular file or a folder, found a symbolic link" {
		t.Errorf("found %v", err)
	}
	mustBeEmpty(t, p.Spool)
	if len(store.objects) != 0 {
		t.Errorf("want an empty store, found %d objects", len(store.objects))
	}
}

func TestShipRefusesAnUnsignedManifest(t *testing.T) {
	p := newPlan(t, newMemory())
	if _, err := backup.Ship(backup.Signed{}, nil, p.Targets, backup.V1, p.Now, nil); err == nil || err.Error() != "ship: want a signed manifest, found none" {
		t.Errorf("found %v", err)
	}
}
