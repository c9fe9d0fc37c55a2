package checks

import (
	"fmt"
	"go/ast"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// threats is how many rows the threat table has. Its numbers never change their
// meaning.
const threats = 39

const threatPage = "docs/threat-model.md"

// unprovenThreats reads the table of threats, a row
//
//	| T1 | the threat | what stops it here | CODE, CODE or - | proof |
//
// where the proof is one or more of: a test, `quorum/attack_test.go:TestName` or
// the path of a script; a procedure, [title](officers.md#anchor); and planned
// (3.9), which names a section of the specification. It complains about rows
// that are missing, out of order or without a proof, and about proofs and codes
// that do not exist.
func unprovenThreats(t *testing.T, tree fs.FS) (complaints []string, tests int) {
	t.Helper()
	content, err := fs.ReadFile(tree, threatPage)
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`^\| T[0-9]+ \|`)
	next := 1
	for line := range strings.Lines(string(content)) {
		if !row.MatchString(line) {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		name := strings.TrimSpace(cells[0])
		if want := fmt.Sprintf("T%d", next); name != want {
			complaints = append(complaints, fmt.Sprintf("%s: wanted row %s here", name, want))
		}
		next++
		if len(cells) != 5 {
			complaints = append(complaints, fmt.Sprintf("%s: wanted 5 cells, found %d", name, len(cells)))
			continue
		}
		said, n := provenBy(t, tree, strings.TrimSpace(cells[4]))
		tests += n
		for _, s := range append(unknownCodes(t, tree, cells[3]), said...) {
			complaints = append(complaints, name+": "+s)
		}
	}
	if rows := next - 1; rows != threats {
		complaints = append(complaints, fmt.Sprintf("table: wanted %d rows, found %d", threats, rows))
	}
	return complaints, tests
}

// provenBy judges one cell of proofs and counts the tests in it.
func provenBy(t *testing.T, tree fs.FS, cell string) (complaints []string, tests int) {
	t.Helper()
	test := regexp.MustCompile("`([^`:]+)(?::([A-Za-z0-9_]+))?`")
	link := regexp.MustCompile(`\[[^\]]+\]\(([a-z-]+\.md#[a-z0-9-]+)\)`)
	planned := regexp.MustCompile(`\bplanned \([0-9]+(\.[0-9]+)*\)`)
	proofs := len(planned.FindAllString(cell, -1))
	for _, m := range link.FindAllStringSubmatch(cell, -1) {
		proofs++
		if why := dead(tree, threatPage, m[1]); why != "" {
			complaints = append(complaints, m[1]+": "+why)
		}
	}
	for _, m := range test.FindAllStringSubmatch(cell, -1) {
		proofs++
		tests++
		if why := untested(t, tree, m[1], m[2]); why != "" {
			complaints = append(complaints, strings.Trim(m[0], "`")+": "+why)
		}
	}
	if proofs == 0 {
		complaints = append(complaints, "wanted a test, a procedure or what is planned, found none")
	}
	return complaints, tests
}

// untested says why a named test is none; empty when it is one.
func untested(t *testing.T, tree fs.FS, file, function string) string {
	t.Helper()
	if _, err := fs.Stat(tree, file); err != nil {
		return "wanted a file, found none"
	}
	if function == "" {
		if strings.HasSuffix(file, ".txtar") || strings.HasSuffix(file, ".sh") {
			return ""
		}
		return "wanted a script or a test of a file, found another file"
	}
	if !strings.HasSuffix(file, "_test.go") || !strings.HasPrefix(function, "Test") && !strings.HasPrefix(function, "Fuzz") {
		return "wanted a test, found no test's name"
	}
	for _, d := range parse(t, tree, file).ast.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == function {
			return ""
		}
	}
	return "wanted a test of this name, found none"
}

// unknownCodes wants every code explained on the pages of refusals and policy.
func unknownCodes(t *testing.T, tree fs.FS, cell string) []string {
	t.Helper()
	var explained string
	for _, page := range []string{"docs/refusals.md", "docs/policy.md"} {
		content, err := fs.ReadFile(tree, page)
		if err != nil {
			t.Fatal(err)
		}
		explained += string(content)
	}
	var complaints []string
	for _, code := range regexp.MustCompile(`[A-Z]+(-[A-Z]+)+`).FindAllString(cell, -1) {
		if !strings.Contains(explained, "| "+code+" |") && !strings.Contains(explained, "\n- "+code+":") {
			complaints = append(complaints, code+": wanted it explained, found it nowhere")
		}
	}
	return complaints
}

func TestEveryThreatHasAProof(t *testing.T) {
	complaints, tests := unprovenThreats(t, repository())
	if tests < threats {
		t.Fatalf("table: wanted at least %d tests, found %d", threats, tests)
	}
	t.Logf("read %d threats with %d tests", threats, tests)
	expect(t, complaints)
}

func TestThreatsComplain(t *testing.T) {
	row := func(n int, code, proof string) string {
		return fmt.Sprintf("| T%d | a threat | a rule | %s | %s |\n", n, code, proof)
	}
	table := row(1, "TX-OUT", "`a/x_test.go:TestOne`, `a/s.txtar`") + row(2, "-", "[veto](officers.md#stop-it), planned (3.9)") +
		row(4, "TX-GONE", "`a/x_test.go:TestTwo`") + row(4, "-", "`a/x_test.go:Helper`") + row(5, "-", "somehow") +
		row(6, "-", "[veto](officers.md#stop)") + row(7, "-", "`a/y_test.go:TestOne`") + row(8, "-", "`a/x.go`") + "| T9 | a threat |\n"
	got, tests := unprovenThreats(t, fstest.MapFS{
		threatPage:         {Data: []byte("# Threats\n\n| T | threat |\n|---|---|\n" + table)},
		"docs/officers.md": {Data: []byte("# Officers\n\n## Stop it\n")},
		"docs/refusals.md": {Data: []byte("| TX-OUT | it means | do |\n")},
		"docs/policy.md":   {Data: []byte("# Policy\n")},
		"a/x_test.go":      {Data: []byte("package a\n\nfunc TestOne() {}\n\nfunc Helper() {}\n")},
		"a/x.go":           {Data: []byte("package a\n")},
		"a/s.txtar":        {Data: []byte("exec true\n")},
	})
	if tests != 6 {
		t.Errorf("tests: wanted 6, found %d", tests)
	}
	expect(t, got,
		"T4: wanted row T3 here",
		"T4: TX-GONE: wanted it explained, found it nowhere",
		"T4: a/x_test.go:TestTwo: wanted a test of this name, found none",
		"T4: a/x_test.go:Helper: wanted a test, found no test's name",
		"T5: wanted a test, a procedure or what is planned, found none",
		"T6: officers.md#stop: wanted a heading, found none",
		"T7: a/y_test.go:TestOne: wanted a file, found none",
		"T8: a/x.go: wanted a script or a test of a file, found another file",
		"T9: wanted 5 cells, found 2",
		"table: wanted 39 rows, found 9")
}
