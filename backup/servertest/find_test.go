package servertest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// childTask names the variable that makes the test binary a child with a task.
const childTask = "SERVERTEST_CHILD"

// child prepares the test binary to run one test again, as another process.
func child(t *testing.T, task string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(append(os.Environ(), childTask+"="+task), env...)
	return cmd
}

// ask starts the server of a name.
func ask(t *testing.T, name string) {
	t.Helper()
	if name == "vault" {
		Vault(t)
		return
	}
	for _, kind := range Kinds() {
		if kind.String() == name {
			S3(t, kind)
			return
		}
	}
	t.Fatalf("no server is called %s", name)
}

func TestAMissingServerIsASkipAndAFailureWhereItIsNeeded(t *testing.T) {
	if name := os.Getenv(childTask); name != "" {
		ask(t, name)
		t.Fatal("want the test ended, found it going on")
	}
	nowhere := filepath.Join(t.TempDir(), "none")
	for name, sentence := range map[string]string{
		"versitygw": `versitygw: want it at $STRONGROOM_VERSITYGW, found "` + nowhere + `": run scripts/build-servers.sh versitygw, and the tests by scripts/gotest.sh`,
		"minio":     `minio: want it at $STRONGROOM_MINIO, found "` + nowhere + `": run scripts/build-servers.sh minio, and the tests by scripts/gotest.sh`,
		"vault":     `vault: want it at $STRONGROOM_VAULT, found "` + nowhere + `": run scripts/build-servers.sh vault, and the tests by scripts/gotest.sh`,
		"rgw":       `rgw: want monmaptool, found none: run scripts/install-tools.sh rgw`,
	} {
		for needed, verdict := range map[string]string{"": "--- SKIP: ", "needed": "--- FAIL: "} {
			out, err := child(t, name, "STRONGROOM_SERVERS="+needed, "PATH="+nowhere,
				"STRONGROOM_VERSITYGW="+nowhere, "STRONGROOM_MINIO="+nowhere, "STRONGROOM_VAULT="+nowhere).CombinedOutput()
			if (err != nil) != (needed != "") || !bytes.Contains(out, []byte(verdict)) || !bytes.Contains(out, []byte(sentence+"\n")) {
				t.Errorf("%s, needed %q: want %q and %q, found %v:\n%s", name, needed, verdict, sentence, err, out)
			}
		}
	}
}

func TestNoServerOutlivesTheProcessThatStartedIt(t *testing.T) {
	if folder := os.Getenv(childTask); folder != "" {
		pids := S3(t, VersityGW).PIDs()
		if err := os.WriteFile(filepath.Join(folder, "pid.tmp"), []byte(strconv.Itoa(pids[0])), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(folder, "pid.tmp"), filepath.Join(folder, "pid")); err != nil {
			t.Fatal(err)
		}
		select {} // until we are killed
	}
	need(t, VersityGW.find)
	if runtime.GOOS != "linux" {
		t.Skip("this system cannot end a process with its parent")
	}
	folder := t.TempDir()
	parent := child(t, folder, "TMPDIR="+folder) // what it leaves behind goes with the folder
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	until(t, "a server", func() bool {
		b, err := os.ReadFile(filepath.Join(folder, "pid"))
		pid, _ = strconv.Atoi(string(b))
		return err == nil
	})
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed
	until(t, "its end", func() bool { return !alive(pid) || zombie(pid) })
}

// until waits for something to come true.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	deadline := time.Now().Add(startTime)
	for !happened() {
		if time.Now().After(deadline) {
			t.Fatalf("want %s within %s, found none", what, startTime)
		}
		time.Sleep(startPause)
	}
}

// zombie says whether a process has ended and only waits to be reaped.
func zombie(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, state, _ := strings.Cut(string(b), ") ")
	return err != nil || strings.HasPrefix(state, "Z")
}

func TestASharedServerThatCannotStartFailsEachTestThatAsksAndIsTriedOnce(t *testing.T) {
	if folder := os.Getenv(childTask); folder != "" {
		var own Shared
		t.Cleanup(func() { own.Close() })
		for range 2 {
			t.Run("asks", func(t *testing.T) { own.S3(t, MinIO) })
		}
		t.Run("asks for another", func(t *testing.T) { own.S3(t, VersityGW) })
		return
	}
	need(t, VersityGW.find)
	folder := t.TempDir()
	bad := filepath.Join(folder, "bad")
	if err := os.WriteFile(bad, []byte("#!/bin/sh\necho once >> "+folder+"/count\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := child(t, folder, "STRONGROOM_MINIO="+bad).CombinedOutput()
	if err == nil || bytes.Count(out, []byte("minio: want it to run, found it ended by itself (exit status 1): ")) != 2 || !bytes.Contains(out, []byte("--- PASS: "+t.Name()+"/asks_for_another")) {
		t.Errorf("want two failures and one pass, found %v:\n%s", err, out)
	}
	count, err := os.ReadFile(filepath.Join(folder, "count"))
	if err != nil || strings.Count(string(count), "once") != startTries {
		t.Errorf("want one start of %d tries, found %q, %v", startTries, count, err)
	}
}
