package backup

import (
	"context"
	"slices"
	"strings"
)

// Listed is what a store's list tells of manifests: names and sizes. It costs a
// request for every thousand names, however many somebody wrote.
type Listed struct {
	names []string
	sizes map[string][]int64 // of all versions of a text or a signature
	with  map[string]bool    // the names of texts that have a signature beside them
}

// ListManifests lists what begins like a manifest or its signature, also what
// somebody tried to delete.
func ListManifests(ctx context.Context, s Store) (Listed, error) {
	objects, err := s.List(ctx, manifestPrefix)
	if err != nil {
		return Listed{}, err
	}
	l := Listed{sizes: map[string][]int64{}, with: map[string]bool{}}
	for _, o := range objects {
		if isManifestName(o.Name) && l.sizes[o.Name] == nil {
			l.names = append(l.names, o.Name)
		}
		l.sizes[o.Name] = append(l.sizes[o.Name], o.Size)
		if stem, _, ok := strings.Cut(o.Name, "."); ok && strings.HasSuffix(o.Name, signatureSuffix) && o.Size <= maxSmallObject {
			l.with[stem+manifestSuffix] = true
		}
	}
	return l, nil
}

// Names returns the names of the texts, in the order of their numbers.
func (l Listed) Names() []string { return slices.Clone(l.names) }

// Has says whether text and signature of a manifest are listed with their sizes.
// Whether the bytes are right is for Verify to say.
func (l Listed) Has(m Signed) bool {
	return slices.Contains(l.sizes[m.TextName()], int64(len(m.text))) && slices.Contains(l.sizes[m.SignatureName()], int64(len(m.signature)))
}

// Signed says whether some signature lies beside a text that is short enough to
// be one. Without it nobody need read the text.
func (l Listed) Signed(name string) bool {
	return l.with[name] && slices.ContainsFunc(l.sizes[name], func(n int64) bool { return n <= maxSmallObject })
}

// NumberOf returns the number that a manifest's name tells, if it is such a name.
func NumberOf(name string) (number uint64, ok bool) {
	digits, _, found := strings.Cut(strings.TrimPrefix(name, manifestPrefix), "-")
	if !found || !isManifestName(name) || digits == "" || len(digits) > len("1000000000") {
		return 0, false
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		number = number*10 + uint64(c-'0')
	}
	return number, number > 0 && number <= maxNumber
}

// Before returns the name of the manifest that this one follows; none for the
// first.
func (m Manifest) Before() string {
	if m.Number < 2 {
		return ""
	}
	return manifestName(m.Number-1, m.Previous) + manifestSuffix
}
