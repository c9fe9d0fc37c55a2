package headers

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"strongroom/custody"
)

func TestExtend(t *testing.T) {
	c := grown(t, 10, 6)
	tip, _ := c.Tip()
	if e := extend(t, c, nil); e != (Extension{From: tip, To: tip}) {
		t.Errorf("nothing: want nothing added, found %+v", e)
	}
	if e := extend(t, c, c.Bytes()); e != (Extension{From: tip, To: tip}) {
		t.Errorf("all known: want nothing added, found %+v", e)
	}
	if e := extend(t, c, c.Bytes()[3*HeaderSize:5*HeaderSize]); e != (Extension{From: tip, To: tip}) {
		t.Errorf("some known: want nothing added, found %+v", e)
	}
	more := on(t, c, 10, 3, 0)
	overlap := append(c.Bytes()[7*HeaderSize:], more...)
	e := extend(t, c, overlap)
	next, _ := c.Tip()
	if e != (Extension{Added: 3, From: tip, To: next}) || next.Height != 13 {
		t.Errorf("overlap: want 3 added, found %+v", e)
	}
	if e := extend(t, c, on(t, c, 13, 1, 0)); e.Added != 1 {
		t.Errorf("on the tip: want 1 added, found %+v", e)
	}
}

func TestReorganisation(t *testing.T) {
	c := grown(t, 20, 7)
	old, _ := c.Tip()
	lost, _ := c.PointAt(15)
	e := extend(t, c, on(t, c, 14, 7, 1))
	tip, _ := c.Tip()
	if e != (Extension{Added: 7, Replaced: 6, From: old, To: tip}) || tip.Height != 21 {
		t.Errorf("want 6 replaced by 7, found %+v", e)
	}
	if _, ok := c.HeightOf(lost.Hash); ok || c.Contains(lost) || c.Contains(old) {
		t.Error("want the replaced blocks gone, found one")
	}
	if _, ok := c.Credits(lost); ok {
		t.Error("want no credits for a replaced anchor, found some")
	}
	// The old branch comes back with more work.
	back := append(grown(t, 20, 6).Bytes()[15*HeaderSize:], row(t, old.Hash, regtestTime+20*600, 2, 0)...)
	if e := extend(t, c, back); e.Replaced != 7 || e.Added != 8 || !c.Contains(lost) {
		t.Errorf("want the old branch back, found %+v", e)
	}
}

// refusals: each leaves the chain exactly as it was.
func TestExtendRefused(t *testing.T) {
	c := grown(t, 20, 6)
	hashAt := func(height uint32) string { p, _ := c.PointAt(height); return p.Hash.String() }
	tip, _ := c.At(20)
	time := tip.Time()
	changed := func(raw []byte, change func(h []byte)) []byte {
		raw = bytes.Clone(raw)
		change(raw[len(raw)-HeaderSize:])
		return raw
	}
	setTime := func(time uint32) []byte { return mine(t, tip.Hash(), time, easyBits, 5) }
	bad := func(h []byte) { // spoils the proof of work
		for nonce := uint32(0); hashOf(h)[0] < 0x80; nonce++ {
			binary.LittleEndian.PutUint32(h[76:], nonce)
		}
	}
	good := on(t, c, 20, 3, 4)
	spoiled := changed(good, bad)
	gap := append(bytes.Clone(good[:HeaderSize]), good[2*HeaderSize:]...)
	harder := mine(t, tip.Hash(), time+600, 0x203fffff, 0)
	equal := on(t, c, 15, 5, 1)
	deep := on(t, c, 13, 8, 1)
	deepWeak := on(t, c, 0, 5, 1)
	zero := Hash{}.String()
	tests := []struct {
		name string
		raw  []byte
		code Code
		want string
	}{
		{"79 bytes", good[:79], CodeForm, "headers: want headers of 80 bytes each, found 79 bytes"},
		{"trailing byte", append(bytes.Clone(good), 0), CodeForm, "headers: want headers of 80 bytes each, found 241 bytes"},
		{"foreign block", decode(t, mainnetFirst), CodeLink, "headers: want a first header on top of a block of the chain, found one on 000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"},
		{"other genesis", decode(t, mainnetGenesis), CodeLink, "headers: want a first header on top of a block of the chain, found one on " + zero},
		{"first header missing", good[HeaderSize:], CodeLink, "headers: want a first header on top of a block of the chain, found one on " + hashOf(good).String()},
		{"a header left out", gap, CodeLink, "header 22: want it on block " + hashOf(good).String() + ", found it on " + hashOf(good[HeaderSize:]).String()},
		{"a known one left out", append(c.Bytes()[5*HeaderSize:6*HeaderSize], c.Bytes()[7*HeaderSize:8*HeaderSize]...), CodeLink, "header 6: want it on block " + hashAt(5) + ", found it on " + hashAt(6)},
		{"no work", spoiled, CodePow, "header 23: want a hash of at most 7fffff0000000000000000000000000000000000000000000000000000000000, found " + hashOf(spoiled[2*HeaderSize:]).String()},
		{"other bits, harder", harder, CodeBits, "header 21: want bits 207fffff, found 203fffff"},
		{"time of the median", setTime(time - 5*600), CodeMTP, fmt.Sprintf("header 21: want a time after %d, the median before it, found %d", time-5*600, time-5*600)},
		{"time 0", setTime(0), CodeMTP, fmt.Sprintf("header 21: want a time after %d, the median before it, found 0", time-5*600)},
		{"fork of equal work", equal, CodeLessWork, "header 16: want a fork of more work than 42, found 42"},
		{"fork too deep", deep, CodeReorg, "header 14: want a fork at most 6 blocks below the tip, found one 7 below, with more work"},
		{"weak fork from the start", deepWeak, CodeLessWork, "header 1: want a fork of more work than 42, found 12"},
	}
	before := c.Bytes()
	for _, test := range tests {
		_, err := c.Extend(test.raw)
		wantError(t, test.name, err, test.code, test.want)
		if !bytes.Equal(c.Bytes(), before) {
			t.Fatalf("%s: want the chain unchanged, found it changed", test.name)
		}
	}
	// One second after the median is enough, and years ahead is no error.
	extend(t, c, setTime(time-5*600+1))
	extend(t, c, mine(t, mustTip(t, c).Hash, 1<<32-1, easyBits, 0))
}

