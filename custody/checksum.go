package custody

import (
	"fmt"
	"strings"
)

// The alphabets of BIP-380: what a descriptor may contain, in three groups of
// 32, and how its checksum is written.
const (
	descriptorAlphabet = "0123456789()[],'/*abcdefgh@:$%{}" +
		"IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~" +
		"ijklmnopqrstuvwxyzABCDEFGH`#\"\\ "
	checksumAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	checksumLength   = 8
)

// withChecksum appends # and the checksum of BIP-380. The body holds
// characters of descriptorAlphabet only.
func withChecksum(body string) string {
	sum, err := descriptorChecksum(body)
	if err != nil {
		panic("custody: " + err.Error())
	}
	return body + "#" + sum
}

// descriptorChecksum computes the eight characters that protect a descriptor's
// body (BIP-380).
func descriptorChecksum(body string) (string, error) {
	state := uint64(1)
	group, members := 0, 0
	for i := range len(body) {
		at := strings.IndexByte(descriptorAlphabet, body[i])
		if at < 0 {
			return "", fmt.Errorf("descriptor: want only characters of BIP-380, found byte %02x at %d", body[i], i)
		}
		state = checksumStep(state, uint64(at&31))
		group, members = group*3+at>>5, members+1
		if members == 3 {
			state = checksumStep(state, uint64(group))
			group, members = 0, 0
		}
	}
	if members > 0 {
		state = checksumStep(state, uint64(group))
	}
	for range checksumLength {
		state = checksumStep(state, 0)
	}
	state ^= 1
	var out [checksumLength]byte
	for i := range out {
		out[i] = checksumAlphabet[state>>(5*(checksumLength-1-i))&31]
	}
	return string(out[:]), nil
}

// checksumStep feeds one symbol of five bits to the code over GF(32).
func checksumStep(state, symbol uint64) uint64 {
	top := state >> 35
	state = state&0x7ffffffff<<5 ^ symbol
	for i, g := range [5]uint64{0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a, 0x644d626ffd} {
		if top>>i&1 != 0 {
			state ^= g
		}
	}
	return state
}

// cutChecksum splits body#checksum and demands that the checksum is there and
// right.
func cutChecksum(s string) (string, error) {
	at := strings.LastIndexByte(s, '#')
	if at < 0 {
		return "", fmt.Errorf("descriptor: want # and a checksum of %d characters at the end, found none", checksumLength)
	}
	body, found := s[:at], s[at+1:]
	want, err := descriptorChecksum(body)
	if err != nil {
		return "", err
	}
	if len(found) != checksumLength {
		return "", fmt.Errorf("descriptor: want a checksum of %d characters, found %d", checksumLength, len(found))
	}
	if found != want {
		return "", fmt.Errorf("descriptor: want checksum %s, found %q", want, found)
	}
	return body, nil
}
