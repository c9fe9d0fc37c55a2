package backup_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"strongroom/backup"
	"strongroom/quorum/text"
)

// planted signs, with the maker's key, another number 1 for headers that nobody has,
// until its hash is lower than another's.
func planted(t *testing.T, signed backup.Signed, below text.Hash, salt byte) backup.SignedRewrap {
	t.Helper()
	for n := 0; ; n++ {
		x := overManifest(signed, salt)
		x.Made = start.Add(time.Duration(n) * time.Second)
		s, err := backup.SignRewrap(x, newSigner(t, 9))
		if err != nil {
			t.Fatal(err)
		}
		if below.IsZero() || s.ID().String() < below.String() {
			return s
		}
	}
}

// overManifest is a re-wrap of a snapshot to headers that nobody has.
func overManifest(signed backup.Signed, salt byte) backup.Rewrap {
	m := signed.Manifest()
	x := backup.Rewrap{Place: m.Place, Manifest: text.Identity(signed.Bytes()), Number: 1, Policy: text.Hash{1}, Approval: text.Hash{2}, Made: start, Recipients: m.Recipients, Maker: "backup-job"}
	for i, g := range m.Segments {
		r := backup.Rewrapped{Payload: g.Name}
		for k, h := range g.Headers {
			r.Old = append(r.Old, h.Name)
			r.Headers = append(r.Headers, backup.HeaderName(g.Name, k+1, []byte{salt, byte(i)}))
		}
		x.Segments = append(x.Segments, r)
	}
	return x
}

// Whoever has a maker's key signs a second number 1 with a lower hash. Who came by the
// genuine one opens the snapshot all the same, and its headers are locked and kept.
func TestARivalRewrapShutsNobodyOut(t *testing.T) {
	signed, store, x, headers := forKate(t)
	store.locks = true
	until := start.AddDate(0, 0, 35)
	if err := backup.PutRewrap(t.Context(), targets(store)[0], x, backup.Kit{}, headers, until); err != nil {
		t.Fatal(err)
	}
	rival := planted(t, signed, x.ID(), 1)
	alice, kate := identity(t, 1), identity(t, 5)
	for name, own := range map[string][]text.Hash{"made elsewhere": nil, "made here": {{}, x.ID()}} {
		with, odd := signed.With([]backup.SignedRewrap{rival, x}, own...)
		if len(odd) != 0 || len(with.AllRewraps()) != 2 || len(with.Ways()) != 3 {
			t.Fatalf("%s: want both, found %d and %q", name, len(with.AllRewraps()), odd)
		}
		decided := own != nil
		if rivals := with.Rivals(); (len(rivals) == 0) != decided || !decided && rivals[0].ID() != rival.ID() {
			t.Errorf("%s: found %d rivals", name, len(rivals))
		}
		if followed := with.Rewraps(); len(followed) != 1 || (followed[0].ID() == x.ID()) != decided {
			t.Errorf("%s: want what this home made followed, or the first by hash, found %v", name, followed[0].ID())
		}
		check := backup.Checking{Level: backup.V4, Store: "one", Now: time.Now}
		if v, err := backup.VerifyOpened(t.Context(), store, with, check, nil, alice, kate); err != nil || v.Level != backup.V4 {
			t.Errorf("%s: want V4 for who came, found %s, %v", name, v.Level, err)
		}
		later := until.AddDate(0, 0, 7)
		e, err := backup.ExtendLocks(t.Context(), store, []backup.Signed{with}, []backup.Signed{with}, later)
		if err != nil || len(e.Closed) != 8 {
			t.Errorf("%s: want what is not there told and no failure, found %v, %v", name, e.Closed, err)
		}
		for h := range headers {
			if got := untilOf(store, h); !got.Equal(later) {
				t.Errorf("%s: %s: want it locked until %v, found %v", name, h, later, got)
			}
		}
		orphans, _, err := backup.Orphans(t.Context(), store, []backup.Signed{with}, later.AddDate(0, 0, 1), nil, nil)
		if err != nil || len(orphans) != 0 {
			t.Errorf("%s: want nothing named to the owner, found %v, %v", name, orphans, err)
		}
		until = later
	}
}

