package durable

import (
	"os"

	"golang.org/x/sys/unix"
)

// bypassCache says whether reads and writes of a file leave the page cache out:
// O_DIRECT. The memory must lie as disks want it; that of a large slice does.
func bypassCache(f *os.File, on bool) error {
	fd := f.Fd()
	flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
	if err != nil {
		return err
	}
	flags &^= unix.O_DIRECT
	if on {
		flags |= unix.O_DIRECT
	}
	_, err = unix.FcntlInt(fd, unix.F_SETFL, flags)
	return err
}
