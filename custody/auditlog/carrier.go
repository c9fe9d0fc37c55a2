package auditlog

import (
	"encoding/binary"
	"fmt"
)

// lengthBytes is the size of the number in front of each entry.
const lengthBytes = 4

// EncodeEntries returns the entries as one file, the SIGNER.entries that crosses
// the gap: for each its length, four bytes, big-endian, and its bytes. It checks
// nothing; DecodeEntries refuses what is out of bounds.
func EncodeEntries(entries [][]byte) []byte {
	total := 0
	for _, e := range entries {
		total += lengthBytes + len(e)
	}
	b := make([]byte, 0, total)
	for _, e := range entries {
		b = binary.BigEndian.AppendUint32(b, uint32(len(e)))
		b = append(b, e...)
	}
	return b
}

// DecodeEntries reads what EncodeEntries wrote: at most 1,048,576 entries, each
// of 1 to 1,048,576 bytes, and nothing after the last. The entries share the memory
// of b.
func DecodeEntries(b []byte) ([][]byte, error) {
	return decodeEntries(b, 0)
}

// decodeEntries makes room for as many entries as are expected, if they fit.
func decodeEntries(b []byte, expected Size) ([][]byte, error) {
	entries := make([][]byte, 0, min(expected, int64(len(b)/lengthBytes)))
	for len(b) > 0 {
		n := len(entries)
		if n == maxEntries {
			return nil, fmt.Errorf("entries: wanted at most %d entries, found more", maxEntries)
		}
		if len(b) < lengthBytes {
			return nil, fmt.Errorf("entries: entry %d: wanted a length of %d bytes, found %d", n, lengthBytes, len(b))
		}
		size := int64(binary.BigEndian.Uint32(b))
		if err := checkEntry(int64(n), size); err != nil {
			return nil, fmt.Errorf("entries: %w", err)
		}
		b = b[lengthBytes:]
		if int64(len(b)) < size {
			return nil, fmt.Errorf("entries: entry %d: wanted %d bytes, found %d", n, size, len(b))
		}
		entries = append(entries, b[:size:size])
		b = b[size:]
	}
	return entries, nil
}

// checkEntry accepts the length, in bytes, that the n'th entry may have. An
// empty file is what many accidents leave, and never a record.
func checkEntry(n Size, size int64) error {
	if size < 1 || size > maxEntry {
		return fmt.Errorf("entry %d: wanted 1 to %d bytes, found %d", n, maxEntry, size)
	}
	return nil
}
