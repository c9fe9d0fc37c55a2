package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func drillListCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "every signed certificate, in the order in which they name each other", Example: "strongroom drill list"}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.listDrills(*asJSON) })
	}
	return cmd
}

func (d *desk) listDrills(asJSON bool) error {
	p, err := d.inForce()
	if err != nil {
		return err
	}
	all, err := d.certificates(p)
	if err != nil {
		return err
	}
	ordered, odd := backup.Chain(all)
	for _, s := range odd {
		d.world.Warnf("%s", s)
	}
	items, rows := []any{}, [][]string{}
	for _, g := range ordered {
		c := g.Certificate()
		items = append(items, certificateJSON(c, g.ID(), g.Signers()))
		if c.Approval.IsZero() {
			d.world.Warnf("certificate %s: approval none: nobody was asked for leave", g.ID().Short())
		}
		rows = append(rows, []string{g.ID().Short(), c.Restored.Format(time.DateOnly), string(c.Store), text.FormatUint(c.RTO()), list(g.Signers()), d.counts(c)})
	}
	if asJSON {
		return d.world.JSON(items)
	}
	if len(rows) == 0 {
		d.world.Text("No certificate was signed yet.")
		return nil
	}
	d.world.Table([]string{"certificate", "restored", "store", ">seconds", "signed by", "counts"}, rows)
	return nil
}

// counts says until when a certificate counts, or why it does not.
func (d *desk) counts(c backup.Certificate) string {
	switch {
	case !c.IsDrill():
		return "FAILED"
	case c.Expired(d.world.Now()):
		return "expired"
	}
	return "until " + c.Expires.Format(time.DateOnly)
}

// certificates returns those of this vault in the registry that enough of those
// present signed, passed or failed.
func (d *desk) certificates(p *policy.Policy) ([]backup.Certified, error) {
	all, err := d.reg.Texts()
	if err != nil {
		return nil, err
	}
	var out []backup.Certified
	for _, h := range all {
		b, err := d.reg.Text(h)
		if err != nil {
			d.world.Warnf("%v", err)
			continue
		}
		if is, ok := text.TypeOf(b); !ok || is != text.Certificate {
			continue
		}
		if c, err := d.certified(p, b); err == nil && c.Certificate().Place == d.place() {
			out = append(out, c)
		}
	}
	return out, nil
}

// lastCertificate is the one that the next names: the end of the chain.
func (d *desk) lastCertificate(p *policy.Policy) (text.Hash, error) {
	all, err := d.certificates(p)
	if err != nil || len(all) == 0 {
		return text.Hash{}, err
	}
	ordered, odd := backup.Chain(all)
	for _, s := range odd {
		d.world.Warnf("%s", s)
	}
	return ordered[len(ordered)-1].ID(), nil
}

func certificateJSON(c backup.Certificate, id text.Hash, signers []text.ID) any {
	type checkJSON struct {
		Name string `json:"name"`
		OK   bool   `json:"ok"`
		Word string `json:"verdict"`
		Text string `json:"text"`
	}
	checks := []checkJSON{}
	for _, k := range c.Checks {
		checks = append(checks, checkJSON{string(k.Name), k.OK, k.Verdict(), k.Text})
	}
	var tools []string
	type phaseJSON struct {
		Name    string `json:"name"`
		Seconds uint64 `json:"seconds"`
		Human   bool   `json:"human"`
	}
	phases := []phaseJSON{}
	for _, p := range c.Phases {
		phases = append(phases, phaseJSON{string(p.Name), p.Seconds, p.Human})
	}
	located, site := placesJSON(c)
	access := []string{}
	for _, a := range c.Access {
		access = append(access, string(a.Officer)+" "+a.At.Format(time.RFC3339))
	}
	for _, t := range c.Tools {
		tools = append(tools, string(t.Name)+" "+t.Version)
	}
	return struct {
		ID       string      `json:"certificate"`
		Previous string      `json:"previous,omitempty"`
		Manifest string      `json:"manifest"`
		Store    text.ID     `json:"store"`
		Seed     string      `json:"seed,omitempty"`
		SeedAt   uint32      `json:"seed_height,omitempty"`
		Place    text.ID     `json:"place,omitempty"`
		Approval string      `json:"approval,omitempty"`
		Reason   string      `json:"reason"`
		Access   []string    `json:"access"`
		Level    string      `json:"level"`
		Restored string      `json:"restored"`
		Seconds  uint64      `json:"seconds"`
		Phases   []phaseJSON `json:"phases"`
		RTO      uint64      `json:"rto"`
		RPO      uint64      `json:"rpo"`
		Records  uint64      `json:"newest_record"`
		Site     string      `json:"site,omitempty"`
		Located  []placeJSON `json:"located"`
		Checks   []checkJSON `json:"checks"`
		Tools    string      `json:"tools"`
		Passed   bool        `json:"passed"`
		Present  []text.ID   `json:"present"`
		Signers  []text.ID   `json:"signers"`
		Expires  string      `json:"expires"`
	}{id.String(), hashOrNothing(c.Previous), c.Manifest.String(), c.Store, hashOrNothing(c.Seed.Hash), c.Seed.Height, c.Site, hashOrNothing(c.Approval), c.Reason, access,
		c.Level.String(), c.Restored.Format(time.RFC3339), c.Seconds, phases, c.RTO(), c.RPO(), c.NewestRecord, site, located, checks,
		strings.Join(tools, ", "), c.Passed(), c.Present, append([]text.ID{}, signers...), c.Expires.Format(time.RFC3339)}
}

// placeJSON is where a store of a certificate is.
type placeJSON struct {
	Store      string `json:"store"`
	Place      string `json:"place"`
	Country    string `json:"country"`
	Provider   string `json:"provider"`
	Kilometres int    `json:"site_km"`
	Region     string `json:"region,omitempty"`
	RoundTrip  int64  `json:"round_trip_us"`
	Bound      int    `json:"bound_km"`
}

// placesJSON are the places of a certificate, and the site they are measured from.
func placesJSON(c backup.Certificate) (located []placeJSON, site string) {
	located = []placeJSON{}
	for _, l := range c.Located {
		x := placeJSON{l.Place.ID, l.Place.Location.String(), l.Place.Jurisdiction, l.Place.Provider, l.Place.Location.Kilometres(c.Origin), l.Region, l.RoundTrip.Microseconds(), 0}
		if l.RoundTrip > 0 {
			x.Bound = backup.RoundTripBound(l.RoundTrip)
		}
		located, site = append(located, x), c.Origin.String()
	}
	return located, site
}

func hashOrNothing(h text.Hash) string {
	if h.IsZero() {
		return ""
	}
	return h.String()
}
