package backup_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// settled is how long after its last change a file is remembered.
const settled = 150 * time.Millisecond

// later is a clock by which whatever a test wrote has settled.
func later() time.Time { return time.Now().Add(time.Hour) }

// packedPlan is a folder with a pack in its first snapshot, which was shipped.
func packedPlan(t *testing.T) (dir string, p backup.Plan, store *memory) {
	t.Helper()
	dir, store = t.TempDir(), newMemory()
	for i := range 30 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file %02d", i)), bytes.Repeat([]byte{byte(i)}, 1000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p = newPlan(t).WithBounds(testAlone, testPack, testPacks)
	p.Now = later
	taken := mustTake(t, os.DirFS(dir), p)
	mustShip(t, shipment(p, taken.Signed, backup.V3), targets(store))
	p.Last, p.Index = taken.Signed.Manifest(), taken.Index
	if len(p.Last.Segments) != 2 {
		t.Fatalf("want a pack and the rest, found %d segments", len(p.Last.Segments))
	}
	return dir, p, store
}

func TestUnchangedSmallFilesAreNeitherReadNorSentAgain(t *testing.T) {
	dir, p, store := packedPlan(t)
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "file 07"), []byte("other"), 0o600), os.Remove(filepath.Join(dir, "file 08"))); err != nil {
		t.Fatal(err)
	}
	var unread []string
	for i := range 30 {
		if i != 7 {
			unread = append(unread, fmt.Sprintf("file %02d", i))
		}
	}
	second := mustTake(t, unreadFS{os.DirFS(dir), unread}, p)
	if m := second.Signed.Manifest(); second.Reused != 1 || len(m.Segments) != 2 || m.Segments[0].Name != p.Last.Segments[0].Name || m.Contents.Files != 29 {
		t.Errorf("want the pack again, found %+v", m)
	}
	mustShip(t, shipment(p, second.Signed, backup.V3), targets(store))
	back, _ := stockRestore(t, store, second.Signed.Manifest())
	wantTree(t, "the second", treeOf(t, dir), treeOf(t, back))

	for name, q := range map[string]backup.Plan{
		"no index":    {Last: p.Last},
		"other last":  {Index: p.Index},
		"lost":        {Last: p.Last, Index: p.Index.Without(p.Index.Segments()...)},
		"other group": {Last: p.Last, Index: p.Index, Layers: backup.Layers{{recipient(t, "bob", 2)}}},
	} {
		r := p
		r.Last, r.Index = q.Last, q.Index
		if q.Layers != nil {
			r.Layers = q.Layers
		}
		if _, err := backup.Take(t.Context(), unreadFS{os.DirFS(dir), []string{"file 20"}}, r); err == nil || !strings.Contains(err.Error(), "read again") {
			t.Errorf("%s: want the file read again, found %v", name, err)
		}
	}
}

// Who puts the time of a file back to what it was cannot put back when that was done.
func TestATimeThatWasPutBackHidesNothing(t *testing.T) {
	dir, p, _ := packedPlan(t)
	name := filepath.Join(dir, "file 20")
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(settled)
	if err := errors.Join(os.WriteFile(name, bytes.Repeat([]byte{99}, 1000), 0o600), os.Chtimes(name, before.ModTime(), before.ModTime())); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Take(t.Context(), unreadFS{os.DirFS(dir), []string{"file 20"}}, p); err == nil || !strings.Contains(err.Error(), "read again") {
		t.Errorf("want the file read again, found %v", err)
	}
}

// What is left of a pack is sealed anew once it is less than half.
func TestAPackOfWhichLittleIsLeftIsSealedAnew(t *testing.T) {
	dir, p, _ := packedPlan(t)
	for i := range 16 {
		if err := os.Remove(filepath.Join(dir, fmt.Sprintf("file %02d", i))); err != nil {
			t.Fatal(err)
		}
		again := mustTake(t, os.DirFS(dir), p)
		if want := 1 - i/15; again.Reused != want {
			t.Errorf("%d of 30 deleted: want the pack %d times, found %d", i+1, want, again.Reused)
		}
	}
}

