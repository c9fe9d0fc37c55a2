package bucket

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"strongroom/quorum/policy"
	"strongroom/quorum/registry"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// desk is a machine that remembers, and hears warnings.
type desk struct {
	t      testing.TB
	store  *store
	copies string
	said   []string
}

func newDesk(t testing.TB, s *store) *desk { return &desk{t: t, store: s, copies: t.TempDir()} }

// open begins a command.
func (d *desk) open() *registry.Registry {
	return open(d.t, Config{Objects: d.store, Name: "shared", Copies: openDir(d.t, d.copies), Warn: func(line string) { d.said = append(d.said, line) }})
}

func (d *desk) wantSaid(lines ...string) {
	d.t.Helper()
	if found, want := strings.Join(d.said, "\n"), strings.Join(lines, "\n"); found != want {
		d.t.Errorf("warnings:\nwant  %s\nfound %s", want, found)
	}
	d.said = nil
}

func wantError(t testing.TB, what string, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("%s:\nwant  %s\nfound %v", what, want, err)
	}
}

func put(t testing.TB, r *registry.Registry, b []byte) string {
	t.Helper()
	h, err := r.PutText(b)
	if err != nil {
		t.Fatal(err)
	}
	return h.String()
}

func TestWhoeverPutsOtherBytesOverATextHidesNothingAndIsTold(t *testing.T) {
	for _, over := range [][]byte{[]byte("junk"), nil, bytes.Repeat([]byte("x"), 1<<21)} {
		s := newStore(1, 0)
		b := someText(1, 1)
		id := put(t, newDesk(t, s).open(), b)
		s.add("texts/"+id, over)
		reader := newDesk(t, s)
		r := reader.open()
		if found, err := r.Text(text.Identity(b)); err != nil || !bytes.Equal(found, b) {
			t.Errorf("want the text as it was put, found %q, %v", found, err)
		}
		if all, err := r.Texts(); err != nil || len(all) != 1 {
			t.Errorf("want one text listed, found %v, %v", all, err)
		}
		reader.wantSaid("shared/texts/" + id + ": something was put over it that is not what its name says; what is below counts")
		if again := put(t, reader.open(), b); again != id {
			t.Errorf("want it put again as %s, found %s", id, again)
		}
	}
}

func TestWhoeverPutsOverATextAgainAndAgainPushesItNotOut(t *testing.T) {
	s := newStore(1, 0)
	b := someText(1, 1)
	id := put(t, newDesk(t, s).open(), b)
	for range 3 * maxVersions {
		s.add("texts/"+id, []byte("junk"))
	}
	if found, err := newDesk(t, s).open().Text(text.Identity(b)); err != nil || !bytes.Equal(found, b) {
		t.Errorf("want the text as it was put, found %q, %v", found, err)
	}
}

