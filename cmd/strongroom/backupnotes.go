package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"strongroom/backup"
	"strongroom/backup/secrets"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// storeNotes are what this machine remembers of one store: reminders, signed by
// nobody. They are changed by changeNotes only.
type storeNotes struct {
	Proven map[string]provenNote `json:"proven"` // by level: the last time that it was reached
	Sent   speedNote             `json:"sent"`
	Probe  probeNote             `json:"probe"`
	Keys   keysNote              `json:"keys"`
	Sight  sightNote             `json:"sight"`
	Read   readNote              `json:"read"`            // the last time that a run read all of a copy
	Begun  []uint64              `json:"begun,omitempty"` // snapshots that were sent there and did not become good yet
	Anew   uint64                `json:"anew,omitempty"`  // the one of which pieces were sealed anew because of this store, until a copy in it is good
	Bad    []badNote             `json:"bad,omitempty"`
	// BadSince says since when a bad copy is told, by the first digits of its
	// manifest's hash.
	BadSince map[string]string `json:"bad_since,omitempty"`
}

// readNote remembers that a run read a whole copy.
type readNote struct {
	Snapshot uint64 `json:"snapshot,omitempty"`
	At       string `json:"at,omitempty"`
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
	n.Proven = map[string]provenNote{}
	_ = d.inBackup(provenIn, func(dir *durable.Dir) error { // without the folder nothing is remembered
		n = readNotes(dir, store)
		return nil
	})
	return n
}

// readNotes is notes in their folder.
func readNotes(dir *durable.Dir, store text.ID) (n storeNotes) {
	b, err := dir.ReadFile(string(store), maxProven)
	if err != nil || json.Unmarshal(b, &n) != nil {
		n = storeNotes{}
	}
	if n.Proven == nil {
		n.Proven = map[string]provenNote{}
	}
	return n
}

// changeNotes changes what is remembered of a store. Whoever does so meanwhile, such as
// a status during a run, waits: for a moment, since nothing else is done under this
// lock, no other is taken and no other notes are changed. Where the lock cannot be had,
// as somebody was stopped in the middle or another user made it, that is told, and
// the change is made all the same: at stake is a reminder.
func (d *desk) changeNotes(store text.ID, change func(*storeNotes)) error {
	return d.inBackup(provenIn, func(dir *durable.Dir) error {
		lock, err := d.lockNotes(dir)
		if err != nil {
			d.world.Warnf("store %s: its notes are changed without a lock: %v", store, err)
		}
		n := readNotes(dir, store)
		before, err := json.Marshal(n)
		change(&n)
		after, wrong := json.Marshal(n)
		if err = errors.Join(err, wrong); err == nil && !bytes.Equal(before, after) {
			err = dir.WriteFile(string(store), append(after, '\n'))
		}
		return errors.Join(err, lock.Close())
	})
}

// lockNotes takes the lock of the notes, and waits a little for whoever has it.
func (d *desk) lockNotes(dir *durable.Dir) (lock *durable.Lock, err error) {
	for waited := time.Duration(0); ; waited += notesTick {
		if lock, err = dir.Lock(); !errors.Is(err, durable.ErrLocked) || waited >= d.world.Patience(notesTime) {
			return lock, err
		}
		time.Sleep(notesTick)
	}
}

// noteProven notes the verification of one copy, unless that level was reached
// for a newer snapshot.
func (d *desk) noteProven(store text.ID, snapshot uint64, v backup.Verification) error {
	return d.changeNotes(store, func(n *storeNotes) { n.prove(snapshot, v, d.stamp()) })
}

// prove is noteProven at a time. V4 compared the checksums too.
func (n *storeNotes) prove(snapshot uint64, v backup.Verification, at string) {
	levels := []backup.Level{v.Level}
	if v.Level == backup.V4 {
		levels = append(levels, backup.V1)
	}
	for _, l := range levels {
		if n.Proven[l.String()].Snapshot <= snapshot {
			n.Proven[l.String()] = provenNote{snapshot, at, speedNote{v.Bytes, v.Took.Seconds()}}
		}
	}
	if v.Level == backup.V3 {
		n.ended(snapshot)
	}
}

// noteCopy notes a copy that a run made: how well it is known, and how long the
// bytes took that were sent.
func (d *desk) noteCopy(store text.ID, snapshot uint64, o backup.Outcome) error {
	took := o.Verification.Took
	o.Verification.Took = 0 // most of it went into sending
	return d.changeNotes(store, func(n *storeNotes) {
		n.ended(snapshot)
		n.Anew = 0
		if o.Verification.Level == backup.V3 {
			n.Read = readNote{snapshot, d.stamp()}
		}
		n.prove(snapshot, o.Verification, d.stamp())
		if o.Sent >= leastMeasured {
			n.Sent = speedNote{o.Sent, took.Seconds()}
		}
	})
}

// noteBegun notes a snapshot before it goes to stores: until a copy is good, what came of
// it may not have been read back. Of more than maxBegun the oldest are forgotten.
func (d *desk) noteBegun(snapshot uint64, stores []namedStore) (err error) {
	for _, s := range stores {
		if s.err != nil {
			continue
		}
		err = errors.Join(err, d.changeNotes(s.name, func(n *storeNotes) {
			n.ended(snapshot)
			n.Begun = append(n.Begun, snapshot)
			slices.Sort(n.Begun)
			n.Begun = n.Begun[max(0, len(n.Begun)-maxBegun):]
		}))
	}
	return err
}

// noteEnded notes that a copy that was begun is good.
func (d *desk) noteEnded(store text.ID, snapshot uint64) error {
	return d.changeNotes(store, func(n *storeNotes) { n.ended(snapshot) })
}

func (n *storeNotes) ended(snapshot uint64) {
	n.Begun = slices.DeleteFunc(n.Begun, func(b uint64) bool { return b == snapshot })
}

// doubt notes because of which stores pieces of a snapshot are sealed anew.
func (d *desk) doubt(m backup.Manifest, outcomes []backup.Outcome) (err error) {
	for _, o := range outcomes {
		if len(m.LostSegments([]backup.Outcome{o})) > 0 {
			err = errors.Join(err, d.changeNotes(o.Target, func(n *storeNotes) { n.Anew = cmp.Or(n.Anew, m.Number) }))
		}
	}
	return err
}

// believed leaves out the stores because of which something was sealed anew and in which
// nothing was good since, as long as there is another: a disk that spoils all that it
// gets would have the others pay in every run. That is told.
func (d *desk) believed(outcomes []backup.Outcome) []backup.Outcome {
	var out []backup.Outcome
	var doubted []string
	for _, o := range outcomes {
		n := d.notes(o.Target)
		if n.Anew == 0 {
			out = append(out, o)
		} else if len(o.Lost()) > 0 {
			doubted = append(doubted, fmt.Sprintf("store %s: pieces were sealed anew because of it in snapshot %d, and no copy there was good since: nothing more is sealed anew for it while others have it; repair it, and throw its disk away if that does not help", o.Target, n.Anew))
		}
	}
	if len(out) == 0 {
		return outcomes
	}
	for _, s := range doubted {
		d.world.Warnf("%s", s)
	}
	return out
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
	since := d.world.Now()
	err = d.changeNotes(store, func(n *storeNotes) {
		if at, err := time.Parse(time.RFC3339, n.Keys.Since); err == nil && n.Keys.Sum == sum {
			since = at
			return
		}
		n.Keys = keysNote{sum, d.stamp()}
	})
	return since, err
}
