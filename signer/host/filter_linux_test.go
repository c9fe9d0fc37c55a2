//go:build linux && (amd64 || arm64)

package host

import (
	"testing"

	"golang.org/x/sys/unix"
)

// call is what the kernel shows a filter of a system call.
type call struct{ number, arch, flags uint32 }

// judged runs a filter as the kernel does, for the few instructions that ours
// is made of, and returns its answer.
func judged(t *testing.T, f []unix.SockFilter, c call) uint32 {
	t.Helper()
	words := map[uint32]uint32{offsetNumber: c.number, offsetArch: c.arch, offsetFlags: c.flags}
	var a uint32
	for i := 0; i < len(f); i++ {
		in := f[i]
		yes := false
		switch in.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			a = words[in.K]
			continue
		case unix.BPF_RET | unix.BPF_K:
			return in.K
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			yes = a == in.K
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			yes = a >= in.K
		case unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
			yes = a&in.K != 0
		default:
			t.Fatalf("instruction %d: want one that is known, found %+v", i, in)
		}
		if yes {
			i += int(in.Jt)
		} else {
			i += int(in.Jf)
		}
	}
	t.Fatal("filter: want an answer, found its end")
	return 0
}

func TestFilterAnswers(t *testing.T) {
	const refuse = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	f := filter()
	listed := map[uint32]bool{}
	for _, n := range refused() {
		if listed[n] {
			t.Errorf("call %d: want it listed once, found it twice", n)
		}
		listed[n] = true
	}
	for n := range uint32(600) {
		want := uint32(unix.SECCOMP_RET_ALLOW)
		if listed[n] || n == unix.SYS_CLONE {
			want = refuse
		}
		if n == unix.SYS_CLONE3 {
			want = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
		}
		if got := judged(t, f, call{n, thisArch, unix.CLONE_VM}); got != want {
			t.Errorf("call %d: want %#x, found %#x", n, want, got)
		}
		if got := judged(t, f, call{n, unix.AUDIT_ARCH_I386, 0}); got != unix.SECCOMP_RET_KILL_PROCESS {
			t.Errorf("call %d of the table for 32 bits: want the process killed, found %#x", n, got)
		}
		if got := judged(t, f, call{n | otherTable, thisArch, unix.CLONE_THREAD}); got != refuse {
			t.Errorf("call %d of x32: want it refused, found %#x", n, got)
		}
	}
	if got := judged(t, f, call{unix.SYS_CLONE, thisArch, unix.CLONE_VM | unix.CLONE_THREAD}); got != unix.SECCOMP_RET_ALLOW {
		t.Errorf("a new thread: want it allowed, found %#x", got)
	}
	if len(listed) < 70 || len(listed) > 200 { // a jump of the filter reaches 255 instructions
		t.Errorf("list: want 70 to 200 calls, found %d", len(listed))
	}
	t.Logf("%d calls refused, %d instructions", len(listed), len(f))
}

func TestSocketsAndDebuggersAreOnTheList(t *testing.T) {
	f := filter()
	for name, n := range map[string]uint32{
		"socket": unix.SYS_SOCKET, "socketpair": unix.SYS_SOCKETPAIR, "connect": unix.SYS_CONNECT, "bind": unix.SYS_BIND, "listen": unix.SYS_LISTEN,
		"accept": unix.SYS_ACCEPT, "accept4": unix.SYS_ACCEPT4, "sendto": unix.SYS_SENDTO, "sendmsg": unix.SYS_SENDMSG, "ptrace": unix.SYS_PTRACE,
		"process_vm_readv": unix.SYS_PROCESS_VM_READV, "process_vm_writev": unix.SYS_PROCESS_VM_WRITEV, "bpf": unix.SYS_BPF,
		"io_uring_setup": unix.SYS_IO_URING_SETUP, "io_uring_enter": unix.SYS_IO_URING_ENTER, "keyctl": unix.SYS_KEYCTL, "mount": unix.SYS_MOUNT,
		"execve": unix.SYS_EXECVE, "execveat": unix.SYS_EXECVEAT, "setns": unix.SYS_SETNS, "unshare": unix.SYS_UNSHARE,
	} {
		if got := judged(t, f, call{n, thisArch, 0}); got != unix.SECCOMP_RET_ERRNO|uint32(unix.EPERM) {
			t.Errorf("%s: want it refused, found %#x", name, got)
		}
	}
}
