package slip39

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// stream is what a test takes for chance: SHA-256 of its label and a counter.
type stream struct {
	label string
	next  uint32
	left  []byte
}

func (s *stream) Read(b []byte) (int, error) {
	if len(s.left) == 0 {
		sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(s.label), s.next))
		s.next, s.left = s.next+1, sum[:]
	}
	n := copy(b, s.left)
	s.left = s.left[n:]
	return n, nil
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func goldenScheme() Scheme {
	return Scheme{Exponent: minExponent, GroupThreshold: 1, Groups: []Group{{2, 3}}}
}

func TestSplitMakesTheSameSharesForEver(t *testing.T) {
	secret, pass := unhex(t, goldenSecret), []byte(goldenPass)
	shares, err := Split(secret, pass, goldenScheme(), &stream{label: "golden"})
	if err != nil {
		t.Fatal(err)
	}
	if len(shares) != 1 || len(shares[0]) != 3 {
		t.Fatalf("want 1 group of 3, found %d of %d", len(shares), len(shares[0]))
	}
	for i, want := range []string{golden1, golden2} {
		if words, err := shares[0][i].Words(); err != nil || string(words) != want {
			t.Errorf("share %d: want %q, found %q, %v", i+1, want, words, err)
		}
	}
	if hex.EncodeToString(secret) != goldenSecret || string(pass) != goldenPass {
		t.Error("want the caller's secret and passphrase as they were")
	}
	back, err := Combine([]*Share{mustParse(t, golden2), mustParse(t, golden1)}, pass)
	if err != nil || !bytes.Equal(back, secret) {
		t.Errorf("want the secret, found %v", err)
	}
	if back, err = Combine([]*Share{mustParse(t, golden2), mustParse(t, golden1)}, nil); err != nil || bytes.Equal(back, secret) {
		t.Errorf("want another secret for another passphrase, found it, %v", err)
	}
}

