//go:build !linux

package story

import "syscall"

// dieWithUs asks for nothing: only Linux ends a process with its parent.
func dieWithUs() *syscall.SysProcAttr { return nil }

// withoutTerminal asks for nothing: systems differ in how that is said.
func withoutTerminal() *syscall.SysProcAttr { return nil }
