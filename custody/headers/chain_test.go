package headers

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"strongroom/custody"
)

// wantError compares the whole text of an error and its code.
func wantError(t testing.TB, name string, err error, code Code, want string) {
	t.Helper()
	var e *Error
	switch {
	case err == nil:
		t.Errorf("%s: want error %q, found none", name, want)
	case err.Error() != want:
		t.Errorf("%s: want error\n%s, found\n%s", name, want, err)
	case code != "" && (!errors.As(err, &e) || e.Reason() != string(code)):
		t.Errorf("%s: want code %s, found %#v", name, code, err)
	}
}

func TestMainnetStart(t *testing.T) {
	genesis := decode(t, mainnetGenesis)
	hash, err := ParseHash("000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(custody.Mainnet, Origin{Hash: hash, Bits: 0x1d00ffff}, 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Tip(); ok {
		t.Error("new chain: want no tip, found one")
	}
	e := extend(t, c, append(genesis, decode(t, mainnetFirst)...))
	const first = "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048"
	if tip, ok := c.Tip(); !ok || tip.Height != 1 || tip.Hash.String() != first || e.To != tip || e.Added != 2 {
		t.Errorf("want block 1 %s, found %d %s", first, tip.Height, tip.Hash)
	}
	h, ok := c.At(1)
	if !ok || h.Time() != 1231469665 || h.Bits() != 0x1d00ffff || h.Previous() != hash {
		t.Errorf("want the fields of block 1, found %d %08x %s", h.Time(), h.Bits(), h.Previous())
	}
	if got, want := h.MerkleRoot().String(), "0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098"; got != want {
		t.Errorf("want Merkle root %s, found %s", want, got)
	}
	// Each of the two blocks proves 2^32 and a little.
	if got := c.Work().String(); got != fmt.Sprint(2*4295032833) {
		t.Errorf("want work %d, found %s", 2*4295032833, got)
	}
}

func TestNewRefused(t *testing.T) {
	genesis := regtestOrigin(t)
	other := Hash{1}
	const zero = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
	tests := []struct {
		name     string
		n        custody.Network
		o        Origin
		reorgMax uint32
		want     string
	}{
		{"no network", 0, genesis, 6, "headers: want mainnet or regtest, whose rules are built in, found no network"},
		{"testnet", custody.Testnet, genesis, 6, "headers: want mainnet or regtest, whose rules are built in, found testnet"},
		{"signet", custody.Signet, genesis, 6, "headers: want mainnet or regtest, whose rules are built in, found signet"},
		{"inside a period on regtest", custody.Regtest, Origin{Height: 2015, Hash: other, Bits: easyBits}, 6, "headers: want an origin height that 2016 divides, found 2015"},
		{"regtest genesis", custody.Regtest, Origin{Hash: other, Bits: easyBits}, 6, "headers: want the genesis block " + genesis.Hash.String() + " at origin height 0, found " + other.String()},
		{"mainnet genesis", custody.Mainnet, Origin{Hash: other, Bits: 0x1d00ffff}, 6, "headers: want the genesis block " + zero + " at origin height 0, found " + other.String()},
		{"inside a period", custody.Mainnet, Origin{Height: 2017, Hash: other, Bits: 0x1d00ffff}, 6, "headers: want an origin height that 2016 divides, found 2017"},
		{"too easy", custody.Mainnet, Origin{Height: 2016, Hash: other, Bits: easyBits}, 6, "headers: want origin bits up to 1d00ffff, found 207fffff"},
		{"no bits", custody.Mainnet, Origin{Height: 2016, Hash: other}, 6, "headers: want origin bits up to 1d00ffff, found 00000000"},
		{"negative target", custody.Mainnet, Origin{Height: 2016, Hash: other, Bits: 0x1c800001}, 6, "headers: want origin bits up to 1d00ffff, found 1c800001"},
		{"another form of a target", custody.Mainnet, Origin{Height: 2016, Hash: other, Bits: 0x1d0000ff}, 6, "headers: want origin bits up to 1d00ffff, found 1d0000ff"},
		{"target of 264 bits", custody.Mainnet, Origin{Height: 2016, Hash: other, Bits: 0xff7fffff}, 6, "headers: want origin bits up to 1d00ffff, found ff7fffff"},
		{"deep reorganisations", custody.Regtest, genesis, 145, "headers: want a reorganisation limit of at most 144, found 145"},
	}
	for _, test := range tests {
		_, err := New(test.n, test.o, test.reorgMax)
		wantError(t, test.name, err, "", test.want)
	}
}

