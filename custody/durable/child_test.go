package durable

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// runChild does one job in a process of its own.
func runChild(job, dir string) error {
	d, err := Open(dir)
	if err != nil {
		return err
	}
	switch job {
	case "full":
		return childFullDisk(d)
	case "readonly":
		return childReadOnly(d)
	case "traced":
		return errors.Join(d.WriteFile("replaced", []byte("x")), d.WriteNew("new", []byte("y")))
	case "lock":
		return childLock(d)
	}
	return fmt.Errorf("unknown job %q", job)
}

// childFullDisk lets no file grow over 8 KiB, which fails in the middle of a
// write as a full disk does, and prints what each way of writing says.
func childFullDisk(d *Dir) error {
	limit := syscall.Rlimit{Cur: 8 << 10, Max: 8 << 10}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	big := bytes.Repeat([]byte("x"), 20<<10)
	fmt.Println(d.WriteFile("file", big))
	fmt.Println(d.WriteNew("new", big))
	fmt.Println(d.WriteStream("stream", func(w io.Writer) error {
		_, err := w.Write(big)
		return err
	}))
	return nil
}

// childReadOnly gives up root, for whom no folder is read-only.
func childReadOnly(d *Dir) error {
	if os.Getuid() == 0 {
		if err := syscall.Setuid(65534); err != nil {
			return err
		}
	}
	fmt.Println(d.WriteFile("file", []byte("new")))
	fmt.Println(d.WriteNew("new", []byte("new")))
	_, err := d.Sub("sub")
	fmt.Println(err)
	fmt.Println(d.Remove("file"))
	return nil
}

// childLock takes the lock, says so, and keeps it until it is killed.
func childLock(d *Dir) error {
	if _, err := d.Lock(); err != nil {
		return err
	}
	fmt.Println("locked")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

func TestFullDiskLeavesOldFileAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(dir+"/file", []byte("old"), 0o600))
	out, err := startChild(t, "full", dir).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := "DIR/file: write: file too large\nDIR/new: write: file too large\nDIR/stream: write: file too large\n"
	if got := strings.ReplaceAll(string(out), dir, "DIR"); got != want {
		t.Errorf("errors\n got %s\nwant %s", got, want)
	}
	wantOnDisk(t, dir, map[string]string{"file": "old"})
}

func TestReadOnlyFolderIsNamed(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(dir+"/file", []byte("old"), 0o600))
	must(t, os.Chmod(dir, 0o555))
	out, err := startChild(t, "readonly", dir).Output()
	must(t, os.Chmod(dir, 0o755))
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := strings.Join([]string{
		"DIR/file: create a temporary file: permission denied",
		"DIR/new: create a temporary file: permission denied",
		"DIR/sub: create: permission denied",
		"DIR/file: remove: permission denied",
		"",
	}, "\n")
	if got := strings.ReplaceAll(string(out), dir, "DIR"); got != want {
		t.Errorf("errors\n got %s\nwant %s", got, want)
	}
	wantOnDisk(t, dir, map[string]string{"file": "old"})
}

// The hook's order of steps is only a claim of ours; the kernel's is the fact.
func TestKernelSeesFsyncBeforeAndAfterTheName(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	dir := t.TempDir()
	log := t.TempDir() + "/trace"
	calls := "trace=fsync,renameat,renameat2,linkat,unlinkat"
	out, err := startChild(t, "traced", dir, strace, "-f", "-y", "-o", log, "-e", calls).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	trace, err := os.ReadFile(log)
	must(t, err)
	want := []string{
		"fsync .tmp", "renameat .tmp replaced", "fsync .",
		"fsync .tmp", "linkat .tmp new", "unlinkat .tmp", "fsync .",
	}
	if got := summary(string(trace), dir); strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("system calls\n got %q\nwant %q\n%s", got, want, trace)
	}
}

// summary reduces lines of strace -y to the call and the names inside dir.
func summary(trace, dir string) []string {
	call := regexp.MustCompile(`^\d+ +(\w+)\((.*)\) += 0`)
	name := regexp.MustCompile(`"([^"]*)"`)
	temp := regexp.MustCompile(`\.tmp-[0-9-]+`)
	var found []string
	for _, line := range strings.Split(trace, "\n") {
		m := call.FindStringSubmatch(line)
		if m == nil || !strings.Contains(m[2], dir) {
			continue
		}
		words := []string{m[1]}
		for _, n := range name.FindAllStringSubmatch(m[2], -1) {
			words = append(words, temp.ReplaceAllString(n[1], ".tmp"))
		}
		if m[1] == "fsync" {
			_, rest, _ := strings.Cut(m[2], dir)
			rest = temp.ReplaceAllString(strings.Trim(rest, "/>"), ".tmp")
			words = append(words, max(rest, "."))
		}
		found = append(found, strings.Join(words, " "))
	}
	return found
}
