package backup_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/quorum/text"
)

// privateKey writes the file of an officer's key.
func privateKey(t testing.TB, path string, label byte) {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{label}, 32)), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
}

// restoreOne and restoreTwo open every segment in the order of the manifest,
// with nothing but what a distribution ships.
const (
	restoreOne = `
grep '^segment ' "$store"/manifest-*.txt | while read -r _ payload _; do
  header=$(sed -n "/^segment $payload /{n;p}" "$store"/manifest-*.txt | cut -d' ' -f3)
  cat "$store/$header" "$store/$payload" | age -d -i "$keys/alice" | zstd -d | tar x
done
rm -rf .packed
sha256sum --quiet --strict -c SHA256SUMS`
	restoreTwo = `
grep '^segment ' "$store"/manifest-*.txt | while read -r _ payload _; do
  outer=$(sed -n "/^segment $payload /{n;p}" "$store"/manifest-*.txt | cut -d' ' -f3)
  inner=$(sed -n "/^segment $payload /{n;n;p}" "$store"/manifest-*.txt | cut -d' ' -f3)
  { age -d -i "$keys/alice" "$store/$inner"; cat "$store/$outer" "$store/$payload" | age -d -i "$keys/alice"; } | age -d -i "$keys/bob" | zstd -d | tar x
done
rm -rf .packed
sha256sum --quiet --strict -c SHA256SUMS`
)

// The claim of the package's first page, with the distribution's own tools and
// an empty folder.
func TestStockToolsRestore(t *testing.T) {
	for _, tool := range []string{"sh", "age", "zstd", "tar", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: a snapshot was not restored with stock tools", tool)
		}
	}
	src := bigFolder(t)
	if err := errors.Join(os.Mkdir(filepath.Join(src, "empty"), 0o700), os.Symlink("wallet.dat", filepath.Join(src, "link")),
		os.WriteFile(filepath.Join(src, "back\\slash and\nline"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		layers backup.Layers
		script string
	}{
		"one layer":  {backup.Layers{{recipient(t, "alice", 1), recipient(t, "carol", 3)}}, restoreOne},
		"two layers": {backup.Layers{{recipient(t, "alice", 1)}, {recipient(t, "bob", 2), recipient(t, "carol", 3)}}, restoreTwo},
	} {
		t.Run(name, func(t *testing.T) {
			keys := t.TempDir()
			privateKey(t, filepath.Join(keys, "alice"), 1)
			privateKey(t, filepath.Join(keys, "bob"), 2)
			restores(t, src, c.layers, c.script, keys, os.Getenv("PATH"))
		})
	}
}

// restores ships a snapshot of a folder, has a script of stock tools, which are
// looked for in path, restore it into an empty one, and compares.
func restores(t *testing.T, src string, layers backup.Layers, script, keys, path string) {
	t.Helper()
	p, folder, empty := newPlan(t).WithBounds(16<<20, 100, 4), newDir(t), t.TempDir()
	p.Layers = layers
	taken := mustTake(t, os.DirFS(src), p)
	mustShip(t, shipment(p, taken.Signed, backup.V3), targets(dirstore.Open(folder)))
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = empty
	cmd.Env = append(os.Environ(), "PATH="+path, "store="+folder.Path(), "keys="+keys)
	if b, err := cmd.CombinedOutput(); err != nil || len(b) != 0 {
		t.Fatalf("want a silent restore, found %v\n%s", err, b)
	}
	if got, err := backup.CheckSums(os.DirFS(empty)); err != nil || got != taken.Signed.Manifest().Contents {
		t.Errorf("want %+v, found %+v, %v", taken.Signed.Manifest().Contents, got, err)
	}
	if to, err := os.Readlink(filepath.Join(empty, "link")); err != nil || to != "wallet.dat" {
		t.Errorf("want the link back, found %q, %v", to, err)
	}
}

// Where annex backup says reader age-1.3, keys that withstand quantum computers
// open it with that age: it made them, and restores two layers.
func TestStockAgeRestoresWithHybridKeys(t *testing.T) {
	stock, keys := os.Getenv("STRONGROOM_AGE"), t.TempDir()
	for _, tool := range []string{filepath.Join(stock, "age"), filepath.Join(stock, "age-keygen"), "sh", "zstd", "tar", "sha256sum"} {
		if _, err := exec.LookPath(tool); stock == "" || err != nil {
			t.Skipf("%s is not there (scripts/build.sh age): a snapshot for hybrid keys was not restored with stock tools", tool)
		}
	}
	hybrid := func(officer text.ID) backup.Recipient {
		file := filepath.Join(keys, string(officer))
		if out, err := exec.Command(filepath.Join(stock, "age-keygen"), "-pq", "-o", file).CombinedOutput(); err != nil {
			t.Fatalf("age-keygen: %v\n%s", err, out)
		}
		public, err := exec.Command(filepath.Join(stock, "age-keygen"), "-y", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		r, err := backup.ParseRecipient(officer, strings.TrimSpace(string(public)))
		if err != nil || !strings.Contains(r.String(), " mlkem768x25519 ") {
			t.Fatalf("want a hybrid key, found %s, %v", r, err)
		}
		return r
	}
	src := bigFolder(t)
	if err := os.Symlink("wallet.dat", filepath.Join(src, "link")); err != nil {
		t.Fatal(err)
	}
	layers := backup.Layers{{hybrid("alice"), hybrid("carol")}, {hybrid("bob")}}
	restores(t, src, layers, restoreTwo, keys, stock+string(os.PathListSeparator)+os.Getenv("PATH"))
}
