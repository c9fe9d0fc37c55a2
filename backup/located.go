package backup

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"strongroom/quorum/text"
)

// Located is a store as a certificate tells where it is: where annex backup says,
// and what its answers told of that.
//
//	site 47.3769 8.5417
//	located dublin 53.3498 -6.2603 aws IE 1240 eu-west-1 24500 2450
//	located frankfurt 50.1109 8.6821 hetzner DE 304 none none none
//
// Behind the place come provider, jurisdiction and the kilometres from the site;
// the region that is known of a bucket; the shortest round trip in microseconds
// that was measured, and how many kilometres away it can be at most therefore.
type Located struct {
	Place     StorePlace    // without account and zone
	Region    string        // empty for none that is known
	RoundTrip time.Duration // in whole microseconds; zero where it was not measured
}

// readLocated reads site and stores, which stand together or not at all.
func (c *Certificate) readLocated(r *text.Reader) {
	if !r.At("site") {
		return
	}
	f := r.Line("site", 2)
	c.Origin = readLocation(r, "site", f[0], f[1])
	for len(c.Located) == 0 || r.At("located") && len(c.Located) <= maxTargets {
		c.Located = append(c.Located, c.readStore(r))
		if r.Err() != nil {
			return
		}
	}
}

func (c *Certificate) readStore(r *text.Reader) (l Located) {
	const keyword = "located"
	f := r.Line(keyword, 9)
	l.Place = StorePlace{ID: string(text.Value(r, keyword, f[0], text.ParseID)), Location: readLocation(r, keyword, f[1], f[2]),
		Provider: string(text.Value(r, keyword, f[3], text.ParseID)), Jurisdiction: f[4]}
	if l.Region = f[6]; l.Region == none {
		l.Region = ""
	}
	if f[7] != none {
		l.RoundTrip = time.Duration(text.Uint[uint64](r, keyword, f[7], maxRoundTrip)) * time.Microsecond
	}
	if told := l.fields(c.Origin); f[5] != told[5] || f[8] != told[8] {
		r.Refuse("%s: %s: want %s km from the site and at most %s away, as its place and round trip say, found %s and %s", keyword, f[0], told[5], told[8], clip(f[5]), clip(f[8]))
	}
	return l
}

// fields are the line's, without the keyword.
func (l Located) fields(site Location) []string {
	trip, bound, region := none, none, none
	if l.RoundTrip > 0 {
		trip, bound = text.FormatUint(uint64(l.RoundTrip/time.Microsecond)), strconv.Itoa(RoundTripBound(l.RoundTrip))
	}
	if l.Region != "" {
		region = l.Region
	}
	p := l.Place
	return []string{p.ID, degrees(p.Location.Lat), degrees(p.Location.Lon), p.Provider, p.Jurisdiction, strconv.Itoa(p.Location.Kilometres(site)), region, trip, bound}
}

func (c Certificate) writeLocated(w *text.Writer) {
	if len(c.Located) == 0 {
		return
	}
	w.Line("site", degrees(c.Origin.Lat), degrees(c.Origin.Lon))
	for _, l := range c.Located {
		w.Line("located", l.fields(c.Origin)...)
	}
}

func (c Certificate) checkLocated() error {
	if len(c.Located) == 0 {
		if c.Origin != (Location{}) {
			return errors.New("want a site with stores, found it without")
		}
		return nil
	}
	if len(c.Located) > maxTargets {
		return fmt.Errorf("want at most %d located stores, found %d", maxTargets, len(c.Located))
	}
	if !c.Origin.onEarth() {
		return errors.New("site: want a place on the earth, found one beyond it")
	}
	for i, l := range c.Located {
		if i > 0 && c.Located[i-1].Place.ID >= l.Place.ID {
			return fmt.Errorf("want located stores sorted, each once, found %s behind %s", l.Place.ID, c.Located[i-1].Place.ID)
		}
		if err := l.check(); err != nil {
			return fmt.Errorf("located %s: %w", l.Place.ID, err)
		}
	}
	return nil
}

func (l Located) check() error {
	for _, id := range []string{l.Place.ID, l.Place.Provider} {
		if _, err := text.ParseID(id); err != nil {
			return err
		}
	}
	switch {
	case len(l.Place.Jurisdiction) != 2 || strings.Trim(l.Place.Jurisdiction, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		return fmt.Errorf("want a jurisdiction of two capital letters, found %q", clip(l.Place.Jurisdiction))
	case !l.Place.Location.onEarth():
		return errors.New("want a place on the earth, found one beyond it")
	case l.Region == none || len(l.Region) > maxRegionName || strings.Trim(l.Region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return fmt.Errorf("want a region of up to %d lower-case letters, digits and hyphens, found %q", maxRegionName, clip(l.Region))
	case l.RoundTrip < 0 || l.RoundTrip > maxRoundTrip*time.Microsecond || l.RoundTrip%time.Microsecond != 0:
		return fmt.Errorf("want a round trip of whole microseconds, at most %d, found %s", maxRoundTrip, l.RoundTrip)
	}
	return nil
}

func (l Location) onEarth() bool {
	return l.Lat >= -90*locationUnit && l.Lat <= 90*locationUnit && l.Lon >= -180*locationUnit && l.Lon <= 180*locationUnit
}

// readLocation reads latitude and longitude exactly as String writes them.
func readLocation(r *text.Reader, keyword, lat, lon string) (l Location) {
	for _, x := range []struct {
		s  string
		to *int32
	}{{lat, &l.Lat}, {lon, &l.Lon}} {
		v, err := strconv.ParseFloat(x.s, 64)
		if *x.to = int32(math.Round(max(-999, min(999, v)) * locationUnit)); err != nil || degrees(*x.to) != x.s {
			r.Refuse("%s: want degrees with four digits behind the point, such as -6.2603, found %q", keyword, clip(x.s))
			return Location{}
		}
	}
	return l
}
