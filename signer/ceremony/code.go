package ceremony

import (
	"fmt"

	"rsc.io/qr"
)

// moduleSize is how large one module of a code is printed, in hundredths of a
// millimetre: telephones read half of it.
const moduleSize = 75

// code draws text as a QR code (ISO/IEC 18004) with its white border, at most so
// many millimetres wide, and a line below.
func (p *page) code(content, below string, level qr.Level, most int) error {
	c, err := qr.Encode(content, level)
	if err != nil {
		return fmt.Errorf("code: %w", err)
	}
	side := c.Size + 2*quiet
	width := min(side*moduleSize/100, most)
	p.tags(fmt.Sprintf(`<figure style="width:%dmm"><svg viewBox="0 0 %d %d" shape-rendering="crispEdges"><path d="`, width, side, side))
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			n := 0
			for c.Black(x+n, y) {
				n++
			}
			if n > 0 {
				p.tags(fmt.Sprintf("M%d %dh%dv1h-%dz", x+quiet, y+quiet, n, n))
				x += n
			}
		}
	}
	p.tags(`"/></svg>`)
	p.in("figcaption", below)
	p.tags("</figure>\n")
	return nil
}
