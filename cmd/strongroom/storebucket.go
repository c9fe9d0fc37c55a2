package main

import (
	"bytes"
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
//	client /etc/strongroom/store.pem /etc/strongroom/store.key
//
// names is host for https://BUCKET.HOST and path for https://HOST/BUCKET;
// authority is a file of certificates or "system"; limit is how many bytes a
// second are sent, 0 for as many as go. The last line stands only where the store
// asks for a certificate: the files of ours and of its key. The zero value is
// none.
type bucket struct {
	endpoint, region, name string
	pathStyle              bool
	authority              string // a file's path; "" for the system's
	limit                  int64
	certificate, key       string // files' paths; "" for none
}

const (
	wordPath   = "path"
	wordHost   = "host"
	wordSystem = "system"

	// clientLine begins the last line, which need not be there.
	clientLine = "client "
)

// parseBucket reads such a text: what it accepts, bytes renders to the same
// bytes. Whether endpoint and bucket can be, package s3store says.
func parseBucket(b []byte) (bucket, error) {
	if len(b) > maxStorePath {
		return bucket{}, fmt.Errorf("bucket: want at most %d bytes, found %d", maxStorePath, len(b))
	}
	out, b, err := cutClient(b)
	if err != nil {
		return bucket{}, err
	}
	lines := strings.Split(string(b), "\n")
	keywords := []string{"endpoint", "region", "bucket", "names", "authority", "limit"}
	if len(lines) != len(keywords)+1 || lines[len(keywords)] != "" {
		return bucket{}, fmt.Errorf("bucket: want %d lines, %s, and perhaps client, found others", len(keywords), strings.Join(keywords, ", "))
	}
	values := map[string]string{}
	for i, k := range keywords {
		value, ok := strings.CutPrefix(lines[i], k+" ")
		if !ok || value == "" || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return bucket{}, fmt.Errorf("bucket: line %d: want %q and one word, found something else", i+1, k)
		}
		values[k] = value
	}
	out.endpoint, out.region, out.name, out.pathStyle = values["endpoint"], values["region"], values["bucket"], values["names"] == wordPath
	if !out.pathStyle && values["names"] != wordHost {
		return bucket{}, fmt.Errorf("bucket: names: want %s or %s, found %q", wordHost, wordPath, values["names"])
	}
	if out.authority = values["authority"]; out.authority == wordSystem {
		out.authority = ""
	} else if !wholePath(out.authority) {
		return bucket{}, fmt.Errorf("bucket: authority: want %s or a file's whole path, found %q", wordSystem, out.authority)
	}
	n, err := strconv.ParseInt(values["limit"], 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != values["limit"] {
		return bucket{}, fmt.Errorf("bucket: limit: want 0 or more bytes a second, found %q", values["limit"])
	}
	out.limit = n
	return out, nil
}

// cutClient takes the line about a certificate of ours from the end, if it is
// there.
func cutClient(b []byte) (out bucket, rest []byte, err error) {
	at := bytes.LastIndex(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"+clientLine)) + 1
	if at == 0 {
		return bucket{}, b, nil
	}
	files, ok := strings.CutSuffix(string(b[at+len(clientLine):]), "\n")
	out.certificate, out.key, _ = strings.Cut(files, " ")
	if !ok || !wholePath(out.certificate) || !wholePath(out.key) {
		return bucket{}, nil, fmt.Errorf("bucket: client: want the whole paths of a certificate's file and its key's, found %q", files)
	}
	return out, b[:at], nil
}

// wholePath says whether s is an absolute path, as short as it goes, in visible
// characters.
func wholePath(s string) bool {
	return path.IsAbs(s) && path.Clean(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func (b bucket) bytes() []byte {
	names, authority := wordHost, wordSystem
	if b.pathStyle {
		names = wordPath
	}
	if b.authority != "" {
		authority = b.authority
	}
	out := fmt.Appendf(nil, "endpoint %s\nregion %s\nbucket %s\nnames %s\nauthority %s\nlimit %d\n", b.endpoint, b.region, b.name, names, authority, b.limit)
	if b.certificate != "" {
		out = fmt.Appendf(out, "%s%s %s\n", clientLine, b.certificate, b.key)
	}
	return out
}

// String says where it is.
func (b bucket) String() string { return b.name + " at " + b.endpoint }
