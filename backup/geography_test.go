package backup

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func at(lat, lon float64) Location {
	return Location{int32(math.Round(lat * locationUnit)), int32(math.Round(lon * locationUnit))}
}

// The wanted numbers come from the vector formula, computed apart.
func TestKilometres(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b Location
		want int
	}{
		{"Frankfurt to Dublin", at(50.1109, 8.6821), at(53.3498, -6.2603), 1_087},
		{"London to New York", at(51.5072, -0.1276), at(40.7128, -74.0060), 5_570},
		{"Nome to Anadyr, over the antimeridian", at(64.5011, -165.4064), at(64.7337, 177.4968), 812},
		{"Suva to Apia, over the antimeridian", at(-18.1248, 178.4501), at(-13.8507, -171.7514), 1_149},
		{"Sydney to Santiago", at(-33.8688, 151.2093), at(-33.4489, -70.6693), 11_346},
		{"pole to pole", at(90, 0), at(-90, 0), 20_015},
		{"the north pole to Quito", at(90, 0), at(-0.1807, -78.4678), 10_027},
		{"the north pole, by two longitudes", at(90, 10), at(90, -170), 0},
		{"eleven metres over the antimeridian", at(10, 180), at(10, -179.9999), 0},
		{"opposite places", at(47.3769, 8.5417), at(-47.3769, -171.4583), 20_015},
		{"a degree of the equator", at(0, 0), at(0, 1), 111},
		{"nowhere", at(12, 34), at(12, 34), 0},
	} {
		if got, back := c.a.Kilometres(c.b), c.b.Kilometres(c.a); got != c.want || back != c.want {
			t.Errorf("%s: want %d km, found %d and %d back", c.name, c.want, got, back)
		}
	}
	if s := at(-0.0001, 180).String(); s != "-0.0001 180.0000" {
		t.Errorf("found %s", s)
	}
}

func threePlaces() []StorePlace {
	return []StorePlace{
		{"one", at(46.2044, 6.1432), "hetzner", "CH", "acct-1", "rhone"},
		{"two", at(52.5200, 13.4050), "aws", "DE", "acct-2", "spree"},
		{"three", at(53.5511, 9.9937), "aws", "DE", "acct-3", "elbe"},
	}
}

func TestGeographyCheck(t *testing.T) {
	good := Geography{Site: at(47.3769, 8.5417), FromSite: 224, Apart: 255, Accounts: 3, Jurisdictions: 2, Providers: 2, Zones: 3,
		Allow: []string{"CH", "DE"}, Deny: []string{"US"}}
	for _, c := range []struct {
		name   string
		change func(*Geography, []StorePlace)
		want   []string
	}{
		{"nothing", func(*Geography, []StorePlace) {}, nil},
		{"near the site", func(g *Geography, _ []StorePlace) { g.FromSite = 225 },
			[]string{"distance site: store one: want at least 225 km from the site, found 224"}},
		{"near each other", func(g *Geography, _ []StorePlace) { g.Apart = 256 },
			[]string{"distance stores: stores two and three: want at least 256 km between them, found 255"}},
		{"one account twice", func(_ *Geography, s []StorePlace) { s[2].Account = "acct-2" },
			[]string{"distinct account: want at least 3 different ones, found 2: hetzner/acct-1, aws/acct-2"}},
		{"accounts of one name with two providers", func(_ *Geography, s []StorePlace) { s[0].Account = "acct-2" }, nil},
		{"one jurisdiction", func(_ *Geography, s []StorePlace) { s[0].Jurisdiction = "DE" },
			[]string{"distinct jurisdiction: want at least 2 different ones, found 1: DE"}},
		{"one provider", func(_ *Geography, s []StorePlace) { s[0].Provider = "aws" },
			[]string{"distinct provider: want at least 2 different ones, found 1: aws"}},
		{"one zone twice", func(_ *Geography, s []StorePlace) { s[0].Zone = "elbe" },
			[]string{"distinct zone: want at least 3 different ones, found 2: elbe, spree"}},
		{"not allowed", func(_ *Geography, s []StorePlace) { s[1].Jurisdiction = "FR" },
			[]string{"jurisdiction: store two: want one of CH, DE, found FR"}},
		{"denied", func(g *Geography, s []StorePlace) { g.Allow, s[1].Jurisdiction = nil, "US" },
			[]string{"jurisdiction: store two: want none of US, found US"}},
		{"any", func(g *Geography, s []StorePlace) { g.Allow, s[1].Jurisdiction = nil, "FR" }, nil},
		{"one name twice", func(_ *Geography, s []StorePlace) { s[1].ID = "one" },
			[]string{"places: store one: want each name once, found it twice"}},
		{"a rule that asks for nothing", func(g *Geography, _ []StorePlace) { g.Zones = 0 },
			[]string{"places: want rules, each of at least 1 account, jurisdiction, provider and zone, found none"}},
		{"a distance below nothing", func(g *Geography, _ []StorePlace) { g.Apart = -1 },
			[]string{"places: want rules, each of at least 1 account, jurisdiction, provider and zone, found none"}},
	} {
		g, stores := good, threePlaces()
		c.change(&g, stores)
		var found []string
		for _, f := range g.Check(stores) {
			found = append(found, f.String())
		}
		if !slices.Equal(found, c.want) {
			t.Errorf("%s: want\n  %s\nfound\n  %s", c.name, strings.Join(c.want, "\n  "), strings.Join(found, "\n  "))
		}
	}
}

