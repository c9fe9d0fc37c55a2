//go:build !linux

package durable

import (
	"errors"
	"os"
)

// bypassCache is not possible here: everything goes through the page cache.
func bypassCache(_ *os.File, on bool) error {
	if on {
		return errors.ErrUnsupported
	}
	return nil
}
