package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

const (
	rewrapPrefix          = "rewrap-"
	rewrapSignatureSuffix = ".rewrap.sig"

	// actRewrap is apart from a manifest's: nobody gets one for the other.
	actRewrap = "rewrap"
)

// SignedRewrap is a re-wrap with its exact bytes and a signature that was
// verified, or just made. The zero value opens nothing.
type SignedRewrap struct {
	signedText
	rewrap Rewrap
}

// SignRewrap renders and signs a re-wrap (SSHSIG, act "rewrap").
func SignRewrap(x Rewrap, s sshsig.Signer) (SignedRewrap, error) {
	t, err := signText(actRewrap, x, s)
	if err != nil {
		return SignedRewrap{}, err
	}
	return SignedRewrap{t, x}, nil
}

// OpenRewrap reads a re-wrap and verifies its signature by the maker's key, which
// the caller takes from the policy, not from the store.
func OpenRewrap(b, signature []byte, maker text.ID, key sshsig.Key) (SignedRewrap, error) {
	x, err := ParseRewrap(b)
	if err != nil {
		return SignedRewrap{}, err
	}
	t, err := openText(actRewrap, b, signature, x.Maker, maker, key)
	if err != nil {
		return SignedRewrap{}, err
	}
	return SignedRewrap{t, x}, nil
}

// Rewrap returns the parsed text; its zero value if s is the zero SignedRewrap.
func (s SignedRewrap) Rewrap() Rewrap { return s.rewrap }

// TextName returns the name of the text in a store: it begins with the snapshot
// that it is about.
func (s SignedRewrap) TextName() string { return s.stem() + manifestSuffix }

// SignatureName returns the name of the signature in a store.
func (s SignedRewrap) SignatureName() string {
	return fmt.Sprintf("%s.%s%s", s.stem(), s.rewrap.Maker, rewrapSignatureSuffix)
}

func (s SignedRewrap) stem() string {
	return rewrapPrefix + s.rewrap.Manifest.Short() + "-" + text.Identity(s.text).Short()
}

// items returns the headers that were added.
func (s SignedRewrap) items() []Item {
	var out []Item
	for _, g := range s.rewrap.Segments {
		for _, h := range g.Headers {
			out = append(out, Item{h.Name, h.content()})
		}
	}
	return out
}

func (s SignedRewrap) small() []smallObject {
	return []smallObject{{s.SignatureName(), s.signature}, {s.TextName(), s.text}}
}

// RewrapNames returns the names of the re-wraps that a store lists.
func RewrapNames(ctx context.Context, s Store) ([]string, error) {
	names, err := textNames(ctx, s, rewrapPrefix)
	if err != nil {
		return nil, err
	}
	if len(names) > maxRewrapNames {
		return nil, fmt.Errorf("%s...: want at most %d texts, found %d", rewrapPrefix, maxRewrapNames, len(names))
	}
	return names, nil
}

// With returns the snapshot with the re-wraps of it that hang together: each is
// of this manifest, replaces the headers before it and names the one before it.
// What does not is left out, and a sentence says why. From then on the added
// objects belong to the snapshot: they are verified, kept and repaired with it.
func (s Signed) With(list []SignedRewrap) (Signed, []string) {
	s.added = nil
	var odd []string
	list = slices.SortedFunc(slices.Values(list), func(a, b SignedRewrap) int {
		return cmp.Or(cmp.Compare(a.rewrap.Number, b.rewrap.Number), strings.Compare(a.ID().String(), b.ID().String()))
	})
	var last text.Hash
	for _, x := range list {
		_, err := x.rewrap.Over(s.Opens())
		switch number := uint64(len(s.added)) + 1; {
		case x.text == nil || s.text == nil || x.rewrap.Manifest != text.Identity(s.text):
			err = errors.New("rewrap: want one of this snapshot, found one of another")
		case x.rewrap.Number != number || x.rewrap.Previous != last:
			err = fmt.Errorf("rewrap: want number %d behind %s, found number %d behind %s", number, last.Short(), x.rewrap.Number, x.rewrap.Previous.Short())
		}
		if err != nil {
			odd = append(odd, fmt.Sprintf("left out %s: %v", x.TextName(), err))
			continue
		}
		s.added, last = append(s.added, x), x.ID()
	}
	return s, odd
}

// Rewraps returns the re-wraps of the snapshot, the oldest first.
func (s Signed) Rewraps() []SignedRewrap { return slices.Clone(s.added) }

// Opens returns the manifest with the headers and the recipients that open the
// snapshot now: those of the newest re-wrap, or its own.
func (s Signed) Opens() Manifest { return s.Ways()[0] }

// Ways returns the manifest once for each set of headers that opens the snapshot,
// the newest first and its own last: a locked header stays, and still opens.
func (s Signed) Ways() []Manifest {
	ways := []Manifest{s.manifest}
	for _, x := range s.added {
		if m, err := x.rewrap.Over(ways[0]); err == nil { // With saw that it is
			ways = slices.Insert(ways, 0, m)
		}
	}
	return ways
}

// items returns every object of the snapshot and of its re-wraps, without texts
// and signatures.
func (s Signed) items() []Item {
	out := s.manifest.Items()
	for _, x := range s.added {
		out = append(out, x.items()...)
	}
	return out
}

// PutRewrap adds the headers of a re-wrap to a store, then the page for
// emergencies that tells of them, the zero Kit for none, and last signature and
// text, locked until a time where the store locks. The bytes of the headers are
// by name; what is no header of the text is not put. It can be repeated.
func PutRewrap(ctx context.Context, t Target, x SignedRewrap, kit Kit, headers map[string][]byte, until time.Time) error {
	if x.text == nil {
		return errors.New("rewrap: want a signed text, found none")
	}
	if kit.page != nil && (kit.manifest != x.rewrap.Manifest || kit.rewrap != x.ID()) {
		return errors.New("rewrap: want the recovery page of this re-wrap, found that of another")
	}
	if !t.Locks {
		until = time.Time{}
	}
	for _, i := range x.items() {
		b := headers[i.Name]
		if c := Whole(b); c.Size != i.Content.Size || c.Sum != i.Content.Sum {
			return fmt.Errorf("%s: want SHA-256 %s, found %s: %w", i.Name, i.Content.Sum, c.Sum, ErrContent)
		}
		if _, err := putBytes(ctx, t.Store, i.Name, Whole(b), Memory(b), until); err != nil {
			return err
		}
	}
	for _, small := range append(kit.small(), x.small()...) {
		if _, err := putBytes(ctx, t.Store, small.name, Whole(small.b), Memory(small.b), until); err != nil {
			return err
		}
	}
	return nil
}
