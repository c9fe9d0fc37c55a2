// Package quorum is who decides: what a proposal asks for, who signed it, and
// whether the policy lets it happen.
//
// A proposal is a canonical text that officers sign; nothing else needs their
// trust. There are ten kinds (see Kind): some move coins, one changes the policy,
// some stop things and let go again. This one asks for half a coin:
//
//	strongroom/proposal@v1
//	kind withdrawal
//	vault acme-treasury
//	chain regtest
//	genesis 0f34...
//	policy 1 0f34...
//	block 128 5f2c...
//	seen signer-a 3 y92E...
//	maker alice
//	salt 9f86d081884c7d659a2feaa0c55ad015
//	tier small
//	wallet main
//	pay 0.50000000 rBTC exchange-hot bcrt1q...
//	fee-max 0.00010000 rBTC
//	total 0.50010000 rBTC
//	bind outputs
//	replaces none
//	expires 2000
//	memo invoice 4411
//
// Judge is one pure function from what a machine knows (World) and what was
// brought to it (Submission) to a verdict. It runs in stages, in this order,
// and collects every reason of a stage before it stops:
//
//	B  the text itself: form, vault, chain, genesis
//	C  the world it names: policy, block, logs, expiry
//	D  signatures: whose, for which act, and whether each is good
//	E  what it asks for: destinations, tier, limits over all signers' logs
//	F  seats: a matching of people to the seats that it takes, and the watchers'
//	   clearances
//	G  cooling: how much work lies on top of the block at which it was recorded
//
// Stage A (opening the machine's own state), H (the transaction) and I (record,
// sign) belong to the signer. Only Judge makes a Permit, and only a Permit lets
// the signer go on: to begin a wait (Record) or to carry it out (Release).
//
// The policy is a chain (Policies). An amendment adopts the next version; every
// machine judges it for itself, and waits for itself, unless as many signers as
// can move coins have waited already. Follow is how a desk keeps up with them.
package quorum
