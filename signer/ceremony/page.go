package ceremony

import (
	_ "embed" // for the style of printed pages
	"html"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

//go:embed print.css
var style string

// page builds one HTML page: A4, black on white, and nothing in it that is
// loaded or runs. Whatever is written is escaped, but for tags.
type page struct{ b strings.Builder }

// newPage begins a page. A test chain's is marked so that it is never taken for
// the real thing.
func newPage(title string, chain custody.Network) *page {
	p := new(page)
	p.tags(`<!DOCTYPE html>`, "\n", `<html lang="en"><head><meta charset="utf-8">`, "\n",
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`, "\n")
	p.in("title", title)
	p.tags("<style>\n", style, "</style></head><body>\n")
	if chain.Test() {
		p.mark("TEST: " + chain.String() + ". No real bitcoin depends on this page.")
	}
	p.in("h1", title)
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

func (p *page) mark(s string) { p.in(`p class="mark"`, s) }

func (p *page) heading(s string) { p.in("h2", s) }

// row writes a table's row of cells in one element, td or th.
func (p *page) row(cell string, cells ...string) {
	p.tags("<tr>")
	for _, c := range cells {
		p.tags("<", cell, ">")
		p.value(c)
		p.tags("</", cell, ">")
	}
	p.tags("</tr>\n")
}

// facts writes a table of names and values.
func (p *page) facts(all ...Fact) {
	p.tags(`<table class="facts">`, "\n")
	for _, f := range all {
		p.tags("<tr><th>")
		p.text(f.Name)
		p.tags("</th><td>")
		p.value(f.Value)
		p.tags("</td></tr>\n")
	}
	p.tags("</table>\n")
}

// longName is longer than any name: hashes and keys are set in narrow letters and
// broken anywhere, names are not.
const longName = 33

// value writes what people compare letter by letter in letters of one width.
func (p *page) value(s string) {
	if strings.ContainsRune(s, ' ') || len(s) < longName {
		p.text(s)
		return
	}
	p.tags("<code>")
	p.text(s)
	p.tags("</code>")
}

// table writes a head that every sheet repeats, and rows.
func (p *page) table(class string, head []string, rows [][]string) {
	p.tags(`<table class="`, class, `"><thead>`)
	p.row("th", head...)
	p.tags("</thead><tbody>\n")
	for _, r := range rows {
		p.row("td", r...)
	}
	p.tags("</tbody></table>\n")
}

// blanks writes lines to be filled in by hand.
func (p *page) blanks(names ...string) {
	for _, n := range names {
		p.in(`div class="blank"`, n)
	}
}

// lines writes blanks side by side.
func (p *page) lines(names ...string) {
	p.tags(`<div class="lines">`)
	p.blanks(names...)
	p.tags("</div>\n")
}

// hashRow is a hash as people compare it.
func hashRow(name string, h text.Hash) []Fact {
	return []Fact{{name, h.String()}, {name + ", aloud", spoken(h)}}
}
