package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"strongroom/custody/durable"
)

// outcome is what a confined child reports: what Confine said, and what came of
// each thing it tried.
type outcome struct {
	Report Report
	Tried  map[string]string
}

// runChild confines itself to two folders of dir and tries what it must not be
// able to do, and what it must.
func runChild(job, dir string) error {
	if job == "free" {
		return report(outcome{Tried: tried(dir, "call: socket inet", "call: socket unix", "call: ptrace", "file: read /etc/passwd", "file: read beside",
			"file: list /", "file: write beside", "file: make in read", "file: through a link", "signal: the parent")})
	}
	if job == "person" && os.Getuid() == 0 { // without an administrator's rights
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			return err
		}
	}
	stop := busyThreads()
	defer stop()
	places := Places{Read: []string{dir + "/read", dir + "/file"}, Write: []string{dir + "/write"}}
	if job == "root place" {
		places.Read = []string{"/"}
	}
	r := Confine(places)
	if job == "root place" {
		return report(outcome{Report: r})
	}
	// What must be possible comes first: where files are not walled off, what must
	// not be removes them.
	names := slices.SortedFunc(maps.Keys(trials(dir)), func(a, b string) int {
		return cmp.Or(-cmp.Compare(group(a), group(b)), cmp.Compare(a, b))
	})
	return report(outcome{r, tried(dir, names...)})
}

func group(trial string) string {
	name, _, _ := strings.Cut(trial, ":")
	return name
}

func report(o outcome) error { return json.NewEncoder(os.Stdout).Encode(o) }

// tried does what the names say.
func tried(dir string, names ...string) map[string]string {
	all, came := trials(dir), map[string]string{}
	for _, name := range names {
		came[name] = "done"
		if err := all[name](); err != nil {
			came[name] = bareError(err)
		}
	}
	return came
}

// noProcess is more than the kernel numbers processes by.
const noProcess = 1 << 30

// busyThreads keeps threads of the kernel in being while Confine works.
func busyThreads() (stop func()) {
	const threads = 8
	var running sync.WaitGroup
	running.Add(threads)
	end := make(chan struct{})
	for range threads {
		go func() {
			runtime.LockOSThread()
			running.Done()
			<-end
		}()
	}
	running.Wait()
	return func() { close(end) }
}

