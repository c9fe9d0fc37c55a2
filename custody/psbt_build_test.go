package custody

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/btcutil/v2/txsort"
	"github.com/btcsuite/btcd/wire/v2"
)

func TestBuildDependsOnNoOrder(t *testing.T) {
	w := newPurse(t, "order", 2, 3)
	var coins []Coin
	for i := range 6 {
		coins = append(coins, w.coin(t, i, Amount(50_000+i), Branch(i%2), uint32(10-i)))
	}
	pays := []Output{{stranger, 90_000}, {append([]byte{0, 20}, make([]byte, 20)...), 90_000}, {stranger, 1000}}
	change := &ChangeOutput{Index: 3, Value: 90_000}
	want, err := NewPSBT(w.Descriptor, coins, pays, change, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !txsort.IsSorted(want.Tx) {
		t.Fatal("want inputs and outputs sorted by BIP-69, found another order")
	}
	slices.Reverse(coins)
	slices.Reverse(pays)
	got, err := NewPSBT(w.Descriptor, coins, pays, change, 0)
	if err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Fatalf("want the same bytes from another order, found others, error %v", err)
	}
	if coins[0].Index != 5 || pays[0].Value != 1000 {
		t.Fatal("want the arguments as they were, found them sorted")
	}
}

func TestBuildTellsTheSignersEverything(t *testing.T) {
	w := newPurse(t, "everything", 2, 3)
	p := w.packet(t, 3)
	if p.Tx.Version != 2 || p.Tx.LockTime != 200 {
		t.Fatalf("want version 2 and locktime 200, found %d and %d", p.Tx.Version, p.Tx.LockTime)
	}
	for i, in := range p.Inputs {
		if p.Tx.TxIn[i].Sequence != 0xfffffffd || !in.HasSighash || in.Sighash != SighashAll || len(in.Derivations) != 3 {
			t.Fatalf("input %d: want it replaceable, ALL, with three derivations, found %+v", i, in)
		}
		if in.RedeemScript != nil || len(in.PartialSigs) > 0 || in.final() {
			t.Fatalf("input %d: want nothing signed, found %+v", i, in)
		}
	}
	if _, err := p.OwnInputs(w.Descriptor, 1); err != nil {
		t.Fatal(err)
	}
}

