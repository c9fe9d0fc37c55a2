package auditlog

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// proofHeader is the first line of a proof file.
const proofHeader = "c2sp.org/tlog-proof@v1"

// EncodeProof returns a proof file: all that is needed to show offline that a
// log holds an entry, except the entry. The format is C2SP tlog-proof
// (https://c2sp.org/tlog-proof) without its optional `extra` line, which no
// signature covers:
//
//	c2sp.org/tlog-proof@v1
//	index 1
//	s4yjk0...
//	dl0KW2...
//
//	acme-treasury/signer-a
//	...
//
// The proof is that of ProveEntry for entry i at the size of the checkpoint.
func EncodeProof(i Size, p Proof, checkpoint []byte) []byte {
	b := fmt.Appendf(nil, "%s\nindex %d\n", proofHeader, i)
	for _, h := range p {
		b = append(b, h.String()+"\n"...)
	}
	return append(append(b, '\n'), checkpoint...)
}

// OpenProof verifies a proof file, as EncodeProof writes it and in no other form:
// v's log signed the checkpoint in it, and that log holds exactly this entry, at
// the index returned.
func OpenProof(b []byte, v Verifier, entry []byte) (Checkpoint, Size, error) {
	if len(b) > maxProofFile {
		return Checkpoint{}, 0, fmt.Errorf("proof file: wanted at most %d bytes, found %d", maxProofFile, len(b))
	}
	head, note, found := bytes.Cut(b, []byte("\n\n"))
	if !found {
		return Checkpoint{}, 0, errors.New("proof file: wanted an empty line and a checkpoint, found no empty line")
	}
	i, p, err := parseProof(string(head))
	if err != nil {
		return Checkpoint{}, 0, fmt.Errorf("proof file: %w", err)
	}
	c, err := OpenCheckpoint(note, v)
	if err != nil {
		return Checkpoint{}, 0, fmt.Errorf("proof file: %w", err)
	}
	if err := CheckEntry(p, c.Size, c.Root, i, entry); err != nil {
		return Checkpoint{}, 0, fmt.Errorf("proof file: %w", err)
	}
	return c, i, nil
}

// parseProof reads the lines before the checkpoint.
func parseProof(head string) (Size, Proof, error) {
	lines := strings.Split(head, "\n")
	if lines[0] != proofHeader || len(lines) < 2 {
		return 0, nil, fmt.Errorf("wanted the lines %q and \"index N\", found %q and %d more", proofHeader, lines[0], len(lines)-1)
	}
	if len(lines) > 2+maxProof {
		return 0, nil, fmt.Errorf("wanted at most %d hashes, found %d", maxProof, len(lines)-2)
	}
	number, found := strings.CutPrefix(lines[1], "index ")
	i, err := strconv.ParseInt(number, 10, 64)
	if !found || err != nil || i < 0 || strconv.FormatInt(i, 10) != number {
		return 0, nil, fmt.Errorf("wanted \"index N\", found %q", lines[1])
	}
	p := make(Proof, 0, len(lines)-2)
	for _, line := range lines[2:] {
		h, err := ParseRoot(line)
		if err != nil {
			return 0, nil, fmt.Errorf("hash %d: %w", len(p)+1, err)
		}
		p = append(p, h)
	}
	return i, p, nil
}
