package servertest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// server is what all servers have: processes that can be disturbed. Its
// methods may be called from several goroutines.
type server struct {
	authority *authority
	answers   func(context.Context) error

	mu     sync.Mutex
	front  *process   // what clients talk to
	behind []*process // what it stands on, in the order of the start
}

// launch starts the process that clients talk to and waits until it answers.
func (s *server) launch(p program) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.front, err = p.start(); err != nil {
		return err
	}
	return s.front.await(startTime, s.answers)
}

// PIDs returns the process numbers, that of the process which clients talk to
// first. It changes with a restart.
func (s *server) PIDs() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var pids []int
	for _, p := range append([]*process{s.front}, s.behind...) {
		if p != nil {
			pids = append(pids, p.pid)
		}
	}
	return pids
}

// Kill ends the process that clients talk to by SIGKILL, as a power cut would,
// and waits until it is gone. What it stands on, if anything, goes on.
func (s *server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.front.kill()
}

// Pause stops the process that clients talk to (SIGSTOP), and waits until it
// stands still: connections are accepted, and nothing is answered until Resume.
func (s *server) Pause(t testing.TB) {
	t.Helper()
	s.disturb(t, (*process).pause)
}

// Resume lets a paused process go on.
func (s *server) Resume(t testing.TB) {
	t.Helper()
	s.disturb(t, (*process).resume)
}

func (s *server) disturb(t testing.TB, how func(*process) error) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := how(s.front); err != nil {
		t.Error(err)
	}
}

// Stop ends every process and waits until they are gone. It may be called
// again; the end of the test calls it anyway.
func (s *server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.front != nil {
		s.front.kill()
	}
	for i := len(s.behind) - 1; i >= 0; i-- {
		s.behind[i].kill()
	}
}

// getter asks a URL over TLS, trusting one authority. What is below 500 is an
// answer: a refusal too comes from a server that runs.
func getter(url string, authority func() ([]byte, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		text, err := authority()
		if err != nil {
			return err
		}
		config, err := trusting(text)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, answerTime)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := (&http.Transport{TLSClientConfig: config, DisableKeepAlives: true}).RoundTrip(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode >= http.StatusInternalServerError {
			return fmt.Errorf("want a status below 500, found %s", answer.Status)
		}
		return nil
	}
}
