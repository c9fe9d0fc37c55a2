package policy

import (
	"cmp"
	"fmt"
	"slices"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// edit returns the policy that change makes of a copy, as its text is read. The
// copy's lines are put in order, so that change may append.
func (p *Policy) edit(change func(*Policy) error) (*Policy, error) {
	q, err := reread(p)
	if err != nil {
		return nil, err
	}
	if err := change(q); err != nil {
		return nil, err
	}
	q.sort()
	return reread(q)
}

// sort puts the lines that the fill functions add to into the order of the
// text. A space sorts before all that names hold, so sorting by the fields
// sorts the lines.
func (p *Policy) sort() {
	slices.SortFunc(p.Wallets, func(a, b Wallet) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Cosigners, func(a, b Cosigner) int {
		return cmp.Or(cmp.Compare(a.Wallet, b.Wallet), slices.Compare(a.Fingerprint[:], b.Fingerprint[:]))
	})
	slices.SortFunc(p.Devices, func(a, b Device) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Officers, func(a, b Officer) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Signers, func(a, b SignerKey) int {
		return cmp.Or(cmp.Compare(a.Officer, b.Officer), cmp.Compare(a.Key.String(), b.Key.String()))
	})
	slices.SortFunc(p.Factors, func(a, b Factor) int { return cmp.Compare(a.Officer, b.Officer) })
	slices.SortFunc(p.Terms, func(a, b Term) int { return cmp.Compare(a.Officer, b.Officer) })
	for _, g := range p.Groups {
		slices.Sort(g.Members)
	}
	slices.SortFunc(p.Destinations, func(a, b Destination) int { return cmp.Compare(a.Label, b.Label) })
	slices.SortFunc(p.Annexes, func(a, b Annex) int { return cmp.Compare(a.Name, b.Name) })
}

// AddOfficer returns the policy with one more person, who has the given keys,
// factor none, no end of term, and a place in each of the groups. It refuses
// somebody already there, a key that anyone has, and groups that do not exist.
func (p *Policy) AddOfficer(id, org text.ID, name string, keys []sshsig.Key, groups ...text.ID) (*Policy, error) {
	return p.edit(func(q *Policy) error {
		if _, there := q.Officer(id); there {
			return fmt.Errorf("officer %s: want a new name, found one in use", id)
		}
		if len(keys) == 0 {
			return fmt.Errorf("officer %s: want at least one key, found none", id)
		}
		q.Officers = append(q.Officers, Officer{ID: id, Org: org, Name: name})
		q.Factors = append(q.Factors, Factor{Officer: id})
		q.Terms = append(q.Terms, Term{Officer: id})
		for _, k := range keys {
			taken := slices.ContainsFunc(q.Signers, func(s SignerKey) bool { return s.Key.Equal(k) })
			if taken {
				return fmt.Errorf("officer %s: want a new key, found %s in use", id, k.Fingerprint())
			}
			q.Signers = append(q.Signers, SignerKey{Officer: id, Key: k})
		}
		for _, g := range groups {
			i := slices.IndexFunc(q.Groups, func(x Group) bool { return x.ID == g })
			if i < 0 {
				return fmt.Errorf("officer %s: want a defined group, found %s", id, g)
			}
			q.Groups[i].Members = append(q.Groups[i].Members, id)
		}
		return nil
	})
}

// SetFactor returns the policy with another factor line for an officer.
func (p *Policy) SetFactor(officer text.ID, needs sshsig.Factor) (*Policy, error) {
	return p.edit(func(q *Policy) error {
		i := slices.IndexFunc(q.Factors, func(f Factor) bool { return f.Officer == officer })
		if i < 0 {
			return fmt.Errorf("factor: want a defined officer, found %s", officer)
		}
		q.Factors[i].Needs = needs
		return nil
	})
}

// AddDestination returns the policy with one more destination. It refuses a
// label in use.
func (p *Policy) AddDestination(d Destination) (*Policy, error) {
	return p.edit(func(q *Policy) error {
		if _, there := q.Destination(d.Label); there {
			return fmt.Errorf("destination %s: want a new label, found one in use", d.Label)
		}
		q.Destinations = append(q.Destinations, d)
		return nil
	})
}

// SetWallet returns the policy with this wallet and its cosigners, in place of
// the wallet of the same name if there is one. The cosigners' Wallet is set to
// its name.
func (p *Policy) SetWallet(w Wallet, cosigners []Cosigner) (*Policy, error) {
	return p.edit(func(q *Policy) error {
		q.Wallets = slices.DeleteFunc(q.Wallets, func(x Wallet) bool { return x.ID == w.ID })
		q.Cosigners = slices.DeleteFunc(q.Cosigners, func(c Cosigner) bool { return c.Wallet == w.ID })
		q.Wallets = append(q.Wallets, w)
		for _, c := range cosigners {
			c.Wallet = w.ID
			q.Cosigners = append(q.Cosigners, c)
		}
		return nil
	})
}

// SetDevices returns the policy with these signer devices and no others.
func (p *Policy) SetDevices(devices []Device) (*Policy, error) {
	return p.edit(func(q *Policy) error {
		q.Devices = slices.Clone(devices)
		return nil
	})
}

// SetAnnex returns the policy with this annex, in place of the one of the same
// name if there is one.
func (p *Policy) SetAnnex(a Annex) (*Policy, error) {
	return p.edit(func(q *Policy) error {
		q.Annexes = slices.DeleteFunc(q.Annexes, func(x Annex) bool { return x.Name == a.Name })
		q.Annexes = append(q.Annexes, a)
		return nil
	})
}
