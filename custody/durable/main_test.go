package durable

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// childEnv names the job of a test binary that a test started again, because
// the job changes the whole process (limits, user) or is watched from outside.
const childEnv = "DURABLE_TEST_CHILD"

func TestMain(m *testing.M) {
	job := os.Getenv(childEnv)
	if job == "" {
		os.Exit(m.Run())
	}
	if err := runChild(job, os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// startChild prepares this test binary to do a job in a folder; before are the
// words of a program to run it under.
func startChild(t *testing.T, job, dir string, before ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	words := append(before, self, dir)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = append(os.Environ(), childEnv+"="+job)
	return cmd
}

// wantError compares the full text of an error, with DIR for the folder.
func wantError(t *testing.T, err error, dir, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, wanted %q", want)
	}
	if got := strings.ReplaceAll(err.Error(), dir, "DIR"); got != want {
		t.Errorf("error\n got %s\nwant %s", got, want)
	}
}

// mustOpen opens a folder and closes it with the test.
func mustOpen(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// onDisk returns all that is in a folder, by another way than List.
func onDisk(t *testing.T, dir string) map[string]string {
	t.Helper()
	all, err := os.ReadDir(dir)
	must(t, err)
	found := map[string]string{}
	for _, e := range all {
		if e.IsDir() {
			found[e.Name()] = "(folder)"
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
		found[e.Name()] = string(b)
	}
	return found
}

// wantOnDisk compares a whole folder.
func wantOnDisk(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if got := show(onDisk(t, dir)); got != show(want) {
		t.Errorf("on disk\n got %s\nwant %s", got, show(want))
	}
}

func show(m map[string]string) string {
	var lines []string
	for name, content := range m {
		if len(content) > 40 {
			content = fmt.Sprintf("%s... (%d bytes)", content[:40], len(content))
		}
		lines = append(lines, fmt.Sprintf("%s=%q", name, content))
	}
	sort.Strings(lines)
	return strings.Join(lines, " ")
}
