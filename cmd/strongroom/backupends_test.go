package main

import (
	"errors"
	"fmt"
	"testing"

	"filippo.io/age"

	"strongroom/backup"
)

// What these keys do not open of one copy keeps nobody from looking at the others; a
// mistyped passphrase does.
func TestWhatTheKeysDoNotOpenEndsALookOrNot(t *testing.T) {
	unopened := func(err error) error {
		return fmt.Errorf("verify: %w", backup.Unopened{Err: fmt.Errorf("payload-1: %w", err)})
	}
	for _, c := range []struct {
		name         string
		err          error
		fault        bool
		several, one bool
	}{
		{"a header for others", unopened(&age.NoIdentityMatchError{}), true, true, false},
		{"a re-wrap of another key", unopened(backup.ErrDisputed), true, true, true},
		{"a mistyped passphrase", unopened(errors.New("incorrect passphrase")), true, false, false},
		{"a copy that is bad", fmt.Errorf("verify: %w", backup.ErrContent), false, false, false},
	} {
		if found := faultOf(c.err) != nil; found != c.fault {
			t.Errorf("%s: want a fault of the keys %t, found %t", c.name, c.fault, found)
		}
		if several, one := looksOn(c.err, false), looksOn(c.err, true); several != c.several || one != c.one {
			t.Errorf("%s: want a look to go on %t, with one snapshot %t, found %t, %t", c.name, c.several, c.one, several, one)
		}
	}
	if err := faultOf(unopened(backup.ErrDisputed)); !errors.Is(err, backup.ErrDisputed) {
		t.Errorf("want it told as it is, found %v", err)
	}
}
