package main

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// bucket says where a store at an S3 service is: a text without any secret in
// it.
//
//	endpoint s3.example.com:443
//	region eu-central-1
//	bucket acme-backup-1
//	names host
//	authority system
//	limit 0
//
// names is host for https://BUCKET.HOST and path for https://HOST/BUCKET;
// authority is a file of certificates or "system"; limit is how many bytes a
// second are sent, 0 for as many as go. The zero value is none.
type bucket struct {
	endpoint, region, name string
	pathStyle              bool
	authority              string // a file's path; "" for the system's
	limit                  int64
}

const (
	wordPath   = "path"
	wordHost   = "host"
	wordSystem = "system"
)

// parseBucket reads such a text: what it accepts, bytes renders to the same
// bytes. Whether endpoint and bucket can be, package s3store says.
func parseBucket(b []byte) (bucket, error) {
	if len(b) > maxStorePath {
		return bucket{}, fmt.Errorf("bucket: want at most %d bytes, found %d", maxStorePath, len(b))
	}
	lines := strings.Split(string(b), "\n")
	keywords := []string{"endpoint", "region", "bucket", "names", "authority", "limit"}
	if len(lines) != len(keywords)+1 || lines[len(keywords)] != "" {
		return bucket{}, fmt.Errorf("bucket: want %d lines, %s, found others", len(keywords), strings.Join(keywords, ", "))
	}
	values := map[string]string{}
	for i, k := range keywords {
		value, ok := strings.CutPrefix(lines[i], k+" ")
		if !ok || value == "" || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return bucket{}, fmt.Errorf("bucket: line %d: want %q and one word, found something else", i+1, k)
		}
		values[k] = value
	}
	out := bucket{endpoint: values["endpoint"], region: values["region"], name: values["bucket"], pathStyle: values["names"] == wordPath}
	if !out.pathStyle && values["names"] != wordHost {
		return bucket{}, fmt.Errorf("bucket: names: want %s or %s, found %q", wordHost, wordPath, values["names"])
	}
	if out.authority = values["authority"]; out.authority == wordSystem {
		out.authority = ""
	} else if !path.IsAbs(out.authority) || path.Clean(out.authority) != out.authority {
		return bucket{}, fmt.Errorf("bucket: authority: want %s or a file's whole path, found %q", wordSystem, out.authority)
	}
	n, err := strconv.ParseInt(values["limit"], 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != values["limit"] {
		return bucket{}, fmt.Errorf("bucket: limit: want 0 or more bytes a second, found %q", values["limit"])
	}
	out.limit = n
	return out, nil
}

func (b bucket) bytes() []byte {
	names, authority := wordHost, wordSystem
	if b.pathStyle {
		names = wordPath
	}
	if b.authority != "" {
		authority = b.authority
	}
	return fmt.Appendf(nil, "endpoint %s\nregion %s\nbucket %s\nnames %s\nauthority %s\nlimit %d\n", b.endpoint, b.region, b.name, names, authority, b.limit)
}

// String says where it is.
func (b bucket) String() string { return b.name + " at " + b.endpoint }