func TestLookups(t *testing.T) {
	c := grown(t, 20, 6)
	if c.Len() != 21 || c.Origin() != regtestOrigin(t) {
		t.Errorf("want 21 headers from the origin, found %d", c.Len())
	}
	for height := range uint32(21) {
		h, ok := c.At(height)
		if !ok {
			t.Fatalf("want a header at %d, found none", height)
		}
		p := Point{Height: height, Hash: h.Hash()}
		if got, ok := c.HeightOf(p.Hash); !ok || got != height {
			t.Errorf("want height %d, found %d, %t", height, got, ok)
		}
		if got, ok := c.PointAt(height); !ok || got != p || !c.Contains(p) {
			t.Errorf("want point %v, found %v, %t", p, got, ok)
		}
		if c.Contains(Point{Height: height + 1, Hash: p.Hash}) {
			t.Errorf("want no block %s at %d, found it", p.Hash, height+1)
		}
	}
	if _, ok := c.At(21); ok {
		t.Error("want no header above the tip, found one")
	}
	if _, ok := c.PointAt(1<<32 - 1); ok {
		t.Error("want no point far above the tip, found one")
	}
	if _, ok := c.HeightOf(Hash{}); ok || c.Contains(Point{}) {
		t.Error("want no zero block, found one")
	}
	high := newMiner(t, easyBits).c
	if _, ok := high.At(2016*400 - 1); ok {
		t.Error("want no header below the origin, found one")
	}
}

func TestMedianTime(t *testing.T) {
	c := grown(t, 20, 6)
	tests := []struct{ height, want uint32 }{
		{0, regtestTime},
		{1, regtestTime + 600}, // of two the later one
		{2, regtestTime + 600},
		{10, regtestTime + 5*600},
		{20, regtestTime + 15*600},
	}
	for _, test := range tests {
		if got, ok := c.MedianTime(test.height); !ok || got != test.want {
			t.Errorf("%d: want %d, found %d, %t", test.height, test.want, got, ok)
		}
	}
	if _, ok := c.MedianTime(21); ok {
		t.Error("above the tip: want no median, found one")
	}
}

// What was stored gives the same chain again.
func TestBytesRestoreTheChain(t *testing.T) {
	c := grown(t, 30, 6)
	back, err := New(custody.Regtest, c.Origin(), 6)
	if err != nil {
		t.Fatal(err)
	}
	extend(t, back, c.Bytes())
	mustEqual(t, "restored", back, c)
	c.Bytes()[0] ^= 1
	mustEqual(t, "after a change to the copy", back, c)
}

// mustEqual compares what two chains answer.
func mustEqual(t testing.TB, name string, got, want *Chain) {
	t.Helper()
	a, _ := got.Tip()
	b, _ := want.Tip()
	if a != b || got.Len() != want.Len() || got.Work().Cmp(want.Work()) != 0 || !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("%s: want %d headers to %d %s, found %d to %d %s", name, want.Len(), b.Height, b.Hash, got.Len(), a.Height, a.Hash)
	}
	for _, p := range []Point{a, b} {
		if height, ok := got.HeightOf(p.Hash); got.Len() > 0 && (!ok || height != p.Height) {
			t.Errorf("%s: want %s at %d, found %d, %t", name, p.Hash, p.Height, height, ok)
		}
	}
}

