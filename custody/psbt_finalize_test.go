package custody

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/psbt/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

func TestRoundTripOfTwoOfThree(t *testing.T) {
	w := newPurse(t, "round trip", 2, 3)
	packet := w.packet(t, 7)
	var first []byte
	for _, pair := range [][2]int{{0, 1}, {1, 0}, {0, 2}, {2, 1}} {
		combined, err := Combine(w.signed(t, packet, pair[0]), w.signed(t, packet, pair[1]))
		if err != nil {
			t.Fatal(err)
		}
		final, err := Finalize(combined, w.Descriptor)
		if err != nil {
			t.Fatal(err)
		}
		tx, err := Extract(final)
		if err != nil {
			t.Fatal(err)
		}
		if tx.TxHash() != packet.TxID() {
			t.Fatalf("want txid %s, found %s", packet.TxID(), tx.TxHash())
		}
		checkFinalized(t, packet, final)
		var b bytes.Buffer
		if err := tx.Serialize(&b); err != nil {
			t.Fatal(err)
		}
		if pair == [2]int{0, 1} {
			first = b.Bytes()
		}
		if pair == [2]int{1, 0} && !bytes.Equal(first, b.Bytes()) {
			t.Fatal("want the same transaction whoever signed first, found another")
		}
		if most := WithdrawalVsize(w.Descriptor, 7, [][]byte{tx.TxOut[0].PkScript, tx.TxOut[1].PkScript}); vsize(tx) > most || most-vsize(tx) > 20 {
			t.Fatalf("want at most %d vbytes and nearly as many, found %d", most, vsize(tx))
		}
	}
}

func vsize(tx *wire.MsgTx) int64 {
	return int64(3*tx.SerializeSizeStripped()+tx.SerializeSize()+3) / 4
}

// checkFinalized holds a final packet against BIP-174: what must go is gone,
// what must stay is there, and the library extracts the same transaction.
func checkFinalized(t *testing.T, before, final *PSBT) {
	t.Helper()
	for i, in := range final.Inputs {
		if in.PartialSigs != nil || in.HasSighash || in.WitnessScript != nil || in.Derivations != nil || in.FinalScriptSig != nil {
			t.Fatalf("input %d: want what is no longer needed gone, found %+v", i, in)
		}
		if in.Previous == nil || in.WitnessUTXO == nil || in.FinalScriptWitness == nil {
			t.Fatalf("input %d: want the utxos kept, found %+v", i, in)
		}
	}
	for i := range final.Outputs {
		if !bytes.Equal(final.Outputs[i].WitnessScript, before.Outputs[i].WitnessScript) {
			t.Fatalf("output %d: want it kept, found another", i)
		}
	}
	theirs, err := psbt.NewFromRawBytes(bytes.NewReader(final.Bytes()), false)
	if err != nil {
		t.Fatal(err)
	}
	want, err := psbt.Extract(theirs)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := Extract(final)
	if err != nil || ours.WitnessHash() != want.WitnessHash() {
		t.Fatalf("want %s, found %v, error %v", want.WitnessHash(), ours, err)
	}
}

func TestAllThreeSignaturesGiveTheFirstTwoByScriptOrder(t *testing.T) {
	w := newPurse(t, "three", 2, 3)
	packet := w.packet(t, 3)
	all, err := Combine(w.signed(t, packet, 2), w.signed(t, packet, 0), w.signed(t, packet, 1))
	if err != nil {
		t.Fatal(err)
	}
	final, err := Finalize(all, w.Descriptor)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all.Inputs {
		sorted := slices.Clone(all.Inputs[i].PartialSigs)
		slices.SortFunc(sorted, func(a, b PartialSig) int { return bytes.Compare(a.PublicKey[:], b.PublicKey[:]) })
		want := multisigWitness([][]byte{sorted[0].Signature, sorted[1].Signature}, all.Inputs[i].WitnessScript)
		if !bytes.Equal(final.Inputs[i].FinalScriptWitness, want) {
			t.Errorf("input %d: want %x, found %x", i, want, final.Inputs[i].FinalScriptWitness)
		}
	}
	if _, err := Extract(final); err != nil {
		t.Fatal(err)
	}
}

func TestUnknownEntriesSurvive(t *testing.T) {
	w := newPurse(t, "unknown", 1, 1)
	packet := w.signed(t, w.packet(t, 1), 0)
	packet.Inputs[0].Unknown = []Pair{{[]byte{0xf0, 1}, []byte("kept")}}
	packet.Unknown = []Pair{{[]byte{0xf1}, []byte("kept too")}}
	final, err := Finalize(packet, w.Descriptor)
	if err != nil {
		t.Fatal(err)
	}
	back := again(t, final)
	if len(back.Unknown) != 1 || len(back.Inputs[0].Unknown) != 1 || string(back.Inputs[0].Unknown[0].Value) != "kept" {
		t.Fatalf("want unknown entries kept, found %v and %v", back.Unknown, back.Inputs[0].Unknown)
	}
}

