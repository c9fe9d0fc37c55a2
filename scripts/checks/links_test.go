package checks

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// deadLinks reads every Markdown page and complains about each link within the
// repository that leads to no file, or to no heading of a page.
func deadLinks(t *testing.T, tree fs.FS) (complaints []string, links int) {
	t.Helper()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, page := range pages(t, tree) {
		for i, line := range strings.Split(page.text, "\n") {
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				if strings.Contains(m[1], "://") {
					continue
				}
				links++
				if why := dead(tree, page.name, m[1]); why != "" {
					complaints = append(complaints, fmt.Sprintf("%s:%d: %s: %s", page.name, i+1, m[1], why))
				}
			}
		}
	}
	return complaints, links
}

// dead says why a link of a page leads nowhere; empty when it leads somewhere.
func dead(tree fs.FS, from, link string) string {
	file, anchor, _ := strings.Cut(link, "#")
	target := from
	if file != "" {
		target = path.Join(path.Dir(from), file)
	}
	if _, err := fs.Stat(tree, target); err != nil {
		return "wanted a file, found none"
	}
	if anchor == "" {
		return ""
	}
	content, err := fs.ReadFile(tree, target)
	if err != nil || !slices.Contains(anchors(string(content)), anchor) {
		return "wanted a heading, found none"
	}
	return ""
}

// page is one Markdown file.
type page struct{ name, text string }

func pages(t *testing.T, tree fs.FS) []page {
	t.Helper()
	var list []page
	walk(t, tree, func(name string) {
		if !strings.HasSuffix(name, ".md") {
			return
		}
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, page{name, string(content)})
	})
	return list
}

// anchors returns the names by which a page's headings are linked to: lower
// case, without punctuation, hyphens for spaces.
func anchors(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || !strings.HasPrefix(line, "#") {
			continue
		}
		list = append(list, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', r >= 'a' && r <= 'z', r >= '0' && r <= '9':
				return r
			}
			return -1
		}, strings.ToLower(strings.TrimSpace(title))))
	}
	return list
}

func TestLinksLeadSomewhere(t *testing.T) {
	complaints, links := deadLinks(t, repository())
	if links < 20 {
		t.Fatalf("pages: wanted at least 20 links, found %d", links)
	}
	t.Logf("followed %d links", links)
	expect(t, complaints)
}

func TestLinksComplain(t *testing.T) {
	got, links := deadLinks(t, fstest.MapFS{
		"docs/a.md": {Data: []byte("# A page\n\n[b](b.md) [b2](b.md#it-is-b-4) [self](#a-page)\n[none](c.md) [far](https://example.org/x)\n[gone](b.md#gone) [up](../docs/b.md) [out](../../x.md)\n")},
		"docs/b.md": {Data: []byte("# B\n\n## It is \"b\", 4!\n")},
	})
	if links != 7 {
		t.Errorf("links: wanted 7, found %d", links)
	}
	expect(t, got,
		"docs/a.md:4: c.md: wanted a file, found none",
		"docs/a.md:5: b.md#gone: wanted a heading, found none",
		"docs/a.md:5: ../../x.md: wanted a file, found none")
}
