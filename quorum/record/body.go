package record

import (
	"bytes"
	"cmp"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Body is what a record says after its head. Each kind has one type.
type Body interface {
	Kind() Kind
	write(w *text.Writer, n custody.Network)
}

func readFingerprint(r *text.Reader, keyword, s string) [4]byte {
	var f [4]byte
	copy(f[:], text.Value(r, keyword, s, hexOf(len(f))))
	return f
}

func readID(r *text.Reader, keyword string) text.ID {
	return text.Value(r, keyword, r.Field(keyword), text.ParseID)
}

func readHash(r *text.Reader, keyword string) text.Hash {
	return text.Value(r, keyword, r.Field(keyword), text.ParseHash)
}

// readNames reads one line or more of one name each, sorted and each once.
func readNames(r *text.Reader, keyword string) []text.ID {
	return readSorted(r, keyword, maxSigners, text.ParseID, cmp.Compare)
}

func writeNames(w *text.Writer, keyword string, ids []text.ID) {
	for _, id := range ids {
		w.Line(keyword, string(id))
	}
}

// readNamesOrNone is readNames where there may be nobody, which is written as
// one line that says none.
func readNamesOrNone(r *text.Reader, keyword string) []text.ID {
	if !r.At(keyword) {
		r.Field(keyword) // refuses what stands here
		return nil
	}
	ids := readNames(r, keyword)
	for _, id := range ids {
		if id == "none" && len(ids) > 1 {
			r.Refuse("want %s none alone or names, found both", keyword)
		}
	}
	if len(ids) == 1 && ids[0] == "none" {
		return nil
	}
	return ids
}

func writeNamesOrNone(w *text.Writer, keyword string, ids []text.ID) {
	if len(ids) == 0 {
		w.Line(keyword, "none")
	}
	writeNames(w, keyword, ids)
}

// readSorted reads at least one and at most so many lines of one field each,
// sorted and each once.
func readSorted[T any](r *text.Reader, keyword string, most int, parse func(string) (T, error), order func(a, b T) int) []T {
	var list []T
	for r.At(keyword) && len(list) < most {
		list = append(list, text.Value(r, keyword, r.Field(keyword), parse))
		if n := len(list); n > 1 && order(list[n-2], list[n-1]) >= 0 {
			r.Refuse("want %s lines sorted and each once, found %v after %v", keyword, list[n-1], list[n-2])
		}
	}
	if len(list) == 0 {
		r.Refuse("want at least one %s line, found none", keyword)
	}
	return list
}

func compareHashes(a, b text.Hash) int { return bytes.Compare(a[:], b[:]) }
