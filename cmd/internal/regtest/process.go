package regtest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"strongroom/custody"
	"strongroom/custody/node"
)

// Find returns the path of btcd: the one given, unless it is empty, or the one
// that this module names as its tool, which the go command builds when it is
// wanted. The second way needs the working directory inside the module.
func Find(ctx context.Context, given string) (string, error) {
	if given != "" {
		path, err := exec.LookPath(given)
		if err != nil {
			return "", fmt.Errorf("btcd: want a program at %s: %w", given, err)
		}
		return filepath.Abs(path)
	}
	out, err := exec.CommandContext(ctx, "go", "tool", "-n", "btcd").Output()
	if err != nil {
		return "", fmt.Errorf("btcd: want its path, or the go command in this module: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// process is a running btcd.
type process struct {
	pid    int
	cancel context.CancelFunc
	done   chan struct{} // closed when it has ended and is reaped
	err    error         // how it ended; to be read when done is closed
}

// launch starts btcd. The goroutine keeps its thread until the process has
// ended: on Linux the process dies with that thread.
func launch(ctx context.Context, binary, config string, log *os.File) (*process, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, binary, "--configfile="+config)
	cmd.Env = []string{} // nothing in the environment is btcd's business
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = dieWithUs()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTime // then it is killed
	p := &process{cancel: cancel, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			p.err = cmd.Wait()
		}
		close(p.done)
	}()
	if err := <-started; err != nil {
		cancel()
		return nil, fmt.Errorf("btcd: %w", err)
	}
	return p, nil
}

// stop asks the process to end, waits until it has, and kills it if it takes too
// long. How it ended is of no interest then.
func (p *process) stop() {
	p.cancel()
	<-p.done
}

// configure writes btcd.conf and returns how the node is to be reached, without
// the certificate, which btcd makes when it starts.
func configure(folder, miner string, rand io.Reader) (node.Config, error) {
	var secret [16]byte
	if _, err := io.ReadFull(rand, secret[:]); err != nil {
		return node.Config{}, fmt.Errorf("btcd: random bytes: %w", err)
	}
	address, err := freeAddress()
	if err != nil {
		return node.Config{}, err
	}
	cfg := node.Config{URL: "https://" + address, User: "strongroom", Password: []byte(hex.EncodeToString(secret[:]))}
	in := func(name string) string { return filepath.Join(folder, name) }
	lines := []string{"[Application Options]",
		"regtest=1", "datadir=" + in("data"), "logdir=" + in("log"),
		"rpcuser=" + cfg.User, "rpcpass=" + string(cfg.Password), "rpclisten=" + address,
		"rpccert=" + in("rpc.cert"), "rpckey=" + in("rpc.key"),
		"miningaddr=" + miner, "txindex=1", "nolisten=1", "nodnsseed=1", "nostalldetect=1",
		"rejectnonstd=1", // regtest relays everything else: too kind to our mistakes
		"debuglevel=warn", ""}
	if err := os.WriteFile(in("btcd.conf"), []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		return node.Config{}, fmt.Errorf("btcd: %w", err)
	}
	return cfg, nil
}

// freeAddress returns a port of this machine that nobody listens on just now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("btcd: want a free port: %w", err)
	}
	defer func() { _ = l.Close() }() // nothing was written to it
	return l.Addr().String(), nil
}

// await waits until the node answers, and adds its certificate to the
// configuration.
func (p *process) await(ctx context.Context, folder string, cfg *node.Config) (*node.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	var last error
	for {
		if cfg.Certificate, last = readCertificate(folder); last == nil {
			var c *node.Client
			if c, last = node.Dial(ctx, custody.Regtest, *cfg); last == nil {
				return c, nil
			}
		}
		select {
		case <-p.done:
			return nil, fmt.Errorf("btcd: want it to run, found it ended: %w: %s", errors.Join(p.err, errEnded), logTail(folder))
		case <-ctx.Done():
			return nil, fmt.Errorf("btcd: want an answer within %s, found none: %w: %s", startTime, last, logTail(folder))
		case <-time.After(startPause):
		}
	}
}

// errEnded tells a btcd that ended by itself, perhaps for want of its port, from
// one that doesn't answer.
var errEnded = errors.New("ended by itself")

func readCertificate(folder string) ([]byte, error) {
	f, err := os.Open(filepath.Join(folder, "rpc.cert"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxCertificate))
}

// logTail returns the end of what btcd wrote to its standard output.
func logTail(folder string) string {
	b, err := os.ReadFile(filepath.Join(folder, "output.log"))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(b[max(0, len(b)-maxLogTail):]))
}
