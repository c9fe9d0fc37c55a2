package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// replayedLog is one signer's log, proven by its checkpoint.
type replayedLog struct {
	Device   text.ID
	Verifier auditlog.Verifier
	Proven   *auditlog.Proven
	Records  []record.Record
	State    *record.State // after the last record that holds
	Broken   error         // why the last of Records contradicts those before it

	entries [][]byte
	sizes   map[text.Hash]int64 // how long the log was when the file of its entries had a hash
}

// readLogs proves the log of every signer that any version of the policy names.
// The versions come out of the logs, so it goes on until no log names a new one.
func (r *replay) readLogs() error {
	known := []*policy.Policy{r.policy}
	seen := map[text.Hash]bool{r.policy.Hash(): true}
	for i := 0; i < len(known); i++ {
		for _, d := range known[i].Devices {
			if err := r.readDevice(d); err != nil {
				return err
			}
		}
		for _, h := range r.adoptedPolicies() {
			if p, err := policyText(r.archive.reg, h); !seen[h] && err == nil {
				known = append(known, p)
			}
			seen[h] = true
		}
	}
	return nil
}

// adoptedPolicies returns the policies that the logs read so far name.
func (r *replay) adoptedPolicies() []text.Hash {
	var out []text.Hash
	for _, l := range r.logs {
		for _, a := range l.State.Adoptions() {
			out = append(out, a.Policy)
		}
	}
	return out
}

// readDevice proves one signer's log against the key that a policy names, unless
// that was done before.
func (r *replay) readDevice(d policy.Device) error {
	v, err := auditlog.ParseVerifier(d.Verifier)
	if err != nil {
		return fmt.Errorf("signer %s: %w", d.ID, err)
	}
	if r.tried[d] {
		return nil
	}
	r.tried[d] = true
	if r.log(d.ID) != nil {
		r.note("%s: a later policy gives it another log key; only the log under the first one was read", d.ID)
		return nil
	}
	proven, _, _, err := r.archive.reg.Log(v, d.ID)
	if errors.Is(err, fs.ErrNotExist) {
		r.find(string(d.ID), false, quorum.Because(quorum.LimUnproven, "log: want the log of every signer, found none of %s", d.ID))
		return nil
	}
	if err != nil {
		r.find(string(d.ID), false, quorum.ReasonOf(err, quorum.StateCorrupt))
		return nil
	}
	r.readForks(v, d.ID)
	r.readLog(&replayedLog{Device: d.ID, Verifier: v, Proven: proven, State: record.NewState(r.policy.Network), entries: proven.Entries()})
	return nil
}

// readForks finds second histories that the signer's own key signed.
func (r *replay) readForks(v auditlog.Verifier, device text.ID) {
	forks, err := r.archive.reg.Forks(v, device)
	if err != nil {
		r.find(string(device), false, quorum.ReasonOf(err, quorum.StateCorrupt))
	}
	for _, f := range forks {
		c := f.Checkpoint()
		r.find(string(device), true, quorum.Because(quorum.StateFork, "log: want one history, found a second one, also signed, of %d records with root %s", c.Size, c.Root))
	}
}

// readLog reads the records, up to the first that cannot be read or that
// contradicts those before it. Such a record is an alarm: the signer's own program
// writes none.
func (r *replay) readLog(l *replayedLog) {
	for i, entry := range l.entries {
		rec, err := record.Parse(entry, r.policy.Network)
		if err != nil {
			r.find(fmt.Sprintf("%s record %d", l.Device, i), true, quorum.Because(quorum.StateCorrupt, "log: want a record that can be read, found one that cannot: %v", err))
			break
		}
		l.Records = append(l.Records, rec)
		if l.Broken = l.State.Apply(rec); l.Broken != nil {
			r.find(l.where(i), true, quorum.Because(quorum.StateCorrupt, "log: want a record that may follow those before it, found one that may not: %v", l.Broken))
			break
		}
	}
	if g, ok := l.State.Genesis(); !ok || g.Policy != r.archive.charter.Genesis() {
		r.find(string(l.Device), false, quorum.Because(quorum.PolGenesis, "log: want a signer that trusts policy %s, found one that does not", r.archive.charter.Genesis().Short()))
	}
	l.measure()
	r.logs = append(r.logs, l)
	r.readRefused(l)
}

// where names a record for people.
func (l *replayedLog) where(i int) string { return fmt.Sprintf("%s record %d", l.Device, i) }

// measure finds the hash that the file of entries had at each size of the log. It
// is a row of lengths and entries, so one pass gives them all.
func (l *replayedLog) measure() {
	l.sizes = make(map[text.Hash]int64, len(l.entries)+1)
	h := sha256.New()
	for n := range len(l.entries) + 1 {
		l.sizes[text.Hash(h.Sum(nil))] = int64(n)
		if n < len(l.entries) {
			h.Write(auditlog.EncodeEntries(l.entries[n : n+1]))
		}
	}
}

func (r *replay) readRefused(l *replayedLog) {
	for _, rec := range l.Records {
		switch b := rec.Body.(type) {
		case record.Refused:
			r.Refused = append(r.Refused, replayedRefusal{l.Device, rec.Seq, rec.Tip, b.ID, b.Codes})
		case record.Quarantine:
			r.note("%s: the signer stopped itself by %s", l.where(int(rec.Seq)), list(b.Codes))
		}
	}
}

// log returns a signer's log, nil when it could not be read.
func (r *replay) log(device text.ID) *replayedLog {
	i := slices.IndexFunc(r.logs, func(l *replayedLog) bool { return l.Device == device })
	if i < 0 {
		return nil
	}
	return r.logs[i]
}
