package headers

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/btcsuite/btcd/blockchain"
	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// Periods of mainnet, and the three edge cases that Bitcoin Core tests with.
func TestRetarget(t *testing.T) {
	tests := []struct {
		name              string
		bits, first, last uint32
		want              uint32
	}{
		{"32256, the first change", 0x1d00ffff, 1261130161, 1262152739, 0x1d00d86a},
		{"2016, held by the limit", 0x1d00ffff, 1231006505, 1233061996, 0x1d00ffff},
		{"68544, held by a quarter", 0x1c05a3f4, 1279008237, 1279297671, 0x1c0168fd},
		{"four times easier", 0x1c387f6f, 1263163443, 1269211443, 0x1d00e1fd},
		{"time running backwards", 0x1c05a3f4, 1279297671, 1279008237, 0x1c0168fd},
	}
	for _, test := range tests {
		if got := retarget(test.bits, test.first, test.last, chaincfg.MainNetParams.PowLimit); got != test.want {
			t.Errorf("%s: want %08x, found %08x", test.name, test.want, got)
		}
	}
}

func TestWorkAgreesWithBtcd(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	valid := 0
	for range 20_000 {
		bits := random.Uint32N(36)<<24 | random.Uint32N(1<<24)
		target, ok := targetOf(bits)
		theirs := blockchain.CompactToBig(bits)
		want := theirs.Sign() > 0 && theirs.BitLen() <= 256 && blockchain.BigToCompact(theirs) == bits
		if ok != want {
			t.Fatalf("%08x: want %t, found %t", bits, want, ok)
		}
		if !ok {
			continue
		}
		valid++
		if target.Cmp(theirs) != 0 || compact(target) != bits || workOf(target).Cmp(blockchain.CalcWork(bits)) != 0 {
			t.Fatalf("%08x: want %x, found %x", bits, theirs, target)
		}
		short := target.Rsh(target, uint(random.IntN(20)))
		if short.Sign() > 0 && compact(short) != blockchain.BigToCompact(short) {
			t.Fatalf("%x: want %08x, found %08x", short, blockchain.BigToCompact(short), compact(short))
		}
	}
	if valid < 1000 {
		t.Errorf("want 1000 valid targets or more, found %d", valid)
	}
}

// btcdHeader shows a chain to btcd's rules.
type btcdHeader struct {
	c     *Chain
	place int
}

func (h btcdHeader) header() Header               { return Header(h.c.raw[h.place*HeaderSize:]) }
func (h btcdHeader) Height() int32                { return int32(h.c.origin.Height) + int32(h.place) }
func (h btcdHeader) Bits() uint32                 { return h.header().Bits() }
func (h btcdHeader) Timestamp() int64             { return int64(h.header().Time()) }
func (h btcdHeader) Parent() blockchain.HeaderCtx { return h.RelativeAncestorCtx(1) }
func (h btcdHeader) RelativeAncestorCtx(n int32) blockchain.HeaderCtx {
	if int(n) > h.place {
		return nil
	}
	return btcdHeader{h.c, h.place - int(n)}
}

// btcdRules are mainnet's rules with the easy limit of testRules.
type btcdRules struct{ params chaincfg.Params }

func (r btcdRules) ChainParams() *chaincfg.Params                       { return &r.params }
func (btcdRules) BlocksPerRetarget() int32                              { return period }
func (btcdRules) MinRetargetTimespan() int64                            { return periodSeconds / 4 }
func (btcdRules) MaxRetargetTimespan() int64                            { return periodSeconds * 4 }
func (btcdRules) VerifyCheckpoint(int32, *chainhash.Hash) bool          { return true }
func (btcdRules) FindPreviousCheckpoint() (blockchain.HeaderCtx, error) { return nil, nil }

// Every header that a chain takes over three periods also passes btcd's rules,
// and a wrong time or wrong bits pass neither.
func TestRulesAgreeWithBtcd(t *testing.T) {
	m := newMiner(t, 0x203fffff)
	extend(t, m.c, m.next(period-1, 450))
	extend(t, m.c, m.next(period, 900))
	extend(t, m.c, m.next(period, 2))
	params := chaincfg.MainNetParams
	params.PowLimit, params.PowLimitBits = testRules().limit, easyBits
	rules := btcdRules{params}
	judge := func(place int, change func(h *wire.BlockHeader)) error {
		h := btcdHeader{m.c, place}.header()
		theirs := &wire.BlockHeader{Version: 4, PrevBlock: chainhash.Hash(h.Previous().Wire()), Timestamp: time.Unix(int64(h.Time()), 0), Bits: h.Bits()}
		change(theirs)
		return blockchain.CheckBlockHeaderContext(theirs, btcdHeader{m.c, place - 1}, blockchain.BFNone, rules, true)
	}
	for place := medianSpan; place < m.c.Len(); place++ {
		if err := judge(place, func(*wire.BlockHeader) {}); err != nil {
			t.Fatalf("place %d: want it valid, found %v", place, err)
		}
	}
	median, _ := m.c.MedianTime(m.c.origin.Height + uint32(m.c.Len()) - 2)
	last := m.c.Len() - 1
	if judge(last, func(h *wire.BlockHeader) { h.Timestamp = time.Unix(int64(median), 0) }) == nil {
		t.Error("time of our median: want it invalid, found it valid")
	}
	if err := judge(last, func(h *wire.BlockHeader) { h.Timestamp = time.Unix(int64(median)+1, 0) }); err != nil {
		t.Errorf("time after our median: want it valid, found %v", err)
	}
	if judge(2*period, func(h *wire.BlockHeader) { h.Bits = m.c.spans[1].bits }) == nil {
		t.Error("bits of the period before: want them invalid, found them valid")
	}
}
