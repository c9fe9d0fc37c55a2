package s3store

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
	"strongroom/backup/servertest"
)

// wantFindings is how many things Probe tries.
const wantFindings = 16

func mustProbe(t *testing.T, s *Store, locks bool) Report {
	t.Helper()
	r, err := Probe(t.Context(), s, locks, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) != wantFindings {
		t.Errorf("want %d findings, found %d: %v", wantFindings, len(r.Findings), r.Findings)
	}
	return r
}

// failed lists the names of what a store lacks.
func failed(r Report) []string {
	var out []string
	for _, f := range r.Findings {
		if !f.Pass {
			out = append(out, f.Name)
		}
	}
	return out
}

func TestProbePassesAStoreThatHasEverything(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s := mustOpen(t, config(server, server.Endpoint))
		r := mustProbe(t, s, true)
		if err := r.Err(); err != nil {
			t.Error(err)
		}
		if f := failed(r); len(f) != 0 {
			t.Errorf("want nothing lacking, found %v", f)
		}
		for _, o := range listed(t, s, "") {
			if !strings.HasPrefix(o.Name, probeKind) {
				t.Errorf("want probe objects only, found %s", o.Name)
			}
		}
		if names, err := backup.ManifestNames(t.Context(), s); err != nil || len(names) != 0 {
			t.Errorf("want nobody to count them as backups, found %v, %v", names, err)
		}
	})
}

// Ceph 16 takes whatever it is sent, and forgets the lock of an upload in
// parts: a real store that must be refused.
func TestProbeRefusesCeph(t *testing.T) {
	server := servers.S3(t, servertest.RGW)
	s := mustOpen(t, config(server, server.Endpoint))
	r := mustProbe(t, s, true)
	want := []string{"checksum", "conditional-create", "checksum-told", "multipart-lock", "multipart-checksum"}
	if f := failed(r); !slices.Equal(f, want) {
		t.Errorf("want it to lack %v, found %v", want, f)
	}
	err := r.Err()
	if err == nil || !strings.HasPrefix(err.Error(), s.String()+" is no place for a backup: checksum: want an upload with another SHA-256 than its bytes have refused, found it taken; conditional-create: want ") {
		t.Errorf("want it refused by a sentence, found %v", err)
	}
	for _, name := range want {
		if err != nil && !strings.Contains(err.Error(), name+": want ") {
			t.Errorf("want %s named, found %v", name, err)
		}
	}
}

func TestProbeRefusesABucketWithoutLocks(t *testing.T) {
	server := servers.S3(t, servertest.MinIO)
	s := withoutBucket(t, config(server, server.Endpoint))
	makeBucket(t, s, false)
	versioned := []string{"object-lock", "lock", "shorten", "delete", "overwrite", "multipart-lock", "multipart-checksum"}
	if f := failed(mustProbe(t, s, true)); !slices.Equal(f, []string{"versioning", "object-lock", "lock", "shorten", "delete", "delete-marker", "overwrite", "multipart-lock", "multipart-checksum"}) {
		t.Errorf("want versions and locks missed, found %v", f)
	}
	if err := s.core.EnableVersioning(raw(), s.config.Bucket); err != nil {
		t.Fatal(err)
	}
	r := mustProbe(t, s, true)
	if f := failed(r); !slices.Equal(f, versioned) {
		t.Errorf("want %v missed, found %v", versioned, f)
	}
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "object-lock: want object lock enabled on the bucket, found want success, the store answered 404 ObjectLockConfigurationNotFoundError; lock: want") {
		t.Errorf("want it refused, found %v", err)
	}
	r = mustProbe(t, s, false) // where no locks are asked for, it will do
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if f := failed(r); !slices.Equal(f, versioned[:6]) {
		t.Errorf("want %v told, found %v", versioned[:6], f)
	}
}

