package secrets

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// statement is one rule of a store's policy. What is not here is not known to
// every store, nor is a condition: docs/backup-stores.md says where to leave it out.
type statement struct {
	Sid         string
	Effect      string
	Action      []string
	Resource    string
	NotResource string
	Condition   map[string]map[string]string
}

func readPolicy(t *testing.T, name string) []statement {
	t.Helper()
	f, err := os.Open("../../docs/s3/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var p struct {
		Version   string
		Statement []statement
	}
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || p.Version != "2012-10-17" {
		t.Fatalf("%s: found version %q, %v", name, p.Version, err)
	}
	return p.Statement
}

// may judges as a store does: a denial beats every permission, and what nobody
// mentions is denied. Conditions are about locks that last longer than is asked.
func may(rules []statement, action, resource string) bool {
	allowed := false
	for _, r := range rules {
		hit := r.Resource != "" && covers(r.Resource, resource) || r.NotResource != "" && !covers(r.NotResource, resource)
		if !hit || !slices.Contains(r.Action, action) || r.Condition != nil {
			continue
		}
		if r.Effect == "Deny" {
			return false
		}
		allowed = true
	}
	return allowed
}

func covers(pattern, resource string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(resource, prefix)
	}
	return pattern == resource
}

// Writing, lengthening locks and deleting are powers of different people, and
// the last one is nobody's.
func TestTheStoresPoliciesKeepThePowersApart(t *testing.T) {
	const bucket = "arn:aws:s3:::BUCKET"
	const snapshot, probed = bucket + "/snapshot-000001-0011223344556677.tar.zst.age", bucket + "/probe-1"
	for _, x := range []struct{ action, on, who string }{
		{"s3:PutObject", snapshot, "write"},
		{"s3:PutObjectRetention", snapshot, "write keeper"},
		{"s3:GetObject", snapshot, "write keeper probe"},
		{"s3:GetObjectRetention", snapshot, "write keeper probe"},
		{"s3:DeleteObject", snapshot, ""},
		{"s3:DeleteObjectVersion", snapshot, ""},
		{"s3:BypassGovernanceRetention", snapshot, ""},
		{"s3:PutObjectLegalHold", snapshot, ""},
		{"s3:PutObject", probed, "write probe"},
		{"s3:DeleteObjectVersion", probed, "probe"},
		{"s3:BypassGovernanceRetention", probed, "probe"},
		{"s3:ListBucket", bucket, "write keeper probe"},
		{"s3:ListBucketVersions", bucket, "write keeper probe"},
		{"s3:GetBucketObjectLockConfiguration", bucket, "write keeper probe"},
		{"s3:PutBucketVersioning", bucket, ""},
		{"s3:PutBucketObjectLockConfiguration", bucket, ""},
		{"s3:PutLifecycleConfiguration", bucket, ""},
		{"s3:PutBucketPolicy", bucket, ""},
		{"s3:DeleteBucket", bucket, ""},
	} {
		for _, who := range []string{"write", "keeper", "probe"} {
			want := slices.Contains(strings.Fields(x.who), who)
			if got := may(readPolicy(t, who+".json"), x.action, x.on); got != want {
				t.Errorf("%s %s on %s: want %v, found %v", who, x.action, x.on, want, got)
			}
		}
	}
}

// Nothing is allowed under a condition that a store may not know, and the locks
// of each power have a bound.
func TestTheStoresPoliciesBoundEveryLock(t *testing.T) {
	for name, days := range map[string]string{"write.json": "DAYS", "keeper.json": "DAYS", "probe.json": "2"} {
		bound := 0
		for _, r := range readPolicy(t, name) {
			if r.Condition == nil {
				continue
			}
			if bound++; r.Effect != "Deny" || !slices.Equal(r.Action, []string{"s3:PutObjectRetention"}) || r.Condition["NumericGreaterThan"]["s3:object-lock-remaining-retention-days"] != days || len(r.Condition) != 1 {
				t.Errorf("%s: want a lock of more than %s days denied, found %+v", name, days, r)
			}
		}
		if bound != 1 {
			t.Errorf("%s: want one bound, found %d", name, bound)
		}
	}
}
