package host

import "golang.org/x/sys/unix"

const thisArch = unix.AUDIT_ARCH_X86_64

// refusedHere lists the calls that only this processor's table has.
func refusedHere() []uint32 {
	return []uint32{unix.SYS_FORK, unix.SYS_VFORK, unix.SYS_MKNOD, unix.SYS_USELIB, unix.SYS_IOPL, unix.SYS_IOPERM, unix.SYS_MODIFY_LDT}
}