func mustTip(t testing.TB, c *Chain) Point {
	t.Helper()
	tip, ok := c.Tip()
	if !ok {
		t.Fatal("want a tip, found none")
	}
	return tip
}

func TestFirstExtendNeedsTheOrigin(t *testing.T) {
	c, err := New(custody.Regtest, regtestOrigin(t), 6)
	if err != nil {
		t.Fatal(err)
	}
	block := row(t, c.Origin().Hash, regtestTime, 1, 0)
	_, err = c.Extend(block)
	wantError(t, "block 1 first", err, CodeLink, "headers: want the origin block "+c.Origin().Hash.String()+" first, found "+hashOf(block).String())
	if c.Len() != 0 {
		t.Errorf("want no header, found %d", c.Len())
	}
}

func TestTooManyHeaders(t *testing.T) {
	c := grown(t, 1, 6)
	_, err := c.Extend(make([]byte, (MaxHeaders+1)*HeaderSize))
	wantError(t, "file", err, CodeForm, "headers: want at most 2000000 headers, found 2000001")
	raw := make([]byte, (MaxHeaders-1)*HeaderSize)
	copy(raw, on(t, c, 1, 1, 0))
	_, err = c.Extend(raw)
	wantError(t, "chain", err, CodeForm, "headers: want at most 2000000 headers from the origin on, found 2000001")
}

// Whole periods under mainnet's rules from an easy start: the difficulty is
// recomputed at each 2016th height, and nothing else is accepted there.
func TestRetargetInAChain(t *testing.T) {
	m := newMiner(t, easyBits)
	extend(t, m.c, m.next(period-1, 300)) // twice as fast as it should be
	wrong := mine(t, m.hash, m.time+600, easyBits, 0)
	_, err := m.c.Extend(wrong)
	wantError(t, "difficulty kept", err, CodeBits, "header 808416: want bits 203ff7de, found 207fffff")
	fast := m.next(period, 100)
	if m.bits != 0x203ff7de {
		t.Errorf("want bits 203ff7de, found %08x", m.bits)
	}
	extend(t, m.c, fast)
	extend(t, m.c, m.next(1, 600))
	if m.bits != 0x200ffdf7 { // a quarter and no less
		t.Errorf("want bits 200ffdf7, found %08x", m.bits)
	}
	back, err := newChain(testRules(), m.c.Origin(), 6)
	if err != nil {
		t.Fatal(err)
	}
	extend(t, back, m.c.Bytes())
	mustEqual(t, "in one piece", back, m.c)
	p, _ := m.c.Prefix(m.c.Origin().Height + period)
	if got, want := p.Work().Cmp(m.c.Work()), -1; got != want {
		t.Errorf("prefix: want less work, found %d", got)
	}
}

// A fork that branches off before a retarget is judged by its own period.
func TestForkAcrossARetarget(t *testing.T) {
	m := newMiner(t, 0x2007ffff)
	extend(t, m.c, m.next(period-10, 600))
	honest, forger := *m, *m
	honest.times, forger.times = slices.Clone(m.times), slices.Clone(m.times)
	forger.tag = 9
	extend(t, m.c, honest.next(30, 600))
	// The forger's last nine headers before the retarget claim to be far in the
	// future, and so his next period is four times easier: more headers, less work.
	weak := forger.next(9, 10_000_000)
	weak = append(weak, forger.next(28, 600)...)
	_, err := m.c.Extend(weak)
	if err == nil {
		t.Fatal("want the weak fork refused, found it taken")
	}
	if e := err.(*Error); e.Code != CodeLessWork {
		t.Errorf("want CLK-LESSWORK, found %v", err)
	}
}

