package host

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"strongroom/custody/durable"
)

// Digest is a SHA-256. The zero Digest is that of no file.
type Digest [sha256.Size]byte

// String returns 64 lower-case hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// ParseDigest reads what String returns.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(d) || s != strings.ToLower(s) {
		return Digest{}, fmt.Errorf("digest: want %d lower-case hexadecimal digits, found another text", 2*len(d))
	}
	return Digest(b), nil
}

// File is one file of a baseline.
type File struct {
	Name   string // absolute
	Digest Digest
}

// Baseline is what files and folders held at one moment. The zero Baseline
// holds nothing, and Check refuses it. As text, which `sha256sum -c` reads:
//
//	# strongroom/integrity@v1
//	# of /boot
//	# of /usr/bin/strongroom-signer
//	3b5d…  /boot/vmlinuz-6.1.0
//	9f86…  /usr/bin/strongroom-signer
//
// Roots come first, then the files, each sorted and once. A name with a
// backslash or a line feed is written as sha256sum writes it: a backslash
// before the digest, and \\ or \n in the name.
type Baseline struct {
	roots []string
	files []File
}

const baselineHead = "# strongroom/integrity@v1\n"

// Roots returns the paths that the baseline was made of, sorted.
func (b Baseline) Roots() []string { return slices.Clone(b.roots) }

// Files returns the files with their digests, sorted by name.
func (b Baseline) Files() []File { return slices.Clone(b.files) }

// Bytes returns the canonical text.
func (b Baseline) Bytes() []byte {
	var out bytes.Buffer
	out.WriteString(baselineHead)
	for _, root := range b.roots {
		fmt.Fprintf(&out, "# of %s\n", escaped(root))
	}
	for _, f := range b.files {
		name := escaped(f.Name)
		if name != f.Name {
			out.WriteByte('\\')
		}
		fmt.Fprintf(&out, "%s  %s\n", f.Digest, name)
	}
	return out.Bytes()
}

// Root returns the SHA-256 of the text: what people write down and compare.
func (b Baseline) Root() Digest { return sha256.Sum256(b.Bytes()) }

// TakeBaseline reads the files at the given absolute paths, and all below
// those that are folders, out of a file tree rooted at /. It follows a link to a
// file as sha256sum does, and refuses whatever is no file or folder, for it has
// no content to hold on to.
func TakeBaseline(root fs.FS, paths []string) (Baseline, error) {
	roots, err := rootsOf(paths)
	if err != nil {
		return Baseline{}, err
	}
	for _, name := range roots {
		if _, err := fs.Stat(root, name[1:]); err != nil {
			return Baseline{}, spoken(name[1:], err)
		}
	}
	found, err := walk(root, roots)
	if err != nil {
		return Baseline{}, err
	}
	b := Baseline{roots: roots}
	for _, f := range found {
		if err := b.include(root, f); err != nil {
			return Baseline{}, err
		}
	}
	if len(b.files) == 0 {
		return Baseline{}, errors.New("baseline: want a file, found none")
	}
	return b, nil
}

func (b *Baseline) include(root fs.FS, f sighting) error {
	if f.odd != "" {
		return fmt.Errorf("%s: want a file or a folder, found %s", f.name, f.odd)
	}
	if err := checkName(f.name); err != nil {
		return err
	}
	digest, err := digestOf(root, f.name)
	if err != nil {
		return err
	}
	b.files = append(b.files, File{f.name, digest})
	return nil
}

// rootsOf cleans and sorts paths, and leaves out those that lie in another.
func rootsOf(paths []string) ([]string, error) {
	if len(paths) == 0 || len(paths) > maxRoots {
		return nil, fmt.Errorf("baseline: want 1 to %d paths, found %d", maxRoots, len(paths))
	}
	var clean []string
	for _, p := range paths {
		if err := checkName(path.Clean(p)); err != nil {
			return nil, err
		}
		clean = append(clean, path.Clean(p))
	}
	slices.Sort(clean)
	var roots []string
	for _, p := range clean {
		if !slices.ContainsFunc(roots, func(r string) bool { return below(p, r) }) {
			roots = append(roots, p)
		}
	}
	return roots, nil
}

// checkName takes absolute, clean paths below / that every sha256sum reads as
// they stand: newer ones escape a carriage return, older ones do not.
func checkName(name string) error {
	if !path.IsAbs(name) || path.Clean(name) != name || name == "/" {
		return fmt.Errorf("baseline: want an absolute path below /, found %q", name)
	}
	if strings.ContainsAny(name, "\r\x00") || len(name) > maxName {
		return fmt.Errorf("baseline: want a path of at most %d bytes without a carriage return, found %q", maxName, name[:min(len(name), maxName)])
	}
	return nil
}

func escaped(name string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(name)
}

// digestOf streams a file, so that its size does not matter to memory.
func digestOf(root fs.FS, name string) (Digest, error) {
	f, err := root.Open(strings.TrimPrefix(name, "/"))
	if err != nil {
		return Digest{}, spoken(name[1:], err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Digest{}, spoken(name[1:], err)
	}
	if !info.Mode().IsRegular() { // replaced since it was looked at
		return Digest{}, fmt.Errorf("%s: want a regular file, found %s", name, durable.KindOf(info.Mode()))
	}
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, maxFile+1))
	if err != nil {
		return Digest{}, spoken(name[1:], err)
	}
	if n > maxFile {
		return Digest{}, fmt.Errorf("%s: want at most %d bytes, found more", name, int64(maxFile))
	}
	return Digest(h.Sum(nil)), nil
}
