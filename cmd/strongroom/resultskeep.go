package main

import (
	"cmp"
	"strings"
	"time"

	"strongroom/backup"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// ownSecond is the time of a look: not the second of one before it, such as that
// of the repair that came between, which would leave open which was the later.
func ownSecond(dir *durable.Dir, stem string, clock func() time.Time) (time.Time, error) {
	now := clock()
	others, err := alike(dir, stem)
	for _, x := range others {
		if x.Verified.Equal(now.Truncate(time.Second)) {
			time.Sleep(now.Truncate(time.Second).Add(time.Second).Sub(now))
			now = clock()
			break
		}
	}
	return now.UTC().Truncate(time.Second), err
}

// alike returns what is kept of looks at the same copy, asked for the same, by the
// same maker, by name. What is no result is the zero value.
func alike(dir *durable.Dir, stem string) (map[string]backup.Result, error) {
	names, _, err := dir.Names(stem, maxResultFiles) // what is left goes the next time
	if err != nil {
		return nil, err
	}
	out := map[string]backup.Result{}
	for _, name := range names {
		if len(name) != len(stem)+len(text.Hash{}.Short()+".txt") {
			continue
		}
		b, err := dir.ReadFile(name, int64(text.Verification.MaxSize()))
		if missingFile(err) {
			continue // somebody else's look has just replaced it
		}
		if err != nil {
			return nil, err
		}
		x, err := backup.ParseResult(b)
		if err != nil {
			x = backup.Result{}
		}
		out[name] = x
	}
	return out, nil
}

// replaceResult keeps a signed result and lets those go that it comes after: of
// the same copy, asked for the same, by the same maker, no later, and no bad news that
// it does not mend. Whenever it ends, a whole pair is there, also when two look at
// once: both let the same ones go, and the last of all is none of them.
func replaceResult(dir *durable.Dir, s backup.SignedResult) error {
	if err := dir.WriteFile(s.SignatureName(), s.Signature()); err != nil {
		return err
	}
	if err := dir.WriteFile(s.TextName(), s.Bytes()); err != nil {
		return err
	}
	return letGo(dir, s)
}

// letGo removes what a result comes after.
func letGo(dir *durable.Dir, s backup.SignedResult) error {
	others, err := alike(dir, s.Result().Stem())
	if err != nil {
		return err
	}
	for name, x := range others {
		if cmp.Or(x.Compare(s.Result()), strings.Compare(name, s.TextName())) >= 0 || !s.Result().ComesAfter(x) {
			continue
		}
		if err := removeResult(dir, name); err != nil {
			return err
		}
	}
	return nil
}
