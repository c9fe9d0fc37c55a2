package custody

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
	"pgregory.net/rapid"
)

// ledger makes blocks that pay and spend a wallet's coins, one on the other.
type ledger struct {
	t      testing.TB
	d      *Descriptor
	blocks []*wire.MsgBlock // the first is at height 1
	serial uint32           // makes transactions differ
	output func(b Branch, index uint32) []byte
}

func newLedger(t testing.TB) *ledger {
	t.Helper()
	d, err := ParseDescriptor(Regtest, goldenDescriptor)
	if err != nil {
		t.Fatal(err)
	}
	known := map[place][]byte{}
	return &ledger{t: t, d: d, output: func(b Branch, index uint32) []byte {
		if known[place{b, index}] == nil {
			s, err := d.Derive(b, index)
			if err != nil {
				t.Fatal(err)
			}
			known[place{b, index}] = s.Output
		}
		return known[place{b, index}]
	}}
}

// tx spends points into outputs.
func (l *ledger) tx(points []wire.OutPoint, outs ...*wire.TxOut) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	l.serial++
	tx.LockTime = l.serial
	for _, p := range points {
		tx.AddTxIn(wire.NewTxIn(&p, nil, wire.TxWitness{[]byte("signature")}))
	}
	if len(points) == 0 {
		tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: chainhash.Hash{0xff}, Index: l.serial}, nil, nil))
	}
	for _, o := range outs {
		tx.AddTxOut(o)
	}
	return tx
}

func (l *ledger) pay(b Branch, index uint32, value int64) *wire.TxOut {
	return wire.NewTxOut(value, l.output(b, index))
}

// block puts a block with transactions on the last one.
func (l *ledger) block(txs ...*wire.MsgTx) *wire.MsgBlock {
	b := wire.NewMsgBlock(&wire.BlockHeader{Version: 4, Nonce: l.serial})
	if n := len(l.blocks); n > 0 {
		b.Header.PrevBlock = l.blocks[n-1].BlockHash()
	}
	reward := wire.NewMsgTx(1)
	reward.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: math.MaxUint32}, fmt.Append(nil, len(l.blocks)), nil))
	reward.AddTxOut(wire.NewTxOut(50, []byte{0x51}))
	b.Transactions = append([]*wire.MsgTx{reward}, txs...)
	l.blocks = append(l.blocks, b)
	return b
}

