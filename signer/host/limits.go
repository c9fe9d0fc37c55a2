package host

import "time"

const (
	// maxThreads bounds how many threads of our own are looked at. The Go
	// runtime ends a program at 10,000.
	maxThreads = 10_000
	// landlockAllThreads is the ABI from which on the kernel restricts all
	// threads of a process at once.
	landlockAllThreads = 8

	// maxText bounds one file of the kernel or the system that is read whole.
	// The longest, the mounts of a machine with many snaps, has 100 KiB.
	maxText = 1 << 20
	// maxListed bounds one folder that is listed. The longest, /proc, has an
	// entry for each process, and the kernel's default bound is 32,768.
	maxListed = 1 << 16
	// maxStacked bounds how deep block devices are stacked: a file system on
	// LVM on LUKS on RAID on a partition is 4.
	maxStacked = 8
	// shownNames is how many names a finding lists before it only counts.
	shownNames = 6

	// maxPatchAge is how old the newest part of the system may be. Distributions
	// mend kernels monthly; a machine that carries no network can wait for its
	// half-yearly key ceremony, not longer.
	maxPatchAge = 190 * 24 * time.Hour
	// clockSlack is how far in the future a file may lie before the clock must
	// be wrong: more than any time zone.
	clockSlack = 26 * time.Hour
	// enoughEntropy is what the kernel's generator has once it is seeded, in
	// bits.
	enoughEntropy = 256
	// firstPerson is where the user ids of people begin, and nobody is the id
	// that stands for none of them.
	firstPerson = 1000
	nobody      = 65534
	// loopback is the kernel's number for the kind of a loopback interface.
	loopback = "772"
	// utmpRecord is the size of one login in /run/utmp, on all Linux systems.
	utmpRecord = 384

	// maxFiles bounds a baseline. /boot, /usr and /etc of a small system are
	// 100,000; more is not a signer's machine.
	maxFiles = 200_000
	// maxDepth bounds folders in folders; the deepest in a distribution is 20.
	maxDepth = 64
	// maxName is the longest path that Linux opens.
	maxName = 4096
	// maxFile is more than any file of a system image, and bounds the time
	// that one can take: about a minute.
	maxFile = 64 << 30
	// MaxBaseline bounds the text of a baseline: maxFiles lines of 160 bytes.
	MaxBaseline = 32 << 20
	// maxRoots bounds the paths that a baseline is made of.
	maxRoots = 256
)
