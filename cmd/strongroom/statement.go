package main

import (
	"fmt"
	"io"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// begin begins a proposal: where it belongs, who makes it, and what for.
func (d *desk) begin(v *view, maker text.ID, memo string) (quorum.Statement, error) {
	p := v.policy
	s := quorum.Statement{Memo: memo, Head: quorum.Head{
		Vault: p.Vault, Network: p.Network, Genesis: v.policies.Genesis(), PolicyVersion: p.Version, PolicyHash: p.Hash(), Maker: maker,
	}}
	if err := text.CheckRest(memo); err != nil {
		return s, cli.Usagef("--memo: %w", err)
	}
	if _, err := io.ReadFull(d.world.Rand, s.Salt[:]); err != nil {
		return s, fmt.Errorf("random bytes: %w", err)
	}
	return s, nil
}

// statement begins a proposal that expires: it names the newest block, every
// signer's log, and how long it holds.
func (d *desk) statement(v *view, maker text.ID, f askFlags) (quorum.Statement, error) {
	s, err := d.begin(v, maker, f.memo)
	if err != nil {
		return s, err
	}
	tip, ok := v.chain.Tip()
	if !ok {
		return s, refuse(quorum.ClkNoHeaders, "headers: want the header chain, found none in the registry")
	}
	s.Block = quorum.Block{Height: tip.Height, Hash: text.Hash(tip.Hash)}
	if f.expiresIn == 0 {
		f.expiresIn = min(expiresIn, v.policy.ExpiryMax)
	}
	s.Expires = min(tip.Height+min(f.expiresIn, maxExpiresIn), maxExpires)
	s.Seen, err = v.seenAll()
	return s, err
}

// brakeStatement begins a brake with whatever this desk knows: its newest block,
// or the policy's first, and the logs that are here.
func (d *desk) brakeStatement(v *view, maker text.ID, f askFlags) (quorum.Statement, error) {
	s, err := d.begin(v, maker, f.memo)
	if err != nil {
		return s, err
	}
	s.Block = quorum.Block{Height: v.policy.Origin.Height, Hash: v.policy.Origin.Hash}
	if tip, ok := v.chain.Tip(); ok {
		s.Block = quorum.Block{Height: tip.Height, Hash: text.Hash(tip.Hash)}
	}
	if s.Seen = v.seen(); len(s.Seen) == 0 {
		return s, refuse(quorum.LimUnproven, "%s: want the log of one signer at least in the registry, found none", quorum.KindFreeze)
	}
	return s, nil
}
