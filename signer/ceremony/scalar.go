package ceremony

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"strongroom/quorum/text"
)

// list reads one line or more of a keyword, at most so many. With compare they
// are sorted, each once.
func list[T any](r *text.Reader, keyword string, most int, read func() T, compare func(a, b T) int) []T {
	var out []T
	for len(out) == 0 || r.At(keyword) && len(out) < most {
		v := read()
		if r.Err() != nil {
			return nil
		}
		if n := len(out); n > 0 && compare != nil && compare(out[n-1], v) >= 0 {
			r.Refuse("%s: want sorted lines, each once, found another order", keyword)
			return nil
		}
		out = append(out, v)
	}
	return out
}

func compareIDs(a, b text.ID) int { return cmp.Compare(a, b) }

func readID(r *text.Reader, keyword string) text.ID {
	return text.Value(r, keyword, r.Field(keyword), text.ParseID)
}

// readNames reads at least one name, sorted.
func readNames(r *text.Reader, keyword string) []text.ID {
	return list(r, keyword, maxPeople, func() text.ID { return readID(r, keyword) }, compareIDs)
}

// names are ids as the fields of a line, sorted.
func names(ids []text.ID) []string {
	var out []string
	for _, id := range slices.Sorted(slices.Values(ids)) {
		out = append(out, string(id))
	}
	return out
}

func writeNames(w *text.Writer, keyword string, names []text.ID) {
	for _, id := range slices.Sorted(slices.Values(names)) {
		w.Line(keyword, string(id))
	}
}

// readHash reads the hash of something that exists.
func readHash(r *text.Reader, keyword string) text.Hash {
	return text.Value(r, keyword, r.Field(keyword), parseHash)
}

func parseHash(s string) (text.Hash, error) {
	h, err := text.ParseHash(s)
	if err == nil && h.IsZero() {
		return h, fmt.Errorf("want the hash of something, found zeros")
	}
	return h, err
}

func compareHashes(a, b text.Hash) int { return bytes.Compare(a[:], b[:]) }

func parseFingerprint(s string) (f [4]byte, err error) {
	b, err := text.ParseHex(s, len(f))
	copy(f[:], b)
	return f, err
}

func parseGeneration(s string) (uint64, error) {
	n, err := text.ParseUint(s, maxGeneration)
	if err == nil && n == 0 {
		return 0, fmt.Errorf("want at least 1, found 0")
	}
	return n, err
}

// parseSmall reads a number of groups or shares.
func parseSmall(s string) (int, error) {
	n, err := text.ParseUint(s, maxGroups)
	if err == nil && n == 0 {
		return 0, fmt.Errorf("want at least 1, found 0")
	}
	return int(n), err
}

func parseStep(s string) (int, error) {
	n, err := text.ParseUint(s, maxSteps)
	if err == nil && n == 0 {
		return 0, fmt.Errorf("want at least 1, found 0")
	}
	return int(n), err
}

func small(n int) string { return strconv.Itoa(n) }

// timeForm is RFC 3339 to the second, always in UTC.
const timeForm = "2006-01-02T15:04:05Z"

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeForm, s)
	if err != nil || t.Format(timeForm) != s {
		return time.Time{}, fmt.Errorf("want a time as 2006-01-02T15:04:05Z, found %q", clip(s))
	}
	return t, nil
}

func clip(s string) string {
	if len(s) > clipLength {
		return s[:clipLength] + "..."
	}
	return s
}
