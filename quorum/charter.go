package quorum

import (
	"fmt"
	"slices"

	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// Charter is a first policy that every officer it names has consented to (rule
// P1). Its hash is the vault's genesis. Only Found makes one.
type Charter struct {
	policy   *policy.Policy
	consents []text.ID
}

// Policy returns the first policy.
func (c *Charter) Policy() *policy.Policy { return c.policy }

// Genesis returns the policy's hash, which is read aloud and typed in full on
// every signer.
func (c *Charter) Genesis() text.Hash { return c.policy.Hash() }

// Consents returns the officers who consented: all of them, sorted.
func (c *Charter) Consents() []text.ID { return slices.Clone(c.consents) }

// Found judges a first policy and the consents to it. Every reason is
// collected; there is a Charter only when there is none.
func Found(policyText []byte, consents []SignatureFile) (*Charter, []Reason) {
	p, err := policy.Parse(policyText)
	if err != nil {
		return nil, []Reason{ReasonOf(err, TextGrammar)}
	}
	reasons := CheckFirst(p)
	votes, notes := tally(p, policyText, consents)
	reasons = append(reasons, notes...)
	given := voters(votes, Consent)
	for _, o := range p.Officers {
		if !slices.Contains(given, o.ID) {
			reasons = append(reasons, Because(PolConsent, "consent: want one of every officer, found none of %s", o.ID))
		}
	}
	if len(reasons) > 0 {
		return nil, SortReasons(reasons)
	}
	return &Charter{policy: p, consents: given}, nil
}

// CheckFirst judges a policy as a first one, before anybody consents: it is
// complete, keeps the floors, stands at the head of its chain, and asks for
// nothing that this version of the program cannot enforce.
func CheckFirst(p *policy.Policy) []Reason {
	var reasons []Reason
	for _, r := range p.Check() {
		reasons = append(reasons, Reason{Code: Code(r.Code), Text: r.Text})
	}
	if p.Version != 1 || !p.Previous.IsZero() {
		reasons = append(reasons, Because(PolVersion, "policy: want version 1 with no previous one, found version %d after %s", p.Version, p.Previous.Short()))
	}
	reasons = append(reasons, clockless(p)...)
	return SortReasons(append(reasons, unbuilt(p)...))
}

// clockless refuses a policy on whose chain no header can be checked: a signer
// that trusted it could not open its home again.
func clockless(p *policy.Policy) []Reason {
	origin := headers.Origin{Height: p.Origin.Height, Hash: headers.Hash(p.Origin.Hash), Bits: p.Origin.Bits}
	if _, err := headers.New(p.Network, origin, min(p.ReorgMax, headers.MaxReorg)); err != nil {
		return []Reason{Because(PolClock, "origin-block: %v", err)}
	}
	return nil
}

// unbuilt lists what a policy asks for and this version of the program cannot
// enforce yet. Trusting such a policy would promise what is not kept, so it is
// refused until the program can. The lines of acts other than withdrawals are
// parsed and held to their floors; proposals of those kinds are refused one by
// one.
func unbuilt(p *policy.Policy) []Reason {
	var reasons []Reason
	refuse := func(want, found string) {
		reasons = append(reasons, Because(PolUnbuilt, "want %s, since this version of the program enforces nothing else yet, found %s", want, found))
	}
	for _, t := range p.Tiers {
		if t.Cool != 0 {
			refuse("cool 0 in every tier", fmt.Sprintf("%d in tier %s", t.Cool, t.ID))
		}
		if len(t.Clears) != 0 {
			refuse("no clear line in any tier", fmt.Sprintf("one in tier %s", t.ID))
		}
	}
	if p.QuietDestination != 0 || p.QuietPolicy != 0 || p.QuietSigner.Credits != 0 {
		refuse("quiet 0 everywhere", fmt.Sprintf("destination %d, policy %d, signer %d", p.QuietDestination, p.QuietPolicy, p.QuietSigner.Credits))
	}
	if p.WitnessNeed != 0 || len(p.Witnesses) != 0 {
		refuse("witness none and witness-need 0", fmt.Sprintf("%d witnesses and %d", len(p.Witnesses), p.WitnessNeed))
	}
	if p.PasskeyOrigin != "" {
		refuse("passkey-origin none", p.PasskeyOrigin)
	}
	if len(p.Annexes) != 0 {
		refuse("annex none", fmt.Sprintf("%d", len(p.Annexes)))
	}
	for _, c := range p.Cosigners {
		if !c.Governed {
			refuse("governed cosigners only", "external "+string(c.Name))
		}
	}
	return reasons
}
