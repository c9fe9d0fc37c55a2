package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

func itoa(n int) string { return strconv.Itoa(n) }

// runningProgram is the program under test with a person in front of it: what it
// prints can be read while it waits for an answer on descriptor 3.
type runningProgram struct {
	ts     *testscript.TestScript
	cmd    *exec.Cmd
	answer *os.File
	prints io.Reader
	seen   bytes.Buffer
}

func startProgram(ts *testscript.TestScript, args []string) *runningProgram {
	name := args[0]
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if path := filepath.Join(dir, args[0]); isProgram(path) {
			name = path
			break
		}
	}
	cmd := exec.Command(name, append(args[1:], "--confirm-fd", "3")...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = os.Environ()
	for _, v := range []string{"PATH", "HOME", "STRONGROOM_HOME", "SSH_AUTH_SOCK"} {
		cmd.Env = append(cmd.Env, v+"="+ts.Getenv(v))
	}
	theirs, ours, err := os.Pipe()
	ts.Check(err)
	prints, prompts, err := os.Pipe()
	ts.Check(err)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = prompts, prompts, []*os.File{theirs}
	ts.Check(cmd.Start())
	ts.Check(errors.Join(theirs.Close(), prompts.Close()))
	return &runningProgram{ts: ts, cmd: cmd, answer: ours, prints: prints}
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o100 != 0
}

var shownID = regexp.MustCompile(`(?m)^id +([0-9a-f]{64})$`)

// readID reads what the program prints until it has shown an id and asked for
// it, or has ended.
func (p *runningProgram) readID() string {
	buffer := make([]byte, 4096)
	for {
		n, err := p.prints.Read(buffer)
		p.seen.Write(buffer[:n])
		m := shownID.FindSubmatch(p.seen.Bytes())
		if m != nil && bytes.Contains(p.seen.Bytes(), []byte("type the first")) {
			return string(m[1])
		}
		if err != nil {
			return ""
		}
	}
}

func (p *runningProgram) types(line string) {
	_, err := io.WriteString(p.answer, line+"\n")
	p.ts.Check(errors.Join(err, p.answer.Close()))
}

// wait returns the exit status.
func (p *runningProgram) wait() string {
	_, err := io.Copy(&p.seen, p.prints)
	p.ts.Check(err)
	err = p.cmd.Wait()
	p.ts.Logf("%s", p.seen.String())
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.ts.Fatalf("%v", err)
	}
	return itoa(p.cmd.ProcessState.ExitCode())
}
