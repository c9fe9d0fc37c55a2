package host

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Confine walls the running process off, all its threads and for good, and
// reports what it achieved. It never fails: which lack must refuse is for the
// caller to say. Called at the start of the process, after what needs the whole
// machine has been read.
//
// The order is forced: locking memory and leaving the network want rights that
// later steps take away, Landlock wants no-new-privs, and the system call filter
// comes last because it forbids what the others use.
func Confine(p Places) Report {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	memory := lockMemory()
	net := leaveNetwork()
	core := stopDumps()
	privs := dropPrivs()
	files := restrictFiles(p)
	calls := filterCalls()
	return Report{core, files, memory, net, prove(privs), prove(calls)}
}

// stopDumps sets the size of a core file to 0 and makes the process
// undumpable: a dump that is piped to a program ignores the size.
func stopDumps() Measure {
	m := Measure{Name: CoreDumps}
	err := errors.Join(
		unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}),
		unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0))
	if err != nil {
		m.Found = err.Error()
		return m
	}
	var limit unix.Rlimit
	err = unix.Getrlimit(unix.RLIMIT_CORE, &limit)
	dumpable, err2 := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err := errors.Join(err, err2); err != nil {
		m.Found = err.Error()
		return m
	}
	m.Held = limit.Max == 0 && dumpable == 0
	m.Found = fmt.Sprintf("limit %d, not dumpable", limit.Max)
	if dumpable != 0 {
		m.Found = fmt.Sprintf("limit %d, still dumpable", limit.Max)
	}
	return m
}

// lockMemory keeps every page in memory that is or will be touched. It does not
// try under a limit: the first allocation beyond it would kill the program in
// the middle of its work.
func lockMemory() Measure {
	m := Measure{Name: MemoryLocked}
	if err := liftLockLimit(); err != nil {
		m.Found = err.Error()
		return m
	}
	if err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT); err != nil {
		m.Found = err.Error()
		return m
	}
	// locked pages of all mappings, unlike VmLck, which counts reserved addresses
	kb, err := locked()
	if err != nil {
		m.Found = err.Error()
		return m
	}
	m.Held = kb > 0
	m.Found = fmt.Sprintf("%d bytes, and all that follow", kb<<10)
	return m
}

func liftLockLimit() error {
	own, err := threadStatus("self")
	if err != nil {
		return err
	}
	if own.capable(capIPCLock) {
		return nil
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit); err != nil {
		return err
	}
	if limit.Max != unix.RLIM_INFINITY {
		return fmt.Errorf("limit of %d bytes, wanted none (LimitMEMLOCK=infinity)", limit.Max)
	}
	return unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: limit.Max, Max: limit.Max})
}

func locked() (uint64, error) {
	b, err := readOwn("self/smaps_rollup")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(field(b, "Locked"))
	if len(fields) != 2 || fields[1] != "kB" {
		return 0, errors.New("locked: the kernel does not say how much")
	}
	return strconv.ParseUint(fields[0], 10, 54)
}

// dropPrivs is done here for this thread; the system call filter hands it to
// the others, and prove looks at all of them at the end.
func dropPrivs() Measure {
	m := Measure{Name: NoNewPrivs, Held: true}
	err := allThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	if errors.Is(err, errCgo) {
		err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	}
	if err != nil {
		m.Held, m.Found = false, reason(err)
	}
	return m
}

// filterCalls installs the filter, and then tries two calls in a form that
// does nothing on a kernel that lets them through: a socket of a type that does
// not exist, a debugger's request that does not exist.
func filterCalls() Measure {
	m := Measure{Name: Seccomp}
	if err := installFilter(); err != nil {
		m.Found = reason(err)
		return m
	}
	const none = 0xf
	_, _, socket := unix.RawSyscall(unix.SYS_SOCKET, unix.AF_INET, none, 0)
	_, _, ptrace := unix.RawSyscall(unix.SYS_PTRACE, 0xffff, 0, 0)
	if socket != unix.EPERM || ptrace != unix.EPERM {
		m.Found = fmt.Sprintf("want socket and ptrace refused, found %q and %q", socket, ptrace)
		return m
	}
	m.Held, m.Found = true, "; socket and ptrace were refused"
	return m
}

// prove looks at every thread for what a measure claims.
func prove(m Measure) Measure {
	if !m.Held {
		return m
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return Measure{Name: m.Name, Found: err.Error()}
	}
	all, held := 0, 0
	for _, task := range tasks[:min(len(tasks), maxThreads)] {
		s, err := threadStatus("self/task/" + task.Name())
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue
		}
		all++
		if err == nil && s.has(m.Name) {
			held++
		}
	}
	m.Held = all > 0 && held == all && len(tasks) <= maxThreads
	m.Found = fmt.Sprintf("%d of %d threads", held, all) + m.Found
	return m
}

// has tells whether a thread's status shows the measure.
func (s status) has(measure string) bool {
	if measure == Seccomp {
		return field(s.text, "Seccomp") == strconv.Itoa(unix.SECCOMP_MODE_FILTER)
	}
	return measure == NoNewPrivs && field(s.text, "NoNewPrivs") == "1"
}

// threadStatus reads the status of this process or one of its threads.
func threadStatus(which string) (status, error) {
	b, err := readOwn(which + "/status")
	return status{b}, err
}

func readOwn(name string) (string, error) {
	b, err := os.ReadFile("/proc/" + name)
	return string(b), err
}

// reason puts an error into words that say what was missing.
func reason(err error) string {
	switch {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP):
		return "not in this kernel, or switched off at boot"
	case errors.Is(err, unix.EPERM):
		return "not permitted (wanted CAP_SYS_ADMIN at start)"
	}
	return err.Error()
}
