// Package backup makes copies that are known to restore.
//
// A snapshot is one folder, read once and sealed once: tar, then zstd, then age
// to several recipients. The same ciphertext goes to every store, beside a
// signed manifest that says what it is. It opens without this program:
//
//	age -d -i id_ed25519 snapshot-000007-9f86d081884c7d65.tar.zst.age | zstd -d | tar x
//	sha256sum -c SHA256SUMS
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
//	taken 2026-11-21T20:50:00Z rtc
//	payload snapshot-000007-9f86d081884c7d65.tar.zst.age 123456 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//	sums 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 42
//	files 42
//	bytes 987654
//	recipient alice ssh-ed25519 SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg
//	recipient bob X25519 age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
//	maker backup-job
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
