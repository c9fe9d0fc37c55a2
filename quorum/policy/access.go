package policy

import (
	"bytes"
	"slices"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// of returns the groups that hold a role, to read or to fill. No other value
// than the three roles gets here.
func (r *Roles) of(role Role) *[]text.ID {
	switch role {
	case Freeze:
		return &r.Freeze
	case Propose:
		return &r.Propose
	case Veto:
		return &r.Veto
	}
	panic("policy: a role without groups")
}

// Of returns the groups that hold a role, sorted; none for the zero Role.
func (r Roles) Of(role Role) []text.ID {
	if role < Freeze || role > Veto {
		return nil
	}
	return slices.Clone(*r.of(role))
}

// find returns the first element with a name, and false when there is none.
func find[T any](list []T, name func(T) text.ID, id text.ID) (T, bool) {
	i := slices.IndexFunc(list, func(x T) bool { return name(x) == id })
	if i < 0 {
		var zero T
		return zero, false
	}
	return list[i], true
}

// Officer returns an officer.
func (p *Policy) Officer(id text.ID) (Officer, bool) {
	return find(p.Officers, func(o Officer) text.ID { return o.ID }, id)
}

// Wallet returns a wallet.
func (p *Policy) Wallet(id text.ID) (Wallet, bool) {
	return find(p.Wallets, func(w Wallet) text.ID { return w.ID }, id)
}

// Device returns a signer device.
func (p *Policy) Device(id text.ID) (Device, bool) {
	return find(p.Devices, func(d Device) text.ID { return d.ID }, id)
}

// Cosigns says whether a signer governed by the policy holds a key of a wallet: a
// governed cosigner line names both.
func (p *Policy) Cosigns(wallet, device text.ID) bool {
	return slices.ContainsFunc(p.Cosigners, func(c Cosigner) bool { return c.Wallet == wallet && c.Governed && c.Name == device })
}

// FewestSigners returns how many signers governed by the policy take part in every
// spend of a wallet: all that have to sign but the external cosigners, who may all
// sign. It is 0 for a wallet that the policy lacks.
func (p *Policy) FewestSigners(wallet text.ID) int {
	w, _ := p.Wallet(wallet)
	_, external := p.cosignersOf(wallet)
	return max(0, w.M-external)
}

// MostSigners returns how many signers governed by the policy can take part in a
// spend of a wallet: as many as have to sign, or all there are.
func (p *Policy) MostSigners(wallet text.ID) int {
	w, _ := p.Wallet(wallet)
	all, external := p.cosignersOf(wallet)
	return min(w.M, all-external)
}

// External returns the external cosigners of a wallet, in the order of the text.
func (p *Policy) External(wallet text.ID) []text.ID {
	var out []text.ID
	for _, c := range p.Cosigners {
		if c.Wallet == wallet && !c.Governed {
			out = append(out, c.Name)
		}
	}
	return out
}

// HoldsKey says whether a signer governed by the policy holds a key of any
// wallet.
func (p *Policy) HoldsKey(device text.ID) bool {
	return slices.ContainsFunc(p.Cosigners, func(c Cosigner) bool { return c.Governed && c.Name == device })
}

// Destination returns a destination by its label.
func (p *Policy) Destination(label text.ID) (Destination, bool) {
	return find(p.Destinations, func(d Destination) text.ID { return d.Label }, label)
}

// Annex returns the hash of an annex.
func (p *Policy) Annex(name text.ID) (text.Hash, bool) {
	a, ok := find(p.Annexes, func(a Annex) text.ID { return a.Name }, name)
	return a.Hash, ok
}

// Tier returns a tier.
func (p *Policy) Tier(id text.ID) (Tier, bool) {
	return find(p.Tiers, func(t Tier) text.ID { return t.ID }, id)
}

// Act returns what an act takes.
func (p *Policy) Act(name ActName) (Act, bool) {
	i := slices.IndexFunc(p.Acts, func(a Act) bool { return a.Name == name })
	if i < 0 {
		return Act{}, false
	}
	return p.Acts[i], true
}

// Members returns the members of a group, sorted; none for an unknown group.
func (p *Policy) Members(group text.ID) []text.ID { return slices.Clone(p.members(group)) }

func (p *Policy) members(group text.ID) []text.ID {
	g, _ := find(p.Groups, func(g Group) text.ID { return g.ID }, group)
	return g.Members
}

// InRole says whether an officer is in a group that holds the role.
func (p *Policy) InRole(role Role, officer text.ID) bool {
	return slices.ContainsFunc(p.Roles.Of(role), func(g text.ID) bool {
		return slices.Contains(p.members(g), officer)
	})
}

// Keys returns an officer's signing keys.
func (p *Policy) Keys(officer text.ID) []sshsig.Key {
	var keys []sshsig.Key
	for _, s := range p.Signers {
		if s.Officer == officer {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// OfficerOf returns whose key it is, and false when it is nobody's or, against
// Check, several people's.
func (p *Policy) OfficerOf(key sshsig.Key) (text.ID, bool) {
	var found text.ID
	for _, s := range p.Signers {
		if !s.Key.Equal(key) {
			continue
		}
		if found != "" {
			return "", false
		}
		found = s.Officer
	}
	return found, found != ""
}

// FactorOf returns what an officer's signatures must prove; everything, for
// somebody without a factor line.
func (p *Policy) FactorOf(officer text.ID) sshsig.Factor {
	f, ok := find(p.Factors, func(f Factor) text.ID { return f.Officer }, officer)
	if !ok {
		return sshsig.Factor{Presence: true, Verification: true, Bound: true}
	}
	return f.Needs
}

// TermOf returns the block height after which an officer's approvals no longer
// count, and false when their term has no end. For somebody without a term
// line it ended at height 0.
func (p *Policy) TermOf(officer text.ID) (height uint32, ends bool) {
	t, ok := find(p.Terms, func(t Term) text.ID { return t.Officer }, officer)
	return t.Height, t.Ends || !ok
}

// Conflicted says whether an officer's approval does not count for a
// destination.
func (p *Policy) Conflicted(label, officer text.ID) bool {
	return slices.Contains(p.Conflicts, Conflict{Label: label, Officer: officer})
}

// AllowedSigners returns the roster as OpenSSH's allowed_signers file: what
// `sed -n 's/^signer //p'` prints of the policy.
func (p *Policy) AllowedSigners() []byte {
	var b bytes.Buffer
	for _, s := range p.Signers {
		b.WriteString(string(s.Officer) + " " + namespaces + " " + s.Key.String() + "\n")
	}
	return b.Bytes()
}
