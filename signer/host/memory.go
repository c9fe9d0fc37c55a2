package host

import (
	"slices"
	"strings"
)

// swap fails for each area that lies on a disk. zram keeps it in memory, unless
// it was given a disk to write to.
func swap(m machine) verdict {
	lines, err := m.lines("proc/swaps")
	if err != nil {
		return unread(err)
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "Filename") {
		return unknown("/proc/swaps: want its heading, found another text")
	}
	var disk, memory []string
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		name, zram := strings.CutPrefix(fields[0], "/dev/zram")
		if zram && m.is("sys/block/zram"+name+"/backing_dev", "none") {
			memory = append(memory, fields[0])
		} else {
			disk = append(disk, fields[0])
		}
	}
	switch {
	case len(disk) > 0:
		return fail("%s", named(disk))
	case len(memory) > 0:
		return pass("compressed memory only: %s", named(memory))
	}
	return pass("none")
}

// coreDumps looks at the machine's rule, not only at this program: a share is
// also opened by other programs, such as age. A rule that pipes dumps to a
// program does so whatever limit there is.
func coreDumps(m machine) verdict {
	pattern, err := m.read("proc/sys/kernel/core_pattern")
	if err != nil {
		return unread(err)
	}
	program, piped := strings.CutPrefix(pattern, "|")
	words := strings.Fields(program)
	switch {
	case piped && len(words) > 0 && slices.Contains([]string{"/bin/false", "/bin/true", "/usr/bin/false", "/usr/bin/true"}, words[0]):
		return pass("given to %s", words[0])
	case piped && len(words) > 0:
		return fail("given to %s, whatever the limit is", words[0])
	case piped:
		return fail("given to a program without a name")
	case pattern == "" && !m.is("proc/sys/kernel/core_uses_pid", "1"):
		return pass("no name to write to")
	case m.facts.CoreLimit == 0:
		return pass("limit 0")
	case m.facts.Dumpable:
		return fail("written to %q, the limit is %d bytes", pattern, m.facts.CoreLimit)
	}
	return fail("this program leaves none; others write to %q, the limit is %d bytes", pattern, m.facts.CoreLimit)
}

// hibernation passes when the kernel does not offer it.
func hibernation(m machine) verdict {
	states, err := m.read("sys/power/state")
	if err != nil {
		return unread(err)
	}
	if !slices.Contains(strings.Fields(states), "disk") {
		return pass("not offered by the kernel")
	}
	if m.is("sys/power/disk", "[disabled]") {
		return pass("disabled")
	}
	return fail("offered by the kernel")
}

// debugger fails when a process watches this one.
func debugger(m machine) verdict {
	text, err := m.read("proc/self/status")
	if err != nil {
		return unread(err)
	}
	pid := field(text, "TracerPid")
	switch pid {
	case "":
		return unknown("/proc/self/status: want a TracerPid, found none")
	case "0":
		return pass("none")
	}
	name, err := m.read("proc/" + pid + "/comm")
	if err != nil {
		name = "of a name that cannot be read"
	}
	return fail("process %s, %s", pid, name)
}

// ptraceScope wants programs of one user kept from each other's memory.
func ptraceScope(m machine) verdict {
	scope, err := m.read("proc/sys/kernel/yama/ptrace_scope")
	if err != nil {
		return unread(err)
	}
	switch scope {
	case "1", "2", "3":
		return pass("%s", scope)
	case "0":
		return fail("0")
	}
	return unknown("/proc/sys/kernel/yama/ptrace_scope: want a number from 0 to 3, found another text")
}
