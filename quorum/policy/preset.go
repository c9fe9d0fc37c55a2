package policy

import (
	"strongroom/custody"
	"strongroom/quorum/sshsig"
)

// Preset names a ready-made set of groups, tiers and delays. The zero value is
// no preset.
type Preset uint8

// The presets, by how many people decide over withdrawals; each has two
// watchers beside them.
const (
	// Team is for five officers in one group, any of whom proposes.
	Team Preset = iota + 1
	// Fund is for seven officers: four in the treasury, who propose and check,
	// and three partners, without whom only small sums move.
	Fund
	// Exchange is for nine officers: four in the treasury, three of risk and
	// two of the board. With its watchers it has eleven people.
	Exchange
)

// String returns the name: team, fund or exchange.
func (p Preset) String() string { return name(int(p), "no preset", "team", "fund", "exchange") }

// ParsePreset reads the name of a preset.
func ParsePreset(s string) (Preset, error) { return named("preset", Exchange)(s) }

// Factor returns what the signatures of every officer must show under a preset.
// A draft has nobody in it yet, so whoever adds an officer also sets this (see
// SetFactor). Fund asks for a hardware key that was touched and given its PIN
// or a finger, Exchange for one that cannot leave its device as well; Team asks
// for nothing.
func (p Preset) Factor() sshsig.Factor {
	switch p {
	case Fund:
		return sshsig.Factor{Presence: true, Verification: true}
	case Exchange:
		return sshsig.Factor{Presence: true, Verification: true, Bound: true}
	}
	return sshsig.Factor{}
}

// rules returns the preset's rules for a real chain, and false when there is no
// such preset.
func (p Preset) rules() (*Policy, bool) {
	switch p {
	case Team:
		return teamRules(), true
	case Fund:
		return fundRules(), true
	case Exchange:
		return exchangeRules(), true
	}
	return nil, false
}

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

// base holds what all presets have in common: how long anything stays good, the
// caps of fees, and how a vault is recovered.
func base() *Policy {
	return &Policy{
		Version:          1,
		QuietDestination: oneDay,
		Recovery:         Recovery{After: halfAYear, Cool: oneMonth, Mode: Stamped, Needs: seatsOf(2, "recovery"), Clears: watcher()},
		FeeRateMax:       300,
		FeeShareMax:      maxShare / 2,
		AnchorAgeMax:     12,
		ClearAgeMax:      quarterDay,
		ExpiryMax:        twoWeeks,
		ReorgMax:         100,
	}
}
