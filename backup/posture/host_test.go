package posture

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const (
	tight  = "Name:\tstrongroom\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n"
	mounts = "1 0 8:1 / / ro,relatime - overlay overlay ro\n2 1 8:1 /containers/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n3 1 0:5 / /proc rw - proc proc rw\n4 1 8:1 /srv/desk /desk rw - ext4 /dev/sda1 rw\n"
)

// walled is a container as it should be.
func walled() (Host, map[string]string) {
	return Host{System: "linux", Container: Told(true), Sockets: []Socket{{"/run/docker.sock", Told(false)}}},
		map[string]string{"proc/self/status": tight, "proc/self/mountinfo": mounts}
}

func tree(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestEachFindingOfAHostIsSeenBothWays(t *testing.T) {
	status := func(old, now string) func(*Host, map[string]string) {
		return func(_ *Host, f map[string]string) {
			f["proc/self/status"] = strings.Replace(f["proc/self/status"], old, now, 1)
		}
	}
	mounted := func(line string) func(*Host, map[string]string) {
		return func(_ *Host, f map[string]string) { f["proc/self/mountinfo"] += line }
	}
	outside := func(more func(*Host, map[string]string)) func(*Host, map[string]string) {
		return func(h *Host, f map[string]string) {
			h.Container = Told(false)
			more(h, f)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*Host, map[string]string)
		want   string
	}{
		{"engine-socket", func(h *Host, _ map[string]string) { h.Sockets[0].Open = Told(true) }, "fail: lets us in: /run/docker.sock"},
		{"engine-socket", func(h *Host, _ map[string]string) { h.Sockets[0].Open = Untold[bool](errors.New("x")) }, "not readable: cannot tell of /run/docker.sock"},
		{"engine-socket", func(h *Host, _ map[string]string) { h.Sockets = nil }, "not readable: nobody looked"},
		{"privileged", status("0000000000000000", "000001ffffffffff"), "fail: privileged: BPF, DAC_OVERRIDE, DAC_READ_SEARCH, MKNOD, NET_ADMIN, SYS_ADMIN and 3 more"},
		{"privileged", status("0000000000000000", "0000000000080000"), "fail: SYS_PTRACE"},
		{"privileged", outside(status("0000000000000000", "0000000000080000")), "warn: on the machine itself, with SYS_PTRACE"},
		{"privileged", status("0000000000000000", "0000000000004000"), "pass: no capability that opens walls"},
		{"privileged", status("0000000000000000", "none"), "not readable: /proc/self/status: want a CapEff, found none"},
		{"host-mounts", mounted("5 1 8:1 / /host rw - ext4 /dev/sda1 rw\n"), "fail: /host is the machine's /"},
		{"host-mounts", mounted("5 1 8:1 /etc /x rw - xfs /dev/sda1 rw\n"), "fail: /x is the machine's /etc"},
		{"host-mounts", mounted("5 1 8:1 short\n"), "not readable: /proc/self/mountinfo: want lines of ten fields, found another"},
		{"host-mounts", outside(mounted("5 1 8:1 /etc /x rw - xfs /dev/sda1 rw\n")), "pass: not in a container"},
		{"read-only-root", func(_ *Host, f map[string]string) {
			f["proc/self/mountinfo"] = strings.Replace(mounts, "/ / ro,", "/ / rw,", 1)
		}, "warn: writable"},
		{"read-only-root", outside(func(_ *Host, f map[string]string) {
			f["proc/self/mountinfo"] = strings.Replace(mounts, "/ / ro,", "/ / rw,", 1)
		}), "pass: writable, on the machine itself"},
		{"read-only-root", func(_ *Host, f map[string]string) { f["proc/self/mountinfo"] = "" }, "not readable: /proc/self/mountinfo: want the root, found none"},
		{"seccomp", status("Seccomp:\t2", "Seccomp:\t0"), "fail: no system call is filtered"},
		{"seccomp", outside(status("Seccomp:\t2", "Seccomp:\t0")), "warn: no system call is filtered"},
		{"seccomp", status("Seccomp:\t2", "Seccomp:\t1"), "pass: strict"},
		{"seccomp", status("Seccomp:\t2", ""), "not readable: /proc/self/status: want Seccomp, found none"},
		{"no-new-privileges", status("NoNewPrivs:\t1", "NoNewPrivs:\t0"), "warn: not set"},
		{"no-new-privileges", status("NoNewPrivs:\t1", ""), "not readable: /proc/self/status: want NoNewPrivs, found none"},
		{"seccomp", func(_ *Host, f map[string]string) { delete(f, "proc/self/status") }, "not readable: /proc/self/status: file does not exist"},
		{"seccomp", func(_ *Host, f map[string]string) { f["proc/self/status"] = strings.Repeat("x", maxText+1) }, "not readable: /proc/self/status: want at most 1048576 bytes, found more"},
		{"seccomp", func(h *Host, _ map[string]string) { h.System = "darwin" }, "not readable: want linux, found darwin"},
		{"host-mounts", func(h *Host, _ map[string]string) { h.System = "" }, "not readable: want linux, found none"},
		// where nobody knows whether there are walls, they are wanted
		{"seccomp", func(h *Host, f map[string]string) {
			h.Container = Said[bool]{}
			f["proc/self/status"] = strings.Replace(tight, "Seccomp:\t2", "Seccomp:\t0", 1)
		}, "fail: no system call is filtered"},
	} {
		h, files := walled()
		if got := found(h.Findings(tree(files)), c.name); !strings.HasPrefix(got, "pass: ") {
			t.Errorf("%s: want it good at first, found %s", c.name, got)
		}
		c.change(&h, files)
		if got := found(h.Findings(tree(files)), c.name); got != c.want {
			t.Errorf("%s:\nwant  %s\nfound %s", c.name, c.want, got)
		}
	}
	for _, f := range (Host{}).Findings(fstest.MapFS{}) {
		if f.Status != Unread {
			t.Errorf("want the zero host not readable, found %v", f)
		}
	}
}

func TestKeysAreJudgedByTheirAgeAndReaders(t *testing.T) {
	own := File{Path: "/etc/key", Mode: 0o600, Own: Told(true)}
	young := Keys{Source: "file /etc/key", Since: now().AddDate(0, 0, -10), Days: 90, Now: now(), Private: []File{own}}
	for _, c := range []struct {
		name   string
		change func(*Keys)
		want   string
	}{
		{"credentials-age", func(*Keys) {}, "pass: changed 2026-11-12, 10 days ago, of at most 90"},
		{"credentials-age", func(k *Keys) { k.Since = now().AddDate(0, 0, -91) }, "fail: changed 2026-08-23, 91 days ago, of at most 90"},
		{"credentials-age", func(k *Keys) { k.Since, k.Seen = time.Time{}, now().AddDate(0, 0, -100) }, "fail: known here since 2026-08-14, 100 days ago, of at most 90"},
		{"credentials-age", func(k *Keys) { k.Since = time.Time{} }, "not readable: file /etc/key: nobody tells when they were made"},
		{"credentials-age", func(k *Keys) { k.Since = now().AddDate(1, 0, 0) }, "not readable: changed 2027-11-22, in the future: a clock is wrong"},
		{"credentials-age", func(k *Keys) { k.Lent = now().Add(time.Hour) }, "pass: lent until 2026-11-22T13:00:00Z"},
		{"credentials-age", func(k *Keys) { k.Days = 0 }, "not readable: want a clock and the days of annex backup, found none"},
		{"credentials-files", func(*Keys) {}, "pass: for their owner alone: /etc/key"},
		{"credentials-files", func(k *Keys) { k.Private = nil }, "pass: no file holds them"},
		{"credentials-files", func(k *Keys) { k.Private[0].Mode = 0o604 }, "fail: /etc/key has mode 0604"},
		{"credentials-files", func(k *Keys) { k.Private[0].Mode, k.Private[0].Unit = 0o440, true }, "pass: for their owner alone: /etc/key"},
		{"credentials-files", func(k *Keys) { k.Private[0].Mode, k.Private[0].Unit = 0o444, true }, "fail: /etc/key has mode 0444"},
		{"credentials-files", func(k *Keys) { k.Private[0].Own = Told(false) }, "fail: /etc/key is somebody else's"},
		{"credentials-files", func(k *Keys) { k.Private[0].Own = Said[bool]{} }, "not readable: /etc/key: whose it is cannot be seen"},
		{"credentials-files", func(k *Keys) { k.Private[0].Err = fs.ErrNotExist }, "not readable: file does not exist"},
	} {
		k := young
		k.Private = []File{own}
		c.change(&k)
		if got := found(k.Findings(), c.name); got != c.want {
			t.Errorf("%s:\nwant  %s\nfound %s", c.name, c.want, got)
		}
	}
	for want, list := range map[string][]Finding{
		"maker-key pass: Vault: no file holds it":                                          Maker("Vault", File{}),
		"maker-key fail: /etc/key has mode 0640":                                           Maker("", File{Path: "/etc/key", Mode: 0o640, Own: Told(true)}),
		"authority pass: ca.pem ends 2027-11-22, in 365 days":                              Authority("ca.pem", Told(now().AddDate(1, 0, 0)), now()),
		"authority fail: ca.pem ends 2026-11-20, in -2 days":                               Authority("ca.pem", Told(now().AddDate(0, 0, -2)), now()),
		"authority not readable: gone":                                                     Authority("ca.pem", Untold[time.Time](errors.New("gone")), now()),
		"object-lock fail: want a bucket that locks, as annex backup does, found a folder": Folder(Wanted{Locks: true}),
		"object-lock warn: a folder locks nothing, and annex backup asks for no lock":      Folder(Wanted{}),
		"reach not readable: away":                                                         Away(errors.New("away")),
	} {
		name, rest, _ := strings.Cut(want, " ")
		if got := found(list, name); got != rest {
			t.Errorf("%s:\nwant  %s\nfound %s", name, rest, got)
		}
	}
	if !Away(errors.New("away"))[0].Bad() {
		t.Error("want a store that is away bad")
	}
}

func TestOtherKindsAreToldByName(t *testing.T) {
	for s, want := range map[string]string{
		"azure://acct/box": "Azure Blob Storage", "AZ://x": "Azure Blob Storage", "abfss://x@y": "Azure Blob Storage", "gs://box": "Google Cloud Storage", "b2://box": "Backblaze B2's own interface",
		"sftp://host/x": "SFTP", "sftp:host:/x": "SFTP", "ftp://x": "FTP", "rclone:far:box": "rclone", "swift:box:/": "OpenStack Swift", "davs://x": "WebDAV", "rest:https://x": "a REST server of restic",
		"https://acct.blob.core.windows.net/box": "Azure Blob Storage", "acct.blob.core.windows.net:443": "Azure Blob Storage", "storage.googleapis.com:443": "Google Cloud Storage",
		"/mnt/azure": "", "relative/b2": "", "s3.example.com:443": "", "s3.eu-central-003.backblazeb2.com:443": "", "https://s3.amazonaws.com": "", "": "", "b2": "", "blob.core.windows.net.example.com:443": "",
	} {
		if got, other := OtherKind(s); got != want || other != (want != "") {
			t.Errorf("%q: want %q, found %q, %v", s, want, got, other)
		}
	}
	if got := strings.Join(Sockets(1000), " "); !strings.Contains(got, "/run/user/1000/podman/podman.sock") || !strings.Contains(got, "/var/run/docker.sock") {
		t.Errorf("found %s", got)
	}
}
