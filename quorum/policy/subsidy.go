package policy

import "strongroom/custody"

// Subsidy returns the new coins that a block at this height may pay its miner,
// fees apart: 50 coins, halved every 210,000 blocks. It holds for mainnet,
// testnet and signet; regtest halves sooner.
func Subsidy(height uint32) custody.Amount {
	return 50 * coin >> (height / halving)
}

// priceOfTime returns what the blocks of a delay pay at a height: the least
// that somebody gives up who mines them in private only to pretend that the
// delay is over.
func priceOfTime(cool, height uint32) custody.Amount {
	return timesAmount(Subsidy(height), cool)
}

// timesAmount multiplies an amount, and stops at all the coins there can be.
func timesAmount(a custody.Amount, n uint32) custody.Amount {
	if n > 0 && a > custody.MaxAmount/custody.Amount(n) {
		return custody.MaxAmount
	}
	return a * custody.Amount(n)
}
