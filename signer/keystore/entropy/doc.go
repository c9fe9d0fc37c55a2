// Package entropy lets several people make the entropy of one key, so that it
// is good if any one of them, or the machine, is honest, and so that it can be
// proven later what the key was made of.
//
// A contribution is what one person rolled, flipped or drew. It is secret and
// never written to a disk:
//
//	strongroom/contribution@v1
//	vault acme-treasury
//	signer signer-a
//	person alice
//	source dice6
//	value 41532664123556143246513262514431265234516236145263
//
// Its commitment is the SHA-256 of these lines as sha256sum prints it, so that
// alice may compute hers on any machine that she trusts. The commitments of a
// round, the machine's first, stand in the transcript before anybody enters a
// roll:
//
//	strongroom/commitments@v1
//	vault acme-treasury
//	signer signer-a
//	least 128
//	system 3b0c...
//	person alice 9a41...
//	person bob c702...
//
// # Mixing
//
//	S     32 bytes that the machine draws           C0 = SHA-256("strongroom/system-entropy@v1" LF S)
//	K     the contributions, in the list's order    Ci = SHA-256(contribution i)
//	T     SHA-256 of the list of commitments
//	F     HKDF-SHA256(key K, salt T, info "strongroom/seed@v1"), 32 bytes
//	seed  S XOR F
//
// Why one honest source is enough, taking SHA-256 and HKDF as random functions,
// which is how HKDF is commonly argued about when its salt hangs together with
// its key:
//
//   - If S is drawn well, everything else was chosen by people who know at most
//     C0. F is then a value that does not depend on S but through C0, from which
//     S is found only by trying 2^256 of them; S XOR F is as uniform as S,
//     whatever the others did.
//   - If one person's rolls can't be guessed, nobody, the machine included, can
//     evaluate F before they are revealed, and S was fixed by then. A machine
//     that draws S badly or maliciously gets a seed that it could not choose.
//     128 bits a person make guessing as hard as breaking a key of the curve,
//     though the commitment is public and has no salt.
//
// Why it can be audited: whoever holds the seed and all contributions computes
// S = seed XOR F, and SHA-256 of it must be C0. A machine that left out or
// changed a contribution, or took another S, would have to find a second input
// to SHA-256 with the same C0. The transcript alone tells nobody anything: it
// holds hashes of what has 128 bits or more.
//
// What it can't show: that a machine does not keep or send the seed, and that
// no round was thrown away because its seed did not please. The machine sees
// the seed only after it is bound, so all it could do is begin again; every
// round that was begun therefore belongs in the transcript, also those that
// were abandoned.
//
// # Checking with stock tools
//
// On a machine that is air-gapped, in a folder that lives in memory, with the
// list of commitments, the contributions in the list's order and the seed in
// hex (the 32 bytes that the shares rebuild). The last line must print the list's
// system commitment. The key of openssl is an argument and so may have 128 KiB,
// which is fifteen people's files of 4 KiB.
//
//	T=$(sha256sum < commitments.txt | cut -c 1-64)
//	K=$(cat $(sed -n 's/^person \([^ ]*\) .*/\1.txt/p' commitments.txt) | od -An -v -tx1 | tr -d ' \n')
//	F=$(openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:$K -kdfopt hexsalt:$T -kdfopt info:strongroom/seed@v1 HKDF | tr -d ':\n')
//	seed=$(cat seed.hex)
//	for i in $(seq 1 2 63); do
//		a=$(echo $seed | cut -c $i-$((i + 1))) b=$(echo $F | cut -c $i-$((i + 1)))
//		printf "\\$(printf %03o $((0x$a ^ 0x$b)))"
//	done > system.bin
//	{ echo strongroom/system-entropy@v1; cat system.bin; } | sha256sum
//
// # What the tests of rolls can't catch
//
// They find a die that always falls on a few faces, a keyboard played like a
// piano, rolls copied from elsewhere in the same contribution or from another
// person, and many rolls made up without repeats. They cannot tell chance from
// what only looks like it: digits of pi, a list from a book, the output of a
// program, rolls that somebody else chose beforehand or watched. They see a
// die's bias only when it is large: of 50 rolls a face must come up 27 times to
// be refused. Somebody who makes rolls up with care passes, and 50 rolls are so
// few that somebody without care may only be suspect. That is why nobody's
// contribution alone makes the seed.
//
// The self-test of the generator catches one that is stuck, short, biased or
// simple; a generator that was built to be guessed by its maker passes it.
//
// Standards: RFC 5869 (HKDF), NIST SP 800-90B 4.4 (health tests).
package entropy
