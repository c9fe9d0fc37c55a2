package s3store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
	"strongroom/backup/servertest"
)

func unshown(r Report) []string {
	var out []string
	for _, f := range r.Findings {
		if f.Unshown {
			out = append(out, f.String())
		}
	}
	return out
}

// A refusal shows a lock only where the same credentials may delete what has
// none: the probe's may, the writer's may not, whatever the store does.
func TestARefusalByThePolicyIsNoLock(t *testing.T) {
	for _, kind := range policed() {
		server := servers.S3(t, kind)
		s := marked(t, server, true)
		if r := mustProbe(t, lent(t, server, s, "probe.json"), true); r.Err() != nil || len(failed(r)) != 0 {
			t.Errorf("%s: probe: want every promise shown, found %v, %v", kind, failed(r), r.Err())
		}
		r := mustProbe(t, lent(t, server, s, "write.json"), true)
		want := []string{"delete: want a locked version that cannot be deleted, found that not shown: these credentials may not delete at all",
			"delete-marker: want a version still told below a delete marker, as covered, found that not shown: these credentials may not delete at all"}
		if got := unshown(r); r.Err() != nil || !slices.Equal(got, want) || len(failed(r)) != len(want) {
			t.Errorf("%s: writer: want %v, found %v, %v, %v", kind, want, got, failed(r), r.Err())
		}
	}
}

// policed are the stores that know people: MinIO gives a policy to credentials,
// VersityGW names its users in the bucket's.
func policed() []servertest.Kind { return []servertest.Kind{servertest.MinIO, servertest.VersityGW} }

// byUser opens the same bucket as the user of VersityGW who has the power of a file
// of docs/s3, under the policy for buckets that lies there.
func byUser(t *testing.T, server *servertest.S3Server, s *Store, file string) *Store {
	t.Helper()
	policy, err := os.ReadFile("../../docs/s3/versitygw.json")
	if err != nil {
		t.Fatal(err)
	}
	words, c := []string{"BUCKET", s.config.Bucket}, s.config
	for word, power := range map[string]string{"WRITER": "write", "KEEPER": "keeper", "PROBE": "probe"} {
		name := power + "-" + s.config.Bucket
		words = append(words, word, name)
		if secret := server.User(t, name); power+".json" == file {
			c.Credentials = func(context.Context) (string, string, string, error) { return name, secret, "", nil }
		}
	}
	if err := s.core.SetBucketPolicy(raw(), s.config.Bucket, strings.NewReplacer(words...).Replace(string(policy))); err != nil {
		t.Fatal(err)
	}
	return withoutBucket(t, c)
}

// A bucket that locks whatever comes has a control all the same.
func TestADefaultLockHidesNoControl(t *testing.T) {
	server := servers.S3(t, servertest.MinIO)
	for _, mode := range []minio.RetentionMode{minio.Compliance, minio.Governance} {
		s := marked(t, server, true)
		days, unit := uint(1), minio.Days
		if err := s.core.SetObjectLockConfig(raw(), s.config.Bucket, &mode, &days, &unit); err != nil {
			t.Fatal(err)
		}
		if r := mustProbe(t, lent(t, server, s, "probe.json"), true); r.Err() != nil || len(unshown(r)) != 0 {
			t.Errorf("%s: want every promise shown, found %v, %v", mode, unshown(r), r.Err())
		}
	}
}

// A store that forbids every deletion by its policy, and one that says yes and
// keeps what it was told to delete, show nothing.
func TestAStoreThatDeletesNothingShowsNoLock(t *testing.T) {
	s, p := behind(t, servers.S3(t, servertest.VersityGW))
	for _, code := range []int{403, 204} {
		f := p.Inject(servertest.Fault{Method: "DELETE", Times: servertest.Always, Do: servertest.Answer(code)})
		r := mustProbe(t, s, true)
		if got := strings.Join(unshown(r), ";"); !strings.HasPrefix(got, "delete: want a locked version that cannot be deleted, found that not shown: ") || f.Harmed() == 0 {
			t.Errorf("%d: want deletion not shown, found %s", code, got)
		}
		f.End()
	}
	f := p.Inject(servertest.Fault{Method: "DELETE", Times: servertest.Always, Do: servertest.Drop()})
	if _, err := Probe(t.Context(), s, true, strings.NewReader(strings.Repeat("0123456789abcdef", 1000))); err == nil || f.Harmed() == 0 {
		t.Error("want a store that was away told, found a report")
	}
}

// Nobody holds two powers: what docs/s3 gives a power works, and what it denies
// changes nothing at the store.
func TestNoPowerOfOursDeletesOrUnlocks(t *testing.T) {
	for _, kind := range policed() {
		t.Run(kind.String(), func(t *testing.T) { powersApart(t, servers.S3(t, kind)) })
	}
}

