package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ErrLocked reports a folder that another process (or another Lock of this one)
// holds.
var ErrLocked = errors.New("locked")

// Lock is the right of one process to change a folder. It ends with Close, or
// with the process, however that ends.
type Lock struct {
	file *os.File
}

// Lock takes the folder for this process, by flock(2) on the file "lock" in it,
// and never waits: if somebody holds it the error is ErrLocked and names the
// process. The file holds the process number, for people, and stays.
//
// Its steps don't pass the fault hook: nothing in that file has to survive.
func (d *Dir) Lock() (*Lock, error) {
	if err := d.ready(lockName, checkName); err != nil {
		return nil, err
	}
	file, err := d.openLock()
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("%w by %s", ErrLocked, holder(file))
	} else if err == nil {
		err = sign(file)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", d.path, bare(err)), file.Close())
	}
	return &Lock{file: file}, nil
}

// openLock opens the lock file, or makes it. It must be a regular file and not a
// link to one: two names for one folder must not mean two locks.
func (d *Dir) openLock() (*os.File, error) {
	for range maxOpenTries {
		file, _, err := d.openRegular(lockName, os.O_RDWR)
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
		file, err = d.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, d.fail(lockName, "create", err)
		}
	}
	return nil, fmt.Errorf("%s: came and went %d times while it was opened", d.at(lockName), maxOpenTries)
}

// sign writes our process number into the lock file.
func sign(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// holder says who holds the lock, as far as the lock file tells.
func holder(file *os.File) string {
	b := make([]byte, maxLockText)
	n, _ := file.ReadAt(b, 0) // an unreadable number is just an unknown one
	pid, err := strconv.ParseUint(strings.TrimSpace(string(b[:n])), 10, 32)
	if err != nil {
		return "another process"
	}
	return fmt.Sprintf("process %d", pid)
}

// Close lets the folder go. A second Close does nothing.
func (l *Lock) Close() error {
	if l == nil || l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	return file.Close()
}
