// Package durable keeps files that survive: what it wrote before a crash, a
// power cut or a full disk is still there afterwards, whole, under its name.
//
// A folder is opened once, as a [Dir], and everything happens inside it through
// [os.Root]: no name can lead out of it, and no symbolic link is followed.
// There are four ways to write, none of which shows a half-written file:
//
//   - [Dir.WriteFile] replaces: the name holds the old bytes or the new ones;
//   - [Dir.WriteNew] never replaces: for records and everything that is
//     addressed by its content;
//   - [Dir.WriteStream] is WriteNew for what is too big for memory;
//   - [Dir.WriteChecked] is WriteStream for what is kept and hardly read: it
//     leaves the page cache out, and has all bytes read back from the disk.
//
// Each goes the same way. For `checkpoint` it looks like this on disk:
//
//	.tmp-4711-1    created, written, fsync
//	checkpoint     rename (or link, when it must not replace)
//	.              fsync of the folder, so that the name survives too
//
// What a crash leaves behind starts with ".tmp-": [Dir.List] doesn't show it and
// [Dir.Clean] removes it.
//
// Every step that changes the disk first asks an optional hook ([Fault]), so
// that a test can stop a program before step n, for every n, and look at what
// remains. A home belongs to one process at a time: [Dir.Lock].
//
// Files are made with mode 0600, folders with 0700. The package needs a Unix:
// it relies on flock(2), and on fsync(2) of folders.
package durable
