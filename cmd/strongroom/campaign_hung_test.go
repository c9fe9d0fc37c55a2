package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"strongroom/cmd/internal/cli"
)

// hungMounts is the program on a machine whose mounts lost their server: reading a
// whole block of a file hangs in the kernel, for ever and whoever asks. It waits three
// seconds where the real one waits minutes.
func hungMounts() {
	if err := hangReads(1 << 20); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	w := cli.System()
	w.Program, w.Patience = "strongroom", func(most time.Duration) time.Duration { return max(most/100, 3*time.Second) }
	os.Exit(cli.Main(w, root(w), os.Args[1:]))
}

// hangReads has every pread of so many bytes or more wait for a supervisor that never
// answers. That takes no privilege.
func hangReads(from uint32) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	const number, third = 0, 16 + 2*8 // in what the filter is shown: the call, and its third argument
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 3, K: unix.SYS_PREAD64},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: third},
		{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, Jf: 1, K: from},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_TSYNC | unix.SECCOMP_FILTER_FLAG_TSYNC_ESRCH
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program))); errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil // the listener stays open, and nobody reads it
}
