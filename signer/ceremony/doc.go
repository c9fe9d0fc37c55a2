// Package ceremony lays out what people do together with a wallet key: who
// meets, in which steps, and how the account of it is written, checked, signed
// and printed. It computes with values that are passed in and touches nothing
// secret but the words of a share, and those only where a sheet is to show them.
//
// A Plan is agreed on before anybody enters the room:
//
//	strongroom/ceremony@v1
//	vault acme-treasury
//	signer signer-a
//	chain mainnet
//	what make
//	place geneva
//	program 1310ca2c8932dbd118668bd97442558a3e1f546b5e15c69699dfbd6024f548d8
//	groups 2
//	group 2 geneva
//	group 2 oslo
//	holder 1 alice age1yubikey1...
//	...
//	entropy alice dice6
//	entropy dave cards
//	bits 128
//	administrator adam
//	witness wendy
//	person alice acme Alice Archer
//	...
//	key alice ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAeljdiF...
//	...
//	equipment laptop Lenovo X230, serial R9-XK123
//
// A plan for reshare or sign says in a line "from FINGERPRINT GENERATION" what
// is opened, and in lines "opener PERSON" by whom; one for import has openers
// who bring the key; one for sign has no shares but lines "proposal HASH". One for
// words has no shares either, but a line "device PERSON WORDS TEXT": the key made
// is a hardware wallet's, and stays with its holder alone. Lines "clear PERSON"
// name holders whose share may be printed in clear words.
// Check says why a plan should not be followed, and Script turns it into steps
// with room for times and initials.
//
// A Transcript says what happened, in lines of the plan's hash, commitments,
// shares as a record has them, and steps:
//
//	strongroom/transcript@v1
//	...
//	contribution alice dice6 131 089769eb75be9266...
//	...
//	step 8 2026-03-04T09:32:00Z alice entropy by alice, dice6
//	exception 9 2026-03-04T09:40:00Z wendy a card fell, the deck was shuffled again
//	present alice
//	...
//
// Against compares it with the plan. Everybody present signs it with act
// ceremony, which Signed and stock OpenSSH both check:
//
//	ssh-keygen -Y verify -f allowed_signers -I alice -n ceremony.v1@strongroom -s alice.sig < transcript.txt
//
// The printed pages are HTML of one file each, without scripts and without
// anything to load. The procedure follows that of the root zone's key signing
// ceremonies: https://www.iana.org/dnssec/ceremonies. Codes are QR (ISO/IEC
// 18004), words BIP-39's, shares SLIP-0039's in age files.
package ceremony
