package host

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The three calls below have no name in the libraries and take structures by
// address. This is the one file of the project that may do that.

// errCgo tells that threads may exist which the runtime doesn't know.
var errCgo = errors.New("not in a binary with cgo: build with CGO_ENABLED=0")

// allThreads makes one call on every thread. The runtime ends the program when
// their answers differ, so only calls that all threads answer alike come here.
func allThreads(trap, a, b, c, d, e uintptr) error {
	_, _, errno := syscall.AllThreadsSyscall6(trap, a, b, c, d, e, 0)
	if errno == unix.ENOTSUP {
		return errCgo
	}
	if errno != 0 {
		return errno
	}
	return nil
}

// seccomp installs a filter for every thread of the process.
func seccomp(filter []unix.SockFilter) error {
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	tid, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return errno
	}
	if tid != 0 {
		return fmt.Errorf("want the filter on every thread, found thread %d with another", tid)
	}
	return nil
}

// landlockABI asks for the version that the kernel has.
func landlockABI() (int, error) {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, errno
	}
	return int(abi), nil
}

// landlockRuleset makes a rule set, which is a file without a name.
func landlockRuleset(attr unix.LandlockRulesetAttr) (*os.File, error) {
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return nil, errno
	}
	return os.NewFile(fd, "landlock"), nil
}

// landlockRule allows what lies below an opened path. The kernel's structure
// is packed: the four bytes of padding at the end of ours are not read.
func landlockRule(ruleset *os.File, rule unix.LandlockPathBeneathAttr) error {
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, ruleset.Fd(), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
