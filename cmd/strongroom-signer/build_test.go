package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// build DIR [NAME=VALUE...] writes a build of the program that runs these scripts,
// reviewed and signed by olga and rita, and puts its SHA-256 into $BUILD, the first
// digits of it into $BUILD16 and the last of the program's into $END8. What can be another:
//
//	program   whose build it is
//	by        who signs, olga,rita
//	act       for what, build
//	key       PERSON:PERSON, the second's key stands for the first's
//	name      PERSON:PERSON, the second's name stands for the first's
func (s *stage) build(ts *testscript.TestScript, args []string) {
	have := valued(args[1:])
	b := buildText(s.t, have)
	if _, err := ceremony.ParseBuild(b); err != nil {
		ts.Fatalf("%v in\n%s", err, b)
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(os.WriteFile(filepath.Join(dir, "build.txt"), b, 0o600))
	for i, who := range strings.Split(cmp.Or(have["by"], "olga,rita"), ",") {
		signature, err := sshsig.Sign(handOf(s.t, who), sshsig.NamespaceFor(cmp.Or(have["act"], "build")), b)
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d-%s.sig", i, who)), signature, 0o600))
	}
	ts.Setenv("BUILD", text.Identity(b).String())
	ts.Setenv("BUILD16", text.Identity(b).Short())
	program, err := binary()
	ts.Check(err)
	ts.Setenv("END8", program.String()[56:])
}

// buildText is a build as its text: nothing here knows how the program writes one.
func buildText(t testing.TB, have map[string]string) []byte {
	t.Helper()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	hash := cmp.Or(have["program"], program.String())
	people := []string{"olga", "rita"}
	other := func(name, who string) string {
		if one, two, _ := strings.Cut(have[name], ":"); one == who {
			return two
		}
		return who
	}
	var b strings.Builder
	fmt.Fprintf(&b, "strongroom/build@v1\nmade 2026-11-20T09:30:00Z rtc\nsource git %040x\nmodules %064x\ngo go1.26.8\nplatform linux/amd64\n", 1, 2)
	fmt.Fprintf(&b, "program strongroom %064x 1\nprogram strongroom-signer %s 1\n", 3, hash)
	for _, who := range people {
		name := other("name", who)
		fmt.Fprintf(&b, "reviewer %s acme %s%s Example\n", who, strings.ToUpper(name[:1]), name[1:])
	}
	for _, who := range people {
		fmt.Fprintf(&b, "key %s %s\n", who, handOf(t, other("key", who)).Key())
	}
	b.WriteString("check dependencies olga\ncheck entropy rita\ncheck reproduced olga\ncheck reproduced rita\ncheck source rita\n")
	return []byte(b.String())
}

// The folder of a build is read before the process is walled off, and a plan without
// a build reads none.
func TestBuildIsReadBeforeAnythingIsAsked(t *testing.T) {
	p := &program{}
	running := text.Identity([]byte("program"))
	for _, c := range []struct {
		name string
		have papers
		want string
	}{
		{"none wanted, none brought", papers{}, ""},
		{"none wanted", papers{build: "x"}, "build: want none, as the plan says, found one in x"},
		{"none brought", papers{plan: ceremony.Plan{Build: running}}, "build: want --build DIR with build " + running.Short() + ", which the plan names, found none"},
	} {
		r, reasons, err := p.buildOf(c.have, running)
		var got []string
		for _, x := range reasons {
			got = append(got, x.Text)
			if x.Code != "KEY-BUILD" {
				t.Errorf("%s: want KEY-BUILD, found %s", c.name, x.Code)
			}
		}
		if err != nil || strings.Join(got, "\n") != c.want || r.By() != nil {
			t.Errorf("%s: want %q, found %q %v", c.name, c.want, got, err)
		}
	}
	if _, _, err := p.buildOf(papers{plan: ceremony.Plan{Build: running}, build: filepath.Join(t.TempDir(), "none")}, running); err == nil {
		t.Error("want a folder that is not there an error, found none")
	}
}
