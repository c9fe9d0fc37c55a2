package host

import "slices"

// checks is every finding. The demanded ones are those whose failing lets a key
// out over a wire, onto a disk or into the hands of another program.
func checks() []check {
	return slices.Concat(reachChecks(), memoryChecks(), machineChecks(), peopleChecks())
}

// reachChecks: what connects the machine to others.
func reachChecks() []check {
	return []check{
		{"network", true,
			"a machine with a live interface is not air-gapped, whatever the program does",
			"unplug the cable, then: ip link set NAME down; better, remove the card's driver from the image",
			network},
		{"radios", true,
			"a radio reaches through walls, and what a switch in software turned off, software turns on",
			"remove the card, or use its hardware switch and leave its driver out of the image",
			radios},
		{"listeners", true,
			"a service that listens lets others in on the day a cable is plugged",
			"stop the service and remove it: ss -lntup shows whose it is",
			listeners},
		{"remote-desktop", false,
			"a clipboard keeps what was copied, and a desktop's helpers show the screen to others",
			"leave these programs out of the image; a signer needs a text console",
			programs},
		{"usb", false,
			"a stick that says it is a keyboard types commands while people read the screen",
			"echo 0 > /sys/bus/usb/devices/usbN/authorized_default for each bus, or run usbguard",
			usb},
		{"removable-media", false,
			"a program on a carrier could be started, or take its owner's rights, by opening it",
			"mount carriers with noexec,nosuid,nodev and by hand, never automatically",
			removable},
	}
}

// memoryChecks: where a copy of the memory can end up.
func memoryChecks() []check {
	return []check{
		{"swap", true,
			"swap writes memory, and with it a key, to the disk, where it stays",
			"swapoff -a, and remove swap from /etc/fstab",
			swap},
		{"core-dumps", true,
			"a program that crashes while a key is open leaves the key in a file",
			"sysctl -w kernel.core_pattern='|/bin/false', and ulimit -c 0",
			coreDumps},
		{"hibernation", true,
			"a machine that hibernates writes all its memory to the disk",
			"boot with nohibernate on the kernel's command line",
			hibernation},
		{"disk-encryption", true,
			"a stolen disk is read at leisure; so are deleted drafts of what was printed or typed",
			"install on LUKS, or boot a live image that keeps nothing",
			diskEncryption},
		{"debugger", true,
			"a debugger reads the key out of the running program",
			"end it, and ask who started it",
			debugger},
		{"ptrace-scope", false,
			"any program of the same user may read this one's memory",
			"sysctl -w kernel.yama.ptrace_scope=2",
			ptraceScope},
	}
}

// machineChecks: what the machine is and what it boots.
func machineChecks() []check {
	return []check{
		{"virtual-machine", true,
			"the host of a virtual machine reads and copies its memory unseen",
			"use a machine of metal that does nothing else",
			virtualMachine},
		{"container", true,
			"who runs the container engine reads what runs in it, and its kernel serves others too",
			"run the program on the machine itself",
			container},
		{"entropy", true,
			"a key or nonce drawn before the generator is seeded can be guessed",
			"wait until the machine has been up a minute; use a processor or a device with a generator",
			entropy},
		{"kernel-lockdown", false,
			"without lockdown the administrator can read and change the kernel's memory",
			"boot with lockdown=integrity on the kernel's command line",
			lockdown},
		{"secure-boot", false,
			"a changed kernel or loader starts without a word",
			"switch secure boot on in the firmware, with keys of your own",
			secureBoot},
		{"patch-age", false,
			"holes of an old system are known to everybody, those of the carriers' file systems too",
			"rebuild the image from current packages, and check it with: strongroom-signer integrity check",
			patchAge},
		{"privileges", false,
			"a program with an administrator's rights can be made to use them",
			"run it as a user of its own; a service may give it CAP_IPC_LOCK alone",
			privileges},
	}
}

// peopleChecks: who else is on the machine.
func peopleChecks() []check {
	return []check{
		{"accounts", false,
			"each account that can log in is a door of its own",
			"usermod -s /usr/sbin/nologin NAME; keep one account for the work",
			accounts},
		{"logins", false,
			"somebody who is logged in beside the operators sees and does what they do",
			"log the others out; work from the console",
			logins},
		{"processes", false,
			"programs of other people run beside the one that holds the key",
			"end them, or restart the machine and log in once",
			processes},
	}
}