// A flood of planted ones leaves what this home knows, and says what it left out.
func TestAFloodOfRewrapsPushesNoneOutThatIsKnown(t *testing.T) {
	signed, _, x, _ := forKate(t)
	with, _ := signed.With([]backup.SignedRewrap{x})
	groups := backup.Layers{{recipient(t, "alice", 1)}, {recipient(t, "erin", 7)}}
	next, err := wrapOver(t, with, groups)
	if err != nil {
		t.Fatal(err)
	}
	list := []backup.SignedRewrap{next, x} // as who knows them lists them, in any order
	for n := range 120 {
		list = append(list, planted(t, signed, text.Hash{}, byte(n)))
	}
	got, odd := signed.With(list)
	if len(got.AllRewraps()) != 100 || len(odd) != 22 || !strings.Contains(odd[0], "rewrap: want at most 100 of one snapshot, found more") {
		t.Errorf("want 100 and the rest told, found %d and %d, %q first", len(got.AllRewraps()), len(odd), odd[:min(1, len(odd))])
	}
	for _, genuine := range []backup.SignedRewrap{x, next} {
		if _, ok := got.AsOf(genuine.ID()); !ok {
			t.Errorf("want number %d kept, found it pushed out", genuine.Rewrap().Number)
		}
	}
}

// wrapOver signs a re-wrap over the one that is followed, for headers that nobody has.
func wrapOver(t *testing.T, with backup.Signed, groups backup.Layers) (backup.SignedRewrap, error) {
	t.Helper()
	x := overManifest(with, 200)
	last := with.Rewraps()[len(with.Rewraps())-1]
	x.Number, x.Previous = last.Rewrap().Number+1, last.ID()
	for i, g := range with.Opens().Segments {
		for k, h := range g.Headers {
			x.Segments[i].Old[k] = h.Name
		}
	}
	lines, err := groups.Lines()
	if err != nil {
		t.Fatal(err)
	}
	x.Recipients = lines
	return backup.SignRewrap(x, newSigner(t, 9))
}

// What hangs on one branch has no say about another: each opens as its own text says,
// and each can be taken by itself.
func TestASnapshotAsOneRewrapHasIt(t *testing.T) {
	signed, _, x, _ := forKate(t)
	rival := planted(t, signed, x.ID(), 1)
	with, _ := signed.With([]backup.SignedRewrap{x}, x.ID())
	next, err := wrapOver(t, with, backup.Layers{{recipient(t, "alice", 1)}, {recipient(t, "erin", 7)}})
	if err != nil {
		t.Fatal(err)
	}
	all, odd := signed.With([]backup.SignedRewrap{rival, next, x})
	if len(odd) != 0 || len(all.Ways()) != 4 || len(all.Rivals()) != 2 || all.Rivals()[0].ID() != next.ID() {
		t.Fatalf("want the two ends told, the highest number first, found %d ways, %q", len(all.Ways()), odd)
	}
	for name, c := range map[string]struct {
		of    text.Hash
		line  int
		first string
	}{
		"the end":      {next.ID(), 2, next.Rewrap().Segments[0].Headers[0].Name},
		"the one over": {x.ID(), 1, x.Rewrap().Segments[0].Headers[0].Name},
		"the rival":    {rival.ID(), 1, rival.Rewrap().Segments[0].Headers[0].Name},
		"the manifest": {text.Hash{}, 0, signed.Manifest().Segments[0].Headers[0].Name},
	} {
		as, ok := all.AsOf(c.of)
		if !ok || len(as.Rewraps()) != c.line || len(as.Beside()) != 0 || as.Opens().Segments[0].Headers[0].Name != c.first || len(as.Ways()) != c.line+1 {
			t.Errorf("%s: want %d re-wraps and %s, found %d, %s", name, c.line, c.first, len(as.Rewraps()), as.Opens().Segments[0].Headers[0].Name)
		}
	}
	if _, ok := all.AsOf(text.Hash{7}); ok {
		t.Error("want one that the snapshot does not have refused, found it taken")
	}
	// A home that made the snapshot and none of these follows its own headers.
	own, _ := signed.With([]backup.SignedRewrap{x, rival}, text.Hash{})
	if own.Opens().Segments[0].Headers[0].Name != signed.Manifest().Segments[0].Headers[0].Name || len(own.Rivals()) != 0 || len(own.Beside()) != 2 {
		t.Error("want the home's own headers followed and the others beside them")
	}
}

