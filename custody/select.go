package custody

import (
	"errors"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"
)

// ErrInsufficient is wrapped by the refusal of a selection whose coins don't
// reach; errors.As with *InsufficientError tells the sums.
var ErrInsufficient = errors.New("coins do not suffice")

// InsufficientError says how much the confirmed coins hold and how much they
// would need to hold, fee included.
type InsufficientError struct{ Have, Need Amount }

// Error returns the two sums.
func (e *InsufficientError) Error() string {
	return fmt.Sprintf("coins: want %s with the fee, found %s in confirmed coins", e.Need, e.Have)
}

// Unwrap returns ErrInsufficient.
func (e *InsufficientError) Unwrap() error { return ErrInsufficient }

// SelectCoins chooses coins that hold need and the fee. feeFor returns the fee
// of a transaction with so many inputs; it does not fall when inputs are added.
//
// The choice depends only on the set of coins, never on their order:
//
//  1. Coins that are in no block yet are left out.
//  2. The rest is taken largest first until it reaches. No smaller number of
//     inputs could reach.
//  3. The last coin taken is exchanged for the smallest one that still
//     reaches, so that large coins are not broken for a small remainder.
//
// The result is ordered as it was taken. It refuses more than MaxCoins coins, a
// coin listed twice, and coins of no value.
func SelectCoins(coins []Coin, need Amount, feeFor func(inputs int) Amount) ([]Coin, error) {
	if !need.Valid() || need == 0 {
		return nil, fmt.Errorf("coins: want a sum above 0 to select for, found %s", need)
	}
	ordered, err := spendable(coins)
	if err != nil {
		return nil, err
	}
	var have, target Amount
	if target, err = need.Add(feeFor(0)); err != nil {
		return nil, fmt.Errorf("coins: %w", err)
	}
	for i, c := range ordered {
		before := have
		if have, err = have.Add(c.Value); err != nil {
			return nil, fmt.Errorf("coins: %w", err)
		}
		if target, err = need.Add(feeFor(i + 1)); err != nil {
			return nil, fmt.Errorf("coins: %w", err)
		}
		if have < target {
			continue
		}
		// Sorted by falling value: the last that fills the gap is the smallest.
		last := i
		for last+1 < len(ordered) && before+ordered[last+1].Value >= target {
			last++
		}
		return append(slices.Clone(ordered[:i]), ordered[last]), nil
	}
	return nil, &InsufficientError{Have: have, Need: target}
}

// spendable returns the confirmed coins in their one order.
func spendable(coins []Coin) ([]Coin, error) {
	if len(coins) > MaxCoins {
		return nil, fmt.Errorf("coins: want at most %d to select from, found %d", MaxCoins, len(coins))
	}
	seen := make(map[wire.OutPoint]struct{}, len(coins))
	out := make([]Coin, 0, len(coins))
	for _, c := range coins {
		if _, twice := seen[c.Outpoint]; twice {
			return nil, fmt.Errorf("coins: want every coin once, found %s twice", c.Outpoint)
		}
		seen[c.Outpoint] = struct{}{}
		if !c.Value.Valid() || c.Value == 0 {
			return nil, fmt.Errorf("coins: want a value above 0 of %s, found %s", c.Outpoint, c.Value)
		}
		if c.Height > 0 {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, compareCoins)
	return out, nil
}
