package registry

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"strongroom/custody/auditlog"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// history is a signer's log with n entries, of which those from parts on are
// named differently: two histories of one signer.
func history(t testing.TB, n, parts int, name string) (auditlog.Verifier, []byte, []byte) {
	t.Helper()
	key, err := auditlog.NewKey(bytes.NewReader(bytes.Repeat([]byte{5}, 32)), "acme/signer-a")
	if err != nil {
		t.Fatal(err)
	}
	d, err := durable.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	l, err := auditlog.Create(d, key)
	if err != nil {
		t.Fatal(err)
	}
	var entries [][]byte
	for i := range n {
		e := fmt.Sprintf("entry %d", i)
		if i >= parts {
			e += name
		}
		entries = append(entries, []byte(e))
	}
	if err := l.Append(entries...); n > 0 && err != nil {
		t.Fatal(err)
	}
	checkpoint, carried := l.Export()
	return key.Verifier(), checkpoint, carried
}

func putLog(t testing.TB, r *Registry, n, parts int, name string) (int64, error) {
	t.Helper()
	v, c, e := history(t, n, parts, name)
	return r.PutLog(v, "signer-a", c, e)
}

func TestALogGrowsAndAnOlderOneAddsNothing(t *testing.T) {
	r, folder := newRegistry(t)
	v, _, _ := history(t, 0, 0, "")
	if _, _, _, err := r.Log(v, "signer-a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("log that isn't there: want fs.ErrNotExist, found %v", err)
	}
	for _, x := range []struct{ n, added int }{{0, 0}, {3, 3}, {7, 4}, {7, 0}, {5, 0}} {
		added, err := putLog(t, r, x.n, x.n, "")
		if err != nil || added != int64(x.added) {
			t.Errorf("log of %d: want %d added, found %d, %v", x.n, x.added, added, err)
		}
	}
	_, c7, e7 := history(t, 7, 7, "")
	p, c, e, err := r.Log(v, "signer-a")
	if err != nil || p.Checkpoint().Size != 7 || !bytes.Equal(c, c7) || !bytes.Equal(e, e7) {
		t.Errorf("log: want the one of 7 entries, found %+v, %v", p.Checkpoint(), err)
	}
	names := []string{}
	for _, f := range files(t, folder) {
		name, _, _ := strings.Cut(f, " ")
		names = append(names, strings.TrimPrefix(name, "logs/signer-a/"))
	}
	want := []string{"checkpoint-0", "checkpoint-3", "checkpoint-7"}
	for i := range 7 {
		want = append(want, fmt.Sprintf("entries/%06d", i))
	}
	if !slices.Equal(names, want) {
		t.Errorf("on disk: want %q, found %q", want, names)
	}
}

func TestTwoHistoriesAreAForkAndBothAreKept(t *testing.T) {
	r, folder := newRegistry(t)
	if _, err := putLog(t, r, 5, 5, ""); err != nil {
		t.Fatal(err)
	}
	before := files(t, folder)
	for _, n := range []int{4, 5, 9} { // shorter, as long, longer
		added, err := putLog(t, r, n, 3, " again")
		var fork *ForkError
		if !errors.As(err, &fork) || !errors.Is(err, ErrFork) || fork.Device != "signer-a" || fork.Index != 3 || added != 0 {
			t.Fatalf("log of %d: want a fork at entry 3, found %d, %v", n, added, err)
		}
		wantError(t, "fork", folder, err, "log of signer-a: want entry 3 as it was, found another, also signed: two histories of one log, the second is kept in "+fork.Kept)
		_, c, e := history(t, n, 3, " again")
		for name, want := range map[string][]byte{"checkpoint": c, "entries": e} {
			if b, err := os.ReadFile(filepath.Join(folder, fork.Kept, name)); err != nil || !bytes.Equal(b, want) {
				t.Errorf("%s/%s: want the evidence whole, found %v", fork.Kept, name, err)
			}
		}
		unchanged(t, folder, func() { _, _ = putLog(t, r, n, 3, " again") })
	}
	for _, f := range before {
		if !slices.Contains(files(t, folder), f) {
			t.Errorf("on disk: want %s as it was", f)
		}
	}
	v, _, _ := history(t, 0, 0, "")
	if p, _, _, err := r.Log(v, "signer-a"); err != nil || p.Checkpoint().Size != 5 || string(p.Entries()[3]) != "entry 3" {
		t.Errorf("log: want the first history, found %v", err)
	}
	if err := os.MkdirAll(filepath.Join(folder, "logs/signer-a/fork-0123456789abcdef"), 0o700); err != nil {
		t.Fatal(err)
	}
	if forks, err := r.Forks(v, "signer-a"); err != nil || len(forks) != 3 {
		t.Errorf("forks: want the 3 that are signed, found %d, %v", len(forks), err)
	}
	if forks, err := r.Forks(v2(t), "signer-b"); err != nil || len(forks) != 0 {
		t.Errorf("forks of a log that isn't there: want none, found %d, %v", len(forks), err)
	}
}

