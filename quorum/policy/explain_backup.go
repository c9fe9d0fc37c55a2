package policy

import (
	"fmt"
	"strings"
)

// Explain says in plain English what the policy wants of the vault's copies, as
// a section beside those of the policy's own Explain. It tells where the
// strictest values stand in for an annex that the policy has not.
func (b Backup) Explain() Section {
	s := Section{Title: "The copies"}
	if !b.Named {
		s.say("The policy has no annex about backups. What follows are the strictest values, which hold until it has one; no place and nobody in particular is named.")
	}
	b.explainRuns(&s)
	b.explainOpeners(&s)
	b.explainPlaces(&s)
	b.explainChecks(&s)
	return s
}

func (b Backup) explainRuns(s *Section) {
	if b.Copies == 0 {
		s.say("A backup is done when every store has a good copy.")
	} else {
		s.say("A backup is done when %s of %d are good.", plural(b.Copies, "copy", "copies"), len(b.Stores))
	}
	s.say("At most %s of the vault's records may be lost, and it may take at most %s until they are back.", clockHours(b.RPOHours), clockHours(b.RTOHours))
	s.say("Every copy is locked for at least %s, and the keeper keeps as much of the lock ahead. What the lock of a store is stands with the store.", plural(b.LockDays, "day", "days"))
	if b.Keep.Everything() {
		s.say("Every snapshot is kept.")
	} else {
		s.say("Kept are the newest snapshots of %s. The locks of others run out.", b.keepWords())
	}
	s.say("A store's credential is at most %s old.", plural(b.CredentialDays, "day", "days"))
	for _, m := range b.Makers {
		s.say("%s signs what a snapshot is, with %s.", m.ID, m.Key)
	}
	for _, v := range b.Verifiers {
		s.say("%s says whether copies are good, with %s, and signs no snapshot.", v.ID, v.Key)
	}
	if b.Named && len(b.Verifiers) == 0 {
		s.say("No verifier is named: whoever makes the copies also says that they are good.")
	}
}

func (b Backup) keepWords() string {
	var parts []string
	for _, k := range []struct {
		n         int
		one, many string
	}{{b.Keep.Daily, "day", "days"}, {b.Keep.Weekly, "week", "weeks"}, {b.Keep.Monthly, "month", "months"}, {b.Keep.Yearly, "year", "years"}} {
		if k.n > 0 {
			parts = append(parts, plural(k.n, k.one, k.many))
		}
	}
	return series(parts, "and")
}

func (b Backup) explainOpeners(s *Section) {
	switch outer, inner := openersOf(b.Layer(1)), openersOf(b.Layer(2)); {
	case len(outer) == 0:
		s.say("Any officer with an ssh-ed25519 key opens a snapshot alone: it is sealed to all of those keys.")
	case len(inner) == 0:
		s.say("Any one of %s opens a snapshot alone.", series(outer, "or"))
	default:
		s.say("A snapshot opens with two people: %s for the outer layer, and then %s for the inner one.", series(outer, "or"), series(inner, "or"))
	}
	for _, r := range b.Recipients {
		s.say("Layer %d is sealed to %s of %s.", r.Layer, r.Key, r.Officer)
	}
	version := strings.TrimPrefix(string(b.Reader), "age-")
	s.say("Everything opens with age %s or a later one, without this program.", version)
	if b.Probe != (Probe{}) {
		s.say("A canary in every snapshot is sealed to %s, which opens nothing else, and is fetched and opened every %s.", b.Probe.Key, clockHours(b.Probe.Hours))
	} else {
		s.say("There is no canary: that a copy opens is shown by drills alone.")
	}
}

func (b Backup) explainPlaces(s *Section) {
	if len(b.Stores) == 0 {
		s.say("No store is listed, so nothing says how far apart the copies lie.")
		return
	}
	s.say("The vault works at %s.", b.Site)
	for _, x := range b.Stores {
		lock := "can refuse deleting, even by its owner"
		if x.Lock == LockNone {
			lock = "has no lock: whoever has the account can delete"
		}
		s.say("Store %s is at %s, in %s: provider %s, account %s, zone %s. It %s.", x.ID, x.Place, x.Country, x.Provider, x.Account, x.Zone, lock)
	}
	if d := b.Distance.Site; d > 0 {
		s.say("Every store lies at least %d km from there.", d)
	}
	if d := b.Distance.Stores; d > 0 {
		s.say("Any two stores lie at least %d km apart.", d)
	}
	for _, x := range []struct {
		n    int
		what string
	}{{b.Distinct.Accounts, "accounts"}, {b.Distinct.Jurisdictions, "countries"}, {b.Distinct.Providers, "providers"}, {b.Distinct.Zones, "zones"}} {
		if x.n > 1 {
			s.say("The stores are in at least %d different %s.", x.n, x.what)
		}
	}
	if len(b.Allow) > 0 {
		s.say("No store stands outside %s.", series(b.Allow, "and"))
	}
	if len(b.Deny) > 0 {
		s.say("No store stands in %s.", series(b.Deny, "or"))
	}
}

func (b Backup) explainChecks(s *Section) {
	for _, x := range []struct {
		hours int
		what  string
	}{
		{b.Verify.V1, "each store's own checksum of every copy is compared with the signed one"},
		{b.Verify.V2, "samples of every copy are read and compared"},
		{b.Verify.V3, "every byte of every copy is read and compared"},
	} {
		s.say("At least every %s, %s.", clockHours(x.hours), x.what)
	}
	s.say("A drill, in which people really restore, counts for %s.", plural(b.DrillDays, "day", "days"))
}

// clockHours writes hours of the clock as people say them.
func clockHours(h int) string {
	if h >= 48 && h%24 == 0 {
		return fmt.Sprintf("%d days", h/24)
	}
	return plural(h, "hour", "hours")
}
