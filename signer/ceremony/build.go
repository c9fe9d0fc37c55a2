package ceremony

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"strongroom/quorum/text"
)

// ActBuild is what people do with a signature under a build.
const ActBuild = "build"

// Build is one build of both programs, and what people looked at before they
// put their names under it:
//
//	strongroom/build@v1
//	made 2026-11-20T09:30:00Z rtc
//	source git 1c5b3f0e9ad0c1d7a1ce9db1d4fe2a67c2c8e1b4
//	modules 6f1ed002ab5595859014ebf0951522d9c1d3a0d5c1d5e4f8a0f7c1f4f2a7b0d3
//	go go1.26.8
//	platform linux/amd64
//	program strongroom 60d8ba9d4d5a2e591d732542a9021111d468b94e8466f25cc230aa06d9114d29 21430434
//	program strongroom-signer b170c3a6b5efba39eeeed4bd0de2ee1d2f89a6adb4f76e0c822604c86f63b748 11206818
//	reviewer olga regulator Olga Ohm
//	reviewer rita acme Rita Roe
//	key olga ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
//	key rita ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
//	check dependencies rita
//	check entropy olga
//	check reproduced olga
//	check reproduced rita
//	check source rita
//
// It names no vault: one build serves several. Whether it counts is for Review
// to say. The zero value is no build.
type Build struct {
	Made         time.Time // by the clock of whoever wrote it; proves nothing
	Source       Revision
	Modules      text.Hash // SHA-256 of go.sum, which names every module by its hash
	Go           string    // the compiler, as go1.26.8
	Platform     string    // as linux/amd64
	Desk, Signer Program
	Reviewers    []Person // sorted
	Checks       []Check  // sorted by aspect and reviewer
}

// The names of the programs, as their lines have them.
const (
	deskProgram   = "strongroom"
	signerProgram = "strongroom-signer"
)

// Program is one program's file.
type Program struct {
	Hash text.Hash // SHA-256
	Size uint64    // in bytes
}

// Check says that a reviewer looked at one aspect of a build.
type Check struct {
	Of Aspect
	By text.ID
}

// Aspect is something to look at before a build makes a key. The zero value is
// nothing.
type Aspect string

// The aspects. All of them are looked at, by one reviewer or another.
const (
	AspectDependencies Aspect = "dependencies" // the modules that are linked, and why
	AspectEntropy      Aspect = "entropy"      // how a key is drawn, mixed and split
	AspectReproduced   Aspect = "reproduced"   // built again elsewhere, the same bytes
	AspectSource       Aspect = "source"       // what changed since the build before, or all of it
)

// Aspects lists all that there are, sorted.
func Aspects() []Aspect {
	return []Aspect{AspectDependencies, AspectEntropy, AspectReproduced, AspectSource}
}

// ParseAspect reads the name of an aspect.
func ParseAspect(s string) (Aspect, error) {
	for _, a := range Aspects() {
		if string(a) == s {
			return a, nil
		}
	}
	return "", fmt.Errorf("want dependencies, entropy, reproduced or source, found %q", clip(s))
}

// Revision is what a build was made of: a commit of git's (SHA-1, 40 hex
// digits), or the SHA-256 of the list that sha256sum makes of a source tree's
// files, sorted by their names. The zero value is none.
type Revision struct{ kind, digits string }

// ParseRevision reads "git HEX" or "tree HEX".
func ParseRevision(s string) (Revision, error) {
	kind, digits, _ := strings.Cut(s, " ")
	size := map[string]int{"git": 20, "tree": 32}[kind]
	if size == 0 {
		return Revision{}, fmt.Errorf("want git or tree and a hash, found %q", clip(s))
	}
	if _, err := text.ParseHex(digits, size); err != nil {
		return Revision{}, err
	}
	return Revision{kind, digits}, nil
}

// String returns the revision as ParseRevision reads it; none for the zero value.
func (r Revision) String() string {
	if r.kind == "" {
		return "none"
	}
	return r.kind + " " + r.digits
}

// Hash returns the identity of the build's text, with the refusal of RenderBuild.
func (b Build) Hash() (text.Hash, error) {
	out, err := RenderBuild(b)
	if err != nil {
		return text.Hash{}, err
	}
	return text.Identity(out), nil
}

// ChecksOf lists what one reviewer looked at, sorted.
func (b Build) ChecksOf(reviewer text.ID) []Aspect {
	var out []Aspect
	for _, c := range b.Checks {
		if c.By == reviewer {
			out = append(out, c.Of)
		}
	}
	return out
}

// AllowedSigners returns the reviewers' keys as ssh-keygen -Y verify takes them
// (ssh-keygen(1), ALLOWED SIGNERS): the lines "key" of the text, without that
// word. That a key is its reviewer's has to be known from elsewhere.
func (b Build) AllowedSigners() []byte {
	var out strings.Builder
	for _, x := range b.Reviewers {
		fmt.Fprintf(&out, "%s %s\n", x.ID, x.Key)
	}
	return []byte(out.String())
}

// parseGo reads the compiler's version, as a release of Go names itself.
func parseGo(s string) (string, error) {
	number, ok := strings.CutPrefix(s, "go")
	if !ok || number == "" || len(s) > maxGoVersion || number[0] < '1' || number[0] > '9' || strings.Trim(number, "0123456789.abcdefghijklmnopqrstuvwxyz") != "" {
		return "", fmt.Errorf("want a release of Go, such as go1.26.8, found %q", clip(s))
	}
	return s, nil
}

// parsePlatform reads OS/ARCH.
func parsePlatform(s string) (string, error) {
	system, machine, _ := strings.Cut(s, "/")
	for _, x := range []string{system, machine} {
		if x == "" || len(x) > maxPlatformWord || strings.Trim(x, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
			return "", fmt.Errorf("want a system and a processor, such as linux/amd64, found %q", clip(s))
		}
	}
	return s, nil
}

// readProgram reads the line of one program.
func readProgram(r *text.Reader, name string) Program {
	f := r.Line("program", 3)
	if r.Err() == nil && f[0] != name {
		r.Refuse("program: want that of %s, found that of %q", name, clip(f[0]))
	}
	p := Program{text.Value(r, "program", f[1], parseHash), text.Value(r, "program", f[2], parseSize)}
	return p
}

func parseSize(s string) (uint64, error) {
	n, err := text.ParseUint(s, maxProgram)
	if err == nil && n == 0 {
		return 0, fmt.Errorf("want at least 1, found 0")
	}
	return n, err
}

func writeProgram(w *text.Writer, name string, p Program) {
	w.Line("program", name, hex.EncodeToString(p.Hash[:]), text.FormatUint(p.Size))
}
