package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write deps.txt anew")

// The list is that of the released binary, whatever machine the test runs on.
var release = []string{"GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"}

// shownImporters bounds a line. Others are not counted: the line would change
// with every file that imports fmt.
const shownImporters = 4

// ban is an import path that the signer never links, with all below it.
type ban struct{ prefix, why string }

func bans() []ban {
	return []ban{
		{"net/http", "speaks to servers"},
		{"net/rpc", "speaks to servers"},
		{"net/smtp", "speaks to servers"},
		{"crypto/tls", "is only of use on a socket"},
		{"os/exec", "starts programs; a plugin's share comes over --share-fd"},
		{"plugin", "loads code while running"},
		{"log/syslog", "writes to a socket"},
		{"golang.org/x/net", "opens sockets"},
		{"golang.org/x/crypto/acme", "speaks to servers"},
		{"github.com/btcsuite/btcd/rpcclient", "speaks to a node"},
		{"github.com/btcsuite/btcd/peer", "speaks to nodes"},
		{"github.com/btcsuite/btcd/connmgr", "speaks to nodes"},
		{"github.com/lightninglabs/neutrino", "speaks to nodes"},
		{"github.com/minio/minio-go", "speaks to a store"},
		{"github.com/hashicorp/vault", "speaks to a server"},
		{"filippo.io/torchwood", "brings net/http"},
		{"filippo.io/age/plugin", "starts programs"},
		{"github.com/spf13/cobra/doc", "is of use only while building"},
		{"testing", "belongs to tests"},
		{"expvar", "brings net/http"},
		{"runtime/cgo", "makes the binary depend on the machine's C library"},
	}
}

// admitted names who may import net, and what for. The linker drops what they
// do not use: scripts/airgap.sh looks for what is left.
func admitted() map[string]string {
	return map[string]string{
		"crypto/x509":                         "IP addresses in certificates",
		"golang.org/x/crypto/ssh":             "its client half; signatures need only the keys",
		"golang.org/x/crypto/ssh/agent":       "its forwarding half; the protocol runs over any stream",
		"github.com/btcsuite/btcd/wire/v2":    "the type of a peer's address",
		"github.com/btcsuite/btcd/btcutil/v2": "helpers that make certificates",
		"github.com/spf13/pflag":              "flags that hold IP addresses",
	}
}

func TestDepsAreThoseOfTheList(t *testing.T) {
	got := list(linked(t))
	if *update {
		if err := os.WriteFile("deps.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("deps.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	for _, line := range missingFrom(string(want), got) {
		t.Errorf("linked and not in deps.txt: %s", line)
	}
	for _, line := range missingFrom(got, string(want)) {
		t.Errorf("in deps.txt and not linked: %s", line)
	}
	t.Error("deps.txt: read the change, then write it with scripts/deps.sh")
}

func TestDepsHoldNothingBanned(t *testing.T) {
	if got := judge(linked(t)); len(got) > 0 {
		t.Error(strings.Join(got, "\n"))
	}
}

func TestDepsJudgeComplains(t *testing.T) {
	got := judge([]dep{
		{path: "net", std: true, importers: []string{"github.com/someone/else", "github.com/spf13/pflag"}},
		{path: "net/http", std: true, importers: []string{"github.com/someone/else"}},
		{path: "net/http/internal", std: true, importers: []string{"net/http"}},
		{path: "net/httpish", importers: []string{"m"}},
		{path: "vendor/golang.org/x/net/dns/dnsmessage", std: true, importers: []string{"net"}},
	})
	want := []string{
		"net: asked for by github.com/someone/else, which is not among those admitted",
		"net/http: banned, it speaks to servers; asked for by github.com/someone/else",
		"net/http/internal: banned, it speaks to servers; asked for by net/http",
	}
	if !slices.Equal(got, want) {
		t.Errorf("complaints:\n--- want\n%s\n--- got\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

// dep is one linked package and who imports it.
type dep struct {
	path      string
	std       bool
	importers []string
}

// judge complains about what is banned and about who asks for net.
func judge(deps []dep) []string {
	var complaints []string
	for _, d := range deps {
		for _, b := range bans() {
			if d.path == b.prefix || strings.HasPrefix(d.path, b.prefix+"/") {
				complaints = append(complaints, fmt.Sprintf("%s: banned, it %s; asked for by %s", d.path, b.why, strings.Join(d.importers, " ")))
			}
		}
		if d.path != "net" {
			continue
		}
		for _, who := range d.importers {
			if admitted()[who] == "" {
				complaints = append(complaints, "net: asked for by "+who+", which is not among those admitted")
			}
		}
	}
	return complaints
}

// list is the text of deps.txt. The standard library's own internals are left
// out: they come with their package and with the toolchain. For net everyone
// who asks is named.
func list(deps []dep) string {
	var b strings.Builder
	b.WriteString("# Every package that strongroom-signer links, and who asked for it. A new line\n# here is a line to review. Written by scripts/deps.sh, compared by deps_test.go.\n")
	for _, d := range deps {
		if d.std && (strings.HasPrefix(d.path, "vendor/") || strings.Contains("/"+d.path+"/", "/internal/")) {
			continue
		}
		fmt.Fprintf(&b, "%s <- %s\n", d.path, askedBy(d))
	}
	return b.String()
}

func askedBy(d dep) string {
	who := d.importers
	if d.std && d.path != "net" {
		who = slices.DeleteFunc(slices.Clone(who), isStd)
		if len(who) == 0 {
			return "the standard library"
		}
	}
	if d.path != "net" && len(who) > shownImporters {
		return strings.Join(who[:shownImporters], " ") + " and others"
	}
	return strings.Join(who, " ")
}

// isStd tells a package of the standard library, or its vendored ones, by the
// rule that every other path here has a dot or our module's name in front.
func isStd(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && first != "strongroom"
}

// fewestLinked is a floor for the list: fewer means that it was not read.
const fewestLinked = 50

// linked asks the go tool what the released binary is made of. This test sits
// in the package that it judges, so the test cache sees every change below it.
func linked(t *testing.T) []dep {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Standard", ".")
	cmd.Env = append(os.Environ(), release...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	importers := map[string][]string{}
	var deps []dep
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
			Standard   bool
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, to := range p.Imports {
			importers[to] = append(importers[to], p.ImportPath)
		}
		if p.ImportPath != "strongroom/cmd/strongroom-signer" {
			deps = append(deps, dep{path: p.ImportPath, std: p.Standard})
		}
	}
	for i := range deps {
		deps[i].importers = slices.Sorted(slices.Values(importers[deps[i].path]))
	}
	slices.SortFunc(deps, func(a, b dep) int { return strings.Compare(a.path, b.path) })
	if len(deps) < fewestLinked {
		t.Fatalf("go list: wanted at least %d packages, found %d", fewestLinked, len(deps))
	}
	return deps
}

// missingFrom lists the lines of text that the other text lacks.
func missingFrom(other, text string) []string {
	have := strings.Split(other, "\n")
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return slices.Contains(have, line) })
}
