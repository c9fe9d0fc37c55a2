package regtest

import "syscall"

// dieWithUs makes the kernel end the process when the thread that started it
// ends, which is when we do: a test that panics leaves no node behind.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
