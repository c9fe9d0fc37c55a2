package main

import (
	"debug/buildinfo"
	"fmt"
	"runtime/debug"
	"strings"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// The packages of the programs, as the programs name them themselves.
const (
	deskPackage   = "strongroom/cmd/strongroom"
	signerPackage = "strongroom/cmd/strongroom-signer"
)

// builtProgram is what a program's file says about its own build. Only the hash is
// proof of anything; the rest is for people, and is compared by building again.
type builtProgram struct {
	path               string
	file               ceremony.Program
	compiler, platform string
	commit             string // empty where the file names none
	changed            bool   // the tree had changes beside the commit
}

// readProgram hashes a program and reads its build. It refuses another program,
// and a module that go.sum does not have as it was linked.
func readProgram(path, want string, sums map[string]bool) (builtProgram, error) {
	file, err := hashProgram(path)
	if err != nil {
		return builtProgram{}, err
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return builtProgram{}, fmt.Errorf("%s: want a program of Go's, found another file", path)
	}
	p, err := programOf(info, want, sums)
	if err != nil {
		return builtProgram{}, fmt.Errorf("%s: %w", path, err)
	}
	p.path, p.file = path, file
	return p, nil
}

// programOf judges what a program says about its build.
func programOf(info *debug.BuildInfo, want string, sums map[string]bool) (p builtProgram, err error) {
	if info.Path != want {
		return p, fmt.Errorf("want the program %s, found %q", want, info.Path)
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		if m.Sum == "" || !sums[m.Path+" "+m.Version+" "+m.Sum] {
			return p, fmt.Errorf("want every module as go.sum has it, found %s %s otherwise", m.Path, m.Version)
		}
	}
	p.compiler, _, _ = strings.Cut(info.GoVersion, " ")
	p.compiler, _, _ = strings.Cut(p.compiler, "-X:") // experiments, of which each program has its own
	system, machine := "", ""
	for _, s := range info.Settings {
		switch s.Key {
		case "GOOS":
			system = s.Value
		case "GOARCH":
			machine = s.Value
		case "vcs.revision":
			p.commit = s.Value
		case "vcs.modified":
			p.changed = s.Value != "false"
		}
	}
	p.platform = system + "/" + machine
	return p, nil
}

// readGoSum reads a go.sum: lines of a module, its version and its hash. It
// returns them, and the SHA-256 of the file.
func readGoSum(w cli.World, path string) (map[string]bool, text.Hash, error) {
	b, err := w.ReadFile(path, maxGoSum)
	if err != nil {
		return nil, text.Hash{}, err
	}
	sums := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) != 3 || !strings.HasPrefix(f[2], "h1:") {
			return nil, text.Hash{}, fmt.Errorf("%s: want lines of a module, its version and its hash, found another", path)
		}
		sums[strings.Join(f, " ")] = true
	}
	return sums, text.Identity(b), nil
}
