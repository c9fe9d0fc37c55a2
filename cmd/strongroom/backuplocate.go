package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"strongroom/backup"
	"strongroom/backup/s3store"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// Why a store was not measured. What stands behind a loopback address, or is
// mounted as a folder, nobody can tell from the way to it.
const (
	notLoopback = "not measured (loopback)"
	notFolder   = "not measured (a folder)"
	notAnswered = "not measured (no answer)"
)

// whereabouts are what a store's answers told of where it is.
type whereabouts struct {
	s3store.Sighting
	not string // why its round trip was not measured; empty if it was
}

// sight asks every bucket where it is, all at once, and measures the way. A store
// that does not answer keeps nobody waiting: it is left behind by what comes
// next, and told there.
func sight(ctx context.Context, stores []namedStore) map[text.ID]whereabouts {
	ctx, cancel := context.WithTimeout(ctx, sightTime)
	defer cancel()
	found := make([]whereabouts, len(stores))
	var all sync.WaitGroup
	for i, s := range stores {
		all.Go(func() { found[i] = sightOne(ctx, s) })
	}
	all.Wait()
	out := map[text.ID]whereabouts{}
	for i, s := range stores {
		out[s.name] = found[i]
	}
	return out
}

func sightOne(ctx context.Context, s namedStore) whereabouts {
	switch {
	case s.isFolder():
		return whereabouts{not: notFolder}
	case s.s3 == nil || s.err != nil:
		return whereabouts{not: notAnswered}
	}
	seen, err := s.s3.Locate(ctx)
	seen.RoundTrip = wholeMicroseconds(seen.RoundTrip)
	switch {
	case err != nil:
		return whereabouts{not: notAnswered}
	case s.s3.Loopback():
		return whereabouts{Sighting: seen, not: notLoopback}
	}
	return whereabouts{Sighting: seen}
}

// sightFindings says how a store is not where annex backup says: another region
// than its description names, a region that lies elsewhere, an answer that came
// too soon.
func sightFindings(b policy.Backup, place backup.StorePlace, s namedStore, seen whereabouts) []backup.Finding {
	var out []backup.Finding
	region := s.region()
	if seen.Region != "" && seen.Region != region {
		out = append(out, backup.Finding{Rule: "region", Text: fmt.Sprintf("store %s: want %s, as its description says, found %s told by the store", s.name, region, seen.Region)})
		region = seen.Region
	}
	if f, ok := backup.CheckRegion(place, region); !ok {
		out = append(out, f)
	}
	if f, ok := backup.CheckRoundTrip(place, backup.Location(b.Site), seen.RoundTrip); !ok {
		out = append(out, f)
	}
	return out
}

// regionOf is the region that is known of a store: what it tells, or what
// requests are signed for.
func (s whereabouts) regionOf(store namedStore) string {
	if s.Region != "" {
		return s.Region
	}
	return store.region()
}

// words tell what was measured, in one line.
func (s whereabouts) words() string {
	if s.RoundTrip <= 0 {
		return s.not
	}
	return fmt.Sprintf("answered after %s, as from at most %d km", s.RoundTrip.Round(10*time.Microsecond), backup.RoundTripBound(s.RoundTrip))
}

// sightNote remembers what was seen.
type sightNote struct {
	At     string `json:"at,omitempty"`
	Region string `json:"region,omitempty"`
	Micros int64  `json:"microseconds,omitempty"`
	Not    string `json:"not,omitempty"`
}

func (n sightNote) whereabouts() whereabouts {
	return whereabouts{s3store.Sighting{Region: n.Region, RoundTrip: time.Duration(n.Micros) * time.Microsecond}, n.Not}
}

// noteSights keeps what was seen. Where a store did not answer, what was seen
// before stays.
func (d *desk) noteSights(seen map[text.ID]whereabouts) (err error) {
	for name, s := range seen {
		if s.not == notAnswered {
			continue
		}
		sight := sightNote{At: d.stamp(), Region: s.Region, Micros: s.RoundTrip.Microseconds(), Not: s.not}
		err = errors.Join(err, d.changeNotes(name, func(n *storeNotes) { n.Sight = sight }))
	}
	return err
}

// noted are the sightings that this home remembers.
func (d *desk) noted(stores []namedStore) map[text.ID]whereabouts {
	out := map[text.ID]whereabouts{}
	for _, s := range stores {
		out[s.name] = d.notes(s.name).Sight.whereabouts()
	}
	return out
}
