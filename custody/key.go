package custody

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/address/v2/base58"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// extendedKeySize is the length of a serialized extended key (BIP-32) without
// its four checksum bytes.
const extendedKeySize = 78

// AccountKey is one cosigner's extended public key with its origin (BIP-32,
// BIP-380), such as [1c3a5f77/48h/1h/0h/2h]tpub.... It can only be made of a
// point on the curve; the zero value belongs to no network and is refused by
// every wallet.
type AccountKey struct {
	network Network
	origin  KeyOrigin
	parent  [4]byte
	public  [33]byte
	chain   [32]byte
}

// NewAccountKey makes an account key from its parts: origin, compressed public
// key, chain code and the fingerprint of the parent key. The origin needs one
// step at least, for a wallet never holds a master key; with exactly one step
// the parent is the master key itself.
func NewAccountKey(n Network, origin KeyOrigin, public [33]byte, chain [32]byte, parent [4]byte) (AccountKey, error) {
	if _, ok := n.Params(); !ok {
		return AccountKey{}, fmt.Errorf("account key: want a network, found none")
	}
	depth := len(origin.Path)
	if depth < 1 || depth > maxOriginDepth {
		return AccountKey{}, fmt.Errorf("account key: want an origin of 1 to %d steps, found %d", maxOriginDepth, depth)
	}
	if depth == 1 && parent != origin.Fingerprint {
		return AccountKey{}, fmt.Errorf("account key: want the parent fingerprint %x of its origin, found %x", origin.Fingerprint, parent)
	}
	if _, err := secp256k1.ParsePubKey(public[:]); err != nil {
		return AccountKey{}, fmt.Errorf("account key: want a compressed point on the curve: %w", err)
	}
	origin.Path = slices.Clone(origin.Path)
	return AccountKey{network: n, origin: origin, parent: parent, public: public, chain: chain}, nil
}

// ParseAccountKey reads an account key of network n, exactly as String writes
// it: origin in brackets, then xpub (mainnet) or tpub (test chains). The depth
// and the child number inside must agree with the origin's path. Errors never
// repeat the key's text, for somebody may have pasted a private one.
func ParseAccountKey(n Network, s string) (AccountKey, error) {
	params, ok := n.Params()
	if !ok {
		return AccountKey{}, fmt.Errorf("account key: want a network, found none")
	}
	if len(s) > maxAccountKey {
		return AccountKey{}, fmt.Errorf("account key: want at most %d characters, found %d", maxAccountKey, len(s))
	}
	inner, ok := strings.CutPrefix(s, "[")
	originText, encoded, closed := strings.Cut(inner, "]")
	if !ok || !closed {
		return AccountKey{}, fmt.Errorf("account key: want an origin in brackets before the key, found none")
	}
	origin, err := ParseKeyOrigin(originText)
	if err != nil {
		return AccountKey{}, fmt.Errorf("account key: %w", err)
	}
	raw, err := decodeExtended(encoded)
	if err != nil {
		return AccountKey{}, err
	}
	if err := checkExtended(raw, params.HDPublicKeyID, origin, n); err != nil {
		return AccountKey{}, err
	}
	k, err := NewAccountKey(n, origin, [33]byte(raw[45:78]), [32]byte(raw[13:45]), [4]byte(raw[5:9]))
	if err != nil {
		return AccountKey{}, err
	}
	if k.String() != s {
		return AccountKey{}, fmt.Errorf("account key: want the one canonical text of the key, found another")
	}
	return k, nil
}

// decodeExtended undoes base58check and returns the 78 bytes of BIP-32.
func decodeExtended(s string) ([]byte, error) {
	payload, version, err := base58.CheckDecode(s)
	if err != nil {
		return nil, fmt.Errorf("account key: want base58check: %w", err)
	}
	raw := append([]byte{version}, payload...)
	if len(raw) != extendedKeySize {
		return nil, fmt.Errorf("account key: want %d bytes in base58check, found %d", extendedKeySize, len(raw))
	}
	return raw, nil
}

// checkExtended compares what the serialized key says of itself with its
// network and its origin. Layout: version 4, depth 1, parent 4, child 4, chain
// code 32, key 33.
func checkExtended(raw []byte, version [4]byte, origin KeyOrigin, n Network) error {
	if !bytes.Equal(raw[:4], version[:]) {
		return fmt.Errorf("account key: want the version bytes %x of a public key on %s, found %x", version, n, raw[:4])
	}
	if int(raw[4]) != len(origin.Path) {
		return fmt.Errorf("account key: want depth %d as its origin has, found %d", len(origin.Path), raw[4])
	}
	if len(origin.Path) == 0 {
		return nil // refused by NewAccountKey, with a better sentence
	}
	last := origin.Path[len(origin.Path)-1]
	if child := binary.BigEndian.Uint32(raw[9:13]); child != last {
		return fmt.Errorf("account key: want child number %08x as its origin ends, found %08x", last, child)
	}
	return nil
}

// String writes the key as it stands in a descriptor, without branch and index.
func (k AccountKey) String() string { return "[" + k.origin.String() + "]" + k.Extended() }

// Extended returns the extended key alone, xpub or tpub, in base58check; the
// empty text for the zero value.
func (k AccountKey) Extended() string {
	params, ok := k.network.Params()
	if !ok {
		return ""
	}
	raw := make([]byte, 0, extendedKeySize)
	raw = append(raw, params.HDPublicKeyID[1:]...)
	raw = append(raw, byte(len(k.origin.Path)))
	raw = append(raw, k.parent[:]...)
	raw = binary.BigEndian.AppendUint32(raw, k.origin.Path[len(k.origin.Path)-1])
	raw = append(raw, k.chain[:]...)
	raw = append(raw, k.public[:]...)
	return base58.CheckEncode(raw, params.HDPublicKeyID[0])
}

// Network returns the chain that the key was read for. All test chains share
// one form, so the text alone does not tell them apart.
func (k AccountKey) Network() Network { return k.network }

// Origin returns a copy of the key's origin.
func (k AccountKey) Origin() KeyOrigin {
	return KeyOrigin{Fingerprint: k.origin.Fingerprint, Path: slices.Clone(k.origin.Path)}
}

// PublicKey returns the compressed public key.
func (k AccountKey) PublicKey() [33]byte { return k.public }

// ChainCode returns the chain code.
func (k AccountKey) ChainCode() [32]byte { return k.chain }

// SameMaterial says whether both keys derive the same children: equal public
// key and chain code. Text and fingerprint are only claims and don't count.
func (k AccountKey) SameMaterial(other AccountKey) bool {
	return k.network != 0 && k.public == other.public && k.chain == other.chain
}
