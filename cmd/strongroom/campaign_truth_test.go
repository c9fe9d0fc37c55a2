package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
)

// heldVersion is one version of an object as its server tells it.
type heldVersion struct {
	name, id string
	size     int64
	marker   bool
}

// versions lists what a bucket holds under a prefix, without the program.
func (c *campaign) versions(i int, prefix string) []heldVersion {
	c.t.Helper()
	var out []heldVersion
	for o := range c.admin(i).ListObjectsIter(context.Background(), bucketOf(campaignPlaces()[i].store), minio.ListObjectsOptions{Prefix: prefix, Recursive: true, WithVersions: true}) {
		c.check(o.Err)
		out = append(out, heldVersion{o.Key, o.VersionID, o.Size, o.IsDeleteMarker})
	}
	return out
}

// bytesOf reads a version, without the program.
func (c *campaign) bytesOf(i int, v heldVersion) []byte {
	c.t.Helper()
	o, err := c.admin(i).GetObject(context.Background(), bucketOf(campaignPlaces()[i].store), v.name, minio.GetObjectOptions{VersionID: v.id})
	c.check(err)
	defer o.Close()
	b, err := io.ReadAll(o)
	if err != nil {
		return nil // a server may notice by itself that its disk rots
	}
	return b
}

// lockOf returns until when a version is locked against everybody.
func (c *campaign) lockOf(i int, v heldVersion) time.Time {
	c.t.Helper()
	o, err := c.admin(i).StatObject(context.Background(), bucketOf(campaignPlaces()[i].store), v.name, minio.StatObjectOptions{VersionID: v.id})
	until, wrong := time.Parse(time.RFC3339, o.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date"))
	if err == nil && wrong == nil && o.Metadata.Get("X-Amz-Object-Lock-Mode") == string(minio.Compliance) {
		return until
	}
	// VersityGW does not tell in HEAD of a lock that something covers.
	mode, at, err := c.admin(i).GetObjectRetention(context.Background(), bucketOf(campaignPlaces()[i].store), v.name, v.id)
	if err != nil || mode == nil || *mode != minio.Compliance || at == nil {
		return time.Time{}
	}
	return *at
}

// whole says why a bucket does not hold a snapshot, byte by byte and locked
// until a time: judged by what the server gives, and not by the program. It
// returns nothing if it does.
func (c *campaign) whole(i int, manifest string, until time.Time) string {
	c.t.Helper()
	var text []byte
	all := c.versions(i, "")
	for _, v := range all {
		if strings.HasPrefix(v.name, "manifest-") && strings.HasSuffix(v.name, "-"+manifest[:16]+".txt") && !v.marker {
			if b := c.bytesOf(i, v); fmt.Sprintf("%x", sha256.Sum256(b)) == manifest {
				text = b
			}
		}
	}
	m, err := backup.ParseManifest(text)
	if err != nil {
		return "no manifest " + manifest[:16]
	}
	for _, item := range m.Items() {
		why := "it is not there"
		for _, v := range all {
			if v.name != item.Name || v.marker || why == "" {
				continue
			}
			switch sum, lock := sha256.Sum256(c.bytesOf(i, v)), c.lockOf(i, v); {
			case v.size != item.Content.Size || sum != item.Content.Sum:
				why = "other bytes"
			case lock.Before(until):
				why = fmt.Sprintf("want it locked until %s, found %s", until.Format(time.RFC3339), lock.Format(time.RFC3339))
			default:
				why = ""
			}
		}
		if why != "" {
			return item.Name + ": " + why
		}
	}
	return ""
}

// promises holds all that a run promises against what the servers hold: one
// chain without a gap or a fork, enough good copies of every snapshot, the
// newest in every store, whole, and locked as the annex says, and nothing late.
// It returns how many snapshots there are.
func (c *campaign) promises(since time.Time) int {
	c.t.Helper()
	list := c.list()
	for n, l := range list {
		if l.Snapshot != uint64(n+1) {
			c.t.Fatalf("chain: want number %d, found %d", n+1, l.Snapshot)
		}
		if len(l.Stores) < 2 {
			c.t.Errorf("snapshot %d: want it in 2 stores, found it in %v", l.Snapshot, l.Stores)
		}
	}
	newest := list[len(list)-1]
	for i, p := range campaignPlaces() {
		if why := c.whole(i, newest.Manifest, since.Add(ofDays(campaignLock)).Truncate(time.Second)); why != "" {
			c.t.Errorf("store %s, snapshot %d: %s", p.store, newest.Snapshot, why)
		}
	}
	if _, late := c.status(); len(late) > 0 {
		c.t.Errorf("status: want nothing late, found %q", late)
	}
	return len(list)
}

// noOrphans wants every copy that the program counts now to be one: whatever
// lies in a store without being whole is no backup. Those up to a number were
// looked at before.
func (c *campaign) noOrphans(upTo int) {
	c.t.Helper()
	list := c.list()
	told := map[string]bool{}
	for _, l := range list[min(upTo, len(list)):] {
		for _, store := range l.Stores {
			told[store+" "+l.Manifest] = true
		}
	}
	stores, _ := c.status()
	for _, st := range stores {
		if int(st.Snapshot) > upTo {
			told[string(st.Store)+" "+list[st.Snapshot-1].Manifest] = true
		}
	}
	for copied := range told {
		store, manifest, _ := strings.Cut(copied, " ")
		at := slices.IndexFunc(campaignPlaces(), func(p campaignPlace) bool { return p.store == store })
		if why := c.whole(at, manifest, time.Now()); why != "" {
			c.t.Errorf("snapshot %s is told to be in %s: %s", manifest[:16], store, why)
		}
	}
}
