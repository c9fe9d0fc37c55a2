package host

import (
	"io/fs"
	"maps"
	"strings"
	"testing/fstest"
	"time"
)

// today is the clock of the machine below.
func today() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// fit is a workstation as it should be: a laptop of metal without a network
// card, started by secure boot into an encrypted Debian, with one user at work.
func fit() fstest.MapFS {
	tree := fstest.MapFS{}
	for name, text := range map[string]string{
		"etc/passwd":                                  "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\nsync:x:4:65534::/bin:/bin/sync\nsigner:x:1000:1000::/home/signer:/bin/bash\n",
		"proc/1/cgroup":                               "0::/init.scope\n",
		"proc/1/status":                               "Name:\tsystemd\nUid:\t0\t0\t0\t0\n",
		"proc/700/status":                             "Name:\tbash\nUid:\t1000\t1000\t1000\t1000\n",
		"proc/self/status":                            "Name:\tsigner\nTracerPid:\t0\nUid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\n",
		"proc/cpuinfo":                                "processor\t: 0\nflags\t\t: fpu vme rdrand rdseed\n",
		"proc/mounts":                                 "proc /proc proc rw 0 0\n/dev/mapper/root / ext4 rw,relatime 0 0\n/dev/nvme0n1p1 /boot/efi vfat rw 0 0\n",
		"proc/net/tcp":                                "  sl  local_address rem_address   st\n",
		"proc/net/udp":                                "  sl  local_address rem_address   st\n",
		"proc/swaps":                                  "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
		"proc/sys/kernel/core_pattern":                "core\n",
		"proc/sys/kernel/random/entropy_avail":        "256\n",
		"proc/sys/kernel/yama/ptrace_scope":           "2\n",
		"proc/version":                                "Linux version 6.12.10 (x@y) (gcc) #1 SMP PREEMPT_DYNAMIC Debian 6.12.10-1 (2026-01-20)\n",
		"sys/block/nvme0n1/removable":                 "0\n",
		"sys/block/nvme0n1/nvme0n1p1/partition":       "1\n",
		"sys/bus/usb/devices/usb1/authorized_default": "0\n",
		"sys/class/block/dm-0/dm/name":                "root\n",
		"sys/class/block/dm-0/dm/uuid":                "CRYPT-LUKS2-5f0e-root\n",
		"sys/class/net/lo/type":                       "772\n",
		"sys/class/net/lo/flags":                      "0x9\n",
		"sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c": "\x06\x00\x00\x00\x01",
		"sys/firmware/efi/efivars/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c":  "\x06\x00\x00\x00\x00",
		"sys/kernel/security/lockdown":                                             "none [integrity] confidentiality\n",
		"sys/power/state":                                                          "freeze mem\n",
		"run/systemd/sessions/1":                                                   "UID=1000\nUSER=signer\nACTIVE=1\nREMOTE=0\nCLASS=user\n",
	} {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	tree["etc/os-release"] = &fstest.MapFile{Data: []byte("ID=debian\n"), ModTime: today().AddDate(0, 0, -30)}
	return tree
}

// facts are those of the machine above.
func facts() Facts {
	return Facts{System: "linux", User: 1000, Dumpable: true, Home: "/home/signer"}
}

// with returns the tree with files put in or, where the text is gone, taken
// out with all below them.
func with(tree fstest.MapFS, files map[string]string) fstest.MapFS {
	tree = maps.Clone(tree)
	for name, text := range files {
		if text != gone {
			tree[name] = &fstest.MapFile{Data: []byte(text)}
			continue
		}
		maps.DeleteFunc(tree, func(have string, _ *fstest.MapFile) bool { return have == name || strings.HasPrefix(have, name+"/") })
	}
	return tree
}

// gone takes a file out.
const gone = "\x00gone"

// broken is a tree in which one name cannot be read.
type broken struct {
	fs.FS
	name string
}

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return b.FS.Open(name)
}