// A re-wrap that names the manifest's own header with other bytes would have it locked
// and mended as something else.
func TestARewrapNamesNoHeaderOfTheManifestOtherwise(t *testing.T) {
	signed, store, x, _ := forKate(t)
	with, _ := signed.With([]backup.SignedRewrap{x})
	evil := overManifest(with, 3)
	evil.Number, evil.Previous = 2, x.ID()
	for i, g := range with.Opens().Segments {
		for k, h := range g.Headers {
			evil.Segments[i].Old[k] = h.Name
		}
	}
	own := signed.Manifest().Segments[0].Headers[0]
	evil.Segments[0].Headers[0] = backup.Header{Name: own.Name, Size: own.Size + 1, Sum: own.Sum}
	s, err := backup.SignRewrap(evil, newSigner(t, 9))
	if err != nil {
		t.Fatal(err)
	}
	want := "left out " + s.TextName() + ": rewrap: want " + own.Name + " as the manifest names it, found other bytes"
	if got, odd := signed.With([]backup.SignedRewrap{x, s}); len(got.AllRewraps()) != 1 || len(odd) != 1 || odd[0] != want {
		t.Errorf("want %q, found %q", want, odd)
	}
	// One that goes back to the manifest's headers, and says that they are for others,
	// accuses none of them.
	back := evil
	back.Segments = slices.Clone(evil.Segments)
	for i, g := range signed.Manifest().Segments {
		back.Segments[i].Headers = slices.Clone(g.Headers)
	}
	back.Recipients = []string{"1 mallory ssh-ed25519 " + strings.Fields(recipient(t, "mallory", 8).String())[2], back.Recipients[1]}
	if s, err = backup.SignRewrap(back, newSigner(t, 9)); err != nil {
		t.Fatal(err)
	}
	got, odd := signed.With([]backup.SignedRewrap{x, s})
	if len(odd) != 0 {
		t.Fatalf("found %q", odd)
	}
	v, err := backup.Verify(t.Context(), store, got, backup.Checking{Level: backup.V1, Now: ticking()})
	if err != nil || v.Lost() || v.Level != backup.V1 || v.Closed == nil {
		t.Errorf("want the copy good and the text told, found %v, %v, %v", v.Flaws, v.Closed, err)
	}
}

