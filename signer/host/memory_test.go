package host

import "testing"

func memoryMachines() []changed {
	swaps := func(lines string, more ...string) map[string]string {
		files := map[string]string{"proc/swaps": "Filename\tType\tSize\tUsed\tPriority\n" + lines}
		for i := 0; i < len(more); i += 2 {
			files[more[i]] = more[i+1]
		}
		return files
	}
	pattern := func(text string) map[string]string {
		return map[string]string{"proc/sys/kernel/core_pattern": text}
	}
	self := func(text string) map[string]string { return map[string]string{"proc/self/status": text} }
	return []changed{
		{"swap", swaps(""), "pass: none"},
		{"swap", swaps("/dev/sda2 partition 1 0 -2\n"), "fail: /dev/sda2"},
		{"swap", swaps("/swapfile file 1 0 -2\n"), "fail: /swapfile"},
		{"swap", swaps("/dev/zram0 partition 1 0 100\n", "sys/block/zram0/backing_dev", "none\n"), "pass: compressed memory only: /dev/zram0"},
		{"swap", swaps("/dev/zram0 partition 1 0 100\n", "sys/block/zram0/backing_dev", "/dev/sda3\n"), "fail: /dev/zram0"},
		{"swap", map[string]string{"proc/swaps": "garbage\n"}, "unknown: /proc/swaps: want its heading, found another text"},
		{"swap", map[string]string{"proc/swaps": gone}, "unknown: /proc/swaps: file does not exist"},

		{"core-dumps", pattern("|/bin/false\n"), "pass: given to /bin/false"},
		{"core-dumps", pattern("|/usr/lib/systemd/systemd-coredump %P %u\n"), "fail: given to /usr/lib/systemd/systemd-coredump, whatever the limit is"},
		{"core-dumps", pattern("|/usr/share/apport/apport -p%p\n"), "fail: given to /usr/share/apport/apport, whatever the limit is"},
		{"core-dumps", pattern("|\n"), "fail: given to a program without a name"},
		{"core-dumps", pattern("\n"), "pass: no name to write to"},
		{"core-dumps", pattern(gone), "unknown: /proc/sys/kernel/core_pattern: file does not exist"},

		{"hibernation", map[string]string{"sys/power/state": "freeze mem disk\n", "sys/power/disk": "[platform] shutdown\n"}, "fail: offered by the kernel"},
		{"hibernation", map[string]string{"sys/power/state": "freeze mem disk\n"}, "fail: offered by the kernel"},
		{"hibernation", map[string]string{"sys/power/state": "freeze mem disk\n", "sys/power/disk": "[disabled]\n"}, "pass: disabled"},
		{"hibernation", map[string]string{"sys/power/state": gone}, "unknown: /sys/power/state: file does not exist"},

		{"debugger", self("TracerPid:\t0\n"), "pass: none"},
		{"debugger", self("TracerPid:\t700\n"), "fail: process 700, of a name that cannot be read"},
		{"debugger", map[string]string{"proc/self/status": "TracerPid:\t700\n", "proc/700/comm": "gdb\n"}, "fail: process 700, gdb"},
		{"debugger", self("Name:\tx\n"), "unknown: /proc/self/status: want a TracerPid, found none"},

		{"ptrace-scope", map[string]string{"proc/sys/kernel/yama/ptrace_scope": "1\n"}, "pass: 1"},
		{"ptrace-scope", map[string]string{"proc/sys/kernel/yama/ptrace_scope": "0\n"}, "fail: 0"},
		{"ptrace-scope", map[string]string{"proc/sys/kernel/yama/ptrace_scope": "9\n"}, "unknown: /proc/sys/kernel/yama/ptrace_scope: want a number from 0 to 3, found another text"},
	}
}

func TestCoreDumpsByLimit(t *testing.T) {
	f := facts()
	f.CoreLimit = 4096
	if got, want := look(t, fit(), f, today(), "core-dumps"), `fail: written to "core", the limit is 4096 bytes`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	f.Dumpable = false
	if got, want := look(t, fit(), f, today(), "core-dumps"), `fail: this program leaves none; others write to "core", the limit is 4096 bytes`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}