func powersApart(t *testing.T, server *servertest.S3Server) {
	s := marked(t, server, true)
	until := wholeSeconds(time.Now().Add(time.Hour))
	locked := mustPut(t, s, "segment-1", "hello", until)
	for _, file := range []string{"write.json", "keeper.json", "probe.json"} {
		t.Run(file, func(t *testing.T) {
			by := lent(t, server, s, file)
			free := backup.Object{Name: "free-" + strings.TrimSuffix(file, ".json")}
			free.Version = attacker(t, s, free.Name, "hello")
			for what, err := range map[string]error{
				"delete":        by.core.RemoveObject(raw(), s.config.Bucket, free.Name, minio.RemoveObjectOptions{VersionID: free.Version}),
				"bypass":        by.core.RemoveObject(raw(), s.config.Bucket, locked.Name, minio.RemoveObjectOptions{VersionID: locked.Version, GovernanceBypass: true}),
				"delete marker": by.core.RemoveObject(raw(), s.config.Bucket, locked.Name, minio.RemoveObjectOptions{}),
				"shorten":       by.retain(t.Context(), locked, minio.Compliance, until.Add(-30*time.Minute)),
				"governance":    by.retain(t.Context(), locked, minio.Governance, until),
				"versioning":    by.core.SuspendVersioning(raw(), s.config.Bucket),
				"lifecycle":     by.core.SetBucketLifecycle(raw(), s.config.Bucket, expiring()),
				"policy":        by.core.SetBucketPolicy(raw(), s.config.Bucket, ""),
				"bucket":        by.core.RemoveBucket(raw(), s.config.Bucket),
			} {
				if err == nil {
					t.Errorf("%s: want it refused, found it done", what)
				}
			}
			for _, o := range []backup.Object{free, locked} {
				if found, err := s.Versions(t.Context(), o.Name); err != nil || len(found) != 1 || found[0].Covered || found[0].Until.Before(o.Until) {
					t.Errorf("%s: want it untouched, found %+v, %v", o.Name, found, err)
				}
			}
			_, puts := put(by, "new-"+free.Name, "hello", until)
			if may := file == "write.json"; (puts == nil) != may {
				t.Errorf("put under a lock: want %v, found %v", may, puts)
			}
			longer := by.Extend(t.Context(), locked, until.Add(time.Minute))
			if may := file != "probe.json"; (longer == nil) != may || !may && !errors.Is(longer, backup.ErrNoLock) {
				t.Errorf("lengthen: want %v, found %v", may, longer)
			}
			until = until.Add(time.Minute)
			locked.Until = until.Add(-time.Minute)
		})
	}
}

// Whoever has the writer's or the keeper's pair locks nothing for life: not at
// all where the store knows the condition for both ways to lock, and MinIO does
// for the upload only by a date.
func TestNoPowerOfOursLocksForLife(t *testing.T) {
	server := servers.S3(t, servertest.MinIO)
	s := marked(t, server, true)
	in := func(days int) time.Time { return wholeSeconds(time.Now().AddDate(0, 0, days).Add(-time.Minute)) }
	for file, x := range map[string]struct {
		name string
		days int
	}{"write.json": {"segment-1", lockDays}, "keeper.json": {"segment-2", lockDays}, "probe.json": {"probe-1", 2}} {
		by, o := lent(t, server, s, file), mustPut(t, s, x.name, "hello", in(1))
		if err := by.Extend(t.Context(), o, in(x.days)); err != nil {
			t.Errorf("%s: want a lock of %d days, found %v", file, x.days, err)
		}
		for _, days := range []int{x.days + 1, 36500} {
			if err := by.Extend(t.Context(), o, in(days)); !errors.Is(err, backup.ErrNoLock) {
				t.Errorf("%s: want a lock of %d days refused, found %v", file, days, err)
			}
		}
		if found, err := s.Versions(t.Context(), x.name); err != nil || len(found) != 1 || found[0].Until.After(in(x.days).Add(time.Minute)) {
			t.Errorf("%s: want it locked for %d days and no longer, found %+v, %v", file, x.days, found, err)
		}
	}

	until := in(lockDays).UTC().Format(time.RFC3339)
	for _, x := range []struct {
		by   *Store
		name string
		days int
		may  bool
	}{
		{lent(t, server, s, "write.json"), "for-life", 36500, true}, // what docs/backup-stores.md warns of
		{lent(t, server, s, "write.json", bounded(t, until)), "not-for-life", 36500, false},
		{lent(t, server, s, "write.json", bounded(t, until)), "for-long", lockDays - 1, true},
	} {
		if _, err := put(x.by, x.name, "hello", in(x.days)); (err == nil) != x.may {
			t.Errorf("%s: want an upload locked for %d days: %v, found %v", x.name, x.days, x.may, err)
		}
	}
	if found, err := s.Versions(t.Context(), "not-for-life"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want nothing uploaded that is locked for life, found %+v, %v", found, err)
	}
}

// VersityGW knows no condition about locks: its policy says nothing of how long.
func TestVersityGWBoundsNoLock(t *testing.T) {
	s := marked(t, servers.S3(t, servertest.VersityGW), true)
	for _, condition := range []string{`{"NumericGreaterThan": {"s3:object-lock-remaining-retention-days": "184"}}`, `{"DateGreaterThan": {"s3:object-lock-retain-until-date": "2030-01-01T00:00:00Z"}}`} {
		policy := `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": ["s3:PutObjectRetention"], "Resource": "arn:aws:s3:::` + s.config.Bucket + `/*", "Condition": ` + condition + `}]}`
		if err := s.core.SetBucketPolicy(raw(), s.config.Bucket, policy); minio.ToErrorResponse(err).Code != "MalformedPolicy" {
			t.Errorf("%s: want it refused, found %v", condition, err)
		}
	}
}

// bounded is the statement that docs/backup-stores.md adds to the writer's policy where a
// store bounds locks at the upload by their date alone.
func bounded(t *testing.T, until string) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/backup-stores.md")
	if err != nil {
		t.Fatal(err)
	}
	_, behind, found := strings.Cut(string(b), "    {\n      \"Sid\": \"NoLockBeyond\"")
	statement, _, ends := strings.Cut(behind, "\n    }\n")
	if !found || !ends || !strings.Contains(statement, "UNTIL") {
		t.Fatalf("docs/backup-stores.md: want the statement NoLockBeyond with UNTIL, found %q", statement)
	}
	return `{"Sid": "NoLockBeyond"` + strings.ReplaceAll(statement, "UNTIL", until) + "}"
}
