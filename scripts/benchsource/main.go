// Command benchsource makes the folders that scripts/bench-backup.sh measures
// with: always the same bytes.
//
//	benchsource mixed DIR MIB    2,000 files of MIB MiB in all, every second one incompressible
//	benchsource small DIR        20,000 files of 0.5 to 10 KiB, every fifth one incompressible
//	benchsource change DIR KEEP  lines of a log in every hundredth file; what it held goes to KEEP
package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

const (
	mixedFiles = 2_000
	smallFiles = 20_000
	leastSmall = 512
	mostSmall  = 10 << 10 // 5.2 KiB on average: about 100 MiB
	perFolder  = 100
	fileMode   = 0o600
	folderMode = 0o700
	changed    = 100 // every so many files, one
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "benchsource:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "mixed":
		mib, err := strconv.Atoi(args[2])
		if err != nil || mib < 1 {
			return fmt.Errorf("want a number of MiB, found %q", args[2])
		}
		return fill(args[1], mixedFiles, 2, func(*source) int { return mib << 20 / mixedFiles })
	case len(args) == 2 && args[0] == "small":
		return fill(args[1], smallFiles, 5, func(s *source) int { return leastSmall + s.below(mostSmall-leastSmall) })
	case len(args) == 3 && args[0] == "change":
		return change(args[1], args[2])
	}
	return fmt.Errorf("want mixed DIR MIB, small DIR or change DIR KEEP, found %q", args)
}

// source makes bytes that look random, or lines as a server logs them, of which
// zstd leaves a quarter.
type source struct {
	raw  cipher.Stream
	text bytes.Buffer
}

// newSource begins the stream of one seed: AES in counter mode.
func newSource(seed byte) (*source, error) {
	block, err := aes.NewCipher(bytes.Repeat([]byte{seed}, aes.BlockSize))
	if err != nil {
		return nil, err
	}
	return &source{raw: cipher.NewCTR(block, make([]byte, aes.BlockSize))}, nil
}

// below returns a number from 0 to n-1.
func (s *source) below(n uint64) int { return int(binary.LittleEndian.Uint64(s.random(8)) % n) }

// random returns n bytes that nothing compresses.
func (s *source) random(n int) []byte {
	b := make([]byte, n)
	s.raw.XORKeyStream(b, b)
	return b
}

// lines returns n bytes of a log.
func (s *source) lines(n int) []byte {
	s.text.Reset()
	for s.text.Len() < n {
		fmt.Fprintf(&s.text, "2026-%02d-%02dT%02d:%02d:%02d.%03dZ host%02d signer[%d]: request %08x from 10.0.%d.%d took %d us, status %d\n",
			1+s.below(12), 1+s.below(28), s.below(24), s.below(60), s.below(60), s.below(1000), s.below(20), 1000+s.below(100), s.below(1<<32), s.below(8), s.below(256), s.below(5000), 200+100*s.below(4))
	}
	return bytes.Clone(s.text.Bytes()[:n])
}

// fill makes files, every so many of them random.
func fill(dir string, files, random int, size func(*source) int) error {
	s, err := newSource(1)
	if err != nil {
		return err
	}
	for i := range files {
		folder := filepath.Join(dir, fmt.Sprintf("folder-%03d", i/perFolder))
		if err := os.MkdirAll(folder, folderMode); err != nil {
			return err
		}
		content := s.lines
		if i%random == 0 {
			content = s.random
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("file-%05d", i)), content(size(s)), fileMode); err != nil {
			return err
		}
	}
	return nil
}

// change gives every hundredth file other bytes of the same length, and moves
// what it was to a folder beside.
func change(dir, keep string) error {
	s, err := newSource(2)
	if err != nil {
		return err
	}
	n := 0
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if n++; n%changed != 0 {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		kept := filepath.Join(keep, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(kept), folderMode), os.Rename(path, kept)); err != nil {
			return err
		}
		return os.WriteFile(path, s.lines(int(info.Size())), fileMode)
	})
}
