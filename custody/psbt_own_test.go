package custody

import (
	"bytes"
	"testing"
)

// Coins move from one wallet to another: what signers of both derive for
// themselves is in the packet, and the order of outputs tells nothing.
func TestOwnOutputsAreDerivedFromTheOtherWallet(t *testing.T) {
	from, to := newPurse(t, "from", 2, 3), newPurse(t, "to", 2, 2)
	coins := []Coin{from.coin(t, 0, 100_000, Receive, 4), from.coin(t, 1, 50_000, Change, 2)}
	outs := []ChangeOutput{{7, 60_000}, {8, 60_000}, {2, 20_000}}
	p, err := NewOwnPSBT(from.Descriptor, coins, to.Descriptor, outs, 150)
	if err != nil {
		t.Fatal(err)
	}
	if fee, err := p.Fee(); err != nil || fee != 10_000 || p.Tx.LockTime != 150 {
		t.Fatalf("want a fee of 10000 and locktime 150, found %d and %d, error %v", fee, p.Tx.LockTime, err)
	}
	if _, err := p.OwnInputs(from.Descriptor, 1); err != nil {
		t.Fatal(err)
	}
	found := map[uint32]Amount{}
	for i, out := range p.Tx.TxOut {
		b, index, err := p.Outputs[i].Claim(to.Descriptor)
		if err != nil || b != Change {
			t.Fatalf("output %d: want one on the change branch, found branch %v, error %v", i, b, err)
		}
		s, err := to.Derive(b, index)
		if err != nil || !bytes.Equal(s.Output, out.PkScript) {
			t.Fatalf("output %d: want the script at change/%d, found another, error %v", i, index, err)
		}
		found[index] = Amount(out.Value)
		if _, _, err := p.Outputs[i].Claim(from.Descriptor); err == nil {
			t.Errorf("output %d: want one that the wallet spent from does not claim, found one that it does", i)
		}
	}
	for _, o := range outs {
		if found[o.Index] != o.Value {
			t.Errorf("change/%d: want %s, found %s", o.Index, o.Value, found[o.Index])
		}
	}
	outs[0], outs[2], coins[0], coins[1] = outs[2], outs[0], coins[1], coins[0]
	again, err := NewOwnPSBT(from.Descriptor, coins, to.Descriptor, outs, 150)
	if err != nil || !bytes.Equal(again.Bytes(), p.Bytes()) {
		t.Fatalf("want the same bytes from another order, found others, error %v", err)
	}
}

func TestAttacksOnOwnOutputs(t *testing.T) {
	w := newPurse(t, "own", 2, 3)
	coins := []Coin{w.coin(t, 0, 100_000, Receive, 4)}
	for _, c := range []struct {
		attack string
		coins  []Coin
		outs   []ChangeOutput
		want   string
	}{
		{"nothing goes anywhere", coins, nil, "build: want 1 to 10000 outputs, found 0"},
		{"too many outputs", coins, make([]ChangeOutput, 10_001), "build: want 1 to 10000 outputs, found 10001"},
		{"an address twice", coins, []ChangeOutput{{3, 1000}, {4, 1000}, {3, 2000}}, "build: want each change address once, found index 3 twice"},
		{"no coin", nil, []ChangeOutput{{3, 1000}}, "build: want 1 to 10000 coins, found 0"},
		{"dust", coins, []ChangeOutput{{3, 329}}, "build: change: want at least 0.00000330, below which it is dust, found 0.00000329"},
		{"a hardened index", coins, []ChangeOutput{{Hardened, 1000}}, "build: change: derive: want an index below 2147483648, found 2147483648"},
		{"outputs above the inputs", coins, []ChangeOutput{{1, 60_000}, {2, 60_000}}, "build: fee: want outputs worth at most the inputs, 0.00100000, found 0.00120000"},
	} {
		_, err := NewOwnPSBT(w.Descriptor, c.coins, w.Descriptor, c.outs, 0)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want the error\n%s, found\n%v", c.attack, c.want, err)
		}
	}
}
