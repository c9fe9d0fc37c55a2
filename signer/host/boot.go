package host

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"
)

// lockdown reads the kernel's choice, which stands in brackets:
//
//	none [integrity] confidentiality
func lockdown(m machine) verdict {
	modes, err := m.read("sys/kernel/security/lockdown")
	if err != nil {
		return unread(err)
	}
	for _, mode := range strings.Fields(modes) {
		switch mode {
		case "[integrity]", "[confidentiality]":
			return pass("%s", strings.Trim(mode, "[]"))
		case "[none]":
			return fail("none")
		}
	}
	return unknown("/sys/kernel/security/lockdown: want a mode in brackets, found another text")
}

// secureBoot reads the firmware's variables: four bytes of attributes, then 1
// for on. In setup mode the firmware takes any key, so that on means nothing.
func secureBoot(m machine) verdict {
	const vendor = "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
	if !m.has("sys/firmware") {
		return unknown("/sys/firmware: file does not exist")
	}
	if !m.has("sys/firmware/efi") {
		return fail("the machine was not started by UEFI")
	}
	on, err := m.bytes("sys/firmware/efi/efivars/SecureBoot" + vendor)
	if err != nil {
		return unread(err)
	}
	setup, err := m.bytes("sys/firmware/efi/efivars/SetupMode" + vendor)
	if err != nil {
		return unread(err)
	}
	switch {
	case len(on) != 5 || len(setup) != 5:
		return unknown("firmware: want variables of 5 bytes, found %d and %d", len(on), len(setup))
	case on[4] != 1:
		return fail("off")
	case setup[4] != 0:
		return fail("in setup mode, where the firmware takes any key")
	}
	return pass("on")
}

// patchAge takes the newest of what tells when the system was last changed: the
// package manager's files, the distribution's own, the kernel's build.
func patchAge(m machine) verdict {
	newest, what := time.Time{}, ""
	for _, name := range []string{"etc/os-release", "usr/lib/os-release", "var/lib/dpkg/status", "var/lib/rpm/rpmdb.sqlite", "lib/apk/db/installed", "var/lib/pacman/local"} {
		info, err := fs.Stat(m.root, name)
		if err == nil && info.ModTime().Unix() > 0 && info.ModTime().After(newest) {
			newest, what = info.ModTime(), "/"+name
		}
	}
	if version, err := m.read("proc/version"); err == nil {
		if built, ok := kernelDate(version); ok && built.After(newest) {
			newest, what = built, "the kernel"
		}
	}
	day := newest.UTC().Format("2006-01-02")
	switch {
	case what == "":
		return unknown("nothing tells when the system was last changed")
	case newest.After(m.now.Add(clockSlack)):
		return unknown("%s is of %s, and the machine's clock says %s", what, day, m.now.UTC().Format("2006-01-02"))
	case m.now.Sub(newest) > maxPatchAge:
		return fail("%d days old: newest is %s, of %s", m.now.Sub(newest)/(24*time.Hour), what, day)
	}
	return pass("%s is of %s", what, day)
}

// kernelDate finds the build's date in /proc/version, in one of two forms:
//
//	#1 SMP PREEMPT_DYNAMIC Debian 6.1.90-1 (2024-05-03)
//	#31-Ubuntu SMP PREEMPT_DYNAMIC Sat Apr 20 00:40:06 UTC 2024
func kernelDate(version string) (time.Time, bool) {
	iso := regexp.MustCompile(`\((\d{4}-\d{2}-\d{2})\)$`)
	if found := iso.FindStringSubmatch(version); found != nil {
		t, err := time.Parse("2006-01-02", found[1])
		return t, err == nil
	}
	words := strings.Fields(version)
	if len(words) < 6 {
		return time.Time{}, false
	}
	t, err := time.Parse("Mon Jan 2 15:04:05 2006", strings.Join(slices.Delete(words[len(words)-6:], 4, 5), " "))
	return t, err == nil
}
