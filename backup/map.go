package backup

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"
)

// The map's units are degrees: a plate carrée from 84 north to 58 south, with
// lines of text below.
const (
	mapNorth, mapSouth = 84, -58
	mapText            = 4.2 // height of the letters
	mapLine            = 6.4 // from one line of text to the next
	mapLetter          = 2.3 // width of a letter, about
)

// mapHead is what every map begins with. All it takes is in it: no script, no
// font and no picture from elsewhere.
const mapHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-180 %d 360 %.1f" role="img" font-family="sans-serif" font-size="%.1f">
<title>%s</title>
<rect x="-180" y="%d" width="360" height="%.1f" fill="#fff"/>
<rect x="-180" y="%d" width="360" height="%d" fill="#e6eef4"/>
`

// Map writes a map of the world with the site, the stores, and the great circles
// from the site to each with their kilometres, as SVG for a page that people
// read. It decides nothing.
func Map(w io.Writer, site Location, stores []StorePlace) error {
	if len(stores) < 1 || len(stores) > maxTargets {
		return fmt.Errorf("map: want 1 to %d stores, found %d", maxTargets, len(stores))
	}
	spots := []spot{{at: site, label: "site"}}
	for _, s := range stores {
		spots = append(spots, spot{at: s.Location, label: fmt.Sprintf("%s %s km", s.ID, thousands(s.Location.Kilometres(site)))})
	}
	for _, s := range spots {
		if !s.at.onEarth() {
			return errors.New("map: want places on the earth, found one beyond it")
		}
	}
	legend := legendOf(site, stores)
	height := float64(mapNorth-mapSouth) + mapLine*float64(len(legend)) + mapLine/2
	var b strings.Builder
	fmt.Fprintf(&b, mapHead, -mapNorth, height, mapText, "The site and the stores of the copies", -mapNorth, height, -mapNorth, mapNorth-mapSouth)
	drawLand(&b)
	for _, s := range spots[1:] {
		drawArc(&b, site, s.at)
	}
	drawSpots(&b, spots)
	for i, l := range legend {
		fmt.Fprintf(&b, "<text x=\"-178\" y=\"%.1f\">%s</text>\n", -mapSouth+mapLine*float64(i+1), html.EscapeString(l))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// drawLand draws the land, the lakes and a net of meridians and parallels.
func drawLand(b *strings.Builder) {
	b.WriteString("<g transform=\"scale(1,-1)\" stroke=\"#9aa7ad\" stroke-width=\"0.3\" stroke-linejoin=\"round\">\n")
	for _, x := range []struct {
		fill  string
		lines []string
	}{{"#dcd8c8", coasts()}, {"#e6eef4", lakes()}} {
		for _, points := range x.lines {
			fmt.Fprintf(b, "<polygon fill=\"%s\" points=\"%s\"/>\n", x.fill, points)
		}
	}
	b.WriteString("</g>\n<path fill=\"none\" stroke=\"#7d8f99\" stroke-opacity=\"0.35\" stroke-width=\"0.2\" d=\"")
	for lon := -180; lon <= 180; lon += 30 {
		fmt.Fprintf(b, "M%d,%dV%d", lon, -mapNorth, -mapSouth)
	}
	for lat := -30; lat <= 60; lat += 30 {
		fmt.Fprintf(b, "M-180,%dH180", -lat)
	}
	b.WriteString("\"/>\n")
}

// arcSteps is how many pieces a great circle is drawn in.
const arcSteps = 96

// drawArc draws the great circle between two places, in two pieces where it
// crosses the meridian opposite Greenwich.
func drawArc(b *strings.Builder, from, to Location) {
	b.WriteString("<path fill=\"none\" stroke=\"#b03a2e\" stroke-width=\"0.6\" d=\"")
	last := 0.0
	for i := range arcSteps + 1 {
		lat, lon := between(from, to, float64(i)/arcSteps)
		command := "L"
		if i == 0 || math.Abs(lon-last) > 180 {
			command = "M"
		}
		fmt.Fprintf(b, "%s%.2f,%.2f", command, lon, -max(lat, mapSouth))
		last = lon
	}
	b.WriteString("\"/>\n")
}

// between returns the point at a part of the way from one place to another, in
// degrees. Opposite places have many ways; it takes one over a pole.
func between(from, to Location, part float64) (lat, lon float64) {
	lat1, lon1 := from.radians()
	lat2, lon2 := to.radians()
	d := 2 * math.Asin(math.Sqrt(min(1, square(math.Sin((lat2-lat1)/2))+math.Cos(lat1)*math.Cos(lat2)*square(math.Sin((lon2-lon1)/2)))))
	if s := math.Sin(d); s > 1e-9 {
		p, q := math.Sin((1-part)*d)/s, math.Sin(part*d)/s
		x := p*math.Cos(lat1)*math.Cos(lon1) + q*math.Cos(lat2)*math.Cos(lon2)
		y := p*math.Cos(lat1)*math.Sin(lon1) + q*math.Cos(lat2)*math.Sin(lon2)
		z := p*math.Sin(lat1) + q*math.Sin(lat2)
		lat1, lon1 = math.Atan2(z, math.Hypot(x, y)), math.Atan2(y, x)
	}
	return lat1 * 180 / math.Pi, lon1 * 180 / math.Pi
}

func square(x float64) float64 { return x * x }

// legendOf returns a line for the site and for each store.
func legendOf(site Location, stores []StorePlace) []string {
	out := []string{"site: " + site.String()}
	for i, s := range stores {
		line := fmt.Sprintf("%s: %s, %s, %s; %s km from the site", s.ID, s.Location, s.Jurisdiction, s.Provider, thousands(s.Location.Kilometres(site)))
		others := slices.Delete(slices.Clone(stores), i, i+1)
		if len(others) > 0 {
			near := slices.MinFunc(others, func(a, b StorePlace) int {
				return cmp.Compare(a.Location.Kilometres(s.Location), b.Location.Kilometres(s.Location))
			})
			line += fmt.Sprintf(", %s km from %s, the nearest store", thousands(near.Location.Kilometres(s.Location)), near.ID)
		}
		out = append(out, line)
	}
	return out
}

// thousands writes a number with a comma behind its thousands. No distance has
// millions.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
