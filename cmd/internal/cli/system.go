package cli

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/term"
)

// System returns the real World. Only main calls it, once.
func System() World {
	return World{
		Program:  filepath.Base(os.Args[0]),
		Now:      time.Now,
		Patience: func(most time.Duration) time.Duration { return most },
		Rand:     rand.Reader,
		In:       os.Stdin,
		Out:      &firstError{w: os.Stdout},
		Err:      os.Stderr,
		Env:      os.Getenv,
		FD:       inherited(),
		TTY:      openTTY,
		ErrWidth: func() int { return columns(os.Stderr) },
	}
}

// inherited gives descriptors by number and keeps each one it gave: the
// runtime closes an unreachable *os.File, and with it the rest of the answers.
func inherited() func(int) (io.Reader, error) {
	var mu sync.Mutex
	given := map[int]*os.File{0: os.Stdin}
	return func(fd int) (io.Reader, error) {
		if fd < 0 || fd == 1 || fd == 2 {
			return nil, fmt.Errorf("descriptor %d: wanted 0, or 3 and above", fd)
		}
		mu.Lock()
		defer mu.Unlock()
		if f, ok := given[fd]; ok {
			return f, nil
		}
		f := os.NewFile(uintptr(fd), fmt.Sprintf("descriptor %d", fd))
		if f == nil {
			return nil, fmt.Errorf("descriptor %d: not open", fd)
		}
		given[fd] = f
		if _, err := f.Stat(); err != nil {
			return nil, fmt.Errorf("descriptor %d: not open", fd)
		}
		return f, nil
	}
}

func openTTY() (*os.File, error) {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, fileError(err)
	}
	return f, nil
}

func columns(f *os.File) int {
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil || os.Getenv("TERM") == "dumb" {
		return 0
	}
	return n
}

// firstError remembers the first failed write, so that a report cut short by a
// full disk does not end as success.
type firstError struct {
	w   io.Writer
	mu  sync.Mutex
	err error
}

func (f *firstError) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.w.Write(b)
	f.err = err
	return n, err
}

// Err tells the first failed write; Main asks for it.
func (f *firstError) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}
