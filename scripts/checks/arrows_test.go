package checks

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const module = "strongroom"

// room is what the plan says about one package.
type room struct {
	may     string // our packages that it may import, by spaces; "*" is all
	network bool   // may speak to the network and start programs
	tests   bool   // only tests import it
}

// plan is the house: every package that may exist, and its arrows. Only
// packages that something uses exist; one that is planned and not there is no
// fault. To change an arrow, change this map in a commit of its own, with the
// reason.
func plan() map[string]room {
	const keys = "signer/keystore signer/keystore/bip39 signer/keystore/slip39 signer/keystore/entropy"
	const judged = "custody custody/headers custody/auditlog custody/durable quorum quorum/policy quorum/text quorum/sshsig quorum/record " + keys
	return map[string]room{
		"cmd/internal/cli":      {},
		"cmd/internal/handbook": {tests: true}, // both programs check the pages' commands against theirs
		"cmd/internal/regtest":  {may: "custody custody/node", network: true},
		"cmd/internal/story":    {may: "*", network: true},
		"cmd/strongroom":        {may: "*", network: true},
		"cmd/strongroom-signer": {may: "*"},

		"custody":          {},
		"custody/headers":  {may: "custody"},
		"custody/auditlog": {may: "custody/durable"},
		"custody/durable":  {},
		"custody/node":     {may: "custody", network: true},
		"custody/ccss":     {},

		"quorum/text":     {},
		"quorum/sshsig":   {},
		"quorum/record":   {may: "custody quorum/text"},
		"quorum/policy":   {may: "custody quorum/text quorum/sshsig"},
		"quorum/media":    {may: "quorum/text quorum/sshsig"},
		"quorum":          {may: "custody custody/headers custody/auditlog quorum/text quorum/sshsig quorum/record quorum/policy"},
		"quorum/registry": {may: "custody custody/durable custody/auditlog custody/headers quorum quorum/policy quorum/text quorum/sshsig"},
		// speaks to nobody: the program hands it a bucket, which package s3store reaches
		"quorum/registry/bucket": {may: "custody/durable quorum/registry"},
		"quorum/desk":            {may: "quorum quorum/policy quorum/text quorum/sshsig quorum/registry", network: true},

		"signer/keystore":         {may: "custody custody/durable signer/keystore/bip39 signer/keystore/slip39"},
		"signer/keystore/bip39":   {},
		"signer/keystore/entropy": {},
		"signer/keystore/slip39":  {},

		"signer/host":       {may: "custody/durable"},
		"signer/carrier":    {},
		"signer":            {may: judged},
		"signer/ceremony":   {may: judged + " signer signer/carrier"},
		"signer/signertest": {may: judged + " signer", tests: true},

		"backup":          {may: "custody/durable quorum/text quorum/sshsig"},
		"backup/dirstore": {may: "backup custody/durable"},
		// judges facts; who speaks to a store fills them in
		"backup/posture":   {},
		"backup/s3store":   {may: "backup backup/posture custody/durable", network: true},
		"backup/storetest": {may: "backup custody/durable", tests: true},
		// runs real servers; it knows none of our types, so that every client can be tested with it
		"backup/servertest": {network: true, tests: true},
		// a key at Vault signs manifests as any other: it is an sshsig.Signer
		"backup/secrets": {may: "backup custody/durable quorum/sshsig", network: true},

		"scripts/audit":         {},
		"scripts/benchsource":   {},
		"scripts/checks":        {},
		"scripts/checks/report": {},
	}
}

// testsMay are arrows that only tests have: every store passes one suite, whoever
// speaks to a server is tried with real ones, and one whole vault serves every
// scenario.
func testsMay() map[string]string {
	return map[string]string{
		"backup":                 "backup/dirstore", // stock tools restore from a folder
		"backup/dirstore":        "backup/storetest",
		"backup/s3store":         "backup/storetest backup/servertest",
		"backup/secrets":         "backup/servertest",
		"quorum":                 "signer/signertest",
		"quorum/record":          "signer/signertest",
		"quorum/registry":        "signer/signertest",
		"quorum/registry/bucket": "backup/s3store backup/servertest",
		"signer":                 "signer/signertest",
		"signer/ceremony":        "signer/signertest",
	}
}

