package servertest

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// own makes a process the first of a group of its own, so that what it starts
// ends with it, and has the kernel end it when the thread that started it ends,
// which is when we do: a test that panics leaves no server behind.
func own() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// still says whether every thread of a process has stopped. The signal returns
// before it has: a thread on another processor can still finish an answer.
func still(pid int) bool {
	threads, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/stat")
	if err != nil || len(threads) == 0 {
		return false
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if os.IsNotExist(err) {
			continue // a thread that ended before it was stopped
		}
		_, state, _ := bytes.Cut(stat, []byte(") ")) // the name before it may hold anything
		if err != nil || !bytes.HasPrefix(state, []byte("T")) {
			return false
		}
	}
	return true
}