func TestAttacksOnFinalize(t *testing.T) {
	w, other := newPurse(t, "finalize", 2, 3), newPurse(t, "other", 2, 3)
	packet := w.packet(t, 2)
	one := w.signed(t, packet, 0)
	two := w.signed(t, one, 1)
	fp := func(k int) string { return fmt.Sprintf("%x", w.keys[k].origin.Fingerprint) }
	own, err := packet.OwnInputs(w.Descriptor, 1)
	if err != nil {
		t.Fatal(err)
	}
	key := func(i, k int) [33]byte { return own[i].Script.Keys[k] }
	sig := func(p *PSBT, i, k int) []byte { return p.Inputs[i].signature(key(i, k)) }
	resign := func(p *PSBT, i, k int, f func([]byte) []byte) {
		setSignature(&p.Inputs[i], key(i, k), f(bytes.Clone(sig(p, i, k))))
	}
	// notBy is why a signature by another key, or of other bytes, is refused
	// on the first input of p.
	notBy := func(p *PSBT, k int) string {
		digest := NewSighasher(p.Tx).Digest(0, own[0].Script.Witness, own[0].Value)
		return fmt.Sprintf(" (signature: want one by key %x over digest %x, found another)", key(0, k), digest)
	}
	cheaper := again(t, two)
	cheaper.Tx.TxOut[0].Value--
	cases := []struct {
		attack string
		from   *PSBT
		change func(*PSBT)
		want   string
	}{
		{"no signature", packet, nil, "finalize: input 0: want 2 of 3 signatures, found 0; missing: " + fp(0) + ", " + fp(1) + ", " + fp(2)},
		{"one signature", one, nil, "finalize: input 0: want 2 of 3 signatures, found 1; missing: " + fp(1) + ", " + fp(2)},
		{"one signature on the second input", two, func(p *PSBT) {
			p.Inputs[1].PartialSigs = p.Inputs[1].PartialSigs[:0]
			setSignature(&p.Inputs[1], key(1, 1), sig(two, 1, 1))
		},
			"finalize: input 1: want 2 of 3 signatures, found 1; missing: " + fp(0) + ", " + fp(2)},
		{"sighash SINGLE signature", two, func(p *PSBT) { resign(p, 0, 1, func(b []byte) []byte { b[len(b)-1] = 3; return b }) },
			"finalize: input 0: want 2 of 3 signatures, found 1; missing: " + fp(1) + " (signature: want the sighash byte 01 (ALL), found 03), " + fp(2)},
		{"high S", two, func(p *PSBT) { resign(p, 0, 0, func(b []byte) []byte { return highS(t, b) }) },
			"finalize: input 0: want 2 of 3 signatures, found 1; missing: " + fp(0) + " (signature: want the low one of the two values of S, found the high one), " + fp(2)},
		{"signature of another input", two, func(p *PSBT) { resign(p, 0, 1, func([]byte) []byte { return sig(p, 1, 1) }) },
			"finalize: input 0: want 2 of 3 signatures, found 1; missing: " + fp(1) + notBy(two, 1) + ", " + fp(2)},
		{"one signature under two keys", one, func(p *PSBT) { setSignature(&p.Inputs[0], key(0, 2), sig(p, 0, 0)) },
			"finalize: input 0: want 2 of 3 signatures, found 1; missing: " + fp(1) + ", " + fp(2) + notBy(one, 2)},
		{"signature of a foreign key", two, func(p *PSBT) { setSignature(&p.Inputs[0], key(1, 0), sig(p, 1, 0)) },
			fmt.Sprintf("finalize: input 0: want signatures by the keys of its script, found one by %x: not this wallet's", key(1, 0))},
		{"sighash type SINGLE asked for", two, func(p *PSBT) { p.Inputs[1].Sighash = 3 }, "finalize: input 1: want sighash type 1 (ALL), found 3"},
		{"final already", two, func(p *PSBT) { p.Inputs[0].FinalScriptWitness = []byte{1, 0} }, "finalize: input 0: want partial signatures, found it final already"},
		{"another wallet's script", two, func(p *PSBT) { p.Inputs[0].WitnessScript = other.packet(t, 1).Inputs[0].WitnessScript },
			fmt.Sprintf("finalize: input 0: want the witness script at %s, %x, found %x: not this wallet's", own[0].Script.place(), own[0].Script.Witness, other.packet(t, 1).Inputs[0].WitnessScript)},
		{"claim of another index", two, func(p *PSBT) { p.Inputs[0].Derivations = p.Inputs[1].Derivations },
			fmt.Sprintf("finalize: input 0: want the output script at %s, %x, found %x: not this wallet's", own[1].Script.place(), own[1].Script.Output, own[0].Script.Output)},
		{"redeem script", two, func(p *PSBT) { p.Inputs[0].RedeemScript = []byte{} }, "finalize: input 0: want no redeem script for P2WSH, found 0 bytes: not this wallet's"},
		{"no derivation", two, func(p *PSBT) { p.Inputs[1].Derivations = nil }, "finalize: input 1: want 1 to 3 derivations, found 0: not this wallet's"},
		{"missing previous", two, func(p *PSBT) { p.Inputs[1].Previous = nil }, "finalize: input 1: want the full previous transaction " + packet.Tx.TxIn[1].PreviousOutPoint.Hash.String() + ", found none"},
		{"previous of another txid", two, func(p *PSBT) { p.Inputs[1].Previous = p.Inputs[0].Previous },
			fmt.Sprintf("finalize: input 1: want the previous transaction %s, found %s", packet.Tx.TxIn[1].PreviousOutPoint.Hash, packet.Tx.TxIn[0].PreviousOutPoint.Hash)},
		{"value changed after signing", two, func(p *PSBT) { p.Tx.TxOut[0].Value-- },
			"finalize: input 0: want 2 of 3 signatures, found 0; missing: " + fp(0) + notBy(cheaper, 0) + ", " + fp(1) + notBy(cheaper, 1) + ", " + fp(2)},
	}
	for _, c := range cases {
		p := again(t, c.from)
		if c.change != nil {
			c.change(p)
		}
		_, err := Finalize(p, w.Descriptor)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want the error\n%s, found\n%v", c.attack, c.want, err)
		}
	}
	if _, err := Finalize(two, other.Descriptor); !errors.Is(err, ErrNotOwn) {
		t.Errorf("another wallet's descriptor: want ErrNotOwn, found %v", err)
	}
	if _, err := Finalize(&PSBT{Tx: wire.NewMsgTx(2)}, w.Descriptor); err == nil || err.Error() != "finalize: want inputs, found none" {
		t.Errorf("no inputs: found %v", err)
	}
}

