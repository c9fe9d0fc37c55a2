package main

import (
	"cmp"
	"fmt"
	"time"

	"strongroom/backup"
	"strongroom/custody/durable"
)

// dropSuperseded removes results that a later one of the same copy, asked for the same,
// by the same maker comes after, and returns the others. They are gone where they were
// written; whoever copies results from there to here has them yet. One that cannot be
// removed is returned with the others, and the error is the first of those.
func dropSuperseded(dir *durable.Dir, list []backup.SignedResult, now time.Time) (out []backup.SignedResult, stays error) {
	newest, bad := map[string]backup.Result{}, map[string]backup.Result{}
	for _, s := range list {
		x := s.Result()
		if notYet(x.Verified, now) {
			continue
		}
		if x.Verified.After(newest[x.Stem()].Verified) {
			newest[x.Stem()] = x
		}
		if x.Level == 0 && x.Verified.After(bad[x.Stem()].Verified) {
			bad[x.Stem()] = x
		}
	}
	over := func(x, by backup.Result) bool { return x.Verified.Before(by.Verified) && by.ComesAfter(x) }
	for _, s := range list {
		x := s.Result()
		if over(x, newest[x.Stem()]) || over(x, bad[x.Stem()]) {
			err := removeResult(dir, s.TextName())
			if err == nil {
				continue
			}
			stays = cmp.Or(stays, err)
		}
		out = append(out, s)
	}
	return out, stays
}

// removeResult removes a result, then its signature: whenever it ends, no text is left
// that nobody signed.
func removeResult(dir *durable.Dir, name string) error {
	for _, name := range []string{name, backup.ResultSignatureName(name)} {
		if err := dir.Remove(name); err != nil && !missingFile(err) {
			return err
		}
	}
	return nil
}

// crowded says that results lie in this home that nobody reads, since there are too
// many files beside them.
func (d *desk) crowded() (late []string, err error) {
	err = d.inBackup(resultsIn, func(dir *durable.Dir) error {
		_, all, err := dir.Names("", maxResultFiles)
		if err == nil && !all {
			late = append(late, fmt.Sprintf("%s/%s: want at most %d files, found more, and those are not read: remove what no snapshot of this home is about", backupIn, resultsIn, maxResultFiles))
		}
		return err
	})
	return late, err
}
