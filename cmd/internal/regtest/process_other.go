//go:build !linux

package regtest

import "syscall"

// dieWithUs knows no way on this system: the node ends with Stop and with the
// context only.
func dieWithUs() *syscall.SysProcAttr { return nil }
