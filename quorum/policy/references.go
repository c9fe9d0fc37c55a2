package policy

import (
	"cmp"
	"encoding/hex"

	"strongroom/quorum/text"
)

// twice reports names that a list defines more than once.
func twice[T any](f *findings, what string, list []T, name func(T) text.ID) {
	seen := make(map[text.ID]bool, len(list))
	for _, x := range list {
		if id := name(x); seen[id] {
			f.add(CodeTwice, "%s: want each name once, found %s twice", what, id)
		} else {
			seen[id] = true
		}
	}
}

// checkTwice wants one meaning for each name.
func (p *Policy) checkTwice(f *findings) {
	twice(f, "wallet", p.Wallets, func(w Wallet) text.ID { return w.ID })
	twice(f, "wallet descriptor", p.Wallets, func(w Wallet) text.ID { return text.ID(w.Descriptor.String()) })
	twice(f, "annex", p.Annexes, func(a Annex) text.ID { return a.Name })
	twice(f, "device", p.Devices, func(d Device) text.ID { return d.ID })
	twice(f, "officer", p.Officers, func(o Officer) text.ID { return o.ID })
	twice(f, "factor", p.Factors, func(x Factor) text.ID { return x.Officer })
	twice(f, "term", p.Terms, func(t Term) text.ID { return t.Officer })
	twice(f, "group", p.Groups, func(g Group) text.ID { return g.ID })
	twice(f, "destination", p.Destinations, func(d Destination) text.ID { return d.Label })
	twice(f, "destination's payee", p.Destinations, func(d Destination) text.ID {
		return text.ID(cmp.Or(d.Address.String(), d.Descriptor.String()))
	})
	twice(f, "witness", p.Witnesses, func(w Witness) text.ID { return text.ID(verifierName(w.Verifier)) })
	twice(f, "cosigner of a wallet", p.Cosigners, func(c Cosigner) text.ID { return c.Wallet + " " + c.Name })
	twice(f, "cosigner's fingerprint", p.Cosigners, func(c Cosigner) text.ID {
		return c.Wallet + " " + text.ID(hex.EncodeToString(c.Fingerprint[:]))
	})
	p.checkSittingNames(f)
	for _, s := range p.sittings() {
		twice(f, s.name+": need", s.needs, func(n Need) text.ID { return n.Group })
		twice(f, s.name+": clear", s.clears, func(n Need) text.ID { return n.Group })
	}
}

// checkSittingNames wants the name of a tier to be no act's: need lines name
// either.
func (p *Policy) checkSittingNames(f *findings) {
	names := []text.ID{"recovery"}
	for a := Tighten; a <= Resync; a++ {
		names = append(names, text.ID(a.String()))
	}
	for _, t := range p.Tiers {
		names = append(names, t.ID)
	}
	twice(f, "tier or act", names, func(id text.ID) text.ID { return id })
}

// defined reports what is named but not defined.
func defined(f *findings, what, kind string, id text.ID, ok bool) {
	if !ok {
		f.add(CodeRef, "%s: want a defined %s, found %s", what, kind, id)
	}
}

// checkReferences wants everything named to be defined, and every officer to
// have a factor and a term.
func (p *Policy) checkReferences(f *findings) {
	officers := names(p.Officers, func(o Officer) text.ID { return o.ID })
	groups := names(p.Groups, func(g Group) text.ID { return g.ID })
	factors := names(p.Factors, func(x Factor) text.ID { return x.Officer })
	terms := names(p.Terms, func(t Term) text.ID { return t.Officer })
	for _, o := range p.Officers {
		if !factors[o.ID] {
			f.add(CodeRef, "officer %s: want a factor line, found none", o.ID)
		}
		if !terms[o.ID] {
			f.add(CodeRef, "officer %s: want a term line, found none", o.ID)
		}
	}
	for _, s := range p.Signers {
		defined(f, "signer", "officer", s.Officer, officers[s.Officer])
	}
	for _, x := range p.Factors {
		defined(f, "factor", "officer", x.Officer, officers[x.Officer])
	}
	for _, t := range p.Terms {
		defined(f, "term", "officer", t.Officer, officers[t.Officer])
	}
	for _, g := range p.Groups {
		for _, m := range g.Members {
			defined(f, "group "+string(g.ID), "officer", m, officers[m])
		}
	}
	for role := Freeze; role <= Veto; role++ {
		for _, g := range p.Roles.Of(role) {
			defined(f, "role "+role.String(), "group", g, groups[g])
		}
	}
	for _, s := range p.sittings() {
		for _, n := range append(s.needs, s.clears...) {
			defined(f, s.name, "group", n.Group, groups[n.Group])
		}
	}
	p.checkThings(f, officers)
}

// checkThings is checkReferences for wallets, devices and destinations.
func (p *Policy) checkThings(f *findings, officers map[text.ID]bool) {
	for _, c := range p.Cosigners {
		_, ok := p.Wallet(c.Wallet)
		defined(f, "cosigner", "wallet", c.Wallet, ok)
		if c.Governed {
			_, ok := p.Device(c.Name)
			defined(f, "cosigner", "device", c.Name, ok)
		}
	}
	for _, c := range p.Conflicts {
		_, ok := p.Destination(c.Label)
		defined(f, "conflict", "destination", c.Label, ok)
		defined(f, "conflict", "officer", c.Officer, officers[c.Officer])
	}
}

func names[T any](list []T, name func(T) text.ID) map[text.ID]bool {
	m := make(map[text.ID]bool, len(list))
	for _, x := range list {
		m[name(x)] = true
	}
	return m
}
