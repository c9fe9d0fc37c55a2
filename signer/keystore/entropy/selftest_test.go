package entropy

import (
	"bytes"
	"io"
	"math/big"
	"strings"
	"testing"
)

const broken = ", the random source is broken"

// sampleOf is a good sample that a case then spoils.
func sampleOf(t *testing.T, spoil func(b []byte)) io.Reader {
	t.Helper()
	b := make([]byte, SampleSize+SystemSize)
	if _, err := io.ReadFull(&stream{label: "generator"}, b); err != nil {
		t.Fatal(err)
	}
	spoil(b)
	return bytes.NewReader(b)
}

func TestBrokenGeneratorIsNotAsked(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(b []byte)
		want  string
	}{
		{"stuck", func(b []byte) { clear(b) }, "generator: want no byte 5 times in a row, found one 4096 times" + broken},
		{"stuck five times", func(b []byte) { copy(b[100:], "aaaaa") }, "generator: want no byte 5 times in a row, found one 5 times" + broken},
		{"one byte too often", func(b []byte) {
			for i := range 13 {
				b[512+30*(i+1)] = b[512]
			}
		}, "generator: want the first of 512 bytes less than 16 times among them, found it 16 times" + broken},
		{"one stuck bit", func(b []byte) {
			for i := range b {
				b[i] |= 4
			}
		}, "generator: want bytes that chance makes, found that some faces come up too often" + broken},
		{"counter", func(b []byte) {
			for i := range b {
				b[i] = byte(i)
			}
		}, "generator: want bytes that chance makes, found that a long stretch comes twice" + broken},
		{"short period", func(b []byte) { copy(b[2000:], b[:2000]) }, "generator: want bytes that chance makes, found that a long stretch comes twice" + broken},
		{"text", func(b []byte) { copy(b, strings.Repeat("it is only a text, ", 300)) }, "generator: want the first of 512 bytes less than 16 times among them, found it 54 times" + broken},
	}
	for _, c := range cases {
		if err := SelfTest(sampleOf(t, c.spoil)); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
		if s, err := DrawSystem(sampleOf(t, c.spoil)); err == nil || err.Error() != c.want || s != nil {
			t.Errorf("%s: want no system entropy, found %v", c.name, err)
		}
	}
	good := func(t *testing.T) []byte {
		b, err := io.ReadAll(sampleOf(t, func([]byte) {}))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := SelfTest(bytes.NewReader(good(t)[:SampleSize-1])); err == nil || err.Error() != "generator: want 4096 bytes for its self-test, found unexpected EOF" {
		t.Errorf("short: found %v", err)
	}
	if _, err := DrawSystem(bytes.NewReader(good(t)[:SampleSize+1])); err == nil || err.Error() != "generator: want 32 bytes, found unexpected EOF" {
		t.Errorf("short: found %v", err)
	}
	// four in a row and fifteen in a window are chance
	fine := func(b []byte) {
		copy(b[100:], "aaaa")
		for i := range 12 {
			b[512+30*(i+1)] = b[512]
		}
	}
	if err := SelfTest(sampleOf(t, fine)); err != nil {
		t.Error(err)
	}
}

// A generator may break between its test and its use.
func TestSystemEntropyWithAPatternIsRefused(t *testing.T) {
	up, down := make([]byte, 32), make([]byte, 32)
	for i := range up {
		up[i], down[i] = byte(i), byte(7-3*i)
	}
	for name, pattern := range map[string][]byte{
		"zeros":         make([]byte, 32),
		"ones":          bytes.Repeat([]byte{0xff}, 32),
		"half twice":    []byte("0123456789abcdeX0123456789abcdeX"),
		"two bytes":     bytes.Repeat([]byte{1, 9}, 16),
		"quarter":       bytes.Repeat([]byte("12345678"), 4),
		"counting up":   up,
		"counting down": down,
	} {
		s, err := DrawSystem(sampleOf(t, func(b []byte) { copy(b[SampleSize:], pattern) }))
		if err == nil || s != nil || !strings.HasPrefix(err.Error(), "generator: want ") || !strings.HasSuffix(err.Error(), broken) {
			t.Errorf("%s: found %v", name, err)
		}
	}
}

func TestGoodGeneratorsPass(t *testing.T) {
	for _, label := range strings.Split("abcdefghijklmnopqrst", "") {
		if _, err := DrawSystem(&stream{label: label}); err != nil {
			t.Errorf("%s: %v", label, err)
		}
	}
}

// The cutoffs are those of SP 800-90B 4.4 for 8 bits a byte and 2^-30.
func TestCutoffsAreThoseOfTheStandard(t *testing.T) {
	if repetitionCutoff != 1+(30+7)/8 {
		t.Error("repetition count")
	}
	// critbinom: the smallest c for which more than c come up once in 2^30.
	all := power(256, proportionWindow)
	tail := new(big.Int).Set(all)
	for c := 0; ; c++ {
		ways := new(big.Int).Binomial(proportionWindow, int64(c))
		tail.Sub(tail, ways.Mul(ways, power(255, proportionWindow-c)))
		if new(big.Int).Lsh(tail, 30).Cmp(all) <= 0 {
			if proportionCutoff != 1+c {
				t.Errorf("adaptive proportion: want %d, found %d", 1+c, proportionCutoff)
			}
			return
		}
	}
}