func TestProbeTellsTheClockAndTheDefault(t *testing.T) {
	server := servers.S3(t, servertest.MinIO)
	c := config(server, server.Endpoint)
	s := mustOpen(t, c)
	mode, days, unit := minio.Compliance, uint(1), minio.Days
	if err := s.core.SetObjectLockConfig(raw(), c.Bucket, &mode, &days, &unit); err != nil {
		t.Fatal(err)
	}
	found := map[string]Finding{}
	c.Now = func() time.Time { return time.Now().Add(-10 * time.Minute) }
	ahead := withoutBucket(t, c)
	if _, err := ahead.List(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if told := ahead.line.lastTold(); told.skewWords() != "the store 10m0s ahead" && told.skewWords() != "the store 9m59s ahead" {
		t.Errorf("found %s", told.skewWords())
	}
	p := &prober{store: ahead, ctx: t.Context(), rand: rand.Reader, locks: true}
	if err := errors.Join(p.bucket(), p.connection()); err != nil {
		t.Fatal(err)
	}
	for _, f := range p.findings {
		found[f.Name] = f
	}
	if f := found["clock"]; f.Pass || !f.Required {
		t.Errorf("want the clock refused, found %+v", f)
	}
	if f := found["default-retention"]; f.Found != "compliance for 1 days" {
		t.Errorf("want the default told, found %+v", f)
	}
}

func TestZeroReportIsRefused(t *testing.T) {
	wantError(t, "zero", Report{}.Err(), "store: want it tried out, found no findings")
	r := Report{Store: "b at h", Findings: []Finding{{Name: "one", Wanted: "x", Found: "y"}, {Name: "two", Required: true, Wanted: "v", Found: "w"}}}
	wantError(t, "one lacking", r.Err(), "b at h is no place for a backup: two: want v, found w")
	r.Findings[1].Pass = true
	if err := r.Err(); err != nil {
		t.Error(err)
	}
}

func TestOnlyLockedProbesAndCanariesAreAttacked(t *testing.T) {
	server := servers.S3(t, servertest.VersityGW)
	s := mustOpen(t, config(server, server.Endpoint))
	until := time.Now().Add(time.Minute)
	payload, canary, free := mustPut(t, s, "segment-1", "hello", until), mustPut(t, s, "canary-1", "hello", until), mustPut(t, s, "probe-1", "hello", time.Time{})
	wantError(t, "delete a payload", s.TryDelete(t.Context(), payload), "segment-1: want a version of an object named probe-... or canary-..., found another")
	wantError(t, "shorten a payload", s.TryShorten(t.Context(), payload), "segment-1: want a version of an object named probe-... or canary-..., found another")
	wantError(t, "overwrite a canary", s.TryOverwrite(t.Context(), canary), "canary-1: want a version of an object named probe-..., found another")
	wantError(t, "delete what is free", s.TryDelete(t.Context(), free), "probe-1: want it locked for a while, found no lock: this store cannot lock")
	canary.Version = ""
	wantError(t, "delete no version", s.TryDelete(t.Context(), canary), "canary-1: want a version of an object named probe-... or canary-..., found another")
	for _, name := range []string{"segment-1", "canary-1", "probe-1"} {
		if o := mustHold(t, s, name, []byte("hello"), backup.Whole([]byte("hello"))); o.Covered {
			t.Errorf("%s: want it untouched, found it covered", name)
		}
	}
}

// TestAttacksThatSucceedAreTold lifts the lock behind the test's back, by
// pretending that governance mode is compliance.
func TestAttacksThatSucceedAreTold(t *testing.T) {
	server := servers.S3(t, servertest.MinIO)
	s, p := behind(t, server)
	p.Inject(servertest.Fault{Method: "HEAD", Times: servertest.Always, Do: pretend()})
	weak := func(name string) backup.Object {
		made, err := s.core.PutObject(raw(), s.config.Bucket, name, strings.NewReader("hello"), 5, "", "", minio.PutObjectOptions{
			Mode: minio.Governance, RetainUntilDate: time.Now().Add(time.Hour), UserMetadata: map[string]string{checksumHeader: formatChecksum(backup.Checksum{Sum: backup.Whole([]byte("hello")).Sum})}})
		if err != nil {
			t.Fatal(err)
		}
		return backup.Object{Name: name, Version: made.VersionID}
	}
	if err := s.TryShorten(t.Context(), weak("probe-1")); err == nil || !strings.Contains(err.Error(), "found that the lock is shortened: ") {
		t.Errorf("shorten: want it told, found %v", err)
	}
	err := s.TryDelete(t.Context(), weak("probe-2"))
	wantError(t, "delete", err, "probe-2: want it unharmed, found that the locked version is deleted: file does not exist")
	f := p.Inject(servertest.Fault{Method: "DELETE", Times: servertest.Always, Do: servertest.Answer(503)})
	if err := s.TryDelete(t.Context(), weak("probe-3")); !errors.Is(err, errUntried) || f.Harmed() == 0 {
		t.Errorf("a store that was away: want %v, found %v", errUntried, err)
	}
}