// Forged timestamps can quarter the difficulty at each retarget; after two of
// them a person is asked.
func TestFloor(t *testing.T) {
	m := newMiner(t, 0x1f7fffff) // 512 hashes a header
	extend(t, m.c, m.next(period-1, 3000))
	extend(t, m.c, m.next(period, 3000))
	extend(t, m.c, m.next(period-1, 3000))
	if m.bits != 0x2007fffc {
		t.Fatalf("want a sixteenth of the work, found bits %08x", m.bits)
	}
	extend(t, m.c, m.next(1, 3000))
	before := m.c.Bytes()
	_, err := m.c.Extend(m.next(1, 3000))
	wantError(t, "third step", err, CodeFloor, "header 812448: want work of at least a sixteenth of the origin's 512, found 8")
	if !bytes.Equal(m.c.Bytes(), before) {
		t.Error("want the chain unchanged, found it changed")
	}
}

func TestCredits(t *testing.T) {
	c := grown(t, 30, 6)
	for height := range uint32(31) {
		p, _ := c.PointAt(height)
		n, ok := c.Credits(p)
		if !ok || n != uint64(30-height) {
			t.Errorf("%d: want %d credits, found %d, %t", height, 30-height, n, ok)
		}
	}
	p, _ := c.PointAt(3)
	p.Height++
	if _, ok := c.Credits(p); ok {
		t.Error("wrong height: want no credits, found some")
	}
}

// Headers made four times easier by forged times earn a quarter each; harder
// ones earn one and no more.
func TestCreditsCountWorkNotHeaders(t *testing.T) {
	m := newMiner(t, 0x1f7fffff)
	origin := m.c.Origin()
	anchor := Point{Height: origin.Height, Hash: origin.Hash}
	extend(t, m.c, m.next(period-1, 6000)) // slow: the next period is four times easier
	extend(t, m.c, m.next(period, 100))    // fast: the one after it is hard again
	cheap, _ := m.c.Credits(anchor)
	if want := uint64(period - 1 + period/4); cheap != want {
		t.Errorf("want %d credits, found %d", want, cheap)
	}
	extend(t, m.c, m.next(100, 600))
	easy, _ := m.c.PointAt(origin.Height + period)
	got, ok := m.c.Credits(easy)
	if want := uint64(period - 1 + 100); !ok || got != want {
		t.Errorf("easy anchor: want %d credits, found %d", want, got)
	}
	// By the definition, one header at a time.
	for _, place := range []int{0, 1, period - 1, period, 2*period - 1, 2 * period, 2*period + 99} {
		own := m.c.spans[place/period].work
		sum := new(big.Int)
		for i := place + 1; i < m.c.Len(); i++ {
			w := m.c.spans[i/period].work
			if w.Cmp(own) > 0 {
				w = own
			}
			sum.Add(sum, w)
		}
		if got, _ := m.c.Credits(m.c.point(place)); got != sum.Div(sum, own).Uint64() {
			t.Errorf("place %d: want %s credits, found %d", place, sum, got)
		}
	}
}

func FuzzExtend(f *testing.F) {
	base := grown(f, 12, 3)
	whole := base.Bytes()
	f.Add(whole)
	f.Add(whole[4*HeaderSize:])
	f.Add(on(f, base, 12, 2, 0))
	f.Add(on(f, base, 10, 4, 1))
	f.Add(on(f, base, 5, 9, 1))
	f.Add(on(f, base, 10, 1, 1))
	f.Add(decode(f, mainnetFirst))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, _ := base.Prefix(12)
		e, err := c.Extend(raw)
		if err != nil || e.Added == 0 {
			if !bytes.Equal(c.Bytes(), whole) {
				t.Error("want the chain unchanged, found it changed")
			}
			return
		}
		if c.Work().Cmp(base.Work()) <= 0 {
			t.Errorf("want more work than %s, found %s", base.Work(), c.Work())
		}
		back, err := New(custody.Regtest, c.Origin(), 3)
		if err != nil {
			t.Fatal(err)
		}
		extend(t, back, c.Bytes())
		mustEqual(t, "restored", back, c)
	})
}

func BenchmarkExtend1000000(b *testing.B) {
	raw := decode(b, regtestGenesis)
	raw = append(raw, row(b, hashOf(raw), regtestTime, 1_000_000, 0)...)
	b.ReportAllocs()
	for b.Loop() {
		c, err := New(custody.Regtest, regtestOrigin(b), 6)
		if err != nil {
			b.Fatal(err)
		}
		extend(b, c, raw)
	}
}

func BenchmarkCredits(b *testing.B) {
	c := grown(b, 20_000, 6)
	p, _ := c.PointAt(10)
	for b.Loop() {
		c.Credits(p)
	}
}

func BenchmarkPrefix(b *testing.B) {
	c := grown(b, 20_000, 6)
	for b.Loop() {
		c.Prefix(10_000)
	}
}
