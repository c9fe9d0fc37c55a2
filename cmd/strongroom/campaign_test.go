package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/backup/servertest"
)

// campaign is a vault's home with three buckets in three regions, each behind
// a proxy, and the program as a process of its own: what it can be killed in.
type campaign struct {
	t       *testing.T
	dir     string // keys and descriptions; the home is in it
	home    string
	servers []*servertest.S3Server
	proxies []*servertest.Proxy
	noise   *rand.ChaCha8
}

// place is where a store of a campaign says that it lies.
type campaignPlace struct{ store, region, line string }

func campaignPlaces() []campaignPlace {
	return []campaignPlace{
		{"one", "eu-central-1", "50.1109 8.6821 hetzner DE acct-1 main compliance"},
		{"two", "eu-west-1", "53.3498 -6.2603 ovh IE acct-2 liffey compliance"},
		{"three", "eu-north-1", "59.3293 18.0686 aws SE acct-3 malaren compliance"},
	}
}

// campaignLock is for how many days the campaign's annex has locks.
const campaignLock = 92

// campaignAnnex are the lines of annex backup: two good copies of three, one
// layer or two.
func campaignAnnex(layers int) string {
	lines := []string{"copies 2", "credentials 90", "distance site 100", "distance stores 300", "distinct account 3", "drill 92", "keep daily 14",
		fmt.Sprintf("lock %d", campaignLock), "maker backup-job pub job.pub", "probe pub probe.pub", "probe-every 24", "reader age-1.1",
		"recipient 1 alice key alice", "recipient 1 dave key dave", "rpo 30", "rto 48", "site 47.3769 8.5417",
		"verify V1 24", "verify V2 168", "verify V3 720"}
	if layers == 2 {
		lines = append(lines, "recipient 2 erin key erin")
	}
	for _, p := range campaignPlaces() {
		lines = append(lines, "store "+p.store+" "+p.line)
	}
	return strings.Join(lines, "\n") + "\n"
}

// campaigning begins a test of the campaign. They take minutes, so scripts/test.sh
// leaves them to scripts/test-all.sh, which has them run side by side, and not
// under the race detector.
func campaigning(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("the fault campaign is not short")
	}
	t.Parallel()
}

// newCampaign makes the home and starts three servers of a kind, without a
// bucket yet.
func newCampaign(t *testing.T, kind servertest.Kind, layers int) *campaign {
	t.Helper()
	c := &campaign{t: t, dir: t.TempDir(), noise: rand.NewChaCha8([32]byte{42})}
	c.home = filepath.Join(c.dir, "desk")
	for _, p := range campaignPlaces() {
		region := p.region
		if kind == servertest.RGW {
			region = servertest.Region
		}
		server := servertest.S3In(t, kind, region)
		c.servers, c.proxies = append(c.servers, server), append(c.proxies, server.Proxy(t))
		if kind == servertest.RGW {
			break
		}
	}
	script := filepath.Join(t.TempDir(), "home.txtar")
	text := "keys job other\nagekey probe\nannex backup lines\ndesk\nleave\n-- lines --\n" + campaignAnnex(layers)
	c.check(os.WriteFile(script, []byte(text), 0o600))
	t.Run("home", func(t *testing.T) {
		s := &stage{t: t}
		commands := s.commands()
		commands["leave"] = plain(func(ts *testscript.TestScript, _ []string) { ts.Check(os.CopyFS(c.dir, os.DirFS(ts.MkAbs(".")))) })
		testscript.Run(t, testscript.Params{Setup: quickExit, Files: []string{script}, RequireExplicitExec: true, Cmds: commands})
	})
	if t.Failed() {
		t.FailNow()
	}
	c.scribble("notes/small.bin", 9<<20) // two parts, new in every snapshot
	return c
}

// begun is newCampaign with buckets that the program took as stores.
func begun(t *testing.T, kind servertest.Kind, layers int) *campaign {
	t.Helper()
	c := newCampaign(t, kind, layers)
	c.begin()
	return c
}

// begin makes the buckets and has the program take them.
func (c *campaign) begin() {
	c.t.Helper()
	for i, p := range campaignPlaces() {
		c.bucket(i, true)
		c.must("backup", "store", "add", p.store, "--bucket", p.store+".txt", "--credentials", p.store+".key")
	}
}

// hand gives the home the credentials of other powers too.
func (c *campaign) hand(to ...power) {
	c.t.Helper()
	for _, p := range campaignPlaces() {
		for _, other := range to {
			c.must("backup", "store", "add", p.store, "--bucket", p.store+".txt", "--credentials", p.store+".key", "--for", string(other))
		}
	}
}

// large puts a file into the home that gets a segment of its own, the same in
// every snapshot.
func (c *campaign) large() {
	c.t.Helper()
	c.scribble("notes/large.bin", 17<<20)
	time.Sleep(200 * time.Millisecond) // what just changed is read again
}

func (c *campaign) check(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// scribble puts random bytes into a file of the home.
func (c *campaign) scribble(name string, size int) {
	c.t.Helper()
	b := make([]byte, size)
	_, err := c.noise.Read(b)
	path := filepath.Join(c.home, name)
	c.check(errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, b, 0o600)))
}

