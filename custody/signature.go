package custody

import (
	"fmt"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// VerifyECDSA checks the signature of a digest by a compressed public key.
// The signature must be in strict DER (BIP-66) with a low S (BIP-146), and
// end in the byte of SIGHASH_ALL, so that one key has one way to write it.
func VerifyECDSA(public [33]byte, digest [32]byte, sig []byte) error {
	key, err := secp256k1.ParsePubKey(public[:])
	if err != nil {
		return fmt.Errorf("signature: want a public key on the curve, found %x", public)
	}
	return VerifyECDSAKey(key, digest, sig)
}

// VerifyECDSAKey is VerifyECDSA for a key that is parsed already.
func VerifyECDSAKey(key *secp256k1.PublicKey, digest [32]byte, sig []byte) error {
	if n := len(sig); n < minPartialSig || n > maxPartialSig {
		return fmt.Errorf("signature: want %d to %d bytes, found %d", minPartialSig, maxPartialSig, n)
	}
	der, kind := sig[:len(sig)-1], sig[len(sig)-1]
	if kind != SighashAll {
		return fmt.Errorf("signature: want the sighash byte %02x (ALL), found %02x", SighashAll, kind)
	}
	parsed, err := ecdsa.ParseDERSignature(der)
	if err != nil {
		return fmt.Errorf("signature: want strict DER: %w", err)
	}
	if s := parsed.S(); s.IsOverHalfOrder() {
		return fmt.Errorf("signature: want the low one of the two values of S, found the high one")
	}
	if !parsed.Verify(digest[:], key) {
		return fmt.Errorf("signature: want one by key %x over digest %x, found another", key.SerializeCompressed(), digest)
	}
	return nil
}
