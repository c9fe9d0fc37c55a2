package main

import (
	"errors"
	"io"
	"testing"

	"strongroom/cmd/internal/cli"
)

// Each line of what is late has its own help, also where nothing else is late.
func TestACrowdOfResultsIsToldWithItsHelp(t *testing.T) {
	const crowd = "backup/verified: too many"
	d := notingDesk(t, io.Discard)
	r, err := d.report(t.Context(), nil, statusInput{now: d.world.Now(), crowded: []string{crowd}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Late) != len(r.helps) {
		t.Errorf("want a help for each of %q, found %q", r.Late, r.helps)
	}
	r.Late, r.helps = r.Late[:len(r.Late)-1], r.helps[:len(r.helps)-1] // as in a home that held a drill
	wantRefusal(t, r.verdict(), crowd, "BAK-LATE", false)
	if x := (cli.Refusal{}); !errors.As(r.verdict(), &x) || x.Hint != helpCrowded {
		t.Errorf("hint: want %q, found %q", helpCrowded, x.Hint)
	}
}
