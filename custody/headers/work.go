package headers

import "math/big"

// targetOf expands a compact target. ok is false if it is zero, negative, wider
// than 256 bits, or not in the one form that compact writes.
func targetOf(bits uint32) (target *big.Int, ok bool) {
	exponent, mantissa := uint(bits>>24), int64(bits&0x007fffff)
	target = big.NewInt(mantissa)
	if exponent <= 3 {
		target.Rsh(target, 8*(3-exponent))
	} else {
		target.Lsh(target, 8*(exponent-3))
	}
	return target, target.Sign() > 0 && target.BitLen() <= 256 && compact(target) == bits
}

// compact writes a positive target in compact form: an exponent, and the three
// leading bytes of which the first bit is never set. The rest is cut off.
func compact(target *big.Int) uint32 {
	exponent := uint(target.BitLen()+7) / 8
	mantissa := new(big.Int)
	if exponent <= 3 {
		mantissa.Lsh(target, 8*(3-exponent))
	} else {
		mantissa.Rsh(target, 8*(exponent-3))
	}
	m := uint32(mantissa.Uint64())
	if m&0x00800000 != 0 {
		m >>= 8
		exponent++
	}
	return uint32(exponent)<<24 | m
}

// workOf returns the work that a header with this target proves: how many
// hashes it takes on average, 2^256 / (target + 1).
func workOf(target *big.Int) *big.Int {
	all := new(big.Int).Lsh(big.NewInt(1), 256)
	return all.Div(all, new(big.Int).Add(target, big.NewInt(1)))
}

// retarget returns the bits of the next period from those of the last one and
// the times of its first and last header: the target grows with the time
// taken, by a factor of 4 at most either way, and never above the limit.
func retarget(bits, first, last uint32, limit *big.Int) uint32 {
	taken := min(max(int64(last)-int64(first), periodSeconds/4), periodSeconds*4)
	target, ok := targetOf(bits)
	if !ok {
		panic("headers: a checked period has no target")
	}
	target.Mul(target, big.NewInt(taken))
	target.Div(target, big.NewInt(periodSeconds))
	if target.Cmp(limit) > 0 {
		target = limit
	}
	return compact(target)
}
