package registry

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/chainhash/v2"

	"strongroom/custody"
	"strongroom/custody/headers"
)

func regtestOrigin() headers.Origin {
	return headers.Origin{Hash: headers.HashFromWire(*chaincfg.RegressionNetParams.GenesisHash), Bits: 0x207fffff}
}

func genesis(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := chaincfg.RegressionNetParams.GenesisBlock.Header.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// mine returns n headers on top of the last one of row; tag makes them differ.
func mine(row []byte, n int, tag uint32) []byte {
	last := row[len(row)-headers.HeaderSize:]
	var out []byte
	for range n {
		h := make([]byte, headers.HeaderSize)
		h[0] = 4
		before := chainhash.DoubleHashH(last)
		copy(h[4:], before[:])
		binary.LittleEndian.PutUint32(h[36:], tag)
		binary.LittleEndian.PutUint32(h[68:], binary.LittleEndian.Uint32(last[68:])+600)
		binary.LittleEndian.PutUint32(h[72:], 0x207fffff)
		for nonce := uint32(0); ; nonce++ { // every second hash will do
			binary.LittleEndian.PutUint32(h[76:], nonce)
			if x := chainhash.DoubleHashH(h); x[31] < 0x7f {
				break
			}
		}
		out, last = append(out, h...), h
	}
	return out
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func chainOf(t testing.TB, raw ...[]byte) *headers.Chain {
	t.Helper()
	c, err := headers.New(custody.Regtest, regtestOrigin(), headers.MaxReorg)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range raw {
		if _, err := c.Extend(b); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func putHeaders(t testing.TB, r *Registry, c *headers.Chain) {
	t.Helper()
	if err := r.PutHeaders(c); err != nil {
		t.Fatal(err)
	}
}

// wantChain rebuilds the chain and compares it and the notes.
func wantChain(t testing.TB, r *Registry, want *headers.Chain, notes ...string) {
	t.Helper()
	c, found, err := r.Chain(custody.Regtest, regtestOrigin(), headers.MaxReorg)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(c.Bytes(), want.Bytes()) {
		t.Errorf("chain: want %d headers, found %d, perhaps others", want.Len(), c.Len())
	}
	if !slices.Equal(found, notes) {
		t.Errorf("notes: want %q, found %q", notes, found)
	}
}

func TestHeadersAreStoredOnceAndRebuilt(t *testing.T) {
	r, folder := newRegistry(t)
	unchanged(t, folder, func() { putHeaders(t, r, chainOf(t)) })
	wantChain(t, r, chainOf(t))
	row := join(genesis(t))
	for i, n := range []int{10, 5, 1} {
		row = join(row, mine(row, n, 1))
		putHeaders(t, r, chainOf(t, row))
		if got := len(files(t, folder)); got != i+1 {
			t.Errorf("on disk: want %d runs, found %d", i+1, got)
		}
	}
	wantChain(t, r, chainOf(t, row))
	unchanged(t, folder, func() {
		putHeaders(t, r, chainOf(t, row))
		putHeaders(t, r, chainOf(t, row[:80*12])) // a desk that is behind
	})
	if _, err := os.Stat(filepath.Join(folder, "headers", runName(16, row[16*80:]))); err != nil {
		t.Errorf("last run: want only the header that was new: %v", err)
	}
}

func TestTheMostWorkWinsWhateverTheOrderOfTheRuns(t *testing.T) {
	r, folder := newRegistry(t)
	base := join(genesis(t), mine(genesis(t), 10, 1))
	// Three desks: a says 10 and later 13, b sees a fork at 8 that reaches 12
	// and then 15.
	a := join(base, mine(base, 3, 1))
	fork := join(base[:9*80], mine(base[:9*80], 4, 2))
	b := join(fork, mine(fork, 3, 2))
	for _, row := range [][]byte{base, fork, a, b} {
		putHeaders(t, r, chainOf(t, row))
	}
	wantChain(t, r, chainOf(t, b))
	if n := len(files(t, folder)); n != 4 {
		t.Errorf("on disk: want 4 runs, found %d", n)
	}
	unchanged(t, folder, func() { putHeaders(t, r, chainOf(t, a)) })
}

func TestBadRunsAreLeftOutAndReported(t *testing.T) {
	r, folder := newRegistry(t)
	row := join(genesis(t), mine(genesis(t), 6, 1))
	putHeaders(t, r, chainOf(t, row))
	put := func(name string, raw []byte) { t.Helper(); write(t, filepath.Join(folder, "headers", name), raw) }
	weak := mine(row, 1, 3)
	for nonce := uint32(0); chainhash.DoubleHashH(weak)[31] < 0x80; nonce++ {
		binary.LittleEndian.PutUint32(weak[76:], nonce)
	}
	orphan := mine(mine(row, 1, 4), 1, 4)
	wrong := "9-0123456789abcdef"
	put(runName(7, weak), weak)
	put(runName(8, orphan), orphan)
	put(wrong, row[:80])
	put(runName(3, row[:79]), row[:79])
	put("README", []byte("x"))
	before := headers.HashFromWire([32]byte(orphan[4:36]))
	_, notes, err := r.Chain(custody.Regtest, regtestOrigin(), headers.MaxReorg)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"left out headers/" + runName(3, row[:79]) + ": not what its name says",
		"left out headers/" + wrong + ": not what its name says",
		fmt.Sprintf("left out headers/%s: header 7: want a hash of at most 7fffff%058d, found %s", runName(7, weak), 0, headers.HashFromWire(chainhash.DoubleHashH(weak))),
		fmt.Sprintf("left out headers/%s: headers: want a first header on top of a block of the chain, found one on %s", runName(8, orphan), before),
	}
	slices.Sort(want)
	slices.Sort(notes)
	if !slices.Equal(notes, want) {
		t.Errorf("notes:\nwant  %q\nfound %q", want, notes)
	}
	// The longest row ends in the weak header; what is good of it still counts.
	c, _, err := r.Chain(custody.Regtest, regtestOrigin(), headers.MaxReorg)
	if err != nil || c.Len() != 7 {
		t.Errorf("chain: want the 7 good headers, found %d, %v", c.Len(), err)
	}
}

func TestAnUnbuiltNetworkHasNoChain(t *testing.T) {
	r, folder := newRegistry(t)
	_, _, err := r.Chain(custody.Signet, headers.Origin{}, 6)
	wantError(t, "signet", folder, err, "registry: headers: want mainnet or regtest, whose rules are built in, found signet")
}

// A vault that has moved its origin finds its chain among runs that begin below
// it, and stores no header twice.
func TestChainBeginsAtALaterOrigin(t *testing.T) {
	r, folder := newRegistry(t)
	row := genesis(t)
	row = join(row, mine(row, 2100, 1))
	below := row[:2050*headers.HeaderSize]
	whole := chainOf(t, row)
	putHeaders(t, r, whole)
	putHeaders(t, r, chainOf(t, below, mine(below, 20, 2))) // a fork with less work
	h, _ := whole.At(2016)
	later := headers.Origin{Height: 2016, Hash: h.Hash(), Bits: h.Bits()}
	c, notes, err := r.Chain(custody.Regtest, later, headers.MaxReorg)
	if err != nil || len(notes) > 0 {
		t.Fatalf("want the chain without notes, found %v, %v", notes, err)
	}
	if want := row[2016*headers.HeaderSize:]; !bytes.Equal(c.Bytes(), want) || c.Origin() != later {
		t.Errorf("want %d headers from block 2016 on, found %d", len(want)/headers.HeaderSize, c.Len())
	}
	unchanged(t, folder, func() { putHeaders(t, r, c) })
}
