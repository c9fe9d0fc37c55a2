package main

import (
	"cmp"
	"fmt"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
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

// question is one thing that a person is asked to type.
type question struct{ what, want string }

// confirm asks a person to type what only somebody types who has read it: the
// id's first digits, and what else the kind of proposal asks for.
func (t *visit) confirm(fd int, item *signer.Item) error {
	number := slices.Index(t.v.Items, item) + 1 // the id itself is to be read above
	ask := []question{{fmt.Sprintf("the first %d characters of its id", typedDigits), item.ID().String()[:typedDigits]}}
	switch item.Kind() {
	case quorum.KindWithdrawal:
		ask = append(ask, payments(item.Spend)...)
	case quorum.KindSweep:
		ask = append(ask, sweeps(t.reviews[number-1].Spend)...)
	case quorum.KindAmendment:
		ask = append(ask, adoptions(item.Report.Proposal)...)
	}
	for _, q := range ask {
		if err := t.p.typed(fd, fmt.Sprintf("%s %d: type %s", noun(item.Kind()), number, q.what), q.want); err != nil {
			return err
		}
	}
	return nil
}

// payments are asked for of payees that are new or in the top tier: each amount
// and the end of each address. Before a wait nobody is asked: it is when it is
// released.
func payments(s *signer.Spend) (ask []question) {
	if s == nil {
		return nil
	}
	for _, pay := range closely(s) {
		ask = append(ask, question{fmt.Sprintf("the amount for %s, without the unit", pay.Label), pay.Amount.String()},
			question{fmt.Sprintf("the last 4 characters of %s's address", pay.Label), pay.Address.LastGroup()})
	}
	return ask
}

// sweeps are confirmed by what is spent and by where it arrives first: a whole
// wallet moves.
func sweeps(s *spendReview) []question {
	if s == nil {
		return nil
	}
	to := s.Change[0].Address
	return []question{{"the amount of all coins together, without the unit", s.Sum},
		{"the last 4 characters of the first address that they arrive at", to[len(to)-addressGroup:]}}
}

// adoptions that give somebody a right, or a key, are confirmed by the policy too:
// by its hash, as officers compare it.
func adoptions(p *quorum.Proposal) []question {
	a, ok := p.Body.(quorum.Amendment)
	if !ok || !slices.Contains([]policy.Class{policy.ClassLoosen, policy.ClassRekey, policy.ClassRecovery}, a.Class) {
		return nil
	}
	return []question{{fmt.Sprintf("the first %d characters of the hash of version %d", typedDigits, a.Version), a.Policy.String()[:typedDigits]}}
}

// noun is what a person calls a proposal of a kind.
func noun(k quorum.Kind) string { return cmp.Or(string(k), "proposal") }

// closely lists the payments to look at closely: all in the top tier, otherwise
// those to labels that nobody has paid before.
func closely(s *signer.Spend) []record.Pay {
	tiers := s.Permit().Policy().Tiers
	if s.Permit().Tier() == tiers[len(tiers)-1].ID {
		return s.Released().Pays
	}
	return s.FirstTime()
}
