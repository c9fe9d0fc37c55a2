package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// actRecover is the act under which a maker signs the page for emergencies.
const actRecover = "recover"

// Kit is RECOVER.html for one snapshot: how it is opened without this program. It
// is signed by the manifest's maker or, after a re-wrap, by that one's. It lies
// beside the snapshot in every store, in the clear, and as write-once as
// everything else. Neither manifest nor re-wrap can name it, since it names them;
// therefore it is signed itself. The zero value is none.
type Kit struct {
	manifest  text.Hash
	rewrap    text.Hash // the newest that it tells of; zero for none
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
// signed the newest re-wrap, or the manifest where there is none.
func SignKit(r Recovery, s sshsig.Signer) (Kit, error) {
	page, err := r.Page()
	if err != nil {
		return Kit{}, err
	}
	by, err := r.Signed.kitMaker()
	if err != nil {
		return Kit{}, err
	}
	if !s.Key().Equal(by.key) {
		return Kit{}, fmt.Errorf("recovery page: want it signed by the %s's key %s, found %s", by.of, by.key.Fingerprint(), s.Key().Fingerprint())
	}
	sig, err := sshsig.Sign(s, sshsig.NamespaceFor(actRecover), page)
	if err != nil {
		return Kit{}, fmt.Errorf("recovery page: %w", err)
	}
	return kitOf(r.Signed, by.id, page, sig), nil
}

func kitOf(m Signed, maker text.ID, page, sig []byte) Kit {
	return Kit{manifest: text.Identity(m.text), rewrap: m.follows, number: m.manifest.Number, maker: maker, page: slices.Clone(page), signature: slices.Clone(sig)}
}

// Page returns a copy of the page.
func (k Kit) Page() []byte { return slices.Clone(k.page) }

// Sum returns the page's SHA-256, which cannot stand in it; zeros for the zero Kit.
func (k Kit) Sum() text.Hash {
	if k.page == nil {
		return text.Hash{}
	}
	return text.Identity(k.page)
}

// Name returns the name of the page in a store: the snapshot's number, its
// manifest's hash, and its own; the zero Kit has none.
func (k Kit) Name() string {
	if k.page == nil {
		return ""
	}
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

// of says whether k is the page of a snapshot with the re-wraps that it has.
func (k Kit) of(m Signed) bool {
	return k.page != nil && k.manifest == text.Identity(m.text) && slices.Contains(m.newestRewraps(), k.rewrap)
}

// openKit verifies a page by the key that signed what it tells of, the newest
// re-wrap of m or its manifest, and that it speaks of just that.
func openKit(m Signed, page, signature []byte) (Kit, error) {
	by, err := m.kitMaker()
	if err != nil {
		return Kit{}, err
	}
	s, err := signedFor(actRecover, by.key, page, signature)
	if err != nil {
		return Kit{}, err
	}
	if !bytes.Contains(page, []byte(manifestMark(text.Identity(m.text)))) {
		return Kit{}, errors.New("want a page about this snapshot, found one about another")
	}
	return kitOf(m, by.id, page, s.Armored()), nil
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
