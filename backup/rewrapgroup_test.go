package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"strongroom/backup"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// forKate wraps the headers of nested for alice and kate, as officers do.
func forKate(t *testing.T) (backup.Signed, *memory, backup.SignedRewrap, map[string][]byte) {
	t.Helper()
	signed, store := nested(t)
	groups := backup.Layers{{recipient(t, "alice", 1)}, {recipient(t, "kate", 5)}}
	x, headers := wrapAnew(t, signed, store, []byte{1, 2}, groups, "backup-job", newSigner(t, 9))
	return signed, store, x, headers
}

// wrapAnew wraps the newest headers of a snapshot for other groups: by has whose
// key opens each layer.
func wrapAnew(t *testing.T, signed backup.Signed, store backup.Store, by []byte, groups backup.Layers, maker text.ID, signer sshsig.Signer) (backup.SignedRewrap, map[string][]byte) {
	t.Helper()
	return wrapAs(t, signed, store, by, groups, maker, signer, func([]backup.FileKey) {})
}

// wrapAs is wrapAnew after something was done to the keys.
func wrapAs(t *testing.T, signed backup.Signed, store backup.Store, by []byte, groups backup.Layers, maker text.ID, signer sshsig.Signer, with func([]backup.FileKey)) (backup.SignedRewrap, map[string][]byte) {
	t.Helper()
	x := backup.Rewrap{Place: signed.Manifest().Place, Manifest: text.Identity(signed.Bytes()), Number: 1, Policy: text.Hash{1}, Approval: text.Hash{2}, Made: start, Maker: maker}
	if made := signed.Rewraps(); len(made) > 0 {
		last := made[len(made)-1]
		x.Number, x.Previous = last.Rewrap().Number+1, last.ID()
	}
	var err error
	if x.Recipients, err = groups.Lines(); err != nil {
		t.Fatal(err)
	}
	headers := map[string][]byte{}
	for _, g := range signed.Opens().Segments {
		h, err := backup.FetchHeaders(t.Context(), store, g, identity(t, by[0]))
		if err != nil {
			t.Fatal(err)
		}
		r := backup.Rewrapped{Payload: g.Name}
		keys := make([]backup.FileKey, len(by))
		for i, label := range by {
			if keys[i], err = backup.OpenHeader(h[i], identity(t, label)); err != nil {
				t.Fatal(err)
			}
		}
		with(keys)
		for i, key := range keys {
			b, err := key.Wrap(groups[i])
			if err == nil && i == 1 {
				b, err = backup.WrapInner(b, groups[0])
			}
			if err != nil {
				t.Fatal(err)
			}
			is := backup.HeaderName(g.Name, i+1, b)
			r.Old, r.Headers = append(r.Old, g.Headers[i].Name), append(r.Headers, is)
			headers[is.Name] = b
		}
		x.Segments = append(x.Segments, r)
	}
	s, err := backup.SignRewrap(x, signer)
	if err != nil {
		t.Fatal(err)
	}
	return s, headers
}

func TestARewrapOpensForWhoCameAndThePayloadsStay(t *testing.T) {
	signed, store, x, headers := forKate(t)
	before := len(store.objects)
	to := targets(store)[0]
	if err := backup.PutRewrap(t.Context(), to, x, backup.Kit{}, headers, start); err != nil {
		t.Fatal(err)
	}
	if added := len(store.objects) - before; added != len(headers)+2 {
		t.Errorf("want %d objects more, found %d", len(headers)+2, added)
	}
	if err := backup.PutRewrap(t.Context(), to, x, backup.Kit{}, headers, start); err != nil {
		t.Errorf("again: %v", err)
	}
	with, odd := signed.With([]backup.SignedRewrap{x})
	if len(odd) != 0 {
		t.Fatalf("found %q", odd)
	}
	if v, err := backup.Verify(t.Context(), store, with, backup.Checking{Level: backup.V3, Now: ticking()}); err != nil || v.Level != backup.V3 {
		t.Errorf("verify: found %v, %v", v, err)
	}
	alice, bob, kate := identity(t, 1), identity(t, 2), identity(t, 5)
	for i, way := range with.Ways() {
		g := way.Segments[0]
		h, err := backup.FetchHeaders(t.Context(), store, g, alice)
		if err != nil {
			t.Fatal(err)
		}
		in, out := kate, bob
		if i == 1 {
			in, out = bob, kate
		}
		if err := backup.VerifyEnds(t.Context(), store, g, h, alice, in); err != nil {
			t.Errorf("way %d: %v", i, err)
		}
		if err := backup.VerifyEnds(t.Context(), store, g, h, alice, out); err == nil {
			t.Errorf("way %d: want it closed to the other, found it opened", i)
		}
	}
}

