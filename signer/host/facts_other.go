//go:build !linux

package host

import "runtime"

// Ask says which system this is. On one other than Linux every finding is
// unknown.
func Ask(home string) Facts { return Facts{System: runtime.GOOS, Home: home} }
