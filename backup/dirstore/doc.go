// Package dirstore is a store (package backup) in a folder: a mounted disk, a
// memory stick, a share.
//
// Each object is one file under its own name, and beside it NAME.sha256 in the
// form that "sha256sum -c" reads, so that a copy can be checked by anybody:
//
//	snapshot-000007-9f86d081884c7d65.tar.zst.age
//	snapshot-000007-9f86d081884c7d65.tar.zst.age.sha256
//
// A folder has no object lock. Who can write it can remove all of it; keep one
// such copy where only few can write.
package dirstore
