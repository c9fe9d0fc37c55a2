package posture

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Host is what no file tells of a machine. The zero Host makes every finding
// unreadable.
type Host struct {
	System    string     // as the Go runtime names it: linux
	Container Said[bool] // whether this is one
	Sockets   []Socket   // of container engines, where they are known to lie
}

// Socket is a place where a container engine may listen. Who may speak to it is
// root on its machine.
type Socket struct {
	Path string
	Open Said[bool] // whether we were let in
}

// Sockets are where engines listen, with the user's own below run/user/UID.
func Sockets(uid int) []string {
	own := fmt.Sprintf("/run/user/%d/", uid)
	return []string{"/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock", "/run/crio/crio.sock",
		"/var/run/crio/crio.sock", "/run/k3s/containerd/containerd.sock", own + "docker.sock", own + "podman/podman.sock"}
}

// Findings looks at a machine, through its file tree rooted at /, for what lets
// others into the job or the job out of its walls.
func (h Host) Findings(root fs.FS) []Finding {
	inside, known := h.Container.Value()
	walled := inside || !known // where it is not known that there are no walls, they are wanted
	status, err := text(root, "proc/self/status")
	told := func(by func(string) verdict) verdict {
		switch {
		case h.System != "linux":
			return unread("want linux, found %s", orWord(h.System, "none"))
		case err != nil:
			return unread("%v", err)
		}
		return by(status)
	}
	return findings([]check{
		{"engine-socket", false, h.sockets(), "whoever may speak to a container engine is root on its machine, and reads every key on it",
			"take the socket out of the container, and the job's user out of the engine's group"},
		{"privileged", false, told(func(s string) verdict { return privileged(s, walled) }), "a privileged container is no wall: it mounts the machine's disks",
			"run it without --privileged, with --cap-drop=ALL"},
		{"host-mounts", false, h.mounted(root, inside), "what of the machine is mounted here can be read from here, or changed", "mount the home and nothing else"},
		{"read-only-root", false, h.rootMount(root, inside), "whoever breaks in leaves a program behind", "run it with --read-only, and a tmpfs where it must write"},
		{"seccomp", false, told(func(s string) verdict { return seccomp(s, walled) }), "every system call is there to be tried", "keep the engine's profile; as a service, SystemCallFilter=@system-service"},
		{"no-new-privileges", false, told(noNewPrivileges), "a program with a set-user bit gives back what was taken away", "--security-opt no-new-privileges; as a service, NoNewPrivileges=yes"},
	})
}

