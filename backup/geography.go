package backup

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Location is a place on the earth in ten-thousandths of a degree, north and
// east positive (WGS 84). The zero value is a place in the sea.
type Location struct{ Lat, Lon int32 }

// locationUnit is how many units of a Location are a degree.
const locationUnit = 10_000

// meanRadius of the earth (IUGG), in kilometres. The earth is no sphere: what is
// computed with it is right to half a percent.
const meanRadius = 6371.0088

// Kilometres returns the length of the great circle between two places by the
// haversine formula, rounded down: nobody is credited a kilometre that is not
// there.
func (l Location) Kilometres(to Location) int {
	lat1, lon1 := l.radians()
	lat2, lon2 := to.radians()
	a, b := math.Sin((lat2-lat1)/2), math.Sin((lon2-lon1)/2)
	h := a*a + math.Cos(lat1)*math.Cos(lat2)*b*b
	return int(2 * meanRadius * math.Asin(math.Sqrt(min(h, 1))))
}

func (l Location) radians() (lat, lon float64) {
	const unit = math.Pi / 180 / locationUnit
	return float64(l.Lat) * unit, float64(l.Lon) * unit
}

// String writes latitude and longitude in degrees, such as "46.2044 6.1432".
func (l Location) String() string { return degrees(l.Lat) + " " + degrees(l.Lon) }

func degrees(v int32) string { return strconv.FormatFloat(float64(v)/locationUnit, 'f', 4, 64) }

// StorePlace is where a store says it is.
type StorePlace struct {
	ID           string
	Location     Location
	Provider     string // whose machines they are
	Jurisdiction string // the country in which it stands: two letters (ISO 3166)
	Account      string // whoever has it can delete what is not locked
	Zone         string // what one flood or failure of power takes at once
}

// Geography is what is asked of the places of all stores together. The zero
// value asks for nothing and passes nothing.
type Geography struct {
	Site     Location // where the vault works
	FromSite int      // km at least from there to every store
	Apart    int      // km at least between any two stores
	// How many different ones the stores have together, at least 1.
	Accounts, Jurisdictions, Providers, Zones int
	Allow, Deny                               []string // jurisdictions; no Allow is any
}

// Finding is one way in which places are not as they were asked for, or not
// where they were said to be.
type Finding struct {
	Rule string // such as "distance stores"
	Text string // wanted and found, lower case
}

// String returns rule and text as one sentence.
func (f Finding) String() string { return f.Rule + ": " + f.Text }

type findings []Finding

func (f *findings) add(rule, format string, args ...any) {
	*f = append(*f, Finding{rule, fmt.Sprintf(format, args...)})
}

// Check returns how the stores fail what is asked of their places: nothing
// when they do not. Distances count between all stores, whichever hold a copy.
func (g Geography) Check(stores []StorePlace) []Finding {
	var f findings
	if min(g.Accounts, g.Jurisdictions, g.Providers, g.Zones) < 1 || g.FromSite < 0 || g.Apart < 0 {
		f.add("places", "want rules, each of at least 1 account, jurisdiction, provider and zone, found none")
	}
	if len(stores) < 1 || len(stores) > maxTargets {
		f.add("places", "want 1 to %d stores, found %d", maxTargets, len(stores))
		return f
	}
	g.distances(&f, stores)
	g.distincts(&f, stores)
	for _, s := range stores {
		if len(g.Allow) > 0 && !slices.Contains(g.Allow, s.Jurisdiction) {
			f.add("jurisdiction", "store %s: want one of %s, found %s", s.ID, strings.Join(g.Allow, ", "), s.Jurisdiction)
		}
		if slices.Contains(g.Deny, s.Jurisdiction) {
			f.add("jurisdiction", "store %s: want none of %s, found %s", s.ID, strings.Join(g.Deny, ", "), s.Jurisdiction)
		}
	}
	return f
}

func (g Geography) distances(f *findings, stores []StorePlace) {
	for i, s := range stores {
		if km := s.Location.Kilometres(g.Site); km < g.FromSite {
			f.add("distance site", "store %s: want at least %d km from the site, found %d", s.ID, g.FromSite, km)
		}
		for _, other := range stores[i+1:] {
			if s.ID == other.ID {
				f.add("places", "store %s: want each name once, found it twice", s.ID)
			}
			if km := s.Location.Kilometres(other.Location); km < g.Apart {
				f.add("distance stores", "stores %s and %s: want at least %d km between them, found %d", s.ID, other.ID, g.Apart, km)
			}
		}
	}
}

func (g Geography) distincts(f *findings, stores []StorePlace) {
	for _, x := range []struct {
		of   string
		want int
		in   func(StorePlace) string
	}{
		{"account", g.Accounts, func(s StorePlace) string { return s.Provider + "/" + s.Account }},
		{"jurisdiction", g.Jurisdictions, func(s StorePlace) string { return s.Jurisdiction }},
		{"provider", g.Providers, func(s StorePlace) string { return s.Provider }},
		{"zone", g.Zones, func(s StorePlace) string { return s.Zone }},
	} {
		var found []string
		for _, s := range stores {
			if v := x.in(s); !slices.Contains(found, v) {
				found = append(found, v)
			}
		}
		if len(found) < x.want {
			f.add("distinct "+x.of, "want at least %d different ones, found %d: %s", x.want, len(found), strings.Join(found, ", "))
		}
	}
}