// v2 is the verifier of another signer.
func v2(t testing.TB) auditlog.Verifier {
	t.Helper()
	key, err := auditlog.NewKey(bytes.NewReader(bytes.Repeat([]byte{6}, 32)), "acme/signer-b")
	if err != nil {
		t.Fatal(err)
	}
	return key.Verifier()
}

func TestALogThatProvesNothingIsNotStored(t *testing.T) {
	r, folder := newRegistry(t)
	v, c, e := history(t, 3, 3, "")
	_, _, shorter := history(t, 2, 2, "")
	tests := []struct {
		name   string
		v      auditlog.Verifier
		device text.ID
		c, e   []byte
		want   string
	}{
		{"other device", v, "signer-b", c, e, `registry: log of signer-b: want its own verifier key, found that of "acme/signer-a"`},
		{"other key", v2(t), "signer-b", c, e, `registry: log of signer-b: checkpoint: wanted origin acme/signer-b, found "acme/signer-a"`},
		{"no id", v, "../signer-a", c, e, `registry: log: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "../signer-a"`},
		{"entry missing", v, "signer-a", c, shorter, "registry: log of signer-a: entries: wanted 3 as the checkpoint of acme/signer-a says, found 2"},
	}
	for _, x := range tests {
		unchanged(t, folder, func() {
			_, err := r.PutLog(x.v, x.device, x.c, x.e)
			wantError(t, x.name, folder, err, x.want)
		})
	}
}

func TestTamperedEntriesAreNoEvidenceAgainstTheSigner(t *testing.T) {
	r, folder := newRegistry(t)
	for _, n := range []int{2, 4} {
		if _, err := putLog(t, r, n, n, ""); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(folder, "logs/signer-a/entries/000003"), []byte("forged"))
	v, _, _ := history(t, 0, 0, "")
	p, _, _, err := r.Log(v, "signer-a")
	if err != nil || p.Checkpoint().Size != 2 {
		t.Fatalf("log: want the largest that verifies, of 2, found %+v, %v", p.Checkpoint(), err)
	}
	before := files(t, folder)
	_, err = putLog(t, r, 6, 6, "")
	if !errors.Is(err, ErrTampered) || errors.Is(err, ErrFork) || !strings.Contains(err.Error(), "entries/000003") {
		t.Errorf("put: want ErrTampered that names the entry, found %v", err)
	}
	for _, f := range before {
		if !slices.Contains(files(t, folder), f) {
			t.Errorf("on disk: want %s as it was", f)
		}
	}
	if forks, err := r.Forks(v, "signer-a"); err != nil || len(forks) != 1 || forks[0].Checkpoint().Size != 6 {
		t.Errorf("evidence: want the log that was brought, found %d, %v", len(forks), err)
	}
	write(t, filepath.Join(folder, "logs/signer-a/entries/000000"), []byte("forged"))
	if _, _, _, err := r.Log(v, "signer-a"); !errors.Is(err, ErrTampered) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no checkpoint verifies: want ErrTampered, found %v", err)
	}
}

func TestForeignCheckpointsAreNoObstacle(t *testing.T) {
	r, folder := newRegistry(t)
	if _, err := putLog(t, r, 3, 3, ""); err != nil {
		t.Fatal(err)
	}
	_, c3, _ := history(t, 3, 3, "")
	for name, b := range map[string][]byte{"checkpoint-9": []byte("junk"), "checkpoint-8": c3, "checkpoint-007": c3, "checkpoint-99999999": c3} {
		write(t, filepath.Join(folder, "logs/signer-a", name), b)
	}
	v, _, _ := history(t, 0, 0, "")
	if p, _, _, err := r.Log(v, "signer-a"); err != nil || p.Checkpoint().Size != 3 {
		t.Errorf("log: want the one of 3, found %v", err)
	}
	if added, err := putLog(t, r, 5, 5, ""); err != nil || added != 2 {
		t.Errorf("put: want 2 added, found %d, %v", added, err)
	}
}

func TestRacingLogWritersAgree(t *testing.T) {
	folder := t.TempDir()
	v, c, e := history(t, 40, 40, "")
	var wait sync.WaitGroup
	for range 6 {
		r := openRegistry(t, folder)
		wait.Go(func() {
			if _, err := r.PutLog(v, "signer-a", c, e); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if p, _, _, err := openRegistry(t, folder).Log(v, "signer-a"); err != nil || p.Checkpoint().Size != 40 {
		t.Errorf("log: want 40 entries, found %v", err)
	}
}
