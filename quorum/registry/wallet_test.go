package registry

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum/text"
)

const testDescriptor = "wsh(sortedmulti(2,[a3bc9ee2/48h/1h/0h/2h]tpubDE6PVetDyGCBwu4zXrmr2m4xAhMKgrSxpTsdLWQXPzCaR2mJqDFezS5BtzgAcjeJjZquhTFoJQFWoeB167iGKQv9mCV6tXaXiKVtaFnosD8/<0;1>/*,[d126dddf/48h/1h/0h/2h]tpubDEuEg74F6PJAW8irh5tJSnZDo6Kv4crwqfvQMPupPq5h2aNB9nqZnA3GtZJS1bv6pBpPnLRXiiEYBa8pCyQ8P7ruCs9rtWFh5VDjiDbgkXy/<0;1>/*,[203692a7/48h/1h/0h/2h]tpubDFCB71vVKALhuEwMvFrZJmfaThqnQrazwamnxy5kGEXLCXmNNSQVDgC8RVdqBfNWYMjfiPqV6xabrHzbFtgei1Q9x3oiu3WfYTonrwAvSn8/<0;1>/*))#hm062u6g"

// spend is a transaction of ours and the packet that makes it.
func spend(t testing.TB) (*wire.MsgTx, []byte) {
	t.Helper()
	d, err := custody.ParseDescriptor(custody.Regtest, testDescriptor)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Derive(custody.Receive, 0)
	if err != nil {
		t.Fatal(err)
	}
	fund := wire.NewMsgTx(2)
	fund.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: chainhash.Hash{1}}, nil, nil))
	fund.AddTxOut(wire.NewTxOut(100_000, s.Output))
	coin := custody.Coin{Outpoint: wire.OutPoint{Hash: fund.TxHash()}, Value: 100_000, Height: 5, Previous: fund}
	p, err := custody.NewPSBT(d, []custody.Coin{coin}, []custody.Output{{Script: s.Output, Value: 90_000}}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p.Tx, p.Bytes()
}

func TestWorkAndResultOfAnOrderAreKept(t *testing.T) {
	r, folder := newRegistry(t)
	tx, packet := spend(t)
	on := text.Identity(someText(1))
	h, err := r.PutPSBT(on, packet)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := r.PSBTs(on); err != nil || len(all) != 1 || all[0].Hash != h || !bytes.Equal(all[0].Bytes, packet) {
		t.Errorf("packets: want the one stored, found %d, %v", len(all), err)
	}
	if all, err := r.PSBTs(text.Identity(someText(2))); err != nil || len(all) != 0 {
		t.Errorf("packets of another text: want none, found %d, %v", len(all), err)
	}
	unchanged(t, folder, func() {
		if _, err := r.PutPSBT(on, packet[:len(packet)-1]); err == nil {
			t.Error("cut packet: want a refusal")
		}
	})
	id, err := r.PutTx(tx)
	if err != nil || id != tx.TxHash() {
		t.Fatalf("transaction: want it stored, found %v", err)
	}
	other := tx.Copy()
	other.TxIn[0].Witness = wire.TxWitness{[]byte("another pair of signers")}
	unchanged(t, folder, func() {
		if again, err := r.PutTx(other); err != nil || again != id {
			t.Errorf("same transaction, other signatures: want the first kept, found %v", err)
		}
		_, err := r.PutTx(nil)
		wantError(t, "no transaction", folder, err, "registry: want a transaction with inputs and outputs that fits into a block, found none")
	})
	if got, err := r.Tx(id); err != nil || got.TxHash() != id {
		t.Errorf("transaction: want it back, found %v", err)
	}
	if all, err := r.Txs(); err != nil || !slices.Equal(all, []chainhash.Hash{id}) {
		t.Errorf("transactions: want %s, found %v, %v", id, all, err)
	}
	if _, err := r.Tx(chainhash.Hash{1}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing transaction: want fs.ErrNotExist, found %v", err)
	}
}

func TestATamperedTransactionOrPacketIsRefusedByName(t *testing.T) {
	r, folder := newRegistry(t)
	tx, packet := spend(t)
	on := text.Identity(someText(1))
	h, err := r.PutPSBT(on, packet)
	if err != nil {
		t.Fatal(err)
	}
	id, err := r.PutTx(tx)
	if err != nil {
		t.Fatal(err)
	}
	other := tx.Copy()
	other.TxOut[0].Value--
	var b bytes.Buffer
	if err := other.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "psbts", on.String(), h.String()), packet[1:])
	path := "registry: DIR/txs/" + id.String() + ": not what its name says: want the content that the name stands for, found "
	for _, x := range []struct{ content, want string }{
		{b.String(), path + "transaction " + other.TxHash().String()},
		{b.String() + "x", path + "something else than a transaction"},
	} {
		write(t, filepath.Join(folder, "txs", id.String()), []byte(x.content))
		unchanged(t, folder, func() {
			_, err := r.Tx(id)
			wantError(t, "read", folder, err, x.want)
			_, err = r.PutTx(tx)
			wantError(t, "put", folder, err, x.want)
			if _, err := r.PSBTs(on); !errors.Is(err, ErrTampered) || !strings.Contains(err.Error(), h.String()) {
				t.Errorf("packets: want ErrTampered with the name, found %v", err)
			}
		})
	}
}

func TestOnlyDescriptorsAndKeyRecordsAreStoredAsSuch(t *testing.T) {
	r, folder := newRegistry(t)
	file := []byte(testDescriptor + "\n")
	h, err := r.PutDescriptor(file)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Descriptor(h); err != nil || !bytes.Equal(got, file) {
		t.Errorf("descriptor: want it back, found %v", err)
	}
	unchanged(t, folder, func() {
		if _, err := r.PutDescriptor(file[:len(file)-1]); err == nil {
			t.Error("descriptor without LF: want a refusal")
		}
		if _, err := r.PutKeyRecord(file); err == nil {
			t.Error("descriptor as key record: want a refusal")
		}
	})
	record := keyRecord(t)
	if _, err := r.PutKeyRecord(record); err != nil {
		t.Error(err)
	}
	if all, err := r.KeyRecords(); err != nil || len(all) != 1 || !bytes.Equal(all[0], record) {
		t.Errorf("key records: want the one stored, found %d, %v", len(all), err)
	}
	write(t, filepath.Join(folder, "keyrecords", text.Identity(record).String()), record[1:])
	if _, err := r.KeyRecords(); !errors.Is(err, ErrTampered) {
		t.Errorf("key records: want ErrTampered, found %v", err)
	}
}

// keyRecord is a record signed by its key.
func keyRecord(t testing.TB) []byte {
	t.Helper()
	private, public := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{3}, 32))
	origin := custody.KeyOrigin{Fingerprint: [4]byte{1, 2, 3, 4}, Path: custody.BIP48P2WSH(custody.Regtest, 0)}
	k, err := custody.NewAccountKey(custody.Regtest, origin, [33]byte(public.SerializeCompressed()), [32]byte{7}, [4]byte{5})
	if err != nil {
		t.Fatal(err)
	}
	message, err := custody.KeyRecordMessage(k, "signer-a")
	if err != nil {
		t.Fatal(err)
	}
	digest := custody.MessageDigest(message)
	record, err := custody.NewKeyRecord(k, "signer-a", [65]byte(ecdsa.SignCompact(private, digest[:], true)))
	if err != nil {
		t.Fatal(err)
	}
	return record.Bytes()
}
