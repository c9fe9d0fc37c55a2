package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goodBucket = "endpoint s3.example.com:443\nregion eu-central-1\nbucket acme-1\nnames host\nauthority system\nlimit 0\n"

func TestBucketIsReadStrictly(t *testing.T) {
	b, err := parseBucket([]byte(goodBucket))
	if err != nil || b.String() != "acme-1 at s3.example.com:443" || b.pathStyle || string(b.bytes()) != goodBucket {
		t.Errorf("found %+v, %v", b, err)
	}
	const shown = goodBucket + "client /etc/store.pem /etc/store.key\n"
	if b, err := parseBucket([]byte(shown)); err != nil || b.certificate != "/etc/store.pem" || b.key != "/etc/store.key" || string(b.bytes()) != shown {
		t.Errorf("with a certificate: found %+v, %v", b, err)
	}
	for change, want := range map[[2]string]string{
		{"limit 0\n", ""}:                          "bucket: want 6 lines, endpoint, region, bucket, names, authority, limit, and perhaps client, found others",
		{"limit 0\n", "limit 0\nmore\n"}:           "bucket: want 6 lines, endpoint, region, bucket, names, authority, limit, and perhaps client, found others",
		{"limit 0", "limit 00"}:                    `bucket: limit: want 0 or more bytes a second, found "00"`,
		{"limit 0", "limit -1"}:                    `bucket: limit: want 0 or more bytes a second, found "-1"`,
		{"names host", "names any"}:                `bucket: names: want host or path, found "any"`,
		{"authority system", "authority a/b"}:      `bucket: authority: want system or a file's whole path, found "a/b"`,
		{"authority system", "authority /a/../b"}:  `bucket: authority: want system or a file's whole path, found "/a/../b"`,
		{"region eu", "region  eu"}:                `bucket: line 2: want "region" and one word, found something else`,
		{"bucket acme-1", "bucket"}:                `bucket: line 3: want "bucket" and one word, found something else`,
		{"limit 0\n", "limit 0\nclient none\n"}:    `bucket: client: want the whole paths of a certificate's file and its key's, found "none"`,
		{"limit 0\n", "limit 0\nclient /a\n"}:      `bucket: client: want the whole paths of a certificate's file and its key's, found "/a"`,
		{"limit 0\n", "limit 0\nclient /a /b c\n"}: `bucket: client: want the whole paths of a certificate's file and its key's, found "/a /b c"`,
		{"limit 0\n", "limit 0\nclient /a b\n"}:    `bucket: client: want the whole paths of a certificate's file and its key's, found "/a b"`,
		{"limit 0\n", "limit 0\nclient /a /b"}:     `bucket: client: want the whole paths of a certificate's file and its key's, found "/a /b"`,
		{"limit 0\n", "client /a /b\nlimit 0\n"}:   "bucket: client: want the whole paths of a certificate's file and its key's, found \"/a /b\\nlimit 0\"",
	} {
		if _, err := parseBucket([]byte(strings.Replace(goodBucket, change[0], change[1], 1))); errText(err) != want {
			t.Errorf("%q: want %q, found %v", change[1], want, err)
		}
	}
}

// What parses renders to the same bytes.
func FuzzParseBucket(f *testing.F) {
	f.Add([]byte(goodBucket))
	f.Add([]byte(strings.Replace(goodBucket, "authority system", "authority /etc/ca.pem", 1)))
	f.Add([]byte(goodBucket + "client /etc/store.pem /etc/store.key\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if x, err := parseBucket(b); err == nil && !bytes.Equal(x.bytes(), b) {
			t.Fatalf("want the same bytes, found %q", x.bytes())
		}
	})
}

// The key that a service is shown would be in every snapshot if it lay in the home.
func TestTheKeyOfOurCertificateLiesOutsideTheHome(t *testing.T) {
	dir := t.TempDir()
	home, outside := filepath.Join(dir, "home"), filepath.Join(dir, "store.key")
	inside, link, missing := filepath.Join(home, "store.key"), filepath.Join(dir, "link"), filepath.Join(dir, "none")
	if err := errors.Join(os.Mkdir(home, 0o700), os.WriteFile(inside, nil, 0o600), os.WriteFile(outside, nil, 0o600), os.Symlink(inside, link)); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"":      "",
		outside: "",
		inside:  "client: want our certificate's key outside the home " + home + ", which is backed up, found " + inside,
		link:    "client: want our certificate's key outside the home " + home + ", which is backed up, found " + link,
		missing: "client: want the file of our certificate's key, found none: lstat " + missing + ": no such file or directory",
	} {
		if err := (bucket{key: key}).keptApart(home); errText(err) != want {
			t.Errorf("%q: want %q, found %q", key, want, errText(err))
		}
	}
}