// So many big files that a manifest has no lines for them: the largest are
// sealed by themselves, and the next snapshot names all of them again.
func TestMoreBigFilesThanSegments(t *testing.T) {
	dir, p, store := packedPlan(t)
	for i := range backup.MaxAlone + 9 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("big %02d", i)), bytes.Repeat([]byte{byte(i)}, testAlone+i), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	taken := mustTake(t, os.DirFS(dir), p)
	mustShip(t, shipment(p, taken.Signed, backup.V1), targets(store))
	if n := len(taken.Signed.Manifest().Segments); n != 1+backup.MaxAlone+2 {
		t.Errorf("want the old pack, %d files alone, a new pack and the rest, found %d segments", backup.MaxAlone, n)
	}
	p.Last, p.Index = taken.Signed.Manifest(), taken.Index
	again := mustTake(t, os.DirFS(dir), p)
	mustShip(t, shipment(p, again.Signed, backup.V1), targets(store))
	if again.Reused != backup.MaxAlone+2 {
		t.Errorf("want all but the last segment again, found %d", again.Reused)
	}
	back, _ := stockRestore(t, store, again.Signed.Manifest())
	wantTree(t, "the second", treeOf(t, dir), treeOf(t, back))
}

// A disk that gives other bytes without a word, or a clock that ran backwards, is
// found by reading everything, which every thirtieth snapshot does.
func TestBytesThatChangedUnseenAreFoundByReadingAll(t *testing.T) {
	dir, p, store := packedPlan(t)
	lying := string(p.Index.Render())
	at := strings.Index(lying, "  file 03\n") - 64
	lying = lying[:at] + strings.Repeat("0", 64) + lying[at+64:]
	var err error
	if p.Index, err = backup.ParseIndex(indexed(withoutSum(lying))); err != nil {
		t.Fatal(err)
	}
	if found := mustTake(t, os.DirFS(dir), p); found.Other != nil {
		t.Errorf("want nothing read, found %q", found.Other)
	}
	q := p
	q.Reread = true
	found := mustTake(t, os.DirFS(dir), q)
	if !slices.Equal(found.Other, []string{"file 03"}) || found.Reused != 1 {
		t.Errorf("want file 03 sealed anew, found %q", found.Other)
	}
	mustShip(t, shipment(p, found.Signed, backup.V3), targets(store))
	back, _ := stockRestore(t, store, found.Signed.Manifest())
	wantTree(t, "after reading all", treeOf(t, dir), treeOf(t, back))

	p.Last.Number, p.Last.Previous = 29, text.Hash{1}
	if found := mustTake(t, os.DirFS(dir), p); !slices.Equal(found.Other, []string{"file 03"}) {
		t.Errorf("want all read for snapshot 30, found %q", found.Other)
	}
}

// What changed a moment before it was read may change again within the same tick
// of the file system, and then looks as before: it is read again the next time.
func TestWhatJustChangedIsReadAgain(t *testing.T) {
	dir, p, _ := packedPlan(t)
	p.Index = backup.Index{}
	p.Now = func() time.Time { return time.Now().Add(-time.Minute) }
	taken := mustTake(t, os.DirFS(dir), p)
	p.Last, p.Index = taken.Signed.Manifest(), taken.Index
	if again := mustTake(t, os.DirFS(dir), p); again.Reused != 0 {
		t.Errorf("want all of it read again, found %d segments named again", again.Reused)
	}
}

// restlessFS adds to a file each time it is opened.
type restlessFS struct {
	fs.FS
	dir, name string
}

func (r restlessFS) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err == nil && name == r.name {
		var log *os.File
		if log, err = os.OpenFile(filepath.Join(r.dir, name), os.O_APPEND|os.O_WRONLY, 0); err == nil {
			_, err = log.WriteString("x")
			err = errors.Join(err, log.Close())
		}
	}
	return f, err
}

// A file that never stood still is in its pack as it was at last, and is read
// again the next time.
func TestATornFileInAPackIsReadAgain(t *testing.T) {
	dir, p, store := packedPlan(t)
	p.Index = backup.Index{}
	torn := mustTake(t, restlessFS{os.DirFS(dir), dir, "file 05"}, p)
	if !slices.Equal(torn.Torn, []string{"file 05"}) || len(torn.Signed.Manifest().Segments) != 2 {
		t.Fatalf("want file 05 torn in a pack, found %q", torn.Torn)
	}
	mustShip(t, shipment(p, torn.Signed, backup.V3), targets(store))
	back, _ := stockRestore(t, store, torn.Signed.Manifest())
	found, err := backup.CheckSums(os.DirFS(back))
	if found.Torn = 1; err != nil || found != torn.Signed.Manifest().Contents {
		t.Errorf("want %+v, found %+v, %v", torn.Signed.Manifest().Contents, found, err)
	}
	p.Last, p.Index = torn.Signed.Manifest(), torn.Index
	if _, err := backup.Take(t.Context(), unreadFS{os.DirFS(dir), []string{"file 05"}}, p); err == nil || !strings.Contains(err.Error(), "read again") {
		t.Errorf("want file 05 read again, found %v", err)
	}
	if next := mustTake(t, os.DirFS(dir), p); next.Reused != 1 || next.Torn != nil {
		t.Errorf("want the pack again, found %d, %q", next.Reused, next.Torn)
	}
}

