package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"strongroom/quorum/text"
)

// errUnsigned reports a page that the maker of what it tells of did not sign.
var errUnsigned = errors.New("not signed by who made the snapshot")

// ErrFlooded reports more names of pages beside a snapshot than are looked at:
// there may be a right one among the others.
var ErrFlooded = errors.New("somebody fills the store with names")

// FindKit returns the page that lies beside a snapshot in a store: that of the
// re-wrap that is followed, the first by name if the maker signed several; where
// re-wraps rival, also that of another of them. There is none: fs.ErrNotExist,
// whatever older ones lie there, since they name other people. odd names pages that
// claim to be it and that the maker did not sign, that tell of a re-wrap which is not
// among the snapshot's, or that the store lists and tells no more about: nobody may
// follow them.
//
// Anybody who may put can add names. So the known ones, such as those of the
// pages that the caller keeps, are looked at first and always; of the others,
// those with a signature of one of the snapshot's makers beside them, up to 64.
// If there are more and none is right: ErrFlooded. None of the others keeps the
// known ones from being found: only a known one that the store does not tell
// about is an error, and a store that is away.
func FindKit(ctx context.Context, s Store, m Signed, known ...string) (k Kit, odd []string, err error) {
	all, odd, err := findKits(ctx, s, m, known)
	for _, newest := range m.newestRewraps() {
		for _, k := range all {
			if k.rewrap == newest {
				return k, odd, nil
			}
		}
	}
	if err != nil {
		return Kit{}, odd, err
	}
	return Kit{}, odd, fmt.Errorf("%s...%s: %w", kitPrefix(m.manifest.Number, text.Identity(m.text)), kitSuffix, fs.ErrNotExist)
}

// KitNames returns the names of all pages in a store that only the caller writes:
// what FindKit is told as known elsewhere.
func KitNames(ctx context.Context, s Store) ([]string, error) {
	objects, err := s.List(ctx, kitKind)
	var names []string
	for _, o := range objects {
		if strings.HasSuffix(o.Name, kitSuffix) {
			names = append(names, o.Name)
		}
	}
	return names, err
}

// findKits returns every page beside a snapshot that its maker or that of one of
// its re-wraps signed, by name. With an error it returns those that it found
// nevertheless; there may be more.
func findKits(ctx context.Context, s Store, m Signed, known []string) (all []Kit, odd []string, err error) {
	first, others, unsigned, err := listKits(ctx, s, m, known)
	if err != nil {
		return nil, nil, err
	}
	var ended, flooded error
	names := slices.Concat(first, others[:min(len(others), maxKits)])
	if len(others) > maxKits {
		flooded = fmt.Errorf("recovery page: want at most %d names of pages that nobody here knows beside snapshot %d, found %d: %w", maxKits, m.manifest.Number, len(others), ErrFlooded)
	}
	odd = unsigned
	for i, name := range names {
		k, err := fetchKit(ctx, s, m, name)
		switch {
		case err == nil:
			all = append(all, k)
			continue
		case isOdd(err):
		case away(ctx, s, name) != nil:
			return sortedKits(all), odd, err
		case i < len(first):
			ended = cmp.Or(ended, err)
			continue
		}
		odd = append(odd, name)
	}
	slices.Sort(odd)
	return sortedKits(all), odd[:min(len(odd), maxKits)], cmp.Or(ended, flooded)
}

func sortedKits(all []Kit) []Kit {
	slices.SortFunc(all, func(a, b Kit) int { return strings.Compare(a.Name(), b.Name()) })
	return all
}

// away says why a store that told nothing about a name does not even list it: then
// it is the store that is away, and not somebody's object that is none of ours.
func away(ctx context.Context, s Store, name string) error {
	_, err := s.List(ctx, name)
	return cmp.Or(ctx.Err(), err)
}

// listKits lists the names of pages beside a snapshot: those that are known,
// others that have a signature of one of the snapshot's makers beside them, and
// those without.
func listKits(ctx context.Context, s Store, m Signed, known []string) (first, others, unsigned []string, err error) {
	makers, err := m.kitMakers(m.added)
	if err != nil {
		return nil, nil, nil, err
	}
	objects, err := s.List(ctx, kitPrefix(m.manifest.Number, text.Identity(m.text)))
	if err != nil {
		return nil, nil, nil, err
	}
	listed := map[string]bool{}
	for _, o := range objects {
		listed[o.Name] = true
	}
	isKnown := map[string]bool{}
	for _, name := range known {
		isKnown[name] = true
	}
	for name := range listed {
		switch {
		case !strings.HasSuffix(name, kitSuffix):
		case isKnown[name]:
			first = append(first, name)
		case slices.ContainsFunc(makers, func(x kitMaker) bool { return listed[kitSignatureName(name, x.id)] }):
			others = append(others, name)
		default:
			unsigned = append(unsigned, name)
		}
	}
	slices.Sort(first)
	slices.Sort(others)
	return first, others, unsigned, nil
}

// isOdd says whether the store answered, and what it has is no page that the
// maker signed.
func isOdd(err error) bool {
	var big tooBig
	return errors.Is(err, errUnsigned) || errors.Is(err, ErrContent) || missing(err) || errors.As(err, &big)
}

// fetchKit reads one page with a signature that fits it. Versions whose stored
// checksum is not the one in the name are not read.
func fetchKit(ctx context.Context, s Store, m Signed, name string) (k Kit, err error) {
	named := func(o Object) bool {
		return o.Checksum.Sum == (Sum{}) || o.Checksum.Parts != 0 || strings.HasSuffix(name, "-"+text.Hash(o.Checksum.Sum).Short()+kitSuffix)
	}
	_, err = fetchOf(ctx, s, name, maxKit, named, func(page []byte) error {
		then, ok := m.toldBy(page)
		if !ok {
			return fmt.Errorf("%w: want a page of a re-wrap that the snapshot has, found one of another", errUnsigned)
		}
		by, err := then.kitMaker()
		if err != nil {
			return err
		}
		_, err = Fetch(ctx, s, kitSignatureName(name, by.id), func(sig []byte) (err error) {
			if k, err = openKit(then, page, sig); err == nil && k.Name() != name {
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
