//go:build !linux

package servertest

import "syscall"

// own makes a process the first of a group of its own, so that what it starts
// ends with it. This system knows no way to end it when we die.
func own() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// still says whether a process has stopped. This system is taken at its word.
func still(int) bool { return true }
