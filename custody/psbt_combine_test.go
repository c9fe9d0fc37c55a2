package custody

import (
	"bytes"
	"fmt"
	"testing"
)

// TestCombinerOfBIP174 are the two packets with unknown keys at the end of
// BIP-174, and what a combiner that orders keys makes of them: each of the
// three maps holds the one key, the other, or both.
func TestCombinerOfBIP174(t *testing.T) {
	const head = "70736274ff01003f0200000001ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000000000ffffffff010000000000000000036a010000000000"
	const a = "0af00102030405060708090f0102030405060708090a0b0c0d0e0f"
	const b = "0af00102030405060708100f0102030405060708090a0b0c0d0e0f"
	var packets [2]*PSBT
	for i, pair := range []string{a, b} {
		var err error
		if packets[i], err = ParsePSBT(unhex(t, head+pair+"00"+pair+"00"+pair+"00")); err != nil {
			t.Fatal(err)
		}
	}
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		c, err := Combine(packets[order[0]], packets[order[1]])
		if err != nil {
			t.Fatal(err)
		}
		if want := unhex(t, head+a+b+"00"+a+b+"00"+a+b+"00"); !bytes.Equal(c.Bytes(), want) {
			t.Errorf("want %x, found %x", want, c.Bytes())
		}
	}
}

func TestCombineKeepsEverythingInAnyOrder(t *testing.T) {
	w := newPurse(t, "combine", 3, 5)
	packet := w.packet(t, 4)
	var parts []*PSBT
	for k := range 4 {
		part := w.signed(t, packet, k)
		part.Inputs[k].Unknown = []Pair{{[]byte{0xf0, byte(k)}, []byte("in")}}
		part.Outputs[k%2].Unknown = []Pair{{[]byte{0xf1, byte(k)}, []byte("out")}}
		part.Unknown = []Pair{{[]byte{0xf2, byte(k)}, []byte("global")}}
		parts = append(parts, part)
	}
	orders := [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {0, 0, 1, 2, 3, 3}}
	var first []byte
	for _, order := range orders {
		var picked []*PSBT
		for _, k := range order {
			picked = append(picked, parts[k])
		}
		c, err := Combine(picked...)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = c.Bytes()
		}
		if !bytes.Equal(c.Bytes(), first) {
			t.Fatalf("order %v: want the same bytes, found others", order)
		}
		for i, in := range c.Inputs {
			if len(in.PartialSigs) != 4 || len(in.Unknown) != 1 || len(in.Derivations) != 5 || in.Previous == nil || in.WitnessScript == nil {
				t.Fatalf("input %d: want four signatures and all the rest, found %+v", i, in)
			}
		}
		if len(c.Unknown) != 4 || len(c.Outputs[0].Unknown) != 2 {
			t.Fatalf("want all unknown entries, found %v and %v", c.Unknown, c.Outputs[0].Unknown)
		}
	}
	pairwise, err := Combine(parts[3], parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if pairwise, err = Combine(parts[0], pairwise); err != nil {
		t.Fatal(err)
	}
	if pairwise, err = Combine(pairwise, parts[2]); err != nil || !bytes.Equal(pairwise.Bytes(), first) {
		t.Fatalf("want the same two by two, found another, error %v", err)
	}
}

func TestCombineLeavesItsPartsAlone(t *testing.T) {
	w := newPurse(t, "alone", 2, 3)
	a := w.signed(t, w.packet(t, 2), 0)
	b := w.signed(t, w.packet(t, 2), 1)
	before := [2][]byte{a.Bytes(), b.Bytes()}
	c, err := Combine(a, b)
	if err != nil {
		t.Fatal(err)
	}
	c.Inputs[0].PartialSigs[0].Signature[0] ^= 0xff
	c.Inputs[0].WitnessScript[0] ^= 0xff
	if !bytes.Equal(a.Bytes(), before[0]) || !bytes.Equal(b.Bytes(), before[1]) {
		t.Fatal("want the parts as they were, found them changed")
	}
}

func TestAttacksOnCombine(t *testing.T) {
	w := newPurse(t, "conflict", 2, 3)
	packet := w.packet(t, 2)
	signed := w.signed(t, packet, 1)
	key := signed.Inputs[1].PartialSigs[0].PublicKey
	cases := []struct {
		attack string
		change func(*PSBT)
		want   string
	}{
		{"two signatures by one key", func(p *PSBT) { p.Inputs[1].PartialSigs[0].Signature[10] ^= 1 },
			fmt.Sprintf("combine: input 1: partial signature of %x: want one value, found two different ones", key)},
		{"another sighash type", func(p *PSBT) { p.Inputs[0].Sighash = 2 }, "combine: input 0: sighash type: want one value, found two different ones"},
		{"another witness utxo", func(p *PSBT) { p.Inputs[0].WitnessUTXO.Value-- }, "combine: input 0: witness utxo: want one value, found two different ones"},
		{"another witness script", func(p *PSBT) { p.Outputs[0].WitnessScript = []byte{1} }, "combine: output 0: witness script: want one value, found two different ones"},
		{"another path", func(p *PSBT) { p.Inputs[0].Derivations[0].Path[5]++ },
			fmt.Sprintf("combine: input 0: derivation of %x: want one value, found two different ones", signed.Inputs[0].Derivations[0].PublicKey)},
	}
	for _, c := range cases {
		p := again(t, signed)
		c.change(p)
		_, err1 := Combine(signed, p)
		_, err2 := Combine(p, signed)
		if err1 == nil || err2 == nil || err1.Error() != c.want || err2.Error() != c.want {
			t.Errorf("%s: want the error\n%s, found\n%v\n%v", c.attack, c.want, err1, err2)
		}
	}
	_, err := Combine()
	wantErrorText(t, err, "combine: want 1 to 64 packets, found 0")
	_, err = Combine(make([]*PSBT, 65)...)
	wantErrorText(t, err, "combine: want 1 to 64 packets, found 65")
	other := w.packet(t, 3)
	_, err = Combine(signed, other)
	wantErrorText(t, err, fmt.Sprintf("combine: want packets of one unsigned transaction, %s, found %s in packet 2", signed.TxID(), other.TxID()))
}

func BenchmarkCombine(b *testing.B) {
	w := newPurse(b, "bench", 2, 3)
	p := w.packet(b, 200)
	x, y := w.signed(b, p, 0), w.signed(b, p, 1)
	for b.Loop() {
		if _, err := Combine(x, y); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*200), "ns/input")
}