func TestADeleteMarkerMakesNoNameFree(t *testing.T) {
	s := newStore(1, 0)
	f, err := Open(t.Context(), Config{Objects: s, Name: "shared", Warn: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.WriteNew("entry", []byte("first")); err != nil {
		t.Fatal(err)
	}
	s.add("entry", nil)
	before := len(s.contents)
	wantError(t, "other bytes", f.WriteNew("entry", []byte("other")), "shared/entry: write: exists already, with other bytes")
	if err := f.WriteNew("entry", []byte("first")); err != nil {
		t.Errorf("want the same bytes to be no error, found %v", err)
	}
	if len(s.contents) != before {
		t.Errorf("want nothing put, found %d contents more", len(s.contents)-before)
	}
}

func TestWhoeverPutsOtherBytesOverALogsEntryChangesNothing(t *testing.T) {
	s := newStore(1, 0)
	h := newHistory(t, 6, 6, "")
	if err := h.put(newDesk(t, s).open()); err != nil {
		t.Fatal(err)
	}
	s.add("logs/signer-a/entries/000002", []byte("entry 2, but other"))
	s.add("logs/signer-a/entries/000003", nil)
	s.add("logs/signer-a/checkpoint-6", []byte("junk"))
	reader := newDesk(t, s)
	if _, _, entries, err := reader.open().Log(h.verifier, "signer-a"); err != nil || !bytes.Equal(entries, h.entries) {
		t.Errorf("want the log as it was put, found %v", err)
	}
	reader.wantSaid("shared/logs/signer-a/checkpoint-6: something was put over it that is not what its name says; what is below counts",
		"shared/logs/signer-a/entries/000002: it was put 2 times; what was put first counts")

	// who puts a longer log finds what was first, too, also behind a delete marker
	longer := newHistory(t, 8, 8, "")
	if err := longer.put(newDesk(t, s).open()); err != nil {
		t.Error(err)
	}
	other := newHistory(t, 8, 3, " other")
	if err := other.put(newDesk(t, s).open()); !errors.Is(err, registry.ErrFork) {
		t.Errorf("want a second history told, found %v", err)
	}
}

func TestAnEntryThatNobodyCoversIsToldAndNothingIsLost(t *testing.T) {
	s := newStore(1, 0)
	s.add("logs/signer-a/entries/000002", []byte("planted"))
	h := newHistory(t, 6, 6, "")
	r := newDesk(t, s).open()
	err := h.put(r)
	if !errors.Is(err, registry.ErrTampered) || !strings.Contains(err.Error(), "shared/logs/signer-a/entries/000002: write: exists already, with other bytes") {
		t.Errorf("want the entry named, found %v", err)
	}
	if forks, err := newDesk(t, s).open().Forks(h.verifier, "signer-a"); err != nil || len(forks) != 1 {
		t.Errorf("want the log that was brought kept, found %d, %v", len(forks), err)
	}
}

func TestACopyThatSomebodySpoiledIsReadAgainFromTheBucket(t *testing.T) {
	s := newStore(1, 0)
	b, h := someText(1, 1), newHistory(t, 6, 6, "")
	d := newDesk(t, s)
	id := put(t, d.open(), b)
	if err := h.put(d.open()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"texts/" + id, "logs/signer-a/entries/000002", "logs/signer-a/checkpoint-6"} {
		if err := os.WriteFile(filepath.Join(d.copies, name), []byte("spoiled"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := d.open()
	if found, err := r.Text(text.Identity(b)); err != nil || !bytes.Equal(found, b) {
		t.Errorf("text: want it as it was put, found %q, %v", found, err)
	}
	if _, _, entries, err := r.Log(h.verifier, "signer-a"); err != nil || !bytes.Equal(entries, h.entries) {
		t.Errorf("log: want it as it was put, found %v", err)
	}
	if found, err := os.ReadFile(filepath.Join(d.copies, "texts", id)); err != nil || !bytes.Equal(found, b) {
		t.Errorf("copy: want it right again, found %q, %v", found, err)
	}
}

func TestWhatIsRememberedIsNotFetchedAgainNorLostWithTheBucket(t *testing.T) {
	s := newStore(1, 0)
	d := newDesk(t, s)
	h := newHistory(t, 6, 6, "")
	id := put(t, d.open(), someText(1, 1))
	if err := h.put(d.open()); err != nil {
		t.Fatal(err)
	}
	counted := &counting{Objects: s}
	r := open(t, Config{Objects: counted, Name: "shared", Copies: openDir(t, d.copies), Warn: func(string) {}})
	for range 3 {
		if _, err := r.Text(text.Identity(someText(1, 1))); err != nil {
			t.Error(err)
		}
		if _, _, _, err := r.Log(h.verifier, "signer-a"); err != nil {
			t.Error(err)
		}
	}
	if counted.gets != 0 || counted.lists != 1 {
		t.Errorf("want nothing read and one list, found %d and %d", counted.gets, counted.lists)
	}
	s.contents = nil // somebody who may delete did
	r = d.open()
	if all, err := r.Texts(); err != nil || len(all) != 1 || all[0].String() != id {
		t.Errorf("want the text still known here, found %v, %v", all, err)
	}
	if _, _, entries, err := r.Log(h.verifier, "signer-a"); err != nil || !bytes.Equal(entries, h.entries) {
		t.Errorf("want the log still known here, found %v", err)
	}
}

// counting counts what is asked of a bucket.
type counting struct {
	Objects
	gets, lists int
}

func (c *counting) Get(ctx context.Context, key, version string, max int64) ([]byte, error) {
	c.gets++
	return c.Objects.Get(ctx, key, version, max)
}

func (c *counting) List(ctx context.Context, prefix string, max int, take func(key, version string, size int64)) error {
	c.lists++
	return c.Objects.List(ctx, prefix, max, take)
}

// A store that is away must not be taken for one whose files are gone or spoiled:
// an older log, fewer signatures, or no second history would be believed.
func TestAStoreThatIsAwayIsNotTakenForOneThatLacksSomething(t *testing.T) {
	s := newStore(1, 0)
	r := newDesk(t, s).open()
	one, two := newHistory(t, 3, 3, ""), newHistory(t, 6, 6, "")
	if err := errors.Join(one.put(r), two.put(r), ignore(newHistory(t, 5, 2, " other").put(r), registry.ErrFork)); err != nil {
		t.Fatal(err)
	}
	put(t, r, someText(1, 1))
	for range 200 {
		s.faultRate = 0.3
		r := open(t, Config{Objects: s, Name: "shared", Warn: func(string) {}})
		if p, _, _, err := r.Log(one.verifier, "signer-a"); err == nil && p.Checkpoint().Size != 6 || err != nil && !errors.Is(err, registry.ErrAway) {
			t.Fatalf("log: want 6 entries or the store away, found %v", err)
		}
		if forks, err := r.Forks(one.verifier, "signer-a"); err == nil && len(forks) != 1 || err != nil && !errors.Is(err, registry.ErrAway) {
			t.Fatalf("forks: want one or the store away, found %d, %v", len(forks), err)
		}
		if _, err := r.Text(text.Identity(someText(1, 1))); err != nil && (!errors.Is(err, registry.ErrAway) || errors.Is(err, fs.ErrNotExist)) {
			t.Fatalf("text: want it or the store away, found %v", err)
		}
	}
}

func TestALateListHidesNoSecondHistory(t *testing.T) {
	s := newStore(1, 0)
	if err := newHistory(t, 6, 6, "").put(newDesk(t, s).open()); err != nil {
		t.Fatal(err)
	}
	late := &lateLists{Objects: s}
	r := open(t, Config{Objects: late, Name: "shared", Warn: func(string) {}})
	err := newHistory(t, 5, 2, " other").put(r)
	var fork *registry.ForkError
	if !errors.As(err, &fork) || fork.Index != 2 {
		t.Errorf("want the fork at entry 2 told although no list shows the log, found %v", err)
	}
}

// lateLists shows nothing yet.
type lateLists struct{ Objects }

func (l *lateLists) List(context.Context, string, int, func(key, version string, size int64)) error {
	return nil
}

func TestAnotherCheckpointOfTheSameEntriesIsNoConflict(t *testing.T) {
	s := newStore(1, 0)
	h := newHistory(t, 4, 4, "")
	witnessed := h
	witnessed.checkpoint = append(bytes.Clone(h.checkpoint), []byte("\u2014 witness.example AAAAAAAA\n")...)
	if err := witnessed.put(newDesk(t, s).open()); err != nil {
		t.Fatal(err)
	}
	r := open(t, Config{Objects: &lateLists{s}, Name: "shared", Warn: func(string) {}})
	if err := h.put(r); err != nil {
		t.Errorf("want it taken for what it is, found %v", err)
	}
	if _, _, entries, err := r.Log(h.verifier, "signer-a"); err != nil || !bytes.Equal(entries, h.entries) {
		t.Errorf("want the log known here whatever lists say, found %v", err)
	}
}

// Who passes over what it cannot read, such as a list of what is to be stopped,
// hears of it at the end.
func TestARegistryThatWasAwayOnceSaysSoWhenItIsClosed(t *testing.T) {
	s := newStore(1, 1)
	r := newDesk(t, s).open()
	_, _ = r.Text(text.Identity(someText(1, 1)))
	s.faultRate = 0
	put(t, r, someText(1, 1))
	if err := r.Close(); !errors.Is(err, registry.ErrAway) {
		t.Errorf("want it told, found %v", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("want it told once, found %v", err)
	}
	if err := newDesk(t, s).open().Close(); err != nil {
		t.Errorf("want nothing told of a bucket that answered, found %v", err)
	}
}

// Signatures that could not be fetched are neither missing nor tampered with: a
// bundle without them would be made.
func TestAStoreThatIsAwayCostsNoSignature(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "somebody")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := sshsig.ParsePrivateKey(pem.EncodeToMemory(block), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(1, 0)
	r := newDesk(t, s).open()
	b := someText(1, 1)
	for _, n := range []string{"approve", "veto"} {
		armored, err := sshsig.Sign(signer, sshsig.NamespaceFor(n), b)
		if err == nil {
			_, err = r.PutSignature(text.Identity(b), armored)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const want = "left out 2 signatures by a key that policy 0 does not list"
	s.faultRate = 0.3
	for range 100 {
		r := open(t, Config{Objects: s, Name: "shared", Warn: func(string) {}})
		_, notes, err := r.SignatureFiles(&policy.Policy{}, text.Identity(b), "x")
		if err == nil && !slices.Equal(notes, []string{want}) || err != nil && !errors.Is(err, registry.ErrAway) {
			t.Fatalf("want both signatures looked at or the store away, found %q, %v", notes, err)
		}
	}
}
