package custody

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// coin makes a confirmed coin whose number is its outpoint, two in each
// transaction.
func coin(number byte, value Amount) Coin {
	return Coin{Outpoint: wire.OutPoint{Hash: chainhash.Hash{number / 2}, Index: uint32(number % 2)}, Value: value, Height: 100}
}

// chosen writes a selection as numbers and values.
func chosen(coins []Coin) (s string) {
	for _, c := range coins {
		s += fmt.Sprintf("%d:%d ", uint32(c.Outpoint.Hash[0])*2+c.Outpoint.Index, c.Value)
	}
	return s
}

func perInput(fee Amount) func(int) Amount {
	return func(inputs int) Amount { return Amount(inputs) * fee }
}

func TestSelectCoins(t *testing.T) {
	unconfirmed := coin(9, 5000)
	unconfirmed.Height = 0
	coins := []Coin{coin(1, 100), coin(2, 900), coin(3, 300), coin(4, 500), coin(5, 300), unconfirmed}
	tests := []struct {
		need, fee Amount
		want      string
	}{
		{1, 0, "1:100 "},                             // the smallest that reaches
		{100, 0, "1:100 "},                           // exactly
		{101, 0, "5:300 "},                           // of two equal ones always the same
		{600, 0, "2:900 "},                           // one large coin beats two small ones
		{901, 0, "2:900 1:100 "},                     // the largest, and the smallest that fills up
		{1201, 0, "2:900 4:500 "},                    // 900 + 300 would miss by one
		{1200, 0, "2:900 5:300 "},                    // exactly two
		{2100, 0, "2:900 4:500 3:300 5:300 1:100 "},  // all confirmed ones
		{890, 10, "2:900 "},                          // with the fee, exactly
		{891, 10, "2:900 1:100 "},                    // the fee asks for a second one
		{2000, 20, "2:900 4:500 3:300 5:300 1:100 "}, // five inputs cost 100
	}
	for _, test := range tests {
		random := rand.New(rand.NewPCG(uint64(test.need), 1))
		for range 10 {
			random.Shuffle(len(coins), func(i, j int) { coins[i], coins[j] = coins[j], coins[i] })
			got, err := SelectCoins(coins, test.need, perInput(test.fee))
			if err != nil || chosen(got) != test.want {
				t.Errorf("%d + %d: want %s, found %s, %v", test.need, test.fee, test.want, chosen(got), err)
			}
		}
	}
}

// Of equal coins the last by outpoint is chosen, in whatever order they come.
func TestSelectCoinsTies(t *testing.T) {
	a, b, c := coin(6, 100), coin(7, 100), coin(8, 100)
	for _, coins := range [][]Coin{{a, b}, {b, a}} {
		if got, err := SelectCoins(coins, 1, perInput(0)); err != nil || chosen(got) != "7:100 " {
			t.Errorf("same transaction: want coin 7, found %s, %v", chosen(got), err)
		}
	}
	for _, coins := range [][]Coin{{b, c}, {c, b}} { // b has the larger output number
		if got, err := SelectCoins(coins, 1, perInput(0)); err != nil || chosen(got) != "8:100 " {
			t.Errorf("other transaction: want coin 8, found %s, %v", chosen(got), err)
		}
	}
}

// Whatever is chosen reaches, and dropping any coin would not.
func TestSelectCoinsNoCoinTooMany(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var coins []Coin
		for i := range 1 + random.IntN(30) {
			coins = append(coins, coin(byte(i), Amount(1+random.Int64N(1000))))
		}
		need := Amount(1 + random.Int64N(8000))
		got, err := SelectCoins(coins, need, perInput(7))
		var total Amount
		for _, c := range coins {
			total += c.Value - 7
		}
		if err != nil {
			if total >= need && len(coins) > 0 && slices.MinFunc(coins, func(a, b Coin) int { return int(a.Value - b.Value) }).Value > 7 {
				t.Fatalf("want a selection of %d for %d, found %v", total, need, err)
			}
			continue
		}
		var have Amount
		for _, c := range got {
			have += c.Value
		}
		if have < need+perInput(7)(len(got)) {
			t.Fatalf("want at least %d, found %s", need, chosen(got))
		}
		for _, c := range got {
			if have-c.Value >= need+perInput(7)(len(got)-1) {
				t.Fatalf("want no coin too many for %d, found %s", need, chosen(got))
			}
		}
	}
}

