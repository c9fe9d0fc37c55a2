package host

import (
	"slices"
	"strings"
)

// virtualMachine looks for the marks that a hypervisor leaves. One that hides
// its marks is not found.
func virtualMachine(m machine) verdict {
	info, err := m.lines("proc/cpuinfo")
	if err != nil {
		return unread(err)
	}
	if len(info) == 0 {
		return unknown("/proc/cpuinfo: want a processor, found none")
	}
	for _, line := range info {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "flags" && slices.Contains(strings.Fields(value), "hypervisor") {
			return fail("the processor says that a hypervisor runs it")
		}
	}
	if kind, err := m.read("sys/hypervisor/type"); err == nil && kind != "" {
		return fail("under %s", kind)
	}
	for _, name := range []string{"sys_vendor", "product_name", "bios_vendor", "board_vendor"} {
		text, err := m.read("sys/class/dmi/id/" + name)
		if err == nil && slices.ContainsFunc(hypervisors(), func(h string) bool { return strings.Contains(text, h) }) {
			return fail("the firmware is of %s", text)
		}
	}
	return pass("none of the known marks")
}

func hypervisors() []string {
	return []string{"QEMU", "KVM", "VMware", "VirtualBox", "innotek", "Xen", "HVM domU", "Virtual Machine", "Bochs", "BHYVE", "Parallels",
		"Amazon EC2", "Google Compute Engine", "OpenStack", "Firecracker", "Cloud Hypervisor", "SeaBIOS", "Nutanix", "DigitalOcean", "Apple Virtualization"}
}

// container looks for the marks that a container engine leaves, and tells how
// far the program is from the machine behind it.
func container(m machine) verdict {
	for _, name := range []string{".dockerenv", "run/.containerenv", "run/systemd/container", ".dockerinit"} {
		if m.has(name) {
			return fail("/%s is there; %s", name, walls(m))
		}
	}
	groups, err := m.read("proc/1/cgroup")
	if err != nil {
		return unread(err)
	}
	for _, engine := range []string{"docker", "kubepods", "containerd", "libpod", "lxc", "crio", "garden", "machine.slice"} {
		if strings.Contains(groups, engine) {
			return fail("the first process is in a group of %s; %s", engine, walls(m))
		}
	}
	return pass("none of the known marks")
}

// walls says in words what a container may do to its machine.
func walls(m machine) string {
	text, err := m.read("proc/self/status")
	s := status{text}
	switch {
	case err != nil:
		return "what it may do cannot be read"
	case s.capable(capSysAdmin) && field(text, "Seccomp") == "0":
		return "privileged, and no system call is filtered"
	case s.capable(capSysAdmin):
		return "privileged"
	case field(text, "Seccomp") == "0":
		return "no system call is filtered"
	}
	return "with the engine's usual walls"
}

// The kernel's numbers of the capabilities that are told apart here.
const (
	capIPCLock  = 14
	capSysAdmin = 21
)

// privileges wants a user other than root, who may at most lock memory.
func privileges(m machine) verdict {
	text, err := m.read("proc/self/status")
	if err != nil {
		return unread(err)
	}
	s := status{text}
	rights, ok := s.capabilities()
	switch {
	case !ok:
		return unknown("/proc/self/status: want a CapEff, found none")
	case m.facts.User == 0:
		return fail("root")
	case rights&^(1<<capIPCLock) != 0:
		return fail("user %d with capabilities %016x", m.facts.User, rights)
	case rights != 0:
		return pass("user %d, who may lock memory", m.facts.User)
	}
	return pass("user %d, no capabilities", m.facts.User)
}
