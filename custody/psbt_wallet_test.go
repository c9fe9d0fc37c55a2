package custody

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/wire/v2"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// purse is a wallet with its secret keys: what the cosigners of a test hold.
type purse struct {
	*Descriptor
	accounts []*hdkeychain.ExtendedKey
}

// newPurse makes an m-of-n wallet on regtest, from seeds made of name.
func newPurse(t testing.TB, name string, m, n int) *purse {
	t.Helper()
	p := &purse{}
	var keys []AccountKey
	for i := range n {
		seed := sha256.Sum256(fmt.Appendf(nil, "%s %d", name, i))
		key, err := hdkeychain.NewMaster(seed[:], &chaincfg.RegressionNetParams)
		if err != nil {
			t.Fatal(err)
		}
		origin := KeyOrigin{Fingerprint: hash160Prefix(t, key), Path: BIP48P2WSH(Regtest, 0)}
		for _, step := range origin.Path {
			if key, err = key.Derive(step); err != nil {
				t.Fatal(err)
			}
		}
		var parent [4]byte
		binary.BigEndian.PutUint32(parent[:], key.ParentFingerprint())
		account, err := NewAccountKey(Regtest, origin, publicOf(t, key), [32]byte(key.ChainCode()), parent)
		if err != nil {
			t.Fatal(err)
		}
		p.accounts, keys = append(p.accounts, key), append(keys, account)
	}
	var err error
	if p.Descriptor, err = NewSortedMulti(Regtest, m, keys); err != nil {
		t.Fatal(err)
	}
	return p
}

func publicOf(t testing.TB, key *hdkeychain.ExtendedKey) [33]byte {
	t.Helper()
	public, err := key.ECPubKey()
	if err != nil {
		t.Fatal(err)
	}
	return [33]byte(public.SerializeCompressed())
}

// hash160Prefix is the fingerprint of a key, as its first child tells it.
func hash160Prefix(t testing.TB, key *hdkeychain.ExtendedKey) (f [4]byte) {
	t.Helper()
	child, err := key.Derive(0)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(f[:], child.ParentFingerprint())
	return f
}

// secret returns the secret of cosigner k at a place of the wallet.
func (p *purse) secret(t testing.TB, k int, b Branch, index uint32) *secp256k1.PrivateKey {
	t.Helper()
	key := p.accounts[k]
	for _, step := range []uint32{uint32(b), index} {
		var err error
		if key, err = key.Derive(step); err != nil {
			t.Fatal(err)
		}
	}
	secret, err := key.ECPrivKey()
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// coin makes a coin of the wallet and the transaction that paid it: the second
// of its three outputs, so that neither first nor last is right by chance.
func (p *purse) coin(t testing.TB, n int, value Amount, b Branch, index uint32) Coin {
	t.Helper()
	s, err := p.Derive(b, index)
	if err != nil {
		t.Fatal(err)
	}
	id := sha256.Sum256(fmt.Appendf(nil, "funding %d", n))
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Hash: id, Index: 1}, Sequence: 0xfffffffe})
	other := append([]byte{0, 20}, id[:20]...)
	tx.AddTxOut(&wire.TxOut{Value: 10_000, PkScript: other})
	tx.AddTxOut(&wire.TxOut{Value: int64(value), PkScript: s.Output})
	tx.AddTxOut(&wire.TxOut{Value: 20_000, PkScript: other})
	return Coin{Outpoint: wire.OutPoint{Hash: tx.TxHash(), Index: 1}, Value: value, Branch: b, Index: index, Height: 100, Previous: tx}
}

// stranger is an output script that is not the wallet's.
var stranger = append([]byte{0, 20}, bytes.Repeat([]byte{7}, 20)...)

// packet makes an unsigned packet with the given number of inputs, one payment
// and change.
func (p *purse) packet(t testing.TB, inputs int) *PSBT {
	t.Helper()
	var coins []Coin
	for i := range inputs {
		coins = append(coins, p.coin(t, i, 100_000, Branch(i%2), uint32(i)))
	}
	total := Amount(inputs) * 100_000
	packet, err := NewPSBT(p.Descriptor, coins, []Output{{stranger, total / 2}}, &ChangeOutput{Index: 5, Value: total/2 - 1000}, 200)
	if err != nil {
		t.Fatal(err)
	}
	return packet
}

// again reads a copy of the packet, to be changed freely.
func again(t testing.TB, p *PSBT) *PSBT {
	t.Helper()
	copied, err := ParsePSBT(p.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

// signed returns a copy of the packet with the signature of cosigner k on
// every input.
func (p *purse) signed(t testing.TB, packet *PSBT, k int) *PSBT {
	t.Helper()
	out := again(t, packet)
	own, err := out.OwnInputs(p.Descriptor, 1)
	if err != nil {
		t.Fatal(err)
	}
	hasher := NewSighasher(out.Tx)
	for i := range out.Inputs {
		s := own[i].Script
		digest := hasher.Digest(i, s.Witness, own[i].Value)
		sig := ecdsa.Sign(p.secret(t, k, s.Branch, s.Index), digest[:]).Serialize()
		setSignature(&out.Inputs[i], s.Keys[k], append(sig, SighashAll))
	}
	return again(t, out)
}

// setSignature puts a signature into an input, in place of the key's old one.
func setSignature(in *PSBTInput, key [33]byte, sig []byte) {
	in.PartialSigs = slices.DeleteFunc(slices.Clone(in.PartialSigs), func(s PartialSig) bool { return s.PublicKey == key })
	in.PartialSigs = append(in.PartialSigs, PartialSig{key, sig})
}

// wantErrorText compares the whole text of an error.
func wantErrorText(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("want the error %q, found none", want)
	}
	if err.Error() != want {
		t.Fatalf("want the error\n%q, found\n%q", want, err.Error())
	}
}
