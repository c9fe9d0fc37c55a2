// Package backup makes copies that are known to restore.
//
// A snapshot is one folder, read once and sealed once: tar, then zstd, then age
// to one group of people, or to two groups in two layers, so that no single
// person can open it. Big files are sealed by themselves, others together in
// packs, in segments that the next snapshot names again for what did not change.
// The same ciphertext goes to every store, beside a signed manifest that says what
// it is.
//
// A segment's payload and its age headers are objects of their own, since a
// header can be wrapped anew for other people while the payload stays where it
// is locked. It opens without this program, segment by segment:
//
//	cat header-R-1-H.age payload-R.age-payload | age -d -i id_ed25519 | zstd -d | tar x
//	sha256sum -c SHA256SUMS && rm -rf .packed
//
// and with two layers, where the header of the inner one is an age file for the
// outer group:
//
//	{ age -d -i outer.key header-R-2-H.age
//	  cat header-R-1-H.age payload-R.age-payload | age -d -i outer.key
//	} | age -d -i inner.key | zstd -d | tar x
//
// The machine that does this holds no key that opens what it ships. A manifest
// is a canonical text (package text), signed by SSHSIG with act "manifest", and
// names the one before it:
//
//	strongroom/manifest@v1
//	vault acme-treasury
//	chain mainnet
//	number 7
//	previous 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea
//	block 907000 00000000000000000001e1b1...
//	taken 2026-11-21T20:50:00Z rtc
//	recipient 1 alice ssh-ed25519 SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg
//	segment payload-0123...cdef.age-payload 20000000 9f86... 8388608 6030... 3f79...
//	header 1 header-0123...cdef-1-aaaaaaaaaaaaaaaa.age 219 aaaa...
//	canary none
//	sums 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 42
//	links 0
//	bytes 987654
//	torn 0
//	maker backup-job
//
// A segment line names the payload, its bytes, their SHA-256, the bytes of a
// part, the SHA-256 of the parts' SHA-256s (what S3 tells of an upload in
// parts) and the root of the RFC 6962 tree over them.
//
// "rtc" says that the time is the machine's clock and proves nothing.
//
// How well a copy is known has a name, from V0 (it is listed) to V5 (it was
// restored and its content judged). Only V5 is a drill; its certificate is a
// text too, signed by those present, and expires.
//
// Formats: https://age-encryption.org/v1, RFC 8878 (zstd), POSIX.1-2001 (pax),
// sha256sum of GNU coreutils.
package backup
