package registry

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// PSBT is a transaction in work, as it was stored. Nothing of it is believed.
type PSBT struct {
	Hash  text.Hash // of Bytes
	Bytes []byte
}

func (r *Registry) psbtShelf() shelf { return shelf{r.part(psbtsIn), maxPSBT, maxPSBTs} }
func (r *Registry) descriptorShelf() shelf {
	return shelf{r.part(descriptorsIn), maxDescriptor, maxNames}
}
func (r *Registry) keyRecordShelf() shelf { return shelf{r.part(keyRecordsIn), maxKeyRecord, maxNames} }

// PutPSBT stores a transaction in work (BIP-174 in its binary form) with the text
// that it carries out.
func (r *Registry) PutPSBT(on text.Hash, b []byte) (text.Hash, error) {
	if _, err := custody.ParsePSBT(b); err != nil {
		return text.Hash{}, fmt.Errorf("registry: %w", err)
	}
	return r.psbtShelf().putOn(on, b)
}

// PSBTs returns the transactions in work for a text, sorted by hash. A file that
// was tampered with is an error that names it.
func (r *Registry) PSBTs(on text.Hash) ([]PSBT, error) {
	var out []PSBT
	bad, err := r.psbtShelf().allOn(on, func(h text.Hash, b []byte) { out = append(out, PSBT{h, b}) })
	if err = errors.Join(append(bad, err)...); err != nil {
		return nil, err
	}
	return out, nil
}

// PutTx stores a finished transaction. If one with the same id is there, that one
// stays: the two differ in their witnesses at most.
func (r *Registry) PutTx(tx *wire.MsgTx) (chainhash.Hash, error) {
	if tx == nil || len(tx.TxIn) == 0 || len(tx.TxOut) == 0 || tx.SerializeSize() > maxTx {
		return chainhash.Hash{}, errors.New("registry: want a transaction with inputs and outputs that fits into a block, found none")
	}
	var b bytes.Buffer
	if err := tx.Serialize(&b); err != nil {
		return chainhash.Hash{}, fmt.Errorf("registry: %w", err)
	}
	id := tx.TxHash()
	err := r.part(txsIn).WriteNew(id.String(), b.Bytes())
	if errors.Is(err, durable.ErrExists) {
		_, err = r.Tx(id)
		return id, err
	}
	if err != nil {
		return id, fmt.Errorf("registry: %w", err)
	}
	return id, nil
}

// Tx returns the transaction with an id; errors.Is(err, fs.ErrNotExist) tells that
// it is not there.
func (r *Registry) Tx(id chainhash.Hash) (*wire.MsgTx, error) {
	txs := r.part(txsIn)
	b, err := txs.ReadFile(id.String(), maxTx, func(b []byte) bool { _, odd := readTx(b, id); return odd == "" })
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	tx, odd := readTx(b, id)
	if odd != "" {
		return nil, tampered(txs, id.String(), odd)
	}
	return tx, nil
}

// readTx reads the transaction with an id, or says what it is instead.
func readTx(b []byte, id chainhash.Hash) (tx *wire.MsgTx, odd string) {
	tx = &wire.MsgTx{}
	in := bytes.NewReader(b)
	if err := tx.Deserialize(in); err != nil || in.Len() > 0 {
		return nil, "something else than a transaction"
	}
	if found := tx.TxHash(); found != id {
		return nil, "transaction " + found.String()
	}
	return tx, ""
}

// Txs returns the ids of all transactions, sorted as they are displayed.
func (r *Registry) Txs() ([]chainhash.Hash, error) {
	names, err := shelf{r.part(txsIn), maxTx, maxNames}.hashes()
	if err != nil {
		return nil, err
	}
	var out []chainhash.Hash
	for _, n := range names {
		id, err := chainhash.NewHashFromStr(n.String())
		if err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
		out = append(out, *id)
	}
	return out, nil
}

// PutDescriptor stores a wallet's descriptor file, of whatever network.
func (r *Registry) PutDescriptor(b []byte) (text.Hash, error) {
	if err := onSomeNetwork(func(n custody.Network) error { _, err := custody.ParseDescriptorFile(n, b); return err }); err != nil {
		return text.Hash{}, fmt.Errorf("registry: %w", err)
	}
	return r.descriptorShelf().put(b)
}

// Descriptor returns the descriptor file with a hash.
func (r *Registry) Descriptor(h text.Hash) ([]byte, error) { return r.descriptorShelf().get(h) }

// PutKeyRecord stores a proof that somebody holds a key (BIP-129, first round), of
// whatever network. Its signature is not verified.
func (r *Registry) PutKeyRecord(b []byte) (text.Hash, error) {
	if err := onSomeNetwork(func(n custody.Network) error { _, err := custody.ParseKeyRecord(n, b); return err }); err != nil {
		return text.Hash{}, fmt.Errorf("registry: %w", err)
	}
	return r.keyRecordShelf().put(b)
}

// KeyRecords returns all key records, sorted by hash. A file that was tampered with
// is an error that names it.
func (r *Registry) KeyRecords() ([][]byte, error) {
	var out [][]byte
	bad, err := r.keyRecordShelf().all(func(_ text.Hash, b []byte) { out = append(out, b) })
	if err = errors.Join(append(bad, err)...); err != nil {
		return nil, err
	}
	return out, nil
}

// onSomeNetwork tries mainnet and, with the error that counts then, a test chain:
// all of those write their keys alike.
func onSomeNetwork(parse func(n custody.Network) error) error {
	if parse(custody.Mainnet) == nil {
		return nil
	}
	return parse(custody.Regtest)
}
