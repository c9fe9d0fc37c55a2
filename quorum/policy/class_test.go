package policy

import (
	"testing"
)

func TestClassesAreNamedAsTheTextNamesThem(t *testing.T) {
	want := []string{"tighten", "destination", "loosen", "rekey", "recovery", "reanchor"}
	for i, name := range want {
		c, err := ParseClass(name)
		if err != nil || c != Class(i+1) || c.String() != name {
			t.Errorf("want %s, found %s, %v", name, c, err)
		}
	}
	for _, bad := range []string{"", "no class", "Tighten", "thaw"} {
		c, err := ParseClass(bad)
		text := `want one class of tighten, destination, loosen, rekey, recovery, reanchor, found "` + bad + `"`
		if err == nil || err.Error() != text || c != 0 {
			t.Errorf("want %s\nfound %s, %v", text, c, err)
		}
	}
}

// A claim may ask for more than the changes do, never for less.
func TestClaimIsNeverMilderThanTheChanges(t *testing.T) {
	const (
		tighten  = "class: want tighten, loosen or recovery for these changes, found "
		payee    = "class: want destination, loosen or recovery for these changes, found "
		loosen   = "class: want loosen or recovery for these changes, found "
		rekey    = "class: want rekey, loosen or recovery for these changes, found "
		reanchor = "class: want reanchor, loosen or recovery for these changes, found "
	)
	refusals := map[Class]struct {
		text    string
		allowed []Class
	}{
		ClassTighten:     {tighten, []Class{ClassTighten, ClassLoosen, ClassRecovery}},
		ClassDestination: {payee, []Class{ClassDestination, ClassLoosen, ClassRecovery}},
		ClassLoosen:      {loosen, []Class{ClassLoosen, ClassRecovery}},
		ClassRekey:       {rekey, []Class{ClassRekey, ClassLoosen, ClassRecovery}},
		ClassReanchor:    {reanchor, []Class{ClassReanchor, ClassLoosen, ClassRecovery}},
	}
	for computed, r := range refusals {
		allowed := map[Class]bool{}
		for _, c := range r.allowed {
			allowed[c] = true
		}
		for claimed := Class(0); claimed <= ClassReanchor+1; claimed++ {
			err := Diff{Class: computed}.Allows(claimed)
			if allowed[claimed] != (err == nil) || err != nil && err.Error() != r.text+claimed.String() {
				t.Errorf("computed %s, claimed %s: found %v", computed, claimed, err)
			}
		}
	}
	for claimed := Class(0); claimed <= ClassReanchor; claimed++ {
		for _, d := range []Diff{{}, {Class: ClassRecovery}} {
			want := "class: want a computed one to compare with, found " + d.Class.String()
			if err := d.Allows(claimed); err == nil || err.Error() != want {
				t.Errorf("want %s, found %v", want, err)
			}
		}
	}
}
