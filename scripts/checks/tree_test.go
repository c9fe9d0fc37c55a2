package checks

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// A test that found almost nothing to read has not tested anything.
const (
	fewestPackages = 6
	fewestFiles    = 40
)

// source is one parsed Go file.
type source struct {
	path  string // from the root of the tree, with slashes
	test  bool
	ast   *ast.File
	set   *token.FileSet
	lines int
}

// pkg is one folder with Go files.
type pkg struct {
	dir   string
	files []source
}

// imports lists what the file imports, each path once.
func (s source) imports() []string {
	var paths []string
	for _, spec := range s.ast.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic("checks: an import that parsed does not unquote: " + spec.Path.Value)
		}
		paths = append(paths, p)
	}
	return paths
}

// repository is the tree that these tests are part of.
func repository() fs.FS { return os.DirFS("../..") }

// ours loads the repository and insists on having read something.
func ours(t *testing.T) []pkg {
	t.Helper()
	pkgs := load(t, repository())
	files := 0
	for _, p := range pkgs {
		files += len(p.files)
	}
	if len(pkgs) < fewestPackages || files < fewestFiles {
		t.Fatalf("tree: wanted at least %d packages and %d files, found %d and %d", fewestPackages, fewestFiles, len(pkgs), files)
	}
	t.Logf("read %d files in %d packages", files, len(pkgs))
	return pkgs
}

// synthetic loads a tree of made-up files: path to content.
func synthetic(t *testing.T, files map[string]string) []pkg {
	t.Helper()
	tree := fstest.MapFS{}
	for name, content := range files {
		tree[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return load(t, tree)
}

// load parses every Go file of the main module, in the order of the paths.
func load(t *testing.T, tree fs.FS) []pkg {
	t.Helper()
	var pkgs []pkg
	walk(t, tree, func(name string) {
		if !strings.HasSuffix(name, ".go") || strings.Contains("/"+name, "/testdata/") {
			return
		}
		dir := path.Dir(name)
		if len(pkgs) == 0 || pkgs[len(pkgs)-1].dir != dir {
			pkgs = append(pkgs, pkg{dir: dir})
		}
		last := &pkgs[len(pkgs)-1]
		last.files = append(last.files, parse(t, tree, name))
	})
	return merged(pkgs)
}

// merged joins the parts of a folder that its own subfolders came between.
func merged(parts []pkg) []pkg {
	var pkgs []pkg
	at := map[string]int{}
	for _, p := range parts {
		i, ok := at[p.dir]
		if !ok {
			at[p.dir] = len(pkgs)
			pkgs = append(pkgs, p)
			continue
		}
		pkgs[i].files = append(pkgs[i].files, p.files...)
	}
	return pkgs
}

func parse(t *testing.T, tree fs.FS, name string) source {
	t.Helper()
	content, err := fs.ReadFile(tree, name)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, content, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return source{path: name, test: strings.HasSuffix(name, "_test.go"), ast: file, set: set, lines: bytes.Count(content, []byte("\n"))}
}

// walk visits every file that belongs to the repository: not what make builds,
// not hidden folders other than .ci, and not a folder that is a module of its
// own when Go files are wanted (those are under scripts/servers).
func walk(t *testing.T, tree fs.FS, visit func(name string)) {
	t.Helper()
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() {
			visit(name)
			return nil
		}
		base := path.Base(name)
		hidden := strings.HasPrefix(base, ".") && base != "." && base != ".ci"
		if hidden || name == "bin" || name == "dist" || name == "scripts/servers" || strings.HasPrefix(base, "_") {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// expect compares a rule's complaints with the wanted ones, whole texts.
func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	g, w := strings.Join(got, "\n"), strings.Join(want, "\n")
	if g != w {
		t.Errorf("complaints:\n--- want\n%s\n--- got\n%s", w, g)
	}
}
