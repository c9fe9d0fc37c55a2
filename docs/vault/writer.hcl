# The backup job: its own key pairs for the stores, and signatures of manifests.

# a pair for each store, in a key-value store of version 2
path "secret/data/strongroom/writer/+" { capabilities = ["read"] }
# or lent by a secrets engine; leave out the one that is not used
path "s3/creds/writer" { capabilities = ["read"] }

# sign with one key, and read its public half
path "transit/sign/backup-manifest" { capabilities = ["update"] }
path "transit/keys/backup-manifest" { capabilities = ["read"] }

# look after its own token and leases, and give them back
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/leases/renew" { capabilities = ["update"] }
path "sys/leases/revoke" { capabilities = ["update"] }
