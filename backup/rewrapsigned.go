package backup

import (
	"context"
	"errors"
	"fmt"
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
	until = t.LockedUntil(until)
	for _, i := range x.items() {
		b := headers[i.Name]
		if c := Whole(b); c.Size != i.Content.Size || c.Sum != i.Content.Sum {
			return fmt.Errorf("%s: want SHA-256 %s, found %s: %w", i.Name, i.Content.Sum, c.Sum, ErrContent)
		}
		if _, err := putBytes(ctx, t.Store, i.Name, Whole(b), Memory(b), until); err != nil {
			return err
		}
	}
	return putSmall(ctx, t, append(kit.small(), x.small()...), until)
}

// PutLine adds to a store the texts and signatures of the re-wraps that one is over,
// which nobody opens without them: they may lie in another store alone.
func PutLine(ctx context.Context, t Target, s Signed, x SignedRewrap, until time.Time) error {
	s, _ = s.AsOf(x.rewrap.Previous)
	return putSmall(ctx, t, s.addedSmall(), t.LockedUntil(until))
}

func putSmall(ctx context.Context, t Target, list []smallObject, until time.Time) error {
	for _, small := range list {
		if _, err := putBytes(ctx, t.Store, small.name, Whole(small.b), Memory(small.b), until); err != nil {
			return err
		}
	}
	return nil
}
