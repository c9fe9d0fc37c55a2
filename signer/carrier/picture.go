package carrier

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// Pictures draws each code as a PNG of two colours, with so many pixels a module: 1
// to 16.
func (s *Series) Pictures(scale int) ([][]byte, error) {
	if scale < 1 || scale > maxScale {
		return nil, fmt.Errorf("pictures: want 1 to %d pixels a module, found %d", maxScale, scale)
	}
	codes, err := s.codes()
	if err != nil {
		return nil, err
	}
	out := make([][]byte, 0, len(codes))
	for _, c := range codes {
		b, err := c.png(scale)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func (c code) png(scale int) ([]byte, error) {
	side := (c.side + 2*quietZone) * scale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if c.black(x/scale-quietZone, y/scale-quietZone) {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}
