package s3store

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/lifecycle"

	"strongroom/backup/posture"
	"strongroom/backup/servertest"
)

const mark = "store.txt"

func looking() Looking {
	return Looking{Wanted: posture.Wanted{Locks: true, Days: 30}, Object: mark, Powers: true, Puts: true, Rand: rand.Reader}
}

// mustLook returns the findings by name.
func mustLook(t *testing.T, s *Store) map[string]posture.Finding {
	t.Helper()
	b, err := Look(t.Context(), s, looking())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]posture.Finding{}
	for _, f := range b.Findings() {
		out[f.Name] = f
	}
	return out
}

// want compares some findings: "name status found".
func want(t *testing.T, found map[string]posture.Finding, lines ...string) {
	t.Helper()
	for _, l := range lines {
		name, rest, _ := strings.Cut(l, " ")
		f, ok := found[name]
		if got := fmt.Sprintf("%s: %s", f.Status, f.Found); !ok || got != rest {
			t.Errorf("%s:\nwant  %s\nfound %s", name, rest, got)
		}
	}
}

// marked opens a store over a new bucket, with the object that everybody looks
// for.
func marked(t *testing.T, server *servertest.S3Server, locks bool) *Store {
	t.Helper()
	s := withoutBucket(t, config(server, server.Endpoint))
	makeBucket(t, s, locks)
	attacker(t, s, mark, "whose store it is")
	return s
}

// lockDays stands for twice the days of lock of an annex, as docs/backup-stores.md has it.
const lockDays = 184

