package sshsig

import "crypto/ed25519"

// weakEd25519 says what is wrong with an Ed25519 public key, or nothing.
//
// Two faults are looked for that verification itself lets pass. A y
// coordinate of p or more is a second encoding of another key, so one key
// could stand in a policy twice. A point of small order verifies signatures
// that anybody can make without a private key. No honest key has either.
func weakEd25519(point []byte) string {
	if len(point) != ed25519.PublicKeySize {
		return count(len(point))
	}
	y := [32]byte(point)
	y[31] &= 0x7f // the top bit is the sign of x
	if !belowP(y) {
		return "a coordinate that is not reduced"
	}
	if isSmallOrder(y) {
		return "a point of small order"
	}
	return ""
}

// belowP reports whether y, little-endian, is less than p = 2^255-19.
func belowP(y [32]byte) bool {
	if y[31] != 0x7f || y[0] < 0xed {
		return true
	}
	for _, b := range y[1:31] {
		if b != 0xff {
			return true
		}
	}
	return false
}

// isSmallOrder reports whether a reduced y, little-endian, belongs to one of
// the eight points of order 1, 2, 4 or 8. They have five y coordinates.
func isSmallOrder(y [32]byte) bool {
	minusOne := [32]byte{0: 0xec, 31: 0x7f}
	for i := 1; i < 31; i++ {
		minusOne[i] = 0xff
	}
	switch y {
	case [32]byte{}, [32]byte{1}, minusOne: // orders 4, 1 and 2
		return true
	case [32]byte{ // order 8
		0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05}:
		return true
	case [32]byte{ // order 8
		0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}:
		return true
	}
	return false
}
