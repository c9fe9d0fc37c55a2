// Command report reads `go test -json` and prints what a person needs: one
// line a package, the whole output of what failed, every skip with its reason,
// and the counts last. Skips are the point: a test that skips because a tool
// or the public vectors are missing must not look like a pass in CI.
//
//	go test -json ./... | report [-strict] [-allow FILE] [-later WORDS]
//
// With -strict a skip that FILE does not allow is a failure. FILE has one
// skip a line, PACKAGE TEST REASON; what begins with # is a comment. A skip
// whose reason ends with WORDS is another run's business: it is only counted.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	strict := flag.Bool("strict", false, "a skip that is not allowed fails the run")
	allow := flag.String("allow", "", "the `FILE` of skips that are allowed")
	later := flag.String("later", "", "`WORDS` of a skip that another run makes up for")
	flag.Parse()
	allowed, err := readAllowed(*allow)
	if err != nil {
		fmt.Fprintln(os.Stderr, "report: error:", err)
		os.Exit(1)
	}
	run, err := read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "report: error:", err)
		os.Exit(1)
	}
	run.put(os.Stdout, *later)
	if !run.conclude(os.Stdout, *strict, allowed) {
		os.Exit(1)
	}
}

// event is one line of test2json; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
	Elapsed    float64
}

// run is what the events add up to.
type run struct {
	passed, failed int
	broken         []string // packages that failed, with or without a test
	skips          []skip
	said           map[string][]string // output by package and test, until it ends
}

type skip struct{ pkg, test, reason string }

// read prints packages and failures as they end and returns the sums. A line
// that is no event is the toolchain's own and is passed on.
func read(in io.Reader, out io.Writer) (*run, error) {
	r := &run{said: map[string][]string{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprint(out, string(line))
			} else {
				r.take(e, out)
			}
		}
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (r *run) take(e event, out io.Writer) {
	at := e.Package + e.ImportPath + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		r.said[at] = append(r.said[at], e.Output)
		return
	case "build-fail":
		fmt.Fprint(out, strings.Join(r.said[at], ""))
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(e, out)
		} else {
			r.endTest(e, out)
		}
	default:
		return
	}
	delete(r.said, at)
}

func (r *run) endPackage(e event, out io.Writer) {
	switch e.Action {
	case "skip":
		return // no test files
	case "fail":
		r.broken = append(r.broken, e.Package)
		// what no test said: a panic, a failed TestMain, a time-out
		fmt.Fprint(out, strings.Join(r.said[e.Package+" "], ""))
		return
	}
	fmt.Fprintf(out, "ok  \t%s\t%.1fs\n", e.Package, e.Elapsed)
}

func (r *run) endTest(e event, out io.Writer) {
	output := strings.Join(r.said[e.Package+" "+e.Test], "")
	switch e.Action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
		fmt.Fprintf(out, "%s %s\n%s", e.Package, e.Test, output)
	case "skip":
		r.skips = append(r.skips, skip{e.Package, e.Test, reason(output)})
	}
}

// reason is what the test said when it skipped, on one line, without the
// runner's own lines.
func reason(output string) string {
	var said []string
	for _, line := range strings.Split(output, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "===") || strings.HasPrefix(line, "--- ") {
			continue
		}
		said = append(said, line)
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}

// put takes the skips out whose reason ends with words, and prints how many there
// are.
func (r *run) put(out io.Writer, words string) {
	if words == "" {
		return
	}
	all := len(r.skips)
	r.skips = slices.DeleteFunc(r.skips, func(s skip) bool { return strings.HasSuffix(s.reason, words) })
	if n := all - len(r.skips); n > 0 {
		fmt.Fprintf(out, "%s: %d tests\n", words, n)
	}
}

// conclude prints the skips and the counts, and tells whether the run is
// green. A run without a single test is not.
func (r *run) conclude(out io.Writer, strict bool, allowed []skip) bool {
	green := r.failed == 0 && len(r.broken) == 0
	for _, s := range r.skips {
		known := slices.ContainsFunc(allowed, func(a skip) bool { return a.pkg == s.pkg && a.test == s.test })
		word := "skipped"
		if strict && !known {
			word, green = "SKIPPED, not allowed here", false
		}
		fmt.Fprintf(out, "%s: %s %s: %s\n", word, s.pkg, s.test, s.reason)
	}
	for _, pkg := range r.broken {
		fmt.Fprintf(out, "FAIL\t%s\n", pkg)
	}
	if r.passed+r.failed == 0 {
		fmt.Fprintln(out, "FAIL: wanted at least one test, found none")
		green = false
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", r.passed, max(r.failed, min(1, len(r.broken))), len(r.skips))
	return green
}

func readAllowed(name string) ([]skip, error) {
	if name == "" {
		return nil, nil
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var allowed []skip
	for i, line := range strings.Split(string(content), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, " ", 3)
		if len(parts) < 3 {
			return nil, fmt.Errorf("%s:%d: wanted PACKAGE TEST REASON, found %q", name, i+1, line)
		}
		allowed = append(allowed, skip{parts[0], parts[1], parts[2]})
	}
	return allowed, nil
}
