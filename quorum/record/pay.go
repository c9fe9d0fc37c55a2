package record

import (
	"fmt"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Pay is one payment of a withdrawal: an amount to a destination that the
// policy names. Where the destination is a descriptor, Indexed is true and
// Index says which of its addresses is paid.
type Pay struct {
	Amount  custody.Amount
	Label   text.ID
	Indexed bool
	Index   uint32
	Address custody.Address
}

// Fields writes the payment as a pay line carries it: AMOUNT UNIT LABEL
// ADDRESS, or LABEL#INDEX for a descriptor.
func (p Pay) Fields(n custody.Network) []string {
	label := string(p.Label)
	if p.Indexed {
		label += "#" + text.FormatUint(p.Index)
	}
	return []string{p.Amount.String(), n.Unit(), label, p.Address.String()}
}

// ReadPay reads one pay line of a text on network n.
func ReadPay(r *text.Reader, n custody.Network) Pay {
	f := r.Line("pay", 4)
	var p Pay
	p.Amount = ReadAmount(r, "pay", f[0], f[1], n)
	label, index, indexed := strings.Cut(f[2], "#")
	p.Label = text.Value(r, "pay", label, text.ParseID)
	if indexed {
		p.Indexed, p.Index = true, text.Uint[uint32](r, "pay", index, maxIndex)
	}
	p.Address = text.Value(r, "pay", f[3], func(s string) (custody.Address, error) { return custody.ParseAddress(n, s) })
	return p
}

// ReadAmount reads an amount and its unit, which must be the network's.
func ReadAmount(r *text.Reader, keyword, amount, unit string, n custody.Network) custody.Amount {
	a := text.Value(r, keyword, amount, custody.ParseAmount)
	text.Value(r, keyword, unit, func(s string) (struct{}, error) {
		if s != n.Unit() {
			return struct{}{}, fmt.Errorf("want the unit %s of %s, found %q", n.Unit(), n, s)
		}
		return struct{}{}, nil
	})
	return a
}

// ReadCoin reads a line of one amount and its unit, which must be the
// network's.
func ReadCoin(r *text.Reader, keyword string, n custody.Network) custody.Amount {
	f := r.Line(keyword, 2)
	return ReadAmount(r, keyword, f[0], f[1], n)
}
