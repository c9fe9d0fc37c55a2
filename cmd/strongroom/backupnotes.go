package main

import (
	"encoding/json"
	"time"

	"strongroom/backup"
	"strongroom/backup/secrets"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// storeNotes are what this machine remembers of one store: reminders, signed by
// nobody.
type storeNotes struct {
	Proven map[string]provenNote `json:"proven"` // by level: the last time that it was reached
	Sent   speedNote             `json:"sent"`
	Probe  probeNote             `json:"probe"`
	Keys   keysNote              `json:"keys"`
	Sight  sightNote             `json:"sight"`
}

// keysNote remembers when a pair of keys was first seen, by a hash of its public
// half.
type keysNote struct {
	Sum   string `json:"sum,omitempty"`
	Since string `json:"since,omitempty"`
}

// provenNote remembers a verification.
type provenNote struct {
	Snapshot uint64 `json:"snapshot"`
	At       string `json:"at"`
	speedNote
}

// speedNote is how long so many bytes took.
type speedNote struct {
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"`
}

// least bytes that tell something of a speed.
func (s speedNote) perSecond() float64 {
	if s.Bytes < leastMeasured || s.Seconds <= 0 {
		return 0
	}
	return float64(s.Bytes) / s.Seconds
}

// probeNote remembers the last probe.
type probeNote struct {
	At       string `json:"at"`
	Good     bool   `json:"good"`
	Sentence string `json:"sentence,omitempty"`
}

// notes returns what is remembered of a store; nothing if it cannot be read.
func (d *desk) notes(store text.ID) (n storeNotes) {
	err := d.inBackup(provenIn, func(dir *durable.Dir) error {
		b, err := dir.ReadFile(string(store), maxProven)
		if err != nil {
			return err
		}
		return json.Unmarshal(b, &n)
	})
	if err != nil {
		n = storeNotes{}
	}
	if n.Proven == nil {
		n.Proven = map[string]provenNote{}
	}
	return n
}

func (d *desk) keepNotes(store text.ID, n storeNotes) error {
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return d.inBackup(provenIn, func(dir *durable.Dir) error { return dir.WriteFile(string(store), append(b, '\n')) })
}

// noteProven notes the verification of one copy, unless that level was reached
// for a newer snapshot. V4 compared the checksums too.
func (d *desk) noteProven(store text.ID, snapshot uint64, v backup.Verification) error {
	n := d.notes(store)
	levels := []backup.Level{v.Level}
	if v.Level == backup.V4 {
		levels = append(levels, backup.V1)
	}
	for _, l := range levels {
		if n.Proven[l.String()].Snapshot <= snapshot {
			n.Proven[l.String()] = provenNote{snapshot, d.stamp(), speedNote{v.Bytes, v.Took.Seconds()}}
		}
	}
	return d.keepNotes(store, n)
}

// noteCopy notes a copy that a run made: how well it is known, and how long the
// bytes took that were sent.
func (d *desk) noteCopy(store text.ID, snapshot uint64, o backup.Outcome) error {
	took := o.Verification.Took
	o.Verification.Took = 0 // most of it went into sending
	if err := d.noteProven(store, snapshot, o.Verification); err != nil || o.Sent < leastMeasured {
		return err
	}
	n := d.notes(store)
	n.Sent = speedNote{o.Sent, took.Seconds()}
	return d.keepNotes(store, n)
}

func (d *desk) stamp() string { return d.world.Now().UTC().Format(time.RFC3339) }

// issued returns since when a store's credentials are known here, and erases
// them.
func (d *desk) issued(store text.ID, c secrets.Credentials) (time.Time, error) {
	defer c.Erase()
	access, err := c.Access.Reveal()
	if err != nil {
		return time.Time{}, err
	}
	sum := text.Identity([]byte(access)).Short()
	n := d.notes(store)
	if since, err := time.Parse(time.RFC3339, n.Keys.Since); err == nil && n.Keys.Sum == sum {
		return since, nil
	}
	n.Keys = keysNote{sum, d.stamp()}
	return d.world.Now(), d.keepNotes(store, n)
}
