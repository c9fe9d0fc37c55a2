package policy

import (
	"strings"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func (p *parser) people() {
	p.Officers = list(p, "officer", -3, func(f []string) Officer {
		return Officer{ID: p.id("officer", f[0]), Org: p.id("officer", f[1]), Name: strings.Join(f[2:], " ")}
	})
	if len(p.Officers) > maxOfficers {
		p.Refuse("want at most %d officers, found %d", maxOfficers, len(p.Officers))
	}
	p.Signers = list(p, "signer", 4, func(f []string) SignerKey {
		p.word("signer", f[1], namespaces)
		return SignerKey{
			Officer: p.id("signer", f[0]),
			Key:     text.Value(p.Reader, "signer", f[2]+" "+f[3], sshsig.ParseKey),
		}
	})
	p.Factors = list(p, "factor", -2, func(f []string) Factor {
		needs, err := parseFactor(f[1:])
		if err != nil {
			p.Refuse("factor: %v", err)
		}
		return Factor{Officer: p.id("factor", f[0]), Needs: needs}
	})
	p.Terms = list(p, "term", 2, func(f []string) Term {
		t := Term{Officer: p.id("term", f[0]), Ends: f[1] != none}
		if t.Ends {
			t.Height = text.Uint[uint32](p.Reader, "term", f[1], maxHeight)
		}
		return t
	})
	p.PasskeyOrigin = text.Value(p.Reader, "passkey-origin", p.Field("passkey-origin"), parsePasskeyOrigin)
}

// tier ID below AMOUNT UNIT window N cool N MODE
func (p *parser) tiers() {
	for len(p.Tiers) == 0 || p.At("tier") {
		f := p.Line("tier", 9)
		if p.Err() != nil {
			return
		}
		p.word("tier", f[1], "below")
		p.word("tier", f[4], "window")
		p.word("tier", f[6], "cool")
		t := Tier{
			ID:     p.id("tier", f[0]),
			Below:  p.amount("tier", f[2], f[3]),
			Window: p.credits("tier", f[5]),
			Cool:   p.credits("tier", f[7]),
			Mode:   p.mode("tier", f[8]),
		}
		if n := len(p.Tiers); n > 0 && p.Tiers[n-1].Below >= t.Below {
			p.Refuse("tier: want ascending amounts, found %s after %s", t.Below, p.Tiers[n-1].Below)
		}
		if len(p.Tiers) == maxTiers {
			p.Refuse("want at most %d tiers, found more", maxTiers)
		}
		t.Needs, t.Clears = p.seats(string(t.ID))
		p.Tiers = append(p.Tiers, t)
	}
}

// seats reads the need lines of a tier or act, at least one, and its clear
// lines.
func (p *parser) seats(of string) (needs, clears []Need) {
	needs = p.seatLines("need", of)
	if p.At("clear") {
		clears = p.seatLines("clear", of)
	}
	return needs, clears
}

func (p *parser) seatLines(keyword, of string) []Need {
	needs := list(p, keyword, 3, func(f []string) Need {
		if f[0] != of {
			p.Refuse("%s: want seats of %q here, found %q", keyword, of, clip(f[0]))
		}
		return Need{Seats: text.Value(p.Reader, keyword, f[1], parseSeats), Group: p.id(keyword, f[2])}
	})
	if p.Err() == nil && (len(needs) == 0 || len(needs) > maxNeeds) {
		p.Refuse("%s: want 1 to %d lines, found %d", keyword, maxNeeds, len(needs))
	}
	return needs
}

func (p *parser) payments() {
	for p.Err() == nil && (len(p.Velocities) == 0 || p.At("velocity")) {
		f := p.Fields("velocity")
		if len(p.Velocities) == 0 && len(f) == 1 && f[0] == none {
			break
		}
		p.velocity(f)
	}
	p.Destinations = list(p, "destination", 8, p.destination)
	p.Conflicts = list(p, "conflict", 2, func(f []string) Conflict {
		return Conflict{Label: p.id("conflict", f[0]), Officer: p.id("conflict", f[1])}
	})
}

// velocity AMOUNT UNIT window N
func (p *parser) velocity(f []string) {
	if p.Err() == nil && len(f) != 4 {
		p.Refuse("want 4 fields behind %q, found %d", "velocity", len(f))
	}
	if p.Err() != nil {
		return
	}
	p.word("velocity", f[2], "window")
	v := Velocity{Cap: p.amount("velocity", f[0], f[1]), Window: p.credits("velocity", f[3])}
	if n := len(p.Velocities); n > 0 && p.Velocities[n-1].Window >= v.Window {
		p.Refuse("velocity: want ascending windows, found %d after %d", v.Window, p.Velocities[n-1].Window)
	}
	p.Velocities = append(p.Velocities, v)
}

// destination LABEL address|descriptor X cap AMOUNT UNIT window N
func (p *parser) destination(f []string) Destination {
	p.word("destination", f[3], "cap")
	p.word("destination", f[6], "window")
	d := Destination{
		Label:  p.id("destination", f[0]),
		Cap:    p.amount("destination", f[4], f[5]),
		Window: p.credits("destination", f[7]),
	}
	if p.either("destination", f[1], "address", "descriptor") {
		d.Address = text.Value(p.Reader, "destination", f[2], func(s string) (custody.Address, error) {
			return custody.ParseAddress(p.Network, s)
		})
	} else {
		d.Descriptor = text.Value(p.Reader, "destination", f[2], parseHash)
	}
	return d
}

// act NAME cool N MODE, each act once and in order; then the quiet lines and
// recovery after N cool N MODE
func (p *parser) acts() {
	for name := Tighten; name <= Resync; name++ {
		f := p.Line("act", 4)
		p.word("act", f[0], name.String())
		p.word("act", f[1], "cool")
		a := Act{Name: name, Cool: p.credits("act", f[2]), Mode: p.mode("act", f[3])}
		a.Needs, a.Clears = p.seats(name.String())
		p.Acts = append(p.Acts, a)
	}
	p.QuietDestination = p.quiet("destination")
	p.QuietPolicy = p.quiet("policy")
	f := p.Line("quiet", 3)
	p.word("quiet", f[0], "signer")
	p.QuietSigner = QuietSigner{Credits: p.credits("quiet", f[1]), Every: p.either("quiet", f[2], "every", "mildest")}
	f = p.Line("recovery", 5)
	p.word("recovery", f[0], "after")
	p.word("recovery", f[2], "cool")
	p.Recovery = Recovery{After: p.credits("recovery", f[1]), Cool: p.credits("recovery", f[3]), Mode: p.mode("recovery", f[4])}
	p.Recovery.Needs, p.Recovery.Clears = p.seats("recovery")
}

func (p *parser) quiet(what string) uint32 {
	f := p.Line("quiet", 2)
	p.word("quiet", f[0], what)
	return p.credits("quiet", f[1])
}

func (p *parser) mode(keyword, field string) Mode {
	return text.Value(p.Reader, keyword, field, named("mode", Stamped))
}
