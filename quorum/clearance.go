package quorum

import (
	"slices"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Clearance is a watcher's statement that nobody has objected to a proposal, as
// of a block and of the logs named. A watcher stops a payment by not making one:
// a veto can be left at home by a courier, an absent clearance cannot.
//
//	strongroom/clearance@v1
//	vault acme-treasury
//	chain regtest
//	genesis 0f34...
//	proposal 2b38...
//	block 164 5f2c...
//	seen signer-a 9 y92E...
//	watcher frank
//	says no veto and no freeze seen
//
// The watcher signs the text's bytes for the act clear.
type Clearance struct {
	Vault    text.ID
	Network  custody.Network
	Genesis  text.Hash
	Proposal text.Hash
	Block    Block
	Seen     []Seen // sorted by device
	Watcher  text.ID
}

// allClear is the one thing that a clearance says.
const allClear = "no veto and no freeze seen"

// Bytes renders the clearance as its canonical text.
func (c Clearance) Bytes() ([]byte, error) {
	w := text.NewWriter(text.Clearance)
	w.Line("vault", string(c.Vault))
	w.Line("chain", c.Network.String())
	w.Line("genesis", c.Genesis.String())
	w.Line("proposal", c.Proposal.String())
	w.Line("block", text.FormatUint(c.Block.Height), c.Block.Hash.String())
	writeSeen(w, c.Seen)
	w.Line("watcher", string(c.Watcher))
	w.Line("says", allClear)
	return w.Bytes()
}

// ParseClearance reads a clearance's text.
func ParseClearance(b []byte) (Clearance, error) {
	r, err := text.Open(b, text.Clearance)
	if err != nil {
		return Clearance{}, err
	}
	var c Clearance
	c.Vault, c.Network, c.Genesis = readPlace(r)
	c.Proposal = text.Value(r, "proposal", r.Field("proposal"), text.ParseHash)
	c.Block = readBlock(r)
	c.Seen = readSeen(r)
	c.Watcher = text.Value(r, "watcher", r.Field("watcher"), text.ParseID)
	if _, says := r.Rest("says", 0); r.Err() == nil && says != allClear {
		r.Refuse("says: want %q, found %q", allClear, says[:min(len(says), 40)])
	}
	if err := r.Close(); err != nil {
		return Clearance{}, err
	}
	again, err := c.Bytes()
	if err != nil {
		return Clearance{}, err
	}
	if err := text.Canonical(b, again); err != nil {
		return Clearance{}, err
	}
	return c, nil
}

// seenIn returns what a list says of one device; zero when it is silent.
func seenIn(list []Seen, device text.ID) (Seen, bool) {
	i := slices.IndexFunc(list, func(s Seen) bool { return s.Device == device })
	if i < 0 {
		return Seen{}, false
	}
	return list[i], true
}
