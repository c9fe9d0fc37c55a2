package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
	"strongroom/backup/servertest"
	"strongroom/quorum/sshsig"
)

// put writes an object as somebody with the writer's credentials does, past the
// program.
func (c *campaign) put(i int, name string, b []byte) {
	c.t.Helper()
	sum := sha256.Sum256(b)
	core := minio.Core{Client: c.admin(i)}
	_, err := core.PutObject(context.Background(), bucketOf(campaignPlaces()[i].store), name, bytes.NewReader(b), int64(len(b)), "", "",
		minio.PutObjectOptions{UserMetadata: map[string]string{"x-amz-checksum-sha256": base64.StdEncoding.EncodeToString(sum[:])}})
	c.check(err)
}

// plant signs a manifest and puts it with its signature into every store.
func (c *campaign) plant(m backup.Manifest, keyFile string) backup.Signed {
	c.t.Helper()
	b, err := os.ReadFile(c.in(keyFile))
	c.check(err)
	key, err := sshsig.ParsePrivateKey(b, nil)
	c.check(err)
	signed, err := backup.SignManifest(m, key)
	c.check(err)
	for i := range c.servers {
		c.put(i, signed.SignatureName(), signed.Signature())
		c.put(i, signed.TextName(), signed.Bytes())
	}
	return signed
}

// manifest returns a manifest of the home, by number.
func (c *campaign) manifest(number int) backup.Manifest {
	c.t.Helper()
	names, err := filepath.Glob(fmt.Sprintf("%s/backup/manifests/manifest-%06d-*.txt", c.home, number))
	c.check(err)
	if len(names) != 1 {
		c.t.Fatalf("want one manifest with number %d in the home, found %q", number, names)
	}
	b, err := os.ReadFile(names[0])
	c.check(err)
	m, err := backup.ParseManifest(b)
	c.check(err)
	return m
}

// wantLate wants status to refuse and a sentence in what is late.
func (c *campaign) wantLate(sentence string) {
	c.t.Helper()
	if _, late := c.status(); !slices.ContainsFunc(late, func(s string) bool { return strings.Contains(s, sentence) }) {
		c.t.Errorf("status: want it to tell %q, found %q", sentence, late)
	}
}

// Whoever has the stores' credentials, and be they the owner's, deletes nothing,
// unlocks nothing and hides nothing; the next look tells.
func TestCampaignStolenCredentialsDestroyNothing(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	since := time.Now()
	c.exits(0, c.backup())
	manifest := c.list()[0].Manifest
	long := since.Add(ofDays(campaignLock)).Truncate(time.Second)
	for i, p := range campaignPlaces() {
		admin, bucket := c.admin(i), bucketOf(p.store)
		for _, v := range c.versions(i, "") {
			if strings.HasPrefix(v.name, "probe-") {
				continue
			}
			soon, governance, compliance := time.Now().Add(time.Minute), minio.Governance, minio.Compliance
			// Their answers do not matter: what is there afterwards does.
			_ = admin.RemoveObject(t.Context(), bucket, v.name, minio.RemoveObjectOptions{VersionID: v.id, GovernanceBypass: true})
			_ = admin.PutObjectRetention(t.Context(), bucket, v.name, minio.PutObjectRetentionOptions{Mode: &compliance, RetainUntilDate: &soon, VersionID: v.id})
			_ = admin.PutObjectRetention(t.Context(), bucket, v.name, minio.PutObjectRetentionOptions{Mode: &governance, RetainUntilDate: &soon, VersionID: v.id, GovernanceBypass: true})
			c.put(i, v.name, []byte("something else"))
			_ = admin.RemoveObject(t.Context(), bucket, v.name, minio.RemoveObjectOptions{})
		}
		if why := c.whole(i, manifest, long); why != "" {
			t.Errorf("store %s: %s", p.store, why)
		}
	}
	if l := c.list(); len(l) != 1 || len(l[0].Stores) != 3 {
		t.Errorf("list: want the snapshot in 3 stores, found %v", l)
	}
	c.exits(0, c.run("backup", "verify", "--level", "V3"))
	c.exits(3, c.run("backup", "status"), "somebody wrote over manifest-000001-"+manifest[:16]+".txt; the locked version is still there")
	c.exits(0, c.run("backup", "restore", "back", "--store", "two", "--identity", "dave"))
	c.exits(0, c.backup())
	if n := len(c.list()); n != 2 {
		t.Errorf("want the next run to go on, found %d snapshots", n)
	}
}