// bucket makes the bucket of a store and its two descriptions. The program
// speaks to the proxy before it.
func (c *campaign) bucket(i int, locks bool) {
	c.t.Helper()
	server, name := c.servers[i], campaignPlaces()[i].store
	c.check(c.admin(i).MakeBucket(context.Background(), bucketOf(name), minio.MakeBucketOptions{Region: server.Region, ObjectLocking: locks}))
	c.lend(i, server.AccessKey, server.SecretKey)
	c.check(os.WriteFile(c.in(name+".key"), fmt.Appendf(nil, "credentials file %s\n", c.in(name+".pair")), 0o600))
	b := bucket{endpoint: c.proxies[i].Endpoint, region: server.Region, name: bucketOf(name), pathStyle: true, authority: server.CAFile}
	c.check(os.WriteFile(c.in(name+".txt"), b.bytes(), 0o600))
}

// lend puts a pair of keys where the job looks for them.
func (c *campaign) lend(i int, access, secret string) {
	c.t.Helper()
	c.check(os.WriteFile(c.in(campaignPlaces()[i].store+".pair"), fmt.Appendf(nil, "access=%s\nsecret=%s\n", access, secret), 0o600))
}

func (c *campaign) read(name string) []byte {
	c.t.Helper()
	b, err := os.ReadFile(c.in(name))
	c.check(err)
	return b
}

func bucketOf(store string) string { return "vault-copies-" + store }

func (c *campaign) in(name string) string { return filepath.Join(c.dir, name) }

// admin speaks to a server past its proxy, with all that its credentials may.
func (c *campaign) admin(i int) *minio.Client {
	c.t.Helper()
	client, err := adminOf(c.servers[i])
	c.check(err)
	return client
}

func adminOf(server *servertest.S3Server) (*minio.Client, error) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(server.CAPEM)
	plain := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	return minio.New(server.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(server.AccessKey, server.SecretKey, ""), Secure: true, Region: server.Region, Transport: renaming{plain}})
}

// renaming gives the answer about a lock the name that the library knows it by.
type renaming struct{ plain http.RoundTripper }

func (n renaming) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := n.plain.RoundTrip(r)
	if err != nil || r.Method != http.MethodGet || !r.URL.Query().Has("retention") {
		return answer, err
	}
	b, err := io.ReadAll(answer.Body)
	b = bytes.ReplaceAll(b, []byte("ObjectLockRetention"), []byte("Retention"))
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	return answer, err
}

// said is what the program said.
type said struct {
	code     int
	out, err string
}

// command is the program, or another one of this binary, in the campaign's folder.
func (c *campaign) command(program string, args ...string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	cmd := exec.Command(program, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "STRONGROOM_HOME="+c.home, "HOME="+c.dir, "GORACE=atexit_sleep_ms=0")
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	return cmd, &out, &err
}

// by runs one of the programs of this binary to its end.
func (c *campaign) by(program string, args ...string) said {
	c.t.Helper()
	cmd, out, stderr := c.command(program, args...)
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return said{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

func (c *campaign) run(args ...string) said {
	c.t.Helper()
	return c.by("strongroom", args...)
}

// exits wants an exit status, and sentences on standard error or output.
func (c *campaign) exits(code int, got said, sentences ...string) said {
	c.t.Helper()
	if got.code != code {
		c.t.Fatalf("want exit %d, found %d:\n%s\n%s", code, got.code, got.out, got.err)
	}
	all := strings.Join(strings.Fields(got.out+got.err), " ") // lines are folded for a terminal
	for _, s := range sentences {
		if !strings.Contains(all, s) {
			c.t.Errorf("want it to say %q, found:\n%s\n%s", s, got.out, got.err)
		}
	}
	return got
}

func (c *campaign) must(args ...string) said {
	c.t.Helper()
	return c.exits(0, c.run(args...))
}

// backup takes a snapshot of a home that has just changed.
func (c *campaign) backup() said {
	c.t.Helper()
	c.scribble("notes/small.bin", 9<<20)
	return c.run("backup", "run", "--key", "job")
}

// listed is what "backup list" says of one snapshot.
type listed struct {
	Snapshot uint64
	Manifest string
	Stores   []string
}

// list is every snapshot that the program knows of.
func (c *campaign) list() []listed {
	c.t.Helper()
	var out []listed
	c.check(json.Unmarshal([]byte(c.must("backup", "list", "--json").out), &out))
	return out
}

// status returns what "backup status" says of a store, and all that is late but
// for what a campaign never does: probes, postures and drills.
func (c *campaign) status() (stores []storeStatus, late []string) {
	c.t.Helper()
	var r backupReport
	c.check(json.Unmarshal([]byte(c.run("backup", "status", "--json").out), &r))
	late = slices.DeleteFunc(r.Late, func(s string) bool {
		return strings.HasPrefix(s, "drill: ") || strings.HasPrefix(s, "posture: ") || strings.Contains(s, "no probe for")
	})
	return r.Stores, late
}

// ofDays is a duration.
func ofDays(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
