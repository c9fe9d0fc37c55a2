// Package host looks at the air-gapped workstation that the signer runs on, and
// walls the signer off from it.
//
// [Assess] is an inspector with a list: it reads the machine's file tree and
// says of each point whether it passes, fails or cannot be seen. What cannot be
// seen is never a pass. [Unfit] names the points that keep keys shut. As people
// see it:
//
//	network          FAIL     up: eth0
//	radios           pass     none
//	secure-boot      unknown  /sys/firmware: file does not exist
//	swap             pass     none
//
// [TakeBaseline] and [Check] hold files to what they were: a text that
// `sha256sum -c` reads, and one digest of it for people to write down.
//
// [Confine] takes rights away from the running process, all its threads and for
// good: no core dump, no new rights, no file but those it needs, no network
// interface, no system call for sockets, debuggers or other programs. Its
// [Report] claims only what was tried afterwards.
//
// All of this is honest evidence about a machine that is honest: whoever rules
// the kernel can show any file tree. It finds mistakes, and it leaves an
// attacker who got into the program little to work with.
//
// Assess and Confine know Linux. On other systems every finding is unknown and
// no measure holds.
//
// Standards and manuals: CCSS v9.0 1.05.2; proc(5), seccomp(2), landlock(7),
// network_namespaces(7), utmp(5), https://docs.kernel.org/userspace-api/landlock.html,
// https://docs.kernel.org/filesystems/proc.html.
package host
