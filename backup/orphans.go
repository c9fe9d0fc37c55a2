package backup

import (
	"context"
	"strings"
	"time"
)

// Orphans returns the objects of a store that no snapshot names and that nothing
// locks at a time: what a run that never ended sent, or somebody else put. More
// is how many further names were not looked at, or told nothing about by the store.
// Names that known lists, such as those of pages and of what is let go, signatures
// of these pages, and names that begin with one of the given kinds, are left out.
// This program removes nothing: it is the owner who decides. With an error it
// returns what it found until then.
func Orphans(ctx context.Context, s Store, all []Signed, now time.Time, known, kinds []string) (out []Object, more int, err error) {
	names := itemsOf(all).names()
	for _, m := range all {
		for _, small := range append(m.small(), m.addedSmall()...) {
			names[small.name] = true
		}
	}
	for _, name := range known {
		names[name] = true
	}
	listed, err := s.List(ctx, "")
	if err != nil {
		return nil, 0, err
	}
	looked, last := 0, ""
	for _, o := range listed {
		if names[o.Name] || o.Name == last || isKind(o.Name, kinds) || isKitSignature(o.Name, names) {
			continue
		}
		last = o.Name
		if looked++; looked > maxOrphans {
			more++
			continue
		}
		versions, err := s.Versions(ctx, o.Name)
		if err != nil && !missing(err) {
			if away(ctx, s, o.Name) != nil {
				return out, more, err
			}
			more++
		}
		for _, v := range versions {
			if v.Until.Before(now) {
				out = append(out, v)
			}
		}
	}
	return out, more, nil
}

// isKitSignature says whether a name is that of a signature beside a page that is
// among some names.
func isKitSignature(name string, names map[string]bool) bool {
	stem, _, _ := strings.Cut(name, ".")
	return names[stem+kitSuffix] && strings.HasSuffix(name, kitSignatureSuffix)
}

func isKind(name string, kinds []string) bool {
	for _, k := range kinds {
		if strings.HasPrefix(name, k) {
			return true
		}
	}
	return false
}
