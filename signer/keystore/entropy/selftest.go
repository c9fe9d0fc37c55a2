package entropy

import (
	"fmt"
	"io"
)

// SelfTest reads SampleSize bytes from a generator, judges them and throws
// them away. It passes nothing that fails the repetition count test or the
// adaptive proportion test of SP 800-90B 4.4 for full entropy, or that Judge
// would refuse as a file. A good generator fails it about once in 500,000
// times; then it may be asked again, once.
func SelfTest(rand io.Reader) error {
	var sample [SampleSize]byte
	defer clear(sample[:])
	if _, err := io.ReadFull(rand, sample[:]); err != nil {
		return fmt.Errorf("generator: want %d bytes for its self-test, found %w", SampleSize, err)
	}
	if n := longestRun(sample[:]); n >= repetitionCutoff {
		return fmt.Errorf("generator: want no byte %d times in a row, found one %d times, the random source is broken", repetitionCutoff, n)
	}
	for at := 0; at+proportionWindow <= len(sample); at += proportionWindow {
		if n := proportion(sample[at : at+proportionWindow]); n >= proportionCutoff {
			return fmt.Errorf("generator: want the first of %d bytes less than %d times among them, found it %d times, the random source is broken",
				proportionWindow, proportionCutoff, n)
		}
	}
	return judgeGenerator(sample[:])
}

// proportion is how often the first byte of a window comes up in it.
func proportion(window []byte) int {
	n := 0
	for _, b := range window {
		if b == window[0] {
			n++
		}
	}
	return n
}

func judgeGenerator(b []byte) error {
	digits := make([]byte, 0, 2*SampleSize)
	for _, c := range b {
		digits = append(digits, c>>4, c&15)
	}
	defer clear(digits)
	if v := judgeDigits(digits); v.Level() == Refused {
		return fmt.Errorf("generator: want bytes that chance makes, found that %s, the random source is broken", v.Worst())
	}
	return nil
}
