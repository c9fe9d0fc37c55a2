package custody

import (
	"bytes"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"
)

// What is read as a transaction, the library reads too, and it has the same id;
// without witnesses it is written again as the same bytes.
func FuzzReadTransaction(f *testing.F) {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: 1}, SignatureScript: []byte{0x51}, Sequence: 0xfffffffd})
	tx.AddTxOut(&wire.TxOut{Value: 1, PkScript: []byte{0x51}})
	write := func() []byte {
		var b bytes.Buffer
		if err := tx.Serialize(&b); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	f.Add(write(), true)
	f.Add(append(write(), 0), true)
	tx.TxIn[0].Witness = wire.TxWitness{{1}, nil, bytes.Repeat([]byte{2}, 300)}
	f.Add(write(), true)
	f.Add(write(), false)
	f.Add([]byte{2, 0, 0, 0, 0, 0, 0, 0, 0, 0}, false)
	f.Fuzz(func(t *testing.T, b []byte, witness bool) {
		ours, err := new(txSlabs).readTx(b, witness)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := ours.SerializeNoWitness(&again); err != nil {
			t.Fatal(err)
		}
		if segwit := witness && len(b) > 4 && b[4] == 0; !segwit && !bytes.Equal(again.Bytes(), b) {
			t.Fatalf("want %x written again, found %x", b, again.Bytes())
		}
		var theirs wire.MsgTx
		rest := bytes.NewReader(b)
		if witness {
			err = theirs.Deserialize(rest)
		} else {
			err = theirs.DeserializeNoWitness(rest)
		}
		if err != nil || rest.Len() > 0 || theirs.TxHash() != ours.TxHash() {
			t.Fatalf("want the library to read the same, found %v, %d bytes left", err, rest.Len())
		}
	})
}