// forbidden are imports that open sockets or start programs, by prefix, with
// the reason shown. Only packages marked network may have them.
func forbidden() []struct{ prefix, why string } {
	return []struct{ prefix, why string }{
		{"net", "opens sockets"},
		{"crypto/tls", "speaks over sockets"},
		{"os/exec", "starts programs"},
		{"plugin", "loads code while running"},
		{"log/syslog", "writes to a socket"},
		{"golang.org/x/net", "opens sockets"},
		{"golang.org/x/crypto/acme", "opens sockets"},
		{"github.com/btcsuite/btcd/rpcclient", "talks to a node"},
		{"github.com/btcsuite/btcd/peer", "talks to nodes"},
		{"github.com/btcsuite/btcd/connmgr", "talks to nodes"},
		{"github.com/lightninglabs/neutrino", "talks to nodes"},
		{"github.com/minio/minio-go", "talks to a store"},
		{"github.com/hashicorp/vault", "talks to a server"},
		{"filippo.io/torchwood", "brings an HTTP client"},
		{"filippo.io/age/plugin", "starts programs"},
	}
}

func TestArrowsAreThoseOfThePlan(t *testing.T) {
	expect(t, arrows(ours(t)))
}

// arrows judges a tree: rooms that are not planned, arrows that are not
// allowed, sockets where none may be, and what the signer reaches.
func arrows(pkgs []pkg) []string {
	var complaints []string
	graph := map[string][]string{}
	for _, p := range pkgs {
		r, ok := plan()[p.dir]
		if !ok {
			complaints = append(complaints, p.dir+": not in the plan")
			continue
		}
		for _, f := range p.files {
			complaints = append(complaints, fileArrows(p.dir, r, f)...)
			if !f.test {
				graph[p.dir] = append(graph[p.dir], own(f.imports())...)
			}
		}
	}
	for _, reached := range closure("cmd/strongroom-signer", func(dir string) []string { return graph[dir] }) {
		if plan()[reached].network {
			complaints = append(complaints, "cmd/strongroom-signer: reaches "+reached+", which is marked network")
		}
	}
	return complaints
}

func fileArrows(dir string, r room, f source) []string {
	var complaints []string
	for _, imported := range f.imports() {
		to, isOurs := strings.CutPrefix(imported, module+"/")
		switch {
		case isOurs && !arrowAllowed(dir, r, to, f.test):
			complaints = append(complaints, fmt.Sprintf("%s: imports %s, an arrow that is not in the plan", f.path, to))
		case isOurs || f.test || r.network:
			continue
		}
		for _, no := range forbidden() {
			if imported == no.prefix || strings.HasPrefix(imported, no.prefix+"/") {
				complaints = append(complaints, fmt.Sprintf("%s: imports %s, which %s, in a package not marked network", f.path, imported, no.why))
			}
		}
	}
	return complaints
}

// arrowAllowed tells whether a file may import one of our packages. Tests may
// also name what their package reaches anyway: that draws no new arrow.
func arrowAllowed(dir string, r room, to string, test bool) bool {
	if strings.HasPrefix(to, "cmd/") && !(strings.HasPrefix(to, "cmd/internal/") && strings.HasPrefix(dir, "cmd/")) {
		return false // nobody imports a program
	}
	if plan()[to].tests && !test {
		return false
	}
	if r.may == "*" || slices.Contains(strings.Fields(r.may), to) {
		return true
	}
	return test && (to == dir || slices.Contains(closure(dir, testArrows), to))
}

// testArrows lists what the tests of a folder may name.
func testArrows(dir string) []string {
	return strings.Fields(plan()[dir].may + " " + testsMay()[dir])
}

