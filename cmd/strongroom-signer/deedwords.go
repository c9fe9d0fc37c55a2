package main

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"strongroom/cmd/internal/cli"
	"strongroom/signer/keystore/bip39"
)

// writeDown shows the words of a hardware wallet to whoever holds it, and asks
// for some of them. A wrong one begins again with the first word.
func (g *guide) writeDown() error {
	if err := g.showWords(g.words); err != nil {
		return err
	}
	list := bytes.Split(g.words, []byte{' '})
	places, err := drawPlaces(g.w.Rand, len(list))
	if err != nil {
		return err
	}
	for _, i := range places {
		typed, err := g.w.Passphrase(cli.NoFD, fmt.Sprintf("word %d from your paper, not shown", i+1), false)
		if err != nil {
			return err
		}
		word, _ := cli.Whole(bip39.Complete, typed)
		cli.Wipe(typed)
		if subtle.ConstantTimeCompare([]byte(word), list[i]) != 1 {
			return fmt.Errorf("word %d: want the one that was shown, found another", i+1)
		}
	}
	g.t.Device = g.plan.Device
	g.w.Text("What was asked for is on paper.")
	return nil
}

// drawPlaces draws some different numbers below n, sorted: which words are asked
// for, so that nobody knows beforehand.
func drawPlaces(rand io.Reader, n int) ([]int, error) {
	var out []int
	var b [1]byte
	for tries := 0; len(out) < askedWords; tries++ {
		if tries == maxDraws {
			return nil, errors.New("words: want random bytes, found the same again and again, the random source is broken")
		}
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return nil, fmt.Errorf("words: want a random byte, found %w", err)
		}
		if i := int(b[0]) % n; int(b[0]) < 256/n*n && !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return out, nil
}

// compareDevice has the device say what it was given, and only then shows what
// that must be. With it the words are overwritten here.
func (g *guide) compareDevice() error {
	for {
		line, err := g.w.Ask(*g.flags.confirm, "the fingerprint that the device shows (words: show the words again)")
		if err != nil {
			return err
		}
		if line != "words" {
			if line != fmt.Sprintf("%x", g.t.Key.Fingerprint) {
				return errors.New("fingerprint: want that of these words without a passphrase, found other characters")
			}
			break
		}
		if err := g.showWords(g.words); err != nil {
			return err
		}
	}
	g.dropWords()
	g.p.showOrigin(g.public)
	g.w.Field("public key", g.public.Key.Extended())
	g.w.Text("The words were overwritten here: from now on they are on paper and in the device only.")
	return nil
}

// dropWords overwrites the words and the seed that they stretch to.
func (g *guide) dropWords() {
	cli.Wipe(g.words)
	g.words = nil
	g.seed.Wipe()
}

// The screen on which words stand is the terminal's second one, which keeps
// nothing of what has left it.
const (
	secondScreen = "\x1b[?1049h"
	firstScreen  = "\x1b[?1049l"
)

// keyInterrupt is what Ctrl-C sends on a raw terminal.
const keyInterrupt = 0x03

// showWords shows one word after the other on a terminal, never two together and
// never in the program's output. The terminal is raw, so that an interrupt too
// takes the word away before anything else happens.
func (g *guide) showWords(words []byte) (err error) {
	tty, err := g.w.TTY()
	if err != nil {
		return fmt.Errorf("words: want a terminal to show them on: %w", err)
	}
	defer give(tty, &err)
	before, err := term.MakeRaw(int(tty.Fd()))
	if err != nil {
		return fmt.Errorf("words: want a terminal to show them on, found another file: %w", err)
	}
	defer func() {
		_, e := io.WriteString(tty, clearScreen+firstScreen)
		err = errors.Join(err, e, term.Restore(int(tty.Fd()), before))
	}()
	list := bytes.Split(words, []byte{' '})
	for i, word := range list {
		if _, err := fmt.Fprintf(tty, "%s%sword %d of %d\r\n\r\n        %s\r\n\r\nwrite it down, then Enter ", secondScreen, clearScreen, i+1, len(list), word); err != nil {
			return err
		}
		if err := untilEnter(tty); err != nil {
			return err
		}
	}
	return nil
}

// untilEnter waits for one key.
func untilEnter(tty *os.File) error {
	key := make([]byte, 1)
	for {
		if _, err := io.ReadFull(tty, key); err != nil {
			return fmt.Errorf("words: want Enter behind each, found the end of the input")
		}
		switch key[0] {
		case '\r', '\n':
			return nil
		case keyInterrupt:
			return errors.New("words: want Enter behind each, found an interrupt")
		}
	}
}

// hintAt shows whoever typed words what may be wrong with them, on the terminal
// alone, and takes it away again.
func (g *guide) hintAt(words []byte) (err error) {
	hints := bip39.Hints(words)
	if *g.flags.confirm != cli.NoFD || len(hints) == 0 {
		return nil
	}
	tty, err := g.w.TTY()
	if err != nil {
		return err
	}
	defer give(tty, &err)
	fmt.Fprint(tty, clearScreen)
	for _, h := range hints {
		switch {
		case h.Swap:
			fmt.Fprintf(tty, "words %d and %d may have changed places\r\n", h.Position, h.Position+1)
		case len(h.Words()) == 0:
			fmt.Fprintf(tty, "word %d is in no list\r\n", h.Position)
		default:
			fmt.Fprintf(tty, "word %d: perhaps %s\r\n", h.Position, strings.Join(h.Words(), ", "))
		}
	}
	_, err = g.w.Ask(*g.flags.confirm, "Enter takes this away")
	fmt.Fprint(tty, clearScreen)
	return err
}