func TestBuildIsIndifferentToTheWitnessesOfPrevious(t *testing.T) {
	w := newPurse(t, "segwit", 2, 3)
	coin := w.coin(t, 0, 100_000, Receive, 0)
	plain, err := NewPSBT(w.Descriptor, []Coin{coin}, []Output{{stranger, 99_000}}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	coin.Previous = coin.Previous.Copy()
	coin.Previous.TxIn[0].Witness = wire.TxWitness{[]byte("signature"), []byte("key")}
	segwit, err := NewPSBT(w.Descriptor, []Coin{coin}, []Output{{stranger, 99_000}}, nil, 0)
	if err != nil || !bytes.Equal(plain.Bytes(), segwit.Bytes()) {
		t.Fatalf("want the same packet, found another, error %v", err)
	}
}

func TestAttacksOnBuild(t *testing.T) {
	w := newPurse(t, "build", 2, 3)
	coin := w.coin(t, 0, 100_000, Receive, 4)
	other := w.coin(t, 1, 100_000, Receive, 5)
	script := func(b Branch, i uint32) []byte {
		s, err := w.Derive(b, i)
		if err != nil {
			t.Fatal(err)
		}
		return s.Output
	}
	pay := Output{stranger, 50_000}
	with := func(f func(*Coin)) []Coin { c := coin; f(&c); return []Coin{c} }
	in := "build: coin " + coin.Outpoint.String() + ": "
	cases := []struct {
		attack string
		coins  []Coin
		pays   []Output
		change *ChangeOutput
		lock   uint32
		want   string
	}{
		{"no coin", nil, []Output{pay}, nil, 0, "build: want 1 to 10000 coins, found 0"},
		{"too many coins", make([]Coin, 10_001), []Output{pay}, nil, 0, "build: want 1 to 10000 coins, found 10001"},
		{"no output", []Coin{coin}, nil, nil, 0, "build: want 1 to 9999 outputs, found 0"},
		{"locktime that is a time", []Coin{coin}, []Output{pay}, nil, 500_000_000, "build: want a locktime of at most block 499999999, found 500000000"},
		{"coin twice", []Coin{coin, coin}, []Output{pay}, nil, 0, in + "want each coin once, found it twice"},
		{"missing previous", with(func(c *Coin) { c.Previous = nil }), []Output{pay}, nil, 0, in + "want the full previous transaction, found none"},
		{"previous of another txid", with(func(c *Coin) { c.Previous = other.Previous }), []Output{pay}, nil, 0,
			in + "want the previous transaction " + coin.Outpoint.Hash.String() + ", found " + other.Outpoint.Hash.String()},
		{"another value", with(func(c *Coin) { c.Value-- }), []Output{pay}, nil, 0, in + "want a value of 0.00099999, found 0.00100000"},
		{"another index", with(func(c *Coin) { c.Index++ }), []Output{pay}, nil, 0,
			in + fmt.Sprintf("want the script at receive/5, %x, found %x", script(Receive, 5), script(Receive, 4))},
		{"another branch", with(func(c *Coin) { c.Branch = Change }), []Output{pay}, nil, 0,
			in + fmt.Sprintf("want the script at change/4, %x, found %x", script(Change, 4), script(Receive, 4))},
		{"no branch", with(func(c *Coin) { c.Branch = 2 }), []Output{pay}, nil, 0, in + "want branch 0 or 1, found 2"},
		{"hardened index", with(func(c *Coin) { c.Index = Hardened }), []Output{pay}, nil, 0, "build: derive: want an index below 2147483648, found 2147483648"},
		{"output that is not there", with(func(c *Coin) { c.Outpoint.Index = 3 }), []Output{pay}, nil, 0,
			"build: coin " + coin.Outpoint.Hash.String() + ":3: want output 3, found 3 outputs"},
		{"outputs above the inputs", []Coin{coin}, []Output{{stranger, 100_001}}, nil, 0, "build: fee: want outputs worth at most the inputs, 0.00100000, found 0.00100001"},
		{"outputs that overflow", []Coin{coin}, []Output{{stranger, MaxAmount}, {stranger, MaxAmount}}, nil, 0,
			"build: fee: output 1: amount: want a sum of at most 21000000.00000000, found 21000000.00000000 + 21000000.00000000: amount out of range"},
		{"negative payment", []Coin{coin}, []Output{{stranger, -1}}, nil, 0, "build: payment 1: want a value of 0 to 21000000.00000000, found -0.00000001: amount out of range"},
		{"dust payment", []Coin{coin}, []Output{pay, {stranger, 293}}, nil, 0, "build: payment 2: want at least 0.00000294, below which it is dust, found 0.00000293"},
		{"dust change", []Coin{coin}, []Output{pay}, &ChangeOutput{1, 329}, 0, "build: change: want at least 0.00000330, below which it is dust, found 0.00000329"},
		{"change at a hardened index", []Coin{coin}, []Output{pay}, &ChangeOutput{Hardened, 40_000}, 0, "build: change: derive: want an index below 2147483648, found 2147483648"},
	}
	for _, c := range cases {
		_, err := NewPSBT(w.Descriptor, c.coins, c.pays, c.change, c.lock)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want the error\n%s, found\n%v", c.attack, c.want, err)
		}
	}
}

// TestOutpointOrder holds the order of inputs against the display of txids.
func TestOutpointOrder(t *testing.T) {
	point := func(last byte, first byte, index uint32) (p wire.OutPoint) {
		p.Hash[31], p.Hash[0] = first, last
		p.Index = binary.LittleEndian.Uint32([]byte{byte(index), 0, 0, 0})
		return p
	}
	sorted := []wire.OutPoint{point(9, 0, 7), point(1, 1, 0), point(1, 1, 1), point(2, 1, 0), point(0, 2, 0)}
	for i := range sorted[1:] {
		if comparePoints(sorted[i], sorted[i+1]) >= 0 || sorted[i].Hash.String() > sorted[i+1].Hash.String() {
			t.Errorf("want %s before %s, found the other way round", sorted[i], sorted[i+1])
		}
	}
}

func BenchmarkNewPSBT(b *testing.B) {
	w := newPurse(b, "bench", 2, 3)
	var coins []Coin
	for i := range 200 {
		coins = append(coins, w.coin(b, i, 100_000, Receive, uint32(i)))
	}
	for b.Loop() {
		if _, err := NewPSBT(w.Descriptor, coins, []Output{{stranger, 100_000}}, nil, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*200), "ns/input")
}
