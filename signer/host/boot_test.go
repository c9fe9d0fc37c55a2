package host

import (
	"testing"
	"testing/fstest"
	"time"
)

func bootMachines() []changed {
	const secure, setup = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", "sys/firmware/efi/efivars/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c"
	self := func(rights string) map[string]string {
		return map[string]string{"proc/self/status": "CapEff:\t" + rights + "\nSeccomp:\t2\n"}
	}
	return []changed{
		{"kernel-lockdown", map[string]string{"sys/kernel/security/lockdown": "none integrity [confidentiality]\n"}, "pass: confidentiality"},
		{"kernel-lockdown", map[string]string{"sys/kernel/security/lockdown": "[none] integrity confidentiality\n"}, "fail: none"},
		{"kernel-lockdown", map[string]string{"sys/kernel/security/lockdown": "none\n"}, "unknown: /sys/kernel/security/lockdown: want a mode in brackets, found another text"},

		{"secure-boot", map[string]string{secure: "\x06\x00\x00\x00\x01"}, "pass: on"},
		{"secure-boot", map[string]string{secure: "\x06\x00\x00\x00\x00"}, "fail: off"},
		{"secure-boot", map[string]string{setup: "\x06\x00\x00\x00\x01"}, "fail: in setup mode, where the firmware takes any key"},
		{"secure-boot", map[string]string{secure: "\x01"}, "unknown: firmware: want variables of 5 bytes, found 1 and 5"},
		{"secure-boot", map[string]string{secure: gone}, "unknown: /" + secure + ": file does not exist"},
		{"secure-boot", map[string]string{"sys/firmware/efi": gone, "sys/firmware/acpi/x": ""}, "fail: the machine was not started by UEFI"},
		{"secure-boot", map[string]string{"sys/firmware": gone}, "unknown: /sys/firmware: file does not exist"},

		{"virtual-machine", map[string]string{"proc/cpuinfo": "flags\t: fpu hypervisor\n"}, "fail: the processor says that a hypervisor runs it"},
		{"virtual-machine", map[string]string{"sys/hypervisor/type": "xen\n"}, "fail: under xen"},
		{"virtual-machine", map[string]string{"sys/class/dmi/id/sys_vendor": "QEMU\n"}, "fail: the firmware is of QEMU"},
		{"virtual-machine", map[string]string{"sys/class/dmi/id/sys_vendor": "LENOVO\n"}, "pass: none of the known marks"},
		{"virtual-machine", map[string]string{"proc/cpuinfo": ""}, "unknown: /proc/cpuinfo: want a processor, found none"},

		{"container", map[string]string{".dockerenv": ""}, "fail: /.dockerenv is there; no system call is filtered"},
		{"container", map[string]string{"run/.containerenv": "", "proc/self/status": "CapEff:\t000001ffffffffff\nSeccomp:\t0\n"}, "fail: /run/.containerenv is there; privileged, and no system call is filtered"},
		{"container", map[string]string{"run/.containerenv": "", "proc/self/status": "CapEff:\t000001ffffffffff\nSeccomp:\t2\n"}, "fail: /run/.containerenv is there; privileged"},
		{"container", map[string]string{"proc/1/cgroup": "0::/kubepods/burstable/x\n", "proc/self/status": "CapEff:\t00000000a80425fb\nSeccomp:\t2\n"},
			"fail: the first process is in a group of kubepods; with the engine's usual walls"},
		{"container", map[string]string{"proc/1/cgroup": "0::/init.scope\n"}, "pass: none of the known marks"},
		{"container", map[string]string{"proc/1/cgroup": gone}, "unknown: /proc/1/cgroup: file does not exist"},

		{"privileges", self("0000000000004000"), "pass: user 1000, who may lock memory"},
		{"privileges", self("0000000000204000"), "fail: user 1000 with capabilities 0000000000204000"},
		{"privileges", self("x"), "unknown: /proc/self/status: want a CapEff, found none"},

		{"entropy", map[string]string{"proc/sys/kernel/random/entropy_avail": "255\n"}, "fail: the generator has 255 bits of 256"},
		{"entropy", map[string]string{"sys/class/misc/hw_random/rng_current": "tpm-rng-0\n"}, "pass: 256 bits, and a hardware source: tpm-rng-0"},
		{"entropy", map[string]string{"sys/class/misc/hw_random/rng_current": "none\n", "proc/cpuinfo": "flags\t: fpu\n"}, "fail: no hardware source; the generator has 256 bits"},
		{"entropy", map[string]string{"proc/sys/kernel/random/entropy_avail": "many\n"}, "unknown: /proc/sys/kernel/random/entropy_avail: want a decimal number, found another text"},

		{"patch-age", map[string]string{"etc/os-release": gone}, "pass: the kernel is of 2026-01-20"},
		{"patch-age", map[string]string{"etc/os-release": gone, "proc/version": "Linux version 6.8.0 (x@y) #31-Ubuntu SMP PREEMPT_DYNAMIC Sat Apr 20 00:40:06 UTC 2024\n"},
			"fail: 680 days old: newest is the kernel, of 2024-04-20"},
		{"patch-age", map[string]string{"etc/os-release": gone, "proc/version": "Linux version 6.18\n"}, "unknown: nothing tells when the system was last changed"},
	}
}

func TestAdministratorsAreToldApart(t *testing.T) {
	f := facts()
	f.User = 0
	if got := look(t, fit(), f, today(), "privileges"); got != "fail: root" {
		t.Errorf("want root to fail, found %s", got)
	}
}

// A clock that was set back would make an old system young.
func TestPatchAgeKnowsAWrongClock(t *testing.T) {
	for clock, want := range map[time.Time]string{
		today().AddDate(0, 0, 160): "pass: /etc/os-release is of 2026-01-30",
		today().AddDate(0, 0, 161): "fail: 191 days old: newest is /etc/os-release, of 2026-01-30",
		today().AddDate(0, 0, -31): "pass: /etc/os-release is of 2026-01-30",
		today().AddDate(0, 0, -32): "unknown: /etc/os-release is of 2026-01-30, and the machine's clock says 2026-01-28",
	} {
		if got := look(t, fit(), facts(), clock, "patch-age"); got != want {
			t.Errorf("at %s\n got %s\nwant %s", clock, got, want)
		}
	}
	tree := with(fit(), map[string]string{"proc/version": gone})
	tree["var/lib/dpkg/status"] = &fstest.MapFile{ModTime: today().AddDate(0, 0, -3)}
	if got, want := look(t, tree, facts(), today(), "patch-age"), "pass: /var/lib/dpkg/status is of 2026-02-26"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}
