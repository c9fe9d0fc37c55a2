package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/backup"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// drillPlaces is where the stores are, as a certificate tells it.
type drillPlaces struct {
	Origin backup.Location  `json:"origin"`
	Stores []backup.Located `json:"stores"`
}

// placesOf tells where the stores of this home are: where annex backup says, and
// what was seen of that. Without the annex nobody knows.
func placesOf(b policy.Backup, stores []namedStore, seen map[text.ID]whereabouts) drillPlaces {
	if !b.Named {
		return drillPlaces{}
	}
	out := drillPlaces{Origin: backup.Location(b.Site)}
	listed := storePlaces(b)
	for _, s := range stores {
		place, ok := placeOf(listed, string(s.name))
		if !ok {
			continue // a finding tells of it
		}
		place.Account, place.Zone = "", ""
		out.Stores = append(out.Stores, backup.Located{Place: place, Region: seen[s.name].regionOf(s), RoundTrip: seen[s.name].RoundTrip})
	}
	if len(out.Stores) == 0 {
		return drillPlaces{}
	}
	slices.SortFunc(out.Stores, func(a, b backup.Located) int { return strings.Compare(a.Place.ID, b.Place.ID) })
	return out
}

// geographyText judges the places, and says in a line what was found.
func geographyText(b policy.Backup, stores []namedStore, seen map[text.ID]whereabouts) (string, error) {
	var bad []string
	for _, f := range placeFindings(b, stores, seen) {
		bad = append(bad, f.String())
	}
	if len(bad) > 0 {
		return "", errors.New(strings.Join(bad, "; "))
	}
	places := placesOf(b, stores, seen)
	near, apart, measured := -1, -1, 0
	for i, s := range places.Stores {
		near = nearer(near, s.Place.Location.Kilometres(places.Origin))
		for _, other := range places.Stores[i+1:] {
			apart = nearer(apart, s.Place.Location.Kilometres(other.Place.Location))
		}
		if s.RoundTrip > 0 {
			measured++
		}
	}
	said := fmt.Sprintf("%s, %d km from the site or more", count(len(places.Stores), "store"), near)
	if apart >= 0 {
		said += fmt.Sprintf(", %d km apart or more", apart)
	}
	if measured == 0 {
		return said + "; no way was measured", nil
	}
	return said + fmt.Sprintf("; %d measured, no answer came too soon", measured), nil
}

// nearer returns the smaller of two distances; -1 stands for none.
func nearer(a, b int) int {
	if a < 0 || b < a {
		return b
	}
	return a
}

// wholeMicroseconds rounds up: nobody is said to be nearer than was measured.
func wholeMicroseconds(d time.Duration) time.Duration {
	return (d + time.Microsecond - 1).Truncate(time.Microsecond)
}
