package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// stage is a World whose every door a test can see.
type stage struct {
	World
	out, err *bytes.Buffer
	clock    time.Time
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{out: new(bytes.Buffer), err: new(bytes.Buffer), clock: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	s.World = World{
		Program:  "strongroom",
		Now:      func() time.Time { return s.clock },
		Rand:     strings.NewReader(""),
		In:       strings.NewReader(""),
		Out:      s.out,
		Err:      s.err,
		Env:      func(string) string { return "" },
		FD:       func(int) (io.Reader, error) { return nil, errors.New("descriptor 9: not open") },
		TTY:      func() (*os.File, error) { return nil, errors.New("/dev/tty: no such device or address") },
		ErrWidth: func() int { return 0 },
	}
	return s
}

// answers lets descriptor 3 hold the given bytes.
func (s *stage) answers(text string) {
	r := strings.NewReader(text)
	s.FD = func(fd int) (io.Reader, error) {
		if fd != 3 {
			return nil, errors.New("descriptor 9: not open")
		}
		return r, nil
	}
}

// same compares whole texts and shows both.
func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n--- want\n%s\n--- got\n%s", what, want, got)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
