package quorum

import (
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
)

// judgeReanchor wants a later block that this machine has verified itself, and
// one so deep that nothing is counted from below it any more: afterwards every
// limit, wait and quiet period comes to what it came to before, and no
// reorganisation can take away the block that the whole chain stands on.
func (j *judgement) judgeReanchor(head *policy.Policy) []Reason {
	o := j.next.Origin
	if o.Height <= head.Origin.Height {
		return []Reason{Because(PolAnchor, "origin-block: want a height above %d, found %d", head.Origin.Height, o.Height)}
	}
	h, ok := j.world.Chain.At(o.Height)
	if !ok || h.Hash() != headers.Hash(o.Hash) || h.Bits() != o.Bits {
		return []Reason{Because(PolAnchor, "origin-block: want a block of the chain that this machine has verified, found %d, which is not", o.Height)}
	}
	want := max(reachBack(head), reachBack(j.next), tightenEvery)
	if deep := creditsAt(j.world.Chain, o.Height); deep < uint64(want) {
		return []Reason{Because(PolAnchor, "origin-block: want %d credits above it, as far back as limits, waits and reorganisations reach, found %d above %d", want, deep, o.Height)}
	}
	return nil
}

// reachBack returns how far below the tip a policy looks, in credits, which are
// at most as many as blocks. Dormancy is left out: the adoption of a policy is a
// sign of life, and above its origin.
func reachBack(p *policy.Policy) uint32 {
	far := max(p.ReorgMax, p.ClearAgeMax, p.QuietDestination, p.QuietPolicy, p.QuietSigner.Credits, p.Recovery.Cool)
	for _, t := range p.Tiers {
		far = max(far, t.Window, t.Cool)
	}
	for _, v := range p.Velocities {
		far = max(far, v.Window)
	}
	for _, d := range p.Destinations {
		far = max(far, d.Window)
	}
	for _, a := range p.Acts {
		far = max(far, a.Cool)
	}
	return far
}
