package backup_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
)

// mute is a store that lists a name and tells no more about it, such as an object
// that somebody encrypted with a key of his own. One that went away does not list
// either. It counts what it is asked.
type mute struct {
	*memory
	name  string
	gone  bool
	asked int
}

func (m *mute) Versions(ctx context.Context, name string) ([]backup.Object, error) {
	if name != m.name {
		return m.memory.Versions(ctx, name)
	}
	m.asked++
	return nil, errors.New(name + ": want success, the store answered 400 InvalidRequest")
}

func (m *mute) List(ctx context.Context, prefix string) ([]backup.Object, error) {
	if m.gone && m.asked > 0 {
		return nil, errors.New("connection refused")
	}
	return m.memory.List(ctx, prefix)
}

// besideKit is a name beside a page, of nobody's, with a signature's name.
func besideKit(store *memory, kit backup.Kit) string {
	flood(store, kit, 1, true)
	return kit.Name()[:strings.LastIndex(kit.Name(), "-")+1] + "0000000000000000.html"
}

// One PUT of what the store does not give back hides no page, makes no copy
// unverifiable and keeps no lock from being made longer.
func TestWhatTheStoreTellsNothingAboutHidesNoPage(t *testing.T) {
	p, signed, kit, store := withKit(t)
	junk := besideKit(store, kit)
	m := &mute{memory: store, name: junk}
	for _, known := range [][]string{nil, {kit.Name()}, {kit.Name(), junk}} {
		k, odd, err := backup.FindKit(t.Context(), m, signed, known...)
		if err != nil || k.Name() != kit.Name() || len(known) < 2 && !slices.Equal(odd, []string{junk}) {
			t.Errorf("known %v: want the page and %s told, found %q, %v, %v", known, junk, k.Name(), odd, err)
		}
		v, err := backup.Verify(t.Context(), m, signed, backup.Checking{Level: backup.V1, Known: known, Now: p.Now})
		if err != nil || v.Level != backup.V1 || v.Kit != kit.Name() {
			t.Errorf("known %v: want a good copy and its page, found %s, %q, %v", known, v.Level, v.Kit, err)
		}
	}
	list, until := []backup.Signed{signed}, start.AddDate(0, 0, 135)
	x, err := backup.ExtendLocks(t.Context(), m, list, list, until, kit.Name())
	if err != nil || len(x.Kits) != 1 || untilOf(store, kit.Name()) != until || untilOf(store, kit.SignatureName()) != until {
		t.Errorf("want the page locked until %v, found %v, %v", until, untilOf(store, kit.Name()), err)
	}
	if _, err := backup.Lapsed(t.Context(), m, nil, list, start); err != nil {
		t.Errorf("want what is let go listed all the same, found %v", err)
	}
}

// A known page that the store does not tell about is an error, and what was found
// beside it is locked nevertheless.
func TestAKnownPageThatIsNotToldAboutIsAnError(t *testing.T) {
	_, signed, kit, store := withKit(t)
	list, until := []backup.Signed{signed}, start.AddDate(0, 0, 135)
	junk := besideKit(store, kit)
	want := junk + ": want success, the store answered 400 InvalidRequest"
	_, err := backup.ExtendLocks(t.Context(), &mute{memory: store, name: junk}, list, list, until, kit.Name(), junk)
	if err == nil || err.Error() != want || untilOf(store, kit.Name()) != until {
		t.Errorf("want %q and the other page locked until %v, found %v, %v", want, until, err, untilOf(store, kit.Name()))
	}
	want = kit.Name() + ": want success, the store answered 400 InvalidRequest"
	if _, _, err := backup.FindKit(t.Context(), &mute{memory: store, name: kit.Name()}, signed, kit.Name()); err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	if _, odd, err := backup.FindKit(t.Context(), &mute{memory: store, name: kit.Name()}, signed); !errors.Is(err, fs.ErrNotExist) || !slices.Contains(odd, kit.Name()) {
		t.Errorf("unknown: want none and the name told, found %v, %v", odd, err)
	}
}

// A store that goes away is not taken for one with odd names, and not asked for
// each of them.
func TestAStoreThatGoesAwayIsNotAskedForEachPage(t *testing.T) {
	p, signed, kit, store := withKit(t)
	junk := besideKit(store, kit)
	m := &mute{memory: store, name: junk, gone: true}
	want := junk + ": want success, the store answered 400 InvalidRequest"
	if _, odd, err := backup.FindKit(t.Context(), m, signed); err == nil || err.Error() != want || slices.Contains(odd, junk) {
		t.Errorf("want %q and nothing told as odd, found %v, %v", want, odd, err)
	}
	m.asked = 0
	if v, err := backup.Verify(t.Context(), m, signed, backup.Checking{Level: backup.V1, Now: p.Now}); err == nil || v.Level != 0 || v.Lost() {
		t.Errorf("verify: want no word about the copy, found %s, %v, %v", v.Level, v.Flaws, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, odd, err := backup.FindKit(ctx, &mute{memory: store, name: junk}, signed); err == nil || slices.Contains(odd, junk) {
		t.Errorf("want the end of a command told as no odd name, found %v, %v", odd, err)
	}
}

func TestOrphansAreListedAroundWhatTheStoreTellsNothingAbout(t *testing.T) {
	_, signed, kit, store := withKit(t)
	for _, name := range []string{"a-orphan", "b-mute", "c-orphan"} {
		store.objects[name] = []*kept{{b: []byte("x"), c: backup.Whole([]byte("x"))}}
	}
	m := &mute{memory: store, name: "b-mute"}
	list, known := []backup.Signed{signed}, []string{kit.Name()}
	now := start.Add(time.Hour)
	got, more, err := backup.Orphans(t.Context(), m, list, now, known, nil)
	if err != nil || more != 1 || len(got) != 2 || got[0].Name != "a-orphan" || got[1].Name != "c-orphan" {
		t.Errorf("want both others and one not looked at, found %v, %d, %v", got, more, err)
	}
	m.gone, m.asked = true, 0
	got, _, err = backup.Orphans(t.Context(), m, list, now, known, nil)
	if want := "b-mute: want success, the store answered 400 InvalidRequest"; err == nil || err.Error() != want || len(got) != 1 {
		t.Errorf("away: want %q behind the first, found %v, %v", want, got, err)
	}
}
