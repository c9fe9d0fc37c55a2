package backup_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age/agessh"

	"strongroom/backup"
)

// treeOf is what a folder holds: what each path is, and its bytes or where it points.
func treeOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		path := filepath.Join(dir, name)
		var b []byte
		switch {
		case err != nil || name == ".":
			return err
		case d.IsDir():
			out[name] = "folder"
		case d.Type() == fs.ModeSymlink:
			to, err := os.Readlink(path)
			out[name] = "link " + to
			return err
		default:
			b, err = os.ReadFile(path)
			out[name] = "file " + string(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// stockRestore opens every segment in the order of the manifest and has tar write
// it. It returns the folder, and where earlier, of each pack, all that it weighs
// and what of it no file is linked to.
func stockRestore(t *testing.T, store backup.Store, m backup.Manifest) (dir string, packs map[string][2]int64) {
	t.Helper()
	key, err := agessh.NewEd25519Identity(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for _, g := range m.Segments {
		headers, err := backup.FetchHeaders(t.Context(), store, g, key)
		if err != nil {
			t.Fatal(err)
		}
		in, err := backup.OpenSegment(t.Context(), store, g, headers, key)
		if err != nil {
			t.Fatal(err)
		}
		tar := exec.Command("tar", "x", "--warning=no-timestamp", "-C", dir) // the clock of tests is ahead
		tar.Stdin = in
		if out, err := tar.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("snapshot %d: want a silent tar, found %v\n%s", m.Number, err, out)
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	packs = weighed(t, dir)
	if out, err := exec.Command("sh", "-ec", m.UnpackedCommand(dir)).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir, packs
}

func weighed(t *testing.T, dir string) map[string][2]int64 {
	t.Helper()
	out := map[string][2]int64{}
	members, err := filepath.Glob(filepath.Join(dir, backup.Packed, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range members {
		info, err := os.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		n := out[filepath.Dir(name)]
		n[0] += info.Size() + 512
		if info.Sys().(*syscall.Stat_t).Nlink == 1 {
			n[1] += info.Size() + 512
		}
		out[filepath.Dir(name)] = n
	}
	return out
}

// history changes a folder at random.
type history struct {
	t   *testing.T
	dir string
	*rand.Rand
}

// oddNames are what a shell or a list of names would trip over.
var oddNames = [...]string{"plain", "with space ", "-rf", "back\\slash", "new\nline", "*", ".hidden", "ümlaut", "a'b\"c", strings.Repeat("long", 40)}

func (h history) path() string {
	p := h.dir
	for range h.IntN(3) {
		p = filepath.Join(p, oddNames[h.IntN(len(oddNames))])
	}
	return filepath.Join(p, fmt.Sprintf("%s%d", oddNames[h.IntN(len(oddNames))], h.IntN(4)))
}

// there is a path that exists, other than the folder itself and the file that stays.
func (h history) there() string {
	all := slices.Sorted(maps.Keys(treeOf(h.t, h.dir)))
	all = slices.DeleteFunc(all, func(s string) bool { return s == "stays" })
	if len(all) == 0 {
		return h.path()
	}
	return filepath.Join(h.dir, all[h.IntN(len(all))])
}

// step does one thing. What is in the way is removed, so that files become
// folders, folders links and so on; what cannot be done is left.
func (h history) step() {
	write := func(p string) {
		b := make([]byte, h.IntN(3000)+4000*(h.IntN(12)/11))
		for i := range b {
			b[i] = byte(h.Uint32())
		}
		_ = os.RemoveAll(p)
		_ = os.MkdirAll(filepath.Dir(p), 0o700)
		_ = os.WriteFile(p, b, 0o600)
	}
	switch h.IntN(10) {
	case 0, 1, 2, 3:
		write(h.path())
	case 4, 5:
		if info, err := os.Lstat(h.there()); err == nil && info.Mode().IsRegular() {
			write(h.there())
		}
	case 6:
		_ = os.RemoveAll(h.there())
	case 7:
		_ = os.Rename(h.there(), h.path())
	case 8:
		p := h.path()
		_ = os.RemoveAll(p)
		_ = os.Symlink([]string{"stays", "..", "/nowhere", "plain0"}[h.IntN(4)], p)
	case 9:
		if p := h.there(); os.Remove(p) == nil {
			write(filepath.Join(p, oddNames[h.IntN(len(oddNames))]))
		}
	}
}

func wantTree(t *testing.T, what string, want, got map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Fatalf("%s: %q: want %.40q, found %.40q", what, name, want[name], got[name])
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok && name != "SHA256SUMS" {
			t.Fatalf("%s: %q: want it gone, found %.40q", what, name, got[name])
		}
	}
}

const (
	testAlone = 4000
	testPack  = 20_000
	testPacks = 4
)

// Whatever happens to a folder, each snapshot of it comes back by stock tools as
// it was, deleted files stay away, what a pack carries in vain is less than half,
// and there are never more packs than there may be.
func TestEverySnapshotOfAnyHistoryComesBack(t *testing.T) {
	for _, tool := range []string{"sh", "tar"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: no history was restored", tool)
		}
	}
	reused, most := 0, 0
	for seed := range byte(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := history{t, t.TempDir(), rand.New(rand.NewChaCha8([32]byte{seed}))}
			p, store := newPlan(t).WithBounds(testAlone, testPack, testPacks), newMemory()
			p.Now = later
			if err := os.WriteFile(filepath.Join(h.dir, "stays"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			var trees []map[string]string
			var manifests []backup.Manifest
			for range 30 {
				for range 2 + h.IntN(30) {
					h.step()
				}
				taken := mustTake(t, os.DirFS(h.dir), p)
				mustShip(t, shipment(p, taken.Signed, backup.V3), targets(store))
				p.Last = taken.Signed.Manifest()
				var err error
				if p.Index, err = backup.ParseIndex(taken.Index.Render()); err != nil {
					t.Fatal(err)
				}
				trees, manifests = append(trees, treeOf(t, h.dir)), append(manifests, p.Last)
				reused += taken.Reused
			}
			for i, m := range manifests {
				back, packs := stockRestore(t, store, m)
				what := fmt.Sprintf("snapshot %d", m.Number)
				for name, n := range packs {
					if 2*n[1] > n[0] {
						t.Errorf("%s: %s: want at most half of %d in vain, found %d", what, filepath.Base(name), n[0], n[1])
					}
				}
				if most = max(most, len(packs)); len(packs) > testPacks {
					t.Errorf("%s: want at most %d packs, found %d", what, testPacks, len(packs))
				}
				if found, err := backup.CheckSums(os.DirFS(back)); err != nil || found != m.Contents {
					t.Fatalf("%s: want %+v, found %+v, %v", what, m.Contents, found, err)
				}
				wantTree(t, what, trees[i], treeOf(t, back))
			}
		})
	}
	if reused == 0 || most < testPacks {
		t.Errorf("want histories that reuse segments and reach %d packs, found %d and %d", testPacks, reused, most)
	}
}
