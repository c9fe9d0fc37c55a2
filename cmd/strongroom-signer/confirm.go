package main

import (
	"fmt"
	"slices"

	"strongroom/quorum/record"
	"strongroom/signer"
)

// typed asks a person to type what stands on the screen. What they typed
// instead is never shown: it may be their passphrase, one question too early.
func (p *program) typed(fd int, prompt, want string) error {
	line, err := p.world.Ask(fd, prompt)
	if err != nil {
		return err
	}
	if line != want {
		return fmt.Errorf("confirmation: want %q, found other characters", want)
	}
	return nil
}

// confirm asks a person to type what only somebody types who has read it: the
// id's first digits, and for payees that are new or in the top tier each amount
// and the end of each address.
func (t *visit) confirm(fd int, item *signer.Item) error {
	number := slices.Index(t.v.Items, item) + 1 // the id itself is to be read above
	ask := func(what, want string) error {
		return t.p.typed(fd, fmt.Sprintf("withdrawal %d: type %s", number, what), want)
	}
	if err := ask(fmt.Sprintf("the first %d characters of its id", typedDigits), item.ID().String()[:typedDigits]); err != nil {
		return err
	}
	for _, pay := range closely(item.Spend) {
		if err := ask(fmt.Sprintf("the amount for %s, without the unit", pay.Label), pay.Amount.String()); err != nil {
			return err
		}
		if err := ask(fmt.Sprintf("the last 4 characters of %s's address", pay.Label), pay.Address.LastGroup()); err != nil {
			return err
		}
	}
	return nil
}

// closely lists the payments to look at closely: all in the top tier, otherwise
// those to labels that nobody has paid before.
func closely(s *signer.Spend) []record.Pay {
	tiers := s.Permit().Policy().Tiers
	if s.Permit().Tier() == tiers[len(tiers)-1].ID {
		return s.Released().Pays
	}
	return s.FirstTime()
}
