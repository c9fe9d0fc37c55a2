package policy

import (
	"testing"

	"strongroom/custody"
)

// Whatever parses can be linted and tabulated, good or bad, without panic, and
// the same policy always gives the same findings.
func FuzzLint(f *testing.F) {
	f.Add(rich(f).Bytes(), uint32(951_552))
	f.Add(tenPeople(f).Bytes(), uint32(2_000_000))
	f.Add(filled(f, custody.Regtest).Bytes(), uint32(0))
	f.Add(draft(f, custody.Signet).Bytes(), uint32(1<<32-1))
	f.Fuzz(func(t *testing.T, b []byte, height uint32) {
		p, err := Parse(b)
		if err != nil {
			return
		}
		found, again := p.LintAt(height, nil), p.LintAt(height, nil)
		if len(found) != len(again) {
			t.Fatalf("want %v again, found %v", found, again)
		}
		for i, x := range found {
			if x != again[i] || x.Severity != Error && x.Severity != Warning {
				t.Fatalf("want %v again, found %v", x, again[i])
			}
		}
		if len(p.CoalitionsAt(height, nil).Text()) == 0 {
			t.Fatal("want a table")
		}
	})
}
