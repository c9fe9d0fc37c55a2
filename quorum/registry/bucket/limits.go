package bucket

const (
	// maxKeys bounds the versions of keys that are listed: some hundred
	// signatures and texts a day for a year's worth of days.
	maxKeys = 250_000
	// maxVersions bounds the versions of one key that are read: half of them the
	// oldest, half the newest. Whoever writes over a key cannot push its first
	// content out.
	maxVersions = 32
	// maxSettled bounds how often a key is looked at again that is taken and shows
	// nothing.
	maxSettled = 3
	// maxPrefix is the most bytes before the registry's own names: S3 takes keys of
	// 1,024.
	maxPrefix = 512
	// maxName is the most bytes of one name in a key.
	maxName = 255
	// racers is how many create one key at once when a bucket is tried out.
	racers = 8
	// nameBytes are the random ones of a key that is tried out.
	nameBytes = 16
	// maxTried is the most bytes of a content that a bucket is tried out with.
	maxTried = 1 << 10
)
