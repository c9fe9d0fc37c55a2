package durable

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// SyncAll makes all that was written on the file system of a folder durable at
// once: for whoever wrote many files there that need no order among themselves.
func SyncAll(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := errors.Join(unix.Syncfs(int(f.Fd())), f.Close()); err != nil {
		return fmt.Errorf("%s: sync: %w", path, err)
	}
	return nil
}
