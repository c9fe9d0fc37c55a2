package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// events builds test2json lines from ACTION PACKAGE TEST OUTPUT rows.
func events(rows ...[4]string) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(`{"Action":"` + r[0] + `","Package":"` + r[1] + `","Test":"` + r[2] + `","Output":"` + r[3] + `","Elapsed":0.25}` + "\n")
	}
	return b.String()
}

func TestReport(t *testing.T) {
	skipped := events(
		[4]string{"output", "m/a", "TestVectors", `=== RUN   TestVectors\n`},
		[4]string{"output", "m/a", "TestVectors", `    a_test.go:9: STRONGROOM_VECTORS is not set\n`},
		[4]string{"output", "m/a", "TestVectors", `--- SKIP: TestVectors (0.00s)\n`},
		[4]string{"skip", "m/a", "TestVectors", ""}, [4]string{"pass", "m/a", "TestX", ""}, [4]string{"pass", "m/a", "", ""})
	allowed := []skip{{"m/a", "TestVectors", "why"}}
	for _, c := range []struct {
		name, in string
		strict   bool
		allowed  []skip
		green    bool
		want     string
	}{
		{"a pass", events([4]string{"pass", "m/a", "TestX", ""}, [4]string{"pass", "m/a", "", ""}), true, nil, true,
			"ok  \tm/a\t0.2s\n1 passed, 0 failed, 0 skipped\n"},
		{"a skip at a desk", skipped, false, nil, true,
			"ok  \tm/a\t0.2s\nskipped: m/a TestVectors: a_test.go:9: STRONGROOM_VECTORS is not set\n1 passed, 0 failed, 1 skipped\n"},
		{"a skip in CI", skipped, true, nil, false,
			"ok  \tm/a\t0.2s\nSKIPPED, not allowed here: m/a TestVectors: a_test.go:9: STRONGROOM_VECTORS is not set\n1 passed, 0 failed, 1 skipped\n"},
		{"an allowed skip in CI", skipped, true, allowed, true,
			"ok  \tm/a\t0.2s\nskipped: m/a TestVectors: a_test.go:9: STRONGROOM_VECTORS is not set\n1 passed, 0 failed, 1 skipped\n"},
		{"a failure", events([4]string{"output", "m/a", "TestX", `    x_test.go:1: wanted 1, found 2\n`}, [4]string{"fail", "m/a", "TestX", ""},
			[4]string{"output", "m/a", "", `FAIL\n`}, [4]string{"fail", "m/a", "", ""}), false, nil, false,
			"m/a TestX\n    x_test.go:1: wanted 1, found 2\nFAIL\nFAIL\tm/a\n0 passed, 1 failed, 0 skipped\n"},
		{"a package that dies outside its tests", events([4]string{"pass", "m/a", "TestX", ""}, [4]string{"output", "m/a", "", `panic: late\n`}, [4]string{"fail", "m/a", "", ""}), false, nil, false,
			"panic: late\nFAIL\tm/a\n1 passed, 1 failed, 0 skipped\n"},
		{"a package that doesn't build", `{"ImportPath":"m/a","Action":"build-output","Output":"a.go:1: no\n"}` + "\n" + `{"ImportPath":"m/a","Action":"build-fail"}` + "\n" +
			events([4]string{"fail", "m/a", "", ""}, [4]string{"pass", "m/b", "TestX", ""}), false, nil, false,
			"a.go:1: no\nFAIL\tm/a\n1 passed, 1 failed, 0 skipped\n"},
		{"no test at all", events([4]string{"skip", "m/a", "", ""}), false, nil, false, "FAIL: wanted at least one test, found none\n0 passed, 0 failed, 0 skipped\n"},
		{"the toolchain's own words", "go: no such package\n", false, nil, false, "go: no such package\nFAIL: wanted at least one test, found none\n0 passed, 0 failed, 0 skipped\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			r, err := read(strings.NewReader(c.in), &out)
			if err != nil {
				t.Fatal(err)
			}
			if green := r.conclude(&out, c.strict, c.allowed); green != c.green {
				t.Errorf("green: wanted %v, found %v", c.green, green)
			}
			if out.String() != c.want {
				t.Errorf("report:\n--- want\n%s\n--- got\n%s", c.want, out.String())
			}
		})
	}
}

func TestWhatIsLeftToAnotherRunIsCounted(t *testing.T) {
	r := &run{passed: 1, skips: []skip{{"m/a", "TestX", "a_test.go:9: left to B"}, {"m/a", "TestY", "left to B no more"}}}
	var out bytes.Buffer
	r.put(&out, "")
	r.put(&out, "left to B")
	if want := "left to B: 1 tests\nSKIPPED, not allowed here: m/a TestY: left to B no more\n1 passed, 0 failed, 1 skipped\n"; r.conclude(&out, true, nil) || out.String() != want {
		t.Errorf("want %q, found %q", want, out.String())
	}
}

func TestAllowedSkipsNeedAReason(t *testing.T) {
	name := t.TempDir() + "/skips.txt"
	if err := os.WriteFile(name, []byte("# none\nm/a TestX needs a card reader\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readAllowed(name)
	if err != nil || len(got) != 1 || got[0] != (skip{"m/a", "TestX", "needs a card reader"}) {
		t.Errorf("wanted one skip, found %v and %v", got, err)
	}
	if err := os.WriteFile(name, []byte("m/a TestX\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = readAllowed(name); err == nil || err.Error() != name+`:1: wanted PACKAGE TEST REASON, found "m/a TestX"` {
		t.Errorf("wanted a refusal, found %v", err)
	}
}