// V4 opens by the headers of the newest re-wrap, or by those before it.
func TestACopyIsOpenedByTheHeadersOfARewrap(t *testing.T) {
	signed, store, x, headers := forKate(t)
	if err := backup.PutRewrap(t.Context(), targets(store)[0], x, backup.Kit{}, headers, start); err != nil {
		t.Fatal(err)
	}
	with, _ := signed.With([]backup.SignedRewrap{x})
	alice, bob, kate := identity(t, 1), identity(t, 2), identity(t, 5)
	check := backup.Checking{Level: backup.V4, Store: "one", Now: time.Now}
	brought := func(_ context.Context, g backup.Segment) (h backup.Headers, err error) {
		return backup.FetchHeaders(t.Context(), store, g, alice)
	}
	for name, of := range map[string]backup.HeadersOf{"the copy's own": nil, "brought": brought} {
		for who, id := range map[string]age.Identity{"who came": kate, "who left": bob} {
			if v, err := backup.VerifyOpened(t.Context(), store, with, check, of, alice, id); err != nil || v.Level != backup.V4 {
				t.Errorf("%s, %s: want V4, found %s, %v", name, who, v.Level, err)
			}
		}
		var ours backup.Unopened
		if v, err := backup.VerifyOpened(t.Context(), store, with, check, of, alice, identity(t, 9)); !errors.As(err, &ours) || v.Level != 0 || v.Lost() {
			t.Errorf("%s, a stranger: want a word on the keys, found %s, %v", name, v.Level, err)
		}
	}
	ours, _ := signed.With([]backup.SignedRewrap{x}, text.Hash{}) // whoever made the snapshot follows its headers
	if v, err := backup.VerifyOpened(t.Context(), store, ours, check, nil, alice, bob); err != nil || v.Back != 0 {
		t.Errorf("want no newer headers told of than those that are followed, found %d, %v", v.Back, err)
	}
	var asked []string
	mistyped := func(_ context.Context, g backup.Segment) (backup.Headers, error) {
		asked = append(asked, g.Headers[0].Name)
		if len(asked) == 1 {
			return nil, fmt.Errorf("%s: %w", g.Headers[0].Name, fs.ErrNotExist)
		}
		return nil, errors.New("a passphrase that is wrong")
	}
	if _, err := backup.VerifyOpened(t.Context(), store, with, check, mistyped, alice); err == nil || err.Error() != "verify: a passphrase that is wrong" || len(asked) != 2 || asked[0] == asked[1] {
		t.Errorf("want both asked for and the mistake told, found %v, %q", err, asked)
	}
}

// Whoever signs for a maker may wrap another key. V4 condemns no copy by it, goes by
// the headers before it, and says so; the manifest's own are believed.
func TestARewrapOfAnotherKeyAccusesNoCopy(t *testing.T) {
	signed, store := nested(t)
	groups := backup.Layers{{recipient(t, "alice", 1)}, {recipient(t, "bob", 2), recipient(t, "kate", 5)}}
	x, headers := wrapAs(t, signed, store, []byte{1, 2}, groups, "backup-job", newSigner(t, 9), slices.Reverse)
	if err := backup.PutRewrap(t.Context(), targets(store)[0], x, backup.Kit{}, headers, start); err != nil {
		t.Fatal(err)
	}
	with, _ := signed.With([]backup.SignedRewrap{x})
	check := backup.Checking{Level: backup.V4, Store: "one", Now: time.Now}
	alice, bob, kate := identity(t, 1), identity(t, 2), identity(t, 5)
	if v, err := backup.VerifyOpened(t.Context(), store, with, check, nil, alice, bob); err != nil || v.Level != backup.V4 || v.Back != 1 || len(v.Flaws) != 0 {
		t.Errorf("want V4 by the headers before it, found %s, %d back, %v, %v", v.Level, v.Back, v.Flaws, err)
	}
	if v, err := backup.VerifyOpened(t.Context(), store, with, check, nil, alice, kate); !errors.Is(err, backup.ErrDisputed) || v.Lost() {
		t.Errorf("kate: want a word on the headers, found %v, %v", v.Flaws, err)
	}
	k := store.only(signed.Manifest().Segments[0].Name)
	k.b = bytes.Clone(k.b)
	k.b[len(k.b)-5] ^= 1
	if v, err := backup.VerifyOpened(t.Context(), lying{store}, with, check, nil, alice, bob); err == nil || !v.Lost() {
		t.Errorf("want the damage found, found %v, %v", v.Flaws, err)
	}
}

