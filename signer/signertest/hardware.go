package signertest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/psbt/v2"
	"github.com/btcsuite/btcd/txscript/v2"

	"strongroom/custody"
	"strongroom/quorum"
)

// Hardware is a hardware wallet that no policy binds: it makes its own key on
// regtest, and reads and signs packets with an implementation of BIP-174 that is
// not ours, btcd's.
type Hardware struct {
	Name string
	Key  custody.AccountKey

	t       testing.TB
	account *hdkeychain.ExtendedKey
}

// NewHardware returns the same hardware wallet for the same name.
func NewHardware(t testing.TB, name string) *Hardware {
	t.Helper()
	h := &Hardware{Name: name, t: t}
	seed := sha256.Sum256([]byte(name))
	key, err := hdkeychain.NewMaster(seed[:], &chaincfg.RegressionNetParams)
	h.must(err)
	origin := custody.KeyOrigin{Path: custody.BIP48P2WSH(custody.Regtest, 0)}
	for i, step := range origin.Path {
		key, err = key.Derive(step)
		h.must(err)
		if i == 0 {
			binary.BigEndian.PutUint32(origin.Fingerprint[:], key.ParentFingerprint())
		}
	}
	h.account = key
	h.take(origin)
	return h
}

// As returns a hardware wallet with the same key that claims to have been derived
// from the master key of another.
func (h *Hardware) As(fingerprint [4]byte) *Hardware {
	h.t.Helper()
	other := *h
	other.take(custody.KeyOrigin{Fingerprint: fingerprint, Path: h.Key.Origin().Path})
	return &other
}

func (h *Hardware) take(origin custody.KeyOrigin) {
	h.t.Helper()
	public, err := h.account.ECPubKey()
	h.must(err)
	var parent [4]byte
	binary.BigEndian.PutUint32(parent[:], h.account.ParentFingerprint())
	h.Key, err = custody.NewAccountKey(custody.Regtest, origin, [33]byte(public.SerializeCompressed()), [32]byte(h.account.ChainCode()), parent)
	h.must(err)
}

// SignMessage signs a Bitcoin signed message with the account key, compact and
// recoverable, as the wallet's own menu does.
func (h *Hardware) SignMessage(message []byte) [65]byte {
	h.t.Helper()
	private, err := h.account.ECPrivKey()
	h.must(err)
	digest := custody.MessageDigest(message)
	return [65]byte(ecdsa.SignCompact(private, digest[:], true))
}

// Record returns the wallet's key record with a description, as it exports it
// (BIP-129, first round).
func (h *Hardware) Record(description string) custody.KeyRecord {
	h.t.Helper()
	message, err := custody.KeyRecordMessage(h.Key, description)
	h.must(err)
	r, err := custody.NewKeyRecord(h.Key, description, h.SignMessage(message))
	h.must(err)
	return r
}

// RecordFile returns the wallet's key record as a bundle carries it.
func (h *Hardware) RecordFile() quorum.File {
	h.t.Helper()
	return quorum.File{Name: fmt.Sprintf("keyrecord-%x.txt", h.Key.Origin().Fingerprint), Bytes: h.Record(h.Name).Bytes()}
}

// Sign signs every input of a packet that names a key of this wallet, and asks
// nothing.
func (h *Hardware) Sign(packet []byte) []byte {
	h.t.Helper()
	p, err := psbt.NewFromRawBytes(bytes.NewReader(packet), false)
	h.must(err)
	u, err := psbt.NewUpdater(p)
	h.must(err)
	for i := range p.Inputs {
		h.signInput(u, i)
	}
	var out bytes.Buffer
	h.must(p.Serialize(&out))
	return out.Bytes()
}

func (h *Hardware) signInput(u *psbt.Updater, i int) {
	h.t.Helper()
	in, origin := &u.Upsbt.Inputs[i], h.Key.Origin()
	at := slices.IndexFunc(in.Bip32Derivation, func(d *psbt.Bip32Derivation) bool {
		return d.MasterKeyFingerprint == binary.LittleEndian.Uint32(origin.Fingerprint[:])
	})
	if at < 0 {
		h.t.Fatalf("signertest: input %d: want a derivation of %x, found none", i, origin.Fingerprint)
	}
	private, tx := h.child(in.Bip32Derivation[at].Bip32Path[len(origin.Path):]), u.Upsbt.UnsignedTx
	spent := in.WitnessUtxo
	hashes := txscript.NewTxSigHashes(tx, txscript.NewCannedPrevOutputFetcher(spent.PkScript, spent.Value))
	sig, err := txscript.RawTxInWitnessSignature(tx, hashes, i, spent.Value, in.WitnessScript, txscript.SigHashAll, private)
	h.must(err)
	_, err = u.Sign(i, sig, private.PubKey().SerializeCompressed(), nil, nil)
	h.must(err)
}

// child derives the key at the steps behind the account.
func (h *Hardware) child(steps []uint32) *btcec.PrivateKey {
	h.t.Helper()
	key, err := h.account, error(nil)
	for _, step := range steps {
		key, err = key.Derive(step)
		h.must(err)
	}
	private, err := key.ECPrivKey()
	h.must(err)
	return private
}

func (h *Hardware) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}
