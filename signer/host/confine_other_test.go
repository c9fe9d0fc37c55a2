//go:build !linux

package host

import (
	"fmt"
	"testing"
)

func runChild(job, _ string) error { return fmt.Errorf("unknown job %q", job) }

func TestNothingIsClaimedHere(t *testing.T) {
	for _, m := range Confine(Places{}) {
		if m.Held {
			t.Errorf("%s: want it not held, found %s", m.Name, m.Found)
		}
	}
}
