package record

import (
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/text"
)

var testKey = [4]byte{0x1c, 0x3a, 0x5f, 0x77}

// sharesOf is a generation of 2 of 3 shares at one site.
func sharesOf(generation uint64) Shares {
	what := CeremonyReshare
	if generation == 1 {
		what = CeremonyMake
	}
	return Shares{what, hashOf("d"), hashOf("e"), testKey, generation, 1, []ShareGroup{{2, "north"}}, []Share{
		{1, 1, "alice", SealPassphrase, hashOf("a")}, {1, 2, "bob", SealHardware, hashOf("b")}, {1, 3, "kim", SealHybrid, hashOf("c")},
	}}
}

func goldenKeys() []golden {
	key := "fingerprint 1c3a5f77\ngeneration 1\n"
	return []golden{
		{KindShares, sharesOf(1), "ceremony make\nplan " + strings.Repeat("d", 64) + "\ntranscript " + strings.Repeat("e", 64) + "\n" + key + "groups 1\ngroup 2 north\nshare 1 1 alice passphrase " + strings.Repeat("a", 64) +
			"\nshare 1 2 bob hardware " + strings.Repeat("b", 64) + "\nshare 1 3 kim hybrid " + strings.Repeat("c", 64) + "\n"},
		{KindWiped, Wiped{"stick, Acme Z1, serial 77", "share of alice, generation 1", Purge, "blkdiscard 2.38.1 -s", "read back as zeros", "shredder of Oslo", []text.ID{"alice", "grace"}},
			"medium stick, Acme Z1, serial 77\nheld share of alice, generation 1\nmethod purge\ntool blkdiscard 2.38.1 -s\nverified read back as zeros\n" +
				"destination shredder of Oslo\nby alice\nby grace\n"},
		{KindIntegrity, Integrity{hashOf("a"), 3}, "root " + strings.Repeat("a", 64) + "\nchanged 3\n"},
		{KindAssessed, Assessed{hashOf("b"), 22, nil}, "findings " + strings.Repeat("b", 64) + "\npoints 22\nlack none\n"},
		{KindAssessed, Assessed{hashOf("b"), 22, []Lack{{"disk-encryption", true}, {"swap", false}}}, "findings " + strings.Repeat("b", 64) +
			"\npoints 22\nlack disk-encryption fail\nlack swap unknown\n"},
		{KindShareProven, ShareProven{testKey, 1, "kim"}, key + "holder kim\n"},
		{KindUnlock, Unlock{testKey, 1, []text.ID{"alice", "kim"}, "grace"}, key + "holder alice\nholder kim\nwitness grace\n"},
		{KindUnlock, Unlock{testKey, 1, []text.ID{"alice", "bob"}, ""}, key + "holder alice\nholder bob\nwitness none\n"},
		{KindUnlockFailed, UnlockFailed{testKey, 1, "bob", "wrong passphrase"}, key + "holder bob\nwhy wrong passphrase\n"},
	}
}

func keyed() []Body {
	return []Body{sharesOf(1), Key{testKey, "48h", hashOf("a"), "dice", "shares"}}
}

func TestLogsThatContradictTheirKeysAreRefused(t *testing.T) {
	later, stranger := sharesOf(3), sharesOf(2)
	stranger.Fingerprint = [4]byte{9}
	again := sharesOf(2)
	again.Ceremony = CeremonyMake
	unlock := Unlock{testKey, 1, []text.ID{"alice", "kim"}, ""}
	edit := func(change func(u *Unlock)) Unlock { u := unlock; change(&u); return u }
	for _, c := range []struct {
		attack string
		body   Body
		want   string
	}{
		{"shares anew of a key that was never made", stranger, "want generation 1 of key 09000000 next, found 2"},
		{"a generation left out", later, "want generation 2 of key 1c3a5f77 next, found 3"},
		{"a generation twice", sharesOf(1), "want generation 2 of key 1c3a5f77 next, found 1"},
		{"a key made a second time", again, "want a key made or imported once and then shared anew, found ceremony make for generation 2"},
		{"unlocked by one", edit(func(u *Unlock) { u.Holders = u.Holders[:1] }), "want holders who rebuild key 1c3a5f77 together, found 1 of them"},
		{"unlocked by a stranger", edit(func(u *Unlock) { u.Holders = []text.ID{"alice", "mallory"} }), "want a holder of generation 1 of key 1c3a5f77, found mallory"},
		{"unlocked by shares to come", edit(func(u *Unlock) { u.Generation = 2 }), "want one of the 1 generations of key 1c3a5f77, found 2"},
		{"unlocked by shares of nothing", edit(func(u *Unlock) { u.Generation = 0 }), "want one of the 1 generations of key 1c3a5f77, found 0"},
		{"a stranger's wrong entry", UnlockFailed{testKey, 1, "mallory", "x"}, "want a holder of generation 1 of key 1c3a5f77, found mallory"},
		{"a stranger's proof", ShareProven{testKey, 2, "alice"}, "want one of the 1 generations of key 1c3a5f77, found 2"},
	} {
		s, err := Fold(entriesOf(t, append(keyed(), c.body)...), custody.Regtest)
		if want := "log entry 2: " + c.want; s != nil || err == nil || err.Error() != want {
			t.Errorf("%s: want\n%s\nfound\n%v", c.attack, want, err)
		}
	}
}

