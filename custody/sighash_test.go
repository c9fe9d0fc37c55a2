package custody

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBIP143Vectors are the native P2WPKH example of BIP-143 and the signature
// with ALL of its six-key P2WSH example.
func TestBIP143Vectors(t *testing.T) {
	cases := []struct {
		name, tx string
		input    int
		script   string
		value    Amount
		want     string
	}{
		{"native P2WPKH", "0100000002fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f0000000000eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac11000000",
			1, "76a9141d0f172a0ecb48aee1be1f2687d2963ae33f71a188ac", 6 * satoshiPerCoin,
			"c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670"},
		{"six keys, ALL", "010000000136641869ca081e70f394c6948e8af409e18b619df2ed74aa106c1ca29787b96e0100000000ffffffff0200e9a435000000001976a914389ffce9cd9ae88dcc0631e88a821ffdbe9bfe2688acc0832f05000000001976a9147480a33f950689af511e6e84c138dbbd3c3ee41588ac00000000",
			0, "56210307b8ae49ac90a048e9b53357a2354b3334e9c8bee813ecb98e99a7e07e8c3ba32103b28f0c28bfab54554ae8c658ac5c3e0ce6e79ad336331f78c428dd43eea8449b21034b8113d703413d57761b8b9781957b8c0ac1dfe69f492580ca4195f50376ba4a21033400f6afecb833092a9a21cfdf1ed1376e58c5d1f47de74683123987e967a8f42103a6d48b1131e94ba04d9737d61acdaa1322008af9602b3b14862c07a1789aac162102d8b661b0b3302ee2f162b09e07a55ad5dfbe673a9f01d9f0c19617681024306b56ae", 987_654_321,
			"185c0be5263dce5b4bb50a047973c1b6272bfbd0103a89444597dc40b248ee7c"},
	}
	for _, c := range cases {
		var slabs txSlabs
		tx, err := slabs.readTx(unhex(t, c.tx), false)
		if err != nil {
			t.Fatal(err)
		}
		digest := NewSighasher(tx).Digest(c.input, unhex(t, c.script), c.value)
		if hex.EncodeToString(digest[:]) != c.want {
			t.Errorf("%s: want %s, found %x", c.name, c.want, digest)
		}
	}
}

// TestDigestIsTheLibrarys compares with txscript over transactions and scripts
// of many shapes, among them scripts that do not fit the scratch.
func TestDigestIsTheLibrarys(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		tx := randomTx(random, 1+random.IntN(20), random.IntN(20))
		script := bytes.Repeat([]byte{txscript.OP_1}, random.IntN(1500))
		value := Amount(random.Int64N(int64(MaxAmount)))
		fetcher := txscript.NewCannedPrevOutputFetcher(script, int64(value))
		hashes, hasher := txscript.NewTxSigHashes(tx, fetcher), NewSighasher(tx)
		for i := range tx.TxIn {
			want, err := txscript.CalcWitnessSigHash(script, hashes, txscript.SigHashAll, tx, i, int64(value))
			if err != nil {
				t.Fatal(err)
			}
			if digest := hasher.Digest(i, script, value); !bytes.Equal(digest[:], want) {
				t.Fatalf("transaction %d input %d: want %x, found %x", n, i, want, digest)
			}
		}
	}
}

func randomTx(random *rand.Rand, ins, outs int) *wire.MsgTx {
	tx := wire.NewMsgTx(int32(random.Uint32()))
	tx.LockTime = random.Uint32()
	for range ins {
		in := &wire.TxIn{Sequence: random.Uint32()}
		for i := range in.PreviousOutPoint.Hash {
			in.PreviousOutPoint.Hash[i] = byte(random.Uint32())
		}
		in.PreviousOutPoint.Index = random.Uint32()
		tx.AddTxIn(in)
	}
	for range outs {
		tx.AddTxOut(&wire.TxOut{Value: random.Int64N(int64(MaxAmount)), PkScript: bytes.Repeat([]byte{7}, random.IntN(300))})
	}
	return tx
}

func BenchmarkSighash(b *testing.B) {
	w := newPurse(b, "bench", 2, 3)
	p := w.packet(b, 100)
	hasher, script := NewSighasher(p.Tx), p.Inputs[0].WitnessScript
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			hasher.Digest(50, script, 100_000)
		}
	})
	fetcher := txscript.NewCannedPrevOutputFetcher(script, 100_000)
	hashes := txscript.NewTxSigHashes(p.Tx, fetcher)
	b.Run("txscript", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := txscript.CalcWitnessSigHash(script, hashes, txscript.SigHashAll, p.Tx, 50, 100_000); err != nil {
				b.Fatal(err)
			}
		}
	})
}
