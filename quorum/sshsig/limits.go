package sshsig

const (
	// MaxArmored is the size in bytes of the largest signature file that is
	// read. The largest that an accepted key can make is under 2 KiB; 16 KiB
	// leaves room to read, and to refuse by name, those of other key types.
	MaxArmored = 16 << 10

	// MaxNamespace is the length in bytes of the longest namespace. Ours have
	// under 40; the limit keeps error texts short.
	MaxNamespace = 128

	// MaxApplication is the length in bytes of the longest application string
	// of a hardware key. `ssh:` and a short name is what people use.
	MaxApplication = 128

	// MaxKeyLine is the size in bytes of the largest public key line. An
	// accepted one has under 600 bytes and a comment; 8 KiB leaves room to read
	// an RSA or ML-DSA key far enough to refuse it by name.
	MaxKeyLine = 8 << 10

	// MaxPrivateKeyFile is the size in bytes of the largest private key file.
	// A file of RSA 16384 has under 13 KiB.
	MaxPrivateKeyFile = 32 << 10

	// MaxAgentKeys is how many keys an agent may list. OpenSSH's own agent
	// stops at 2,048.
	MaxAgentKeys = 2048

	// maxInteger is the length in bytes of the longest integer of an ECDSA
	// signature: 48 bytes for P-384 and one for the sign.
	maxInteger = 49

	// maxQuoted is the length in bytes of the longest foreign text that an
	// error repeats. The longest name of a key type has 45.
	maxQuoted = 64
)
