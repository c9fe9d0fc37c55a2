package policy

import (
	"slices"

	"strongroom/quorum/text"
)

// Bypass is who could sign for a wallet without the policy.
type Bypass struct {
	Wallet text.ID
	M, N   int
	// External is the number of keys in hardware wallets that no policy binds.
	External int
	// People is the fewest who hold M keys or rebuild them from shares; 0 when
	// nobody knows, because there is no annex people that can be trusted.
	People int
	// Unnamed lists the keys of which the annex names no holder. Each counts
	// as held whole by one more person.
	Unnamed [][4]byte
}

// bypasses returns those of every wallet, in the policy's order.
func (p *Policy) bypasses(a Annexes) []Bypass {
	people, _ := p.people(a)
	var out []Bypass
	for _, w := range p.Wallets {
		out = append(out, p.bypass(w, people))
	}
	return out
}

// people returns annex people, if the policy names it and the text is there
// and fits; otherwise what is wrong with it, which is nothing if it is absent.
func (p *Policy) people(a Annexes) (*People, []Reason) {
	hash, named := p.Annex(annexPeople)
	if _, there := a[annexPeople]; !named || !there {
		return nil, nil
	}
	var f findings
	if b, ok := p.annex(&f, a, Annex{annexPeople, hash}); ok {
		p.checkPeople(&f, b)
	}
	if len(f) > 0 {
		return nil, f.sorted()
	}
	people, err := ParsePeople(a[annexPeople])
	if err != nil {
		panic("policy: annex people that was checked doesn't parse")
	}
	return people, nil
}

// bypass adds up the cheapest M keys. Nobody holds shares of two keys of one
// wallet, so no person counts twice.
func (p *Policy) bypass(w Wallet, people *People) Bypass {
	b := Bypass{Wallet: w.ID, M: w.M, N: w.N}
	var costs []int
	for _, c := range p.Cosigners {
		if c.Wallet != w.ID {
			continue
		}
		if !c.Governed {
			b.External++
		}
		if people == nil {
			continue
		}
		_, cost := people.holders(c.Fingerprint)
		if cost == 0 {
			cost = 1
			b.Unnamed = append(b.Unnamed, c.Fingerprint)
		}
		costs = append(costs, cost)
	}
	slices.Sort(costs)
	for _, cost := range costs[:min(w.M, len(costs))] {
		b.People += cost
	}
	return b
}
