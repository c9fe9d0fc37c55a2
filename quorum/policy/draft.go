package policy

import (
	"fmt"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Draft returns version 1 of a vault's policy in which people, keys, devices
// and wallets are still to be filled in (see Unfilled), and every rule is set.
// Filled in as the preset says, it passes Check. On test chains nothing cools
// and nothing is quiet.
func Draft(preset Preset, vault text.ID, n custody.Network, origin OriginBlock) (*Policy, error) {
	p, ok := preset.rules()
	if !ok {
		return nil, fmt.Errorf("draft: want a preset, found %s", preset)
	}
	if _, ok := n.Params(); !ok {
		return nil, fmt.Errorf("draft: want a network, found none")
	}
	p.Vault, p.Network, p.Origin = vault, n, origin
	p.Clock = ClockFull
	if n.Test() {
		p.Clock = ClockTest
		hurry(p)
	}
	return reread(p)
}

// hurry takes out what a chain without value cannot wait for: delays, quiet
// periods and the tiers' watchers. Who decides stays as it is.
func hurry(p *Policy) {
	for i := range p.Tiers {
		p.Tiers[i].Cool, p.Tiers[i].Mode, p.Tiers[i].Clears = 0, Named, nil
	}
	for i := range p.Acts {
		p.Acts[i].Cool, p.Acts[i].Mode = 0, Named
	}
	p.QuietDestination, p.QuietPolicy, p.QuietSigner.Credits = 0, 0, 0
	p.Recovery.Cool, p.Recovery.Mode = 0, Named
}

// reread returns the policy as its text is read.
func reread(p *Policy) (*Policy, error) {
	b, err := write(p)
	if err != nil {
		return nil, err
	}
	return Parse(b)
}
