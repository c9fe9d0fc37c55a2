package record

import (
	"fmt"
	"math/big"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Headers says that the header chain grew or switched to more work.
type Headers struct {
	From, To Tip
	Work     *big.Int // expected hashes from the origin to the new tip
}

// Kind returns KindHeaders.
func (Headers) Kind() Kind { return KindHeaders }

func (b Headers) write(w *text.Writer, _ custody.Network) {
	w.Line("from", b.From.String())
	w.Line("to", b.To.String())
	w.Line("work", b.Work.String())
}

func readHeaders(r *text.Reader, _ custody.Network) Body {
	var b Headers
	b.From, b.To = readSpan(r, "from"), readSpan(r, "to")
	b.Work = text.Value(r, "work", r.Field("work"), parseWork)
	return b
}

func readSpan(r *text.Reader, keyword string) Tip {
	f := r.Line(keyword, 2)
	return Tip{Known: true, Height: text.Uint[uint32](r, keyword, f[0], MaxHeight), Hash: text.Value(r, keyword, f[1], text.ParseHash)}
}

// parseWork reads a decimal number of hashes.
func parseWork(s string) (*big.Int, error) {
	const most = 78 // decimal digits of 2^256
	n, ok := new(big.Int), false
	if len(s) <= most {
		n, ok = n.SetString(s, 10)
	}
	if !ok || n.Sign() < 0 || n.String() != s {
		return new(big.Int), fmt.Errorf("want a decimal number of hashes, found another form")
	}
	return n, nil
}
