package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// actRecover is the act under which a maker signs the page for emergencies.
const actRecover = "recover"

// Kit is RECOVER.html for one snapshot, signed by the manifest's maker: how it
// is opened without this program. It lies beside the snapshot in every store,
// in the clear, and as write-once as everything else. The manifest cannot name
// it, since it names the manifest; therefore it is signed itself. The zero
// value is none.
type Kit struct {
	manifest  text.Hash
	number    uint64
	maker     text.ID
	page      []byte
	signature []byte
}

const (
	kitKind            = "recover-"
	kitSuffix          = ".html"
	kitSignatureSuffix = ".recover.sig"
)

// SignKit renders the page and signs it (SSHSIG, act "recover") by the key that
// signed the manifest.
func SignKit(r Recovery, s sshsig.Signer) (Kit, error) {
	page, err := r.Page()
	if err != nil {
		return Kit{}, err
	}
	maker, err := r.Signed.makerKey()
	if err != nil {
		return Kit{}, err
	}
	if !s.Key().Equal(maker) {
		return Kit{}, fmt.Errorf("recovery page: want it signed by the manifest's key %s, found %s", maker.Fingerprint(), s.Key().Fingerprint())
	}
	sig, err := sshsig.Sign(s, sshsig.NamespaceFor(actRecover), page)
	if err != nil {
		return Kit{}, fmt.Errorf("recovery page: %w", err)
	}
	return kitOf(r.Signed, page, sig), nil
}

func kitOf(m Signed, page, sig []byte) Kit {
	return Kit{manifest: text.Identity(m.text), number: m.manifest.Number, maker: m.manifest.Maker, page: slices.Clone(page), signature: slices.Clone(sig)}
}

// makerKey is the key whose signature of the manifest was verified.
func (s Signed) makerKey() (sshsig.Key, error) {
	if s.text == nil {
		return sshsig.Key{}, errors.New("recovery page: want a signed manifest, found none")
	}
	sig, err := sshsig.Parse(s.signature)
	if err != nil {
		return sshsig.Key{}, err
	}
	return sig.Key(), nil
}

// Page returns a copy of the page.
func (k Kit) Page() []byte { return slices.Clone(k.page) }

// Sum returns the page's SHA-256, which cannot stand in it.
func (k Kit) Sum() text.Hash { return text.Identity(k.page) }

// Name returns the name of the page in a store: the snapshot's number, its
// manifest's hash, and its own.
func (k Kit) Name() string {
	return kitPrefix(k.number, k.manifest) + k.Sum().Short() + kitSuffix
}

// SignatureName returns the name of its signature.
func (k Kit) SignatureName() string { return kitSignatureName(k.Name(), k.maker) }

func kitSignatureName(name string, maker text.ID) string {
	return fmt.Sprintf("%s.%s%s", strings.TrimSuffix(name, kitSuffix), maker, kitSignatureSuffix)
}

func kitPrefix(number uint64, manifest text.Hash) string {
	return fmt.Sprintf("%s%06d-%s-", kitKind, number, manifest.Short())
}

// small returns the signature before the page, so that a listed page has one.
// The zero Kit has neither.
func (k Kit) small() []smallObject {
	if k.page == nil {
		return nil
	}
	return []smallObject{{k.SignatureName(), k.signature}, {k.Name(), k.page}}
}

// of says whether k is the page of a snapshot.
func (k Kit) of(m Signed) bool { return k.page != nil && k.manifest == text.Identity(m.text) }

// openKit verifies a page by the key that signed the manifest, and that it
// speaks of that manifest.
func openKit(m Signed, page, signature []byte) (Kit, error) {
	maker, err := m.makerKey()
	if err != nil {
		return Kit{}, err
	}
	s, err := signedFor(actRecover, maker, page, signature)
	if err != nil {
		return Kit{}, err
	}
	if !bytes.Contains(page, []byte(manifestMark(text.Identity(m.text)))) {
		return Kit{}, errors.New("want a page about this snapshot, found one about another")
	}
	return kitOf(m, page, s.Armored()), nil
}

// errUnsigned reports a page that the maker of its snapshot did not sign.
var errUnsigned = errors.New("not signed by who made the snapshot")

// FindKit returns the page that lies beside a snapshot in a store. There is
// none: fs.ErrNotExist. odd names pages that claim to be it and that the maker
// did not sign: nobody may follow them.
func FindKit(ctx context.Context, s Store, m Signed) (k Kit, odd []string, err error) {
	if m.text == nil {
		return Kit{}, nil, errors.New("recovery page: want a signed manifest, found none")
	}
	prefix := kitPrefix(m.manifest.Number, text.Identity(m.text))
	objects, err := s.List(ctx, prefix)
	if err != nil {
		return Kit{}, nil, err
	}
	var names []string
	for _, o := range objects {
		if strings.HasSuffix(o.Name, kitSuffix) && !slices.Contains(names, o.Name) && len(names) < maxKits {
			names = append(names, o.Name)
		}
	}
	for _, name := range names {
		found, err := fetchKit(ctx, s, m, name)
		switch {
		case err == nil:
			k = found
		case isOdd(err):
			odd = append(odd, name)
		default:
			return Kit{}, nil, err
		}
	}
	if k.page == nil {
		return Kit{}, odd, fmt.Errorf("%s...%s: %w", prefix, kitSuffix, fs.ErrNotExist)
	}
	return k, odd, nil
}

// isOdd says whether the store answered, and what it has is no page that the
// maker signed.
func isOdd(err error) bool {
	var big tooBig
	return errors.Is(err, errUnsigned) || errors.Is(err, ErrContent) || missing(err) || errors.As(err, &big)
}

// fetchKit reads one page with a signature that fits it.
func fetchKit(ctx context.Context, s Store, m Signed, name string) (k Kit, err error) {
	_, err = fetchUpTo(ctx, s, name, maxKit, func(page []byte) error {
		_, err := Fetch(ctx, s, kitSignatureName(name, m.manifest.Maker), func(sig []byte) (err error) {
			if k, err = openKit(m, page, sig); err == nil && k.Name() != name {
				err = fmt.Errorf("want the name %s", k.Name())
			}
			if err != nil {
				return fmt.Errorf("%w: %w", errUnsigned, err)
			}
			return nil
		})
		return err
	})
	return k, err
}

// RepairKit puts a page beside its snapshot where it is missing or went bad. It
// returns the names that it made good.
func RepairKit(ctx context.Context, s Store, k Kit, until time.Time) ([]string, error) {
	var made []string
	for _, small := range k.small() {
		did, err := repairItem(ctx, s, Item{small.name, Whole(small.b)}, []Source{inMemory(small.b)}, until)
		if err != nil {
			return made, fmt.Errorf("recovery page: %w", err)
		}
		if did {
			made = append(made, small.name)
		}
	}
	return made, nil
}