func bareError(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// trials are grouped by what stops them: a word before the colon.
func trials(dir string) map[string]func() error {
	socket := func(family int) func() error {
		return func() error { _, err := unix.Socket(family, unix.SOCK_STREAM, 0); return err }
	}
	raw := func(number uintptr) func() error {
		return func() error {
			if _, _, errno := unix.Syscall(number, 0, 0, 0); errno != 0 {
				return errno
			}
			return nil
		}
	}
	read := func(name string) func() error { return func() error { _, err := os.ReadFile(name); return err } }
	write := func(name string) func() error { return func() error { return os.WriteFile(name, []byte("x"), 0o600) } }
	parent := os.Getppid()
	return map[string]func() error{
		"call: socket inet":       socket(unix.AF_INET),
		"call: socket inet6":      socket(unix.AF_INET6),
		"call: socket unix":       socket(unix.AF_UNIX),
		"call: socket netlink":    socket(unix.AF_NETLINK),
		"call: socket packet":     socket(unix.AF_PACKET),
		"call: ptrace":            func() error { return unix.PtraceAttach(noProcess) },
		"call: process_vm_readv":  func() error { _, err := unix.ProcessVMReadv(parent, nil, nil, 0); return err },
		"call: process_vm_writev": func() error { _, err := unix.ProcessVMWritev(parent, nil, nil, 0); return err },
		"call: bpf":               raw(unix.SYS_BPF),
		"call: io_uring_setup":    raw(unix.SYS_IO_URING_SETUP),
		"call: keyctl":            raw(unix.SYS_KEYCTL),
		"call: perf_event_open":   raw(unix.SYS_PERF_EVENT_OPEN),
		"call: mount":             func() error { return unix.Mount("none", dir+"/write", "tmpfs", 0, "") },
		"call: unshare":           func() error { return unix.Unshare(unix.CLONE_NEWUSER) },
		"call: setns":             func() error { return unix.Setns(0, unix.CLONE_NEWNET) },
		"call: chroot":            func() error { return unix.Chroot(dir) },
		"call: memfd_create":      func() error { _, err := unix.MemfdCreate("x", 0); return err },
		"call: execve":            func() error { return syscall.Exec("/bin/true", []string{"true"}, nil) },
		"call: another program": func() error {
			return (&exec.Cmd{Path: "/bin/true", Stdin: os.Stdin, Stdout: os.Stderr, Stderr: os.Stderr}).Run()
		},
		"call: socket, all threads": func() error { return onThreads(socket(unix.AF_INET)) },

		"file: read /etc/shadow":    read("/etc/shadow"),
		"file: read /etc/passwd":    read("/etc/passwd"),
		"file: read beside":         read(dir + "/beside"),
		"file: list /":              func() error { _, err := os.ReadDir("/"); return err },
		"file: list above":          func() error { _, err := os.ReadDir(dir); return err },
		"file: write beside":        write(dir + "/beside"),
		"file: make beside":         write(dir + "/new"),
		"file: write to read":       write(dir + "/read/file"),
		"file: write to the file":   write(dir + "/file"),
		"file: make in read":        write(dir + "/read/new"),
		"file: remove in read":      func() error { return os.Remove(dir + "/read/file") },
		"file: remove beside":       func() error { return os.Remove(dir + "/beside") },
		"file: a link in write":     func() error { return os.Symlink("/etc/shadow", dir+"/write/link") },
		"file: a device in write":   func() error { return unix.Mknod(dir+"/write/pipe", unix.S_IFIFO, 0) },
		"file: through a link":      read(dir + "/write/out"),
		"file: beside, all threads": func() error { return onThreads(read(dir + "/beside")) },
		"signal: the parent":        func() error { return unix.Kill(parent, 0) },

		"may: read in read":  read(dir + "/read/file"),
		"may: read the file": read(dir + "/file"),
		"may: list read":     func() error { _, err := os.ReadDir(dir + "/read"); return err },
		"may: keep a home":   func() error { return keepHome(dir + "/write") },
		"may: use memory":    useMemory,
		"may: start threads": func() error { return onThreads(func() error { return nil }) },
	}
}

// onThreads does the same on many threads, of which most are new, and returns
// the one error of all; a difference is an error of its own.
func onThreads(try func() error) error {
	const threads = 40
	errs := make([]error, threads)
	var begun, done sync.WaitGroup
	begun.Add(threads)
	for i := range threads {
		done.Add(1)
		go func() {
			defer done.Done()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			begun.Done()
			begun.Wait()
			errs[i] = try()
		}()
	}
	done.Wait()
	for _, err := range errs {
		if (err == nil) != (errs[0] == nil) || err != nil && bareError(err) != bareError(errs[0]) {
			return fmt.Errorf("threads differ: %v and %v", errs[0], err)
		}
	}
	return errs[0]
}

// keepHome does to a folder what a signer does to its home.
func keepHome(path string) error {
	d, err := durable.Open(path)
	if err != nil {
		return err
	}
	lock, err := d.Lock()
	if err != nil {
		return err
	}
	sub, err := d.Sub("log")
	if err != nil {
		return err
	}
	return errors.Join(sub.WriteNew("entry", []byte("1")), d.WriteFile("a", []byte("1")), d.WriteFile("a", []byte("2")), d.Remove("a"), d.Clean(), sub.Close(), lock.Close(), d.Close())
}

func useMemory() error {
	for range 8 {
		b := make([]byte, 16<<20)
		b[len(b)-1] = 1
		runtime.GC()
		runtime.KeepAlive(b)
	}
	return nil
}

// confined runs a child and reads its report.
func confined(t *testing.T, job string) outcome {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"read", "write"} {
		if err := errors.Join(os.Mkdir(filepath.Join(dir, name), 0o777), os.Chmod(filepath.Join(dir, name), 0o777)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"read/file", "file", "beside"} {
		if err := errors.Join(os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o666), os.Chmod(filepath.Join(dir, name), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink("../beside", filepath.Join(dir, "write/out")), openWay(dir)); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, dir)
	cmd.Env = append(os.Environ(), childEnv+"="+job)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var o outcome
	if err == nil {
		err = json.Unmarshal(out, &o)
	}
	if err != nil {
		t.Fatalf("%s: %v: %s%s", job, err, out, stderr.String())
	}
	for _, m := range o.Report {
		t.Logf("%-14s %-5v %s", m.Name, m.Held, m.Found)
	}
	return o
}

// openWay lets other users reach a folder below the system's temporary one.
func openWay(dir string) error {
	for at := dir; at != filepath.Clean(os.TempDir()) && at != "/"; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// wantTried compares what came of the trials of one group.
func wantTried(t *testing.T, o outcome, group, want string, except ...string) {
	t.Helper()
	n := 0
	for _, name := range slices.Sorted(maps.Keys(o.Tried)) {
		if !strings.HasPrefix(name, group+":") || slices.Contains(except, name) {
			continue
		}
		n++
		if o.Tried[name] != want {
			t.Errorf("%s: want %s, found %s", name, want, o.Tried[name])
		}
	}
	if n == 0 {
		t.Errorf("%s: want a trial, found none", group)
	}
}

// judge compares the trials with what the report claims: what it holds must be
// refused in fact. The system call filter must hold on every machine that
// tests.
func judge(t *testing.T, o outcome) {
	t.Helper()
	if !o.Report.Holds(Seccomp) {
		t.Error("seccomp: want it on this machine, found it not held")
	}
	if !o.Report.Holds(NoNewPrivs) || !o.Report.Holds(CoreDumps) {
		t.Error("no-new-privs and core-dumps: want them on every Linux, found one not held")
	}
	wantTried(t, o, "call", "operation not permitted")
	wantTried(t, o, "may", "done")
	if !o.Report.Holds(Landlock) {
		t.Skip("this kernel or build has no Landlock; what it refuses was not tried")
	}
	wantTried(t, o, "file", "permission denied", "file: a device in write")
	if abi, err := landlockABI(); err == nil && abi >= 6 {
		wantTried(t, o, "signal", "operation not permitted")
	}
	if got := o.Tried["file: a device in write"]; got != "operation not permitted" && got != "permission denied" {
		t.Errorf("a device: want it refused, found %s", got)
	}
}

func TestConfinedProcessReachesNothing(t *testing.T) {
	o := confined(t, "root")
	judge(t, o)
	if len(o.Report) != 6 || !slices.IsSortedFunc(o.Report, func(a, b Measure) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("report: want 6 measures by name, found %v", o.Report)
	}
	for _, m := range o.Report {
		if m.Found == "" {
			t.Errorf("%s: want what was found, found nothing", m.Name)
		}
	}
}

// Without Confine the same trials succeed, or fail for another reason: what
// refuses them above is what Confine did.
func TestTrialsAreNotRefusedAnyway(t *testing.T) {
	o := confined(t, "free")
	for name, came := range o.Tried {
		if want := map[string]string{"call: ptrace": "no such process"}[name]; came != cmp.Or(want, "done") {
			t.Errorf("%s: want %s, found %s", name, cmp.Or(want, "done"), came)
		}
	}
	if len(o.Tried) != 10 {
		t.Errorf("trials: want 10, found %d", len(o.Tried))
	}
}

// A person without rights gets less, is told so, and is still walled off.
func TestConfinedWithoutRights(t *testing.T) {
	o := confined(t, "person")
	judge(t, o)
	if o.Report.Holds(NetNamespace) {
		t.Error("net-namespace: want it not held without rights, found it claimed")
	}
}

func TestRootIsNoPlaceToOpen(t *testing.T) {
	o := confined(t, "root place")
	i := slices.IndexFunc(o.Report, func(m Measure) bool { return m.Name == Landlock })
	if m := o.Report[i]; m.Held || m.Found != "/: want an absolute path below /" && !strings.Contains(m.Found, "not in this kernel") {
		t.Errorf("landlock: want / refused as a place, found %+v", m)
	}
}

func TestReportHoldsOnlyWhatItNames(t *testing.T) {
	r := Report{{Name: Seccomp, Held: true}, {Name: Landlock}}
	if !r.Holds(Seccomp) || r.Holds(Landlock) || r.Holds("") || Report(nil).Holds(Seccomp) {
		t.Errorf("report: want seccomp alone, found %v", r)
	}
}

func TestLandlockAsksNoKernelForMoreThanItKnows(t *testing.T) {
	for abi, want := range map[int]unix.LandlockRulesetAttr{
		1: {Handled_access_fs: 0x1fff},
		2: {Handled_access_fs: 0x3fff},
		3: {Handled_access_fs: 0x7fff},
		4: {Handled_access_fs: 0x7fff, Handled_access_net: 3},
		5: {Handled_access_fs: 0xffff, Handled_access_net: 3},
		6: {Handled_access_fs: 0xffff, Handled_access_net: 3, Scoped: 3},
		9: {Handled_access_fs: 0xffff, Handled_access_net: 3, Scoped: 3},
	} {
		if got := handledBy(abi); got != want {
			t.Errorf("ABI %d: want %+v, found %+v", abi, want, got)
		}
	}
}

func TestAskSeesThisProcess(t *testing.T) {
	f := Ask("/home/x")
	if f.System != "linux" || f.User != os.Geteuid() || f.Home != "/home/x" {
		t.Errorf("facts: want those of this process, found %+v", f)
	}
	if n := len(Assess(os.DirFS("/"), f, today())); n != len(checks()) {
		t.Errorf("this machine: want %d findings, found %d", len(checks()), n)
	}
}
