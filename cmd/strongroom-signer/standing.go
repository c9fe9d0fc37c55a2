package main

import (
	"fmt"
	"slices"

	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// pendingStatus is a proposal that waits on this signer.
type pendingStatus struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Sitting string `json:"sitting"`
	Cool    uint32 `json:"cool"` // blocks
	Waited  uint64 `json:"waited"`
	Left    uint64 `json:"left"`
	Expires uint32 `json:"expires"`
}

// freezeStatus is a freeze that stands by this signer's log.
type freezeStatus struct {
	ID      string `json:"id"`
	Scope   string `json:"scope"`
	Officer string `json:"officer"`
	Tip     string `json:"tip"`
}

// quietStatus is something new in the policy that does not count in full yet.
type quietStatus struct {
	What string `json:"what"`
	Left uint64 `json:"left"` // blocks
}

// pendingOf lists what was recorded and may still be released.
func pendingOf(m *signer.Machine) ([]pendingStatus, error) {
	out := []pendingStatus{}
	pol, ok := m.Policy()
	if !ok {
		return out, nil
	}
	done, err := carriedOut(m)
	if err != nil {
		return nil, err
	}
	chain, _ := m.Chain()
	tip, _ := chain.Tip()
	for _, r := range m.State().Recordings() {
		if done[r.ID] || m.State().Vetoed(r.ID) || m.State().Killed(r.ID) || tip.Height > r.Expires || superseded(m, r) {
			continue
		}
		p := pendingStatus{ID: r.ID.String(), Kind: string(r.What), Sitting: string(r.Sitting), Cool: coolOf(pol, r), Waited: credits(chain, r.Tip), Expires: r.Expires}
		p.Left = uint64(p.Cool) - min(p.Waited, uint64(p.Cool))
		out = append(out, p)
	}
	return out, nil
}

// superseded says that another version was adopted in the place of a recorded
// amendment.
func superseded(m *signer.Machine, r record.Recording) bool {
	return r.What == "amendment" && slices.ContainsFunc(m.State().Adoptions(), func(a record.Adoption) bool { return a.Seq > r.Seq })
}

// carriedOut returns the proposals that took effect or were released here.
func carriedOut(m *signer.Machine) (map[text.Hash]bool, error) {
	_, exported := m.Export()
	entries, err := auditlog.DecodeEntries(exported)
	if err != nil {
		return nil, err
	}
	done := map[text.Hash]bool{}
	for _, e := range entries {
		r, err := record.Parse(e, m.Setup().Network)
		if err != nil {
			return nil, err
		}
		switch b := r.Body.(type) {
		case record.Released:
			done[b.ID] = true
		case record.Adopted:
			done[b.ID] = true
		case record.Thawed:
			done[b.ID] = true
		case record.Restore:
			done[b.ID] = true
		case record.Rehearsal:
			done[b.ID] = true
		}
	}
	return done, nil
}

// coolOf returns how long a recorded proposal waits under the policy in force.
// The judgement may ask for longer, where two versions apply.
func coolOf(pol *policy.Policy, r record.Recording) uint32 {
	if i := slices.IndexFunc(pol.Tiers, func(t policy.Tier) bool { return r.What == "withdrawal" && t.ID == r.Sitting }); i >= 0 {
		return pol.Tiers[i].Cool
	}
	loosen := uint32(0)
	for _, a := range pol.Acts {
		if a.Name.String() == string(r.Sitting) {
			return a.Cool
		}
		if a.Name == policy.Loosen {
			loosen = a.Cool
		}
	}
	if r.Sitting == "recovery" {
		return pol.Recovery.Cool
	}
	return max(loosen, pol.Recovery.Cool) // a fork takes both
}

// credits returns how many blocks' work lies on top of the tip of a record.
func credits(c *headers.Chain, since record.Tip) uint64 {
	if !since.Known {
		return 0
	}
	p, ok := c.PointAt(max(since.Height, c.Origin().Height))
	if !ok {
		return 0
	}
	n, _ := c.Credits(p)
	return n
}

func freezesOf(m *signer.Machine) []freezeStatus {
	out := []freezeStatus{}
	for _, f := range m.State().Freezes() {
		if !f.Lifted {
			out = append(out, freezeStatus{f.ID.String(), f.Scope.String(), string(f.Officer), f.Tip.String()})
		}
	}
	return out
}

// quietOf lists what the policy keeps quiet now: payees, keys, and what is larger
// after a loosening.
func quietOf(m *signer.Machine) []quietStatus {
	out := []quietStatus{}
	pol, ok := m.Policy()
	if !ok {
		return out
	}
	chain, _ := m.Chain()
	quiet := func(what string, period uint32, holds func(*policy.Policy) bool) {
		at, first := heldSince(m, holds)
		if waited := credits(chain, at); !first && waited < uint64(period) {
			out = append(out, quietStatus{what, uint64(period) - waited})
		}
	}
	for _, d := range pol.Destinations {
		quiet("payments to "+string(d.Label), pol.QuietDestination, func(p *policy.Policy) bool {
			old, ok := p.Destination(d.Label)
			return ok && old.Address.String() == d.Address.String() && old.Descriptor == d.Descriptor && old.Cap >= d.Cap
		})
	}
	for _, s := range pol.Signers {
		quiet(fmt.Sprintf("the key %s of %s", s.Key.Fingerprint(), s.Officer), pol.QuietSigner.Credits, func(p *policy.Policy) bool {
			return slices.ContainsFunc(p.Keys(s.Officer), s.Key.Equal)
		})
	}
	return append(out, quietAfter(m, chain)...)
}

// heldSince returns since when something is in the policy without a gap; first
// says that it was there from the beginning, and then it is not quiet.
func heldSince(m *signer.Machine, holds func(*policy.Policy) bool) (at record.Tip, first bool) {
	for _, v := range slices.Backward(m.Policies().Versions()) {
		if !holds(v.Policy) {
			return at, false
		}
		at = v.At
	}
	return at, true
}

// quietAfter tells of the newest loosening that still keeps larger things still.
func quietAfter(m *signer.Machine, chain *headers.Chain) []quietStatus {
	versions := m.Policies().Versions()
	for i, v := range slices.Backward(versions) {
		if i == 0 || v.Class != policy.ClassLoosen && v.Class != policy.ClassRecovery {
			continue
		}
		period := uint64(max(v.Policy.QuietPolicy, versions[i-1].Policy.QuietPolicy))
		if waited := credits(chain, v.At); waited < period {
			return []quietStatus{{fmt.Sprintf("everything above the lowest tier, since version %d", v.Policy.Version), period - waited}}
		}
	}
	return nil
}
