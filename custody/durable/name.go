package durable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// tempPrefix begins the names of files that are not finished.
	tempPrefix = ".tmp-"

	// lockName is the file that Lock holds. Replacing it would let a second
	// process in, so no other method writes or removes it.
	lockName = "lock"
)

// checkName accepts one plain path element: what looks the same on a screen,
// in a listing and on every file system that a folder may be copied to.
func checkName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("file name: wanted a name, found nothing")
	case len(name) > maxName:
		return fmt.Errorf("file name: wanted at most %d bytes, found %d", maxName, len(name))
	case !utf8.ValidString(name):
		return fmt.Errorf("file name %q: wanted valid UTF-8", name)
	case strings.HasPrefix(name, "."):
		return fmt.Errorf("file name %q: wanted no dot in front", name)
	case strings.ContainsAny(name, `/\`):
		return fmt.Errorf("file name %q: wanted a single path element, found a slash", name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("file name %q: wanted no control character", name)
	}
	return nil
}

// checkChange accepts the names that may be written or removed.
func checkChange(name string) error {
	if name == lockName {
		return fmt.Errorf("file name %q: kept for the lock of the folder", name)
	}
	return checkName(name)
}
