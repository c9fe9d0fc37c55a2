package policy

import (
	"fmt"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Preset names a ready-made set of groups, tiers and delays. The zero value is
// no preset.
type Preset uint8

// Team is for five officers in one group, any of whom proposes, with two
// watchers from outside.
const (
	Team Preset = iota + 1
)

// String returns the name: team.
func (p Preset) String() string { return name(int(p), "no preset", "team") }

// ParsePreset reads the name of a preset.
func ParsePreset(s string) (Preset, error) { return named("preset", Team)(s) }

// coin is one bitcoin in satoshi.
const coin custody.Amount = 100_000_000

// Delays and windows of the presets, in credits: about 144 a day.
const (
	quarterDay = 36
	oneDay     = 144
	threeDays  = 3 * oneDay
	oneWeek    = 7 * oneDay
	twoWeeks   = 2 * oneWeek
	oneMonth   = 30 * oneDay
	halfAYear  = 182 * oneDay
)

// Draft returns version 1 of a vault's policy in which people, keys, devices
// and wallets are still to be filled in (see Unfilled), and every rule is set.
// Filled in as the preset says, it passes Check. On test chains nothing cools
// and nothing is quiet.
func Draft(preset Preset, vault text.ID, n custody.Network, origin OriginBlock) (*Policy, error) {
	if preset != Team {
		return nil, fmt.Errorf("draft: want preset %s, found %s", Team, preset)
	}
	if _, ok := n.Params(); !ok {
		return nil, fmt.Errorf("draft: want a network, found none")
	}
	p := team()
	p.Vault, p.Network, p.Origin = vault, n, origin
	p.Clock = ClockFull
	if n.Test() {
		p.Clock = ClockTest
		hurry(p)
	}
	return reread(p)
}

// team is the preset for a real chain.
func team() *Policy {
	return &Policy{
		Version: 1,
		Groups:  []Group{{ID: "recovery"}, {ID: "treasury"}, {ID: "watch"}},
		Roles: Roles{
			Freeze:  []text.ID{"treasury", "watch"},
			Propose: []text.ID{"treasury"},
			Veto:    []text.ID{"treasury", "watch"},
		},
		Tiers: []Tier{
			{ID: "small", Below: 1 * coin, Window: oneDay, Mode: Named, Needs: treasury(2)},
			{ID: "large", Below: 50 * coin, Window: oneWeek, Cool: quarterDay, Mode: Stamped, Needs: treasury(3), Clears: watcher()},
		},
		Velocities: []Velocity{{Cap: 50 * coin, Window: oneWeek}},
		Acts: []Act{
			{Name: Tighten, Mode: Named, Needs: treasury(2)},
			{Name: AddDestination, Cool: quarterDay, Mode: Named, Needs: treasury(2)},
			{Name: Loosen, Cool: oneWeek, Mode: Stamped, Needs: treasury(3), Clears: watcher()},
			{Name: Rekey, Cool: threeDays, Mode: Stamped, Needs: treasury(2)},
			{Name: Reanchor, Cool: quarterDay, Mode: Named, Needs: treasury(2)},
			{Name: Thaw, Cool: quarterDay, Mode: Named, Needs: treasury(2)},
			{Name: Internal, Mode: Named, Needs: treasury(2)},
			{Name: Sweep, Mode: Named, Needs: treasury(3)},
			{Name: Restore, Mode: Named, Needs: treasury(2)},
			{Name: Resync, Mode: Named, Needs: treasury(3)},
		},
		QuietDestination: oneDay,
		QuietPolicy:      oneDay,
		QuietSigner:      QuietSigner{Credits: threeDays},
		Recovery:         Recovery{After: halfAYear, Cool: oneMonth, Mode: Stamped, Needs: []Need{{2, "recovery"}}, Clears: watcher()},
		FeeRateMax:       300,
		FeeShareMax:      maxShare / 2,
		AnchorAgeMax:     12,
		ClearAgeMax:      quarterDay,
		ExpiryMax:        twoWeeks,
		ReorgMax:         100,
	}
}

func treasury(seats int) []Need { return []Need{{Seats: seats, Group: "treasury"}} }

func watcher() []Need { return []Need{{Seats: 1, Group: "watch"}} }

// hurry takes out what a chain without value cannot wait for: delays, quiet
// periods and the tiers' watchers.
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
