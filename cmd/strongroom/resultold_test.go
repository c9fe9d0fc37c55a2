package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/custody/durable"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// sampled is a look at a sample that reached a level, or found a part damaged.
func sampled(t *testing.T, s sshsig.Signer, at time.Time, level backup.Level) backup.SignedResult {
	t.Helper()
	x := plainResult(at)
	x.Asked, x.Level, x.Seed, x.Sample = backup.V2, level, backup.Block{Height: 9, Hash: text.Hash{9}}, backup.Sample{Parts: 10, Bytes: 80}
	if level == 0 {
		x.Count, x.Flaws = 1, []backup.Flawed{{Object: "payload-1", Flaw: backup.Damaged}}
	}
	signed, err := backup.SignResult(x, s)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// A sample that read other parts, or that could be foreseen and counts as V1, does not
// delete the text of the one before it that found a part damaged; neither where it is
// written nor where it was copied to. Newer bad news takes the place of both.
func TestASampleDeletesNoSampleThatFoundTheCopyBad(t *testing.T) {
	s, now := verifierKey(t), time.Unix(1_800_000_000, 0)
	bad, weak, good, worse := sampled(t, s, now.Add(-4*time.Hour), 0), sampled(t, s, now.Add(-3*time.Hour), backup.V1), sampled(t, s, now.Add(-2*time.Hour), backup.V2), sampled(t, s, now.Add(-time.Hour), 0)
	for _, c := range []struct {
		name       string
		list, want []backup.SignedResult
	}{
		{"one that was foreseen", []backup.SignedResult{bad, weak}, []backup.SignedResult{bad, weak}},
		{"one of other parts", []backup.SignedResult{bad, weak, good}, []backup.SignedResult{bad, good}},
		{"bad again", []backup.SignedResult{bad, weak, good, worse}, []backup.SignedResult{worse}},
		{"read whole by now", []backup.SignedResult{bad, good, signedAt(t, s, now)}, []backup.SignedResult{bad, good, signedAt(t, s, now)}},
	} {
		written, copied := resultFolder(t), resultFolder(t)
		for _, x := range c.list {
			if err := errors.Join(replaceResult(written, x), copied.WriteFile(x.SignatureName(), x.Signature()), copied.WriteFile(x.TextName(), x.Bytes())); err != nil {
				t.Fatal(err)
			}
		}
		left, err := dropSuperseded(copied, c.list, now)
		if err != nil {
			t.Fatal(err)
		}
		want := namesOf(c.want)
		for where, got := range map[string][]string{"written": texts(t, written), "copied": texts(t, copied), "read": namesOf(left)} {
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %s: want %q, found %q", c.name, where, want, got)
			}
		}
		if stands := backup.Stand(left, nil, now).Bad.Result().Snapshot != 0; stands != (c.name != "read whole by now") {
			t.Errorf("%s: want it told until somebody read all of it, found bad %t", c.name, stands)
		}
	}
}

// A result that cannot be removed, since it lies in a folder of another user, is counted
// like the others and keeps nobody from reading them.
func TestAResultThatCannotBeRemovedEndsNothing(t *testing.T) {
	s, now := verifierKey(t), time.Unix(1_800_000_000, 0)
	dir := resultFolder(t)
	stuck, old, last := signedAt(t, s, now.Add(-2*time.Hour)), signedAt(t, s, now.Add(-time.Hour)), signedAt(t, s, now)
	if err := os.Mkdir(dir.Path()+"/"+stuck.TextName(), 0o700); err != nil { // a folder is not removed as root either
		t.Fatal(err)
	}
	for _, x := range []backup.SignedResult{old, last} {
		if err := errors.Join(dir.WriteFile(x.SignatureName(), x.Signature()), dir.WriteFile(x.TextName(), x.Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	left, err := dropSuperseded(dir, []backup.SignedResult{stuck, old, last}, now)
	if want := namesOf([]backup.SignedResult{stuck, last}); fmt.Sprint(namesOf(left)) != fmt.Sprint(want) || fmt.Sprint(texts(t, dir)) != fmt.Sprint(want) {
		t.Errorf("want %q left, found %q, and on disk %q", want, namesOf(left), texts(t, dir))
	}
	if want := stuck.TextName() + ": remove: wanted a file, found a folder"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("want it told, %q, found %v", want, err)
	}
}

func resultFolder(t *testing.T) *durable.Dir {
	t.Helper()
	dir, err := durable.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir
}

// namesOf are the names of results, sorted.
func namesOf(list []backup.SignedResult) (out []string) {
	for _, s := range list {
		out = append(out, s.TextName())
	}
	slices.Sort(out)
	return out
}
