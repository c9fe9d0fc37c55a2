package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

func TestSystemKeepsADescriptorBetweenQuestions(t *testing.T) {
	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() { _, _ = io.WriteString(pipe, "one\ntwo\n"); _ = pipe.Close() }()
	fd, err := unix.Dup(int(r.Fd())) // inherited: the World alone owns it
	if err != nil {
		t.Fatal(err)
	}
	w := System()
	w.Err = io.Discard
	for _, want := range []string{"one", "two"} {
		if err := w.Confirm(fd, "type it", want); err != nil {
			t.Error(err)
		}
	}
	for fd, want := range map[int]string{
		1: "descriptor 1: wanted 0, or 3 and above", 2: "descriptor 2: wanted 0, or 3 and above",
		-7: "descriptor -7: wanted 0, or 3 and above", 987: "descriptor 987: not open",
	} {
		_, err := w.FD(fd)
		same(t, "descriptor", errText(err), want)
	}
}

// A disk that is full ends the report early; the command itself did not look.
func TestReportThatCouldNotBeWrittenIsNoSuccess(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	s := newStage(t)
	s.Out = &firstError{w: full}
	if exit := Main(s.World, tree(s.World), []string{"backup", "run"}); exit != Failed {
		t.Errorf("exit: wanted %d, found %d", Failed, exit)
	}
	same(t, "err", s.err.String(), "strongroom: error: /dev/full: no space left on device\n")
}

// The terminal tests run on a real pseudo terminal: the person's side is the
// master, the program's side is what World.TTY opens.
func TestPassphraseIsNotShownOnTheTerminal(t *testing.T) {
	for _, c := range []struct{ name, first, again, want, err, screen string }{
		{"same twice", "tr0ub4dor\n", "tr0ub4dor\n", "tr0ub4dor", "", "new passphrase: \r\nnew passphrase, again: \r\n"},
		{"two different", "tr0ub4dor\n", "tr0ub4dar\n", "", "passphrase: wanted the same line twice, found two different ones", "new passphrase: \r\nnew passphrase, again: \r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, person := atTerminal(t)
			screen := make(chan string)
			go func() {
				seen := person.until("new passphrase: ")
				person.types(c.first)
				seen += person.until("again: ")
				person.types(c.again)
				screen <- seen + person.until("\r\n")
			}()
			got, err := s.Passphrase(NoFD, "new passphrase", true)
			same(t, "screen", <-screen, c.screen)
			same(t, "error", errText(err), c.err)
			same(t, "passphrase", string(got), c.want)
		})
	}
}

func TestConfirmAtTheTerminalShowsWhatIsTyped(t *testing.T) {
	s, person := atTerminal(t)
	screen := make(chan string)
	go func() {
		seen := person.until("amount: ")
		person.types("12.5 BTC\n")
		screen <- seen + person.until("\n")
	}()
	if err := s.Confirm(NoFD, "type the\x1b[2J amount", "12.5 BTC"); err != nil {
		t.Error(err)
	}
	same(t, "screen", <-screen, `type the\x1b[2J amount: 12.5 BTC`+"\r\n")
}

// person sits at the other side of a pseudo terminal.
type person struct {
	t *testing.T
	f *os.File
	r *bufio.Reader
}

func atTerminal(t *testing.T) (*stage, *person) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetUint32(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	open := func() (*os.File, error) {
		return os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	held, err := open() // a terminal outlives one question
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { held.Close() })
	if !term.IsTerminal(int(held.Fd())) {
		t.Fatal("wanted a terminal, found something else")
	}
	s := newStage(t)
	s.TTY = open
	return s, &person{t, master, bufio.NewReader(master)}
}

// until reads the screen up to and with the given text.
func (p *person) until(end string) string {
	var seen strings.Builder
	for !strings.HasSuffix(seen.String(), end) {
		b, err := p.r.ReadByte()
		if err != nil {
			p.t.Errorf("screen: wanted %q, found %q and %v", end, seen.String(), err)
			return seen.String()
		}
		seen.WriteByte(b)
	}
	return seen.String()
}

func (p *person) types(line string) {
	if _, err := io.WriteString(p.f, line); err != nil {
		p.t.Error(err)
	}
}

// Words are completed, and none of their letters is shown.
func TestWordsAreNotShownOnTheTerminal(t *testing.T) {
	s, person := atTerminal(t)
	screen := make(chan string)
	go func() {
		seen := person.until("word 1: ")
		person.types("aba ")
		seen += person.until("word 2: ")
		person.types("ACTI\n")
		screen <- seen + person.until("\r\n")
	}()
	got, err := s.Words(NoFD, "the words of a share", someWords)
	same(t, "screen", <-screen, "the words of a share\r\nFour letters of a word will do. Space: the next word; Enter: the end.\r\n"+
		"\r\x1b[Kword 1: \r\x1b[Kword 2: \r\x1b[Kword 3: \r\n")
	same(t, "error", errText(err), "")
	same(t, "words", string(got), "abandon action")
}
