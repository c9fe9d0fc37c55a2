package posture

import "time"

const (
	// maxPolicy bounds the text of a bucket's policy in bytes: AWS takes 20 KiB,
	// MinIO the same, others more.
	maxPolicy = 256 << 10
	// maxStatements, maxNames and maxGrants bound what is looked at in one.
	maxStatements = 1000
	maxNames      = 1000
	maxGrants     = 1000
	// maxPattern bounds a pattern with stars: names of actions have at most 60
	// letters.
	maxPattern = 256
	// maxText bounds one file of the kernel in bytes. The longest, the mounts of a
	// machine with many snaps, has 100 KiB.
	maxText = 1 << 20
	// maxShown bounds one foreign name in a finding, shown how many of them are
	// listed before they are only counted.
	maxShown = 80
	shown    = 6
	// certificateSoon is when a certificate should have been renewed, and
	// certificateLate when somebody has to do it now: those that renew by
	// themselves do at 30 days.
	certificateSoon = 21 * 24 * time.Hour
	certificateLate = 7 * 24 * time.Hour
	// ageSlack is how far in the future a time may lie before a clock must be
	// wrong.
	ageSlack = 26 * time.Hour
)
