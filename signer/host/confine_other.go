//go:build !linux

package host

import "runtime"

// Confine has nothing to offer on a system other than Linux, and says so in
// every line.
func Confine(Places) Report {
	r := Report{}
	for _, name := range []string{CoreDumps, Landlock, MemoryLocked, NetNamespace, NoNewPrivs, Seccomp} {
		r = append(r, Measure{Name: name, Found: "cannot be had here: want linux, found " + runtime.GOOS})
	}
	return r
}
