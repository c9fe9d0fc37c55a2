package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"strongroom/backup"
)

// bucketDrill writes the script of a drill from a bucket.
func bucketDrill(t *testing.T) (dir string) {
	t.Helper()
	m := backup.Manifest{Number: 7, Place: backup.Place{Vault: "acme-treasury", Chain: "regtest"},
		Segments: []backup.Segment{{Name: "payload-1", Headers: make([]backup.Header, 2)}, {Name: "payload-2", Headers: make([]backup.Header, 2)}}}
	b := bucket{endpoint: "s3.example.com:443", region: "eu-west-1", name: "acme-backup-1", authority: "/etc/it's/ca.pem"}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, drillScript), []byte(restoreScript(m, namedStore{name: "two", path: b.String(), bucket: b})), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A bucket is no path: the script fetches what it restores, as the recovery page
// does.
func TestTheScriptOfABucketFetches(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(bucketDrill(t), drillScript))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"for file in \\\n  payload-1 \\\n  payload-2\ndo curl --fail --config store.key --cacert authority.pem \\\n",
		`-o objects/"$file" 'https://acme-backup-1.s3.example.com/'"$file"`,
		`cp '/etc/it'\''s/ca.pem' authority.pem`,
		`user = "ACCESSKEY:SECRETKEY"`,
		"by curl, age, zstd, tar and sha256sum alone",
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("want %q, found %s", want, b)
		}
	}
}

func TestTheScriptOfABucketWantsAccessBeforeTheClockRuns(t *testing.T) {
	dir := bucketDrill(t)
	out, err := exec.Command("sh", filepath.Join(dir, drillScript)).CombinedOutput()
	want := "want store.key beside this script, with the line user = \"ACCESSKEY:SECRETKEY\", or a FOLDER that has the objects; found neither\n"
	if err == nil || string(out) != want {
		t.Errorf("want %q, found %q, %v", want, out, err)
	}
	if _, err := exec.Command("sh", filepath.Join(dir, drillScript), filepath.Join(dir, "none")).CombinedOutput(); err == nil {
		t.Error("want a folder that is not there refused, found it taken")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("want nothing made, found %v, %v", entries, err)
	}
}
