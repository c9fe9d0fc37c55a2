package carrier

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
)

// openImage reads a PNG or JPEG file as brightness, byte for pixel. Its size is
// looked at before its pixels are.
func openImage(file []byte) (*image.Gray, error) {
	if n := len(file); n > MaxImage {
		return nil, fmt.Errorf("want an image of at most %d bytes, found %d", MaxImage, n)
	}
	config, decode := png.DecodeConfig, png.Decode
	switch {
	case bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")):
	case bytes.HasPrefix(file, []byte("\xff\xd8\xff")):
		config, decode = jpeg.DecodeConfig, jpeg.Decode
	default:
		return nil, fmt.Errorf("want a PNG or JPEG image, found something else")
	}
	c, err := config(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("want an image, found a broken one: %w", err)
	}
	if c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels {
		return nil, fmt.Errorf("want an image of at most %d pixels, %d a side, found %d by %d", maxPixels, maxSide, c.Width, c.Height)
	}
	img, err := decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("want an image, found a broken one: %w", err)
	}
	return brightness(img), nil
}

// brightness drops the colours. What is transparent lies on white.
func brightness(img image.Image) *image.Gray {
	b := img.Bounds()
	gray := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	if y, ok := img.(*image.YCbCr); ok { // of a JPEG, the first plane is all of it
		for row := range b.Dy() {
			from := y.YOffset(b.Min.X, b.Min.Y+row)
			copy(gray.Pix[row*gray.Stride:][:b.Dx()], y.Y[from:])
		}
		return gray
	}
	draw.Draw(gray, gray.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(gray, gray.Rect, img, b.Min, draw.Over)
	return gray
}

// halved returns the image at half its size, each pixel the mean of four.
func halved(g *image.Gray) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, g.Rect.Dx()/2, g.Rect.Dy()/2))
	for y := range out.Rect.Dy() {
		upper, lower := g.Pix[2*y*g.Stride:], g.Pix[(2*y+1)*g.Stride:]
		for x := range out.Rect.Dx() {
			sum := int(upper[2*x]) + int(upper[2*x+1]) + int(lower[2*x]) + int(lower[2*x+1])
			out.Pix[y*out.Stride+x] = byte(sum / 4)
		}
	}
	return out
}

// inverted returns the negative.
func inverted(g *image.Gray) *image.Gray {
	out := image.NewGray(g.Rect)
	for i, v := range g.Pix {
		out.Pix[i] = 255 - v
	}
	return out
}

// turned returns the image turned by 20 degrees, on a canvas
// that holds its middle. Each pixel is mixed from the four nearest, which also
// smooths what a coarse drawing has for edges.
func turned(g *image.Gray) *image.Gray {
	const degrees = 20
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(g.Rect.Dx()), float64(g.Rect.Dy())
	out := image.NewGray(image.Rect(0, 0, int(w*cos+h*sin)+1, int(h*cos+w*sin)+1))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			dx, dy := float64(x-out.Rect.Dx()/2), float64(y-out.Rect.Dy()/2)
			out.Pix[y*out.Stride+x] = between(g, cos*dx-sin*dy+w/2, cos*dy+sin*dx+h/2)
		}
	}
	return out
}

// between mixes the four pixels around a point. Outside of the image it is gray.
func between(g *image.Gray, u, v float64) byte {
	const outside = 128
	x, y := int(math.Floor(u)), int(math.Floor(v))
	if x < 0 || y < 0 || x+1 >= g.Rect.Dx() || y+1 >= g.Rect.Dy() {
		return outside
	}
	i, right, low := y*g.Stride+x, u-float64(x), v-float64(y)
	upper := float64(g.Pix[i])*(1-right) + float64(g.Pix[i+1])*right
	lower := float64(g.Pix[i+g.Stride])*(1-right) + float64(g.Pix[i+g.Stride+1])*right
	return byte(upper*(1-low) + lower*low)
}
