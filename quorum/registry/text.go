package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"strongroom/quorum/text"
)

// ErrAmbiguous is wrapped when several texts begin with a prefix.
var ErrAmbiguous = errors.New("more than one text")

func (r *Registry) textShelf() shelf {
	most := 0
	for t := text.Policy; t <= text.Certificate; t++ {
		most = max(most, t.MaxSize())
	}
	return shelf{r.part(textsIn), int64(most), maxNames}
}

// PutText stores a canonical text of any type and returns its identity. It looks
// at the form of the lines only, not at what they say.
func (r *Registry) PutText(b []byte) (text.Hash, error) {
	t, ok := text.TypeOf(b)
	if !ok {
		return text.Hash{}, errors.New("registry: want a text whose first line names its type, found something else")
	}
	if _, err := text.Open(b, t); err != nil {
		return text.Hash{}, fmt.Errorf("registry: %w", err)
	}
	return r.textShelf().put(b)
}

// Text returns the text with an identity; errors.Is(err, fs.ErrNotExist) tells
// that it is not there.
func (r *Registry) Text(h text.Hash) ([]byte, error) { return r.textShelf().get(h) }

// Texts returns the identities of all texts, sorted.
func (r *Registry) Texts() ([]text.Hash, error) { return r.textShelf().hashes() }

// Find returns the one text whose identity begins with prefix, 8 to 64 lower-case
// hex digits. None is fs.ErrNotExist; of several, ErrAmbiguous, the error lists up
// to sixteen.
func (r *Registry) Find(prefix string) (text.Hash, error) {
	if n := len(prefix); n < minPrefix || n > 2*len(text.Hash{}) || strings.Trim(prefix, "0123456789abcdef") != "" {
		return text.Hash{}, fmt.Errorf("registry: want %d to %d lower-case hex digits of an id, found %q", minPrefix, 2*len(text.Hash{}), prefix[:min(n, 2*len(text.Hash{}))])
	}
	all, err := r.Texts()
	if err != nil {
		return text.Hash{}, err
	}
	var found []text.Hash
	var names []string
	for _, h := range all {
		if s := h.String(); strings.HasPrefix(s, prefix) {
			found, names = append(found, h), append(names, s)
		}
	}
	switch len(found) {
	case 0:
		return text.Hash{}, fmt.Errorf("registry: want a text whose id begins with %s, found none: %w", prefix, fs.ErrNotExist)
	case 1:
		return found[0], nil
	}
	return text.Hash{}, fmt.Errorf("registry: want one text whose id begins with %s, found %w: %s", prefix, ErrAmbiguous, strings.Join(names[:min(len(names), maxMatches)], ", "))
}
