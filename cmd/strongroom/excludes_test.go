package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestExcludesLeaveOutNothingThatTheVaultNeeds(t *testing.T) {
	if found, err := parseExcludes([]byte("big/disk.img\nscratch\n")); err != nil || !slices.Equal(found, []string{"big/disk.img", "scratch"}) {
		t.Errorf("want two paths, found %q, %v", found, err)
	}
	for name, want := range map[string]string{
		"registry\n":           "excludes.txt: line 1: want a path that the vault can do without, found one in registry",
		"registry/logs\n":      "excludes.txt: line 1: want a path that the vault can do without, found one in registry",
		"policy-1.txt\n":       "excludes.txt: line 1: want a path that the vault can do without, found one in policy-1.txt",
		"a\nshares/x.age\n":    "excludes.txt: line 2: want a path that the vault can do without, found one in shares",
		"excludes.txt\n":       "excludes.txt: line 1: want a path that the vault can do without, found one in excludes.txt",
		".\n":                  `excludes.txt: line 1: want a path such as scratch/big.img, found "."`,
		"../desk\n":            `excludes.txt: line 1: want a path such as scratch/big.img, found "../desk"`,
		"/etc\n":               `excludes.txt: line 1: want a path such as scratch/big.img, found "/etc"`,
		"a//b\n":               `excludes.txt: line 1: want a path such as scratch/big.img, found "a//b"`,
		"\n":                   `excludes.txt: line 1: want a path such as scratch/big.img, found ""`,
		"b\na\n":               `excludes.txt: line 2: want paths sorted, each once, found "a" behind "b"`,
		"a\na\n":               `excludes.txt: line 2: want paths sorted, each once, found "a" behind "a"`,
		"scratch":              "excludes.txt: line 1: want it to end with LF, found the end of the file",
		manyPaths(maxExcludes): "excludes.txt: want at most 1000 paths, found more",
	} {
		if _, err := parseExcludes([]byte(name)); err == nil || err.Error() != want {
			t.Errorf("%.40q: want %q, found %v", name, want, err)
		}
	}
}

// manyPaths is one path more than n, sorted.
func manyPaths(n int) string {
	var b strings.Builder
	for i := range n + 1 {
		b.WriteString("x" + strings.Repeat("y", i) + "\n")
	}
	return b.String()
}

func FuzzParseExcludes(f *testing.F) {
	f.Add([]byte("big/disk.img\nscratch\n"))
	f.Add([]byte("registry\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		paths, err := parseExcludes(b)
		if err != nil {
			return
		}
		var again []byte
		for _, p := range paths {
			again = append(again, p+"\n"...)
		}
		if !bytes.Equal(again, b) {
			t.Errorf("want the same bytes, found %q of %q", again, b)
		}
	})
}