func TestSelectCoinsRefused(t *testing.T) {
	unconfirmed := coin(2, 500)
	unconfirmed.Height = 0
	free := perInput(0)
	tests := []struct {
		name  string
		coins []Coin
		need  Amount
		fee   func(int) Amount
		want  string
	}{
		{"nothing asked", []Coin{coin(1, 5)}, 0, free, "coins: want a sum above 0 to select for, found 0.00000000"},
		{"less than nothing", []Coin{coin(1, 5)}, -1, free, "coins: want a sum above 0 to select for, found -0.00000001"},
		{"more than all bitcoin", []Coin{coin(1, 5)}, MaxAmount + 1, free, "coins: want a sum above 0 to select for, found 21000000.00000001"},
		{"no coins", nil, 5, perInput(1), "coins: want 0.00000005 with the fee, found 0.00000000 in confirmed coins"},
		{"one satoshi short", []Coin{coin(1, 5), coin(2, 5)}, 9, perInput(1), "coins: want 0.00000011 with the fee, found 0.00000010 in confirmed coins"},
		{"unconfirmed", []Coin{coin(1, 5), unconfirmed}, 100, free, "coins: want 0.00000100 with the fee, found 0.00000005 in confirmed coins"},
		{"a coin twice", []Coin{coin(1, 5), coin(1, 5)}, 7, free, "coins: want every coin once, found 0000000000000000000000000000000000000000000000000000000000000000:1 twice"},
		{"worthless coin", []Coin{coin(1, 0)}, 7, free, "coins: want a value above 0 of 0000000000000000000000000000000000000000000000000000000000000000:1, found 0.00000000"},
		{"negative coin", []Coin{coin(1, -1)}, 7, free, "coins: want a value above 0 of 0000000000000000000000000000000000000000000000000000000000000000:1, found -0.00000001"},
		{"too many coins", make([]Coin, MaxCoins+1), 7, free, "coins: want at most 10000 to select from, found 10001"},
		{"fee below zero", []Coin{coin(1, 5)}, 3, perInput(-1), "coins: amount: want a sum of at most 21000000.00000000, found 0.00000003 + -0.00000001: amount out of range"},
		{"coins above all bitcoin", []Coin{coin(1, MaxAmount-1), coin(2, MaxAmount-1)}, MaxAmount, free, "coins: amount: want a sum of at most 21000000.00000000, found 20999999.99999999 + 20999999.99999999: amount out of range"},
	}
	for _, test := range tests {
		_, err := SelectCoins(test.coins, test.need, test.fee)
		wantError(t, test.name, err, test.want)
	}
	_, err := SelectCoins([]Coin{coin(1, 5)}, 9, perInput(1))
	var short *InsufficientError
	if !errors.Is(err, ErrInsufficient) || !errors.As(err, &short) || short.Have != 5 || short.Need != 10 {
		t.Errorf("want have 5 and need 10, found %v", err)
	}
}

func TestDustLimit(t *testing.T) {
	tests := []struct {
		name, script string
		want         Amount
	}{
		{"P2PKH", "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac", 546},
		{"P2SH", "a91456be8ea93912f37685542a2a864a5600f88a675487", 540},
		{"P2WPKH", "0014751e76e8199196d454941c45d1b3a323f1433bd6", 294},
		{"P2WSH", "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262", 330},
		{"P2TR", "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 330},
		{"anchor", "51024e73", 240},
		{"data", "6a0548656c6c6f", 0},
	}
	for _, test := range tests {
		if got := DustLimit(decodeHex(t, test.script)); got != test.want {
			t.Errorf("%s: want %d, found %d", test.name, test.want, got)
		}
	}
}

// A real transaction with signatures of the largest size has exactly that
// virtual size.
func TestWithdrawalVsize(t *testing.T) {
	outputs := [][]byte{
		decodeHex(t, "0014751e76e8199196d454941c45d1b3a323f1433bd6"),
		decodeHex(t, "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262"),
	}
	for _, size := range [][2]int{{1, 1}, {2, 3}, {4, 7}, {5, 8}, {15, 15}} {
		d := newTestWallet(t, size[0], size[1]).d
		s, err := d.Derive(Receive, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, inputs := range []int{1, 2, 252, 253} {
			tx := wire.NewMsgTx(2)
			for range inputs {
				in := wire.NewTxIn(&wire.OutPoint{}, nil, nil)
				in.Witness = wire.TxWitness{nil}
				for range d.M() {
					in.Witness = append(in.Witness, make([]byte, 72))
				}
				in.Witness = append(in.Witness, s.Witness)
				tx.AddTxIn(in)
			}
			for _, script := range outputs {
				tx.AddTxOut(wire.NewTxOut(1, script))
			}
			want := (int64(tx.SerializeSizeStripped())*3 + int64(tx.SerializeSize()) + 3) / 4
			if got := WithdrawalVsize(d, inputs, outputs); got != want {
				t.Errorf("%d of %d, %d inputs: want %d, found %d", d.M(), d.N(), inputs, want, got)
			}
		}
	}
}
