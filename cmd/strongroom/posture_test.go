package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strongroom/backup/posture"
	"strongroom/backup/servertest"
	"strongroom/cmd/internal/cli"
	"strongroom/signer/host"
)

// What shuts a signer's keys is on an online machine a failure, a warning or
// fine, and what is unknown stays that.
func TestInspectorsFindingsWeighWhatTheyWeighOnline(t *testing.T) {
	var assessed []host.Finding
	for _, name := range []string{"privileges", "swap", "container", "network", "debugger"} {
		assessed = append(assessed, host.Finding{Name: name, Status: host.Fail, Demanded: true, Why: "why", Found: "found", Fix: "fix"})
	}
	assessed = append(assessed, host.Finding{Name: "disk-encryption"}, host.Finding{Name: "core-dumps", Status: host.Pass})
	var got []string
	for _, f := range mergeHost(assessed, []posture.Finding{{Name: "seccomp", Status: posture.Pass}}) {
		got = append(got, fmt.Sprint(f.Name, " ", f.Status, " ", f.Demanded))
	}
	want := "container pass false; core-dumps pass false; debugger fail false; disk-encryption not readable false; privileges fail false; seccomp pass false; swap warn false"
	if strings.Join(got, "; ") != want {
		t.Errorf("want  %s\nfound %s", want, strings.Join(got, "; "))
	}
	for status, want := range map[host.Status]string{host.Fail: "true true", host.Pass: "false true", host.Unknown: "false false"} {
		in, known := inContainer([]host.Finding{{Name: "container", Status: status}}).Value()
		if got := fmt.Sprint(in, " ", known); got != want {
			t.Errorf("%s: want %s, found %s", status, want, got)
		}
	}
	if _, known := inContainer(nil).Value(); known {
		t.Error("want it unknown where nobody looked, found it known")
	}
	list := host.Assess(os.DirFS(t.TempDir()), host.Facts{System: "linux"}, time.Now())
	for name := range hostFindings() { // a name that is misspelt would be found nowhere
		found := false
		for _, f := range list {
			found = found || f.Name == name
		}
		if !found {
			t.Errorf("want a finding %s of the inspector, found none", name)
		}
	}
}

// A socket is tried, not only seen.
func TestASocketLetsInWhomItLetsIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "engine.sock")
	if in, known := letsIn(path).Value(); in || !known {
		t.Errorf("none there: found %v, %v", in, known)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if in, known := letsIn(path).Value(); !in || !known {
		t.Errorf("one that listens: found %v, %v", in, known)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if in, known := letsIn(path).Value(); in || !known {
		t.Errorf("one that nobody listens at: found %v, %v", in, known)
	}
}

func TestTheFirstCertificateThatEndsCounts(t *testing.T) {
	w := cli.World{}
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, want string }{
		"none":  {"nothing\n", "authority not readable"},
		"wrong": {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "authority not readable"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		f := posture.Authority(name, certificatesEnd(w, path), time.Now())[0]
		if got := f.Name + " " + f.Status.String(); got != c.want {
			t.Errorf("%s: want %s, found %s", name, c.want, f)
		}
	}
	server := servertest.S3(t, servertest.VersityGW)
	if ends, known := certificatesEnd(w, server.CAFile).Value(); !known || ends.Before(time.Now()) {
		t.Errorf("want an authority that is good today, found %s, %v", ends, known)
	}
}

func TestFoldBreaksBetweenWords(t *testing.T) {
	for s, want := range map[string]string{"": "", "one": "one", "one two three": "one two|three", "abcdefghijkl mn": "abcdefgh|ijkl mn", "a abcdefghijkl": "a|abcdefgh|ijkl"} {
		if got := strings.Join(fold(s, 8), "|"); got != want {
			t.Errorf("%q: want %q, found %q", s, want, got)
		}
	}
}
