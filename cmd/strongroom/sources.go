package main

import (
	"cmp"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// sources are the coins of a wallet, sorted by what an order may do with them.
// Coins that were released for another proposal are in none of the three.
type sources struct {
	must     []custody.Coin // what the replaced line spent
	free     []custody.Coin
	promised []custody.Coin // in transactions built for other living proposals
}

// choose selects coins on top of those that must be spent.
func (s *sources) choose(need custody.Amount, fee func(int) custody.Amount) ([]custody.Coin, error) {
	n := len(s.must)
	if n == 0 {
		return custody.SelectCoins(s.free, need, fee)
	}
	var have custody.Amount
	for _, c := range s.must {
		var err error
		if have, err = have.Add(c.Value); err != nil {
			return nil, err
		}
	}
	if have >= need+fee(n) {
		return s.must, nil
	}
	more, err := custody.SelectCoins(s.free, need+fee(n)-have, func(k int) custody.Amount { return fee(n+k) - fee(n) })
	return slices.Concat(s.must, more), err
}

// sources sorts a wallet's coins for an order.
func (d *desk) sources(x *dossier, set *custody.CoinSet) (*sources, error) {
	line, err := lineage(x.signers, x.order.proposal.Replaces)
	if err != nil {
		return nil, err
	}
	wanted := map[wire.OutPoint]bool{}
	for _, r := range line {
		for _, in := range inputsOf(r) {
			wanted[in] = true
		}
	}
	promised, err := d.promised(x.view, x.order)
	if err != nil {
		return nil, err
	}
	s := &sources{}
	for _, c := range set.Coins() {
		switch {
		case wanted[c.Outpoint]:
			s.must = append(s.must, c)
		case spent(x.signers, c.Outpoint):
		case promised[c.Outpoint]:
			s.promised = append(s.promised, c)
		default:
			s.free = append(s.free, c)
		}
	}
	if len(s.must) < len(wanted) {
		return nil, refuse(quorum.TxLineage, "transaction: want the %s of the proposal that is replaced, found %d of them unspent", count(len(wanted), "coin"), len(s.must))
	}
	return s, nil
}

// lineage returns the releases that a proposal replaces, by any log.
func lineage(signers []signerLog, replaces text.Hash) (line []record.Release, err error) {
	for id := replaces; !id.IsZero() && len(line) < maxLine; {
		var found *record.Release
		for _, s := range signers {
			if r, ok := s.state.Released(id); ok {
				found = &r
				break
			}
		}
		if found == nil {
			return nil, refuse(quorum.TxLineage, "replaces: want a proposal that a signer released, found %s", id)
		}
		line = append(line, *found)
		id = found.Replaces
	}
	return line, nil
}

// spent says whether a coin was released for any proposal.
func spent(signers []signerLog, o wire.OutPoint) bool {
	for _, s := range signers {
		if _, ok := s.state.Spender(o); ok {
			return true
		}
	}
	return false
}

// promised returns the coins in transactions that were built for other
// proposals which can still be released.
func (d *desk) promised(v *view, o *order) (map[wire.OutPoint]bool, error) {
	taken := map[wire.OutPoint]bool{}
	tip, _ := v.chain.Tip()
	err := d.eachProposal(func(id text.Hash) error {
		p, err := d.proposal(id)
		if err != nil || id == o.id || p.Expires < tip.Height {
			return nil // what cannot be read or released promises nothing
		}
		stored, err := d.reg.PSBTs(id)
		for _, s := range stored {
			if packet, err := custody.ParsePSBT(s.Bytes); err == nil {
				for _, in := range packet.Tx.TxIn {
					taken[in.PreviousOutPoint] = true
				}
			}
		}
		return err
	})
	return taken, err
}

// changeIndex returns the lowest index of a wallet's change branch from which on
// neither a block nor any log has seen one used. Outputs of a sweep belong to
// the wallet that it goes to.
func changeIndex(set *custody.CoinSet, signers []signerLog, wallet text.ID) uint32 {
	next := set.Next(custody.Change)
	for _, s := range signers {
		for _, r := range s.state.Releases() {
			if cmp.Or(r.To, r.Wallet) != wallet {
				continue
			}
			for _, g := range r.Rungs {
				for _, c := range g.Change {
					next = max(next, c.Index+1)
				}
			}
		}
	}
	return next
}
