package cli

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// PassphraseFD adds --passphrase-fd to a command that opens or makes something
// sealed, and returns where its value will be.
func PassphraseFD(cmd *cobra.Command) *int {
	return cmd.Flags().Int("passphrase-fd", NoFD, "read the passphrase from descriptor `N`, one line, instead of the terminal")
}

// Passphrase reads one line of 1 to 1,024 bytes without showing it: from the
// descriptor fd, or from the terminal for NoFD, there twice when a new
// passphrase is made. No error holds any of it. The caller wipes the result.
func (w World) Passphrase(fd int, prompt string, twice bool) ([]byte, error) {
	line, err := w.secret(fd, prompt, twice)
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w", err)
	}
	if len(line) == 0 {
		return nil, errors.New("passphrase: wanted at least one character, found none")
	}
	return line, nil
}

func (w World) secret(fd int, prompt string, twice bool) ([]byte, error) {
	if fd != NoFD {
		r, err := w.FD(fd)
		if err != nil {
			return nil, err
		}
		line, err := readLine(r, maxPassphrase)
		if err != nil {
			return nil, fmt.Errorf("wanted a line of at most %d bytes, %w", maxPassphrase, err)
		}
		return line, nil
	}
	tty, err := w.TTY()
	if err != nil {
		return nil, Hint(fmt.Errorf("found no terminal to ask at: %w", err), "add --passphrase-fd N to read it from descriptor N")
	}
	defer tty.Close()
	first, err := unseen(tty, prompt)
	if err != nil || !twice {
		return first, err
	}
	again, err := unseen(tty, prompt+", again")
	if err != nil {
		Wipe(first)
		return nil, err
	}
	defer Wipe(again)
	if subtle.ConstantTimeCompare(first, again) != 1 {
		Wipe(first)
		return nil, errors.New("wanted the same line twice, found two different ones")
	}
	return first, nil
}

// unseen asks one question at the terminal. The terminal is raw before the
// prompt appears, so that not even a key struck early is shown; with that the
// line's editing is ours: erase, erase all, end of input, interrupt.
func unseen(tty *os.File, prompt string) ([]byte, error) {
	fd := int(tty.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, fmt.Errorf("wanted a terminal to ask at, found another file: %w", err)
	}
	defer func() { _ = term.Restore(fd, before) }() // the shell sets it again in any case
	if _, err := io.WriteString(tty, harmless(prompt)+": "); err != nil {
		return nil, fileError(err)
	}
	line, err := readKeys(tty, maxPassphrase)
	_, _ = io.WriteString(tty, "\r\n") // the person's own line feed was not shown
	if err != nil {
		return nil, fmt.Errorf("wanted a line of at most %d bytes, %w", maxPassphrase, err)
	}
	return line, nil
}

// What the keys send on a raw terminal.
const (
	keyInterrupt = 0x03 // Ctrl-C
	keyEnd       = 0x04 // Ctrl-D
	keyBackspace = 0x08
	keyEraseAll  = 0x15 // Ctrl-U
	keyDelete    = 0x7f // what most keyboards send for backspace
)

var (
	errInterrupted = errors.New("found an interrupt")
	errControl     = errors.New("found a key that is no character")
)

// readKeys reads the keys of one line into one buffer that never moves. A key
// that is no character, such as an arrow, is refused: it would become part of
// a secret that nobody can type again.
func readKeys(r io.Reader, limit int) ([]byte, error) {
	line := make([]byte, 0, limit)
	key := make([]byte, 1)
	defer Wipe(key)
	for {
		if _, err := io.ReadFull(r, key); err != nil {
			Wipe(line)
			return nil, errLineEnd
		}
		switch k := key[0]; {
		case k == '\r' || k == '\n':
			return line, nil
		case k == keyBackspace || k == keyDelete:
			_, n := utf8.DecodeLastRune(line)
			line = line[:len(line)-n]
		case k == keyEraseAll:
			line = line[:0]
		case k < ' ' || len(line) == limit:
			Wipe(line[:cap(line)])
			return nil, keyError(k)
		default:
			line = append(line, k)
		}
	}
}

func keyError(k byte) error {
	switch {
	case k == keyInterrupt:
		return errInterrupted
	case k == keyEnd:
		return errLineEnd
	case k < ' ':
		return errControl
	}
	return errLineLong
}
