package backup

import (
	"fmt"
	"strings"
	"time"

	"strongroom/quorum/text"
)

// CertificatePage is a certificate as people read it on paper: what it says, and
// the map of the places. The text that was signed stands in it whole, since it
// is what counts. Whoever shows it says who signed, until when it counts, and
// how that is checked.
type CertificatePage struct {
	Certificate Certificate
	Signers     []text.ID // whose signatures were verified
	Verdict     string    // why it does not count; empty if it does
	Stock       []string  // commands that check the signatures
}

// Render returns the page.
func (x CertificatePage) Render() ([]byte, error) {
	c := x.Certificate
	b, err := c.Render()
	if err != nil {
		return nil, err
	}
	p := newPage(fmt.Sprintf("Restore drill of %s, %s", c.Place.Vault, c.Restored.Format(time.DateOnly)))
	p.in("h1", fmt.Sprintf("Restore drill of %s", c.Place.Vault))
	if c.Place.Chain != "mainnet" {
		p.in(`p class="mark"`, fmt.Sprintf("TEST: %s. No real bitcoin depends on this page.", c.Place.Chain))
	}
	p.in(`p class="mark"`, x.headline())
	p.facts(c.facts(b, x.Signers)...)
	p.heading("How long it took")
	var rows [][]string
	for _, f := range c.Phases {
		who := "machines"
		if f.Human {
			who = "people"
		}
		rows = append(rows, []string{string(f.Name), spell(f.Seconds), who})
	}
	rows = append(rows, []string{"all", spell(c.RTO()), fmt.Sprintf("%s of people, %s of machines", spell(c.Human()), spell(c.Seconds))})
	p.table([]string{"phase", ">time", "of"}, rows)
	p.heading("What was judged")
	rows = nil
	for _, k := range c.Checks {
		word := k.Verdict()
		if k.Failed() {
			word = "FAILED"
		}
		rows = append(rows, []string{string(k.Name), word, k.Text})
	}
	p.table([]string{"check", "result", "found"}, rows)
	if err := c.places(p); err != nil {
		return nil, err
	}
	p.heading("Programs that took part")
	rows = nil
	for _, t := range c.Tools {
		rows = append(rows, []string{string(t.Name), t.Version})
	}
	p.table([]string{"program", "version"}, rows)
	p.heading("The text that was signed")
	p.commands("certificate", string(b))
	if len(x.Stock) > 0 {
		p.heading("Checked without this program")
		p.commands("verify", strings.Join(x.Stock, "\n"))
	}
	return p.end(), nil
}

func (x CertificatePage) headline() string {
	if x.Verdict != "" {
		return "DOES NOT COUNT: " + x.Verdict
	}
	return fmt.Sprintf("Passed. Level %s: %s.", x.Certificate.Level, x.Certificate.Level.Meaning())
}

// facts are the single values.
func (c Certificate) facts(b []byte, signers []text.ID) [][2]string {
	asked := "nobody was asked for leave"
	if !c.Approval.IsZero() {
		asked = c.Approval.String()
	}
	chosen := "by people"
	if c.Seed != (Block{}) {
		chosen = "by the block " + strings.Join(c.chooser(), " ")
	}
	access := make([]string, len(c.Access))
	for i, a := range c.Access {
		access[i] = fmt.Sprintf("%s at %s", a.Officer, formatTime(a.At))
	}
	return [][2]string{
		{"certificate", text.Identity(b).String()}, {"counts until", formatTime(c.Expires)}, {"restored", formatTime(c.Restored) + ", by the clock of that machine"},
		{"snapshot", c.Manifest.String()}, {"from the store", string(c.Store)}, {"chosen", chosen}, {"where", orNone(string(c.Site))},
		{"access", strings.Join(access, ", ")}, {"reason", c.Reason}, {"approval", asked},
		{"present", joined(c.Present)}, {"signed by", orNone(joined(signers))},
		{"back after", spell(c.RTO()) + " (RTO)"}, {"lost", spell(c.RPO()) + " of records (RPO)"},
	}
}

func joined(ids []text.ID) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return strings.Join(out, ", ")
}

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}

// places shows the map and what was measured, where the certificate tells it.
func (c Certificate) places(p *page) error {
	if len(c.Located) == 0 {
		return nil
	}
	p.heading("Where the copies lie")
	var places []StorePlace
	var rows [][]string
	for _, l := range c.Located {
		places = append(places, l.Place)
		trip := "not measured"
		if l.RoundTrip > 0 {
			trip = fmt.Sprintf("%.2f ms: at most %s km away", float64(l.RoundTrip)/float64(time.Millisecond), thousands(RoundTripBound(l.RoundTrip)))
		}
		rows = append(rows, []string{l.Place.ID, l.Place.Location.String(), l.Place.Jurisdiction, l.Place.Provider,
			thousands(l.Place.Location.Kilometres(c.Origin)) + " km", orNone(l.Region), trip})
	}
	p.tags("<figure>\n")
	if err := Map(&p.b, c.Origin, places); err != nil {
		return err
	}
	p.tags("</figure>\n")
	p.table([]string{"store", "place", "country", "provider", ">from the site", "region", "answers after"}, rows)
	return nil
}

// spell writes seconds as people say them.
func spell(s uint64) string {
	var out []string
	for _, u := range []struct {
		in   uint64
		name string
	}{{24 * 3600, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}} {
		if n := s / u.in; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, u.name))
			s -= n * u.in
		}
	}
	if len(out) == 0 {
		return "0 s"
	}
	return strings.Join(out, " ")
}