// lent opens the same bucket with credentials that have one policy of docs/s3, and
// perhaps statements beside it. At VersityGW, which knows no policies of people,
// they are a user's whom the bucket's policy names.
func lent(t *testing.T, server *servertest.S3Server, s *Store, file string, beside ...string) *Store {
	t.Helper()
	if server.Kind == servertest.VersityGW {
		return byUser(t, server, s, file)
	}
	b, err := os.ReadFile("../../docs/s3/" + file)
	if err != nil {
		t.Fatal(err)
	}
	policy := string(b)
	for _, statement := range beside {
		policy = strings.Replace(policy, `"Statement": [`, `"Statement": [`+statement+",", 1)
	}
	policy = strings.NewReplacer("BUCKET", s.config.Bucket, "DAYS", strconv.Itoa(lockDays)).Replace(policy)
	source, err := credentials.NewSTSAssumeRole("https://"+server.Endpoint, credentials.STSAssumeRoleOptions{AccessKey: server.AccessKey, SecretKey: server.SecretKey,
		Location: server.Region, DurationSeconds: 3600, Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(server.CAPEM)
	line := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	v, err := source.GetWithContext(&credentials.CredContext{Client: line})
	if err != nil {
		t.Fatal(err)
	}
	c := s.config
	c.Credentials = func(context.Context) (string, string, string, error) {
		return v.AccessKeyID, v.SecretAccessKey, v.SessionToken, nil
	}
	return withoutBucket(t, c)
}

// The writer's policy is what the findings ask for, and nothing is missed that it
// lets us read.
func TestLookFindsAGoodBucketGood(t *testing.T) {
	server := servers.S3(t, servertest.MinIO)
	s := marked(t, server, true)
	b, err := Look(t.Context(), lent(t, server, s, "write.json"), looking())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range b.Findings() {
		if want := map[string]posture.Status{"public-block": posture.Unread, "own-bypass": posture.Warn}[f.Name]; f.Status != posture.Pass && f.Status != want || f.Bad() {
			t.Errorf("want it good, found %s: %s", f, f.Status)
		}
	}
	keeper := looking()
	keeper.Puts = false
	b, err = Look(t.Context(), lent(t, server, s, "keeper.json"), keeper)
	if err != nil {
		t.Fatal(err)
	}
	if bad := posture.Bad(b.Findings()); len(bad) != 0 {
		t.Errorf("keeper: want nothing bad, found %v", bad)
	}
	for _, p := range b.Powers {
		if _, known := p.May.Value(); known == (p.Name == "own-bypass") {
			t.Errorf("keeper: want all but own-bypass tried, found %s: %v", p.Name, known)
		}
	}
}

// With the owner's credentials everything may be done, which is told; and nothing
// is changed by trying, at any store.
func TestLookTellsTheOwnersPowersAndChangesNothing(t *testing.T) {
	all := map[servertest.Kind]string{
		servertest.VersityGW: "own-lifecycle pass: refused", // it knows none
		servertest.MinIO:     "own-lifecycle fail: these credentials may",
		servertest.RGW:       "own-lifecycle fail: these credentials may",
	}
	for kind, lifecycle := range all {
		t.Run(kind.String(), func(t *testing.T) {
			server := servers.S3(t, kind)
			s := marked(t, server, true)
			for range 2 { // what the first changed the second would find
				found := mustLook(t, s)
				want(t, found, lifecycle, "versioning pass: enabled", "object-lock pass: enabled", "default-lock pass: none; every upload asks for its own",
					"tls pass: TLS 1.3", "public-list pass: refused", "public-read pass: refused", "public-write pass: refused", "bucket-policy pass: none",
					"acl pass: nobody beside the account", "plain-http pass: nothing answers",
					"own-bypass warn: these credentials lift locks in governance mode; every lock of ours is in compliance mode, which nobody lifts",
					"own-delete fail: these credentials may", "own-lock fail: these credentials may", "own-policy fail: these credentials may", "own-versioning fail: these credentials may")
			}
			for o := range s.core.ListObjectsIter(raw(), s.config.Bucket, minio.ListObjectsOptions{Recursive: true, WithVersions: true}) {
				if o.Err != nil || o.IsDeleteMarker || !strings.HasPrefix(o.Key, probeKind) && o.Key != mark {
					t.Errorf("want probe objects only left, and no marker, found %s, %v, %v", o.Key, o.IsDeleteMarker, o.Err)
				}
			}
		})
	}
}

func TestLookFindsAnOpenBucket(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s := marked(t, server, true)
		policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:GetObject","s3:PutObject"],"Resource":["arn:aws:s3:::%[1]s/*"]},
			{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::%[1]s"]}]}`, s.config.Bucket)
		if err := s.core.SetBucketPolicy(raw(), s.config.Bucket, policy); err != nil {
			t.Fatal(err)
		}
		want(t, mustLook(t, s), "public-list fail: tells names to everybody", "public-read fail: gives bytes to everybody", "public-write fail: takes bytes from everybody",
			"bucket-policy fail: everybody may s3:GetObject, s3:PutObject, s3:ListBucket", "policy-powers pass: gives nobody what would lift a lock or delete")
	})
}

func expiring() *lifecycle.Configuration {
	return &lifecycle.Configuration{Rules: []lifecycle.Rule{{ID: "all", Status: "Enabled", Expiration: lifecycle.Expiration{Days: 1}}}}
}

func TestLookFindsWhatABucketLacks(t *testing.T) {
	server := servers.S3(t, servertest.MinIO)
	s := marked(t, server, false)
	want(t, mustLook(t, s), "versioning fail: want it enabled, found it off", "object-lock fail: want it enabled, as annex backup does, found it off")

	s = marked(t, server, true)
	mode, days, unit := minio.Governance, uint(7), minio.Days
	if err := s.core.SetObjectLockConfig(raw(), s.config.Bucket, &mode, &days, &unit); err != nil {
		t.Fatal(err)
	}
	rules := &lifecycle.Configuration{Rules: []lifecycle.Rule{
		{ID: "old", Status: "Enabled", Expiration: lifecycle.Expiration{Days: 30}},
		{ID: "probes", Status: "Enabled", RuleFilter: lifecycle.Filter{Prefix: "probe-"}, Expiration: lifecycle.Expiration{Days: 1}},
		{ID: "below", Status: "Enabled", NoncurrentVersionExpiration: lifecycle.NoncurrentVersionExpiration{NoncurrentDays: 3}},
	}}
	if err := s.core.SetBucketLifecycle(raw(), s.config.Bucket, rules); err != nil {
		t.Fatal(err)
	}
	want(t, mustLook(t, s), "default-lock warn: governance for 7 days: who has the right to may lift it",
		`lifecycle fail: rule "old": every copy is hidden after 30 days, and deleted once its lock is over; rule "below": a copy that somebody writes over is deleted after 3 days, but not before its lock of 30 days is over`)
}

func TestLookTellsAStoreThatIsAway(t *testing.T) {
	_, err := Look(t.Context(), nil, looking())
	wantError(t, "none", err, "look: store: want an opened one, found none")
	server := servers.S3(t, servertest.VersityGW)
	s, p := behind(t, server)
	f := p.Inject(servertest.Fault{In: "?acl", Times: servertest.Always, Do: servertest.Drop()})
	b, err := Look(t.Context(), s, looking())
	if _, told := b.ACL.Value(); err != nil || told || f.Harmed() == 0 {
		t.Errorf("want one question without an answer told, found %v, %v", told, err)
	}
	f.End()
	p.Inject(servertest.Fault{Times: servertest.Always, Do: servertest.Drop()})
	if b, err := Look(t.Context(), s, looking()); err == nil || !strings.HasPrefix(err.Error(), "look: ") || len(posture.Bad(b.Findings())) == 0 {
		t.Errorf("want it told as away, found %v", err)
	}
	stopped, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if _, err := Look(stopped, s, looking()); err == nil {
		t.Error("want it ended with its context")
	}
}
