// Package bucket is a place for a registry (package registry) behind a network: a
// bucket that desks and officers on many machines write to at the same time. Keys
// are the paths that a folder would have, behind a prefix:
//
//	acme/texts/SHA256
//	acme/logs/SIGNER/entries/NNNNNN
//
// It asks little of a bucket: that of several who create one key only one does,
// and that reading a key by its exact name is never late. Lists may be late:
// nothing is written, and nothing taken for missing, by a list alone.
//
// Nothing is ever replaced. Where the bucket keeps versions, what counts for a key
// is the content that its name stands for, or the first one it was given: who puts
// other bytes over it, or a delete marker, hides nothing, and is told of.
//
// What was read once is remembered in a folder of this machine, by the same paths,
// and compared with its name whenever it is read again.
package bucket