// A run on top of a pack may be stopped before any write: what the spool holds is
// a whole snapshot or none, and either way the next run has everything.
func TestARunOnTopOfAPackInterruptedAnywhere(t *testing.T) {
	stopped := errors.New("power failed")
	for n := 0; ; n++ {
		dir, p, store := packedPlan(t)
		for i := range 29 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("new %02d", i)), bytes.Repeat([]byte{byte(i)}, 900), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		whole, steps := p.Spool, 0
		p.Spool = whole.WithFault(func(durable.Op) error {
			if steps++; steps > n {
				return stopped
			}
			return nil
		})
		_, err := backup.Take(t.Context(), os.DirFS(dir), p)
		p.Spool = whole
		if err == nil {
			if n < 20 {
				t.Fatalf("want more steps in a run, found %d", n)
			}
			return
		}
		if err := whole.Clean(); err != nil {
			t.Fatal(err)
		}
		if pending, err := backup.Pending(whole, p.Maker, p.Signer.Key()); err == nil {
			mustShip(t, shipment(p, pending, backup.V3), targets(store))
			p.Last = pending.Manifest()
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("step %d: found %v", n, err)
		}
		taken := mustTake(t, os.DirFS(dir), p) // by the index from before
		mustShip(t, shipment(p, taken.Signed, backup.V3), targets(store))
		back, _ := stockRestore(t, store, taken.Signed.Manifest())
		wantTree(t, fmt.Sprintf("stopped at step %d", n), treeOf(t, dir), treeOf(t, back))
	}
}

// indexed ends an index with its SHA-256, and withoutSum takes that off.
func indexed(body string) []byte {
	return fmt.Appendf(nil, "%ssha256 %x\n", body, sha256.Sum256([]byte(body)))
}

func withoutSum(index string) string { return index[:strings.LastIndex(index, "sha256 ")] }

// One digit that a disk changed would put a file's bytes under another's name, in a
// snapshot of which every store and every signature says that it is good.
func TestAnIndexWithAChangedDigitIsNone(t *testing.T) {
	_, p, _ := packedPlan(t)
	good := p.Index.Render()
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if _, err := backup.ParseIndex(bad); err == nil {
			t.Fatalf("byte %d: want it refused, found %q read", i, bad[max(0, i-20):min(len(bad), i+20)])
		}
	}
}

func TestParseIndexRefuses(t *testing.T) {
	_, p, _ := packedPlan(t)
	good := withoutSum(string(p.Index.Render()))
	if _, err := backup.ParseIndex(indexed(good)); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.ParseIndex([]byte(good)); err == nil || !strings.HasPrefix(err.Error(), `index: want "sha256 `) {
		t.Errorf("no hash: want it refused, found %v", err)
	}
	lines := strings.SplitAfter(good, "\n")
	for name, c := range map[string]struct{ text, want string }{
		"json":                  {"[]", `index: want a file's line behind that of "", found "[]"`},
		"a payload's name":      {"segment ../x 5\n", `index: want at most 64 payloads with their weight, found "segment ../x 5"`},
		"a cut segment":         {strings.TrimSuffix(lines[0], "\n"), "index: want at most 64 payloads with their weight, found "},
		"a weight":              {strings.Replace(lines[0], "\n", "0x\n", 1), "index: want at most 64 payloads with their weight, found "},
		"a cut line":            {good[:len(good)-1], `index: want a file's line behind that of "file 28", found "`},
		"a file twice":          {good + lines[len(lines)-2], `index: want a file's line behind that of "file 29", found "`},
		"a segment that is not": {lines[0] + "7" + lines[1][1:], `index: want a file's line behind that of "", found "7 `},
		"a sign":                {lines[0] + "+" + lines[1], `index: want a file's line behind that of "", found "+0 `},
	} {
		if _, err := backup.ParseIndex(indexed(c.text)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: want %q, found %v", name, c.want, err)
		}
	}
}

// What parses renders to the same bytes.
func FuzzParseIndex(f *testing.F) {
	f.Add([]byte("segment payload-0123456789abcdef0123456789abcdef.age-payload 1512\n0 1 1000 5 6 7 " + strings.Repeat("ab", 32) + "  a\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := backup.ParseIndex(b); err == nil && !bytes.HasSuffix(b, []byte("\n")) {
			t.Errorf("want the whole line of its hash, found %q", b)
		}
		b = indexed(string(b))
		if x, err := backup.ParseIndex(b); err == nil && !bytes.Equal(x.Render(), b) {
			t.Errorf("want %q, found %q", b, x.Render())
		}
	})
}
