package checks

import (
	"bytes"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// word is a pattern that no file may hold. Patterns are put together from
// pieces, so that this file doesn't hold them either.
type word struct {
	pattern *regexp.Regexp
	why     string
}

func words() []word {
	hosts := []string{"proxy.golang" + ".org", "sum.golang" + ".org", "npmjs" + ".org", "npmjs" + ".com", "deb.debian" + ".org", "security.debian" + ".org",
		"pypi" + ".org", "pythonhosted" + ".org", "crates" + ".io", "rubygems" + ".org", "docker" + ".io", "gh" + "cr.io", "repo.maven" + ".apache"}
	for i, h := range hosts {
		hosts[i] = regexp.QuoteMeta(h)
	}
	folders := strings.Join([]string{"wo" + "rk", "ro" + "ot", "fa" + "rm", "Us" + "ers", "home/[a-z]+"}, "|")
	unfinished := strings.Join([]string{"TO" + "DO", "FIX" + "ME", "X" + "XX", "for " + "now", "not " + "implemented", "un" + "implemented"}, "|")
	return []word{
		{regexp.MustCompile(`(?i)\b(` + strings.Join(hosts, "|") + `)\b`), "a package registry's host: tools find theirs by themselves"},
		{regexp.MustCompile(`(^|[\s"'=(:` + "`" + `])/(` + folders + `)/`), "a path of one machine"},
		{regexp.MustCompile(`\b(` + unfinished + `)\b`), "unfinished work: finish it or leave it out"},
		{regexp.MustCompile(`(?i)\bthe ` + `spec says\b`), "an authority that the reader doesn't have: say the rule"},
	}
}

func TestWordsThatNoFileMayHold(t *testing.T) {
	complaints, files := unwelcome(t, repository())
	if files < fewestFiles {
		t.Fatalf("tree: wanted at least %d files, found %d", fewestFiles, files)
	}
	t.Logf("read %d files", files)
	expect(t, complaints)
}

// unwelcome reads every text file of the tree and counts them. Checksums of
// modules are not sentences and LICENSE is not ours.
func unwelcome(t *testing.T, tree fs.FS) (complaints []string, files int) {
	t.Helper()
	rules := words()
	walk(t, tree, func(name string) {
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.sum" || name == "LICENSE" || bytes.IndexByte(content, 0) >= 0 {
			return
		}
		files++
		for i, line := range strings.Split(string(content), "\n") {
			for _, w := range rules {
				if found := w.pattern.FindString(line); found != "" {
					complaints = append(complaints, fmt.Sprintf("%s:%d: %q is %s", name, i+1, strings.TrimSpace(found), w.why))
				}
			}
		}
	})
	return complaints, files
}

func TestWordsAreFoundWhereTheyHide(t *testing.T) {
	tree := fstest.MapFS{
		"a.md":  {Data: []byte("see https://" + "proxy.golang" + ".org/x\nfine: example.org, /var/lib, forward/ro" + "ot/x\n")},
		"b.go":  {Data: []byte("// TO" + "DO: later\nx := \"/ro" + "ot/x\"\nMETHODS\nmktemp x.XX" + "XXXX\n")},
		"c.bin": {Data: []byte("\x00 TO" + "DO")},
	}
	got, files := unwelcome(t, tree)
	if files != 2 {
		t.Errorf("files: wanted 2, found %d", files)
	}
	expect(t, got,
		`a.md:1: "`+"proxy.golang"+`.org" is a package registry's host: tools find theirs by themselves`,
		`b.go:1: "TO`+`DO" is unfinished work: finish it or leave it out`,
		`b.go:2: "\"/ro`+`ot/" is a path of one machine`)
}
