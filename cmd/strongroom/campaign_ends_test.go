package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/backup/servertest"
)

// A vault is backed up into three regions, verified, probed and locked for
// longer, and comes back from each of them by stock tools, the same in every
// byte: on two implementations of S3, sealed in one layer and in two.
func TestCampaignThreeRegionsFromEndToEnd(t *testing.T) {
	campaigning(t)
	for _, tool := range []string{"age", "zstd", "tar"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	for _, kind := range []servertest.Kind{servertest.VersityGW, servertest.MinIO} {
		for layers := 1; layers <= 2; layers++ {
			t.Run(fmt.Sprintf("%s, layers %d", kind, layers), func(t *testing.T) {
				t.Parallel()
				c := begun(t, kind, layers)
				c.hand(keeper, prober)
				c.large()
				c.exits(0, c.backup())
				since := time.Now()
				c.exits(0, c.backup(), "1 of them from before")
				for _, level := range []string{"V1", "V2", "V3"} {
					if got := c.exits(0, c.run("backup", "verify", "--level", level)); strings.Count(got.out, " good\n") != 6 {
						t.Errorf("%s: want 6 good copies, found:\n%s", level, got.out)
					}
				}
				got := c.exits(0, c.run("backup", "probe", "--identity", "probe"), "canary good", "sample good")
				if n := strings.Count(got.out, " of them as an attack"); n != 3 {
					t.Errorf("want 3 stores attacked, found:\n%s", got.out)
				}
				c.promises(since)
				since = time.Now()
				c.exits(0, c.run("backup", "extend"), "kept 2 snapshots of 2")
				for i, p := range campaignPlaces() {
					if why := c.whole(i, c.list()[0].Manifest, since.Add(ofDays(campaignLock)).Truncate(time.Second)); why != "" {
						t.Errorf("store %s after extend: %s", p.store, why)
					}
					c.same(c.stock(i, c.manifest(2), layers))
				}
			})
		}
	}
}

// stock restores a snapshot from one store as somebody does who has never seen
// this program.
func (c *campaign) stock(i int, m backup.Manifest, layers int) string {
	c.t.Helper()
	from, to := c.in("from-"+campaignPlaces()[i].store), c.in("restored-"+campaignPlaces()[i].store)
	c.check(os.Mkdir(from, 0o700))
	c.check(os.Mkdir(to, 0o700))
	for _, v := range c.versions(i, "") {
		if !strings.HasPrefix(v.name, "probe-") {
			c.check(os.WriteFile(filepath.Join(from, v.name), c.bytesOf(i, v), 0o600))
		}
	}
	for _, g := range m.Segments {
		line := `cat "$0" "$1" | age -d -i "$4" | zstd -d | tar x -C "$5"`
		if layers == 2 {
			line = `{ age -d -i "$4" "$2"; cat "$0" "$1" | age -d -i "$4"; } | age -d -i "$3" | zstd -d | tar x -C "$5"`
		}
		inner := g.Headers[len(g.Headers)-1].Name
		cmd := exec.Command("sh", "-ec", line, g.Headers[0].Name, g.Name, inner, c.in("erin"), c.in("dave"), to)
		cmd.Dir = from
		if out, err := cmd.CombinedOutput(); err != nil {
			c.t.Fatalf("store %s: %v: %s", campaignPlaces()[i].store, err, out)
		}
	}
	c.check(os.RemoveAll(filepath.Join(to, backup.Packed)))
	return to
}

// same compares what was restored with the home, byte for byte. SHA256SUMS is
// the snapshot's own.
func (c *campaign) same(restored string) {
	c.t.Helper()
	files := 0
	c.check(filepath.WalkDir(restored, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == sumsFile {
			return err
		}
		files++
		rel, err := filepath.Rel(restored, path)
		c.check(err)
		want, err := os.ReadFile(filepath.Join(c.home, rel))
		c.check(err)
		got, err := os.ReadFile(path)
		c.check(err)
		if !bytes.Equal(want, got) {
			c.t.Errorf("%s: want the bytes of the home, found others", rel)
		}
		return nil
	}))
	if m := c.manifest(2); files != int(m.Contents.Files) {
		c.t.Errorf("want %d files restored, found %d", m.Contents.Files, files)
	}
	cmd := exec.Command("sha256sum", "-c", "--quiet", "--strict", sumsFile)
	cmd.Dir = restored
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Errorf("sha256sum: %v: %s", err, out)
	}
}

// A gateway that takes wrong checksums and writes over names is no place for a
// backup, whatever it says: it is refused before anything is noted, by a
// sentence for each thing that it lacks.
func TestCampaignADeficientStoreIsRefused(t *testing.T) {
	campaigning(t)
	c := newCampaign(t, servertest.RGW, 1)
	c.bucket(0, true)
	got := c.exits(3, c.run("backup", "store", "add", "one", "--bucket", "one.txt", "--credentials", "one.key"),
		"is no place for a backup: ", "checksum: ", "conditional-create: ", "codes: BAK-LOCK")
	t.Logf("%s", got.err)
	if entries, err := os.ReadDir(filepath.Join(c.home, "backup", "stores")); err == nil && len(entries) != 0 {
		t.Errorf("want nothing noted, found %v", entries)
	}
	c.exits(1, c.run("backup", "run", "--key", "job"), "want at least one store, found none")
}
