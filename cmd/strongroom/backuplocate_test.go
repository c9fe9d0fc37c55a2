package main

import (
	"io"
	"testing"
	"time"

	"strongroom/backup/s3store"
	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// frankfurt is an annex with a site in Zurich and a bucket in Frankfurt, 304 km
// away, and a store of that name.
func frankfurt() (policy.Backup, []namedStore) {
	b := policy.StrictBackup("v")
	b.Named, b.Site, b.Distinct = true, policy.Point{Lat: 473769, Lon: 85417}, policy.Distinct{Accounts: 1, Jurisdictions: 1, Providers: 1, Zones: 1}
	b.Stores = []policy.BackupStore{{ID: "one", Place: policy.Point{Lat: 501109, Lon: 86821}, Provider: "aws", Country: "DE", Account: "a", Zone: "z", Lock: policy.LockCompliance}}
	return b, []namedStore{{name: "one", path: "b at s3.example.com:443", bucket: bucket{endpoint: "s3.example.com:443", name: "b", region: "eu-central-1"}}}
}

func seenAs(region string, trip time.Duration) map[text.ID]whereabouts {
	return map[text.ID]whereabouts{"one": {Sighting: s3store.Sighting{Region: region, RoundTrip: trip}}}
}

func TestAStoreThatIsNotWhereItSaysIsRefused(t *testing.T) {
	b, stores := frankfurt()
	d := quiet(custody.Mainnet, io.Discard)
	for _, c := range []struct {
		name string
		seen map[text.ID]whereabouts
		want string
	}{
		{"an answer too soon", seenAs("", 200*time.Microsecond), "round trip: store one: want an answer after 3.042ms or later from 50.1109 8.6821, 304 km away, found one after 200µs, as from at most 20 km"},
		{"another region", seenAs("us-west-2", 0), "region: store one: want eu-central-1, as its description says, found us-west-2 told by the store; region: store one: want a place within 300 km of 45.8399 -119.7006, where us-west-2 is, found 50.1109 8.6821, 8245 km away"},
	} {
		wantRefusal(t, d.checkPlaces(b, stores, c.seen), c.want, "BAK-PLACE", false)
		if _, err := geographyText(b, stores, c.seen); err == nil || err.Error() != c.want {
			t.Errorf("%s: want a failed check %q, found %v", c.name, c.want, err)
		}
	}
	for name, seen := range map[string]map[text.ID]whereabouts{"nothing seen": nil, "as described": seenAs("eu-central-1", 9*time.Millisecond), "no region told": seenAs("", 9*time.Millisecond)} {
		if err := d.checkPlaces(b, stores, seen); err != nil {
			t.Errorf("%s: want it taken, found %v", name, err)
		}
	}
}

func TestWhatIsNotMeasuredIsSaid(t *testing.T) {
	b, stores := frankfurt()
	if s := sightOne(t.Context(), namedStore{name: "one", path: "/mnt/one"}); s.words() != "not measured (a folder)" {
		t.Errorf("found %q", s.words())
	}
	if s := sightOne(t.Context(), stores[0]); s.words() != "not measured (no answer)" {
		t.Errorf("found %q", s.words())
	}
	if s := seenAs("", 12345*time.Microsecond)["one"]; s.words() != "answered after 12.35ms, as from at most 1234 km" && s.words() != "answered after 12.34ms, as from at most 1234 km" {
		t.Errorf("found %q", s.words())
	}
	for _, c := range []struct {
		seen map[text.ID]whereabouts
		want string
	}{
		{nil, "1 store, 304 km from the site or more; no way was measured"},
		{seenAs("", 9*time.Millisecond), "1 store, 304 km from the site or more; 1 measured, no answer came too soon"},
	} {
		if got, err := geographyText(b, stores, c.seen); err != nil || got != c.want {
			t.Errorf("want %q, found %q, %v", c.want, got, err)
		}
	}
	second := b.Stores[0]
	second.ID, second.Place = "two", policy.Point{Lat: 535511, Lon: 99937}
	b.Stores = append(b.Stores, second)
	stores = append(stores, namedStore{name: "two", path: "/mnt/two"})
	b.Stores[1].Lock = policy.LockNone
	want := "2 stores, 304 km from the site or more, 392 km apart or more; no way was measured"
	if got, err := geographyText(b, stores, nil); err != nil || got != want {
		t.Errorf("want %q, found %q, %v", want, got, err)
	}
	p := placesOf(b, stores, seenAs("", 9*time.Millisecond))
	if len(p.Stores) != 2 || p.Stores[0].Region != "eu-central-1" || p.Stores[0].Place.Account != "" || p.Stores[1].RoundTrip != 0 {
		t.Errorf("found %+v", p)
	}
	if p := placesOf(policy.StrictBackup("v"), stores, nil); len(p.Stores) != 0 {
		t.Errorf("want no place without the annex, found %+v", p)
	}
}

// A time is rounded so that nobody is said to be nearer than was measured.
func TestTimesAreRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]time.Duration{0: 0, 1: time.Microsecond, time.Microsecond: time.Microsecond, 1001: 2 * time.Microsecond} {
		if got := wholeMicroseconds(d); got != want {
			t.Errorf("%d: want %s, found %s", d, want, got)
		}
	}
}

// What was seen stays noted, and a store that did not answer takes nothing away.
func TestSightingsAreNoted(t *testing.T) {
	n := sightNote{At: "2026-11-22T08:00:00Z", Region: "eu-central-1", Micros: 9000}
	b, stores := frankfurt()
	var st storeStatus
	st.seen(n, stores[0], b)
	if want := "50.1109 8.6821 DE, 304 km from the site; region eu-central-1; answered after 9ms, as from at most 900 km"; st.Where != want || st.Bound != 900 || st.RoundTrip != 9000 || st.Kilometres != 304 {
		t.Errorf("want %q, found %+v", want, st)
	}
	st = storeStatus{}
	st.seen(sightNote{}, namedStore{name: "nine", path: "/mnt"}, policy.StrictBackup("v"))
	if st.Where != "" {
		t.Errorf("want nothing said, found %q", st.Where)
	}
}
