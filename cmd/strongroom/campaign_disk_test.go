package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"strongroom/backup/servertest"
)

// shortDisk is the program where no file gets larger than 4 MiB: what a full
// disk does, for who may not mount one.
func shortDisk() {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4 << 20, Max: 4 << 20}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Args[0] = "strongroom"
	main()
}

// mounted puts a disk of so many bytes over a folder, and says whether it may.
func (c *campaign) mounted(path string, size int) (done func(), may bool) {
	c.t.Helper()
	c.check(os.MkdirAll(path, 0o700))
	err := syscall.Mount("tmpfs", path, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", size))
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		c.t.Logf("%s: only the superuser mounts small disks: left to whoever may", filepath.Base(path))
		return nil, false
	}
	c.check(err)
	off := false
	done = func() {
		if !off {
			off = true
			c.check(syscall.Unmount(path, syscall.MNT_DETACH))
		}
	}
	c.t.Cleanup(done)
	return done, true
}

// A home without room makes no snapshot and loses none.
func TestCampaignHomesThatAreFull(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	c.exits(0, c.backup())
	c.scribble("notes/small.bin", 9<<20)
	c.exits(1, c.by("strongroom-short-disk", "backup", "run", "--key", "job"), "file too large")
	c.noOrphans(1)
	since := time.Now()
	c.exits(0, c.backup())
	if n := c.promises(since); n != 2 {
		t.Errorf("want 2 snapshots, found %d", n)
	}

	spool := filepath.Join(c.home, "backup", "spool")
	for _, size := range []int{1 << 20, 6 << 20} {
		done, may := c.mounted(spool, size)
		if !may {
			return
		}
		c.exits(1, c.backup(), "no space left on device")
		c.noOrphans(2)
		done()
		since = time.Now()
		c.exits(0, c.backup())
		c.promises(since)
	}

	// The snapshot is in its stores, and the home cannot remember it: the spool
	// keeps it until it can.
	before := len(c.list())
	manifests := filepath.Join(c.home, "backup", "manifests")
	done, _ := c.mounted(manifests, 4096) // one page, which its own folder needs
	c.exits(1, c.backup(), "no space left on device")
	done()
	if pending, err := filepath.Glob(spool + "/manifest-*.txt"); err != nil || len(pending) != 1 {
		t.Errorf("want the snapshot kept in the spool, found %q", pending)
	}
	since = time.Now()
	c.exits(0, c.backup(), "was interrupted before it reached its stores: shipping it first")
	if n := c.promises(since); n != before+2 {
		t.Errorf("want %d snapshots, found %d", before+2, n)
	}
}

// A store without room is left behind, and caught up when it has room again.
func TestCampaignAStoreThatIsFull(t *testing.T) {
	campaigning(t)
	c := newCampaign(t, servertest.VersityGW, 1)
	data := c.onDisk(1, "")
	done, may := c.mounted(data, 14<<20)
	if !may {
		return
	}
	defer done()
	defer c.servers[1].Stop() // before its disk goes
	c.servers[1].Restart(t)   // into it
	c.begin()
	c.exits(0, c.backup())
	c.exits(0, c.backup(), "store two: ")
	c.noOrphans(1)
	c.check(syscall.Mount("tmpfs", data, "tmpfs", syscall.MS_REMOUNT, "size=400m,mode=0700"))
	since := time.Now()
	c.exits(0, c.backup(), "caught up snapshot 2 in two")
	c.promises(since)
}

// onDisk is where VersityGW keeps an object of a store.
func (c *campaign) onDisk(i int, name string) string {
	c.t.Helper()
	data, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", c.servers[i].PIDs()[0]))
	c.check(err)
	if name == "" {
		return data
	}
	return filepath.Join(data, bucketOf(campaignPlaces()[i].store), name)
}

// What rots on a server's disk is found by the next look at the bytes, and
// counts no more. Checksums that the server keeps do not show it.
func TestCampaignObjectsThatRot(t *testing.T) {
	campaigning(t)
	for name, rot := range map[string]func(path string) error{
		"a flipped bit": func(path string) error {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b[len(b)/2] ^= 1
			return writeInPlace(path, b)
		},
		"a lost end": func(path string) error { return os.Truncate(path, 1<<20) },
	} {
		t.Run(name, func(t *testing.T) {
			c := begun(t, servertest.VersityGW, 1)
			c.large()
			c.exits(0, c.backup())
			c.exits(0, c.backup())
			shared := c.manifest(2).Segments[0].Name // of the large file, and of both snapshots
			c.check(rot(c.onDisk(0, shared)))
			if why := c.whole(0, c.list()[1].Manifest, time.Now()); !strings.HasPrefix(why, shared) {
				t.Fatalf("want %s bad, found %q", shared, why)
			}
			c.exits(3, c.run("backup", "verify", "--level", "V3"), "copies: want 6 as their manifests say, found 2 that are not", shared+": want ")
			c.exits(0, c.run("backup", "run", "--key", "job", "--level", "V3"), "store one: ", shared+": ", "NOT DONE") // the others are good
			c.exits(0, c.run("backup", "verify", "--level", "V3", "--repair"), "made good: 1 object")
			since := time.Now()
			c.exits(0, c.backup())
			list := c.list()
			if why := c.whole(0, list[len(list)-1].Manifest, since.Add(ofDays(campaignLock)).Truncate(time.Second)); why != "" {
				t.Errorf("store one: %s", why)
			}
		})
	}
}

// writeInPlace keeps what else the file system knows of a file.
func writeInPlace(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, 0)
	return errors.Join(err, f.Close())
}

// A lock that ran out is made anew for all that is kept, by the keeper, and for
// what the next snapshot shares with those before by the next run.
func TestCampaignLocksThatRanOut(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	c.hand(keeper)
	c.large()
	c.exits(0, c.backup())
	shared := c.manifest(1).Segments[0].Name
	for i := range c.servers {
		for _, item := range c.manifest(1).Items() {
			c.check(unlock(c.onDisk(i, item.Name)))
		}
	}
	if until := c.lockOf(0, c.versions(0, shared)[0]); !until.IsZero() && until.After(time.Now()) {
		t.Fatalf("want the lock over, found it until %s", until)
	}
	c.wantLate("one: want its newest copy locked for half of 92 days yet, found 2020-01-01T00:00:00Z")
	since := time.Now()
	c.exits(0, c.backup())
	c.promises(since)
	since = time.Now()
	c.exits(0, c.run("backup", "extend"))
	for i, p := range campaignPlaces() {
		if why := c.whole(i, c.list()[0].Manifest, since.Add(ofDays(campaignLock)).Truncate(time.Second)); why != "" {
			t.Errorf("store %s: %s", p.store, why)
		}
	}
}

// unlock dates an object's lock back on the disk of VersityGW: time passes for
// one lock alone.
func unlock(path string) error {
	b := make([]byte, 1024)
	n, err := syscall.Getxattr(path, "user.object-retention", b)
	if err != nil {
		return err
	}
	_, date, ok := strings.Cut(string(b[:n]), `"RetainUntilDate":"`)
	date, _, end := strings.Cut(date, `"`)
	if !ok || !end {
		return fmt.Errorf("want a date in %q", b[:n])
	}
	return syscall.Setxattr(path, "user.object-retention", []byte(strings.Replace(string(b[:n]), date, "2020-01-01T00:00:00Z", 1)), 0)
}
