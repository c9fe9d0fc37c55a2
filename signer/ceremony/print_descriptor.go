package ceremony

import (
	"errors"
	"fmt"

	"rsc.io/qr"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// keyEnd is how many characters tell the keys of one wallet apart.
const keyEnd = 12

// PrintDescriptor returns a sheet with the wallet's descriptor, which every
// rebuilt key needs to find its coins. It is not secret, but shows to
// whoever reads it what the wallet holds.
func PrintDescriptor(vault, wallet text.ID, d *custody.Descriptor) ([]byte, error) {
	if d == nil {
		return nil, errors.New("descriptor sheet: want a descriptor, found none")
	}
	first, err := d.Derive(custody.Receive, 0)
	if err != nil {
		return nil, fmt.Errorf("descriptor sheet: %w", err)
	}
	p := newPage("Wallet "+string(wallet)+" of "+string(vault), d.Network())
	p.in("p", "Without this page the keys alone do not find the coins. It signs nothing; who reads it sees every address.")
	p.facts(append([]Fact{
		{"chain", d.Network().String()}, {"signatures", fmt.Sprintf("%d of %d", d.M(), d.N())},
		{"first address", first.Address(d.Network()).String()},
	}, hashRow("file, SHA-256", text.Hash(d.Hash()))...)...)
	p.heading("Descriptor, with its checksum")
	p.in("pre", d.String())
	level, below := qr.M, "the descriptor, as wallets scan it"
	if len(d.String()) > plainCode {
		level = qr.L
	}
	p.tags(`<div class="codes" style="margin-top:3mm">`)
	if err := p.code(d.String(), below, level, 150); err != nil {
		return nil, fmt.Errorf("descriptor sheet: %w", err)
	}
	p.tags(`<div class="aside">`)
	p.in("pre", "bitcoin-cli getdescriptorinfo 'DESCRIPTOR'\nbitcoin-cli deriveaddresses 'DESCRIPTOR' '[0,0]'\n")
	p.in("p", "Bitcoin Core takes the descriptor as it stands, Sparrow scans or imports it. The first address must be the one above. Whoever types it compares the checksum, its last 8 characters.")
	p.tags("</div></div>\n")
	p.heading("Keys")
	var rows [][]string
	for i, k := range d.Keys() {
		x := k.Extended()
		rows = append(rows, []string{small(i + 1), k.Origin().String(), "..." + x[len(x)-keyEnd:]})
	}
	p.table("", []string{"", "master key and path", "its extended public key above ends in"}, rows)
	return p.end(), nil
}