// Somebody with a maker's key names headers that nobody has, in one store. No copy is
// the worse for it, nothing that mends is kept from mending, and a store that is new
// gets the snapshot.
func TestAPlantedRewrapCondemnsNoCopy(t *testing.T) {
	signed, store := nested(t)
	evil := planted(t, signed, text.Hash{}, 1)
	if err := plantText(t, store, evil); err != nil {
		t.Fatal(err)
	}
	with, _ := signed.With([]backup.SignedRewrap{evil})
	clean := newMemory()
	mustShip(t, backup.Shipment{Signed: signed, From: []backup.Source{backup.FromStore(store)}, Level: backup.V1, Now: ticking()}, targets(clean))
	for name, s := range map[string]*memory{"where it lies": store, "elsewhere": clean} {
		for _, level := range []backup.Level{backup.V0, backup.V1, backup.V3} {
			v, err := backup.Verify(t.Context(), s, with, backup.Checking{Level: level, Now: ticking()})
			if err != nil || v.Level != level || v.Lost() || v.Closed == nil || len(with.Closed(v.Flaws)) != 1 {
				t.Errorf("%s: want %s and the re-wrap told, found %s, %v, %v", name, level, v.Level, v.Flaws, err)
			}
			x := backup.Result{Place: signed.Manifest().Place, Manifest: text.Identity(signed.Bytes()), Snapshot: 1, Store: "one", Asked: level, Program: "test", Verified: start, Maker: "verifier"}
			if r, err := backup.SignResult(x.Take(v), newSigner(t, 9)); err != nil || r.Result().Level != level {
				t.Errorf("%s: want a result that says it is good, found %v", name, err)
			}
		}
		if made, err := backup.Repair(t.Context(), s, with, []backup.Source{backup.FromStore(clean)}, time.Time{}); err != nil {
			t.Errorf("%s: want no failure, found %q, %v", name, made, err)
		}
		v, err := backup.VerifyOpened(t.Context(), s, with, backup.Checking{Level: backup.V4, Now: time.Now}, nil, identity(t, 1), identity(t, 2))
		if err != nil || v.Level != backup.V4 {
			t.Errorf("%s: want V4, found %s, %v", name, v.Level, err)
		}
		var ours backup.Unopened
		if v, err := backup.VerifyOpened(t.Context(), s, with, backup.Checking{Level: backup.V4, Now: time.Now}, nil, identity(t, 9)); !errors.As(err, &ours) || v.Level != 0 || v.Lost() {
			t.Errorf("%s: want a stranger's key to open nothing, found %s, %v", name, v.Level, err)
		}
	}
	anew := newMemory()
	outcomes, err := backup.Ship(t.Context(), backup.Shipment{Signed: with, From: []backup.Source{backup.FromStore(store), backup.FromStore(clean)}, Level: backup.V3, Now: ticking()}, targets(anew))
	if err != nil || outcomes[0].Err != nil || outcomes[0].Verification.Level != backup.V3 || outcomes[0].Verification.Closed == nil {
		t.Errorf("want the copy whole and the rest told, found %+v, %v", outcomes, err)
	}
	if anew.only(signed.TextName()) == nil {
		t.Error("want the manifest put, found none")
	}
	// Real rot is what it was.
	damage := store.only(signed.Manifest().Segments[0].Name)
	damage.b = append([]byte{damage.b[0] ^ 1}, damage.b[1:]...)
	if v, err := backup.Verify(t.Context(), store, with, backup.Checking{Level: backup.V3, Now: ticking()}); !errors.Is(err, backup.ErrContent) || !v.Lost() || v.Level != 0 {
		t.Errorf("want the rot found, found %v, %v", v.Flaws, err)
	}
}

