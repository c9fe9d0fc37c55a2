package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/signer/carrier"
)

// arePhotographs says whether a folder holds images of codes in place of a
// bundle's files.
func arePhotographs(entries []durable.Entry) bool {
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if !e.Regular {
			return false
		}
		names = append(names, e.Name)
	}
	return carrier.Images(names)
}

// readPhotographs returns the files that the images of a folder show. What is
// wrong with them, a code that is missing too, is an error: nothing was brought
// yet that could be refused.
func readPhotographs(w cli.World, d *durable.Dir, entries []durable.Entry) ([]quorum.File, error) {
	var album carrier.Album
	bar := w.Progress("codes", int64(len(entries)), "images")
	for _, e := range entries {
		if carrier.Image(e.Name) {
			b, err := d.ReadFile(e.Name, carrier.MaxImage)
			if err != nil {
				return nil, err
			}
			album.Add(e.Name, b)
		}
		bar.Add(1)
	}
	bar.Done()
	for _, n := range album.Notes() {
		w.Warnf("%s", n)
	}
	shown, sum, err := album.Files()
	var missing *carrier.MissingError
	if errors.As(err, &missing) {
		err = cli.Hint(err, "photograph them into %s too, and run this again", d.Path())
	}
	if err != nil {
		return nil, err
	}
	files := make([]quorum.File, 0, len(shown))
	for _, f := range shown {
		files = append(files, quorum.File(f))
	}
	w.Field("codes", fmt.Sprintf("of a folder with %s; SHA-256 begins %s", counted(len(files), "file"), sum[:shownSum]))
	return files, nil
}

// entriesOf is what a folder with these files would list.
func entriesOf(files []quorum.File) []durable.Entry {
	entries := make([]durable.Entry, 0, len(files))
	for _, f := range files {
		entries = append(entries, durable.Entry{Name: f.Name, Size: int64(len(f.Bytes)), Regular: true})
	}
	return entries
}

// leaving says how an answer leaves the machine beside its folder: as pictures of
// codes, and as codes on the terminal.
type leaving struct {
	folder *string
	show   *bool

	dir *durable.Dir // open while the visit lasts; nil without a folder
	tty *os.File     // nil when nothing is shown
}

// codesFlags adds --codes and --show to a command that answers.
func codesFlags(cmd *cobra.Command) *leaving {
	return &leaving{
		folder: cmd.Flags().String("codes", "", "write the answer's QR codes into `DIR` too, a new or empty folder"),
		show:   cmd.Flags().Bool("show", false, "show the answer's QR codes on this terminal until Enter is pressed"),
	}
}

// open makes the folder and finds the terminal, before anything is recorded.
func (l *leaving) open(w cli.World, a *answer) (err error) {
	if *l.folder != "" && filepath.Clean(*l.folder) == filepath.Clean(a.Path()) {
		return cli.Usagef("codes: want a folder of their own, found the answer's")
	}
	if *l.show {
		if l.tty, err = w.TTY(); err != nil {
			return cli.Hint(fmt.Errorf("show: want a terminal: %w", err), "use --codes DIR")
		}
	}
	if *l.folder != "" {
		l.dir, err = durable.Create(*l.folder)
	}
	return err
}

// Close gives both back.
func (l *leaving) Close() error {
	var err error
	if l.tty != nil {
		err = l.tty.Close()
	}
	return errors.Join(err, l.dir.Close())
}

// leave writes the pictures and shows the codes. The answer lies in its folder
// already and everything is recorded, so that what fails here is told and costs
// nothing but the way.
func (l *leaving) leave(w cli.World, a *answer, files []quorum.File) error {
	if l.dir == nil && l.tty == nil {
		return nil
	}
	err := errors.Join(l.picture(w, a, files), l.animate(files))
	if err != nil {
		return fmt.Errorf("%w; the answer itself is whole, in %s", err, a.Path())
	}
	return nil
}

func (l *leaving) picture(w cli.World, a *answer, files []quorum.File) error {
	if l.dir == nil {
		return nil
	}
	series, err := carrier.Codes(carried(files), carrier.Usual)
	if err != nil {
		return err
	}
	sheet, err := series.Sheet("answer " + a.Path())
	if err != nil {
		return err
	}
	for _, f := range sheet {
		if err := l.dir.WriteNew(f.Name, f.Bytes); err != nil {
			return err
		}
	}
	w.Field("codes", fmt.Sprintf("%s in %s; SHA-256 begins %s", counted(len(series.Parts), "picture"), l.dir.Path(), series.Sum[:shownSum]))
	return nil
}

// animate shows the codes until somebody presses Enter.
func (l *leaving) animate(files []quorum.File) error {
	if l.tty == nil {
		return nil
	}
	columns, rows, err := term.GetSize(int(l.tty.Fd()))
	if err != nil {
		return fmt.Errorf("show: want a terminal that has a size: %w", err)
	}
	series, err := carrier.Codes(carried(files), carrier.Fitting(columns, rows))
	if err != nil {
		return err
	}
	frames, err := series.Frames()
	if err != nil {
		return err
	}
	pressed := make(chan struct{})
	go func() {
		defer close(pressed)
		_, _ = l.tty.Read(make([]byte, 1)) // the terminal gives whole lines
	}()
	tick := time.NewTicker(codeEvery)
	defer tick.Stop()
	return turnPages(l.tty, frames, series.Sum[:shownSum], tick.C, pressed)
}

// turnPages draws one frame after the other, over and over, on a screen of its own:
// what was there before comes back.
func turnPages(w io.Writer, frames []string, sum string, tick <-chan time.Time, pressed <-chan struct{}) error {
	const enter, home, leave, eraseLine = "\x1b[?1049h\x1b[2J", "\x1b[H", "\x1b[?1049l", "\x1b[K"
	_, err := io.WriteString(w, enter)
	for i := 0; err == nil; i = (i + 1) % len(frames) {
		_, err = fmt.Fprintf(w, "%s%s%d of %d; SHA-256 %s; Enter ends%s", home, frames[i], i+1, len(frames), sum, eraseLine)
		select {
		case <-pressed:
			_, last := io.WriteString(w, leave)
			return errors.Join(err, last)
		case <-tick:
		}
	}
	return err
}

func carried(files []quorum.File) []carrier.File {
	out := make([]carrier.File, 0, len(files))
	for _, f := range files {
		out = append(out, carrier.File(f))
	}
	return out
}
