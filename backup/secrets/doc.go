// Package secrets is where the backup job's credentials come from: for each
// store a pair of keys, held for as short as the place they come from allows,
// and for manifests a signer whose key never leaves a Vault server.
//
// Where they come from stands in a text without any secret in it:
//
//	credentials file /etc/strongroom/frankfurt.key
//
//	credentials systemd frankfurt
//
//	credentials environment
//
//	credentials vault
//	address https://vault.example:8200
//	authority /etc/strongroom/vault-ca.pem
//	login approle approle backup-writer /etc/strongroom/role-id /run/strongroom/wrapped none
//	read kv secret backup/frankfurt
//	fields access secret none
//
// A file holds "access=KEY", "secret=KEY" and perhaps "session=TOKEN", one line
// each, and is its owner's alone. systemd names a credential of the unit. The
// environment is AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
// AWS_SESSION_TOKEN; it is taken with a warning.
//
// At Vault, "read kv MOUNT PATH" reads a key-value store of version 2, and
// "read lease PATH" any path that answers with a lease. The fields are named
// access, secret and session, the last one perhaps "none". Ways to log in:
//
//	login token FILE
//	login approle MOUNT ROLE ROLE-ID-FILE WRAPPED-FILE TOKEN-FILE
//	login certificate MOUNT ROLE CERTIFICATE-FILE KEY-FILE
//
// WRAPPED-FILE holds a wrapping token, which opens once and is removed when it
// was opened. One that somebody opened before us is an alarm. TOKEN-FILE, or
// "none", keeps the token for the next run. The authority is a file of
// certificates, or "system".
//
// The signer of manifests has an address, an authority and a login too:
//
//	signer vault
//	address https://vault.example:8200
//	authority /etc/strongroom/vault-ca.pem
//	login token /run/strongroom/vault-token
//	key transit backup-manifest
//
// The usual path is ParseConfig, Open, and Credentials before each use; Keep
// beside it while the job runs, so that no token lapses in a long upload. What
// Vault lent is renewed when two thirds of its time are over, and read anew
// when it cannot be renewed. While Vault is away, what it lent before is used
// until that ends.
//
// Vault is spoken to by TLS 1.2 or later only, never through a proxy, without
// following a redirect, and whatever the environment says about VAULT_ADDR and
// its relatives. No answer of a server and no line of a file is ever repeated
// in an error; a Secret prints as "secret(...)".
//
// The module's own LifetimeWatcher is not used: it reads the clock by itself,
// cannot be told to stop by a context, and tells nobody why a renewal failed.
package secrets
