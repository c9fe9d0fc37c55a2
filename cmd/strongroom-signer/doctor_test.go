package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"strongroom/cmd/internal/cli"
	"strongroom/signer/host"
	"strongroom/signer/keystore"
)

// unprepared is what doctor finds on a laptop that nobody has prepared yet, of
// which it may not see everything.
func unprepared() []host.Finding {
	tree := fstest.MapFS{}
	for name, text := range map[string]string{
		"etc/passwd":                           "root:x:0:0:root:/root:/bin/bash\nfrank:x:1000:1000::/home/frank:/bin/bash\n",
		"proc/1/cgroup":                        "0::/init.scope\n",
		"proc/1/status":                        "Name:\tsystemd\nUid:\t0\n",
		"proc/self/status":                     "TracerPid:\t0\nCapEff:\t0000000000000000\nSeccomp:\t0\n",
		"proc/cpuinfo":                         "flags\t: fpu rdrand\n",
		"proc/mounts":                          "/dev/sda2 / ext4 rw 0 0\n/dev/sdb1 /media/frank/A\\040LONG\\040LABEL vfat rw,nosuid,nodev 0 0\n",
		"proc/net/tcp":                         "  sl  local_address\n0: 00000000:0016 00000000:0000 0A\n",
		"proc/swaps":                           "Filename\n/swapfile file 1 0 -2\n",
		"proc/sys/kernel/core_pattern":         "|/usr/share/apport/apport -p%p\n",
		"proc/sys/kernel/random/entropy_avail": "256\n",
		"sys/bus/pci/x":                        "",
		"sys/class/block/sda2/size":            "1\n",
		"sys/class/ieee80211/phy0/x":           "",
		"sys/class/net/eth0/flags":             "0x1002\n",
		"sys/class/net/wlp2s0/flags":           "0x1003\n",
		"sys/power/state":                      "freeze mem disk\n",
	} {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	tree["etc/os-release"] = &fstest.MapFile{ModTime: now.AddDate(-1, 0, 0)}
	return host.Assess(tree, host.Facts{System: "linux", User: 1000, Home: "/home/frank"}, now)
}

func walls() host.Report {
	return host.Report{
		{Name: host.CoreDumps, Held: true, Found: "limit 0, not dumpable"},
		{Name: host.Landlock, Held: true, Found: "ABI 7, places: 2 to read, 1 to write; opening / was refused"},
		{Name: host.MemoryLocked, Found: "limit of 8388608 bytes, wanted none (LimitMEMLOCK=infinity)"},
		{Name: host.NetNamespace, Found: "not permitted (wanted CAP_SYS_ADMIN at start)"},
		{Name: host.NoNewPrivs, Held: true, Found: "5 of 5 threads"},
		{Name: host.Seccomp, Held: true, Found: "5 of 5 threads; socket and ptrace were refused"},
	}
}

// The whole screen, as it is read at night: nothing wider than 80 columns.
func TestDoctorsScreen(t *testing.T) {
	var out bytes.Buffer
	p := &program{world: cli.World{Program: "strongroom-signer", Out: &out}, walls: walls()}
	c := newCheckup(unprepared(), []string{"hibernation"}, p.walls)
	c.show(p.world)
	p.showWalls()
	want, err := os.ReadFile(filepath.Join("testdata", "doctor.golden"))
	if err != nil {
		t.Fatal(err)
	}
	if keystore.Shielded {
		want = bytes.Replace(want, []byte("erasure NO: this build leaves that to the collector"), []byte("erasure yes: by the runtime, behind each use of a secret"), 1)
	}
	if out.String() != string(want) {
		t.Errorf("screen\n got\n%s\nwant\n%s", out.String(), want)
	}
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("line: want at most 80 columns, found %d: %s", n, line)
		}
	}
	refusal := "workstation: want every finding that keys depend on to pass, found otherwise: core-dumps, disk-encryption, listeners, network, radios, swap"
	if err := c.refusal(); err == nil || err.Error() != refusal {
		t.Errorf("refusal\n got %v\nwant %s", err, refusal)
	}
}

func TestDoctorsReportForMachines(t *testing.T) {
	b, err := json.Marshal(newCheckup(unprepared()[:1], nil, walls()[:1]))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"findings":[{"name":"accounts","status":"pass","demanded":false,"why":"each account that can log in is a door of its own",` +
		`"found":"with a shell: frank","fix":"usermod -s /usr/sbin/nologin NAME; keep one account for the work"}],` +
		`"findings_sha256":"7fe2bfed21a48f6e6b4d8c6fbffffea249af7cb7436e22390d95400f543096b3","waived":[],"unfit":[],"sandbox":[{"name":"core-dumps","held":true,"found":"limit 0, not dumpable"}]}`
	if string(b) != want {
		t.Errorf("report\n got %s\nwant %s", b, want)
	}
}

// What confines a release names places, not the whole machine.
func TestPlacesOfARelease(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"home", "carrier"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	home := filepath.Join(dir, "home")
	p := &program{homeFlag: &home, world: cli.World{Env: func(string) string { return "" }}}
	places := p.places(reach{read: []string{filepath.Join(dir, "carrier"), filepath.Join(dir, "gone")}, make: []string{filepath.Join(dir, "carrier", "answer")}})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(places.Read, " "), self+" "+dir+"/carrier"; got != want {
		t.Errorf("read\n got %s\nwant %s", got, want)
	}
	got := strings.ReplaceAll(strings.Join(places.Write, " "), " /dev/tty", "") // where there is a terminal
	if want := home + " " + dir + "/carrier"; got != want {
		t.Errorf("write\n got %s\nwant %s", got, want)
	}
}
