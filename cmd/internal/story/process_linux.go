package story

import "syscall"

// dieWithUs makes the kernel end the process when the thread that started it
// ends: nothing is left behind by a story that was killed.
func dieWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setsid: true}
}

// withoutTerminal takes the audience's terminal away: what a program asks and
// the story does not answer is an error, and nobody in the audience is asked.
func withoutTerminal() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
