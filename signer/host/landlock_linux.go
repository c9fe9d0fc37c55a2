package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// What a rule allows. Nothing may be executed, linked between folders, or made
// that is no plain file or folder.
const (
	readFile    = unix.LANDLOCK_ACCESS_FS_READ_FILE
	readFolder  = readFile | unix.LANDLOCK_ACCESS_FS_READ_DIR
	writeFile   = readFile | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	writeFolder = writeFile | readFolder | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_DIR |
		unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR
	writeDevice = writeFile | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV // a terminal, whose echo is switched off
)

// restrictFiles lets the process open only what lies below the places, and its
// own entries of /proc, where the report's proofs are read.
func restrictFiles(p Places) Measure {
	m := Measure{Name: Landlock}
	before := openRoot()
	abi, err := landlockABI()
	if err == nil {
		err = landlock(abi, p)
	}
	if err != nil {
		m.Found = reason(err)
		return m
	}
	if before != nil {
		m.Found = fmt.Sprintf("ABI %d; what it refuses cannot be tried: %v", abi, before)
		return m
	}
	if err := openRoot(); !errors.Is(err, unix.EACCES) {
		m.Found = fmt.Sprintf("ABI %d; want / refused, found %v", abi, err)
		return m
	}
	m.Held = true
	m.Found = fmt.Sprintf("ABI %d, places: %d to read, %d to write; opening / was refused", abi, len(p.Read), len(p.Write))
	return m
}

// openRoot tries what everybody may who is not restricted.
func openRoot() error {
	f, err := os.Open("/")
	if err != nil {
		return err
	}
	return f.Close()
}

func landlock(abi int, p Places) error {
	handled := handledBy(abi)
	ruleset, err := landlockRuleset(handled)
	if err != nil {
		return err
	}
	defer ruleset.Close()
	err = allow(ruleset, "/proc/self", readFolder&handled.Handled_access_fs)
	for _, path := range p.Read {
		err = errors.Join(err, allowPlace(ruleset, path, handled.Handled_access_fs, readFile, readFolder, readFile))
	}
	for _, path := range p.Write {
		err = errors.Join(err, allowPlace(ruleset, path, handled.Handled_access_fs, writeFile, writeFolder, writeDevice))
	}
	if err != nil {
		return err
	}
	return restrictSelf(abi, ruleset)
}

// handledBy is all that a kernel of this ABI can refuse. The network is refused
// whole, though only TCP up to ABI 9: what keeps the program off the network is
// the system call filter.
func handledBy(abi int) unix.LandlockRulesetAttr {
	since := func(version int, right uint64) uint64 {
		if abi < version {
			return 0
		}
		return right
	}
	const first = unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1
	return unix.LandlockRulesetAttr{
		Handled_access_fs: first | since(2, unix.LANDLOCK_ACCESS_FS_REFER) | since(3, unix.LANDLOCK_ACCESS_FS_TRUNCATE) |
			since(5, unix.LANDLOCK_ACCESS_FS_IOCTL_DEV),
		Handled_access_net: since(4, unix.LANDLOCK_ACCESS_NET_BIND_TCP|unix.LANDLOCK_ACCESS_NET_CONNECT_TCP),
		Scoped:             since(6, unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET|unix.LANDLOCK_SCOPE_SIGNAL),
	}
}

// allowPlace allows one of three things below a path, as far as the kernel
// knows of it: by whether the path is a file, a folder or a device.
func allowPlace(ruleset *os.File, path string, handled, file, folder, device uint64) error {
	if !filepath.IsAbs(path) || filepath.Clean(path) == "/" {
		return fmt.Errorf("%s: want an absolute path below /", path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		file = folder
	case info.Mode()&os.ModeDevice != 0:
		file = device
	}
	return allow(ruleset, path, file&handled)
}

func allow(ruleset *os.File, path string, rights uint64) error {
	f, err := os.OpenFile(path, unix.O_PATH, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := landlockRule(ruleset, unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(f.Fd())}); err != nil {
		return fmt.Errorf("%s: rule: %w", path, err)
	}
	return nil
}

// restrictSelf puts every thread under the rules: from ABI 8 on the kernel does
// it at once.
func restrictSelf(abi int, ruleset *os.File) error {
	if abi < landlockAllThreads {
		return allThreads(unix.SYS_LANDLOCK_RESTRICT_SELF, ruleset.Fd(), 0, 0, 0, 0)
	}
	_, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, ruleset.Fd(), unix.LANDLOCK_RESTRICT_SELF_TSYNC, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
