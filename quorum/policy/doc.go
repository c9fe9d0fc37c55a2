// Package policy is the text that says who decides: the officers and their
// keys, the groups and roles they fill, the tiers, limits and delays of a
// vault. Every version is whole, never a delta, and names the hash of the one
// before it.
//
//	strongroom/policy@v1
//	vault acme-treasury
//	chain mainnet
//	clock full
//	version 1
//	previous 0000000000000000000000000000000000000000000000000000000000000000
//	origin-block 951552 00000000000000000001c3f4a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d8 17020f5e
//	wallet main active 9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab 2 3
//	cosigner main 1c3a5f77 governed signer-a
//	...
//	officer alice acme-ops Alice Example
//	signer alice namespaces="*.v1@strongroom" ssh-ed25519 AAAA...
//	group treasury alice bob carol dave erin
//	role propose treasury
//	tier small below 1.00000000 BTC window 144 cool 0 named
//	need small 2 treasury
//	...
//
// Parse reads the grammar, Check judges what the text says, and only a policy
// for which Check returns nothing may decide anything. A draft is the same text
// in which people, keys and wallets still stand as "none"; Unfilled lists what
// is missing and Check refuses it.
//
// Lines of one keyword are sorted bytewise, with three exceptions: tiers ascend
// by amount, velocity lines by window, and the need and clear lines of a tier or
// act stand directly behind it. Windows, delays and quiet periods are counted in
// credits of proof of work, about 144 a day.
//
// What follows "signer " is a line of OpenSSH's allowed_signers file
// (ssh-keygen(1), ALLOWED SIGNERS), so that a stock ssh-keygen can check every
// approval:
//
//	sed -n 's/^signer //p' policy-1.txt > roster
//	ssh-keygen -Y verify -f roster -I bob -n approve.v1@strongroom -s bob.sig < text
//
// Device and witness lines hold verifier keys as https://c2sp.org/signed-note
// writes them.
package policy
