package host

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// look assesses one point.
func look(t *testing.T, root fs.FS, f Facts, now time.Time, name string) string {
	t.Helper()
	findings := Assess(root, f, now)
	i := slices.IndexFunc(findings, func(f Finding) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("want a finding %s, found none", name)
	}
	return findings[i].Status.String() + ": " + findings[i].Found
}

// changed is one machine that differs from the fit one.
type changed struct {
	name  string // of the finding
	files map[string]string
	want  string
}

func machines() []changed {
	return slices.Concat(reachMachines(), diskMachines(), memoryMachines(), bootMachines(), peopleMachines())
}

func TestEachPointIsSeenBothWays(t *testing.T) {
	seen := map[string]int{}
	for _, c := range machines() {
		got := look(t, with(fit(), c.files), facts(), today(), c.name)
		if got != c.want {
			t.Errorf("%s with %q\n got %s\nwant %s", c.name, c.files, got, c.want)
		}
		status, _, _ := strings.Cut(c.want, ":")
		seen[c.name+" "+status]++
	}
	for _, c := range checks() {
		for _, status := range []string{"pass", "fail", "unknown"} {
			if seen[c.name+" "+status] == 0 {
				t.Errorf("%s: want a machine where it is %s, found none", c.name, status)
			}
		}
	}
	t.Logf("%d machines", len(machines()))
}

func TestFitMachinePassesEverything(t *testing.T) {
	var got []string
	for _, f := range Assess(fit(), facts(), today()) {
		got = append(got, fmt.Sprintf("%s %s %s", f.Name, f.Status, f.Found))
		if f.Why == "" || f.Fix == "" {
			t.Errorf("%s: want why and a fix, found %q and %q", f.Name, f.Why, f.Fix)
		}
	}
	want := []string{
		"accounts pass with a shell: signer",
		"container pass none of the known marks",
		"core-dumps pass limit 0",
		"debugger pass none",
		"disk-encryption pass / is encrypted, on /dev/mapper/root; home is encrypted, on /dev/mapper/root",
		"entropy pass 256 bits, and a hardware source: the processor's rdseed",
		"hibernation pass not offered by the kernel",
		"kernel-lockdown pass integrity",
		"listeners pass none",
		"logins pass signer",
		"network pass no interface",
		"patch-age pass /etc/os-release is of 2026-01-30",
		"privileges pass user 1000, no capabilities",
		"processes pass none of other people",
		"ptrace-scope pass 2",
		"radios pass none",
		"remote-desktop pass none of those known",
		"removable-media pass none mounted",
		"secure-boot pass on",
		"swap pass none",
		"usb pass no bus takes new devices",
		"virtual-machine pass none of the known marks",
	}
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("findings\n got\n%s\nwant\n%s", a, b)
	}
}

// A machine that shows nothing of itself may be anything.
func TestNothingSeenIsNeverAPass(t *testing.T) {
	for _, f := range Assess(fstest.MapFS{}, facts(), today()) {
		if f.Status == Pass {
			t.Errorf("%s: want no pass of an empty tree, found %s", f.Name, f.Found)
		}
	}
	for _, f := range Assess(fit(), Facts{}, today()) {
		if f.Status != Unknown || f.Found != "cannot assess here: want linux, found none" {
			t.Errorf("%s: want unknown without facts, found %s: %s", f.Name, f.Status, f.Found)
		}
	}
	for _, f := range Assess(fit(), Facts{System: "darwin"}, today()) {
		if f.Status != Unknown || f.Found != "cannot assess here: want linux, found darwin" {
			t.Errorf("%s: want unknown on darwin, found %s: %s", f.Name, f.Status, f.Found)
		}
	}
}

