package backup

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestMapShowsEveryPlace(t *testing.T) {
	var b strings.Builder
	stores := append(threePlaces(), StorePlace{ID: "far", Location: at(-36.5, 174.7), Provider: "x<y", Jurisdiction: "NZ"})
	if err := Map(&b, at(47.3769, 8.5417), stores); err != nil {
		t.Fatal(err)
	}
	svg := b.String()
	if n := elements(t, svg)["circle"]; n != 5 {
		t.Errorf("want 5 spots, found %d", n)
	}
	if n := elements(t, svg)["polygon"]; n < 30 {
		t.Errorf("want at least 30 pieces of land, found %d", n)
	}
	for _, want := range []string{
		">site</text>", ">one 224 km</text>", ">far 18,354 km</text>", "cx=\"8.54\" cy=\"-47.38\"", "cx=\"174.70\" cy=\"36.50\"",
		">site: 47.3769 8.5417</text>",
		">two: 52.5200 13.4050, DE, aws; 669 km from the site, 255 km from three, the nearest store</text>", "NZ, x&lt;y;",
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("want %q on the map, found it not", want)
		}
	}
	for _, not := range []string{"<script", "href", "url(", "NaN", "Inf"} {
		if strings.Contains(svg, not) {
			t.Errorf("want no %s on the map, found it", not)
		}
	}
	var again strings.Builder
	if err := Map(&again, at(47.3769, 8.5417), stores); err != nil || again.String() != svg {
		t.Errorf("want the same map again, found another, %v", err)
	}
}

// elements reads the picture as XML and counts its elements.
func elements(t *testing.T, svg string) map[string]int {
	t.Helper()
	count := map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			count[e.Name.Local]++
		}
	}
}

// A way over the antimeridian is drawn in two pieces, not across the world, and
// one to the opposite place or to itself is drawn too.
func TestMapDrawsEveryWay(t *testing.T) {
	arc := func(from, to Location) string {
		var b strings.Builder
		drawArc(&b, from, to)
		return b.String()
	}
	if got := strings.Count(arc(at(-36.5, 174.7), at(-12, -77)), "M"); got != 2 {
		t.Errorf("want 2 pieces, found %d", got)
	}
	if got := strings.Count(arc(at(47, 8), at(-36.5, 174.7)), "M"); got != 1 {
		t.Errorf("want 1 piece, found %d", got)
	}
	for _, to := range []Location{at(47, 8), at(-47, -172), at(90, 0), at(-90, 0)} {
		if s := arc(at(47, 8), to); strings.Contains(s, "NaN") || !strings.Contains(s, "M8.00,-47.00L") {
			t.Errorf("want a way to %s, found %s", to, s)
		}
	}
}

// Names do not cover each other, however crowded the places are.
func TestMapNamesStandApart(t *testing.T) {
	var taken []box
	for i := range maxTargets {
		b := place(8, -50, "a-long-name 1,000 km", taken)
		for _, o := range taken {
			if b.meets(o) {
				t.Fatalf("want name %d beside the others, found %v over %v", i, b, o)
			}
		}
		taken = append(taken, b)
	}
}

func TestMapRefuses(t *testing.T) {
	for want, stores := range map[string][]StorePlace{
		"map: want 1 to 32 stores, found 0":                  nil,
		"map: want 1 to 32 stores, found 33":                 make([]StorePlace, 33),
		"map: want places on the earth, found one beyond it": {{ID: "x", Location: Location{Lat: 900_001}}},
	} {
		var b strings.Builder
		if err := Map(&b, Location{}, stores); err == nil || err.Error() != want || b.Len() > 0 {
			t.Errorf("want %q and nothing written, found %v", want, err)
		}
	}
}