func (l *ledger) set() *CoinSet {
	s, err := NewCoinSet(l.d, 1)
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

// follow applies the blocks that the set has not seen.
func (l *ledger) follow(s *CoinSet) {
	l.t.Helper()
	for s.Wanted() <= uint32(len(l.blocks)) {
		m, err := s.Movements(s.Wanted(), l.blocks[s.Wanted()-1])
		if err == nil {
			err = s.Apply(m)
		}
		if err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l *ledger) bytes(s *CoinSet) []byte {
	l.t.Helper()
	b, err := s.Bytes()
	if err != nil {
		l.t.Fatal(err)
	}
	return b
}

func wantBalance(t testing.TB, s *CoinSet, want Amount) {
	t.Helper()
	if got, err := s.Balance(); err != nil || got != want {
		t.Errorf("balance: want %s, found %s, %v", want, got, err)
	}
}

func TestCoinsComeAndGoWithTheBlocks(t *testing.T) {
	l := newLedger(t)
	s := l.set()
	first := l.tx(nil, l.pay(Receive, 0, 700), wire.NewTxOut(9, []byte{0x51}), l.pay(Change, 3, 500))
	l.block(first)
	l.follow(s)
	wantBalance(t, s, 1200)
	coins := s.Coins()
	if len(coins) != 2 || coins[0].Value != 700 || coins[1].Outpoint != (wire.OutPoint{Hash: first.TxHash(), Index: 2}) || coins[1].Branch != Change || coins[1].Index != 3 || coins[1].Height != 1 {
		t.Errorf("coins: want the two, largest first, found %+v", coins)
	}
	if len(coins[0].Previous.TxIn[0].Witness) != 0 || coins[0].Previous.TxHash() != first.TxHash() {
		t.Error("previous transaction: want it without witness and with its id")
	}
	if s.Next(Receive) != 1 || s.Next(Change) != 4 || s.Next(2) != math.MaxUint32 {
		t.Errorf("next: want 1 and 4, found %d and %d", s.Next(Receive), s.Next(Change))
	}
	// One block that spends a coin and, at once, what comes of it.
	middle := l.tx([]wire.OutPoint{coins[0].Outpoint}, l.pay(Receive, 1, 650))
	last := l.tx([]wire.OutPoint{{Hash: middle.TxHash()}}, l.pay(Receive, 2, 600))
	l.block(middle, last)
	l.follow(s)
	wantBalance(t, s, 1100)
	if by, height, ok := s.SpentBy(coins[0].Outpoint); !ok || by != middle.TxHash() || height != 2 {
		t.Errorf("spent by: want %s in block 2, found %s in %d", middle.TxHash(), by, height)
	}
	if _, _, ok := s.SpentBy(coins[1].Outpoint); ok {
		t.Error("spent by: want nothing of a coin that is there")
	}
}

func TestAddressesAreFoundAThousandAhead(t *testing.T) {
	l := newLedger(t)
	s := l.set()
	l.block(l.tx(nil, l.pay(Receive, coinGap-1, 5)))
	l.block(l.tx(nil, l.pay(Receive, 2*coinGap-1, 7)))
	l.follow(s)
	wantBalance(t, s, 12)
}

func TestARewardIsNoCoinBeforeItsTime(t *testing.T) {
	l := newLedger(t)
	s := l.set()
	b := l.block()
	b.Transactions[0].TxOut[0] = l.pay(Receive, 0, 50)
	for range coinbaseMaturity - 2 {
		l.block()
	}
	l.follow(s) // height 99: the next block is the hundredth after 0, not after 1
	wantBalance(t, s, 0)
	l.block()
	l.follow(s)
	wantBalance(t, s, 50)
}

func TestApplyTakesTheNextBlockOnly(t *testing.T) {
	l := newLedger(t)
	s := l.set()
	paid := l.tx(nil, l.pay(Receive, 0, 5))
	l.block(paid)
	l.follow(s)
	l.block()
	next, err := s.Movements(2, l.blocks[1])
	if err != nil {
		t.Fatal(err)
	}
	coin := s.Coins()[0]
	fresh := coin
	fresh.Outpoint.Index, fresh.Height = 9, 2
	tests := []struct {
		name   string
		change func(m *Movements)
		want   string
	}{
		{"gap", func(m *Movements) { m.Height = 3 }, "coin set: want block 2, found 3"},
		{"again", func(m *Movements) { m.Height = 1 }, "coin set: want block 2, found 1"},
		{"other chain", func(m *Movements) { m.Previous = chainhash.Hash{} }, "coin set: block 2: want one that follows " + l.blocks[0].BlockHash().String() + ", found one that follows " + chainhash.Hash{}.String()},
		{"coin that is there", func(m *Movements) { m.Created = []Coin{coin} }, "coin set: block 2: want whole new coins, found " + coin.Outpoint.String()},
		{"coin twice", func(m *Movements) { m.Created = []Coin{fresh, fresh} }, "coin set: block 2: want whole new coins, found " + fresh.Outpoint.String()},
		{"unknown spend", func(m *Movements) { m.Spent = []Spend{{Outpoint: fresh.Outpoint}} }, "coin set: block 2: want spends of coins that are there, found " + fresh.Outpoint.String()},
		{"spent twice", func(m *Movements) { m.Spent = []Spend{{Outpoint: coin.Outpoint}, {Outpoint: coin.Outpoint}} }, "coin set: block 2: want spends of coins that are there, found " + coin.Outpoint.String()},
	}
	before := l.bytes(s)
	for _, x := range tests {
		m := next
		x.change(&m)
		wantError(t, x.name, s.Apply(m), x.want)
		if !bytes.Equal(l.bytes(s), before) {
			t.Errorf("%s: want the set as it was", x.name)
		}
	}
	var zero CoinSet
	wantError(t, "zero set", zero.Apply(next), "coin set: want a descriptor, found none")
	_, err = zero.Movements(1, l.blocks[0])
	wantError(t, "zero set", err, "coin set: want a descriptor, found none")
	_, err = NewCoinSet(nil, 1)
	wantError(t, "no descriptor", err, "coin set: want a descriptor, found none")
}

func TestRewindRestoresWhatWasSpent(t *testing.T) {
	// Deriving what to look for costs more than all the rest: once will do.
	known := newLedger(t).set()
	if err := known.cover(); err != nil {
		t.Fatal(err)
	}
	know := func(s *CoinSet) { s.places, s.covered = known.places, known.covered }
	base := newLedger(t)
	rapid.Check(t, func(r *rapid.T) {
		l := &ledger{t: t, d: base.d, output: base.output}
		s := l.set()
		know(s)
		var marks [][]byte // the file after each block
		for range rapid.IntRange(1, 12).Draw(r, "blocks") {
			var txs []*wire.MsgTx
			coins := s.Coins()
			for range rapid.IntRange(0, 3).Draw(r, "transactions") {
				var spent []wire.OutPoint
				if n := rapid.IntRange(0, min(2, len(coins))).Draw(r, "inputs"); n > 0 {
					for _, c := range coins[:n] {
						spent = append(spent, c.Outpoint)
					}
					coins = coins[n:]
				}
				out := l.pay(Branch(rapid.IntRange(0, 1).Draw(r, "branch")), uint32(rapid.IntRange(0, 5).Draw(r, "index")), rapid.Int64Range(1, 1000).Draw(r, "value"))
				txs = append(txs, l.tx(spent, out))
			}
			l.block(txs...)
			l.follow(s)
			marks = append(marks, l.bytes(s))
		}
		back := rapid.IntRange(1, len(marks)).Draw(r, "back")
		end := l.bytes(s)
		if err := s.Rewind(uint32(back), l.blocks[back-1].BlockHash()); err != nil {
			r.Fatal(err)
		}
		earlier, err := ParseCoinSet(l.d, marks[back-1])
		if err != nil {
			r.Fatal(err)
		}
		if !slices.EqualFunc(s.Coins(), earlier.Coins(), func(a, b Coin) bool { return a.Outpoint == b.Outpoint && a.Value == b.Value }) {
			r.Errorf("coins at %d: want those of then", back)
		}
		l.follow(s)
		if !bytes.Equal(l.bytes(s), end) {
			r.Errorf("want the same end after going back to %d", back)
		}
		know(earlier)
		l.follow(earlier)
		if !bytes.Equal(l.bytes(earlier), end) {
			r.Errorf("want the same end from the file of block %d", back)
		}
	})
}

func TestRewindHasAFloor(t *testing.T) {
	l := newLedger(t)
	s := l.set()
	wantError(t, "no blocks", s.Rewind(1, chainhash.Hash{}), "coin set: want blocks to rewind, found none: wants to be built again from the blocks")
	paid := l.tx(nil, l.pay(Receive, 0, 5))
	l.block(paid)
	l.block(l.tx([]wire.OutPoint{{Hash: paid.TxHash()}}, l.pay(Receive, 1, 4)))
	l.follow(s)
	wantError(t, "before the first", s.Rewind(0, chainhash.Hash{}), "coin set: want to rewind to block 1 or more, found 0: wants to be built again from the blocks")
	wantError(t, "ahead", s.Rewind(3, chainhash.Hash{}), "coin set: want to rewind to block 2 or less, found 3")
	wantError(t, "other tip", s.Rewind(2, chainhash.Hash{}), "coin set: block 2: want "+l.blocks[1].BlockHash().String()+", found "+chainhash.Hash{}.String())
	for range coinMemory {
		l.block()
	}
	l.follow(s)
	if _, _, ok := s.SpentBy(wire.OutPoint{Hash: paid.TxHash()}); ok {
		t.Error("spent coin: want it forgotten after 2,016 blocks")
	}
	err := s.Rewind(1, l.blocks[0].BlockHash())
	wantError(t, "too far", err, "coin set: want to rewind to block 2 or more, found 1: wants to be built again from the blocks")
	if !errors.Is(err, ErrRescan) {
		t.Error("too far: want ErrRescan")
	}
	if err := s.Rewind(2, l.blocks[1].BlockHash()); err != nil {
		t.Error(err)
	}
	wantBalance(t, s, 4)
}

// exampleCoins is a set with a coin, a spent coin and a fork's worth of memory.
func exampleCoins(t testing.TB) (*ledger, []byte) {
	t.Helper()
	l := newLedger(t)
	s := l.set()
	paid := l.tx(nil, l.pay(Receive, 0, 700), l.pay(Change, 1, 500))
	l.block(paid)
	l.block(l.tx([]wire.OutPoint{{Hash: paid.TxHash()}}, l.pay(Receive, 1, 600)))
	l.follow(s)
	return l, l.bytes(s)
}

func TestACoinFileIsReadStrictly(t *testing.T) {
	l, b := exampleCoins(t)
	if s, err := ParseCoinSet(l.d, b); err != nil || !bytes.Equal(l.bytes(s), b) {
		t.Fatalf("want it read back, found %v", err)
	}
	empty := l.bytes(l.set())
	if s, err := ParseCoinSet(l.d, empty); err != nil || s.Wanted() != 1 {
		t.Errorf("empty set: want it read back, found %v", err)
	}
	other := newTestWallet(t, 2, 2)
	_, err := ParseCoinSet(other.d, b)
	if !errors.Is(err, ErrRescan) || !strings.Contains(err.Error(), "want strongroom/coins@v1 of descriptor ") {
		t.Errorf("other wallet: want it refused, found %v", err)
	}
	change := func(old, new string) []byte {
		t.Helper()
		if !strings.Contains(string(b), old) {
			t.Fatalf("example: want %q in it", old)
		}
		return []byte(strings.Replace(string(b), old, new, 1))
	}
	const front = "coin file: wants to be built again from the blocks: "
	tests := []struct {
		name string
		in   []byte
		want string
	}{
		{"nothing", nil, "want JSON of the form that is written here, found another"},
		{"cut", b[:len(b)-3], "want JSON of the form that is written here, found another"},
		{"more", append(bytes.Clone(b), '\n'), "want the bytes that the same coins are written as, found others"},
		{"unknown field", change(`"birth"`, `"extra":1, "birth"`), "want the bytes that the same coins are written as, found others"},
		{"version", change("coins@v1", "coins@v2"), "want strongroom/coins@v1 of descriptor " + goldenHash[:16] + `, found "strongroom/coins@v2" of "` + goldenHash[:32] + `..."`},
		{"other place", change(`"index": 1`, `"index": 0`), ""},
		{"place not seen", change(`"index": 1`, `"index": 7`), ""},
		{"branch", change(`"branch": 1`, `"branch": 2`), ""},
		{"height ahead", change(`"height": 1,`, `"height": 3,`), ""},
		{"tip behind", change(`"height": 2,`, `"height": 0,`), "tip: want a height from 1 on, found 0"},
		{"transaction missing", change(`"transactions": [`, `"transactions": ["00",`), "transaction 1: version: want 4 more bytes, found 1"},
		{"index too high", change(`"next": [`, `"next": [4294967295,`), ""},
	}
	for _, x := range tests {
		_, err := ParseCoinSet(l.d, x.in)
		if !errors.Is(err, ErrRescan) || !strings.HasPrefix(err.Error(), front+x.want) {
			t.Errorf("%s:\nwant  %s\nfound %v", x.name, front+x.want, err)
		}
	}
}

func FuzzParseCoinSet(f *testing.F) {
	l, b := exampleCoins(f)
	f.Add(b)
	f.Add(l.bytes(l.set()))
	f.Add([]byte(`{"format":"strongroom/coins@v1"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseCoinSet(l.d, b)
		if err != nil {
			return
		}
		if again, err := s.Bytes(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("want the same bytes, found others, %v", err)
		}
	})
}
