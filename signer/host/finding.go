package host

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Status is what an assessment found. The zero Status is Unknown.
type Status uint8

// An unknown finding is never a pass: what cannot be seen may be anything.
const (
	Unknown Status = iota
	Pass
	Fail
)

// String returns "unknown", "pass" or "fail".
func (s Status) String() string {
	switch s {
	case Pass:
		return "pass"
	case Fail:
		return "fail"
	}
	return "unknown"
}

// MarshalText writes what String returns.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is one fact about the workstation. Names are stable and never used
// for something else.
type Finding struct {
	Name     string `json:"name"`
	Status   Status `json:"status"`
	Demanded bool   `json:"demanded"` // keys stay shut unless it passes or is waived
	Why      string `json:"why"`      // what goes wrong otherwise
	Found    string `json:"found"`
	Fix      string `json:"fix"`
}

// Facts is what no file tells. The zero Facts makes every finding unknown.
type Facts struct {
	System    string // as the Go runtime names it: linux
	User      int    // the effective user id
	Dumpable  bool   // whether the process can leave a core dump
	CoreLimit uint64 // the size that a core file may have, in bytes
	Home      string // the signer's home, absolute and without links; "" if none is named
}

// check is one finding to be made. Its judge looks at the machine.
type check struct {
	name     string
	demanded bool
	why      string
	fix      string
	judge    func(machine) verdict
}

// verdict is what a judge says.
type verdict struct {
	status Status
	found  string
}

func pass(format string, args ...any) verdict { return verdict{Pass, fmt.Sprintf(format, args...)} }
func fail(format string, args ...any) verdict { return verdict{Fail, fmt.Sprintf(format, args...)} }
func unknown(format string, args ...any) verdict {
	return verdict{Unknown, fmt.Sprintf(format, args...)}
}

// unread is the verdict on a file that could not be read.
func unread(err error) verdict { return unknown("%v", err) }

// Assess looks at a machine through its file tree, rooted at /, and returns one
// finding for each check, sorted by name. It changes nothing and decides
// nothing else: Unfit says what must not be. now is the machine's own clock.
func Assess(root fs.FS, facts Facts, now time.Time) []Finding {
	m := machine{root: root, facts: facts, now: now}
	var findings []Finding
	for _, c := range checks() {
		v := unknown("cannot assess here: want linux, found %s", orNone(facts.System))
		if facts.System == "linux" {
			v = c.judge(m)
		}
		findings = append(findings, Finding{c.name, v.status, c.demanded, c.why, v.found, c.fix})
	}
	slices.SortFunc(findings, func(a, b Finding) int { return strings.Compare(a.Name, b.Name) })
	return findings
}

// SumFindings is the SHA-256 of findings written a line each: name, status and what
// was found.
//
//	swap pass none
func SumFindings(findings []Finding) [sha256.Size]byte {
	h := sha256.New()
	for _, f := range findings {
		fmt.Fprintf(h, "%s %s %s\n", f.Name, f.Status, f.Found)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// Unfit lists the demanded findings that did not pass and that nobody waived:
// while there is one, keys stay shut.
func Unfit(findings []Finding, waived []string) []Finding {
	var unfit []Finding
	for _, f := range findings {
		if f.Demanded && f.Status != Pass && !slices.Contains(waived, f.Name) {
			unfit = append(unfit, f)
		}
	}
	return unfit
}

// CheckWaivers refuses the name of a finding that does not exist: a waiver
// that is misspelt would otherwise be found at the wrong moment.
func CheckWaivers(waived []string) error {
	for _, name := range waived {
		if !slices.ContainsFunc(checks(), func(c check) bool { return c.name == name }) {
			return fmt.Errorf("waiver: want the name of a finding, found %q", name)
		}
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
