// Package auditlog keeps a device's records in a Merkle log: an append-only list
// of entries whose every state is pinned by one small signed note, so that
// nobody, the device included, can later take an entry out or slip one in
// without two signed notes that contradict each other.
//
// The tree is that of RFC 6962 (section 2.1): a leaf is SHA-256 of a zero byte
// and the entry, a node SHA-256 of a one byte and its two children. The note is
// a C2SP tlog-checkpoint, an Ed25519 signed note (https://c2sp.org/signed-note,
// https://c2sp.org/tlog-checkpoint). Its text is three lines: the origin, which
// is VAULT/SIGNER and also the name of the key, the number of entries, and the
// root in base64:
//
//	acme-treasury/signer-a
//	5
//	y92ELf5KOekNFaRuRHJfLI1bL5ZGX3uq42EH6aH04v0=
//
//	— acme-treasury/signer-a t7U4Q4Vnexf...
//
// On disk a log is a folder that stock tools can check: entries are plain files,
// numbered from zero, six digits or more, and the note lies beside them:
//
//	checkpoint
//	entries/000000
//	entries/000001
//	...
//
// Other files may lie beside `checkpoint`, none among the entries.
//
// A [Log] writes that folder. Everyone else holds a [Proven], which exists only
// for entries that a checkpoint of the right key covers to the last byte: made
// from a folder by [Read], or by [Prove] from the two files that travel, the
// checkpoint and the entries in one ([EncodeEntries]). A single entry is shown
// to be in a log by a C2SP tlog-proof ([OpenProof]).
package auditlog
