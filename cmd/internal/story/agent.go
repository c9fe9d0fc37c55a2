package story

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// agentSocket is where ssh-agent listens, in the story's folder. The name is
// short, and used from there: a socket's path must fit into 108 bytes.
const agentSocket = "agent.sock"

// agent is a running ssh-agent.
type agent struct {
	cmd  *exec.Cmd
	gone chan struct{}
}

// startAgent starts an ssh-agent and gives it an officer's key.
func (s *scene) startAgent(who string) {
	if s.err != nil {
		return
	}
	s.prompt("ssh-agent -D -a " + agentSocket + " &")
	path, err := exec.LookPath("ssh-agent")
	if s.must(err); err != nil {
		return
	}
	a := &agent{cmd: exec.Command(path, "-D", "-a", agentSocket), gone: make(chan struct{})}
	a.cmd.Dir, a.cmd.Env, a.cmd.SysProcAttr = s.o.Folder, s.environment(), dieWithUs()
	started := make(chan error)
	go func() {
		// The kernel ends the agent when the thread ends that started it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(a.gone)
		err := a.cmd.Start()
		started <- err
		if err == nil {
			_ = a.cmd.Wait() // it is asked to end, how it does is of no interest
		}
	}()
	if err := <-started; err != nil {
		s.must(fmt.Errorf("ssh-agent: %w", err))
		return
	}
	s.agent = a
	s.must(a.await(s.in(agentSocket)))
	s.run(line("ssh-add officers/%s", who).with("SSH_AUTH_SOCK=" + agentSocket))
}

// await waits until the socket is there.
func (a *agent) await(socket string) error {
	for waited := time.Duration(0); waited < agentTime; waited += tick / 10 {
		if _, err := os.Stat(socket); err == nil {
			return nil
		}
		select {
		case <-a.gone:
			return fmt.Errorf("ssh-agent: want it to run, found it ended")
		case <-time.After(tick / 10):
		}
	}
	return fmt.Errorf("ssh-agent: want its socket within %s, found none", agentTime)
}

func (s *scene) stopAgent() {
	if s.agent != nil {
		s.agent.stop()
		s.agent = nil
	}
}

// stop asks the agent to end and waits until it has.
func (a *agent) stop() {
	_ = a.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	<-a.gone
}
