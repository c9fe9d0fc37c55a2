package cli

import (
	"errors"
	"fmt"
	"io"
)

// errLineEnd tells that the input ended before the line did.
var errLineEnd = errors.New("found the end of the input")

// errLineLong tells that a line has more bytes than allowed.
var errLineLong = errors.New("found a longer line")

// readLine reads one line of at most limit bytes, without its line feed. It
// reads byte by byte, so that the next line is still there for the next
// question, and into one buffer that never moves, so that it can be wiped. On
// an error the buffer is wiped and nothing is returned.
func readLine(r io.Reader, limit int) ([]byte, error) {
	line := make([]byte, 0, limit)
	next := make([]byte, 1)
	defer Wipe(next)
	for {
		_, err := io.ReadFull(r, next)
		switch {
		case errors.Is(err, io.EOF):
			Wipe(line)
			return nil, errLineEnd
		case err != nil:
			Wipe(line)
			return nil, fmt.Errorf("found a failing input: %w", err)
		case next[0] == '\n':
			return line, nil
		case len(line) == limit:
			Wipe(line)
			return nil, errLineLong
		}
		line = append(line, next[0])
	}
}

// Wipe overwrites a secret. It is best effort: the garbage collector does not
// move these buffers, but a library may have made copies of its own.
func Wipe(b []byte) { clear(b) }
