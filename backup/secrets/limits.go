package secrets

import "time"

const (
	// maxConfig is the most bytes of a text that says where credentials come
	// from: seven lines with paths.
	maxConfig = 8 << 10
	// maxPath is the length in bytes of the longest file name.
	maxPath = 1024
	// maxVaultPath is the length in bytes of the longest path at Vault.
	maxVaultPath = 256
	// maxWord is the length in bytes of the longest name of a role, a field, a
	// key or a credential.
	maxWord = 64

	// maxSecret is the length in bytes of the longest secret. Session tokens of
	// large stores have two to three thousand.
	maxSecret = 4 << 10
	// maxPair is the most bytes of a file with a pair of keys and a session.
	maxPair = 16 << 10
	// maxTokenFile is the most bytes of a file with a token, a role id or a
	// wrapping token. Vault's service tokens have about a hundred.
	maxTokenFile = 4 << 10
	// maxPEM is the most bytes of certificates or a private key.
	maxPEM = 256 << 10

	// maxAnswer is the most bytes of an answer. A transit key that was rotated
	// a thousand times has about 200 KiB.
	maxAnswer = 1 << 20
	// maxVersions is how many versions of a transit key are looked at.
	maxVersions = 1000
	// maxLease is the longest time that Vault may lend something for; what it
	// says beyond is taken as this. A year is longer than anybody should.
	maxLease = 366 * 24 * time.Hour
	// maxCause is how much of a connection's error is repeated.
	maxCause = 200

	// dialTime is how long a connection may take to come about.
	dialTime = 5 * time.Second
	// callTime is how long one call may take, with its repetitions.
	callTime = 20 * time.Second
	// retries is how often a call is repeated that reached nobody.
	retries = 2
	// retryPause and maxRetryPause are the pauses before.
	retryPause, maxRetryPause = 100 * time.Millisecond, 400 * time.Millisecond

	// freshTime is how long a pair of a key-value store is used before it is
	// looked at again: a change is picked up within a minute.
	freshTime = time.Minute
	// staleTime is how long such a pair is used while Vault is away. It has no
	// lease that could end it, and an upload should outlive a restart.
	staleTime = 15 * time.Minute
	// awayPause is how long Vault is left in peace after it did not answer.
	awayPause = 5 * time.Second
)
