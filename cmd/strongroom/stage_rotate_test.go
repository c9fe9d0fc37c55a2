package main

import (
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// rotateCommands are those of scripts in which keys are replaced.
func (s *stage) rotateCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"enrolls": plain(s.enrolls),
		"wiped":   plain(s.wiped),
		"take":    plain(take),
		"touches": plain(func(_ *testscript.TestScript, args []string) { s.v.Officers[text.ID(args[0])].Keys[0].Counter++ }), // hardware counts
	}
}

// enrolls SIGNER DIR WALLET OUT lets a signer take a wallet of a bundle, and
// writes its log.
func (s *stage) enrolls(ts *testscript.TestScript, args []string) {
	b, reasons := quorum.ReadBundle(readBundle(ts, args[1]))
	if len(reasons) == 0 {
		var err error
		reasons, err = s.v.Signer(text.ID(args[0])).Machine.Enroll(s.v.Session("frank"), b, text.ID(args[2]))
		ts.Check(err)
	}
	if len(reasons) > 0 {
		ts.Fatalf("%v", reasons)
	}
	s.writeLog(ts, []string{args[0], args[3]})
}

// wiped SIGNER OUT has a signer record that its own home is wiped, and writes
// its log.
func (s *stage) wiped(ts *testscript.TestScript, args []string) {
	w := record.Wiped{Medium: "disk, Acme D2, serial 9", Held: "home of " + args[0], Method: record.Purge, Tool: "nvme format -s 1", Verified: "read back as zeros", Destination: "shelf", By: []text.ID{"bob", "dave"}}
	ts.Check(s.v.Signer(text.ID(args[0])).Machine.WipedHome(s.v.Session("frank"), w))
	s.writeLog(ts, args)
}

// take NAME PATTERN sets $NAME to what the first group of a pattern matches in
// the last output.
func take(ts *testscript.TestScript, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		ts.Fatalf("stdout: want a match of %q, found none", args[1])
	}
	ts.Setenv(args[0], m[1])
}
