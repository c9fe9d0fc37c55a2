package main

import (
	"cmp"
	"fmt"
	"slices"

	"strongroom/backup"
	"strongroom/quorum"
	"strongroom/quorum/policy"
)

// backupRules returns what a policy or a draft wants of the copies.
func (d *desk) backupRules(p *policy.Policy) (policy.Backup, error) {
	annexes, err := annexesOf(d.reg, p)
	if err != nil {
		return policy.Backup{}, err
	}
	return p.Backup(quorum.AnnexesOf(p, annexes))
}

// geography is what annex backup asks of places, as package backup judges it.
// Without the annex it passes nothing.
func geography(b policy.Backup) backup.Geography {
	g := backup.Geography{
		Site: backup.Location(b.Site), FromSite: b.Distance.Site, Apart: b.Distance.Stores,
		Accounts: b.Distinct.Accounts, Jurisdictions: b.Distinct.Jurisdictions, Providers: b.Distinct.Providers, Zones: b.Distinct.Zones,
	}
	for _, c := range b.Allow {
		g.Allow = append(g.Allow, string(c))
	}
	for _, c := range b.Deny {
		g.Deny = append(g.Deny, string(c))
	}
	return g
}

// storePlaces are the places that annex backup lists.
func storePlaces(b policy.Backup) []backup.StorePlace {
	var out []backup.StorePlace
	for _, s := range b.Stores {
		out = append(out, backup.StorePlace{ID: string(s.ID), Location: backup.Location(s.Place), Provider: string(s.Provider),
			Jurisdiction: string(s.Country), Account: string(s.Account), Zone: string(s.Zone)})
	}
	return out
}

// lintAt is the policy's own lint, and the judgement of the places that its annex
// backup lists, which takes measuring.
func lintAt(p *policy.Policy, height uint32, a policy.Annexes) []policy.Finding {
	found := p.LintAt(height, a)
	b, err := p.Backup(a)
	if err != nil || !b.Named {
		return found // the policy's own lint tells of an annex that is not here
	}
	for _, f := range geography(b).Check(storePlaces(b)) {
		found = append(found, policy.Finding{Code: policy.LintPlaces, Severity: policy.Error, Text: "annex backup: " + f.String()})
	}
	slices.SortFunc(found, func(a, b policy.Finding) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text))
	})
	return found
}

// presetWants returns what the larger presets want of backups, as warnings: an
// annex, and under exchange two layers.
func presetWants(preset policy.Preset, p *policy.Policy, a policy.Annexes) []policy.Finding {
	if preset != policy.Fund && preset != policy.Exchange {
		return nil
	}
	warn := func(code, text string) []policy.Finding {
		return []policy.Finding{{Code: code, Severity: policy.Warning, Text: fmt.Sprintf("preset %s: %s", preset, text)}}
	}
	b, err := p.Backup(a)
	switch {
	case err != nil:
		return nil
	case !b.Named:
		return warn(policy.LintBackup, "want annex backup, found none, so the strictest values hold and no place is known; see 'strongroom policy draft backup'")
	case preset == policy.Exchange && len(b.Layer(2)) == 0:
		return warn(policy.LintOpener, "want recipients in two layers, found one")
	}
	return nil
}
