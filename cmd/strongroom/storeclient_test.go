package main

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/backup/secrets"
	"strongroom/cmd/internal/cli"
)

// demanding is a store that speaks to nobody without a certificate. It tells how
// many were shown.
func demanding(t *testing.T) (*httptest.Server, *int) {
	t.Helper()
	shown := new(int)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*shown = len(r.TLS.PeerCertificates)
		_, _ = io.WriteString(w, "<ListVersionsResult></ListVersionsResult>")
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, shown
}

// A store that asks for a certificate gets the one of the bucket's text, whose
// key nobody else may read.
func TestABucketsCertificateIsShown(t *testing.T) {
	server, shown := demanding(t)
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
	b := bucket{endpoint: server.Listener.Addr().String(), region: "r", name: "copies", pathStyle: true, authority: write("ca.pem", chain)}
	c, err := secrets.ParseConfig(fmt.Appendf(nil, "credentials file %s\n", write("pair", []byte("access=a\nsecret=b\n"))))
	if err != nil {
		t.Fatal(err)
	}
	w := cli.World{Rand: rand.Reader, Now: time.Now, Err: io.Discard, Env: func(string) string { return "" }}
	reach := func() (backup.Store, error) {
		s, keys, err := b.reach(w, "store one", c)
		if err == nil {
			t.Cleanup(func() { _ = keys.Close(t.Context()) })
		}
		return s, err
	}
	b.certificate, b.key = write("own.pem", chain), write("own.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	s, err := reach()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.List(t.Context(), ""); err != nil || *shown != 1 {
		t.Errorf("want it shown, found %d, %v", *shown, err)
	}
	if err := os.Chmod(b.key, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := reach(); err == nil || !strings.Contains(err.Error(), b.key+": want a file that is ours and that nobody else can read, found mode 0640") {
		t.Errorf("a key that others read: found %v", err)
	}
	secret := bytes.Repeat([]byte("s3cret "), 9)
	b.key = write("other.key", secret)
	want := "certificate: want a certificate in " + b.certificate + " and its key in " + b.key + ", in PEM, found something else"
	if _, err := reach(); errText(err) != want {
		t.Errorf("no key: want %q, found %v", want, err)
	}
	b.key = filepath.Join(dir, "none")
	if _, err := reach(); !missingFile(err) {
		t.Errorf("none there: found %v", err)
	}
}