// text reads a file of the kernel.
func text(root fs.FS, name string) (string, error) {
	f, err := root.Open(name)
	if err == nil {
		defer f.Close()
		var b []byte
		if b, err = io.ReadAll(io.LimitReader(f, maxText+1)); err == nil && len(b) > maxText {
			return "", fmt.Errorf("/%s: want at most %d bytes, found more", name, maxText)
		}
		if err == nil {
			return string(b), nil
		}
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return "", fmt.Errorf("/%s: %w", name, err)
}

// field returns the value behind "name:" in a text of such lines.
func field(text, name string) (string, bool) {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

func (h Host) sockets() verdict {
	var open, doubtful []string
	for _, s := range h.Sockets {
		switch in, known := s.Open.Value(); {
		case known && in:
			open = append(open, clip(s.Path))
		case !known:
			doubtful = append(doubtful, clip(s.Path))
		}
	}
	switch {
	case len(open) > 0:
		return fail("lets us in: %s", named(open))
	case len(doubtful) > 0:
		return unread("cannot tell of %s", named(doubtful))
	case len(h.Sockets) == 0:
		return unread("nobody looked")
	}
	return pass("none lets us in")
}

// rights are the capabilities that open a container's walls or other people's
// files, by the kernel's numbers.
func rights() map[uint]string {
	return map[uint]string{1: "DAC_OVERRIDE", 2: "DAC_READ_SEARCH", 16: "SYS_MODULE", 17: "SYS_RAWIO", 19: "SYS_PTRACE", 21: "SYS_ADMIN", 12: "NET_ADMIN", 27: "MKNOD", 39: "BPF"}
}

func privileged(status string, walled bool) verdict {
	value, ok := field(status, "CapEff")
	mask, err := strconv.ParseUint(value, 16, 64)
	if !ok || err != nil {
		return unread("/proc/self/status: want a CapEff, found none")
	}
	var held []string
	for bit, name := range rights() {
		if mask>>bit&1 == 1 {
			held = append(held, name)
		}
	}
	slices.Sort(held)
	switch {
	case len(held) == 0:
		return pass("no capability that opens walls")
	case walled && mask>>21&1 == 1:
		return fail("privileged: %s", named(held))
	case walled:
		return fail("%s", named(held))
	}
	return warn("on the machine itself, with %s", named(held))
}

func seccomp(status string, walled bool) verdict {
	switch value, _ := field(status, "Seccomp"); {
	case value == "2":
		return pass("a filter")
	case value == "1":
		return pass("strict")
	case value != "0":
		return unread("/proc/self/status: want Seccomp, found none")
	case walled:
		return fail("no system call is filtered")
	}
	return warn("no system call is filtered")
}

func noNewPrivileges(status string) verdict {
	switch value, _ := field(status, "NoNewPrivs"); value {
	case "1":
		return pass("set")
	case "0":
		return warn("not set")
	}
	return unread("/proc/self/status: want NoNewPrivs, found none")
}

// rootMount wants a container's root to be read-only. A machine's own need not
// be.
func (h Host) rootMount(root fs.FS, inside bool) verdict {
	all, err := h.mounts(root)
	if err != nil {
		return unread("%v", err)
	}
	at := slices.IndexFunc(all, func(m mount) bool { return m.point == "/" })
	switch {
	case at < 0:
		return unread("/proc/self/mountinfo: want the root, found none")
	case slices.Contains(strings.Split(all[at].options, ","), "ro"):
		return pass("read-only")
	case inside:
		return warn("writable")
	}
	return pass("writable, on the machine itself")
}

// mount is a line of /proc/self/mountinfo.
type mount struct{ from, point, options, kind string }

// mounts reads it:
//
//	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
func (h Host) mounts(root fs.FS) ([]mount, error) {
	if h.System != "linux" {
		return nil, fmt.Errorf("want linux, found %s", orWord(h.System, "none"))
	}
	b, err := text(root, "proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var out []mount
	for line := range strings.Lines(b) {
		before, after, ok := strings.Cut(line, " - ")
		f, kind := strings.Fields(before), strings.Fields(after)
		if !ok || len(f) < 6 || len(kind) < 2 {
			return nil, fmt.Errorf("/proc/self/mountinfo: want lines of ten fields, found another")
		}
		out = append(out, mount{f[3], f[4], f[5], kind[0]})
	}
	return out, nil
}

// mounted lists what of the machine is mounted in a container: file systems on
// disks, at other places than those that every engine makes.
func (h Host) mounted(root fs.FS, inside bool) verdict {
	all, err := h.mounts(root)
	switch {
	case err != nil:
		return unread("%v", err)
	case !inside:
		return pass("not in a container")
	}
	var bad, other []string
	for _, m := range all {
		switch {
		case m.point == "/" || !onDisk(m.kind) || slices.Contains([]string{"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}, m.point):
		case tooMuch(m.from):
			bad = append(bad, clip(m.point)+" is the machine's "+clip(m.from))
		default:
			other = append(other, clip(m.point))
		}
	}
	switch {
	case len(bad) > 0:
		return fail("%s", named(bad))
	case len(other) > 0:
		return pass("%s", named(other))
	}
	return pass("none")
}

func onDisk(kind string) bool {
	return slices.Contains([]string{"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs", "virtiofs", "9p", "nfs", "nfs4", "fuse", "vfat"}, kind)
}

// tooMuch says whether a folder of the machine is one that no job needs.
func tooMuch(from string) bool {
	return slices.Contains([]string{"/", "/etc", "/root", "/home", "/usr", "/var", "/var/lib", "/boot", "/dev", "/proc", "/sys", "/run", "/var/run", "/var/lib/docker", "/var/lib/containers"}, from)
}
