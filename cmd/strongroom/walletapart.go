package main

import (
	"fmt"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// keptApart looks at the keys of a wallet that is made: with what is known of
// their ceremonies, no two may be in one place or with one holder. Where the vault
// is a fund or an exchange that is refused, elsewhere it is a warning.
func (d *desk) keptApart(holders []holder) error {
	all, _, err := d.walletKeys()
	if err != nil {
		return err
	}
	var of []*walletKey
	for _, k := range all {
		if slices.ContainsFunc(holders, func(h holder) bool { return h.key.Origin().Fingerprint == k.fingerprint }) {
			of = append(of, k)
		}
	}
	return d.judgeApart(of)
}

// outsideApart looks at a hardware wallet beside the signers' keys of the same
// wallets, as keptApart does.
func (d *desk) outsideApart(p *policy.Policy, name text.ID, o policy.Outside) error {
	all, _, err := d.walletKeys()
	if err != nil {
		return err
	}
	for _, w := range walletsOf(p, o.Fingerprint) {
		of := []*walletKey{{signer: name, fingerprint: o.Fingerprint, outside: o.Place}}
		for _, k := range all {
			if slices.ContainsFunc(walletsOf(p, k.fingerprint), func(x policy.Wallet) bool { return x.ID == w.ID }) {
				of = append(of, k)
			}
		}
		if err := d.judgeApart(of); err != nil {
			return err
		}
	}
	return nil
}

// judgeApart refuses keys of one wallet that are not apart, or warns.
func (d *desk) judgeApart(of []*walletKey) error {
	found := apart(of)
	preset, err := d.preset()
	if err != nil {
		return err
	}
	if len(found) > 0 && preset != policy.Team {
		var reasons []quorum.Reason
		for _, s := range found {
			reasons = append(reasons, quorum.Because(quorum.PolWallet, "%s", s))
		}
		moreReasons(d.world, reasons)
		return refusal(reasons)
	}
	for _, s := range found {
		d.world.Warnf("%s", s)
	}
	return nil
}

// apart returns what two keys of a wallet have in common that they should not: a
// holder, the place of their workstations, or a site that rebuilds both.
func apart(keys []*walletKey) []string {
	var out []string
	for i, a := range keys {
		for _, b := range keys[:i] {
			for _, x := range a.places() {
				if slices.Contains(b.places(), x) {
					out = append(out, fmt.Sprintf("keys of %s and %s: want each in a place of its own, found both in %s", b.signer, a.signer, x))
				}
			}
			for _, x := range a.holders() {
				if slices.Contains(b.holders(), x) {
					out = append(out, fmt.Sprintf("keys of %s and %s: want nobody with shares of both, found %s", b.signer, a.signer, x))
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// places returns where a key is opened, and each site that could rebuild it alone.
func (k *walletKey) places() []text.ID {
	var out []text.ID
	if k.outside != "" {
		out = append(out, k.outside)
	}
	for _, a := range k.accounts {
		if a.planned {
			out = append(out, a.plan.Place)
		}
	}
	for _, g := range k.generations {
		groups := map[text.ID]int{}
		for _, site := range g.Sites {
			if groups[site.Site]++; groups[site.Site] == g.Groups {
				out = append(out, site.Site)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (k *walletKey) holders() []text.ID {
	var out []text.ID
	for _, g := range k.generations {
		for _, s := range g.Shares {
			out = append(out, s.Holder)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
