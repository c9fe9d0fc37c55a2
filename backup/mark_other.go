//go:build !linux

package backup

import "io/fs"

// markOf knows no such thing here: every file is read again.
func markOf(fs.FileInfo) mark { return mark{} }
