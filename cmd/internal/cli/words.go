package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// Whole returns the word that was meant by what was typed: itself if it is a
// word, or the only one that begins with it. Otherwise there is no word, and the
// candidates are those that begin with it, which may be none. list returns the
// words of a list that begin with a prefix, the prefix itself first if it is one.
func Whole(list func(prefix []byte) []string, typed []byte) (word string, candidates []string) {
	if len(typed) == 0 {
		return "", nil
	}
	candidates = list(typed)
	if len(candidates) == 1 || len(candidates) > 0 && candidates[0] == string(typed) {
		return candidates[0], nil
	}
	return "", candidates
}

// Words reads words of a list and returns them with single spaces, without
// showing any. From the descriptor fd it is one line, as it stands. At the
// terminal a word may be left off behind the letter that tells it from all
// others; a space or Enter completes it, and what is no word is told by its
// place and typed again. No error holds any of it. The caller wipes the result.
func (w World) Words(fd int, prompt string, list func(prefix []byte) []string) ([]byte, error) {
	line, err := w.words(fd, prompt, list)
	if err != nil {
		return nil, fmt.Errorf("words: %w", err)
	}
	if len(line) == 0 {
		return nil, errors.New("words: wanted at least one, found none")
	}
	return line, nil
}

func (w World) words(fd int, prompt string, list func([]byte) []string) ([]byte, error) {
	if fd != NoFD {
		return w.secret(fd, prompt, false)
	}
	tty, err := w.TTY()
	if err != nil {
		return nil, Hint(fmt.Errorf("found no terminal to ask at: %w", err), "add --passphrase-fd N to read it from descriptor N")
	}
	defer tty.Close()
	return unseenWords(tty, prompt, list)
}

// unseenWords asks at a terminal that is raw, as unseen does.
func unseenWords(tty *os.File, prompt string, list func([]byte) []string) ([]byte, error) {
	fd := int(tty.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, fmt.Errorf("wanted a terminal to ask at, found another file: %w", err)
	}
	defer func() { _ = term.Restore(fd, before) }() // the shell sets it again in any case
	if _, err := io.WriteString(tty, harmless(prompt)+"\r\nFour letters of a word will do. Space: the next word; Enter: the end.\r\n"); err != nil {
		return nil, fileError(err)
	}
	line, err := readWords(tty, tty, list)
	_, _ = io.WriteString(tty, "\r\n") // the person's own line feed was not shown
	if err != nil {
		return nil, fmt.Errorf("wanted words of at most %d bytes, %w", maxPassphrase, err)
	}
	return line, nil
}

// typing is words on their way: those that are complete, each with a space
// behind it, and the letters of the one that is not.
type typing struct {
	list    func([]byte) []string
	done    []byte
	letters []byte
	say     io.Writer
}

// readWords reads keys up to Enter. Its two buffers never move.
func readWords(keys io.Reader, say io.Writer, list func([]byte) []string) (_ []byte, err error) {
	t := &typing{list: list, done: make([]byte, 0, maxPassphrase), letters: make([]byte, 0, maxPassphrase), say: say}
	key := make([]byte, 1)
	defer func() {
		Wipe(key)
		Wipe(t.letters[:cap(t.letters)])
		if err != nil {
			Wipe(t.done[:cap(t.done)])
		}
	}()
	t.ask("")
	for {
		if _, err := io.ReadFull(keys, key); err != nil {
			return nil, errLineEnd
		}
		end, err := t.press(key[0])
		if err != nil {
			return nil, err
		}
		if end {
			return bytes.TrimSuffix(t.done, []byte{' '}), nil
		}
	}
}

// press takes one key and says whether it ends the words.
func (t *typing) press(k byte) (end bool, err error) {
	switch {
	case k == '\r' || k == '\n':
		return t.complete(), t.full()
	case k == ' ':
		t.complete()
	case k == keyBackspace || k == keyDelete:
		t.erase()
	case k == keyEraseAll:
		t.done, t.letters = t.done[:0], t.letters[:0]
		t.ask("")
	case k < ' ':
		return false, keyError(k)
	default:
		t.letters = append(t.letters, lowerCase(k))
	}
	return false, t.full()
}

// full refuses more than the buffers hold with the longest word behind it.
func (t *typing) full() error {
	if len(t.done)+len(t.letters) > maxPassphrase-maxWord {
		return errLineLong
	}
	return nil
}

// complete takes the letters as a word, and says whether they were one, or none
// were typed.
func (t *typing) complete() bool {
	if len(t.letters) == 0 {
		return true
	}
	word, candidates := Whole(t.list, t.letters)
	switch {
	case word != "":
		t.done = append(append(t.done, word...), ' ')
		t.letters = t.letters[:0]
		t.ask("")
		return true
	case len(candidates) > 0:
		t.ask(", which begins like others: another letter")
	default:
		t.letters = t.letters[:0]
		t.ask(" is in no list, type it again")
	}
	return false
}

// erase takes back a letter, or the whole last word where there is none.
func (t *typing) erase() {
	if len(t.letters) > 0 {
		t.letters = t.letters[:len(t.letters)-1]
		return
	}
	if len(t.done) > 0 {
		t.done = t.done[:bytes.LastIndexByte(t.done[:len(t.done)-1], ' ')+1]
	}
	t.ask("")
}

// ask says which word is next, on one line, and rings when something is wrong
// with it.
func (t *typing) ask(wrong string) {
	bell := ""
	if wrong != "" {
		bell = "\a"
	}
	fmt.Fprintf(t.say, "\r\x1b[Kword %d%s%s: ", bytes.Count(t.done, []byte{' '})+1, wrong, bell)
}

func lowerCase(k byte) byte {
	if k >= 'A' && k <= 'Z' {
		return k + 'a' - 'A'
	}
	return k
}
