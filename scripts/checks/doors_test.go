package checks

import (
	"fmt"
	"go/ast"
	"path"
	"strings"
	"testing"
)

// door is something of the world that only some packages may touch. What is
// not behind a door comes in as a parameter.
type door struct {
	what  string   // an import, or import.Name for one function
	rooms []string // folders whose files may; a slash at the end means all below
	why   string
}

func doors() []door {
	suites := []string{"backup/storetest", "backup/servertest", "signer/signertest"} // code for tests alone
	files := append([]string{"cmd/", "scripts/", "custody/durable", "signer/host"}, suites...)
	edge := []string{"cmd/", "scripts/"}
	clock := []string{"cmd/", "scripts/"}
	// a client waits and retries; what time it is still comes from outside
	waits := append([]string{"custody/node", "quorum/desk", "backup/s3store", "backup/secrets", "backup/servertest"}, clock...)
	return []door{
		{"os", files, "files are opened by custody/durable, the rest of the system by cmd"},
		{"io/ioutil", nil, "it is retired"},
		{"crypto/rand", append([]string{"backup/servertest"}, edge...), "randomness comes in as a reader"},
		{"math/rand", nil, "it is no source for secrets, and nothing else here is random"},
		{"math/rand/v2", suites, "it is no source for secrets, and nothing else here is random"},
		{"log", nil, "results are values, messages have three voices"},
		{"log/slog", nil, "results are values, messages have three voices"},
		{"testing", suites, "it belongs to tests"},
		{"unsafe", []string{"signer/host"}, "it goes around the types that carry proof; the sandbox hands the kernel three structures"},
		{"C", nil, "the binary would be neither static nor reproducible"},
		// a lock that a suite asks of a real store must end after now
		{"time.Now", append(suites[:1:1], clock...), "the clock is read once, at the edge"},
		{"time.Since", clock, "it reads the clock"},
		{"time.Until", clock, "it reads the clock"},
		{"time.Sleep", waits, "only a client waits"},
		{"time.After", waits, "only a client waits"},
		{"time.AfterFunc", waits, "only a client waits"},
		{"time.NewTimer", waits, "only a client waits"},
		{"time.NewTicker", waits, "only a client waits"},
		{"time.Tick", nil, "it never stops"},
		{"fmt.Print", edge, "standard output belongs to commands"},
		{"fmt.Printf", edge, "standard output belongs to commands"},
		{"fmt.Println", edge, "standard output belongs to commands"},
	}
}

func TestDoorsAreUsedOnlyByTheirRooms(t *testing.T) {
	expect(t, trespasses(ours(t)))
}

// trespasses judges every file that is not a test.
func trespasses(pkgs []pkg) []string {
	var complaints []string
	for _, p := range pkgs {
		documented, code := false, 0
		for _, f := range p.files {
			if f.test {
				continue
			}
			complaints = append(complaints, fileTrespasses(p.dir, f)...)
			code++
			documented = documented || f.ast.Doc != nil && (path.Base(f.path) == "doc.go" || f.ast.Name.Name == "main" || alone(p))
		}
		if !documented && code > 0 {
			complaints = append(complaints, p.dir+": wanted a package comment in doc.go, found none")
		}
	}
	return complaints
}

func fileTrespasses(dir string, f source) []string {
	var complaints []string
	complain := func(d door, node ast.Node) {
		if d.what != "" && !inRoom(dir, d.rooms) {
			complaints = append(complaints, fmt.Sprintf("%s:%d: uses %s: %s", f.path, f.set.Position(node.Pos()).Line, d.what, d.why))
		}
	}
	for i, imported := range f.imports() {
		complain(doorNamed(imported), f.ast.Imports[i])
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			// packages here are imported under their own names
			if x, ok := n.X.(*ast.Ident); ok && x.Obj == nil {
				complain(doorNamed(x.Name+"."+n.Sel.Name), n)
			}
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				complain(door{"init", nil, "it runs before main can decide anything"}, n)
			}
		}
		return true
	})
	return append(complaints, vagueName(f.path)...)
}

func doorNamed(what string) door {
	for _, d := range doors() {
		if d.what == what {
			return d
		}
	}
	return door{}
}

func inRoom(dir string, rooms []string) bool {
	for _, r := range rooms {
		if dir == r || strings.HasSuffix(r, "/") && strings.HasPrefix(dir, r) {
			return true
		}
	}
	return false
}

// vagueName refuses files and folders named after nothing.
func vagueName(name string) []string {
	for _, part := range strings.Split(strings.TrimSuffix(strings.TrimSuffix(name, ".go"), "_test"), "/") {
		switch part {
		case "util", "utils", "common", "helper", "helpers", "misc", "shared":
			return []string{name + ": wanted a name that says what it is about, found " + part}
		}
	}
	return nil
}

func TestDoorsComplainAboutTrespassers(t *testing.T) {
	got := trespasses(synthetic(t, map[string]string{
		"custody/doc.go":         "// Package custody is documented.\npackage custody",
		"custody/a.go":           "package custody\n\nimport (\n\t\"os\"\n\t\"time\"\n)\n\nfunc init() { _, _ = time.Now(), os.Args }\n",
		"custody/a_test.go":      "package custody\n\nimport \"os\"\n\nfunc init() { os.Exit(1) }\n",
		"custody/helpers.go":     "package custody",
		"custody/node/a.go":      "package node\n\nimport \"time\"\n\nfunc f() { time.Sleep(1); time.Now() }\n",
		"cmd/strongroom/main.go": "// Command strongroom may.\npackage main\n\nimport (\n\t\"crypto/rand\"\n\t\"os\"\n)\n\nvar _, _ = rand.Reader, os.Args\n",
	}))
	expect(t, got,
		"custody/a.go:4: uses os: files are opened by custody/durable, the rest of the system by cmd",
		"custody/a.go:8: uses init: it runs before main can decide anything",
		"custody/a.go:8: uses time.Now: the clock is read once, at the edge",
		"custody/helpers.go: wanted a name that says what it is about, found helpers",
		"custody/node/a.go:5: uses time.Now: the clock is read once, at the edge",
		"custody/node: wanted a package comment in doc.go, found none",
	)
}

// alone tells a package with one file of code, which needs no doc.go.
func alone(p pkg) bool {
	code := 0
	for _, f := range p.files {
		if !f.test {
			code++
		}
	}
	return code == 1
}
