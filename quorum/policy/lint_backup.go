package policy

import (
	"slices"

	"strongroom/quorum/text"
)

// timerHours is how often the timer that comes with the program makes a
// snapshot, in hours.
const timerHours = 24

// backup judges annex backup, where the policy names one.
func (l *linter) backup(a Annexes) {
	if _, named := l.policy.Annex(annexBackup); !named {
		return
	}
	if _, here := a[annexBackup]; !here {
		l.warn(LintBackup, "annex backup: want its text, found none, so what it says is not assessed")
		return
	}
	b, err := l.policy.Backup(a)
	if err != nil {
		l.bad(LintBackup, "%v", err)
		return
	}
	l.copies(b)
	l.openers(b)
}

// copies wants more than one copy, kept from deleting, and times that hold
// together.
func (l *linter) copies(b Backup) {
	locked := 0
	for _, s := range b.Stores {
		if s.Lock == LockCompliance {
			locked++
		}
	}
	if b.Copies < 2 {
		l.warn(LintBackup, "copies: want 2 or more, found %d", b.Copies)
	}
	if locked < b.Copies {
		l.warn(LintBackup, "store: want as many with lock %s as copies, %d, found %d, so whoever has the accounts deletes every copy that a run asks for", LockCompliance, b.Copies, locked)
	}
	if b.RPOHours < timerHours {
		l.warn(LintBackup, "rpo: want %d or more, as often as the timer makes a snapshot unless it is set to more, found %d", timerHours, b.RPOHours)
	}
	if b.Verify.V1 > b.Verify.V3 {
		l.warn(LintBackup, "verify: want V1 at least as often as V3, found every %d and every %d hours", b.Verify.V1, b.Verify.V3)
	}
}

// openers wants two people for opening a snapshot, a second one in each layer
// for when the first is gone, and a maker who opens nothing.
func (l *linter) openers(b Backup) {
	inner := len(b.Layer(2)) > 0
	if who := openersOf(b.Layer(1)); !inner {
		l.warn(LintOpener, "recipient: want two layers, so that nobody opens a snapshot alone, found one, which %s can open alone", series(who, "or"))
	}
	for layer := 1; layer <= 2; layer++ {
		if who := openersOf(b.Layer(layer)); len(who) == 1 {
			l.warn(LintBackup, "recipient: want 2 officers or more in layer %d, so that nothing is lost with one, found %s", layer, who[0])
		}
	}
	l.closed(b, "maker", b.Makers)
	l.closed(b, "verifier", b.Verifiers)
}

// closed wants keys that open nothing.
func (l *linter) closed(b Backup, role string, who []BackupMaker) {
	for _, m := range who {
		i := slices.IndexFunc(b.Recipients, func(r BackupRecipient) bool { return r.Key == m.Key })
		if i >= 0 {
			l.warn(LintBackup, "%s %s: want a key that opens nothing, found one that is a recipient of %s", role, m.ID, b.Recipients[i].Officer)
		}
	}
}

// openersOf returns the officers of some recipients, each once.
func openersOf(list []BackupRecipient) []text.ID {
	var who []text.ID
	for _, r := range list {
		if !slices.Contains(who, r.Officer) {
			who = append(who, r.Officer)
		}
	}
	slices.Sort(who)
	return who
}
