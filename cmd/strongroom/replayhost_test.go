package main

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// What was found wrong with a machine stays in its log, and whoever replays it
// sees it, sessions in which nobody looked included.
func TestReplayTellsOfUnfitWorkstations(t *testing.T) {
	s := newScene(t)
	s.release(s.v.Order())
	s.v.Assessed = record.Assessed{Findings: text.Identity([]byte("found")), Points: 3, Lacks: []record.Lack{{Finding: "disk-encryption", Failed: true}, {Finding: "swap"}}}
	s.v.Integrity = record.Integrity{Root: text.Identity([]byte("baseline")), Changed: 2}
	s.must(s.v.Signer("signer-a").Release(nil).Err) // refused, which is a session too
	s.keepLogs()
	r, err := s.verify(s.v.Genesis)
	if err != nil || len(r.Findings) != 0 {
		t.Fatalf("want no findings, found %v %v", err, r.Findings)
	}
	want := workstation{Signer: "signer-a", Sessions: 2, Assessed: 1, Lacks: []hostLack{{"disk-encryption", "fail", 1, 11}, {"integrity", "fail", 1, 12}, {"swap", "unknown", 1, 11}}}
	all := r.workstations()
	if len(all) != 3 || !reflect.DeepEqual(all[0], want) {
		t.Fatalf("want\n%+v\nfound\n%+v", want, all)
	}
	w := s.world()
	r.print(w, s.v.Genesis, nil)
	screen := w.Out.(*bytes.Buffer).String()
	for _, line := range []string{"signer-a     not looked at    unknown", "signer-a     disk-encryption  fail", "signer-a     integrity        fail"} {
		if !strings.Contains(screen, line) {
			t.Errorf("screen: want %q, found\n%s", line, screen)
		}
	}
	if got := s.kit(); got != 0 {
		t.Errorf("kit: want exit status 0, found %d", got)
	}
}