func TestBadSignatureDoesNotStopTheOthers(t *testing.T) {
	w := newPurse(t, "bad one", 2, 3)
	packet := w.packet(t, 1)
	all := w.signed(t, w.signed(t, w.signed(t, packet, 0), 1), 2)
	bad := bytes.Clone(all.Inputs[0].PartialSigs[0].Signature)
	bad[20] ^= 1
	all.Inputs[0].PartialSigs[0].Signature = bad
	final, err := Finalize(all, w.Descriptor)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Extract(final); err != nil {
		t.Fatal(err)
	}
}

func TestMissingErrorTellsWho(t *testing.T) {
	w := newPurse(t, "who", 2, 3)
	_, err := Finalize(w.signed(t, w.packet(t, 1), 1), w.Descriptor)
	var missing *MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("want a MissingError, found %v", err)
	}
	if missing.Have != 1 || missing.Need != 2 || missing.Of != 3 || len(missing.Missing) != 2 || missing.Missing[0].Key != 0 || missing.Missing[1].Key != 2 {
		t.Fatalf("want keys 0 and 2 missing, found %+v", missing)
	}
}

func TestAttacksOnExtract(t *testing.T) {
	w := newPurse(t, "extract", 2, 3)
	packet := w.packet(t, 2)
	final, err := Finalize(w.signed(t, w.signed(t, packet, 0), 1), w.Descriptor)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		attack string
		change func(*PSBT)
		want   string
	}{
		{"not final", func(p *PSBT) { p.Inputs[1].FinalScriptWitness = nil }, "extract: input 1: want its final witness, found none"},
		{"witness of another input", func(p *PSBT) { p.Inputs[1].FinalScriptWitness = p.Inputs[0].FinalScriptWitness },
			"extract: input 1: want a script that succeeds: witness program hash mismatch"},
		{"output changed after signing", func(p *PSBT) { p.Tx.TxOut[0].Value-- }, "extract: input 0: want a script that succeeds: not all signatures empty on failed checkmultisig"},
		{"scriptSig beside a witness", func(p *PSBT) { p.Inputs[0].FinalScriptSig = []byte{0x51} },
			"extract: input 0: want a script that can be run: native witness program cannot also have a signature script"},
		{"missing previous", func(p *PSBT) { p.Inputs[0].Previous = nil }, "extract: fee: input 0: want the full previous transaction " + packet.Tx.TxIn[0].PreviousOutPoint.Hash.String() + ", found none"},
		{"outputs above the inputs", func(p *PSBT) { p.Tx.TxOut[0].Value += 2000 }, "extract: fee: want outputs worth at most the inputs, 0.00200000, found 0.00201000"},
		{"witness cut off", func(p *PSBT) { p.Inputs[0].FinalScriptWitness = []byte{2, 0} }, "extract: input 0: final witness: want at most 1 entries in the 1 bytes left, found a count of 2"},
	}
	for _, c := range cases {
		p := again(t, final)
		c.change(p)
		_, err := Extract(p)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want the error\n%s, found\n%v", c.attack, c.want, err)
		}
	}
	_, err = Extract(&PSBT{Tx: wire.NewMsgTx(2)})
	wantErrorText(t, err, "extract: want inputs, found none")
}

func BenchmarkFinalize(b *testing.B) {
	w := newPurse(b, "bench", 2, 3)
	p := w.signed(b, w.signed(b, w.packet(b, 200), 0), 1)
	for b.Loop() {
		if _, err := Finalize(p, w.Descriptor); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*200), "ns/input")
}
