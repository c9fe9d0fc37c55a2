// Package signertest makes whole vaults for tests: officers with keys in
// memory, a policy that all of them consented to, three signers with homes on
// disk, a chain of regtest blocks and coins on it. Everything is made by the
// programs' own functions, nothing is faked but the cost of the passphrase.
//
// A scenario reads as people would tell it:
//
//	v := signertest.New(t)
//	v.Fund(1_0000_0000)
//	order := v.Order()                                // alice asks, bob and carol approve
//	answer := v.Signer("signer-a").Release(v.Bundle(order))
//
// The same test makes the same vault each time: keys, salts and sessions come
// from one seeded generator. Failures repeat.
package signertest
