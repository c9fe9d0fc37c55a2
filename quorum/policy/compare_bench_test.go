package policy

import (
	"fmt"
	"testing"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// hundred is the house with a hundred officers and as many destinations.
func hundred(b *testing.B) *Policy {
	p := house(b)
	p, err := p.edit(func(p *Policy) error {
		for i := range 100 - len(p.Officers) {
			id := text.ID(fmt.Sprintf("officer-%d", i))
			p.Officers = append(p.Officers, Officer{id, "acme-ops", "An Officer"})
			p.Signers = append(p.Signers, SignerKey{id, softKey(b, string(id))})
			p.Factors, p.Terms = append(p.Factors, Factor{Officer: id, Needs: sshsig.Factor{}}), append(p.Terms, Term{Officer: id})
			p.Groups[0].Members = append(p.Groups[0].Members, id)
			label := text.ID(fmt.Sprintf("payee-%d", i))
			p.Destinations = append(p.Destinations, Destination{Label: label, Descriptor: hash(string(label)), Cap: coin, Window: oneDay})
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func BenchmarkCompare(b *testing.B) {
	old := hundred(b)
	next := successor(b, old, func(p *Policy) {
		removeOfficer(p, "officer-7")
		removeDestination(p, "payee-9")
		p.Tiers[0].Below = coin / 2
	})
	b.ReportAllocs()
	for b.Loop() {
		if d, err := Compare(old, next); err != nil || d.Class != ClassTighten {
			b.Fatal(d.Class, err)
		}
	}
}

func BenchmarkExamples(b *testing.B) {
	old := hundred(b)
	next := successor(b, old, func(p *Policy) { p.Tiers[0].Below = coin / 2 })
	b.ReportAllocs()
	for b.Loop() {
		if e := Examples(old, next); len(e) != 3 {
			b.Fatal(e)
		}
	}
}
