package custody

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/address/v2/base58"
)

// ParseKeyExpression reads an account key as another program writes it (BIP-380):
// ParseAccountKey's form, with h or ' for hardened steps, one of them throughout.
func ParseKeyExpression(n Network, s string) (AccountKey, error) {
	k, _, err := parseEitherKey(n, s)
	return k, err
}

// parseEitherKey reads an account key whose origin writes h or ' for hardened
// steps, and says whether it writes h.
func parseEitherKey(n Network, s string) (k AccountKey, h bool, err error) {
	origin, key, ok := strings.Cut(s, "]")
	if !ok {
		return AccountKey{}, false, fmt.Errorf("account key: want an origin in brackets before the key, found none")
	}
	h = strings.Contains(origin, "h")
	if h && strings.Contains(origin, "'") {
		return AccountKey{}, false, fmt.Errorf("account key: want hardened steps written h or ', found both")
	}
	k, err = ParseAccountKey(n, strings.ReplaceAll(origin, "'", "h")+"]"+key)
	return k, h, err
}

// coldcardExport is what Coldcard's ccxp-*.json files hold of a key for P2WSH; the
// keys for other scripts in them are passed over.
type coldcardExport struct {
	Fingerprint string `json:"xfp"`
	Path        string `json:"p2wsh_deriv"`
	Key         string `json:"p2wsh"`
}

// ParseColdcardExport reads the account key for P2WSH of network n from the
// multisig export of a Coldcard, ccxp-XFP.json, which other hardware wallets write
// too: fingerprint, path and key, the key in BIP-32's form or in that of SLIP-132
// (Zpub, Vpub). It proves nothing: whoever writes such a file need not hold the
// key. Errors repeat nothing of the file.
func ParseColdcardExport(n Network, b []byte) (AccountKey, error) {
	if len(b) > maxColdcardExport {
		return AccountKey{}, fmt.Errorf("multisig export: want at most %d bytes, found %d", maxColdcardExport, len(b))
	}
	var x coldcardExport
	if err := json.Unmarshal(b, &x); err != nil {
		return AccountKey{}, fmt.Errorf("multisig export: want JSON with xfp, p2wsh_deriv and p2wsh, found something else")
	}
	path, ok := strings.CutPrefix(x.Path, "m/")
	if !ok || len(x.Key) > maxAccountKey {
		return AccountKey{}, fmt.Errorf("multisig export: want JSON with xfp, p2wsh_deriv and p2wsh, found something else")
	}
	key, err := plainExtended(n, x.Key)
	if err != nil {
		return AccountKey{}, fmt.Errorf("multisig export: %w", err)
	}
	k, err := ParseKeyExpression(n, "["+strings.ToLower(x.Fingerprint)+"/"+path+"]"+key)
	if err != nil {
		return AccountKey{}, fmt.Errorf("multisig export: %w", err)
	}
	return k, nil
}

// plainExtended writes an extended key with BIP-32's version bytes in the place of
// those that SLIP-132 gives to keys for P2WSH.
func plainExtended(n Network, s string) (string, error) {
	raw, err := decodeExtended(s)
	if err != nil {
		return "", err
	}
	params, ok := n.Params()
	if !ok {
		return "", fmt.Errorf("account key: want a network, found none")
	}
	multisig := [4]byte{0x02, 0x57, 0x54, 0x83} // Vpub
	if n == Mainnet {
		multisig = [4]byte{0x02, 0xaa, 0x7e, 0xd3} // Zpub
	}
	if [4]byte(raw[:4]) == multisig {
		copy(raw, params.HDPublicKeyID[:])
	}
	return base58.CheckEncode(raw[1:], raw[0]), nil
}
