package checks

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// Every direct requirement of go.mod has a line in docs/dependencies.md that
// names what it saves and what would replace it.
func TestDependenciesHaveAReason(t *testing.T) {
	mod, err := fs.ReadFile(repository(), "go.mod")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := fs.ReadFile(repository(), "docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, unexplained(t, mod, doc))
}

// A row of the table: | `module` | what it saves | what would replace it |
var explained = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]{10,} \\| [^|]{5,} \\|$")

func unexplained(t *testing.T, mod, doc []byte) []string {
	t.Helper()
	file, err := modfile.Parse("go.mod", mod, nil)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for _, m := range explained.FindAllSubmatch(doc, -1) {
		rows[string(m[1])] = true
	}
	var complaints []string
	for _, r := range file.Require {
		if !r.Indirect && !rows[r.Mod.Path] {
			complaints = append(complaints, "go.mod: requires "+r.Mod.Path+", and docs/dependencies.md has no row for it")
		}
		if !r.Indirect {
			delete(rows, r.Mod.Path)
		}
	}
	for path := range rows {
		complaints = append(complaints, "docs/dependencies.md: explains "+path+", which go.mod does not require directly")
	}
	return complaints
}

func TestDependenciesComplainBothWays(t *testing.T) {
	mod := "module m\n\ngo 1.26\n\nrequire (\n\tgithub.com/a/a v1.0.0\n\tgithub.com/b/b v1.0.0\n\tgithub.com/c/c v1.0.0 // indirect\n)\n"
	row := func(path string) string { return "| `" + path + "` | something long enough | our own code |\n" }
	expect(t, unexplained(t, []byte(mod), []byte(strings.Join([]string{row("github.com/a/a"), row("github.com/c/c")}, ""))),
		"go.mod: requires github.com/b/b, and docs/dependencies.md has no row for it",
		"docs/dependencies.md: explains github.com/c/c, which go.mod does not require directly")
	expect(t, unexplained(t, []byte(mod), []byte(row("github.com/a/a")+row("github.com/b/b"))))
}
