package story

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// run shows a command, runs it, types what it asks for, shows what it printed,
// and returns that. It ends the story unless the command ends as it has to.
func (s *scene) run(c command) string {
	if s.err != nil {
		return ""
	}
	s.prompt(c.typed(s.apart))
	lines, exit, err := s.perform(c)
	as := c
	if err != nil || exit != c.exit {
		as.cut, as.quiet = cut{}, false
	}
	if !as.quiet {
		s.screen(lines, as.cut)
	}
	name := strings.Join(c.words[:min(len(c.words), 4)], " ") + c.shell
	switch {
	case err != nil:
		s.must(fmt.Errorf("%s: %w", name, err))
	case exit != c.exit:
		s.must(fmt.Errorf("%s: want exit status %d, found %d", name, c.exit, exit))
	}
	var b strings.Builder
	for _, l := range lines {
		if !l.typed {
			b.WriteString(l.text + "\n")
		}
	}
	return b.String()
}

// perform runs a command in the story's folder and returns its screen.
func (s *scene) perform(c command) (lines []shown, exit int, err error) {
	ctx, cancel := context.WithTimeout(s.ctx, commandTime)
	defer cancel()
	cmd, err := s.build(ctx, c)
	if err != nil {
		return nil, 0, err
	}
	screen, theirs, err := os.Pipe()
	if err != nil {
		return nil, 0, err
	}
	defer screen.Close()
	cmd.Stdout, cmd.Stderr = theirs, theirs
	hands, err := s.give(cmd, c)
	if err != nil {
		return nil, 0, errors.Join(err, theirs.Close())
	}
	defer hands.close()
	err = cmd.Start()
	err = errors.Join(err, theirs.Close(), hands.started())
	if err != nil {
		return nil, 0, err
	}
	quiet := s.wait(c)
	lines, err = watch(screen, c, hands)
	quiet()
	if err != nil {
		cancel() // it may still wait for an answer
	}
	ended := cmd.Wait()
	var status *exec.ExitError
	switch {
	case s.ctx.Err() != nil:
		return lines, 0, errors.New("interrupted")
	case err != nil:
		return lines, 0, err
	case errors.As(ended, &status) && status.Exited():
		return lines, status.ExitCode(), nil
	}
	return lines, 0, ended
}

// build makes the process: our programs by their path, all others by name, with
// an environment that holds nothing of ours but the desk's home.
func (s *scene) build(ctx context.Context, c command) (*exec.Cmd, error) {
	words := slices.Clone(c.words)
	if c.shell != "" {
		words = []string{"sh", "-euc", c.shell}
	} else {
		if c.asked() {
			words = append(words, "--confirm-fd", strconv.Itoa(confirmFD))
		}
		if c.secret != nil {
			words = append(words, "--passphrase-fd", strconv.Itoa(passphraseFD))
		}
		switch words[0] {
		case "strongroom":
			words[0] = s.o.Program
		case "strongroom-signer":
			words[0] = s.o.Signer
		}
	}
	if c.apart {
		words = append(slices.Clone(s.apart), words...)
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, fmt.Errorf("want the program %s: %w", words[0], err)
	}
	cmd := exec.CommandContext(ctx, path, words[1:]...)
	cmd.Dir = s.o.Folder
	cmd.Env = append(s.environment(), c.env...)
	cmd.SysProcAttr = withoutTerminal()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Second
	return cmd, nil
}

func (s *stage) environment() []string {
	return []string{"PATH=" + filepath.Dir(s.o.Program) + ":" + s.w.Env("PATH"), "HOME=" + s.o.Folder,
		"LC_ALL=C.UTF-8", "STRONGROOM_HOME=" + s.in("desk")}
}

// The descriptors through which programs get what a person would type.
const (
	confirmFD    = 3
	passphraseFD = 4
	shareFD      = 5
)

// asked says whether the command asks for something that may be seen.
func (c command) asked() bool { return len(c.answers) > 0 || c.replies != nil }

// hands are our ends of those descriptors.
type hands struct {
	theirs []*os.File
	typing *os.File
	secret *os.File
}

