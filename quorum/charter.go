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
func Found(policyText []byte, consents []SignatureFile, annexes [][]byte) (*Charter, []Reason) {
	p, err := policy.Parse(policyText)
	if err != nil {
		return nil, []Reason{ReasonOf(err, TextGrammar)}
	}
	reasons := CheckFirst(p)
	reasons = append(reasons, checkAnnexes(p, annexes)...)
	votes, notes := tally(p, policyText, consents, nil)
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
	reasons := checkPolicy(p)
	if p.Version != 1 || !p.Previous.IsZero() {
		reasons = append(reasons, Because(PolVersion, "policy: want version 1 with no previous one, found version %d after %s", p.Version, p.Previous.Short()))
	}
	return SortReasons(reasons)
}

// checkPolicy judges any version by itself.
func checkPolicy(p *policy.Policy) []Reason {
	reasons := ReasonsOf(p.Check())
	reasons = append(reasons, clockless(p)...)
	return append(reasons, unbuilt(p)...)
}

// checkAnnexes wants the text of every annex that the policy names.
func checkAnnexes(p *policy.Policy, texts [][]byte) []Reason {
	return ReasonsOf(p.CheckAnnexes(AnnexesOf(p, texts)))
}

// AnnexesOf picks those texts that a policy names by their hashes.
func AnnexesOf(p *policy.Policy, texts [][]byte) policy.Annexes {
	have := policy.Annexes{}
	for _, a := range p.Annexes {
		for _, b := range texts {
			if text.Identity(b) == a.Hash {
				have[a.Name] = b
			}
		}
	}
	return have
}

// ReasonsOf turns what a policy, a plan or a transcript found wrong with itself
// into reasons of a judgement.
func ReasonsOf(found []policy.Reason) []Reason {
	var reasons []Reason
	for _, r := range found {
		reasons = append(reasons, Reason{Code: Code(r.Code), Text: r.Text})
	}
	return reasons
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
// refused until the program can.
//
// Waiting is counted in blocks on chains without value; on one with value only
// proof of work and stamps could show that time has passed, and those are not
// judged yet.
func unbuilt(p *policy.Policy) []Reason {
	var reasons []Reason
	refuse := func(want, found string) {
		reasons = append(reasons, Because(PolUnbuilt, "want %s, since this version of the program enforces nothing else yet, found %s", want, found))
	}
	if p.Clock != policy.ClockTest {
		for _, w := range waits(p) {
			reasons = append(reasons, Because(PolUnbuilt, "want no waiting time, since this version of the program cannot prove on %s that time has passed, found %s", p.Network, w))
		}
	}
	if p.WitnessNeed != 0 || len(p.Witnesses) != 0 {
		refuse("witness none and witness-need 0", fmt.Sprintf("%d witnesses and %d", len(p.Witnesses), p.WitnessNeed))
	}
	if p.PasskeyOrigin != "" {
		refuse("passkey-origin none", p.PasskeyOrigin)
	}
	return reasons
}

// waits lists every waiting and quiet period of a policy that is not 0.
func waits(p *policy.Policy) []string {
	var out []string
	found := func(what string, credits uint32) {
		if credits != 0 {
			out = append(out, fmt.Sprintf("%s %d", what, credits))
		}
	}
	for _, t := range p.Tiers {
		found("tier "+string(t.ID)+" cool", t.Cool)
	}
	for _, a := range p.Acts {
		found("act "+a.Name.String()+" cool", a.Cool)
	}
	found("recovery cool", p.Recovery.Cool)
	found("quiet destination", p.QuietDestination)
	found("quiet policy", p.QuietPolicy)
	found("quiet signer", p.QuietSigner.Credits)
	return out
}
