package backup

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// spot is a place with its name on a map.
type spot struct {
	at    Location
	label string
}

// xy returns where a spot is drawn. What lies south of the map stands at its
// edge.
func (s spot) xy() (x, y float64) {
	return float64(s.at.Lon) / locationUnit, -max(float64(s.at.Lat)/locationUnit, mapSouth)
}

// box is a rectangle on the map.
type box struct{ left, top, right, bottom float64 }

func (b box) meets(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// dotRadius is a spot's, labelReach the step by which a name moves away from a
// spot in a crowd, and labelRings how often it does.
const (
	dotRadius  = 1.3
	labelReach = 4.5
	labelRings = 30
)

// drawSpots draws every spot and its name, each where it covers no other.
func drawSpots(b *strings.Builder, spots []spot) {
	var taken []box
	for _, s := range spots {
		x, y := s.xy()
		taken = append(taken, box{x - dotRadius, y - dotRadius, x + dotRadius, y + dotRadius})
	}
	for i, s := range spots {
		x, y := s.xy()
		at := place(x, y, s.label, taken)
		taken = append(taken, at)
		fmt.Fprintf(b, "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke=\"#444\" stroke-width=\"0.25\"/>\n",
			x, y, min(max(x, at.left), at.right), min(max(y, at.top), at.bottom))
		fill := "#b03a2e"
		if i == 0 {
			fill = "#1b4f72"
		}
		fmt.Fprintf(b, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.1f\" fill=\"%s\" stroke=\"#fff\" stroke-width=\"0.3\"/>\n", x, y, dotRadius, fill)
		fmt.Fprintf(b, "<text x=\"%.2f\" y=\"%.2f\" stroke=\"#fff\" stroke-width=\"1\" stroke-opacity=\"0.8\" paint-order=\"stroke\">%s</text>\n",
			at.left, at.bottom-mapText/4, html.EscapeString(s.label))
	}
}

// place returns where a name stands: beside its spot, or farther out where that
// is taken; when all is, beside it nevertheless.
func place(x, y float64, label string, taken []box) box {
	width := mapLetter * float64(len(label))
	at := func(ring, corner int) box {
		angle := float64(corner) * math.Pi / 4
		cx := x + math.Cos(angle)*(float64(ring)*labelReach+width/2)
		cy := y - math.Sin(angle)*float64(ring)*labelReach
		return box{cx - width/2, cy - mapText/2, cx + width/2, cy + mapText/2}
	}
	for ring := 1; ring <= labelRings; ring++ {
		for corner := range 8 {
			b := at(ring, corner)
			inside := b.left >= -180 && b.right <= 180 && b.top >= -mapNorth && b.bottom <= -mapSouth
			if inside && !slices.ContainsFunc(taken, b.meets) {
				return b
			}
		}
	}
	return at(1, 0)
}
