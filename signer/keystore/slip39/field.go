package slip39

// point is one point of as many polynomials as y has bytes, all at one x.
type point struct {
	x byte
	y []byte
}

// interpolate writes to out the values at x of the polynomials of lowest degree
// through points, whose x differ from each other. Every x is public; what is at
// them is not.
func interpolate(out []byte, x byte, points []point) {
	clear(out)
	for i, p := range points {
		factor := byte(1)
		for j, q := range points {
			if j != i {
				factor = multiply(factor, multiply(x^q.x, invert(p.x^q.x)))
			}
		}
		for k := range out {
			out[k] ^= multiply(p.y[k], factor)
		}
	}
}

// multiply is the product in GF(256) modulo x^8 + x^4 + x^3 + x + 1. It takes
// eight equal steps and no branch.
func multiply(a, b byte) byte {
	const modulus = 0x1b // without x^8, which falls out of the byte
	var product byte
	for range 8 {
		product ^= a & -(b & 1)
		a = a<<1 ^ modulus&-(a>>7)
		b >>= 1
	}
	return product
}

// invert is the inverse in GF(256), a^254; 0 stays 0.
func invert(a byte) byte {
	power := a
	for range 6 { // from a^1 to a^127
		power = multiply(multiply(power, power), a)
	}
	return multiply(power, power)
}
