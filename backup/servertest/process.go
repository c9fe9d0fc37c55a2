package servertest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// errEnded tells a server that ended by itself, perhaps for want of its port,
// from one that does not answer.
var errEnded = errors.New("ended by itself")

// program is how a process is started, as often as wanted.
type program struct {
	name   string // for people, and of the file with its output
	path   string
	args   []string
	env    []string // beside what surroundings gives
	folder string   // where it works
}

func (p program) output() string { return filepath.Join(p.folder, p.name+".out") }

// command is the program, ready to run, with no more of our environment than
// where programs are found.
func (p program) command(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.path, p.args...)
	cmd.Dir = p.folder
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.folder, "TMPDIR=" + p.folder}, p.env...)
	return cmd
}

// run runs a program to its end and returns what it printed.
func (p program) run() ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	out, err := p.command(ctx).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("%s: %w: %s", p.name, err, tail(exit.Stderr))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return out, nil
}

// process is a running program.
type process struct {
	program program
	pid     int
	once    sync.Once
	done    chan struct{} // closed when it has ended and is reaped
	end     error         // how it ended, once done is closed
}

// start starts a program that goes on. The goroutine keeps its thread until the
// process has ended: on Linux the process dies with that thread.
func (p program) start() (*process, error) {
	log, err := os.OpenFile(p.output(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has its own
	cmd := p.command(context.Background())
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = log, log, own()
	running := &process{program: p, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(running.done)
		err := cmd.Start()
		started <- err
		if err == nil {
			running.end = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	running.pid = cmd.Process.Pid
	return running, nil
}

// kill ends the process and all that it started, and waits until it is gone.
func (p *process) kill() {
	p.once.Do(func() {
		_ = syscall.Kill(-p.pid, syscall.SIGKILL) // of a group that has ended there is nothing to kill
		<-p.done
	})
}

// pause stops the process and waits until it stands still.
func (p *process) pause() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return p.await(startTime, func(context.Context) error {
		if !still(p.pid) {
			return errors.New("it still runs")
		}
		return nil
	})
}

// resume lets the process go on.
func (p *process) resume() error { return p.signal(syscall.SIGCONT) }

// signal sends a signal to the process and to all that it started.
func (p *process) signal(which syscall.Signal) error {
	if p.ended() {
		return p.ending()
	}
	return syscall.Kill(-p.pid, which)
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// await asks until the answer is no error.
func (p *process) await(within time.Duration, answers func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	for {
		last := answers(ctx)
		if last == nil {
			return nil
		}
		select {
		case <-p.done:
			return p.ending()
		case <-ctx.Done():
			return fmt.Errorf("%s: want an answer within %s, found none: %w: %s", p.program.name, within, last, p.tail())
		case <-time.After(startPause):
		}
	}
}

// ending tells how a process has ended: some say why by their status alone.
func (p *process) ending() error {
	how := "exit status 0"
	if p.end != nil {
		how = p.end.Error()
	}
	return fmt.Errorf("%s: want it to run, found it %w (%s): %s", p.program.name, errEnded, how, p.tail())
}

// tail returns the end of what the process wrote.
func (p *process) tail() string {
	b, err := os.ReadFile(p.program.output())
	if err != nil {
		return err.Error()
	}
	return tail(b)
}

func tail(b []byte) string { return strings.TrimSpace(string(b[max(0, len(b)-maxLogTail):])) }

// freeAddress returns a port of this machine that nobody listens on just now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("want a free port: %w", err)
	}
	defer func() { _ = l.Close() }() // nothing was written to it
	return l.Addr().String(), nil
}
