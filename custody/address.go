package custody

import (
	"bytes"
	"fmt"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/txscript/v2"
)

// Address is a checked bitcoin address: it belongs to its network and is
// written in the one canonical way. The zero value pays nobody.
type Address struct {
	text    string
	network Network
	script  []byte
}

// ParseAddress reads an address of network n (P2PKH, P2SH, and segwit version
// 0 and 1 by BIP-173 and BIP-350). The network must match, and re-encoding
// must give the same text, so bech32 is accepted in lower case only.
func ParseAddress(n Network, s string) (Address, error) {
	params, ok := n.Params()
	if !ok {
		return Address{}, fmt.Errorf("address: want a network, found none")
	}
	if len(s) > maxAddress {
		return Address{}, fmt.Errorf("address: want at most %d characters, found %d", maxAddress, len(s))
	}
	a, err := address.DecodeAddress(s, params)
	if err != nil {
		return Address{}, fmt.Errorf("address: want one of %s, found %q, which does not decode", n, s)
	}
	if !a.IsForNet(params) || !payable(a) {
		return Address{}, fmt.Errorf("address: want one of %s that can be paid, found %q", n, s)
	}
	if a.EncodeAddress() != s {
		return Address{}, fmt.Errorf("address: want it written as %q, found %q", a.EncodeAddress(), s)
	}
	script, err := txscript.PayToAddrScript(a)
	if err != nil {
		return Address{}, fmt.Errorf("address: want a standard script, found %q: %w", s, err)
	}
	return Address{text: s, network: n, script: script}, nil
}

// AddressOf returns the address of an output script on network n. ok is false
// for a script that has no address.
func AddressOf(n Network, script []byte) (a Address, ok bool) {
	params, known := n.Params()
	if !known {
		return Address{}, false
	}
	_, found, _, err := txscript.ExtractPkScriptAddrs(script, params)
	if err != nil || len(found) != 1 {
		return Address{}, false
	}
	a, err = ParseAddress(n, found[0].EncodeAddress())
	return a, err == nil && bytes.Equal(a.script, script)
}

// payable leaves out what decodes but is no address to send to: bare public
// keys.
func payable(a address.Address) bool {
	switch a.(type) {
	case *address.AddressPubKeyHash, *address.AddressScriptHash, *address.AddressWitnessPubKeyHash,
		*address.AddressWitnessScriptHash, *address.AddressTaproot:
		return true
	}
	return false
}

// String returns the address as it is written.
func (a Address) String() string { return a.text }

// Network returns the chain that the address belongs to.
func (a Address) Network() Network { return a.network }

// Script returns a copy of the output script that pays the address.
func (a Address) Script() []byte { return bytes.Clone(a.script) }

// LastGroup returns the last four characters of the address, which a person
// types to show that the end was read too.
func (a Address) LastGroup() string {
	if len(a.text) < 4 {
		return ""
	}
	return a.text[len(a.text)-4:]
}
