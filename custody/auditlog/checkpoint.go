package auditlog

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Checkpoint is what a log says of itself at one moment: how many entries it
// has, and the root of their tree. The type alone proves nothing; OpenCheckpoint
// makes one from a signature.
type Checkpoint struct {
	Origin string
	Size   Size
	Root   Root
}

// text returns the three lines that are signed.
func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

// signaturePrefix begins each signature line of a note: an em dash and a space.
const signaturePrefix = "— "

// OpenCheckpoint verifies a signed checkpoint of v's log and returns what it
// says. The bytes must be exactly what a log of ours writes: three lines of
// text, no extension, one valid signature of v. Up to 16 signatures by others
// (cosignatures of witnesses) are let through unread, each once, in canonical
// base64.
func OpenCheckpoint(b []byte, v Verifier) (Checkpoint, error) {
	known, err := v.note()
	if err != nil {
		return Checkpoint{}, err
	}
	if len(b) > maxCheckpoint {
		return Checkpoint{}, fmt.Errorf("checkpoint: wanted at most %d bytes, found %d", maxCheckpoint, len(b))
	}
	text, signatures, found := bytes.Cut(b, []byte("\n\n"))
	if !found {
		return Checkpoint{}, errors.New("checkpoint: wanted a text, an empty line and signatures, found no empty line")
	}
	c, err := parseText(string(text)+"\n", v.origin)
	if err != nil {
		return Checkpoint{}, err
	}
	if err := checkSignatureLines(string(signatures), known); err != nil {
		return Checkpoint{}, err
	}
	n, err := note.Open(b, note.VerifierList(known))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	if len(n.Sigs) != 1 || n.Text != c.text() {
		return Checkpoint{}, errors.New("checkpoint: what was verified is not what was read")
	}
	return c, nil
}

// parseText reads the three lines of a checkpoint of one log.
func parseText(text, origin string) (Checkpoint, error) {
	lines := strings.Split(text, "\n") // the last one is what follows the last line feed: nothing
	if len(lines) != 4 {
		return Checkpoint{}, fmt.Errorf("checkpoint: wanted 3 lines of text, found %d", len(lines)-1)
	}
	if lines[0] != origin {
		return Checkpoint{}, fmt.Errorf("checkpoint: wanted origin %s, found %q", origin, lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > maxEntries || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("checkpoint: wanted a size from 0 to %d, found %q", maxEntries, lines[1])
	}
	root, err := ParseRoot(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	return Checkpoint{Origin: origin, Size: size, Root: root}, nil
}

// checkSignatureLines checks the form of the signatures, of which note.Open
// leaves much open, and that there is exactly one by the log itself.
func checkSignatureLines(signatures string, known note.Verifier) error {
	if !strings.HasSuffix(signatures, "\n") {
		return errors.New("checkpoint: wanted a line feed at the end")
	}
	lines := strings.Split(strings.TrimSuffix(signatures, "\n"), "\n")
	if len(lines) > 1+maxCosignatures {
		return fmt.Errorf("checkpoint: wanted at most %d signatures, found %d", 1+maxCosignatures, len(lines))
	}
	own := fmt.Sprintf("%s %08x", known.Name(), known.KeyHash())
	seen := make(map[string]bool, len(lines))
	for i, line := range lines {
		key, err := signatureKey(line)
		if err != nil {
			return fmt.Errorf("checkpoint: signature line %d: %w", i+1, err)
		}
		if seen[key] {
			return fmt.Errorf("checkpoint: signature line %d: a second signature by key %s", i+1, key)
		}
		seen[key] = true
	}
	if !seen[own] {
		return fmt.Errorf("checkpoint: wanted a signature by key %s, found none", own)
	}
	return nil
}

// signatureKey returns the name and hash of the key of one signature line.
func signatureKey(line string) (string, error) {
	rest, found := strings.CutPrefix(line, signaturePrefix)
	name, sig, found2 := strings.Cut(rest, " ")
	if !found || !found2 || name == "" {
		return "", errors.New("wanted a dash, a name and base64")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(sig)
	if err != nil || len(raw) < 5 || base64.StdEncoding.EncodeToString(raw) != sig {
		return "", errors.New("wanted a key hash and a signature in canonical base64")
	}
	return fmt.Sprintf("%s %x", name, raw[:4]), nil
}
