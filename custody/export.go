package custody

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Branches returns the wallet as two plain descriptors, for programs that
// don't read BIP-389: every key ends in /0/* for receiving and in /1/* for
// change. Each has its own checksum.
func (d *Descriptor) Branches() (receive, change string) {
	return withChecksum(d.body("/0/*")), withChecksum(d.body("/1/*"))
}

// ImportDescriptors returns the argument of Bitcoin Core's importdescriptors
// for a watch-only wallet: both branches, active, scanned from the first block
// so that no coin is missed.
func (d *Descriptor) ImportDescriptors() []byte {
	type request struct {
		Desc      string `json:"desc"`
		Active    bool   `json:"active"`
		Internal  bool   `json:"internal"`
		Range     [2]int `json:"range"`
		Timestamp int    `json:"timestamp"`
	}
	receive, change := d.Branches()
	window := [2]int{0, importRange}
	return exportJSON([]request{
		{Desc: receive, Active: true, Range: window},
		{Desc: change, Active: true, Internal: true, Range: window},
	})
}

// WalletPolicy is a wallet in the form of BIP-388: a template that names keys
// by number, and the keys. Hardened steps are written with '.
type WalletPolicy struct {
	Template string   `json:"description_template"`
	Keys     []string `json:"keys_info"`
}

// JSON returns the policy as one JSON object and LF.
func (p WalletPolicy) JSON() []byte { return exportJSON(p) }

// WalletPolicy returns the wallet as BIP-388 has it, for hardware signers that
// register policies.
func (d *Descriptor) WalletPolicy() WalletPolicy {
	var template strings.Builder
	template.WriteString(descriptorOpen + strconv.Itoa(d.m))
	keys := make([]string, len(d.keys))
	for i, k := range d.keys {
		fmt.Fprintf(&template, ",@%d/**", i)
		keys[i] = "[" + k.origin.quoted() + "]" + k.Extended()
	}
	template.WriteString(descriptorClose)
	return WalletPolicy{Template: template.String(), Keys: keys}
}

// ColdcardFile returns the multisig text file that Coldcard, Sparrow and others
// import. The wallet's name in it is made of its hash, so that two files with
// one name are one wallet.
func (d *Descriptor) ColdcardFile() []byte {
	hash := d.Hash()
	var b strings.Builder
	fmt.Fprintf(&b, "Name: strongroom-%x\n", hash[:4])
	fmt.Fprintf(&b, "Policy: %d of %d\nFormat: P2WSH\n", d.m, len(d.keys))
	for _, k := range d.keys {
		fmt.Fprintf(&b, "\nDerivation: %s\n%X: %s\n", k.origin.path(), k.origin.Fingerprint, k.Extended())
	}
	return []byte(b.String())
}

// exportJSON writes v for other programs: indented, < and > as they are, LF at
// the end.
func exportJSON(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic("custody: strings and numbers have no JSON: " + err.Error())
	}
	return []byte(b.String())
}
