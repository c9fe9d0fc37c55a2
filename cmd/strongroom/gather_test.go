package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// asking is a store that counts what is read of it.
type asking struct {
	*dirstore.Store
	read []string
}

func (a *asking) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	a.read = append(a.read, o.Name)
	return a.Store.Open(ctx, o, offset, n)
}

func (a *asking) write(t *testing.T, name, content string) {
	t.Helper()
	if _, err := a.Put(t.Context(), name, backup.Whole([]byte(content)), backup.Memory(content), time.Time{}); err != nil {
		t.Fatal(err)
	}
}

func (a *asking) keep(t *testing.T, s backup.Signed) {
	t.Helper()
	a.write(t, s.SignatureName(), string(s.Signature()))
	a.write(t, s.TextName(), string(s.Bytes()))
}

func newAsking(t *testing.T) *asking {
	t.Helper()
	dir, err := durable.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return &asking{Store: dirstore.Open(dir)}
}

// looking is a look by somebody who knows some snapshots, and takes every maker.
func looking(known []backup.Signed, most int) *gathering {
	g := &gathering{name: "one", ours: func(backup.Manifest) error { return nil }, trusted: func(text.ID, sshsig.Key) bool { return true }, known: map[string]backup.Signed{}, most: most}
	for _, s := range known {
		g.known[s.TextName()] = s
	}
	return g
}

// chainOf is a chain of signed manifests.
func chainOf(t *testing.T, n int) []backup.Signed {
	t.Helper()
	spool, err := durable.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer spool.Close()
	signer := verifierKey(t)
	alice, err := backup.ParseRecipient("alice", signer.Key().String())
	if err != nil {
		t.Fatal(err)
	}
	plan := backup.Plan{Place: backup.Place{Vault: "acme-treasury", Chain: "regtest"}, Maker: "backup-job", Signer: signer,
		Layers: backup.Layers{{alice}}, Spool: spool, Rand: rand.Reader, Now: time.Now}
	var out []backup.Signed
	for range n {
		taken, err := backup.Take(t.Context(), fstest.MapFS{"a": {Data: []byte("a")}}, plan)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, taken.Signed)
		plan.Last = taken.Signed.Manifest()
	}
	return out
}

// What this home made costs no request but the list.
func TestOwnManifestsAreNotReadAgain(t *testing.T) {
	store, chain := newAsking(t), chainOf(t, 5)
	for _, s := range chain {
		store.keep(t, s)
	}
	g := looking(chain[:4], 10)
	if err := g.manifests(t.Context(), store); err != nil || len(g.found) != 5 {
		t.Fatalf("want five manifests, found %d, %v", len(g.found), err)
	}
	if want := []string{chain[4].TextName(), chain[4].SignatureName()}; !slices.Equal(store.read, want) {
		t.Errorf("want %q read alone, found %q", want, store.read)
	}
}

// Whoever may put can write names without end. They are read up to a bound, after
// what leads on from what is known and what leads back from what was found.
func TestJunkNamesDoNotStallTheLookAtAStore(t *testing.T) {
	store, chain := newAsking(t), chainOf(t, 5)
	for _, s := range slices.Concat(chain[:2], chain[3:]) {
		store.keep(t, s)
	}
	for n := range 40 {
		name := fmt.Sprintf("manifest-%06d-%016x", n+10, n)
		store.write(t, name+".bob.manifest.sig", "junk")
		store.write(t, name+".txt", "junk")
	}
	g := looking(chain[2:3], 7)
	err := g.manifests(t.Context(), store)
	var found []uint64
	for _, s := range g.found {
		found = append(found, s.Manifest().Number)
	}
	if !slices.Equal(found, []uint64{2, 1, 4, 5}) || len(store.read) != 8+7 {
		t.Errorf("want the chain back and on, and seven names in vain, found %v and %q", found, store.read)
	}
	want := "7 names like a manifest's were none, and 33 more were not looked at: whoever may put there wrote them; change the writer's credentials, and look for who has the owner's"
	if err == nil || err.Error() != want {
		t.Errorf("want %q, since nobody knows what else is there, found %v", want, err)
	}

	// What is unsigned is not read, and so many as they are they use up nothing.
	store = newAsking(t)
	for _, s := range chain {
		store.keep(t, s)
	}
	for n := range 40 {
		store.write(t, fmt.Sprintf("manifest-000001-%016x.txt", n), "junk")
	}
	g = looking(nil, 1)
	if err := g.manifests(t.Context(), store); err != nil || len(g.found) != 5 || len(store.read) != 10 {
		t.Errorf("want five manifests and nothing else read, found %d, %q, %v", len(g.found), store.read, err)
	}
}

// A keeper's home made no snapshot, so junk with low numbers is read before all that
// is real. What it found in an earlier look is not hidden by that.
func TestJunkNamesDoNotHideWhatAKeeperFoundBefore(t *testing.T) {
	store, chain := newAsking(t), chainOf(t, 3)
	for _, s := range chain {
		store.keep(t, s)
	}
	for n := range 10 {
		name := fmt.Sprintf("manifest-%06d-%016x", 1, n)
		store.write(t, name+".bob.manifest.sig", "junk")
		store.write(t, name+".txt", "junk")
	}
	for known, want := range map[int]string{0: "[]", 3: "[1 2 3]"} {
		g := looking(chain[:known], 5)
		err := g.manifests(t.Context(), store)
		var many tooMany
		if !errors.As(err, &many) {
			t.Errorf("want it told that names were not looked at, found %v", err)
		}
		var found []uint64
		for _, s := range g.found {
			found = append(found, s.Manifest().Number)
		}
		slices.Sort(found)
		if fmt.Sprint(found) != want {
			t.Errorf("of %d known: want %s, found %v", known, want, found)
		}
	}
}

