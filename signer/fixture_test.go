package signer_test

import (
	"crypto/sha256"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strongroom/custody/auditlog"
	"strongroom/quorum/text"
)

// onDisk returns the hash of every file below a folder, by its path.
func onDisk(t testing.TB, dir string) map[string][32]byte {
	t.Helper()
	files := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = sha256.Sum256(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 3 {
		t.Fatalf("%s: want a home, found %d files", dir, len(files))
	}
	return files
}

// onlyLogGrew demands that nothing changed but what a visit may change: new
// entries, their checkpoint, and the header chain.
func onlyLogGrew(t testing.TB, before, after map[string][32]byte) {
	t.Helper()
	for name, sum := range before {
		if after[name] != sum && name != "log/checkpoint" && name != "headers.bin" && name != "lock" {
			t.Errorf("%s: want it as it was, found it changed", name)
		}
	}
	for name := range maps.Keys(after) {
		if _, ok := before[name]; !ok && !strings.HasPrefix(name, "log/entries/0") && name != "headers.bin" {
			t.Errorf("want no new file but log entries, found %s", name)
		}
	}
}

// lastEntry returns the last record of an exported log.
func lastEntry(t testing.TB, raw []byte) []byte {
	t.Helper()
	entries, err := auditlog.DecodeEntries(raw)
	if err != nil || len(entries) == 0 {
		t.Fatalf("want an exported log, found %v", err)
	}
	return entries[len(entries)-1]
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func hashOf(b []byte) string { return text.Identity(b).String() }