// Nor does it clear one: a payload under a key of the thief's own, beside which the
// store still tells the checksum of the real one, opens by the thief's headers and by
// those of the manifest does not.
func TestARewrapOfAnotherKeyClearsNoForgedPayload(t *testing.T) {
	p, store, other, folder := newPlan(t), newMemory(), newMemory(), os.DirFS(bigFolder(t))
	p.Layers = backup.Layers{{recipient(t, "alice", 1)}, {recipient(t, "bob", 2)}}
	signed := mustTake(t, folder, p).Signed
	mustShip(t, shipment(p, signed, backup.V1), targets(store))
	p.Spool, p.Index = newDir(t), backup.Index{}
	forged := mustTake(t, folder, p).Signed
	mustShip(t, shipment(p, forged, backup.V1), targets(other))
	alice, bob, at := identity(t, 1), identity(t, 2), 0
	x, headers := wrapAs(t, signed, store, []byte{1, 2}, p.Layers, "backup-job", newSigner(t, 9), func(keys []backup.FileKey) {
		real, forgedOne := signed.Manifest().Segments[at], forged.Manifest().Segments[at]
		if at++; real.Content.Size != forgedOne.Content.Size { // V1 sees that
			return
		}
		h, err := backup.FetchHeaders(t.Context(), other, forgedOne, alice)
		for i, id := range []age.Identity{alice, bob} {
			if err == nil {
				keys[i], err = backup.OpenHeader(h[i], id)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		store.only(real.Name).b = other.only(forgedOne.Name).b
	})
	if err := backup.PutRewrap(t.Context(), targets(store)[0], x, backup.Kit{}, headers, start); err != nil {
		t.Fatal(err)
	}
	with, _ := signed.With([]backup.SignedRewrap{x})
	for i, way := range with.Ways() {
		h, err := backup.FetchHeaders(t.Context(), store, way.Segments[0], alice)
		if err == nil {
			err = backup.VerifyEnds(t.Context(), lying{store}, way.Segments[0], h, alice, bob)
		}
		if thief := i == 0; thief != (err == nil) {
			t.Fatalf("way %d: want the thief's headers alone to open it, found %v", i, err)
		}
	}
	check := backup.Checking{Level: backup.V4, Store: "one", Now: time.Now}
	if v, err := backup.VerifyOpened(t.Context(), lying{store}, with, check, nil, alice, bob); !errors.Is(err, backup.ErrContent) || !v.Lost() {
		t.Errorf("want the forged payload found, found %s, %v, %v", v.Level, v.Flaws, err)
	}
}

func TestPutRewrapTakesNoOtherBytes(t *testing.T) {
	_, store, x, headers := forKate(t)
	before := len(store.objects)
	for name := range headers {
		headers[name] = []byte("another header")
	}
	if err := backup.PutRewrap(t.Context(), targets(store)[0], x, backup.Kit{}, headers, start); !errors.Is(err, backup.ErrContent) {
		t.Errorf("want other bytes refused, found %v", err)
	}
	if err := backup.PutRewrap(t.Context(), targets(store)[0], backup.SignedRewrap{}, backup.Kit{}, headers, start); err == nil || err.Error() != "rewrap: want a signed text, found none" {
		t.Errorf("want the zero value refused, found %v", err)
	}
	if len(store.objects) != before {
		t.Errorf("want nothing put, found %d objects more", len(store.objects)-before)
	}
}

// A maker who signs a text about headers that are for somebody else is found by
// every verification.
func TestVerifySeesAHeaderForSomebodyElse(t *testing.T) {
	signed, store, x, headers := forKate(t)
	text := x.Rewrap()
	text.Recipients[0] = "1 alice ssh-ed25519 " + strings.Fields(recipient(t, "alice", 7).String())[2]
	forged, err := backup.SignRewrap(text, newSigner(t, 9))
	if err != nil {
		t.Fatal(err)
	}
	if err := backup.PutRewrap(t.Context(), targets(store)[0], forged, backup.Kit{}, headers, start); err != nil {
		t.Fatal(err)
	}
	with, _ := signed.With([]backup.SignedRewrap{forged})
	v, err := backup.Verify(t.Context(), store, with, backup.Checking{Level: backup.V1, Now: ticking()})
	if err != nil || v.Level != backup.V1 || v.Closed == nil || !strings.Contains(v.Closed.Error(), "want parts for its 1 recipients and nobody else") || len(with.Closed(v.Flaws)) != 1 {
		t.Errorf("want it found and the copy good, found %v, %v", v.Closed, err)
	}
	for name := range headers {
		delete(store.objects, name)
		break
	}
	with, _ = signed.With([]backup.SignedRewrap{x})
	if v, err := backup.Verify(t.Context(), store, with, backup.Checking{Level: backup.V0, Now: ticking()}); err != nil || !errors.Is(v.Closed, os.ErrNotExist) {
		t.Errorf("want the missing header told, found %v, %v", v.Closed, err)
	}
}

func TestCheckGroupComparesPartsWithRecipients(t *testing.T) {
	alice, kate := recipient(t, "alice", 1), recipient(t, "kate", 5)
	plain, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	bob, err := backup.ParseRecipient("bob", plain.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	plugin, err := backup.PluginRecipient("carol", "age1rehearsal1qqqq", plain.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	lines := func(group ...backup.Recipient) []string {
		t.Helper()
		out, err := backup.Layers{group}.Lines()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	wrap := func(group ...backup.Recipient) []byte {
		t.Helper()
		b, err := backup.WrapInner([]byte("a header"), group)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		name string
		file []byte
		want []string
		good bool
	}{
		{"as it is", wrap(alice, bob), lines(alice, bob), true},
		{"a plugin's", wrap(alice, plugin), lines(alice, plugin), true},
		{"another ssh key", wrap(kate, bob), lines(alice, bob), false},
		{"one more", wrap(alice, bob, kate), lines(alice, bob), false},
		{"one less", wrap(alice), lines(alice, bob), false},
		{"the plugin missing", wrap(alice), lines(alice, plugin), false},
		{"another kind", wrap(alice, kate), lines(alice, bob), false},
		{"nobody", wrap(alice), nil, false},
		{"no header", []byte("payload"), lines(alice), false},
		{"no line of a manifest", wrap(alice), []string{"1 alice"}, false},
	} {
		if err := backup.CheckGroup(c.file, c.want); (err == nil) != c.good {
			t.Errorf("%s: want %t, found %v", c.name, c.good, err)
		}
	}
}

func TestAGroupsNameIsItsRecipients(t *testing.T) {
	alice, kate := recipient(t, "alice", 1), recipient(t, "kate", 5)
	name := func(layer int, group ...backup.Recipient) string {
		t.Helper()
		s, err := backup.RewrapTo(layer, group)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	one := name(1, alice, kate)
	if one != name(1, kate, alice) {
		t.Error("want the order of no matter, found another name")
	}
	if sum := text.Identity([]byte("1 " + alice.String() + "\n1 " + kate.String() + "\n")); one != "age1rewrap1"+sum.String() {
		t.Errorf("want the SHA-256 of the lines, %s, found %s", sum, one)
	}
	for what, other := range map[string]string{"another layer": name(2, alice, kate), "one less": name(1, alice), "another person": name(1, recipient(t, "bob", 1), kate)} {
		if other == one {
			t.Errorf("%s: want another name, found the same", what)
		}
	}
	if _, err := backup.ParseRecipient("alice", one); err == nil {
		t.Error("want a group's name to be nobody's key, found a recipient")
	}
	if _, err := backup.RewrapTo(1, nil); err == nil {
		t.Error("want nobody refused, found a name")
	}
	if !backup.IsRewrapTo(one) || backup.IsRewrapTo("age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq") {
		t.Error("want groups told from keys, found otherwise")
	}
}

// What a re-wrap added is locked as a snapshot is, and its lock is made longer
// with it.
func TestTheKeeperExtendsWhatARewrapAdded(t *testing.T) {
	signed, store, x, headers := forKate(t)
	store.locks = true
	until := start.AddDate(0, 0, 35)
	if err := backup.PutRewrap(t.Context(), targets(store)[0], x, backup.Kit{}, headers, until); err != nil {
		t.Fatal(err)
	}
	with, _ := signed.With([]backup.SignedRewrap{x})
	added := []string{x.TextName(), x.SignatureName()}
	for name := range headers {
		added = append(added, name)
	}
	locked := func(want time.Time) {
		t.Helper()
		for _, name := range added {
			if o := store.only(name); !o.until.Equal(want) {
				t.Errorf("%s: want it locked until %s, found %s", name, want, o.until)
			}
		}
	}
	locked(until)
	later := until.AddDate(0, 0, 7)
	if _, err := backup.ExtendLocks(t.Context(), store, []backup.Signed{with}, []backup.Signed{with}, later); err != nil {
		t.Fatal(err)
	}
	locked(later)
	lapsed, err := backup.Lapsed(t.Context(), store, nil, []backup.Signed{with}, later.AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	for _, o := range lapsed {
		if _, ok := headers[o.Name]; ok {
			names++
		}
	}
	if names != len(headers) {
		t.Errorf("want %d added headers let go with their snapshot, found %d", len(headers), names)
	}
}