// own keeps the imports that are packages of this module, as folders.
func own(imports []string) []string {
	var dirs []string
	for _, imported := range imports {
		if dir, ok := strings.CutPrefix(imported, module+"/"); ok {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// closure lists what start reaches, sorted, without itself.
func closure(start string, next func(string) []string) []string {
	seen := map[string]bool{start: true}
	queue := []string{start}
	for len(queue) > 0 {
		for _, n := range next(queue[0]) {
			if !seen[n] {
				seen[n] = true
				queue = append(queue, n)
			}
		}
		queue = queue[1:]
	}
	delete(seen, start)
	var reached []string
	for n := range seen {
		reached = append(reached, n)
	}
	slices.Sort(reached)
	return reached
}

func TestArrowsComplainAboutABrokenHouse(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"a house in order", map[string]string{
			"custody/a.go":            "package custody",
			"quorum/record/a.go":      `package record; import ("fmt"; "strongroom/custody")`,
			"quorum/record/a_test.go": `package record_test; import ("net"; "os/exec"; "github.com/someone/oracle"; "strongroom/quorum/record")`,
			"custody/node/a.go":       `package node; import ("net/http"; "strongroom/custody")`,
			"cmd/strongroom/main.go":  `package main; import ("strongroom/cmd/internal/cli"; "strongroom/custody/node")`,
		}, nil},
		{"a room that nobody planned", map[string]string{"util/a.go": "package util"}, []string{"util: not in the plan"}},
		{"the leaf imports", map[string]string{"custody/a.go": `package custody; import "strongroom/quorum/text"`},
			[]string{"custody/a.go: imports quorum/text, an arrow that is not in the plan"}},
		{"an arrow the other way", map[string]string{"quorum/text/a.go": `package text; import "strongroom/quorum"`},
			[]string{"quorum/text/a.go: imports quorum, an arrow that is not in the plan"}},
		{"a test that draws a new arrow", map[string]string{"custody/a_test.go": `package custody; import "strongroom/backup"`},
			[]string{"custody/a_test.go: imports backup, an arrow that is not in the plan"}},
		{"a suite for tests outside of them", map[string]string{
			"backup/dirstore/a.go":      `package dirstore; import "strongroom/backup/storetest"`,
			"backup/dirstore/a_test.go": `package dirstore; import "strongroom/backup/storetest"`,
			"cmd/strongroom/a.go":       `package main; import "strongroom/signer/signertest"`,
		}, []string{"backup/dirstore/a.go: imports backup/storetest, an arrow that is not in the plan",
			"cmd/strongroom/a.go: imports signer/signertest, an arrow that is not in the plan"}},
		{"a program is imported", map[string]string{"backup/a.go": `package backup; import "strongroom/cmd/internal/cli"`, "cmd/strongroom/a.go": `package main; import "strongroom/cmd/strongroom-signer"`},
			[]string{"backup/a.go: imports cmd/internal/cli, an arrow that is not in the plan", "cmd/strongroom/a.go: imports cmd/strongroom-signer, an arrow that is not in the plan"}},
		{"sockets in a quiet room", map[string]string{"quorum/sshsig/a.go": `package sshsig; import ("net"; "net/http"; "os/exec"; "network")`},
			[]string{"quorum/sshsig/a.go: imports net, which opens sockets, in a package not marked network",
				"quorum/sshsig/a.go: imports net/http, which opens sockets, in a package not marked network",
				"quorum/sshsig/a.go: imports os/exec, which starts programs, in a package not marked network"}},
		{"the signer reaches a node by a friend", map[string]string{
			"cmd/strongroom-signer/main.go": `package main; import "strongroom/custody/headers"`,
			"custody/headers/a.go":          `package headers; import "strongroom/custody/node"`,
		}, []string{"custody/headers/a.go: imports custody/node, an arrow that is not in the plan",
			"cmd/strongroom-signer: reaches custody/node, which is marked network"}},
		{"the signer imports a node", map[string]string{"cmd/strongroom-signer/main.go": `package main; import "strongroom/custody/node"`},
			[]string{"cmd/strongroom-signer: reaches custody/node, which is marked network"}},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, arrows(synthetic(t, c.files)), c.want...) })
	}
}

// The plan itself must be one that can be built.
func TestArrowsOfThePlanMakeNoCircle(t *testing.T) {
	for dir, r := range plan() {
		for _, to := range strings.Fields(r.may) {
			if _, ok := plan()[to]; !ok && to != "*" {
				t.Errorf("%s: may import %s, which is not in the plan", dir, to)
			}
		}
		below := closure(dir, func(d string) []string { return strings.Fields(plan()[d].may) })
		for _, to := range below {
			if slices.Contains(strings.Fields(plan()[to].may), dir) {
				t.Errorf("%s: in a circle through %s", dir, to)
			}
		}
	}
}
