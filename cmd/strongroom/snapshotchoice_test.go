package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/custody"
	"strongroom/custody/headers"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// firstManifest is a whole manifest, for others to be made of.
func firstManifest(t *testing.T) backup.Manifest {
	t.Helper()
	sum, payload := strings.Repeat("a", 64), strings.Repeat("0", 32)
	composite := text.Identity(bytes.Repeat([]byte{0xaa}, 32)).String()
	m, err := backup.ParseManifest([]byte("strongroom/manifest@v1\nvault acme-treasury\nchain regtest\nnumber 1\nprevious " + strings.Repeat("0", 64) + "\nblock 10 " + strings.Repeat("b", 64) +
		"\ntaken 2026-11-01T00:00:00Z rtc\nrecipient 1 alice ssh-ed25519 SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg\n" +
		"segment payload-" + payload + ".age-payload 5 " + sum + " 8388608 " + composite + " " + sum + "\n" +
		"header 1 header-" + payload + "-1-" + sum[:16] + ".age 219 " + sum + "\ncanary none\nsums " + sum + " 42\nlinks 0\nbytes 9\ntorn 0\nmaker backup-job\n"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// made is a snapshot behind another, changed.
func made(t *testing.T, s sshsig.Signer, before *snapshotCopy, change func(*backup.Manifest)) snapshotCopy {
	t.Helper()
	m := firstManifest(t)
	if before != nil {
		was := before.Manifest()
		m.Number, m.Previous, m.Taken, m.Block.Height = was.Number+1, before.id, was.Taken.AddDate(0, 0, 1), was.Block.Height+1
	}
	if change != nil {
		change(&m)
	}
	signed, err := backup.SignManifest(m, s)
	if err != nil {
		t.Fatal(err)
	}
	return snapshotCopy{Signed: signed, id: text.Identity(signed.Bytes()), on: []text.ID{"one"}}
}

func TestAPlantedSnapshotIsNotTakenForTheNewest(t *testing.T) {
	s := verifierKey(t)
	now := time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)
	one := made(t, s, nil, nil)
	two := made(t, s, &one, nil)
	three := made(t, s, &two, nil)
	fork := made(t, s, &one, func(m *backup.Manifest) { m.Contents.Torn = 5 })
	onFork := made(t, s, &fork, nil)
	stray := made(t, s, &three, func(m *backup.Manifest) { m.Number, m.Previous = 1_000_000_000, text.Hash{9} })
	ahead := made(t, s, &three, func(m *backup.Manifest) { m.Taken = now.AddDate(1, 0, 0) })
	onAhead := made(t, s, &ahead, func(m *backup.Manifest) { m.Taken = now })
	older := made(t, s, &three, func(m *backup.Manifest) { m.Taken = one.Manifest().Taken })
	lower := made(t, s, &three, func(m *backup.Manifest) { m.Block.Height = 1 })
	onLower := made(t, s, &lower, func(m *backup.Manifest) { m.Block.Height = 99 })
	for _, c := range []struct {
		name string
		list []snapshotCopy
		want []snapshotCopy
	}{
		{"one chain", []snapshotCopy{one, two, three}, []snapshotCopy{three}},
		{"its beginning is gone", []snapshotCopy{two, three}, []snapshotCopy{three}},
		{"the highest number, which follows nothing", []snapshotCopy{one, two, three, stray}, []snapshotCopy{three, stray}},
		{"a fork", []snapshotCopy{one, two, fork, three, onFork}, []snapshotCopy{three, onFork}},
		{"from a time to come", []snapshotCopy{one, two, three, ahead}, []snapshotCopy{three}},
		{"behind one from a time to come", []snapshotCopy{one, two, three, ahead, onAhead}, []snapshotCopy{three}},
		{"older than the one before it", []snapshotCopy{one, two, three, older}, []snapshotCopy{three}},
		{"of a lower block", []snapshotCopy{one, two, three, lower}, []snapshotCopy{three}},
		{"behind one of a lower block", []snapshotCopy{one, two, three, lower, onLower}, []snapshotCopy{three}},
		{"nothing but a time to come", []snapshotCopy{ahead}, nil},
	} {
		l := linked(c.list, noHeaders(t), now)
		if got := l.ends(); madeIDs(got) != madeIDs(c.want) {
			t.Errorf("%s: want %s, found %s", c.name, madeIDs(c.want), madeIDs(got))
		}
	}
}

// noHeaders is a chain of which no header is known.
func noHeaders(t *testing.T) *headers.Chain {
	t.Helper()
	c, err := headers.New(custody.Regtest, signertest.NewChain(t, 0).Headers.Origin(), headers.MaxReorg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whoever plants a snapshot cannot name a block that is not there, where the desk
// has headers.
func TestASnapshotOfABlockThatIsNotThereIsLeftOut(t *testing.T) {
	s, chain := verifierKey(t), signertest.NewChain(t, 3).Headers
	tip, _ := chain.Tip()
	at := func(hash text.Hash, height uint32) func(*backup.Manifest) {
		return func(m *backup.Manifest) { m.Block = backup.Block{Height: height, Hash: hash} }
	}
	real := made(t, s, nil, at(text.Hash(tip.Hash), tip.Height))
	false1 := made(t, s, &real, at(text.Hash{9}, tip.Height))
	later := made(t, s, &real, at(text.Hash{9}, tip.Height+1)) // which nobody here can tell
	now := later.Manifest().Taken
	for _, c := range []struct{ list, want []snapshotCopy }{
		{[]snapshotCopy{real, false1}, []snapshotCopy{real}},
		{[]snapshotCopy{real, later}, []snapshotCopy{later}},
	} {
		if got := linked(c.list, chain, now).ends(); madeIDs(got) != madeIDs(c.want) {
			t.Errorf("want %s, found %s", madeIDs(c.want), madeIDs(got))
		}
	}
}

// A restored home goes on behind the snapshots of the vault. Two manifests with the last
// numbers, signed with a stolen key, would end its backups for good.
func TestAPlantedPairDoesNotEndTheNumbers(t *testing.T) {
	s := verifierKey(t)
	one := made(t, s, nil, nil)
	two := made(t, s, &one, nil)
	three := made(t, s, &two, nil)
	four := made(t, s, &three, nil)
	stray := made(t, s, &two, func(m *backup.Manifest) { m.Number, m.Previous = 999_999_999, text.Hash{9} })
	onStray := made(t, s, &stray, nil)
	later := made(t, s, &four, func(m *backup.Manifest) { m.Number = 501 })
	onLater := made(t, s, &later, nil)
	onOnLater := made(t, s, &onLater, nil)
	for _, c := range []struct {
		name string
		list []snapshotCopy
		want snapshotCopy
	}{
		{"one chain", []snapshotCopy{one, two, three}, three},
		{"a planted pair", []snapshotCopy{one, two, stray, onStray}, two},
		{"a planted one", []snapshotCopy{one, stray}, one},
		{"one is missing", []snapshotCopy{one, three, four}, four},
		{"the first are gone", []snapshotCopy{later, onLater, onOnLater}, onOnLater},
		{"the first are gone, and a planted pair", []snapshotCopy{later, onLater, onOnLater, stray, onStray}, onOnLater},
	} {
		if got := tip(c.list); got.Number != c.want.Manifest().Number {
			t.Errorf("%s: want it behind %d, found %d", c.name, c.want.Manifest().Number, got.Number)
		}
	}
}

func madeIDs(list []snapshotCopy) string {
	var out []string
	for _, c := range list {
		out = append(out, calledFor(c))
	}
	return strings.Join(out, " ")
}

// The clock of a desk may be the fault, and nothing is taken then.
func TestNothingIsTheNewestWhereAllIsFromATimeToCome(t *testing.T) {
	d := quiet(custody.Regtest, &bytes.Buffer{})
	d.world.Now = func() time.Time { return time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC) }
	c := made(t, verifierKey(t), nil, nil)
	_, err := d.theOne([]snapshotCopy{c}, linked([]snapshotCopy{c}, noHeaders(t), d.world.Now()).ends())
	want := "snapshot: want one that can be the newest, found none of 1 that was taken before now, 1990-01-01T00:00:00Z, behind the one before it: is the clock right?"
	if err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
}

// Whoever has a maker's key makes as many numbers 2 as he likes; a home's own
// comes first however they sort.
func TestTheHomesOwnComesBeforeAnotherOfItsNumber(t *testing.T) {
	s := verifierKey(t)
	one := made(t, s, nil, nil)
	two := made(t, s, &one, nil)
	one.own, two.own = true, true
	for i := range 8 {
		fork := made(t, s, &one, func(m *backup.Manifest) { m.Contents.Torn = uint64(i + 1) })
		for _, list := range [][]snapshotCopy{{one, two, fork}, {one, fork, two}} {
			if got := counted(list); madeIDs(got) != madeIDs([]snapshotCopy{one, two}) {
				t.Errorf("want the home's own, found %s", madeIDs(got))
			}
			if c, err := askedFor(list, snapshotWanted{number: 2}); err != nil || c.id != two.id {
				t.Errorf("want the home's own, found %v", err)
			}
		}
	}
}

func TestASnapshotIsAskedForByNumberOrManifest(t *testing.T) {
	for s, want := range map[string]string{"7": "7", "7-0123456789abcdef": "7-0123456789abcdef"} {
		var w snapshotWanted
		if err := w.Set(s); err != nil || w.String() != want {
			t.Errorf("%s: found %q %v", s, w.String(), err)
		}
	}
	for _, s := range []string{"", "0", "seven", "7-", "7-0123", "7-0123456789ABCDEF", "07", "1000000001", "-7", "7-0123456789abcdef0"} {
		var w snapshotWanted
		want := fmt.Sprintf("want a number, or N-MANIFEST with the first 16 digits of its manifest's hash, found %q", s)
		if err := w.Set(s); err == nil || err.Error() != want || w != (snapshotWanted{}) {
			t.Errorf("%s: want %q, found %v", s, want, err)
		}
	}
}
