package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// leaveNetwork moves every thread into one new network namespace, which is
// empty. A thread can only make a namespace for itself, so the others follow it
// through its name in /proc.
func leaveNetwork() Measure {
	m := Measure{Name: NetNamespace}
	before, err := os.Readlink("/proc/thread-self/ns/net")
	if err == nil {
		err = switchNetwork()
	}
	if err != nil {
		m.Found = reason(err)
		return m
	}
	now, err := networks()
	if err == nil && (len(now) != 1 || now[0] == before) {
		err = fmt.Errorf("want one new namespace for all threads, found %s", strings.Join(now, " "))
	}
	var names []string
	if err == nil {
		names, err = interfaces()
	}
	if err != nil {
		m.Found = err.Error()
		return m
	}
	m.Held, m.Found = true, "its own, which has "+orNone(named(names))
	return m
}

// interfaces lists those that this thread sees, by lines of "name: numbers".
// Beside lo they can only be the kernel's own ends of tunnels.
func interfaces() ([]string, error) {
	text, err := readOwn("thread-self/net/dev")
	var names []string
	for line := range strings.Lines(text) {
		if name, _, ok := strings.Cut(line, ":"); ok {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names, err
}

func switchNetwork() error {
	old, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer old.Close()
	if err := allThreads(unix.SYS_GETPPID, 0, 0, 0, 0, 0); err != nil {
		return err // before anything has changed
	}
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	empty, err := os.Open("/proc/thread-self/ns/net")
	if err == nil {
		err = allThreads(unix.SYS_SETNS, empty.Fd(), unix.CLONE_NEWNET, 0, 0, 0)
		empty.Close()
	}
	if err != nil {
		return errors.Join(err, unix.Setns(int(old.Fd()), unix.CLONE_NEWNET))
	}
	return nil
}

// networks lists the network namespaces that the threads are in.
func networks() ([]string, error) {
	links, err := filepath.Glob("/proc/self/task/*/ns/net")
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var names []string
	for _, link := range links[:min(len(links), maxThreads)] {
		name, err := os.Readlink(link)
		if errors.Is(err, os.ErrNotExist) {
			continue // a thread that has ended
		}
		if err != nil {
			return nil, err
		}
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names, nil
}
