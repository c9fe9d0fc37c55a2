package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"strongroom/backup"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// toldFile says since when some matters are told, for which nobody has a remedy. It
// lies beside the notes about stores, and no store has such a name.
const toldFile = "told.json"

// toldSince reads it; nothing if it cannot be read.
func toldSince(dir *durable.Dir) map[string]string {
	out := map[string]string{}
	if b, err := dir.ReadFile(toldFile, maxTold); err == nil && (json.Unmarshal(b, &out) != nil || out == nil) {
		out = map[string]string{}
	}
	return out
}

// told changes it, if there is something to change, as changeNotes does what is
// remembered of a store.
func (d *desk) told(change func(map[string]string) bool) error {
	return d.inBackup(provenIn, func(dir *durable.Dir) error {
		lock, err := d.lockNotes(dir)
		if err != nil {
			d.world.Warnf("%s is changed without a lock: %v", toldFile, err)
		}
		matters := toldSince(dir)
		if err = nil; change(matters) {
			var b []byte
			if b, err = json.Marshal(matters); err == nil {
				err = dir.WriteFile(toldFile, append(b, '\n'))
			}
		}
		return errors.Join(err, lock.Close())
	})
}

// isNews says whether a matter was not told for toldFor yet. One that is new is told
// from now on. What cannot be noted is always news.
func (d *desk) isNews(matter string) bool {
	news := true
	err := d.told(func(matters map[string]string) bool {
		at, err := time.Parse(time.RFC3339, matters[matter])
		if err == nil {
			news = d.world.Now().Sub(at) < toldFor || notYet(at, d.world.Now())
			return false
		}
		if len(matters) >= maxMatters {
			return false
		}
		matters[matter] = d.stamp()
		return true
	})
	return news || err != nil
}

// mended forgets a matter: if it comes back it is news again.
func (d *desk) mended(matter string) error {
	return d.told(func(matters map[string]string) bool {
		_, had := matters[matter]
		delete(matters, matter)
		return had
	})
}

// closedFor is the sentence about re-wraps whose objects are not in a copy as they must
// be.
func closedFor(list []backup.SignedRewrap) string {
	return fmt.Sprintf("the copy is whole, and whoever came by %s may not open it", rewrapNames(list))
}

// closedIn is what one look found of re-wraps, and what was told for long: whoever has
// a maker's key names headers that nobody ever had, so it does not go on for ever.
func (d *desk) closedIn(s text.ID, c snapshotCopy, v backup.Verification) (news, told []backup.SignedRewrap, err error) {
	closed := c.Closed(v.Flaws)
	return d.closedNow(s, c.AllRewraps(), func(x backup.SignedRewrap) (is, lifted bool) {
		is = among(closed, x)
		return is, !is && v.Level >= backup.V1
	})
}

// closedNow parts the re-wraps of which something is closed in a store into those that
// are news and those that were told for long, and forgets those that are lifted.
func (d *desk) closedNow(store text.ID, all []backup.SignedRewrap, judge func(backup.SignedRewrap) (is, lifted bool)) (news, told []backup.SignedRewrap, err error) {
	for _, x := range all {
		matter := closedMatter(store, x)
		switch is, lifted := judge(x); {
		case lifted:
			err = errors.Join(err, d.mended(matter))
		case !is:
		case d.isNews(matter):
			news = append(news, x)
		default:
			told = append(told, x)
		}
	}
	return news, told, err
}

// closedMatter is how this home notes that what a re-wrap added is no good in a store.
func closedMatter(store text.ID, x backup.SignedRewrap) string {
	return fmt.Sprintf("closed %s %s", store, x.ID().String()[:snapshotDigits])
}

// wantUnclosed wants what re-wraps added in a copy that was looked at. What was told
// for long is told and no more.
func (d *desk) wantUnclosed(s text.ID, c snapshotCopy, v backup.Verification) error {
	news, told, err := d.closedIn(s, c, v)
	if len(told) > 0 {
		d.world.Warnf("store %s: snapshot %d: %s", s, c.Manifest().Number, closedFor(told))
	}
	if len(news) == 0 {
		return err
	}
	return errors.Join(err, fmt.Errorf("%s: %w", closedFor(news), v.Closed))
}

// closedAtEnd says that what the re-wrap added which is followed is not there: then
// nobody misses its page.
func closedAtEnd(v backup.Verification, m backup.Signed) bool {
	made := m.Rewraps()
	return len(made) > 0 && among(m.Closed(v.Flaws), made[len(made)-1])
}

// wantAdded wants what lies beside a copy, or came to it later: the page, and what
// re-wraps added.
func (d *desk) wantAdded(store text.ID, c snapshotCopy, v backup.Verification) error {
	return errors.Join(wantPage(v, c.Signed), d.wantUnclosed(store, c, v))
}

// closedAsTold returns what status says of re-wraps in one store: what looks of this
// home noted, and what the newest signed look at a copy found.
func (d *desk) closedAsTold(s namedStore, in statusInput) (late, told []string, err error) {
	for _, c := range in.promised {
		if !slices.Contains(c.on, s.name) {
			continue
		}
		news, old, bad := d.closedAsNoted(s.name, c, in.signed[s.name][c.id])
		err = errors.Join(err, bad)
		for _, x := range []struct {
			list []backup.SignedRewrap
			to   *[]string
		}{{news, &late}, {old, &told}} {
			if len(x.list) > 0 {
				*x.to = append(*x.to, fmt.Sprintf("snapshot %d: %s", c.Manifest().Number, closedFor(x.list)))
			}
		}
	}
	return late, told, err
}

// closedAsNoted holds the newest signed look at a copy against the notes.
func (d *desk) closedAsNoted(store text.ID, c snapshotCopy, signed backup.Standing) (news, told []backup.SignedRewrap, err error) {
	all := c.AllRewraps()
	if len(all) == 0 {
		return nil, nil, nil
	}
	last := signed.Shipped.Result()
	for _, s := range signed.Reached {
		if x := s.Result(); x.Level >= backup.V1 && x.Verified.After(last.Verified) {
			last = x
		}
	}
	found := c.Closed(last.Flaws)
	var noted map[string]string
	err = d.told(func(matters map[string]string) bool { noted = matters; return false })
	news, told, wrong := d.closedNow(store, all, func(x backup.SignedRewrap) (is, lifted bool) {
		at, none := time.Parse(time.RFC3339, noted[closedMatter(store, x)])
		is = among(found, x)
		return is || none == nil, none == nil && !is && liftsClosed(last, at)
	})
	return news, told, errors.Join(err, wrong)
}

// liftsClosed says whether a look that does not name a re-wrap's objects found them right
// after a time: not where it found more than it names.
func liftsClosed(last backup.Result, at time.Time) bool {
	return last.Verified.After(at) && last.Count == len(last.Flaws)
}
