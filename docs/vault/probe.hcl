# The probe: its own key pairs for the stores, which reach only what is there to be probed.
# It signs nothing.

# a pair for each store, in a key-value store of version 2
path "secret/data/strongroom/probe/+" { capabilities = ["read"] }
# or lent by a secrets engine; leave out the one that is not used
path "s3/creds/probe" { capabilities = ["read"] }

# look after its own token and leases, and give them back
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/leases/renew" { capabilities = ["update"] }
path "sys/leases/revoke" { capabilities = ["update"] }
