package signer

import (
	"bytes"
	"errors"
	"fmt"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
)

// RefusedError is a release that was refused after it had been permitted.
type RefusedError struct{ Reasons []quorum.Reason }

// Error returns the first reason.
func (e *RefusedError) Error() string {
	if len(e.Reasons) == 0 {
		return "release: want a permitted proposal, found one that was refused"
	}
	return e.Reasons[0].String()
}

// Release is stage I: it records the release, signs, verifies every signature,
// records that too, and returns the signed packet.
//
//  0. an item that was judged before another release is judged again: what one
//     bundle brings can only use up a limit or a coin once
//  1. the released record is on disk before the first signature exists
//  2. each input is signed (RFC 6979, low R, low S, SIGHASH_ALL)
//  3. each signature is verified against the key derived from the descriptor
//  4. where a twin has signed too, its packet is the same, byte for byte
//  5. the signed record names the hash of the packet that leaves
//
// The same packet released a second time gives the same bytes and no new
// record; after a crash between 1 and 5 it completes what was begun.
func (m *Machine) Release(v *Visit, s Session, item *Item, key *keystore.Account, workers int) ([]byte, error) {
	if m.broken != nil {
		return nil, m.broken // what it remembers may not be on disk
	}
	if len(v.Reasons) > 0 {
		return nil, &RefusedError{v.Reasons}
	}
	if item.Spend != nil && item.after != m.state.Size() {
		m.again(v, item)
	}
	if err := v.inDoubt(item); err != nil {
		item.refuse(err)
		return nil, err
	}
	spend := item.Spend
	if spend == nil || !spend.permit.Valid() {
		return nil, &RefusedError{item.Reasons}
	}
	index, ok := spend.wallet.KeyIndex(key.Key())
	if !ok {
		return nil, &CorruptError{fmt.Errorf("key: want one of the wallet's keys, found another")}
	}
	if spend.earlier == nil {
		if err := m.during(v, s, append(cleared(spend.permit), spend.released)...); err != nil {
			return nil, err
		}
	}
	item.recorded = true
	signed, err := spend.sign(key, index, workers)
	if err == nil {
		err = item.compare(signed)
	}
	if err == nil {
		err = m.recordSigned(v, s, spend, signed)
	}
	if err != nil {
		item.refuse(err)
		return nil, err
	}
	return signed, nil
}

// compare refuses bytes that the twin did not make. Every signature is a
// function of key and transaction, so two honest machines make the same; one
// that hides a message in its signatures, or computes wrongly, does not.
func (i *Item) compare(signed []byte) error {
	if i.Twin == nil || bytes.Equal(i.Twin, signed) {
		return nil
	}
	return &RefusedError{[]quorum.Reason{quorum.Because(quorum.TxTwin, "twin: want the packet that the machine with the same key signed, %s, found that this one signs another, %s",
		text.Identity(i.Twin).Short(), text.Identity(signed).Short())}}
}

// refuse turns an item into a refused one, which Finish records, when err is a
// refusal.
func (i *Item) refuse(err error) {
	var r *RefusedError
	if errors.As(err, &r) {
		i.Spend, i.Permit, i.Reasons, i.recorded = nil, nil, r.Reasons, false
	}
}

// recordSigned writes the signed record, unless it stands already; then the
// bytes must be the ones it names.
func (m *Machine) recordSigned(v *Visit, s Session, spend *Spend, signed []byte) error {
	out := record.Signed{ID: spend.released.ID, TxID: spend.packet.TxID(), PSBT: text.Identity(signed)}
	if spend.earlier != nil {
		if before, ok := spend.earlier.SignedTx(out.TxID); ok {
			if before.PSBT != out.PSBT {
				return &RefusedError{[]quorum.Reason{quorum.Because(quorum.TxSecond, "transaction: want the packet that was signed before, %s, found another with the same transaction", before.PSBT.Short())}}
			}
			return nil
		}
	}
	return m.during(v, s, out)
}

// sign adds one signature to each input of a copy of the packet and returns the
// copy's bytes.
func (s *Spend) sign(key *keystore.Account, index, workers int) ([]byte, error) {
	digests := make([][32]byte, len(s.inputs))
	jobs := make([]keystore.Job, len(s.inputs))
	hasher := custody.NewSighasher(s.packet.Tx)
	for i, in := range s.inputs {
		digests[i] = hasher.Digest(i, in.Script.Witness, in.Value)
		jobs[i] = keystore.Job{Branch: in.Script.Branch, Index: in.Script.Index, Digest: digests[i]}
	}
	sigs, err := key.SignMany(jobs, workers)
	if err != nil {
		return nil, err
	}
	keys := make([][33]byte, len(s.inputs))
	for i, in := range s.inputs {
		keys[i] = in.Script.Keys[index]
	}
	if err := custody.VerifyMany(keys, digests, sigs, workers); err != nil {
		return nil, &RefusedError{[]quorum.Reason{quorum.Because(quorum.TxSelfcheck, "signature: %v", err)}}
	}
	signed, err := s.packet.WithSignatures(keys, sigs)
	if err != nil {
		return nil, err
	}
	return signed.Bytes(), nil
}
