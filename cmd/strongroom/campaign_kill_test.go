package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"strongroom/backup/servertest"
)

// campaignRounds is how often a run is killed and the next one looked at: five
// times, or as often as STRONGROOM_CAMPAIGN says.
func campaignRounds(t *testing.T) int {
	t.Helper()
	s := os.Getenv("STRONGROOM_CAMPAIGN")
	if s == "" {
		return 5
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("STRONGROOM_CAMPAIGN: want how many rounds, found %q", s)
	}
	return n
}

// killed starts a run and kills it after a time, as a power cut would. It says
// what the spool held then.
func (c *campaign) killed(after time.Duration) string {
	c.t.Helper()
	c.scribble("notes/small.bin", 9<<20)
	cmd, _, _ := c.command("strongroom", "backup", "run", "--key", "job")
	c.check(cmd.Start())
	time.Sleep(after)
	_ = cmd.Process.Signal(syscall.SIGKILL) // it may have ended
	_ = cmd.Wait()
	if cmd.ProcessState.Exited() {
		return "after its end"
	}
	sealed, err := filepath.Glob(c.home + "/backup/spool/manifest-*.txt")
	c.check(err)
	some, err := filepath.Glob(c.home + "/backup/spool/*")
	c.check(err)
	switch {
	case len(sealed) > 0:
		return "while shipping"
	case len(some) > 0:
		return "while sealing"
	}
	return "before sealing or when all was shipped"
}

// fewRounds is how often one vault's runs are killed: each look costs more the
// more snapshots there are.
const fewRounds = 10

// A run that is killed at any moment leaves nothing that counts and is not
// whole, and the next one keeps every promise.
func TestCampaignKilledRunsAreEndedByTheNext(t *testing.T) {
	campaigning(t)
	when, kills, snapshots := map[string]int{}, 0, 0
	for left, seed := campaignRounds(t), uint64(1); left > 0; left, seed = left-fewRounds, seed+1 {
		c := begun(t, servertest.VersityGW, 1)
		n, m := c.killRounds(min(left, fewRounds), rand.New(rand.NewPCG(2026, seed)), when)
		kills, snapshots = kills+n, snapshots+m
	}
	t.Logf("killed %d times, %v; %d snapshots, all whole in three stores", kills, when, snapshots)
}

// killRounds kills runs at random moments and lets the next one end. It returns
// how often it killed, and how many snapshots there are now.
func (c *campaign) killRounds(rounds int, random *rand.Rand, when map[string]int) (kills, snapshots int) {
	c.t.Helper()
	c.large()
	c.exits(0, c.backup())
	start := time.Now()
	c.exits(0, c.backup())
	whole := time.Since(start)
	snapshots = 2
	for range rounds {
		for again := true; again; again = random.IntN(4) == 0 {
			when[c.killed(time.Duration(random.Int64N(int64(whole))))]++
			kills++
		}
		c.noOrphans(snapshots)
		since := time.Now()
		if got := c.exits(0, c.backup()); strings.Contains(got.out, "NOT DONE") {
			c.t.Errorf("want three good copies, found:\n%s", got.out)
		}
		n := c.promises(since)
		if n <= snapshots {
			c.t.Errorf("want more than %d snapshots, found %d", snapshots, n)
		}
		if snapshots = n; c.t.Failed() {
			c.t.FailNow()
		}
	}
	return kills, snapshots
}
