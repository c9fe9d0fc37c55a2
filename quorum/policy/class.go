package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Class says what an amendment does to a policy, and with that whose seats it
// takes. The zero value is no class and is allowed nothing.
type Class uint8

// The classes, as an amendment's class line names them. Tightening takes
// rights away and gives none. Destination adds one destination or raises its
// cap. Rekey changes one officer's keys, Reanchor the block from which headers
// are checked, and nothing else. Loosening is all the rest. Recovery may change
// anything: it is never computed, only claimed.
const (
	ClassTighten Class = iota + 1
	ClassDestination
	ClassLoosen
	ClassRekey
	ClassRecovery
	ClassReanchor
)

// String returns the name in the text, such as tighten.
func (c Class) String() string {
	return name(int(c), "no class", "tighten", "destination", "loosen", "rekey", "recovery", "reanchor")
}

// ParseClass reads the name of a class.
func ParseClass(s string) (Class, error) { return named("class", ClassReanchor)(s) }

// claims returns what an amendment of this computed class may call itself: the
// class, or one that asks for more. Loosening asks for the most that is within
// the officers' power; recovery has seats of its own.
func (c Class) claims() []Class {
	switch c {
	case ClassTighten, ClassDestination, ClassRekey, ClassReanchor:
		return []Class{c, ClassLoosen, ClassRecovery}
	case ClassLoosen:
		return []Class{ClassLoosen, ClassRecovery}
	}
	return nil
}

// Allows refuses an amendment that claims to be milder than its changes are.
func (d Diff) Allows(claimed Class) error {
	claims := d.Class.claims()
	if len(claims) == 0 {
		return fmt.Errorf("class: want a computed one to compare with, found %s", d.Class)
	}
	if slices.Contains(claims, claimed) {
		return nil
	}
	names := make([]string, len(claims))
	for i, c := range claims {
		names[i] = c.String()
	}
	last := len(names) - 1
	return fmt.Errorf("class: want %s or %s for these changes, found %s", strings.Join(names[:last], ", "), names[last], claimed)
}
