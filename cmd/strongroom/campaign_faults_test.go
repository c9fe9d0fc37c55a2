package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"strongroom/backup/servertest"
)

// uploading starts a run and waits until a store is sent parts.
func (c *campaign) uploading(store int) *exec.Cmd {
	c.t.Helper()
	before := len(c.proxies[store].Requests())
	c.scribble("notes/small.bin", 9<<20)
	cmd, _, _ := c.command("strongroom", "backup", "run", "--key", "job")
	c.check(cmd.Start())
	for range 3000 {
		for _, r := range c.proxies[store].Requests()[before:] {
			if strings.HasPrefix(r, "PUT ") && strings.Contains(r, "partNumber=") {
				return cmd
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.t.Fatal("want parts on their way, found none")
	return nil
}

// A store that dies while it is sent something is left behind; the next run
// brings it everything, without a key and from another store.
func TestCampaignStoresThatDieInMidUploadAreCaughtUp(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	c.exits(0, c.backup())
	for dead, code := range map[int]int{1: 0, 2: 1} { // two good copies are enough, one is not
		cmd := c.uploading(0)
		for i := range dead {
			c.servers[i].Kill()
		}
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("%d dead stores: want exit %d, found %d", dead, code, got)
		}
		for i := range dead {
			c.servers[i].Restart(t)
		}
		c.noOrphans(1)
		since := time.Now()
		c.exits(0, c.backup())
		c.promises(since)
		for _, l := range c.list() {
			if len(l.Stores) != 3 {
				t.Errorf("snapshot %d: want it caught up in 3 stores, found it in %v", l.Snapshot, l.Stores)
			}
		}
	}
}

// Stores that answer "slow down" now and then, or for a while, change nothing;
// those that go on with it are left behind.
func TestCampaignStormsOfServerErrors(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	var faults []*servertest.Injected
	for i, p := range c.proxies {
		for _, after := range []int{3, 11, 19, 23} {
			faults = append(faults, p.Inject(servertest.Fault{After: after + i, Times: 2, Do: servertest.Answer([]int{500, 503, 503}[i])}))
		}
	}
	since := time.Now()
	if got := c.exits(0, c.backup()); strings.Contains(got.out, "NOT DONE") {
		t.Errorf("showers: want three good copies, found:\n%s", got.out)
	}
	harmed := 0
	for _, f := range faults {
		harmed += f.Harmed()
		f.End()
	}
	if harmed < 12 {
		t.Errorf("want many requests harmed, found %d", harmed)
	}
	c.promises(since)

	storms := []*servertest.Injected{
		c.proxies[0].Inject(servertest.Fault{Method: "PUT", Times: servertest.Always, Do: servertest.Answer(503)}),
		c.proxies[1].Inject(servertest.Fault{Method: "PUT", In: "partNumber=2", Times: servertest.Always, Do: servertest.Answer(500)}),
	}
	c.exits(1, c.backup(), "copies: want 2 verified at V1, found 1 of 3", "store one: ", "the store answered 503 SlowDown", "store two: ", "the store answered 500 InternalError")
	for _, f := range storms {
		if f.Harmed() == 0 {
			t.Error("want the storm felt, found it not")
		}
		f.End()
	}
	c.noOrphans(1)
	since = time.Now()
	c.exits(0, c.backup())
	c.promises(since)
}

// Credentials that are taken back while a run goes on end the run; with new ones
// the next run keeps every promise.
func TestCampaignCredentialsThatAreRevokedInMidRun(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	c.exits(0, c.backup())
	var revoked []*servertest.Injected
	for i, p := range c.proxies[:2] {
		revoked = append(revoked, p.Inject(servertest.Fault{After: 12 + 7*i, Times: servertest.Always, Do: servertest.Answer(403)}))
	}
	c.exits(1, c.backup(), "copies: want 2 verified at V1, found 1 of 3", "the store answered 403 AccessDenied (the credentials do not permit it)")
	stores, late := c.status()
	if len(stores) != 3 || !slices.ContainsFunc(late, func(s string) bool { return strings.HasPrefix(s, "one: store one: ") }) {
		t.Errorf("status: want it to tell of store one, found %q", late)
	}
	for _, f := range revoked {
		if f.Harmed() == 0 {
			t.Error("want credentials refused, found none")
		}
		f.End()
	}
	c.noOrphans(1)
	since := time.Now()
	c.exits(0, c.backup())
	c.promises(since)
}

// A list that is old hides the newest snapshots from the job, which goes on by
// its own memory; without that memory it repeats a number, and that is told.
func TestCampaignStaleListsForkNothingUnnoticed(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	c.exits(0, c.backup())
	var stale []*servertest.Injected
	for _, p := range c.proxies {
		stale = append(stale, p.Inject(servertest.Fault{Method: "GET", In: "prefix=manifest-&", Times: servertest.Always, Do: servertest.Repeat()}))
	}
	c.exits(0, c.backup())
	c.exits(0, c.backup())
	for _, l := range c.list()[1:] {
		if len(l.Stores) != 0 {
			t.Errorf("want the lists stale, found snapshot %d told in %v", l.Snapshot, l.Stores)
		}
	}
	for i, f := range stale {
		if f.Harmed() == 0 {
			t.Fatalf("want lists asked of store %d, found none in %v", i, c.proxies[i].Requests())
		}
		f.End()
	}
	since := time.Now()
	c.exits(0, c.backup())
	if n := c.promises(since); n != 4 {
		t.Errorf("want 4 snapshots, found %d", n)
	}

	for i, p := range c.proxies {
		stale[i] = p.Inject(servertest.Fault{Method: "GET", In: "prefix=manifest-&", Times: servertest.Always, Do: servertest.Repeat()})
	}
	c.exits(0, c.backup()) // 5, of which the lists know nothing
	c.check(os.RemoveAll(filepath.Join(c.home, "backup", "manifests")))
	c.exits(0, c.backup()) // 5 again
	for _, f := range stale {
		f.End()
	}
	twice := "snapshot 5 does not follow the one before it: manifest: want number 6, found 5"
	c.exits(0, c.run("backup", "list"), twice)
	c.exits(3, c.run("backup", "status"), twice)
	if list := c.list(); len(list) != 6 || list[4].Snapshot != 5 || list[5].Snapshot != 5 || len(list[4].Stores) != 3 || len(list[5].Stores) != 3 {
		t.Errorf("want both snapshots with number 5 kept everywhere, found %v", list)
	}
	c.exits(0, c.backup())
	if list := c.list(); list[len(list)-1].Snapshot != 6 {
		t.Errorf("want the chain to go on with 6, found %v", list)
	}
}

// A clock that is a year off makes no lock too short, hides nothing, and is
// told.
func TestCampaignClocksThatAreAYearOff(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	c.hand(keeper)
	c.exits(0, c.backup())

	c.scribble("notes/small.bin", 9<<20)
	behind := c.exits(1, c.by("strongroom-year-behind", "backup", "run", "--key", "job"), "copies: want 2 verified at V1, found 0 of 3")
	t.Logf("behind: %s", behind.err)
	c.noOrphans(1)
	since := time.Now()
	c.exits(0, c.backup(), "was interrupted before it reached its stores: shipping it first")
	c.promises(since)

	c.scribble("notes/small.bin", 9<<20)
	c.exits(0, c.by("strongroom-year-ahead", "backup", "run", "--key", "job"))
	ahead := time.Now().Add(ofDays(365)).UTC().Format("2006-01-02T")
	early := "snapshot 4 says that it was taken at " + ahead
	c.exits(3, c.run("backup", "status"), early, "V3 of snapshot 4, "+ahead)
	c.exits(0, c.must("backup", "extend"), "out of order by number, block or time, so they are kept whatever the rules say: find out why")
	since = time.Now()
	c.exits(0, c.backup(), early)
	list := c.list()
	for i, p := range campaignPlaces() {
		if why := c.whole(i, list[4].Manifest, since.Add(ofDays(campaignLock)).Truncate(time.Second)); why != "" {
			t.Errorf("store %s: %s", p.store, why)
		}
	}
	if _, late := c.status(); len(late) != 1 || !strings.HasPrefix(late[0], early) {
		t.Errorf("status: want the snapshot from a time to come told, found %q", late)
	}
}
