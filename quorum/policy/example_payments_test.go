package policy

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"strongroom/custody"
	"strongroom/quorum/text"
)

func TestExamplesSayWhatChanges(t *testing.T) {
	old := house(t)
	for _, c := range []struct {
		name   string
		change func(*Policy)
		want   []string
	}{
		{"cap raised", func(p *Policy) { p.Destinations[1].Cap = 5 * coin }, []string{
			"payroll: from 2.00000001 to 5.00000000 BTC becomes possible: tier large, 2 of desk, 2 of treasury, cleared by 1 of watch, 36 credits stamped, without bob"}},
		{"cap lower by one satoshi", func(p *Policy) { p.Destinations[1].Cap = 2*coin - 1 }, []string{
			"payroll: 2.00000000 BTC becomes impossible: above the destination's cap of 1.99999999 BTC"}},
		{"tier lower", func(p *Policy) { p.Tiers[0].Below = coin / 2 }, []string{
			"exchange-hot: from 0.50000000 to 0.99999999 BTC changes: tier large, 2 of desk, 2 of treasury, cleared by 1 of watch, 36 credits stamped, without carol; before: tier small, 2 of desk, without carol",
			"payroll: from 0.50000000 to 0.99999999 BTC changes: tier large, 2 of desk, 2 of treasury, cleared by 1 of watch, 36 credits stamped, without bob; before: tier small, 2 of desk, without bob"}},
		{"one sentence for all", func(p *Policy) { p.Tiers, p.Conflicts = p.Tiers[:1], p.Conflicts[:0] }, []string{
			"exchange-hot: from 0.00000001 to 0.99999999 BTC changes: tier small, 2 of desk; before: tier small, 2 of desk, without carol",
			"exchange-hot: from 1.00000000 to 20.00000000 BTC becomes impossible: above every tier",
			"payroll: from 0.00000001 to 0.99999999 BTC changes: tier small, 2 of desk; before: tier small, 2 of desk, without bob",
			"payroll: from 1.00000000 to 2.00000000 BTC becomes impossible: above every tier"}},
		{"velocity lower", func(p *Policy) { p.Velocities[0].Cap = coin }, []string{
			"exchange-hot: from 1.00000001 to 20.00000000 BTC becomes impossible: above what may leave in 144 credits, 1.00000000 BTC",
			"payroll: from 1.00000001 to 2.00000000 BTC becomes impossible: above what may leave in 144 credits, 1.00000000 BTC"}},
		{"conflict added", func(p *Policy) { p.Conflicts = append(p.Conflicts, Conflict{"payroll", "kim"}) }, []string{
			"payroll: from 0.00000001 to 0.99999999 BTC changes: tier small, 2 of desk, without bob, kim; before: tier small, 2 of desk, without bob",
			"payroll: from 1.00000000 to 2.00000000 BTC changes: tier large, 2 of desk, 2 of treasury, cleared by 1 of watch, 36 credits stamped, without bob, kim; " +
				"before: tier large, 2 of desk, 2 of treasury, cleared by 1 of watch, 36 credits stamped, without bob"}},
		{"payee added", func(p *Policy) {
			p.Destinations = append(p.Destinations, Destination{Label: "petty", Descriptor: hash("petty"), Cap: coin / 2, Window: oneDay})
		}, []string{"petty: from 0.00000001 to 0.50000000 BTC becomes possible: tier small, 2 of desk, to descriptor " + hash("petty").String()}},
		{"payee removed", func(p *Policy) { removeDestination(p, "payroll") }, []string{
			"payroll: from 0.00000001 to 0.99999999 BTC becomes impossible: no destination of that name",
			"payroll: from 1.00000000 to 2.00000000 BTC becomes impossible: no destination of that name"}},
		{"payee changed", func(p *Policy) { p.Destinations[1].Descriptor, p.Destinations[1].Cap = hash("other"), coin/2 }, []string{
			"payroll: from 0.00000001 to 0.50000000 BTC changes: tier small, 2 of desk, without bob, to descriptor " + hash("other").String() +
				"; before: tier small, 2 of desk, without bob, to descriptor " + hash("payroll").String(),
			"payroll: from 0.50000001 to 0.99999999 BTC becomes impossible: above the destination's cap of 0.50000000 BTC",
			"payroll: from 1.00000000 to 2.00000000 BTC becomes impossible: above the destination's cap of 0.50000000 BTC"}},
		{"nothing about payments", func(p *Policy) { p.FeeRateMax = 200 }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			listed(t, Examples(old, successor(t, old, c.change)), c.want...)
		})
	}
}

// Destinations of which the same is true share a sentence, however many.
func TestExamplesShareASentence(t *testing.T) {
	old := must(t)(house(t).edit(func(p *Policy) error {
		p.Destinations, p.Conflicts = nil, nil
		for _, l := range []text.ID{"a", "b", "c", "d", "e", "f"} {
			p.Destinations = append(p.Destinations, Destination{Label: l, Descriptor: hash(string(l)), Cap: 2 * coin, Window: oneDay})
		}
		return nil
	}))
	next := successor(t, old, func(p *Policy) { p.Tiers = p.Tiers[:1] })
	listed(t, Examples(old, next), "a, b, c, d and 2 more: from 1.00000000 to 2.00000000 BTC becomes impossible: above every tier")
	listed(t, Examples(next, old), "a, b, c, d and 2 more: from 1.00000000 to 2.00000000 BTC becomes possible: "+
		"tier large, 2 of desk, 2 of treasury, cleared by 1 of watch, 36 credits stamped")
}

// An amount is in an example exactly if the versions differ about it.
func TestExamplesCoverEveryAmount(t *testing.T) {
	house := house(t)
	rapid.Check(t, func(rt *rapid.T) {
		d := drawer{rt}
		old := d.policy(house, d.yes("ordered"))
		next := d.amended(old)
		if next == nil {
			return
		}
		examples := Examples(old, next)
		for _, label := range payees(old, next) {
			for amount := coin / 4; amount < 30*coin; amount += coin / 4 {
				for _, a := range []custody.Amount{amount - 1, amount, amount + 1} {
					was, before := lands(old, label, a, nil)
					is, after := lands(next, label, a, nil)
					i := slices.IndexFunc(examples, func(e Example) bool {
						return slices.Contains(e.Labels, label) && e.From <= a && a <= e.To
					})
					if i < 0 {
						if before != after || before && old.Tiers[was].ID != next.Tiers[is].ID {
							rt.Errorf("%s of %s: want an example, found none", a, label)
						}
						continue
					}
					e := examples[i]
					if e.Old.Possible() != before || e.New.Possible() != after ||
						before && e.Old.Tier != old.Tiers[was].ID || after && e.New.Tier != next.Tiers[is].ID || !before && !after {
						rt.Errorf("%s of %s: found %s", a, label, e)
					}
				}
			}
		}
	})
}

func TestNoAnswerIsNotPossible(t *testing.T) {
	if (Answer{}).Possible() || (Answer{Refused: "x"}).String() != "x" {
		t.Error("want the zero answer not possible")
	}
}
