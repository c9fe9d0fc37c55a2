package custody

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Amount is a sum of bitcoin in satoshi. Sums are made with Add, Sub and
// Sum only, which refuse to leave the range 0 to MaxAmount.
type Amount int64

const satoshiPerCoin = 100_000_000

// ErrAmountRange is wrapped by every refusal of a sum outside 0 to MaxAmount.
var ErrAmountRange = errors.New("amount out of range")

// ParseAmount reads an amount in coins with exactly eight decimals and no
// leading zero, such as 12.50000000 or 0.00000546, without its unit.
func ParseAmount(s string) (Amount, error) {
	whole, frac, ok := strings.Cut(s, ".")
	if !ok || len(frac) != 8 || len(whole) < 1 || len(whole) > 8 || !digits(whole) || !digits(frac) || (len(whole) > 1 && whole[0] == '0') {
		return 0, fmt.Errorf("amount: want digits.eight-digits such as 0.50000000, found %q", clip(s))
	}
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil || Amount(n) > MaxAmount {
		return 0, fmt.Errorf("amount: want at most %s, found %q: %w", MaxAmount, clip(s), ErrAmountRange)
	}
	return Amount(n), nil
}

// String writes the amount in coins with eight decimals and without unit, as
// ParseAmount reads it.
func (a Amount) String() string {
	sign, u := "", uint64(a)
	if a < 0 {
		sign, u = "-", -uint64(a)
	}
	return fmt.Sprintf("%s%d.%08d", sign, u/satoshiPerCoin, u%satoshiPerCoin)
}

// In writes the amount with the unit of network n, such as "0.50000000 rBTC".
func (a Amount) In(n Network) string { return a.String() + " " + n.Unit() }

// Valid says whether the amount lies between 0 and MaxAmount.
func (a Amount) Valid() bool { return a >= 0 && a <= MaxAmount }

// Add returns a + b, or an error wrapping ErrAmountRange.
func (a Amount) Add(b Amount) (Amount, error) {
	if !a.Valid() || !b.Valid() || a+b > MaxAmount {
		return 0, fmt.Errorf("amount: want a sum of at most %s, found %s + %s: %w", MaxAmount, a, b, ErrAmountRange)
	}
	return a + b, nil
}

// Sub returns a - b, or an error wrapping ErrAmountRange when b is larger.
func (a Amount) Sub(b Amount) (Amount, error) {
	if !a.Valid() || !b.Valid() || b > a {
		return 0, fmt.Errorf("amount: want a difference of at least 0, found %s - %s: %w", a, b, ErrAmountRange)
	}
	return a - b, nil
}

// Sum adds all amounts, or returns an error wrapping ErrAmountRange.
func Sum(amounts ...Amount) (Amount, error) {
	var total Amount
	for _, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// AtMostShare says whether a <= of * share / 10,000, share being in
// hundredths of a percent. It is exact: no rounding in either direction.
func (a Amount) AtMostShare(of Amount, share uint32) bool {
	if !a.Valid() || !of.Valid() {
		return false
	}
	ahi, alo := bits.Mul64(uint64(a), 10_000)
	bhi, blo := bits.Mul64(uint64(of), uint64(share))
	return ahi < bhi || ahi == bhi && alo <= blo
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
