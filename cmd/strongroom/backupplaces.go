package main

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// checkedRules returns what annex backup wants, and refuses where it does not
// fit the policy in force: such as recipients of whom one left.
func (d *desk) checkedRules(p *policy.Policy) (policy.Backup, error) {
	annexes, err := annexesOf(d.reg, p)
	if err != nil {
		return policy.Backup{}, err
	}
	if err := misfits(p, quorum.AnnexesOf(p, annexes)); err != nil {
		return policy.Backup{}, err
	}
	return d.backupRules(p)
}

// misfits refuses an annex backup that does not fit its policy. Other annexes are
// no business of a backup.
func misfits(p *policy.Policy, have policy.Annexes) error {
	var own []policy.Reason
	for _, r := range p.CheckAnnexes(have) {
		if strings.HasPrefix(r.Text, "annex backup") {
			own = append(own, r)
		}
	}
	if len(own) == 0 {
		return nil
	}
	return cli.Hint(refusal(quorum.ReasonsOf(own)), "strongroom policy draft backup --template   # then an amendment without who left")
}

// checkPlaces holds the stores of this home against annex backup: each must be
// listed, lock if the annex says so, be where it was seen to be, and all together
// lie as it asks. Without
// the annex nobody knows a place, and only a test chain's copies may lie in
// folders.
func (d *desk) checkPlaces(b policy.Backup, stores []namedStore, seen map[text.ID]whereabouts) error {
	if !b.Named {
		return d.checkUnplaced(stores)
	}
	found := placeFindings(b, stores, seen)
	if len(found) == 0 {
		return nil
	}
	codes := []string{}
	var sentences []string
	for _, f := range found {
		code := codePlace
		if f.Rule == ruleLock {
			code = codeLock
		}
		if len(codes) == 0 || codes[len(codes)-1] != code {
			codes = append(codes, code)
		}
		sentences = append(sentences, f.String())
	}
	return cli.Refusal{Sentence: strings.Join(sentences, "; "), Codes: codes, Hint: "strongroom policy explain", Call: "whoever looks after the stores"}
}

// ruleLock is the rule of a finding about a store that cannot lock.
const ruleLock = "lock"

// placeFindings says how the stores of this home are not those of annex backup.
func placeFindings(b policy.Backup, stores []namedStore, seen map[text.ID]whereabouts) []backup.Finding {
	listed := storePlaces(b)
	var here []backup.StorePlace
	var out []backup.Finding
	for _, s := range stores {
		place, ok := placeOf(listed, string(s.name))
		if !ok {
			out = append(out, backup.Finding{Rule: "store", Text: fmt.Sprintf("want only those that annex backup lists, found %s", s.name)})
			continue
		}
		here = append(here, place)
		if b.LockOf(s.name) == policy.LockCompliance && s.isFolder() {
			out = append(out, backup.Finding{Rule: ruleLock, Text: fmt.Sprintf("store %s: want one that locks (%s), found a folder", s.name, policy.LockCompliance)})
		}
		out = append(out, sightFindings(b, place, s, seen[s.name])...)
	}
	if len(here) == 0 {
		return out
	}
	return append(geography(b).Check(here), out...)
}

// missingStores tells which stores annex backup lists and this home does not have:
// nothing of theirs is looked at or shipped, and whoever took the description
// away took a region.
func missingStores(b policy.Backup, stores []namedStore) (out []string) {
	for _, want := range b.Stores {
		if !slices.ContainsFunc(stores, func(s namedStore) bool { return s.name == want.ID }) {
			out = append(out, fmt.Sprintf("want store %s, as annex backup lists, found none in this home", want.ID))
		}
	}
	return out
}

func placeOf(list []backup.StorePlace, id string) (backup.StorePlace, bool) {
	for _, p := range list {
		if p.ID == id {
			return p, true
		}
	}
	return backup.StorePlace{}, false
}

// checkUnplaced is checkPlaces without annex backup.
func (d *desk) checkUnplaced(stores []namedStore) error {
	for _, s := range stores {
		if s.isFolder() && !d.network.Test() {
			return cli.Refusal{Sentence: fmt.Sprintf("store %s: want one that locks, as holds while the policy has no annex backup, found a folder", s.name),
				Codes: []string{codeLock}, Hint: "strongroom policy draft backup --template", Call: "whoever looks after the stores"}
		}
	}
	d.world.Warnf("the policy has no annex backup: no place is checked, and a folder without a lock is taken on %s only", d.network)
	return nil
}

// copiesWanted returns how many good copies make a run a success: what the
// annex says, or more.
func (d *desk) copiesWanted(b policy.Backup, asked uint8, stores int) (uint8, error) {
	need := b.Need(stores)
	lower := !b.Named && d.network.Test() // nobody said how many
	switch {
	case asked == 0:
		return uint8(need), nil
	case int(asked) < need && !lower:
		return 0, cli.Usagef("--copies: want at least %d, found %d", need, asked)
	}
	return asked, nil
}