func TestPrefix(t *testing.T) {
	c := grown(t, 30, 10)
	whole := c.Bytes()
	p, ok := c.Prefix(25)
	if !ok {
		t.Fatal("want a prefix, found none")
	}
	fresh := grown(t, 0, 10)
	extend(t, fresh, whole[:26*HeaderSize])
	mustEqual(t, "prefix", p, fresh)
	later, _ := c.PointAt(28)
	if _, ok := p.HeightOf(later.Hash); ok || p.Contains(later) {
		t.Error("prefix: want no later block, found one")
	}

	// Both grow, each for itself, and a fork in one does not reach the other.
	fork := on(t, p, 25, 6, 1) // fits into the memory of what it replaces
	extend(t, p, fork)
	if tip, _ := c.Tip(); tip.Height != 30 || !bytes.Equal(c.Bytes(), whole) {
		t.Errorf("want the whole chain unchanged, found its tip at %d", tip.Height)
	}
	q, _ := c.Prefix(30)
	extend(t, c, fork)
	mustEqual(t, "after the fork", c, p)
	if !bytes.Equal(q.Bytes(), whole) {
		t.Error("want the prefix unchanged by the fork, found it changed")
	}
	extend(t, q, on(t, q, 30, 1, 2))
	if tip, _ := q.Tip(); tip.Height != 31 {
		t.Errorf("want the prefix one higher, found %d", tip.Height)
	}
	mustEqual(t, "after the prefix grew", c, p)
	if _, ok := c.Prefix(32); ok {
		t.Error("above the tip: want no prefix, found one")
	}
}

// Prefixes are replayed on several cores.
func TestPrefixesGrowInParallel(t *testing.T) {
	c := grown(t, 200, 10)
	more := on(t, c, 200, 300, 0)
	whole := c.Bytes()
	var wait sync.WaitGroup
	for i := range uint32(8) {
		wait.Go(func() {
			p, _ := c.Prefix(10 * i)
			if _, err := p.Extend(append(bytes.Clone(whole), more...)); err != nil || p.Len() != 501 {
				t.Errorf("want 501 headers, found %d, %v", p.Len(), err)
			}
		})
	}
	wait.Wait()
	if !bytes.Equal(c.Bytes(), whole) || len(c.places) != c.Len() {
		t.Error("want the chain unchanged, found it changed")
	}
}

func TestParseHash(t *testing.T) {
	const text = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
	h, err := ParseHash(text)
	if err != nil || h.String() != text || HashFromWire(h.Wire()) != h || h.Wire()[31] != 0 || h.Wire()[0] != 0x6f {
		t.Errorf("want it back, found %s, %v", h, err)
	}
	if hashOf(decode(t, mainnetGenesis)) != h {
		t.Error("want the hash of the genesis block, found another")
	}
	const digits = "block hash: want 64 lower-case hex digits, found another character"
	for s, want := range map[string]string{
		"":                                   "block hash: want 64 hex digits, found 0 characters",
		text + "00":                          "block hash: want 64 hex digits, found 66 characters",
		strings.ToUpper(text):                digits,
		strings.Replace(text, "6f", "6g", 1): "block hash: want 64 lower-case hex digits, found another character",
	} {
		_, err := ParseHash(s)
		wantError(t, s, err, "", want)
	}
}

func TestZeroChainRefuses(t *testing.T) {
	var c Chain
	if _, ok := c.Tip(); ok || c.Len() != 0 || c.Work().Sign() != 0 || len(c.Bytes()) != 0 {
		t.Error("want nothing in a zero chain, found something")
	}
	if _, ok := c.Credits(Point{}); ok {
		t.Error("want no credits in a zero chain, found some")
	}
	_, err := c.Extend(decode(t, regtestGenesis))
	wantError(t, "extend", err, CodeLink, "headers: want the origin block "+Hash{}.String()+" first, found "+regtestOrigin(t).Hash.String())
}
