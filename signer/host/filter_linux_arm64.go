package host

import "golang.org/x/sys/unix"

const thisArch = unix.AUDIT_ARCH_AARCH64

// refusedHere lists the calls that only this processor's table has.
func refusedHere() []uint32 { return nil }
