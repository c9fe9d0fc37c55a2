package ceremony

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/text"
)

// PrintScript returns the script of a plan as one HTML page with room for times,
// initials, exceptions and signatures. It refuses a plan that Script refuses.
func PrintScript(p Plan) ([]byte, error) {
	steps, err := Script(p)
	if err != nil {
		return nil, err
	}
	p, hash, err := p.sorted()
	if err != nil {
		return nil, err
	}
	d := newPage(p.What.title()+": script", p.Chain)
	d.in("p", "Do the steps in their order. Who does a step writes the time and their initials behind it. Whatever goes another way is an exception: it is written down at the end, and nothing is rubbed out.")
	d.facts(p.facts(hash)...)
	d.heading("People")
	d.table("", []string{"name", "organisation", "part", "initials", "signing key"}, p.peopleRows())
	for len(steps) > 0 {
		n := slices.IndexFunc(steps, func(x Step) bool { return x.Section != steps[0].Section })
		if n < 0 {
			n = len(steps)
		}
		d.heading(steps[0].Section)
		d.steps(steps[:n])
		steps = steps[n:]
	}
	d.tags(`<div class="break"></div>`)
	d.heading("Exceptions")
	d.table("steps", []string{"step", "what happened instead, and who says so", "time", "initials"}, slices.Repeat([][]string{{"", "\u00a0", "", ""}}, blankExceptions))
	d.signatures(p)
	return d.end(), nil
}

// facts are what a plan is about.
func (p Plan) facts(hash text.Hash) []Fact {
	out := []Fact{{"vault", string(p.Vault)}, {"signer", string(p.Signer)}, {"chain", p.Chain.String()}, {"place", string(p.Place)}}
	if p.What.from() {
		out = append(out, Fact{"opens", p.From.String()})
	}
	if p.What == MakeWords {
		out = append(out, Fact{"device", p.Device.fact()})
	}
	if len(p.Clear) > 0 {
		out = append(out, Fact{"in clear words", "the shares of " + people(p.Clear)})
	}
	out = append(out, hashRow("plan", hash)...)
	out = append(out, Fact{"build", p.Build.OrNone()})
	if len(p.Allows) > 0 {
		var names []string
		for _, a := range p.Allows {
			names = append(names, string(a))
		}
		out = append(out, Fact{"rules left out", strings.Join(names, ", ")})
	}
	for _, x := range p.FindExposure() {
		out = append(out, Fact{x.Severity.String(), x.Text})
	}
	return out
}

func (p Plan) peopleRows() [][]string {
	var rows [][]string
	for _, x := range p.People {
		rows = append(rows, []string{x.Name + " (" + string(x.ID) + ")", string(x.Org), p.rolesOf(x.ID), "", x.Key.Fingerprint()})
	}
	return rows
}

// rolesOf lists somebody's parts; observer for none.
func (p Plan) rolesOf(id text.ID) string {
	var out []string
	if id == p.Administrator {
		out = append(out, string(Administrator))
	}
	if slices.Contains(p.Witnesses, id) {
		out = append(out, string(Witness))
	}
	for _, x := range p.parts() {
		if x.who == id && !slices.Contains(out, string(x.role)) {
			out = append(out, string(x.role))
		}
	}
	if len(out) == 0 {
		return "observer"
	}
	return strings.Join(out, ", ")
}

// steps writes one section's steps.
func (p *page) steps(steps []Step) {
	p.tags(`<table class="steps"><thead><tr><th>step</th><th class="who">who</th><th>what</th><th class="time">time</th><th class="hand">initials</th></tr></thead><tbody>`, "\n")
	for _, s := range steps {
		p.tags("<tr><td>", small(s.Number), "</td><td>")
		p.text(string(s.Role))
		if s.Role != Everybody {
			p.tags("<br>")
			p.in("b", string(s.Person))
		}
		p.tags("</td><td>")
		p.in("b", strings.ToUpper(s.Title[:1])+s.Title[1:]+".")
		p.text(s.Text)
		p.expected(s.Expect)
		p.blanks(s.Blanks...)
		p.tags("</td><td></td><td></td></tr>\n")
	}
	p.tags("</tbody></table>\n")
}

// expected writes what is compared in a step.
func (p *page) expected(all []Fact) {
	if len(all) == 0 {
		return
	}
	p.tags(`<table class="plain">`, "\n")
	for _, f := range all {
		p.row("td", f.Name, f.Value)
	}
	p.tags("</table>\n")
}

// signatures has a line for everybody's hand.
func (p *page) signatures(plan Plan) {
	p.tags(`<div class="keep">`)
	p.heading("Signed by hand")
	p.in("p", "What stands on these pages is what happened. Each page has my initials.")
	for _, x := range plan.People {
		p.blanks(fmt.Sprintf("%s (%s), %s", x.Name, x.ID, x.Org))
	}
	p.tags("</div>\n")
}
