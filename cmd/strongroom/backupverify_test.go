package main

import (
	"testing"

	"strongroom/backup"
)

func TestV0WantsALockOnEveryObject(t *testing.T) {
	v := backup.Verification{Level: backup.V0, Flaws: []backup.Flawed{{Object: "header-1", Flaw: backup.Short}, {Object: "payload-1", Flaw: backup.Unlocked}, {Object: "payload-2", Flaw: backup.Unlocked}}}
	err := wantLocked(backup.V0, v)
	if want := "want every object locked, found 2 objects that no lock holds, payload-1 first"; err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	if err := wantLocked(backup.V1, v); err != nil {
		t.Errorf("want V1 to tell of it elsewhere, found %v", err)
	}
	if err := wantLocked(backup.V0, backup.Verification{Flaws: v.Flaws[:1]}); err != nil {
		t.Errorf("want a short lock to be one, found %v", err)
	}
}