// Nothing declared is nothing known: no rules, no stores, or more than anybody
// has, never pass.
func TestGeographyOfNothingPassesNothing(t *testing.T) {
	if len((Geography{}).Check(threePlaces())) == 0 {
		t.Error("want no rules to pass nothing, found nothing wrong")
	}
	some := Geography{Accounts: 1, Jurisdictions: 1, Providers: 1, Zones: 1}
	for _, stores := range [][]StorePlace{nil, make([]StorePlace, maxTargets+1)} {
		if found := some.Check(stores); len(found) != 1 || !strings.HasPrefix(found[0].String(), "places: want 1 to 32 stores, found ") {
			t.Errorf("want %d stores refused, found %v", len(stores), found)
		}
	}
	if found := some.Check(threePlaces()); len(found) != 0 {
		t.Errorf("want nothing, found %v", found)
	}
}

// What answers too soon is not where it is said to be; what answers late may be
// anywhere.
func TestRoundTrip(t *testing.T) {
	for rtt, want := range map[time.Duration]int{
		time.Millisecond: 100, 5 * time.Millisecond: 500, 10 * time.Millisecond: 1000, time.Nanosecond: 1, time.Hour: 20_016, 0: 20_016, -time.Second: 20_016,
	} {
		if got := RoundTripBound(rtt); got != want {
			t.Errorf("%s: want %d km, found %d", rtt, want, got)
		}
	}
	dublin := StorePlace{ID: "one", Location: at(53.3498, -6.2603)}
	site := at(50.1109, 8.6821)
	f, ok := CheckRoundTrip(dublin, site, 5*time.Millisecond)
	want := "round trip: store one: want an answer after 10.878ms or later from 53.3498 -6.2603, 1087 km away, found one after 5ms, as from at most 500 km"
	if ok || f.String() != want {
		t.Errorf("want %q, found %q", want, f)
	}
	for _, rtt := range []time.Duration{11 * time.Millisecond, time.Second, 0} {
		if f, ok := CheckRoundTrip(dublin, site, rtt); !ok || f != (Finding{}) {
			t.Errorf("%s: want nothing said, found %v", rtt, f)
		}
	}
}

func TestRegionAndPlace(t *testing.T) {
	berlin := StorePlace{ID: "two", Location: at(52.5200, 13.4050), Provider: "aws", Jurisdiction: "DE"}
	frankfurt, other := berlin, berlin
	frankfurt.Location = at(50.0, 8.5)
	stranger := frankfurt
	stranger.Jurisdiction = "US"
	other.Provider = "hetzner"
	for _, c := range []struct {
		name   string
		place  StorePlace
		region string
		want   string
	}{
		{"there", frankfurt, "eu-central-1", ""},
		{"far", berlin, "eu-central-1", "region: store two: want a place within 300 km of 50.1109 8.6821, where eu-central-1 is, found 52.5200 13.4050, 423 km away"},
		{"far with another provider", other, "eu-central-1", "region: store two: want a place within 300 km of 50.1109 8.6821, where eu-central-1 is, found 52.5200 13.4050, 423 km away"},
		{"another law", stranger, "eu-central-1", "region: store two: want jurisdiction DE, where eu-central-1 is, found US"},
		{"unknown", berlin, "moon-1", ""},
		{"no region", berlin, "", ""},
		{"what every server answers", other, "us-east-1", ""},
		{"what Amazon answers", berlin, "us-east-1", "region: store two: want a place within 300 km of 39.0438 -77.4874, where us-east-1 is, found 52.5200 13.4050, 6726 km away"},
	} {
		f, ok := CheckRegion(c.place, c.region)
		if ok != (c.want == "") || !ok && f.String() != c.want || ok && f != (Finding{}) {
			t.Errorf("%s: want %q, found %v %q", c.name, c.want, ok, f)
		}
	}
	if n := len(regions()); n < 30 {
		t.Errorf("want at least 30 regions, found %d", n)
	}
	for name, r := range regions() {
		if len(r.Jurisdiction) != 2 || r.Location.Lat == 0 || r.Location.Lon == 0 || max(r.Location.Lat, -r.Location.Lat) > 70*locationUnit {
			t.Errorf("%s: found %+v", name, r)
		}
	}
}
