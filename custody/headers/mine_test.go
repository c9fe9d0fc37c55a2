package headers

import (
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"testing"

	"strongroom/custody"
)

// The first two headers of mainnet and the first of regtest.
const (
	mainnetGenesis = "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
	mainnetFirst   = "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299"
	regtestGenesis = "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4adae5494dffff7f2002000000"
)

const (
	easyBits    = 0x207fffff // every second hash meets it
	regtestTime = 1296688602 // of its genesis block
)

func decode(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mine finds a header on top of a block. The tag tells forks apart.
func mine(t testing.TB, previous Hash, time, bits, tag uint32) []byte {
	t.Helper()
	target, ok := targetOf(bits)
	if !ok {
		t.Fatalf("bits %08x have no target", bits)
	}
	h := make([]byte, HeaderSize)
	binary.LittleEndian.PutUint32(h, 4)
	wire := previous.Wire()
	copy(h[4:], wire[:])
	binary.LittleEndian.PutUint32(h[36:], tag)
	binary.LittleEndian.PutUint32(h[68:], time)
	binary.LittleEndian.PutUint32(h[72:], bits)
	var limit Hash
	target.FillBytes(limit[:])
	for nonce := uint32(0); ; nonce++ {
		binary.LittleEndian.PutUint32(h[76:], nonce)
		if hash := hashOf(h); string(hash[:]) <= string(limit[:]) {
			return h
		}
	}
}

// row mines n easy headers, ten minutes apart, after a block with this time.
func row(t testing.TB, previous Hash, time uint32, n int, tag uint32) []byte {
	t.Helper()
	var out []byte
	for range n {
		time += 600
		h := mine(t, previous, time, easyBits, tag)
		previous = hashOf(h)
		out = append(out, h...)
	}
	return out
}

// regtestOrigin is the genesis block of regtest.
func regtestOrigin(t testing.TB) Origin {
	t.Helper()
	return Origin{Hash: hashOf(decode(t, regtestGenesis)), Bits: easyBits}
}

// grown returns a regtest chain with its genesis block and n blocks on top.
func grown(t testing.TB, n int, reorgMax uint32) *Chain {
	t.Helper()
	c, err := New(custody.Regtest, regtestOrigin(t), reorgMax)
	if err != nil {
		t.Fatal(err)
	}
	raw := decode(t, regtestGenesis)
	raw = append(raw, row(t, hashOf(raw), regtestTime, n, 0)...)
	extend(t, c, raw)
	return c
}

func extend(t testing.TB, c *Chain, raw []byte) Extension {
	t.Helper()
	e, err := c.Extend(raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// on mines n blocks on top of the chain's block at a height.
func on(t testing.TB, c *Chain, height uint32, n int, tag uint32) []byte {
	t.Helper()
	h, ok := c.At(height)
	if !ok {
		t.Fatalf("no block at %d", height)
	}
	return row(t, h.Hash(), h.Time(), n, tag)
}

// testRules let the difficulty change as on mainnet, but from an easy limit on,
// so that a test can mine whole periods.
func testRules() rules {
	limit, _ := targetOf(easyBits)
	return rules{limit: new(big.Int).Set(limit), retarget: true}
}

// miner grows a chain under testRules, with the right bits at every height.
type miner struct {
	t     testing.TB
	c     *Chain
	time  uint32
	tag   uint32
	bits  uint32
	hash  Hash
	place int
	times []uint32
}

// newMiner makes a chain whose origin has the given bits.
func newMiner(t testing.TB, bits uint32) *miner {
	t.Helper()
	first := mine(t, Hash{}, 1_600_000_000, bits, 7)
	c, err := newChain(testRules(), Origin{Height: 2016 * 400, Hash: hashOf(first), Bits: bits}, MaxReorg)
	if err != nil {
		t.Fatal(err)
	}
	extend(t, c, first)
	return &miner{t: t, c: c, time: 1_600_000_000, bits: bits, hash: hashOf(first), place: 1, times: []uint32{1_600_000_000}}
}

// next mines n headers, step seconds apart, without giving them to the chain.
func (m *miner) next(n int, step uint32) []byte {
	var out []byte
	for range n {
		m.time += step
		if m.place%period == 0 {
			m.bits = retarget(m.bits, m.times[m.place-period], m.times[m.place-1], m.c.rules.limit)
		}
		h := mine(m.t, m.hash, m.time, m.bits, m.tag)
		m.hash, m.place, m.times = hashOf(h), m.place+1, append(m.times, m.time)
		out = append(out, h...)
	}
	return out
}
