package main

import (
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"strongroom/backup"
	"strongroom/custody/durable"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// A machine that stops at any step of keeping a result has a whole one: the one
// before, or the new one, and never a text that nobody signed.
func TestAWholeResultIsThereWheneverThePowerGoes(t *testing.T) {
	s := verifierKey(t)
	first, second := signedAt(t, s, time.Unix(1_800_000_000, 0)), signedAt(t, s, time.Unix(1_800_000_100, 0))
	rules := policy.Backup{Named: true, Makers: []policy.BackupMaker{{ID: "verifier", Key: s.Key().String()}}}
	stopped := errors.New("stopped")
	for n := 0; ; n++ {
		if n > 100 {
			t.Fatal("want an end, found none after 100 steps")
		}
		dir, err := durable.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if err := replaceResult(dir, first); err != nil {
			t.Fatal(err)
		}
		steps := 0
		err = replaceResult(dir.WithFault(func(durable.Op) error {
			if steps++; steps > n {
				return stopped
			}
			return nil
		}), second)
		whole := texts(t, dir)
		for _, name := range whole {
			// openResult gets as far as the snapshot, which nobody knows here
			_, bad := openResult(dir, name, rules, nil, nil)
			if want := "want one of a snapshot that is known here, found one of 0100000000000000"; bad == nil || bad.Error() != want {
				t.Errorf("step %d: %s: want %q, found %v", n, name, want, bad)
			}
		}
		if len(whole) == 0 {
			t.Errorf("step %d: want a whole result, found none", n)
		}
		if err == nil {
			if fmt.Sprint(whole) != fmt.Sprint([]string{second.TextName()}) {
				t.Errorf("want the new one alone, found %v", whole)
			}
			return
		}
	}
}

// Of two looks at the same time, whichever writes last, the later one stays, and a
// bad one is never gone without a later one in its place.
func TestTwoLooksAtOnceLeaveTheLaterOne(t *testing.T) {
	s := verifierKey(t)
	at := time.Unix(1_800_000_000, 0)
	bad := plainResult(at.Add(time.Minute))
	bad.Level, bad.Count, bad.Flaws = 0, 1, []backup.Flawed{{Object: "payload-1", Flaw: backup.Damaged}}
	later, err := backup.SignResult(bad, s)
	if err != nil {
		t.Fatal(err)
	}
	bad.Verified = at.UTC()
	alike, err := backup.SignResult(bad, s)
	if err != nil {
		t.Fatal(err)
	}
	good := signedAt(t, s, at)
	for _, c := range []struct {
		name string
		a, b backup.SignedResult
		want string
	}{
		{"bad is later", good, later, later.TextName()},
		{"good is later", alike, signedAt(t, s, at.Add(time.Second)), signedAt(t, s, at.Add(time.Second)).TextName()},
		{"one second", good, alike, alike.TextName()},
	} {
		for _, order := range [][2]backup.SignedResult{{c.a, c.b}, {c.b, c.a}} {
			dir, err := durable.Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			// both are written before either looks what it replaces
			for _, x := range order {
				if err := errors.Join(dir.WriteFile(x.SignatureName(), x.Signature()), dir.WriteFile(x.TextName(), x.Bytes())); err != nil {
					t.Fatal(err)
				}
			}
			for _, x := range order {
				if err := letGo(dir, x); err != nil {
					t.Fatal(err)
				}
			}
			if got := texts(t, dir); fmt.Sprint(got) != fmt.Sprint([]string{c.want}) {
				t.Errorf("%s: want %s alone, found %v", c.name, c.want, got)
			}
		}
	}
}

// A look after a repair is in a second of its own, so that it heals.
func TestALookHasASecondOfItsOwn(t *testing.T) {
	dir, err := durable.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, now := verifierKey(t), time.Unix(1_800_000_000, 990_000_000)
	clock := func() time.Time { now = now.Add(time.Millisecond * 20); return now.Add(-20 * time.Millisecond) }
	if at, err := ownSecond(dir, plainResult(now).Stem(), clock); err != nil || at.Unix() != 1_800_000_000 {
		t.Errorf("alone: want its second, found %v, %v", at, err)
	}
	now = time.Unix(1_800_000_000, 990_000_000)
	if err := replaceResult(dir, signedAt(t, s, time.Unix(1_800_000_000, 0))); err != nil {
		t.Fatal(err)
	}
	if at, err := ownSecond(dir, plainResult(now).Stem(), clock); err != nil || at.Unix() != 1_800_000_001 {
		t.Errorf("want the next second, found %v, %v", at, err)
	}
}

// Whose key the annex in force does not list has no say, whatever annexes before
// it said, and nobody speaks for another.
func TestAFormerMakersWordDoesNotCount(t *testing.T) {
	s := verifierKey(t)
	signed := signedAt(t, s, time.Unix(1_800_000_000, 0))
	dir, err := durable.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := replaceResult(dir, signed); err != nil {
		t.Fatal(err)
	}
	refused := "want a signature by a present key of verifier in annex backup, found " + s.Key().Fingerprint()
	const unknown = "want one of a snapshot that is known here, found one of 0100000000000000" // which is looked at after the signature
	for _, c := range []struct {
		name   string
		makers []policy.BackupMaker
		want   string
	}{
		{"present", []policy.BackupMaker{{ID: "verifier", Key: s.Key().String()}}, unknown},
		{"former", nil, refused},
		{"another's key", []policy.BackupMaker{{ID: "backup-job", Key: s.Key().String()}}, refused},
	} {
		_, err := openResult(dir, signed.TextName(), policy.Backup{Named: true, Makers: c.makers}, nil, nil)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

// Whoever copies results from the desk of a verifier to here keeps those that were
// removed there. They go when they are read, so that they never fill the folder.
func TestResultsThatAnotherComesAfterAreRemovedWhereTheyWereCopiedTo(t *testing.T) {
	s := verifierKey(t)
	dir, err := durable.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	auditor := plainResult(now.Add(-time.Hour))
	auditor.Maker = "auditor"
	of, err := backup.SignResult(auditor, s)
	if err != nil {
		t.Fatal(err)
	}
	first, second, ahead := signedAt(t, s, now.Add(-2*time.Second)), signedAt(t, s, now), signedAt(t, s, now.Add(2*maxAhead))
	all := []backup.SignedResult{ahead, second, first, of}
	for _, x := range all {
		if err := errors.Join(dir.WriteFile(x.TextName(), x.Bytes()), dir.WriteFile(x.SignatureName(), x.Signature())); err != nil {
			t.Fatal(err)
		}
	}
	left, err := dropSuperseded(dir, all, now)
	if err != nil || len(left) != 3 {
		t.Errorf("want three left, found %d, %v", len(left), err)
	}
	want := []string{ahead.TextName(), second.TextName(), of.TextName()}
	slices.Sort(want)
	if got := texts(t, dir); !slices.Equal(got, want) {
		t.Errorf("want %q, found %q", want, got)
	}
	if _, err := dir.ReadFile(first.SignatureName(), maxResultSignature); !missingFile(err) {
		t.Errorf("want its signature removed too, found %v", err)
	}
}

// A name that goes on where another maker's ends is not replaced by it.
func TestAResultReplacesItsOwnKindOnly(t *testing.T) {
	s := verifierKey(t)
	dir, err := durable.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_800_000_000, 0)
	for _, change := range []func(*backup.Result){
		func(x *backup.Result) { x.Maker = "verifier-two" },
		func(x *backup.Result) { x.Store = "two" },
		func(x *backup.Result) { x.Asked, x.Level = backup.V1, backup.V1 },
		func(x *backup.Result) { x.Probe.Canary = backup.CanaryOpened },
		func(x *backup.Result) { x.Manifest = text.Hash{2} },
		func(*backup.Result) {},
	} {
		x := plainResult(at)
		change(&x)
		signed, err := backup.SignResult(x, s)
		if err != nil {
			t.Fatal(err)
		}
		if err := replaceResult(dir, signed); err != nil {
			t.Fatal(err)
		}
	}
	if got := texts(t, dir); len(got) != 6 {
		t.Errorf("want six beside each other, found %v", got)
	}
}

// Nobody makes up the block that chooses a sample: not one of a height that the
// headers here have, and not one of a time that they have passed.
func TestASampleIsChosenByABlockOfTheHeaders(t *testing.T) {
	chain := signertest.NewChain(t, 3).Headers
	tip, _ := chain.Tip()
	last, _ := chain.At(tip.Height)
	mined := time.Unix(int64(last.Time()), 0)
	block := func(height uint32, hash headers.Hash) backup.Block {
		return backup.Block{Height: height, Hash: text.Hash(hash)}
	}
	before, _ := chain.PointAt(tip.Height - 1)
	for _, c := range []struct {
		name  string
		chain *headers.Chain
		block backup.Block
		at    time.Time
		want  bool
	}{
		{"the tip", chain, block(tip.Height, tip.Hash), mined.Add(time.Hour), true},
		{"one before it", chain, block(before.Height, before.Hash), mined.Add(time.Hour), true},
		{"made up", chain, block(tip.Height, headers.Hash{9}), mined.Add(time.Hour), false},
		{"another's height", chain, block(tip.Height, before.Hash), mined.Add(time.Hour), false},
		{"newer than these headers", chain, block(tip.Height+1, headers.Hash{9}), mined.Add(time.Second), true},
		{"not yet mined then", chain, block(tip.Height+1, headers.Hash{9}), mined, false},
		{"no headers", noHeaders(t), block(1, headers.Hash{9}), mined, true},
	} {
		if got := couldBeTip(c.chain, c.block, c.at); got != c.want {
			t.Errorf("%s: want %v, found %v", c.name, c.want, got)
		}
	}
}

func TestNotesThatNobodySignedAreTold(t *testing.T) {
	n := storeNotes{Proven: map[string]provenNote{"V1": {Snapshot: 3, At: "2026-11-21T20:00:00Z"}, "V3": {Snapshot: 2, At: "2026-11-20T20:00:00Z"}}}
	claim := []string{"V3 of snapshot 2, 2026-11-20T20:00:00Z: no signed result bears it out, so it does not count"}
	at := func(s string) time.Time {
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct {
		name string
		have proofs
		want []string
	}{
		{"nothing", nil, claim},
		{"signed", proofs{{backup.V3, 2, at("2026-11-20T19:59:00Z"), "verifier"}}, nil},
		{"signed for a lower level", proofs{{backup.V2, 2, at("2026-11-20T20:00:00Z"), "verifier"}}, claim},
		{"signed for an older snapshot", proofs{{backup.V3, 1, at("2026-11-20T20:00:00Z"), "verifier"}}, claim},
		{"signed long before", proofs{{backup.V3, 2, at("2026-11-19T20:00:00Z"), "verifier"}}, claim},
	} {
		if got := unsignedClaims(n, c.have); strings.Join(got, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s: want %q, found %q", c.name, c.want, got)
		}
	}
}

// What was read of a snapshot that does not count, such as one that another home
// made with a maker's key, proves nothing.
func TestASnapshotThatDoesNotCountProvesNothing(t *testing.T) {
	now := time.Unix(1_800_000_000, 0).UTC()
	signed := map[text.Hash]backup.Standing{{1}: {Reached: map[backup.Level]backup.SignedResult{backup.V3: signedAt(t, verifierKey(t), now)}}}
	in := statusInput{rules: policy.Backup{Named: true}, now: now, known: []snapshotCopy{{id: text.Hash{1}}}}
	if got := proofsOf(storeNotes{}, signed, storeStatus{}, in); len(got) != 0 {
		t.Errorf("want nothing, found %v", got)
	}
	in.good = in.known
	if got := proofsOf(storeNotes{}, signed, storeStatus{}, in); got.last(backup.V3, time.Unix(1<<40, 0)).at != now {
		t.Errorf("want what was read, found %v", got)
	}
}

// Bad news of a probe counts from anybody, good news when it is signed.
func TestAGoodProbeIsSigned(t *testing.T) {
	signed := plainResult(time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC))
	signed.Probe = backup.Probed{Canary: backup.CanaryOpened, Tried: 3}
	broken := signed
	broken.Probe.Broken = []text.ID{"lock"}
	for _, c := range []struct {
		name string
		note probeNote
		x    backup.Result
		want probeNote
	}{
		{"a note alone", probeNote{At: "2026-11-21T20:00:00Z", Good: true}, backup.Result{}, probeNote{}},
		{"signed", probeNote{At: "2026-11-21T23:00:00Z", Good: true}, signed, probeNote{At: "2026-11-21T20:00:00Z", Good: true}},
		{"bad news since", probeNote{At: "2026-11-21T23:00:00Z", Sentence: "x"}, signed, probeNote{At: "2026-11-21T23:00:00Z", Sentence: "x"}},
		{"bad news before", probeNote{At: "2026-11-21T19:00:00Z", Sentence: "x"}, signed, probeNote{At: "2026-11-21T20:00:00Z", Good: true}},
		{"signed bad news", probeNote{At: "2026-11-21T23:00:00Z", Good: true}, broken, probeNote{At: "2026-11-21T20:00:00Z", Sentence: "canary opened, 1 promise broken, copy V3"}},
	} {
		if got := signedProbe(c.note, c.x); got != c.want {
			t.Errorf("%s: want %+v, found %+v", c.name, c.want, got)
		}
	}
}

// A store that answers from elsewhere than annex backup says is no good probe,
// however well it keeps the rest.
func TestAProbeOfAStoreThatLiesElsewhereIsSignedAsBroken(t *testing.T) {
	for _, c := range []struct {
		r    probed
		want string
	}{
		{probed{Canary: good}, "opened 0 []"},
		{probed{Canary: good, misplaced: true}, "opened 1 [place]"},
		{probed{Canary: "lost", misplaced: true, Findings: []probedFinding{{Name: "lock", Required: true}, {Name: "tags"}}}, "failed 3 [lock place]"},
	} {
		p := c.r.signable()
		if got := fmt.Sprintf("%s %d %v", p.Canary, p.Tried, p.Broken); got != c.want || p.Good() != (c.want == "opened 0 []") {
			t.Errorf("want %s, found %s", c.want, got)
		}
	}
}

func plainResult(at time.Time) backup.Result {
	return backup.Result{Place: backup.Place{Vault: "acme-treasury", Chain: "regtest"}, Manifest: text.Hash{1}, Snapshot: 1, Store: "one",
		Asked: backup.V3, Level: backup.V3, Objects: 5, Bytes: 10, Program: "strongroom", Verified: at.UTC(), Maker: "verifier"}
}

func signedAt(t *testing.T, s sshsig.Signer, at time.Time) backup.SignedResult {
	t.Helper()
	signed, err := backup.SignResult(plainResult(at), s)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// texts are the names of the results in a folder, signed or not.
func texts(t *testing.T, dir *durable.Dir) (out []string) {
	t.Helper()
	files, err := dir.List(100)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name, ".txt") {
			out = append(out, f.Name)
		}
	}
	return out
}

// verifierKey is a verifier's key.
func verifierKey(t testing.TB) sshsig.Signer {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sshsig.ParsePrivateKey(pem.EncodeToMemory(block), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