// Each file in turn is forbidden: no point that passed by it may pass without.
func TestAForbiddenFileIsNeverAPass(t *testing.T) {
	depends := map[string]string{
		"etc/passwd": "accounts", "proc/1/cgroup": "container", "proc/sys/kernel/core_pattern": "core-dumps",
		"proc/self/status": "debugger", "proc/mounts": "disk-encryption", "proc/sys/kernel/random/entropy_avail": "entropy",
		"sys/power/state": "hibernation", "sys/kernel/security/lockdown": "kernel-lockdown", "proc/net/tcp": "listeners",
		"run/systemd/sessions/1": "logins", "sys/class/net": "network", "proc/1/status": "processes",
		"proc/sys/kernel/yama/ptrace_scope": "ptrace-scope", "sys/class/rfkill": "radios", "proc": "remote-desktop", "sys/bus/usb/devices": "usb",
		"proc/swaps": "swap", "proc/cpuinfo": "virtual-machine",
		"sys/firmware/efi/efivars/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c": "secure-boot",
	}
	for name, finding := range depends {
		want := "unknown: /" + name + ": permission denied"
		got := look(t, broken{fit(), name}, facts(), today(), finding)
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", finding, got, want)
		}
	}
}

func TestHugeFilesAndFoldersAreNotRead(t *testing.T) {
	got := look(t, with(fit(), map[string]string{"etc/passwd": strings.Repeat("x", maxText+1)}), facts(), today(), "accounts")
	if want := "unknown: /etc/passwd: want at most 1048576 bytes, found more"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	tree := fit()
	for i := range maxListed {
		tree[fmt.Sprintf("sys/class/net/x%d", i)] = &fstest.MapFile{Mode: fs.ModeDir}
	}
	got = look(t, tree, facts(), today(), "network")
	if want := "unknown: /sys/class/net: want fewer than 65536 names, found more"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestOnlyDemandedFindingsKeepKeysShut(t *testing.T) {
	tree := with(fit(), map[string]string{
		"proc/swaps":                        "Filename\n/dev/sda2 partition 1 0 -2\n",
		"sys/class/net":                     gone,
		"proc/sys/kernel/yama/ptrace_scope": "0\n",
	})
	findings := Assess(tree, facts(), today())
	names := func(waived ...string) string {
		var got []string
		for _, f := range Unfit(findings, waived) {
			got = append(got, f.Name)
		}
		return strings.Join(got, " ")
	}
	if got := names(); got != "network swap" { // ptrace-scope is advice
		t.Errorf("unfit: want network swap, found %s", got)
	}
	if got := names("network"); got != "swap" {
		t.Errorf("unfit: want swap, found %s", got)
	}
	if got := len(Unfit(Assess(fit(), Facts{}, today()), nil)); got != 11 {
		t.Errorf("unfit: want all 11 that are demanded, found %d", got)
	}
}

func TestWaiverOfNothingIsRefused(t *testing.T) {
	if err := CheckWaivers([]string{"swap", "network"}); err != nil {
		t.Error(err)
	}
	want := `waiver: want the name of a finding, found "netwrok"`
	if err := CheckWaivers([]string{"swap", "netwrok"}); err == nil || err.Error() != want {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
}

func TestStatusZeroIsUnknown(t *testing.T) {
	var s Status
	if b, err := s.MarshalText(); err != nil || string(b) != "unknown" {
		t.Errorf("status: want unknown, found %s, %v", b, err)
	}
}

// Whatever a file holds, each finding comes once, in order, with a reason; and
// one that depends on this file alone doesn't pass by an unreadable form of it.
func FuzzAssess(f *testing.F) {
	names := slices.Sorted(maps.Keys(fit()))
	for i, name := range names {
		f.Add(uint8(i), fit()[name].Data)
		f.Add(uint8(i), []byte("\x00 : \n\n:::::::\n# [x] |"))
	}
	f.Fuzz(func(t *testing.T, which uint8, content []byte) {
		tree := with(fit(), map[string]string{names[int(which)%len(names)]: string(content)})
		findings := Assess(tree, facts(), today())
		if len(findings) != len(checks()) {
			t.Fatalf("want %d findings, found %d", len(checks()), len(findings))
		}
		for i, v := range findings {
			if v.Found == "" || v.Status > Fail || i > 0 && findings[i-1].Name >= v.Name {
				t.Errorf("want findings in order with a reason, found %+v", v)
			}
		}
	})
}
