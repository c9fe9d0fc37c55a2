package cli

import (
	"strings"
	"testing"
)

func TestConfirmTakesOnlyTheExactLine(t *testing.T) {
	long := strings.Repeat("x", maxConfirmation)
	for _, c := range []struct{ name, answer, want, err string }{
		{"exact", "4f1c\n", "4f1c", ""},
		{"as long as allowed", long + "\n", long, ""},
		{"other text", "4f1d\n", "4f1c", `confirmation: wanted "4f1c", found "4f1d"`},
		{"space behind", "4f1c \n", "4f1c", `confirmation: wanted "4f1c", found "4f1c "`},
		{"carriage return", "4f1c\r\n", "4f1c", `confirmation: wanted "4f1c", found "4f1c\r"`},
		{"upper case", "4F1C\n", "4f1c", `confirmation: wanted "4f1c", found "4F1C"`},
		{"yes", "yes\n", "4f1c", `confirmation: wanted "4f1c", found "yes"`},
		{"empty line", "\n", "4f1c", `confirmation: wanted "4f1c", found ""`},
		{"nothing", "", "4f1c", `confirmation: wanted "4f1c", found the end of the input`},
		{"no line feed", "4f1c", "4f1c", `confirmation: wanted "4f1c", found the end of the input`},
		{"one byte too long", long + "x\n", "4f1c", `confirmation: wanted "4f1c", found a longer line`},
		{"nothing asked for", "\n", "", `confirmation: wanted a text to ask for, found none`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			s.answers(c.answer)
			same(t, "error", errText(s.Confirm(3, "type the genesis hash", c.want)), c.err)
		})
	}
}

func TestConfirmationsReadSuccessiveLines(t *testing.T) {
	s := newStage(t)
	s.answers("12.5 BTC\nbc1qexample\n")
	if err := s.Confirm(3, "amount", "12.5 BTC"); err != nil {
		t.Error(err)
	}
	if err := s.Confirm(3, "address", "bc1qexample"); err != nil {
		t.Error(err)
	}
	same(t, "error", errText(s.Confirm(3, "fee", "1 sat")), `confirmation: wanted "1 sat", found the end of the input`)
	same(t, "prompts", s.err.String(), "amount\naddress\nfee\n")
}

func TestConfirmWithoutTerminalOrDescriptorIsRefused(t *testing.T) {
	s := newStage(t)
	s.In = strings.NewReader("4f1c\n") // standard input is data, never an answer
	err := s.Confirm(NoFD, "hash", "4f1c")
	same(t, "error", errText(err), `confirmation: wanted "4f1c", found no terminal to ask at: /dev/tty: no such device or address`)
	same(t, "hint", judge(err).Hint, "add --confirm-fd N to answer from descriptor N")
	same(t, "error", errText(s.Confirm(9, "hash", "4f1c")), `confirmation: wanted "4f1c", descriptor 9: not open`)
}

func TestAskReturnsTheLineAsItWasTyped(t *testing.T) {
	long := strings.Repeat("x", maxConfirmation)
	for _, c := range []struct{ name, typed, want, err string }{
		{"a line", "4f1c\nnext\n", "4f1c", ""},
		{"spaces stay", " 4f1c \n", " 4f1c ", ""},
		{"empty line", "\n", "", ""},
		{"as long as allowed", long + "\n", long, ""},
		{"one byte too long", long + "x\n", "", "answer: wanted a line of at most 256 bytes, found a longer line"},
		{"no line feed", "4f1c", "", "answer: wanted a line of at most 256 bytes, found the end of the input"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			s.answers(c.typed)
			got, err := s.Ask(3, "type the hash")
			same(t, "line", got, c.want)
			same(t, "error", errText(err), c.err)
			same(t, "prompt", s.err.String(), "type the hash\n")
		})
	}
	s := newStage(t)
	_, err := s.Ask(NoFD, "type the hash")
	same(t, "error", errText(err), "answer: wanted a line of at most 256 bytes, found no terminal to ask at: /dev/tty: no such device or address")
	same(t, "hint", judge(err).Hint, "add --confirm-fd N to answer from descriptor N")
}

func TestPassphraseFromADescriptor(t *testing.T) {
	long := strings.Repeat("x", maxPassphrase)
	for _, c := range []struct{ name, line, want, err string }{
		{"one line", "correct horse\nnext", "correct horse", ""},
		{"as long as allowed", long + "\n", long, ""},
		{"empty", "\n", "", "passphrase: wanted at least one character, found none"},
		{"nothing", "", "", "passphrase: wanted a line of at most 1024 bytes, found the end of the input"},
		{"no line feed", "hidden", "", "passphrase: wanted a line of at most 1024 bytes, found the end of the input"},
		{"too long", long + "x\n", "", "passphrase: wanted a line of at most 1024 bytes, found a longer line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			s.answers(c.line)
			got, err := s.Passphrase(3, "passphrase", true)
			same(t, "error", errText(err), c.err)
			same(t, "passphrase", string(got), c.want)
			same(t, "shown", s.err.String()+s.out.String(), "")
		})
	}
	s := newStage(t)
	_, err := s.Passphrase(NoFD, "passphrase", false)
	same(t, "error", errText(err), "passphrase: found no terminal to ask at: /dev/tty: no such device or address")
}

func TestWipeLeavesNothing(t *testing.T) {
	b := []byte("secret")
	Wipe(b)
	same(t, "wiped", string(b), "\x00\x00\x00\x00\x00\x00")
}

func TestKeysOfAnUnseenLine(t *testing.T) {
	long := strings.Repeat("x", maxPassphrase)
	for _, c := range []struct{ name, keys, want, err string }{
		{"return", "abc\r", "abc", ""},
		{"erased", "abcé\x7f\x7fd\x08e\r", "abe", ""},
		{"erased beyond the start", "\x7f\x7fa\r", "a", ""},
		{"erased whole", "abc\x15de\r", "de", ""},
		{"as long as allowed", long + "\r", long, ""},
		{"too long", long + "x\r", "", "found a longer line"},
		{"interrupt", "abc\x03", "", "found an interrupt"},
		{"interrupt of a full line", long + "\x03", "", "found an interrupt"},
		{"end", "abc\x04", "", "found the end of the input"},
		{"arrow", "abc\x1b[A\r", "", "found a key that is no character"},
		{"terminal gone", "abc", "", "found the end of the input"},
	} {
		got, err := readKeys(strings.NewReader(c.keys), maxPassphrase)
		same(t, c.name, string(got), c.want)
		same(t, c.name, errText(err), c.err)
	}
}