func TestSplitRefusesWhatNoSchemeAllows(t *testing.T) {
	groups := func(n int) []Group {
		g := make([]Group, n)
		for i := range g {
			g[i] = Group{1, 1}
		}
		return g
	}
	two := []Group{{2, 3}}
	cases := []struct {
		name string
		s    Scheme
		want string
	}{
		{"zero", Scheme{}, "scheme: want an exponent of 4 to 15, found 0"},
		{"cheap guesses", Scheme{Exponent: 3, GroupThreshold: 1, Groups: two}, "scheme: want an exponent of 4 to 15, found 3"},
		{"exponent of 5 bits", Scheme{Exponent: 16, GroupThreshold: 1, Groups: two}, "scheme: want an exponent of 4 to 15, found 16"},
		{"no group", Scheme{Exponent: 4, GroupThreshold: 1}, "scheme: want 1 to 16 groups, found 0"},
		{"17 groups", Scheme{Exponent: 4, GroupThreshold: 1, Groups: groups(17)}, "scheme: want 1 to 16 groups, found 17"},
		{"no group threshold", Scheme{Exponent: 4, Groups: two}, "scheme: want a group threshold of 1 to 1, found 0"},
		{"group threshold too high", Scheme{Exponent: 4, GroupThreshold: 3, Groups: groups(2)}, "scheme: want a group threshold of 1 to 2, found 3"},
		{"empty group", Scheme{Exponent: 4, GroupThreshold: 1, Groups: []Group{{1, 1}, {}}}, "scheme: group 2: want 1 to 16 members, found 0"},
		{"17 members", Scheme{Exponent: 4, GroupThreshold: 1, Groups: []Group{{2, 17}}}, "scheme: group 1: want 1 to 16 members, found 17"},
		{"no threshold", Scheme{Exponent: 4, GroupThreshold: 1, Groups: []Group{{0, 3}}}, "scheme: group 1: want a threshold of 1 to 3, found 0"},
		{"threshold too high", Scheme{Exponent: 4, GroupThreshold: 1, Groups: []Group{{4, 3}}}, "scheme: group 1: want a threshold of 1 to 3, found 4"},
		{"copies of one share", Scheme{Exponent: 4, GroupThreshold: 1, Groups: []Group{{1, 3}}}, "scheme: group 1: want one member for a threshold of 1, found 3"},
	}
	for _, c := range cases {
		shares, err := Split(make([]byte, 16), nil, c.s, &stream{})
		if err == nil || err.Error() != c.want || shares != nil {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

func TestSplitRefusesSecretsAndPassphrases(t *testing.T) {
	size := "secret: want 16 to 64 bytes, an even number, found "
	cases := []struct {
		secret int
		pass   string
		want   string
	}{
		{0, "", size + "0"},
		{14, "", size + "14"},
		{17, "", size + "17"},
		{66, "", size + "66"},
		{16, "caf\u00e9", "passphrase: want printable ASCII, found another byte at 4"},
		{16, "a\n", "passphrase: want printable ASCII, found another byte at 2"},
		{16, "\x7f", "passphrase: want printable ASCII, found another byte at 1"},
		{16, strings.Repeat("a", 1025), "passphrase: want at most 1024 bytes, found 1025"},
	}
	for _, c := range cases {
		shares, err := Split(make([]byte, c.secret), []byte(c.pass), goldenScheme(), &stream{})
		if err == nil || err.Error() != c.want || shares != nil {
			t.Errorf("want %q, found %v", c.want, err)
		}
		if c.pass == "" {
			continue
		}
		if _, err := Combine([]*Share{mustParse(t, golden1), mustParse(t, golden2)}, []byte(c.pass)); err == nil || err.Error() != c.want {
			t.Errorf("combine: want %q, found %v", c.want, err)
		}
	}
}

// again begins anew with every read.
type again struct{ b []byte }

func (a again) Read(b []byte) (int, error) { return copy(b, a.b), nil }

func TestBrokenRandomSourceMakesNoShares(t *testing.T) {
	const pattern = "split: want random bytes, found a pattern, the random source is broken"
	random := make([]byte, 2+16+12)
	if _, err := io.ReadFull(&stream{label: "fine"}, random); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		rand io.Reader
		want string
	}{
		{"empty", bytes.NewReader(nil), "split: want 2 random bytes, found EOF"},
		{"ends in the identifier", bytes.NewReader(random[:1]), "split: want 2 random bytes, found unexpected EOF"},
		{"ends in a share", bytes.NewReader(random[:9]), "split: want 16 random bytes, found unexpected EOF"},
		{"ends before the digest", bytes.NewReader(random[:18]), "split: want 12 random bytes, found EOF"},
		{"fails", iotest.ErrReader(errors.New("no entropy")), "split: want 2 random bytes, found no entropy"},
		{"zeros", bytes.NewReader(make([]byte, 64)), pattern},
		{"two bytes again and again", bytes.NewReader(bytes.Repeat([]byte{7, 9}, 32)), pattern},
		{"counting", bytes.NewReader([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijkl")), pattern},
		{"the same for every draw", again{random}, pattern},
		{"zeros for the digest", io.MultiReader(bytes.NewReader(random[:18]), bytes.NewReader(make([]byte, 64))), pattern},
	}
	s := Scheme{Exponent: minExponent, GroupThreshold: 1, Groups: []Group{{3, 3}}}
	for _, c := range cases {
		if shares, err := Split(make([]byte, 16), nil, s, c.rand); err == nil || err.Error() != c.want || shares != nil {
			t.Errorf("%s: want %q and no shares, found %v", c.name, c.want, err)
		}
	}
	// what is read is enough, and nothing more is
	if _, err := Split(make([]byte, 16), nil, s, iotest.OneByteReader(bytes.NewReader(random))); err != nil {
		t.Errorf("exactly enough, a byte at a time: %v", err)
	}
}

func TestRandomSourceThatBreaksLateMakesNoShares(t *testing.T) {
	s := Scheme{Exponent: minExponent, GroupThreshold: 2, Groups: []Group{{2, 2}, {2, 2}}}
	// the identifier, the digest of the groups' secret and of the first group's
	rand := io.LimitReader(&stream{label: "late"}, 2+12+12)
	const want = "split: want 12 random bytes, found EOF"
	if shares, err := Split(make([]byte, 16), nil, s, rand); err == nil || err.Error() != want || shares != nil {
		t.Errorf("want %q and no shares, found %v", want, err)
	}
}

func TestIdentifierUsesAllFifteenBits(t *testing.T) {
	for b, want := range map[string]uint16{"\x80\x00": 0, "\xff\xff": 0x7fff, "\x12\x34": 0x1234} {
		s := &source{rand: strings.NewReader(b)}
		if got, err := s.identifier(); got != want || err != nil {
			t.Errorf("%x: want %x, found %x, %v", b, want, got, err)
		}
	}
}
