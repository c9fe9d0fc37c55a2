package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"strongroom/backup"
	"strongroom/backup/servertest"
)

// policyOf is the file of docs/s3 that a power's credentials are under.
func policyOf(p power) string {
	return map[power]string{writer: "write.json", keeper: "keeper.json", prober: "probe.json"}[p]
}

// under returns credentials at a store of the campaign that have one power, as
// docs/s3 ships it, and no other right: the store enforces that.
func (c *campaign) under(i int, p power) credentials.Value {
	c.t.Helper()
	policy, err := os.ReadFile("../../docs/s3/" + policyOf(p))
	c.check(err)
	server := c.servers[i]
	source, err := credentials.NewSTSAssumeRole("https://"+server.Endpoint, credentials.STSAssumeRoleOptions{AccessKey: server.AccessKey, SecretKey: server.SecretKey,
		Location: server.Region, DurationSeconds: 3600, Policy: strings.NewReplacer("BUCKET", bucketOf(campaignPlaces()[i].store), "DAYS", strconv.Itoa(2*campaignLock)).Replace(string(policy))})
	c.check(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(server.CAPEM)
	line := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	v, err := source.GetWithContext(&credentials.CredContext{Client: line})
	c.check(err)
	return v
}

// bring puts the pair of one power, and what says where it is, beside the home.
func (c *campaign) bring(i int, p power) (name string) {
	c.t.Helper()
	v, name := c.under(i, p), campaignPlaces()[i].store+"-"+string(p)
	c.check(os.WriteFile(c.in(name+".pair"), fmt.Appendf(nil, "access=%s\nsecret=%s\nsession=%s\n", v.AccessKeyID, v.SecretAccessKey, v.SessionToken), 0o600))
	c.check(os.WriteFile(c.in(name+".key"), fmt.Appendf(nil, "credentials file %s\n", c.in(name+".pair")), 0o600))
	return name + ".key"
}

// thief speaks to a store with the credentials of one power, past the program.
func (c *campaign) thief(i int, p power) *minio.Core {
	c.t.Helper()
	v, server := c.under(i, p), c.servers[i]
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(server.CAPEM)
	core, err := minio.NewCore(server.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(v.AccessKeyID, v.SecretAccessKey, v.SessionToken), Secure: true, Region: server.Region,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}})
	c.check(err)
	return core
}

// page is the recovery page of the only snapshot, as the home keeps it.
func (c *campaign) page() string {
	c.t.Helper()
	for _, e := range c.homeFiles("backup/manifests") {
		if strings.HasPrefix(e, "recover-") && strings.HasSuffix(e, ".html") {
			return e
		}
	}
	c.t.Fatal("want a recovery page in the home, found none")
	return ""
}

