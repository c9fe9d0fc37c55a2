package host

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// ParseBaseline reads the canonical text, and no other: what it takes, Bytes
// writes again.
func ParseBaseline(text []byte) (Baseline, error) {
	if len(text) > MaxBaseline {
		return Baseline{}, fmt.Errorf("baseline: want at most %d bytes, found %d", MaxBaseline, len(text))
	}
	rest, ok := strings.CutPrefix(string(text), baselineHead)
	if !ok {
		return Baseline{}, fmt.Errorf("baseline: want %q first, found another line", strings.TrimSpace(baselineHead))
	}
	var b Baseline
	number := 1
	for line := range strings.Lines(rest) {
		number++
		if err := b.take(line); err != nil {
			return Baseline{}, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if err := b.inOrder(); err != nil {
		return Baseline{}, err
	}
	if !bytes.Equal(b.Bytes(), text) {
		return Baseline{}, fmt.Errorf("baseline: want the one form of its text, found another")
	}
	return b, nil
}

// take reads one line with its line feed.
func (b *Baseline) take(line string) error {
	line, ok := strings.CutSuffix(line, "\n")
	if !ok {
		return fmt.Errorf("want a line feed at the end, found none")
	}
	if root, ok := strings.CutPrefix(line, "# of "); ok && len(b.files) == 0 {
		b.roots = append(b.roots, unescaped(root))
		if len(b.roots) > maxRoots {
			return fmt.Errorf("want at most %d paths, found more", maxRoots)
		}
		return checkName(unescaped(root))
	}
	digest, name, ok := strings.Cut(strings.TrimPrefix(line, `\`), "  ")
	if !ok {
		return fmt.Errorf("want a digest, two spaces and a path, found another line")
	}
	d, err := ParseDigest(digest)
	if err != nil {
		return err
	}
	if strings.HasPrefix(line, `\`) {
		name = unescaped(name)
	}
	if len(b.files) == maxFiles {
		return fmt.Errorf("want at most %d files, found more", maxFiles)
	}
	b.files = append(b.files, File{name, d})
	return checkName(name)
}

// inOrder wants roots that do not lie in each other and files that lie in one
// of them, each sorted and once.
func (b *Baseline) inOrder() error {
	roots, err := rootsOf(b.roots)
	if err != nil {
		return err
	}
	if !slices.Equal(roots, b.roots) {
		return fmt.Errorf("baseline: want its paths sorted and none within another, found others")
	}
	if len(b.files) == 0 {
		return fmt.Errorf("baseline: want a file, found none")
	}
	for i, f := range b.files {
		if i > 0 && b.files[i-1].Name >= f.Name {
			return fmt.Errorf("%s: want names sorted and each once, found it after %s", f.Name, b.files[i-1].Name)
		}
		if _, ok := within(roots, f.Name); !ok {
			return fmt.Errorf("%s: want a file of the paths above, found another", f.Name)
		}
	}
	return nil
}

// within finds the root that a path lies in.
func within(roots []string, name string) (string, bool) {
	for at := name; at != "/"; at = at[:max(1, strings.LastIndexByte(at, '/'))] {
		if _, ok := slices.BinarySearch(roots, at); ok {
			return at, true
		}
	}
	return "", false
}

func unescaped(name string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n").Replace(name)
}
