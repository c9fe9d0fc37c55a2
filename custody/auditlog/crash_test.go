package auditlog

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"strongroom/custody/durable"
)

// disk stops a program before step n. It also knows what a power cut at that
// moment may lose: names that no fsync of their folder has made durable yet.
type disk struct {
	dir   string
	n     int
	steps int
	// lost has, for each folder, how to take back what is not durable.
	lost map[string][]func()
}

func (d *disk) fault(t *testing.T) durable.Fault {
	d.lost = map[string][]func(){}
	return func(op durable.Op) error {
		if d.steps == d.n {
			return errors.New("power cut")
		}
		d.steps++
		file, folder := filepath.Join(d.dir, op.Name), path.Dir(op.Name)
		switch op.Kind {
		case durable.Link, durable.MakeDir:
			d.lost[folder] = append(d.lost[folder], func() { must(t, os.RemoveAll(file)) })
		case durable.Rename:
			old, err := os.ReadFile(file)
			if err != nil {
				d.lost[folder] = append(d.lost[folder], func() { must(t, os.RemoveAll(file)) })
				break
			}
			d.lost[folder] = append(d.lost[folder], func() { must(t, os.WriteFile(file, old, 0o600)) })
		case durable.SyncDir:
			delete(d.lost, op.Name)
		}
		return nil
	}
}

// lose takes back, last first, what was not durable.
func (d *disk) lose() {
	for _, undo := range d.lost {
		for i := len(undo) - 1; i >= 0; i-- {
			undo[i]()
		}
	}
}

// interrupted makes the folder of a log with two records and a third without its
// checkpoint, and left-overs if wanted, as a crash leaves it.
func interrupted(t *testing.T, leftOvers bool) string {
	dir, _ := newLog(t, 2)
	must(t, os.WriteFile(dir+"/entries/000002", entry(2), 0o600))
	if !leftOvers {
		return dir
	}
	must(t, os.WriteFile(dir+"/entries/.tmp-1-1", []byte("rec"), 0o600))
	must(t, os.WriteFile(dir+"/.tmp-1-2", nil, 0o600))
	return dir
}

func TestCrashBeforeAnyStepOfAppendLosesNothingAcknowledged(t *testing.T) {
	for _, c := range []struct{ leftOvers, powerCut bool }{{false, true}, {true, false}} {
		steps := 0
		for done := false; !done; steps++ {
			if steps > 100 {
				t.Fatal("does not end")
			}
			done = crashAppend(t, steps, interrupted(t, c.leftOvers), c.powerCut)
		}
		if steps < 40 {
			t.Errorf("only %d steps", steps)
		}
	}
}

// crashAppend opens an interrupted log and appends to it, stopped before step n,
// and then looks at it and goes on.
func crashAppend(t *testing.T, n int, dir string, powerCut bool) (done bool) {
	disk := disk{dir: dir, n: n}
	d := openDir(t, dir).WithFault(disk.fault(t))
	// The crash before this one may have come before the fsync of the folder.
	disk.lost["entries"] = []func(){func() { must(t, os.RemoveAll(dir+"/entries/000002")) }}
	acknowledged := int64(2)
	l, err := Open(d, testKey(1))
	if err == nil {
		acknowledged = 3
		for _, batch := range [][][]byte{{entry(3), entry(4), entry(5)}, {entry(6)}} {
			if err = l.Append(batch...); err != nil {
				break
			}
			acknowledged += int64(len(batch))
		}
		if l.Size() != acknowledged {
			t.Errorf("step %d: size %d, acknowledged %d", n, l.Size(), acknowledged)
		}
	}
	if err != nil && !errors.Is(err, durable.ErrStopped) {
		t.Fatalf("step %d: %v", n, err)
	}
	if powerCut {
		disk.lose()
	}
	again, openErr := Open(openDir(t, dir), testKey(1))
	if openErr != nil {
		t.Fatalf("step %d: %v\n%s", n, openErr, snapshot(t, dir))
	}
	if again.Size() < acknowledged || again.Size() > 7 {
		t.Fatalf("step %d: %d entries, %d were acknowledged", n, again.Size(), acknowledged)
	}
	wantLog(t, dir, records(int(again.Size())))
	must(t, again.Append(records(8)[again.Size():]...))
	wantLog(t, dir, records(8))
	if found := snapshot(t, dir); strings.Contains(found, ".tmp-") {
		t.Errorf("step %d: left-overs:\n%s", n, found)
	}
	return err == nil
}

