package host

import (
	"slices"
	"strings"
)

// entropy wants the kernel's generator seeded, and something in hardware that
// seeds it: a clock alone can be guessed.
func entropy(m machine) verdict {
	bits, err := m.number("proc/sys/kernel/random/entropy_avail")
	if err != nil {
		return unread(err)
	}
	if bits < enoughEntropy {
		return fail("the generator has %d bits of %d", bits, enoughEntropy)
	}
	if source, err := m.read("sys/class/misc/hw_random/rng_current"); err == nil && source != "" && source != "none" {
		return pass("%d bits, and a hardware source: %s", bits, source)
	}
	info, err := m.read("proc/cpuinfo")
	if err != nil {
		return unread(err)
	}
	words := strings.Fields(info)
	for _, flag := range []string{"rdseed", "rdrand", "rng"} {
		if slices.Contains(words, flag) {
			return pass("%d bits, and a hardware source: the processor's %s", bits, flag)
		}
	}
	return fail("no hardware source; the generator has %d bits", bits)
}

// usb wants new devices refused until somebody allows them.
func usb(m machine) verdict {
	if !m.has("sys/bus") {
		return unknown("/sys/bus: file does not exist")
	}
	names, err := m.list("sys/bus/usb/devices")
	if err != nil {
		return unread(err)
	}
	var open []string
	for _, name := range names {
		at := "sys/bus/usb/devices/" + name + "/authorized_default"
		if strings.HasPrefix(name, "usb") && !m.is(at, "0") && !m.is(at, "2") { // 2: those built in
			open = append(open, name)
		}
	}
	if len(open) == 0 {
		return pass("no bus takes new devices")
	}
	if all, err := processList(m); err == nil && slices.ContainsFunc(all, func(p process) bool { return p.name == "usbguard-daemon" }) {
		return pass("usbguard runs")
	}
	return fail("take any device: %s", named(open))
}