func TestSharesThatNobodyCouldSplitAreRefused(t *testing.T) {
	for _, c := range []struct{ attack, old, new, want string }{
		{"more groups than there are", "groups 1", "groups 2", "line 17: want 1 to 1 groups that rebuild the key, found 2"},
		{"no group", "group 2 north\n", "", "line 16: want 1 to 0 groups that rebuild the key, found 1"},
		{"more shares than there are", "group 2 north", "group 4 north", "line 17: want 1 to 3 shares for group 1, found 4"},
		{"nobody needed", "group 2 north", "group 0 north", "line 17: want 1 to 3 shares for group 1, found 0"},
		{"a share of no group", "share 1 3 kim", "share 2 1 kim", "line 17: want shares of groups 1 to 1, found one of 2"},
		{"a share left out", "share 1 2 bob", "share 1 3 bob", "line 17: want share 2 of group 1 next, found 3"},
		{"two shares of one holder", "share 1 2 bob", "share 1 2 alice", "line 17: want one share a holder, found a second of alice"},
		{"an unknown ceremony", "ceremony make", "ceremony bake", `line 8: ceremony: want make, import or reshare, found "bake"`},
		{"an unknown seal", "kim hybrid", "kim envelope", `line 17: share: want passphrase, key, hybrid or hardware, found "envelope"`},
		{"a huge group", "group 2 north", "group 17 north", "line 14: group: want at most 16, found 17"},
	} {
		wantRefused(t, c.attack, strings.Replace(textOfKind(t, KindShares), c.old, c.new, 1), c.want)
	}
	two := sharesOf(1)
	two.Groups, two.Sites = 2, []ShareGroup{{1, "north"}, {1, "south"}}
	two.Shares[2].Group, two.Shares[2].Number = 2, 1
	if _, err := Fold(entriesOf(t, two, keyed()[1]), custody.Regtest); err != nil {
		t.Errorf("want two groups read, found %v", err)
	}
	if !two.Rebuilt([]text.ID{"bob", "kim"}) || two.Rebuilt([]text.ID{"alice", "bob"}) || (Shares{Groups: 1}).Rebuilt(nil) {
		t.Error("want one of each group to rebuild the key, and nothing less")
	}
}

func TestWrongEntriesCountUntilTheShareIsOpened(t *testing.T) {
	wrong := UnlockFailed{testKey, 1, "alice", "wrong passphrase"}
	for _, c := range []struct {
		after []Body
		want  int
	}{
		{nil, 3},
		{[]Body{UnlockFailed{testKey, 1, "bob", "x"}}, 3},
		{[]Body{Unlock{testKey, 1, []text.ID{"bob", "kim"}, ""}}, 3},
		{[]Body{Unlock{testKey, 1, []text.ID{"alice", "kim"}, ""}}, 0},
		{[]Body{ShareProven{testKey, 1, "alice"}, wrong}, 1},
	} {
		s, err := Fold(entriesOf(t, slices.Concat(keyed(), []Body{wrong, wrong, wrong}, c.after)...), custody.Regtest)
		if err != nil {
			t.Fatal(err)
		}
		if n := s.Failed(testKey, 1, "alice"); n != c.want {
			t.Errorf("%+v: want %d wrong entries, found %d", c.after, c.want, n)
		}
	}
	s, _ := Fold(entriesOf(t, append(keyed(), ShareProven{testKey, 1, "kim"})...), custody.Regtest)
	if p := s.Proven(testKey, 1, "kim"); len(p) != 1 || p[0].Height != 128 || len(s.Proven(testKey, 1, "bob")) > 0 {
		t.Errorf("want kim's share proven at block 128, found %v", p)
	}
	imported := sharesOf(1)
	imported.Ceremony = CeremonyImport
	if from, _ := Fold(entriesOf(t, sharesOf(1), imported, keyed()[1]), custody.Regtest); s.Imported(testKey) || !from.Imported(testKey) || from.Imported([4]byte{9}) {
		t.Error("want a key known as imported if a ceremony imported it")
	}
	if g := s.Shares(testKey); len(g) != 1 || len(g[0].Shares) != 3 {
		t.Errorf("want one generation of 3 shares, found %+v", g)
	}
}

func TestMediumsAreWipedInTheStandardsWords(t *testing.T) {
	wantRefused(t, "an invented method", strings.Replace(textOfKind(t, KindWiped), "method purge", "method scrub", 1),
		`line 10: method: want clear, purge or destroy, found "scrub"`)
	wantRefused(t, "wiped by nobody", strings.Replace(textOfKind(t, KindWiped), "by alice\nby grace\n", "", 1), "line 13: want at least one by line, found none")
}
