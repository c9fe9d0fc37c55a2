package slip39

const checksumWords = 3

// checksum is the state of RS1024, a Reed-Solomon code over GF(1024) with three
// words of redundancy. It finds every change of up to three words, but for one
// that turns the extendable flag in the second word, which also changes the
// code: that one passes with a chance of one in a billion.
type checksum uint32

// newChecksum begins with the customization string, a letter for a word.
func newChecksum(extendable bool) checksum {
	custom := "shamir"
	if extendable {
		custom = "shamir_extendable"
	}
	c := checksum(1)
	for _, letter := range []byte(custom) {
		c = c.add(uint16(letter))
	}
	return c
}

// add multiplies the state by x, adds a word and reduces, without a branch.
func (c checksum) add(word uint16) checksum {
	generator := [bitsPerWord]checksum{
		0x00e0e040, 0x01c1c080, 0x03838100, 0x07070200, 0x0e0e0009,
		0x1c0c2412, 0x38086c24, 0x3090fc48, 0x21b1f890, 0x03f3f120,
	}
	high := c >> 20
	c = c&0xfffff<<bitsPerWord ^ checksum(word)
	for i, g := range generator {
		c ^= g & -(high >> i & 1)
	}
	return c
}

func (c checksum) addAll(words []uint16) checksum {
	for _, w := range words {
		c = c.add(w)
	}
	return c
}

// right tells whether the words added so far, with their checksum, are a code
// word.
func (c checksum) right() bool { return c == 1 }

// words returns the three words that make a code word of those added so far.
func (c checksum) words() [checksumWords]uint16 {
	c = c.add(0).add(0).add(0) ^ 1
	return [...]uint16{uint16(c >> 20 & 0x3ff), uint16(c >> 10 & 0x3ff), uint16(c & 0x3ff)}
}