// hanging is a store that answers nobody.
type hanging struct{ backup.Store }

func (hanging) Versions(ctx context.Context, _ string) ([]backup.Object, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Whoever presses ctrl-C while the stores are looked for waits for none.
func TestLookingForStoresEndsWithItsContext(t *testing.T) {
	d := quiet(custody.Regtest, &bytes.Buffer{})
	d.vault = "acme-treasury"
	ctx, stop := context.WithCancel(t.Context())
	stop()
	began := time.Now()
	stores := []namedStore{{name: "one", bucket: bucket{name: "b"}, store: hanging{}}}
	d.reachAll(ctx, stores)
	if err := stores[0].err; err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) || time.Since(began) > reachTime/2 {
		t.Errorf("want it ended at once, found %v after %s", err, time.Since(began))
	}
}

// flooded is a store that somebody filled with signed-looking names: junk under
// each of them, before all that is real.
type flooded struct {
	*asking
	names int
	read  map[string]bool
}

func (f *flooded) List(ctx context.Context, prefix string) ([]backup.Object, error) {
	out, err := f.asking.List(ctx, prefix)
	for n := range f.names {
		stem := fmt.Sprintf("manifest-000001-0000000%09x", n)
		out = append(out, backup.Object{Name: stem + ".bob.manifest.sig", Size: 4}, backup.Object{Name: stem + ".txt", Size: 4})
	}
	slices.SortStableFunc(out, func(a, b backup.Object) int { return strings.Compare(a.Name, b.Name) })
	return out, err
}

func (f *flooded) Versions(ctx context.Context, name string) ([]backup.Object, error) {
	if strings.HasPrefix(name, "manifest-000001-0000000") {
		f.read[name] = true
		return []backup.Object{{Name: name, Size: 4}}, nil
	}
	return f.asking.Versions(ctx, name)
}

func (f *flooded) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	if f.read[o.Name] {
		return io.NopCloser(strings.NewReader("junk")), nil
	}
	return f.asking.Open(ctx, o, offset, n)
}

// A home that knows nothing, as after a disaster, cannot tell what is real among
// more names than anybody reads. It ends, says so, and finds the snapshots as soon
// as somebody brings it one of them.
func TestAFloodOfNamesHidesSnapshotsFromAFreshHomeThatIsTold(t *testing.T) {
	store, chain := &flooded{asking: newAsking(t), names: maxForeignFresh + 500, read: map[string]bool{}}, chainOf(t, 3)
	for _, s := range chain {
		store.keep(t, s)
	}
	g := looking(nil, maxForeignFresh)
	var many tooMany
	err := g.manifests(t.Context(), store)
	if !errors.As(err, &many) || len(g.found) != 0 {
		t.Fatalf("want none found among the names, found %d, %v", len(g.found), err)
	}
	if len(store.read) != maxForeignFresh || len(store.asking.read) != 0 {
		t.Errorf("want %d names read and no more, found %d and %q", maxForeignFresh, len(store.read), store.asking.read)
	}
	want := "20000 names like a manifest's were none, and 503 more were not looked at: whoever may put there wrote them; change the writer's credentials, and look for who has the owner's"
	if string(many) != want || len(g.said) != maxListed+1 {
		t.Errorf("want %q behind %d names, found %q behind %d sentences", want, maxListed, many, len(g.said))
	}

	store.read = map[string]bool{}
	g = looking(chain[2:], maxForeign)
	if err := g.manifests(t.Context(), store); !errors.As(err, &many) || len(g.found) != 3 || len(store.read) != maxForeign {
		t.Errorf("want all three by the newest, and %d names in vain, found %d and %d, %v", maxForeign, len(g.found), len(store.read), err)
	}
}

// A store that answers, and takes too long for all that it has, keeps nobody waiting.
func TestALookThatTakesTooLongIsGivenUp(t *testing.T) {
	wait := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	if err, want := within(t.Context(), time.Millisecond, wait), "want an answer within 1ms, found none"; err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	if err := within(t.Context(), time.Hour, func(context.Context) error { return io.EOF }); err != io.EOF {
		t.Errorf("want its own error, found %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := within(ended, time.Hour, wait); err != context.Canceled {
		t.Errorf("want it ended, found %v", err)
	}
}

// What a keeper found is known the next time, as found and not as made: a home that
// made nothing takes nobody's snapshot for its own.
func TestAKeeperKeepsWhatItFound(t *testing.T) {
	dir, err := durable.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	d := quiet(custody.Regtest, &bytes.Buffer{})
	d.dir, d.vault = dir, "acme-treasury"
	var all []snapshotCopy
	for _, s := range chainOf(t, 3) {
		all = append(all, snapshotCopy{Signed: s, id: text.Identity(s.Bytes())})
	}
	all[0].own = true
	if err := d.keepFound(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	made, kept, err := d.gatherHome(t.Context(), func(text.ID, sshsig.Key) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	byID := map[text.Hash]*snapshotCopy{}
	made.into(byID, rewrapsOf{})
	kept.into(byID, rewrapsOf{})
	for i, c := range all {
		got := byID[c.id]
		if known := i > 0; (got != nil) != known || known && (!got.kept || got.own) {
			t.Errorf("snapshot %d: want it kept %v and not own, found %+v", i+1, known, got)
		}
	}
	if err := d.keepFound(t.Context(), all); err != nil { // nothing is in the way of the next look
		t.Error(err)
	}
}
