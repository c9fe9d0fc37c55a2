package slip39

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// schoolbook multiplies with carries left out and then divides, as it is done
// on paper.
func schoolbook(a, b byte) byte {
	product := 0
	for i := range 8 {
		if b>>i&1 == 1 {
			product ^= int(a) << i
		}
	}
	for i := 14; i >= 8; i-- {
		if product>>i&1 == 1 {
			product ^= 0x11b << (i - 8)
		}
	}
	return byte(product)
}

func TestFieldAgreesWithPaper(t *testing.T) {
	for a := range 256 {
		for b := range 256 {
			if got, want := multiply(byte(a), byte(b)), schoolbook(byte(a), byte(b)); got != want {
				t.Fatalf("%x times %x: want %x, found %x", a, b, want, got)
			}
		}
		want := byte(1)
		if a == 0 {
			want = 0
		}
		if got := multiply(byte(a), invert(byte(a))); got != want {
			t.Errorf("%x times its inverse: want %d, found %x", a, want, got)
		}
	}
	// FIPS 197, 4.2
	if got := multiply(0x57, 0x83); got != 0xc1 {
		t.Errorf("57 times 83: want c1, found %x", got)
	}
}

func TestInterpolationFindsThePolynomial(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		degree := rapid.IntRange(0, maxCount-1).Draw(t, "degree")
		size := rapid.IntRange(1, 5).Draw(t, "size")
		coefficients := make([][]byte, degree+1)
		for i := range coefficients {
			coefficients[i] = rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "coefficients")
		}
		at := func(x byte) []byte {
			y := make([]byte, size)
			for i := degree; i >= 0; i-- {
				for k := range y {
					y[k] = schoolbook(y[k], x) ^ coefficients[i][k]
				}
			}
			return y
		}
		var points []point
		for _, x := range rapid.SliceOfNDistinct(rapid.Byte(), degree+1, degree+1, rapid.ID).Draw(t, "xs") {
			points = append(points, point{x: x, y: at(x)})
		}
		out := make([]byte, size)
		x := rapid.Byte().Draw(t, "x")
		if interpolate(out, x, points); !bytes.Equal(out, at(x)) {
			t.Fatalf("want %x at %d, found %x", at(x), x, out)
		}
	})
}