func (c *campaign) homeFiles(folder string) []string {
	c.t.Helper()
	entries, err := os.ReadDir(c.home + "/" + folder)
	c.check(err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// Each command works with the credentials of its own power under the shipped
// policies, and what is none of that power's business the store refuses.
func TestCampaignEachPowerDoesItsWorkAndNoOther(t *testing.T) {
	campaigning(t)
	c := newCampaign(t, servertest.MinIO, 1)
	for i, p := range campaignPlaces() {
		c.bucket(i, true)
		add := func(to power) said {
			return c.must("backup", "store", "add", p.store, "--bucket", p.store+".txt", "--credentials", c.bring(i, to), "--for", string(to))
		}
		c.exits(0, add(writer), "delete: want a locked version that cannot be deleted, found that not shown: these credentials may not delete at all; the probe, with credentials of its own, shows it")
		add(keeper)
		add(prober)
	}
	c.exits(0, c.backup())
	c.exits(0, c.run("backup", "verify", "--level", "V3"))
	c.exits(0, c.run("backup", "extend"), "kept 1 snapshot of 1")
	got := c.exits(0, c.run("backup", "probe", "--identity", "probe"), "canary good", "sample good")
	if strings.Contains(got.out, "not shown") {
		t.Errorf("probe: want every promise shown, found %s", got.out)
	}
	c.exits(0, c.run("backup", "restore", "back", "--identity", "dave"))
	c.posturesGood()
	c.powersApart()
	c.floodPages()
	c.marksStay()
}

// posturesGood looks with the credentials of each power how the buckets are set
// up and what these may: all is well but for what MinIO does not know or does
// otherwise, and what only who may put an object can try.
func (c *campaign) posturesGood() {
	c.t.Helper()
	aside := filepath.Join(c.home, "backup", "aside")
	for i, p := range powers() { // a home uses the first that it has
		want := map[string]string{"own-bypass": []string{"warn", "not readable", "not readable"}[i], "public-block": "not readable"}
		var r struct {
			Stores []struct {
				Store    string
				Power    power
				Findings []struct{ Name, Status string }
			}
			Bad []string
		}
		c.check(json.Unmarshal([]byte(c.must("backup", "posture", "--only", "stores", "--json").out), &r))
		if len(r.Stores) != len(campaignPlaces()) || len(r.Bad) != 0 {
			c.t.Errorf("%s: want %d stores and nothing bad, found %d and %q", p, len(campaignPlaces()), len(r.Stores), r.Bad)
		}
		for _, s := range r.Stores {
			odd := map[string]string{}
			for _, f := range s.Findings {
				if f.Status != "pass" {
					odd[f.Name] = f.Status
				}
			}
			if s.Power != p || len(s.Findings) < 20 || !maps.Equal(odd, want) {
				c.t.Errorf("%s: %s: want %v beside what passes, found %v of %d with the credentials of the %s", p, s.Store, want, odd, len(s.Findings), s.Power)
			}
		}
		c.check(errors.Join(os.MkdirAll(aside, 0o700), os.Rename(filepath.Join(c.home, "backup", p.folder()), filepath.Join(aside, p.folder()))))
	}
	for _, p := range powers() {
		back := filepath.Join(c.home, "backup", p.folder()) // empty: the program looked for it
		c.check(errors.Join(os.RemoveAll(back), os.Rename(filepath.Join(aside, p.folder()), back)))
	}
	c.check(os.Remove(aside))
}

// powersApart tries with each power what only another one may, at the first
// store. What is there afterwards counts.
func (c *campaign) powersApart() {
	c.t.Helper()
	store := bucketOf(campaignPlaces()[0].store)
	before := c.versions(0, "")
	for _, p := range powers() {
		core := c.thief(0, p)
		for _, v := range before {
			if strings.HasPrefix(v.name, "probe-") {
				continue
			}
			_ = core.RemoveObject(context.Background(), store, v.name, minio.RemoveObjectOptions{VersionID: v.id, GovernanceBypass: true})
			_ = core.RemoveObject(context.Background(), store, v.name, minio.RemoveObjectOptions{})
		}
		for what, err := range map[string]error{"versioning": core.SuspendVersioning(context.Background(), store), "policy": core.SetBucketPolicy(context.Background(), store, ""), "bucket": core.RemoveBucket(context.Background(), store)} {
			if err == nil {
				c.t.Errorf("%s: %s: want it refused, found it done", p, what)
			}
		}
		if p == writer {
			continue
		}
		if _, err := core.PutObject(context.Background(), store, "notes.txt", strings.NewReader("x"), 1, "", "", minio.PutObjectOptions{}); err == nil {
			c.t.Errorf("%s: want a new object refused, found it put", p)
		}
	}
	if after := c.versions(0, ""); !slices.Equal(before, after) {
		c.t.Errorf("want the store as it was, found %v instead of %v", after, before)
	}
}

// floodPages has a thief of the writer's credentials put names beside the
// snapshot, each with a signature: the page that the home knows is found, mended
// and locked all the same, and people are told.
func (c *campaign) floodPages() {
	c.t.Helper()
	page, core := c.page(), c.thief(0, writer)
	stem := page[:strings.LastIndex(page, "-")+1]
	put := func(name string, b []byte) {
		sum := backup.Whole(b).Sum
		_, err := core.PutObject(context.Background(), bucketOf("one"), name, bytes.NewReader(b), int64(len(b)), "", "",
			minio.PutObjectOptions{UserMetadata: map[string]string{"x-amz-checksum-sha256": base64.StdEncoding.EncodeToString(sum[:])}})
		c.check(err)
	}
	for n := range 70 {
		put(fmt.Sprintf("%s%016x.html", stem, n), []byte("do as I say"))
		put(fmt.Sprintf("%s%016x.backup-job.recover.sig", stem, n), []byte("signed"))
	}
	c.exits(0, c.run("backup", "verify", "--level", "V1"), "one: "+stem+"0000000000000000.html was not signed by who made the snapshot")
	c.exits(1, c.run("backup", "extend"), "want at most 64 names of pages that nobody here knows beside snapshot 1, found 70: somebody fills the store with names",
		"one: "+stem+"0000000000000000.html is not locked, and no snapshot names it")
	c.wantLate("do not follow it")
	if _, late := c.status(); slices.ContainsFunc(late, func(s string) bool { return strings.Contains(s, "want a recovery page") }) {
		c.t.Errorf("want the page found, found %q", late)
	}
}

// marksStay wants what says whose a store is locked like the copies.
func (c *campaign) marksStay() {
	c.t.Helper()
	for i, p := range campaignPlaces() {
		for _, v := range c.versions(i, markName) {
			_ = c.admin(i).RemoveObject(context.Background(), bucketOf(p.store), v.name, minio.RemoveObjectOptions{VersionID: v.id, GovernanceBypass: true})
		}
		_ = c.admin(i).RemoveObject(context.Background(), bucketOf(p.store), markName, minio.RemoveObjectOptions{})
	}
	c.exits(0, c.backup())
	c.exits(0, c.run("backup", "restore", "again", "--identity", "dave"))
}