// give makes the descriptors and hands the other ends to the process, and the
// file that it reads.
func (s *stage) give(cmd *exec.Cmd, c command) (*hands, error) {
	h := &hands{}
	if c.from != "" {
		f, err := os.Open(s.in(c.from))
		if err != nil {
			return nil, err
		}
		cmd.Stdin, h.theirs = f, append(h.theirs, f)
	}
	if !c.asked() && c.secret == nil {
		return h, nil
	}
	for _, ours := range []**os.File{&h.typing, &h.secret} {
		r, w, err := os.Pipe()
		if err != nil {
			h.close()
			return nil, err
		}
		*ours, h.theirs = w, append(h.theirs, r)
		cmd.ExtraFiles = append(cmd.ExtraFiles, r)
	}
	if c.fed != nil {
		if err := s.feed(cmd, h, c.fed); err != nil {
			h.close()
			return nil, err
		}
	}
	if c.secret == nil {
		return h, nil
	}
	// What is typed is far smaller than what a pipe holds.
	_, err := h.secret.Write(append(slices.Clone(c.secret), '\n'))
	return h, err
}

// started closes what belongs to the process now.
func (h *hands) started() error {
	var err error
	for _, f := range h.theirs {
		err = errors.Join(err, f.Close())
	}
	h.theirs = nil
	if h.secret != nil {
		err = errors.Join(err, h.secret.Close())
		h.secret = nil
	}
	return err
}

func (h *hands) close() {
	for _, f := range append(h.theirs, h.typing, h.secret) {
		if f != nil {
			_ = f.Close()
		}
	}
}

// watch reads the screen and types each answer when its prompt appears.
func watch(screen io.Reader, c command, h *hands) ([]shown, error) {
	var lines []shown
	var text strings.Builder
	answers := c.answers
	r := bufio.NewReader(io.LimitReader(screen, maxScreen))
	for {
		l, err := r.ReadString('\n')
		if l = strings.TrimRight(l, "\n"); err == nil || l != "" {
			if strings.HasPrefix(l, `{"progress"`) {
				continue // there is no terminal behind it
			}
			lines = append(lines, shown{text: l})
			text.WriteString(l + "\n")
			if c.replies != nil {
				if a := c.replies(l); a != "" {
					if _, err := io.WriteString(h.typing, a+"\n"); err != nil {
						return lines, fmt.Errorf("answer to %q: %w", l, err)
					}
					lines = append(lines, shown{text: a, typed: true})
				}
			}
			if len(answers) > 0 && strings.Contains(strings.ToLower(l), answers[0].prompt) {
				a := answers[0].text(text.String())
				if a == "" {
					return lines, fmt.Errorf("want an answer to %q on the screen, found none", l)
				}
				if _, err := io.WriteString(h.typing, a+"\n"); err != nil {
					return lines, fmt.Errorf("answer to %q: %w", l, err)
				}
				lines = append(lines, shown{text: a, typed: true})
				answers = answers[1:]
			}
		}
		if err != nil {
			break
		}
	}
	if len(answers) > 0 {
		return lines, fmt.Errorf("want a prompt with %q, found none", answers[0].prompt)
	}
	return lines, nil
}

// wait says on a terminal that a command is still at work, until it is called
// off.
func (s *scene) wait(c command) (off func()) {
	if s.w.ErrWidth() == 0 {
		return func() {}
	}
	name := "shell"
	if c.shell == "" {
		name = strings.Join(c.words[:min(len(c.words), 2)], " ")
	}
	stop, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		t := time.NewTicker(tick)
		defer t.Stop()
		began := s.w.Now()
		drawn := 0
		for {
			select {
			case <-stop:
				if drawn > 0 {
					fmt.Fprintf(s.w.Err, "\r%s\r", strings.Repeat(" ", drawn))
				}
				return
			case <-t.C:
			}
			if at := s.w.Now().Sub(began); at > patience {
				bar := fmt.Sprintf("  %s is at work %s %s", name, strings.Repeat(".", int(at/tick)%20), seconds(at))
				fmt.Fprintf(s.w.Err, "\r%-*s", drawn, bar)
				drawn = len(bar)
			}
		}
	}()
	return func() { close(stop); <-gone }
}
