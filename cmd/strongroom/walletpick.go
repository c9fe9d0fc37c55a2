package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// pickWallet returns the wallet that args name, or else the only active one: of
// the policy in force, or of the draft where the policy has it not.
func (d *desk) pickWallet(args []string) (policy.Wallet, *policy.Policy, error) {
	p, draft, err := d.walletRules()
	if err != nil {
		return policy.Wallet{}, nil, err
	}
	if len(args) == 0 {
		x, err := onlyActive(p)
		return x, p, err
	}
	id, err := text.ParseID(args[0])
	if err != nil {
		return policy.Wallet{}, nil, cli.Usagef("wallet: %w", err)
	}
	for _, q := range []*policy.Policy{p, draft} {
		if q == nil {
			continue
		}
		if x, ok := q.Wallet(id); ok {
			return x, q, nil
		}
	}
	return policy.Wallet{}, nil, cli.Hint(fmt.Errorf("wallet: want one of the policy, found %s", id), "strongroom policy show")
}

// walletRules returns the policy in force, or what there is of the first one, and
// the draft of the next version; nil without one.
func (d *desk) walletRules() (p, draft *policy.Policy, err error) {
	p, finished, err := d.rules()
	if err != nil || !finished {
		return p, nil, err
	}
	v, err := d.view()
	if err != nil {
		return nil, nil, err
	}
	draft, err = d.draft()
	if errors.Is(err, fs.ErrNotExist) || err == nil && draft.Version <= v.policy.Version {
		return v.policy, nil, nil
	}
	return v.policy, draft, err
}

// onlyActive returns the policy's only wallet, or the only one in use.
func onlyActive(p *policy.Policy) (policy.Wallet, error) {
	in := slices.Clone(p.Wallets)
	if len(in) > 1 {
		in = slices.DeleteFunc(in, func(w policy.Wallet) bool { return w.State != policy.Active })
	}
	if len(in) == 1 {
		return in[0], nil
	}
	err := fmt.Errorf("wallet: want the name of one, found %s to choose from", count(len(p.Wallets), "wallet"))
	if len(p.Wallets) == 0 {
		return policy.Wallet{}, cli.Hint(err, "strongroom wallet enroll main --threshold 2")
	}
	return policy.Wallet{}, cli.Hint(err, "strongroom wallet show %s", p.Wallets[0].ID)
}
