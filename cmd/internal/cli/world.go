package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// World is everything a command may learn or touch outside its arguments.
// Commands close over one World; tests build their own. Every field must be
// set.
type World struct {
	// Program names the running program in front of every message.
	Program string
	// Now reads the clock. A command reads it once and passes the value down.
	Now func() time.Time
	// Patience says how long is waited for what may take as long as most, before it
	// is given up: outside of tests just that.
	Patience func(most time.Duration) time.Duration
	// Rand is the operating system's randomness, read by io.ReadFull.
	Rand io.Reader
	// In, Out and Err are the standard streams.
	In       io.Reader
	Out, Err io.Writer
	// Env reads one environment variable. No secret ever comes from it.
	Env func(name string) string
	// FD gives the inherited descriptor of that number. Every call with one
	// number gives the same reader, so successive lines can be read from it.
	FD func(fd int) (io.Reader, error)
	// TTY opens the terminal that a person sits at, whatever the standard
	// streams are. The caller closes it.
	TTY func() (*os.File, error)
	// ErrWidth tells how many columns the terminal behind Err has; 0 when Err
	// is not a terminal.
	ErrWidth func() int
}

// ReadFile reads the named file, or In for "-". It refuses content longer than
// limit bytes and never holds more than one byte beyond it.
func (w World) ReadFile(name string, limit int64) ([]byte, error) {
	if name == "-" {
		return readAtMost("standard input", w.In, limit)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fileError(err)
	}
	defer f.Close()
	return readAtMost(name, f, limit)
}

func readAtMost(name string, r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fileError(err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s: wanted at most %d bytes, found more", name, limit)
	}
	return b, nil
}

// fileError puts the file's name first and leaves out the system call's name,
// which says nothing to a person.
func fileError(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Path, path.Err)
	}
	return err
}
