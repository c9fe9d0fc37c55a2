package backup

import (
	_ "embed" // for the style of pages
	"html"
	"strings"
)

//go:embed page.css
var pageStyle string

// page builds one page for people: XHTML that a browser reads as HTML too, for
// paper and for a telephone. Nothing in it is loaded or runs. Whatever is
// written is escaped, but for tags.
//
// The sheets of a ceremony are built by a type of package ceremony that begins with
// the same five short methods. They stay two: heads, values and tables differ, tags
// is nothing to export, and the signer links no code for pages that it never prints.
type page struct{ b strings.Builder }

// newPage begins a page. What stands in head is written by this package.
func newPage(title string, head ...string) *page {
	p := new(page)
	p.tags(`<!DOCTYPE html>`, "\n", `<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><meta charset="utf-8"/>`, "\n",
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>`, "\n",
		`<meta name="viewport" content="width=device-width, initial-scale=1"/>`, "\n")
	p.tags(head...)
	p.in("title", title)
	p.tags("<style>\n", pageStyle, "</style></head><body>\n")
	return p
}

func (p *page) end() []byte {
	p.tags("</body></html>\n")
	return []byte(p.b.String())
}

// tags writes what this package wrote itself, as it stands.
func (p *page) tags(all ...string) {
	for _, s := range all {
		p.b.WriteString(s)
	}
}

func (p *page) text(s string) { p.b.WriteString(html.EscapeString(s)) }

// in writes text in an element, and a line's end.
func (p *page) in(tag, s string) {
	p.tags("<", tag, ">")
	p.text(s)
	name, _, _ := strings.Cut(tag, " ")
	p.tags("</", name, ">\n")
}

func (p *page) heading(s string) { p.in("h2", s) }

func (p *page) say(s string) { p.in("p", s) }

// points writes a list.
func (p *page) points(all ...string) {
	p.tags("<ul>\n")
	for _, s := range all {
		p.in("li", s)
	}
	p.tags("</ul>\n")
}

// commands writes what is typed into a shell. The id names it for whoever takes
// it out of the page.
func (p *page) commands(id, s string) {
	p.tags(`<pre id="`, html.EscapeString(id), `">`)
	p.text(strings.TrimSuffix(s, "\n"))
	p.tags("</pre>\n")
}

// longWord is longer than any name: hashes and keys are set in narrow letters.
const longWord = 33

// value writes a text whose long words may break anywhere.
func (p *page) value(s string) {
	for i, word := range strings.Split(s, " ") {
		if i > 0 {
			p.text(" ")
		}
		if len(word) < longWord {
			p.text(word)
			continue
		}
		p.tags("<code>")
		p.text(word)
		p.tags("</code>")
	}
}

// facts writes a table of names and values.
func (p *page) facts(all ...[2]string) {
	p.tags(`<table class="facts"><tbody>`, "\n")
	for _, f := range all {
		p.tags("<tr><th>")
		p.text(f[0])
		p.tags("</th><td>")
		p.value(f[1])
		p.tags("</td></tr>\n")
	}
	p.tags("</tbody></table>\n")
}

// table writes rows under a head that every sheet repeats. A name that begins
// with ">" sets its column to the right, as numbers want.
func (p *page) table(head []string, rows [][]string) {
	p.tags("<table><thead><tr>")
	for _, h := range head {
		p.in("th", strings.TrimPrefix(h, ">"))
	}
	p.tags("</tr></thead><tbody>\n")
	for _, r := range rows {
		p.tags("<tr>")
		for i, c := range r {
			name, right := strings.CutPrefix(head[i], ">")
			p.tags(`<td data-name="`, html.EscapeString(name), `"`)
			if right {
				p.tags(` class="number"`)
			}
			p.tags(">")
			p.value(c)
			p.tags("</td>")
		}
		p.tags("</tr>\n")
	}
	p.tags("</tbody></table>\n")
}
