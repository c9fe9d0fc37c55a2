package carrier

import (
	"fmt"
	"slices"
	"strings"
)

// Album gathers what photographs show. The zero value is empty.
type Album struct {
	texts []string
	notes []string
}

// Add looks at one image file. Whatever is wrong with it is noted under its name,
// and the others count all the same: a roll of photographs has bad ones.
func (a *Album) Add(name string, file []byte) {
	texts, err := Scan(file)
	if err != nil {
		a.notes = append(a.notes, fmt.Sprintf("%s: %v", name, err))
		return
	}
	ours := slices.DeleteFunc(texts, func(s string) bool { return !strings.HasPrefix(s, opening) })
	if len(ours) == 0 {
		a.notes = append(a.notes, fmt.Sprintf("%s: want a QR code of a series, found another", name))
	}
	for _, s := range ours {
		// More than there are parts cannot be one series: one too many lets Join say so.
		if len(a.texts) <= MaxParts && !slices.Contains(a.texts, s) {
			a.texts = append(a.texts, s)
		}
	}
}

// Notes says which images gave nothing, and why.
func (a *Album) Notes() []string { return a.notes }

// Files returns the folder that the photographs show, and the SHA-256 of its stream,
// in hex, to compare with [Series.Sum]. Errors are those of [Join] and [Unpack].
func (a *Album) Files() ([]File, string, error) {
	m, err := Join(a.texts)
	if err != nil {
		return nil, "", err
	}
	if m.Type != Binary {
		return nil, "", fmt.Errorf("codes: want a folder, type %q, found type %q", byte(Binary), byte(m.Type))
	}
	files, err := Unpack(m.Bytes)
	if err != nil {
		return nil, "", err
	}
	return files, sumOf(m.Bytes), nil
}

// Codes makes a folder into a series whose codes are of at most that version.
func Codes(files []File, most Version) (*Series, error) {
	stream, err := Pack(files)
	if err != nil {
		return nil, err
	}
	return Split(stream, Binary, Shortest, most)
}