// The mark of a store is locked like the copies: without it nobody would use the
// store.
func TestCampaignTheMarksOfStoresStay(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	c.marksStay()
	for i, p := range campaignPlaces() {
		if v := c.versions(i, markName); len(v) == 0 {
			t.Errorf("store %s: want its mark still there, found none", p.store)
		}
	}
}

// A snapshot that no maker signed is none, however it looks.
func TestCampaignAPlantedSnapshotCountsForNothing(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	c.exits(0, c.backup())
	m := c.manifest(1)
	id, err := m.ID()
	c.check(err)
	m.Number, m.Previous = 2, id
	c.plant(m, "other")
	if l := c.list(); len(l) != 1 {
		t.Errorf("want one snapshot, found %v", l)
	}
	c.exits(0, c.backup(), "left out one/manifest-000002-", "want a signature by a key of backup-job, found SHA256:")
	if l := c.list(); len(l) != 2 {
		t.Errorf("want two snapshots, found %v", l)
	}

	// Names without end: some are told, and nothing stops.
	for n := range maxListed + 10 {
		c.put(0, fmt.Sprintf("manifest-000003-%016x.txt", n), []byte("junk"))
	}
	got := c.exits(0, c.backup(), "more of one whose names begin like a manifest's")
	if n := strings.Count(got.err, "left out one/"); n != maxListed {
		t.Errorf("want %d names told, found %d", maxListed, n)
	}
}