func TestCrashBeforeAnyStepOfCreateCanBeRepeated(t *testing.T) {
	for _, powerCut := range []bool{false, true} {
		n := 0
		for done := false; !done; n++ {
			dir := tempDir(t)
			disk := disk{dir: dir, n: n}
			_, err := Create(openDir(t, dir).WithFault(disk.fault(t)), testKey(1))
			done = err == nil
			if powerCut {
				disk.lose()
			}
			_, err = Create(openDir(t, dir), testKey(1))
			must(t, err)
			wantLog(t, dir, nil)
		}
		if n < 8 {
			t.Errorf("only %d steps", n)
		}
	}
}

func TestLogIsOfNoUseAfterAnError(t *testing.T) {
	for name, spoil := range map[string]struct {
		entries [][]byte
		want    string
	}{
		"empty entry": {[][]byte{entry(2), {}}, "log: entry 3: wanted 1 to 1048576 bytes, found 0"},
		"long entry":  {[][]byte{make([]byte, 1<<20+1)}, "log: entry 2: wanted 1 to 1048576 bytes, found 1048577"},
		"taken name":  {[][]byte{[]byte("other")}, "log: entry 2: DIR/entries/000002: exists already with 6 bytes, wanted 5"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, l := newLog(t, 2)
			if name == "taken name" {
				must(t, os.WriteFile(dir+"/entries/000002", []byte("theirs"), 0o600))
			}
			before := snapshot(t, dir)
			wantError(t, l.Append(spoil.entries...), dir, spoil.want)
			if err := l.Append(entry(2)); !errors.Is(err, ErrClosed) {
				t.Errorf("error %v", err)
			}
			if l.Size() != 2 || snapshot(t, dir) != before {
				t.Errorf("changed:\n%s", snapshot(t, dir))
			}
			if _, err := l.Root(3); err == nil {
				t.Error("answers for a size that was never signed")
			}
		})
	}
	for _, l := range []*Log{nil, new(Log)} {
		if err := l.Append(entry(0)); !errors.Is(err, ErrClosed) {
			t.Errorf("error %v", err)
		}
		if _, err := l.Root(0); !errors.Is(err, ErrClosed) {
			t.Errorf("error %v", err)
		}
	}
}

// The real thing: the kernel ends the process at any moment.
func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	self, err := os.Executable()
	must(t, err)
	dir, l := newLog(t, 0)
	must(t, l.Close())
	acknowledged := 0
	for round := range 6 {
		cmd := exec.Command(self, dir)
		cmd.Env = append(os.Environ(), childEnv+"=1")
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		if !lines.Scan() {
			t.Fatal("the process did not start")
		}
		kill := time.AfterFunc(time.Duration(3+5*round)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for ok := true; ok; ok = lines.Scan() {
			if acknowledged, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatalf("the process says %q", lines.Text())
			}
		}
		kill.Stop()
		if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
			t.Fatalf("the process ended with %v", err)
		}
		l, err := Open(openDir(t, dir), testKey(1))
		must(t, err)
		if int(l.Size()) < acknowledged || int(l.Size()) > acknowledged+3 {
			t.Fatalf("%d entries, %d were acknowledged", l.Size(), acknowledged)
		}
		wantLog(t, dir, records(int(l.Size())))
		must(t, l.Close())
	}
	if acknowledged == 0 {
		t.Error("nothing was ever acknowledged")
	}
	t.Logf("%d entries acknowledged in 6 rounds", acknowledged)
}

func TestAppendKeepsItsOwnCopy(t *testing.T) {
	dir, l := newLog(t, 0)
	mine := entry(0)
	must(t, l.Append(mine))
	copy(mine, bytes.Repeat([]byte("x"), len(mine)))
	must(t, l.Append(entry(1)))
	if string(l.Entry(0)) != string(entry(0)) {
		t.Errorf("entry 0 is now %q", l.Entry(0))
	}
	wantLog(t, dir, records(2))
}
