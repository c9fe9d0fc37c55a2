package backup

import (
	"io/fs"
	"syscall"
)

// markOf tells what changes, or the file system lies, when a file does.
func markOf(info fs.FileInfo) mark {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return mark{}
	}
	return mark{Inode: s.Ino, Changed: s.Ctim.Nano()}
}