// endless is a list that goes on for ever: a bucket that somebody filled with
// names.
func endless() servertest.Harm {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?><ListVersionsResult><IsTruncated>true</IsTruncated>`)
			page := len(r.URL.Query().Get("key-marker")) // each page's names are one letter longer
			name := "manifest-" + strings.Repeat("0", max(page-len("manifest-"), 0)+1)
			for range 1000 {
				fmt.Fprintf(w, "<Version><Key>%s</Key><VersionId>1</VersionId><IsLatest>true</IsLatest><Size>1</Size></Version>", name)
			}
			fmt.Fprintf(w, "<NextKeyMarker>%s</NextKeyMarker><NextVersionIdMarker>1</NextVersionIdMarker></ListVersionsResult>", name)
		})
	}
}

// A store that is filled with names cannot be listed any more. What is known
// from elsewhere is still shipped, locked for longer and restored there, and
// everybody who looks is told.
func TestCampaignAStoreFilledWithNamesStillGivesWhatIsKnown(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	c.hand(keeper)
	c.exits(0, c.backup())
	full := c.proxies[0].Inject(servertest.Fault{Method: "GET", In: "prefix=manifest-&", Times: servertest.Always, Do: endless()})
	never := `list: want at most 250000 versions below "manifest-", found more`
	since := time.Now()
	c.exits(0, c.backup(), "store one: "+never)
	newest := c.list()[1].Manifest
	if why := c.whole(0, newest, since.Add(ofDays(campaignLock)).Truncate(time.Second)); why != "" {
		t.Errorf("store one: %s", why)
	}
	c.wantLate("one: " + never)
	since = time.Now()
	c.exits(1, c.run("backup", "extend"), "store one: "+never)
	if why := c.whole(0, newest, since.Add(ofDays(campaignLock)).Truncate(time.Second)); why != "" {
		t.Errorf("store one after extend: %s", why)
	}
	c.exits(0, c.run("backup", "restore", "back", "--store", "one", "--identity", "dave"))
	if full.Harmed() == 0 {
		t.Error("want a list without end, found none asked")
	}
}

// With the maker's key too somebody can sign snapshots. They push nothing out,
// shorten nothing and lead the chain nowhere; the host that makes snapshots
// tells at its next run of what it did not make.
func TestCampaignStolenMakersKeyCostsMoneyAndIsTold(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	c.hand(keeper)
	c.exits(0, c.backup())
	c.exits(0, c.backup())
	real := c.manifest(2)
	id, err := real.ID()
	c.check(err)

	fork := real // another number 2, which says nothing new
	fork.Contents.Torn = 1
	last := real
	last.Number, last.Previous, last.Taken = 1_000_000_000, id, time.Now().UTC().Truncate(time.Second).AddDate(1, 0, 0)
	for _, m := range []backup.Manifest{fork, last} {
		c.plant(m, "job")
	}
	stranger := "in one, three, two was not made by this home: unless another home makes snapshots, somebody else has a maker's key"
	c.exits(3, c.run("backup", "status"), "snapshot 2 "+stranger, "snapshot 1000000000 "+stranger, "does not follow the one before it",
		"snapshot 1000000000 says that it was taken at "+last.Taken.Format(time.RFC3339)+", which is not yet")
	since := time.Now()
	c.exits(0, c.backup(), "snapshot 2 "+stranger, "snapshot 1000000000 "+stranger)
	l := c.list()
	if len(l) != 5 || l[3].Snapshot != 3 {
		t.Fatalf("want the chain to go on with 3, found %v", l)
	}
	for i, p := range campaignPlaces() {
		if why := c.whole(i, l[3].Manifest, since.Add(ofDays(campaignLock)).Truncate(time.Second)); why != "" {
			t.Errorf("store %s: %s", p.store, why)
		}
	}
	if got := c.manifest(3); got.Previous != id {
		t.Errorf("want it to follow the real number 2, found %s", got.Previous)
	}

	// Retention lets none of the real ones go, and a restore takes the newest of
	// them.
	c.exits(0, c.run("backup", "extend"), "kept 5 snapshots of 5", "out of order by number, block or time")
	c.exits(0, c.run("backup", "restore", "back", "--identity", "dave"))
	if a, b := c.read("desk/notes/small.bin"), c.read("back/notes/small.bin"); !bytes.Equal(a, b) {
		t.Error("want the newest file back, found another")
	}
}

// A planted snapshot that fits at the end looks right to whoever made none, until
// a drill opens it. The host that makes them tells at once, and goes on behind it.
func TestCampaignASnapshotThatFitsIsToldByTheHostAlone(t *testing.T) {
	campaigning(t)
	c := begun(t, servertest.VersityGW, 1)
	c.exits(0, c.backup())
	m := c.manifest(1)
	id, err := m.ID()
	c.check(err)
	m.Number, m.Previous, m.Taken = 2, id, time.Now().UTC().Truncate(time.Second)
	c.plant(m, "job")
	c.wantLate("snapshot 2 in one, three, two was not made by this home")

	mine := filepath.Join(c.home, "backup", "manifests")
	aside := c.in("aside")
	c.check(os.Rename(mine, aside)) // an officer's desk has none
	if _, late := c.status(); slices.ContainsFunc(late, func(s string) bool { return strings.Contains(s, "was not made") }) {
		t.Errorf("want an officer's desk to know nothing of it, found %q", late)
	}
	c.check(os.RemoveAll(mine))
	c.check(os.Rename(aside, mine))
	c.exits(0, c.backup(), "snapshot 2 in one, three, two was not made by this home")
	if l := c.list(); len(l) != 3 || c.manifest(3).Number != 3 {
		t.Errorf("want number 3 behind it, found %v", l)
	}
}
