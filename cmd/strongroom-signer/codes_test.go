package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/custody/durable"
	"strongroom/signer/carrier"
)

// picture FOLDER DIR writes the codes of a folder, and the beginning of their
// stream's hash into $SUM16.
func picture(ts *testscript.TestScript, args []string) {
	var files []carrier.File
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(ts.MkAbs(args[0]), e.Name()))
		ts.Check(err)
		files = append(files, carrier.File{Name: e.Name(), Bytes: b})
	}
	s, err := carrier.Codes(files, carrier.Usual)
	ts.Check(err)
	sheet, err := s.Sheet("test")
	ts.Check(err)
	keep(ts, args[1], sheet)
	ts.Setenv("SUM16", s.Sum[:shownSum])
}

// develop DIR FOLDER writes the folder that pictures show.
func develop(ts *testscript.TestScript, args []string) {
	pictures, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.png"))
	ts.Check(err)
	var album carrier.Album
	for _, p := range pictures {
		b, err := os.ReadFile(p)
		ts.Check(err)
		album.Add(p, b)
	}
	files, _, err := album.Files()
	ts.Check(err)
	keep(ts, args[1], files)
}

func keep(ts *testscript.TestScript, folder string, files []carrier.File) {
	d, err := durable.Create(ts.MkAbs(folder))
	ts.Check(err)
	for _, f := range files {
		ts.Check(d.WriteNew(f.Name, f.Bytes))
	}
	ts.Check(d.Close())
}

// The codes come one after the other, from the first again behind the last, until
// Enter is pressed; and the screen that was there comes back.
func TestPagesTurnUntilEnter(t *testing.T) {
	tick, pressed := make(chan time.Time), make(chan struct{})
	var screen bytes.Buffer
	done := make(chan error)
	go func() { done <- turnPages(&screen, []string{"first\n", "second\n"}, "0123", tick, pressed) }()
	for range 2 {
		tick <- time.Time{}
	}
	close(pressed)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	page := func(name, place string) string {
		return "\x1b[H" + name + "\n" + place + " of 2; SHA-256 0123; Enter ends\x1b[K"
	}
	want := "\x1b[?1049h\x1b[2J" + page("first", "1") + page("second", "2") + page("first", "1") + "\x1b[?1049l"
	if got := screen.String(); got != want {
		t.Errorf("screen:\nwant %q\nfound %q", want, got)
	}
}

// A terminal that goes away ends it.
func TestPagesEndWithTheTerminal(t *testing.T) {
	gone, err := os.Open(os.DevNull) // not for writing
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	tick := make(chan time.Time, 1)
	tick <- time.Time{}
	if err := turnPages(gone, []string{"first\n"}, "", tick, nil); err == nil || !strings.Contains(err.Error(), "bad file descriptor") {
		t.Errorf("want an error of the terminal, found %v", err)
	}
}
