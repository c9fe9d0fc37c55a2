package backup_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"strongroom/backup"
	"strongroom/quorum/text"
)

// refusing is a key that does not come to try, as after a mistyped passphrase.
type refusing struct{ err error }

func (r refusing) Unwrap([]*age.Stanza) ([]byte, error) { return nil, r.err }

// unaccused wants an error that says nothing of a copy.
func unaccused(t *testing.T, what string, v backup.Verification, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want || errors.Is(err, backup.ErrContent) || v.Level != 0 || v.Lost() || len(v.Flaws) != 0 {
		t.Errorf("%s: want %q and no flaw, found %v, %s, %v", what, want, err, v.Level, v.Flaws)
	}
}

// A mistyped passphrase, a device that refuses, and keys for something else
// accuse no copy, at whichever layer they fail.
func TestWhatAKeyDoesWrongAccusesNoCopy(t *testing.T) {
	signed, store := nested(t)
	alice, bob, typo := identity(t, 1), identity(t, 2), refusing{errors.New("the passphrase is wrong")}
	g := signed.Manifest().Segments[0]
	check := backup.Checking{Level: backup.V4, Store: "one", Now: time.Now}
	for name, c := range map[string]struct {
		keys []age.Identity
		want string
	}{
		"of the outer layer": {[]age.Identity{typo, bob}, "verify: " + g.Headers[0].Name + ": the passphrase is wrong"},
		"of the inner layer": {[]age.Identity{alice, typo}, "verify: " + g.Headers[1].Name + ": the passphrase is wrong"},
		"none for the inner": {[]age.Identity{alice}, "verify: " + g.Headers[1].Name + ": identity did not match any of the recipients: incorrect identity for recipient block"},
	} {
		v, err := backup.VerifyOpened(t.Context(), store, signed, check, nil, c.keys...)
		var ours backup.Unopened
		if !errors.As(err, &ours) {
			t.Errorf("%s: want it told as what was brought, found %v", name, err)
		}
		unaccused(t, name, v, err, c.want)
	}
}

// Headers from a folder may be another's, or nothing at all.
func TestHeadersThatWereBroughtAccuseNoCopy(t *testing.T) {
	signed, store := nested(t)
	alice, bob := identity(t, 1), identity(t, 2)
	segments := signed.Manifest().Segments
	first, second := segments[0], segments[1]
	check := backup.Checking{Level: backup.V4, Store: "one", Now: time.Now}
	own := func(ctx context.Context, g backup.Segment) (backup.Headers, error) {
		return backup.FetchHeaders(ctx, store, g, alice)
	}
	if v, err := backup.VerifyOpened(t.Context(), store, signed, check, own, alice, bob); err != nil || v.Level != backup.V4 {
		t.Fatalf("want the right ones taken, found %s, %v", v.Level, err)
	}
	other, err := backup.FetchHeaders(t.Context(), store, second, alice)
	if err != nil {
		t.Fatal(err)
	}
	const either = ": the headers that were brought are another's, or the copy is no good, which V3 tells"
	for name, c := range map[string]struct {
		headers backup.Headers
		err     error
		want    string
		ours    bool
	}{
		"none":      {nil, errors.New("no such folder"), "verify: no such folder", true},
		"too few":   {other[:1], nil, "verify: " + first.Name + ": want 2 headers, found 1", true},
		"garbage":   {backup.Headers{[]byte("x"), []byte("x")}, nil, "verify: " + first.Headers[0].Name + ": ", true},
		"another's": {other, nil, "verify: " + first.Name + ": ", false},
	} {
		v, err := backup.VerifyOpened(t.Context(), store, signed, check, func(context.Context, backup.Segment) (backup.Headers, error) { return c.headers, c.err }, alice, bob)
		var ours backup.Unopened
		if errors.As(err, &ours) != c.ours || err == nil || !strings.HasPrefix(err.Error(), c.want) || !c.ours && !strings.HasSuffix(err.Error(), either) {
			t.Errorf("%s: want %q, found %v", name, c.want, err)
			continue
		}
		unaccused(t, name, v, err, err.Error())
	}
	k := store.only(first.Name)
	whole := k.b
	k.b = bytes.Clone(whole)
	k.b[len(whole)-5] ^= 1
	v, err := backup.VerifyOpened(t.Context(), lying{store}, signed, check, own, alice, bob)
	if err == nil || !strings.HasSuffix(err.Error(), either) {
		t.Errorf("a copy that is no good: want both told as possible, found %v", err)
	} else {
		unaccused(t, "a copy that is no good", v, err, err.Error())
	}
}

// A header of the copy's own that rotted behind a right checksum, and one that the
// maker signed and that is none, are flaws of that object, whatever the keys.
func TestAHeaderThatIsNoneIsItsOwnFlaw(t *testing.T) {
	alice, bob := identity(t, 1), identity(t, 2)
	check := backup.Checking{Level: backup.V4, Store: "one", Now: time.Now}
	for i, spoil := range []func([]byte) []byte{
		func(b []byte) []byte { return bytes.Replace(b, []byte("age-"), []byte("agf-"), 1) }, // the outer header is none
		func(b []byte) []byte { return append(bytes.Clone(b[:len(b)-1]), b[len(b)-1]^1) },    // the age file of the inner one does not open
		func(b []byte) []byte { return bytes.Replace(b, []byte("age-"), []byte("agf-"), 1) }, // nor is it one
	} {
		signed, store := nested(t)
		m := signed.Manifest()
		x := &m.Segments[0].Headers[min(i, 1)]
		k := store.only(x.Name)
		right := k.b
		k.b = spoil(right)
		v, err := backup.VerifyOpened(t.Context(), lying{store}, signed, check, nil, alice, bob)
		if want := []backup.Flawed{{Object: x.Name, Flaw: backup.Damaged}}; err == nil || v.Level != 0 || !slices.Equal(v.Flaws, want) {
			t.Errorf("%d, rotten: want %v, found %v, %v", i, want, v.Flaws, err)
		}
		x.Size, x.Sum = int64(len(k.b)), backup.Whole(k.b).Sum
		x.Name = x.Name[:strings.LastIndex(x.Name, "-")+1] + text.Hash(x.Sum).Short() + ".age"
		store.objects[x.Name] = []*kept{{b: k.b, c: backup.Whole(k.b)}}
		if signed, err = backup.SignManifest(m, newSigner(t, 9)); err != nil {
			t.Fatal(err)
		}
		for name, b := range map[string][]byte{signed.TextName(): signed.Bytes(), signed.SignatureName(): signed.Signature()} {
			store.objects[name] = []*kept{{b: b, c: backup.Whole(b)}}
		}
		v, err = backup.VerifyOpened(t.Context(), store, signed, check, nil, alice, bob)
		if want := []backup.Flawed{{Object: x.Name, Flaw: backup.Damaged}}; err == nil || !strings.HasPrefix(err.Error(), "verify: "+x.Name+": ") || v.Asked != backup.V4 || v.Level != 0 || !slices.Equal(v.Flaws, want) {
			t.Errorf("%d, signed: want %v, found %v, %v", i, want, v.Flaws, err)
		}
	}
}