// plantText puts a re-wrap's text and signature and nothing else.
func plantText(t *testing.T, store *memory, x backup.SignedRewrap) error {
	t.Helper()
	for name, b := range map[string][]byte{x.TextName(): x.Bytes(), x.SignatureName(): x.Signature()} {
		if _, err := store.Put(t.Context(), name, backup.Whole(b), backup.Memory(b), time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// refusesOne is a store that lists an object and tells nothing of it, as of one that
// somebody put under a key of their own.
type refusesOne struct {
	*memory
	name string
}

func (r refusesOne) Versions(ctx context.Context, name string) ([]backup.Object, error) {
	if name == r.name {
		return nil, fmt.Errorf("%s: 400 Bad Request", name)
	}
	return r.memory.Versions(ctx, name)
}

// One that is over another's is of no use in a store that does not have that: it gets
// its text too.
func TestARewrapBringsWhatItIsOver(t *testing.T) {
	signed, store, x, headers := forKate(t)
	if err := backup.PutRewrap(t.Context(), targets(store)[0], x, backup.Kit{}, headers, start); err != nil {
		t.Fatal(err)
	}
	with, _ := signed.With([]backup.SignedRewrap{x})
	second, headers := wrapAnew(t, with, store, []byte{1, 5}, backup.Layers{{recipient(t, "alice", 1)}, {recipient(t, "bob", 2)}}, "backup-job", newSigner(t, 9))
	with, _ = signed.With([]backup.SignedRewrap{x, second})
	lacks := newMemory()
	to := targets(lacks)[0]
	if err := errors.Join(backup.PutLine(t.Context(), to, with, second, start), backup.PutRewrap(t.Context(), to, second, backup.Kit{}, headers, start)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{x.TextName(): x.Bytes(), x.SignatureName(): x.Signature(), second.TextName(): second.Bytes()} {
		if len(lacks.objects[name]) != 1 || !slices.Equal(lacks.only(name).b, want) {
			t.Errorf("%s: want it there, found %d", name, len(lacks.objects[name]))
		}
	}
}

// What a store keeps back of a re-wrap ends no verification, and no extension.
func TestARewrapThatAStoreKeepsBackAccusesNoCopy(t *testing.T) {
	signed, store, x, headers := forKate(t)
	if err := backup.PutRewrap(t.Context(), targets(store)[0], x, backup.Kit{}, headers, start); err != nil {
		t.Fatal(err)
	}
	with, _ := signed.With([]backup.SignedRewrap{x})
	back := refusesOne{store, x.Rewrap().Segments[0].Headers[0].Name}
	v, err := backup.Verify(t.Context(), back, with, backup.Checking{Level: backup.V1, Now: ticking()})
	if err != nil || v.Level != backup.V1 || v.Closed == nil {
		t.Errorf("want it told, found %v, %v", v.Closed, err)
	}
	store.locks = true
	e, err := backup.ExtendLocks(t.Context(), back, []backup.Signed{with}, []backup.Signed{with}, start.AddDate(0, 0, 40))
	if err != nil || len(e.Closed) != 1 {
		t.Errorf("want it told, found %v, %v", e.Closed, err)
	}
	store.locks = false
	if made, err := backup.Repair(t.Context(), back, with, []backup.Source{backup.FromStore(store)}, time.Time{}); err != nil || len(made) != 0 {
		t.Errorf("repair: want no failure, found %q, %v", made, err)
	}
	anew := refusesOne{newMemory(), back.name}
	outcomes, err := backup.Ship(t.Context(), backup.Shipment{Signed: with, From: []backup.Source{backup.FromStore(store)}, Level: backup.V1, Now: ticking()}, targets(anew))
	if err != nil || outcomes[0].Err != nil || outcomes[0].Verification.Closed == nil || anew.only(with.TextName()) == nil {
		t.Errorf("a new store: want the copy whole and the rest told, found %+v, %v", outcomes, err)
	}
}

// The headers of a genuine re-wrap are mended from where they are.
func TestARewrapsHeadersAreRepaired(t *testing.T) {
	signed, store, x, headers := forKate(t)
	if err := backup.PutRewrap(t.Context(), targets(store)[0], x, backup.Kit{}, headers, start); err != nil {
		t.Fatal(err)
	}
	with, _ := signed.With([]backup.SignedRewrap{x})
	without := newMemory()
	mustShip(t, backup.Shipment{Signed: signed, From: []backup.Source{backup.FromStore(store)}, Level: backup.V1, Now: ticking()}, targets(without))
	made, err := backup.Repair(t.Context(), without, with, []backup.Source{backup.FromStore(store)}, time.Time{})
	if err != nil || len(made) != len(headers)+2 {
		t.Errorf("want %d objects made good, found %q, %v", len(headers)+2, made, err)
	}
	for _, id := range []age.Identity{identity(t, 2), identity(t, 5)} {
		if v, err := backup.VerifyOpened(t.Context(), without, with, backup.Checking{Level: backup.V4, Now: time.Now}, nil, identity(t, 1), id); err != nil || v.Closed != nil {
			t.Errorf("want V4, found %v, %v", v.Closed, err)
		}
	}
}

// A planted one that gives a genuine header's name other bytes, which lie in a store of
// the thief's, has nothing put over the right ones.
func TestRepairPutsNoRewrapOverAnother(t *testing.T) {
	signed, store, x, headers := forKate(t)
	if err := backup.PutRewrap(t.Context(), targets(store)[0], x, backup.Kit{}, headers, start); err != nil {
		t.Fatal(err)
	}
	evil := x.Rewrap()
	evil.Segments = slices.Clone(evil.Segments)
	h := evil.Segments[0].Headers[0]
	b := []byte("another header")
	sum := backup.Whole(b).Sum
	copy(sum[:], h.Sum[:8]) // a thief need not find such bytes: the store says what they are
	evil.Segments[0].Headers = append([]backup.Header{{Name: h.Name, Size: int64(len(b)), Sum: sum}}, evil.Segments[0].Headers[1:]...)
	planted, err := backup.SignRewrap(evil, newSigner(t, 9))
	if err != nil {
		t.Fatal(err)
	}
	with, odd := signed.With([]backup.SignedRewrap{x, planted})
	if len(odd) != 0 || len(with.Ways()) != 3 {
		t.Fatalf("want both, found %q", odd)
	}
	var asked []string
	thief := sourceOf(func(name string) { asked = append(asked, name) })
	if made, err := backup.Repair(t.Context(), mendable{store}, with, []backup.Source{thief}, time.Time{}); err != nil || len(made) != 2 {
		t.Errorf("want the planted text alone put, found %q, %v", made, err)
	}
	if len(asked) != 0 {
		t.Errorf("want nobody asked for other bytes of a header, found %q", asked)
	}
	if k := store.objects[h.Name]; len(k) != 1 {
		t.Errorf("want the right header as it was, found %d versions", len(k))
	}
	other := newMemory()
	mustShip(t, backup.Shipment{Signed: signed, From: []backup.Source{backup.FromStore(store)}, Level: backup.V1, Now: ticking()}, targets(other))
	if err := backup.PutRewrap(t.Context(), targets(other)[0], x, backup.Kit{}, headers, start); err != nil {
		t.Fatal(err)
	}
	rot(store, h.Name)
	if made, err := backup.Repair(t.Context(), mendable{store}, with, []backup.Source{thief, backup.FromStore(other)}, time.Time{}); err != nil || !slices.Contains(made, h.Name) {
		t.Errorf("want what rotted made good all the same, found %q, %v", made, err)
	}
	// Whoever made one takes none that means other bytes by its names.
	want := "left out " + planted.TextName() + ": rewrap: want " + h.Name + " as one of our own names it, found other bytes"
	if with, odd := signed.With([]backup.SignedRewrap{x, planted}, x.ID()); len(with.AllRewraps()) != 1 || len(odd) != 1 || odd[0] != want {
		t.Errorf("want %q, found %q", want, odd)
	}
}

// Where nothing decides which of two is followed, the page of each counts; and each is
// locked for as long as its headers.
func TestThePageOfARivalIsFoundAndKept(t *testing.T) {
	old, genuine, _, page, store := wrappedWithKits(t)
	made := genuine.Rewraps()[0]
	rival := planted(t, old, made.ID(), 1)
	with, odd := old.With([]backup.SignedRewrap{rival, made})
	if len(odd) != 0 || with.Rewraps()[0].ID() != rival.ID() {
		t.Fatalf("want the rival first, found %q", odd)
	}
	if k, _, err := backup.FindKit(t.Context(), store, with); err != nil || k.Name() != page.Name() {
		t.Errorf("want %s, found %s, %v", page.Name(), k.Name(), err)
	}
	store.locks = true
	long := start.AddDate(0, 0, 135)
	if _, err := backup.ExtendLocks(t.Context(), store, []backup.Signed{with}, []backup.Signed{with}, long); err != nil {
		t.Fatal(err)
	}
	if got := untilOf(store, page.Name()); !got.Equal(long) {
		t.Errorf("want the page locked until %v, found %v", long, got)
	}
	// Where this home made one, only its page will do.
	decided, _ := old.With([]backup.SignedRewrap{rival, made}, rival.ID())
	if k, _, err := backup.FindKit(t.Context(), store, decided); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want no page of what is followed, found %s, %v", k.Name(), err)
	}
}

// sourceOf is a source that tells what it is asked for, and has nothing.
type sourceOf func(string)

func (s sourceOf) Bytes(_ context.Context, name string, _ backup.Content) (backup.Bytes, io.Closer, error) {
	s(name)
	return nil, nil, fs.ErrNotExist
}
