#!/usr/bin/env bash
# Unit, script and end-to-end tests, under five minutes on two cores.
. "$(dirname "$0")/env.sh"
scripts/install-tools.sh age zstd ssh openssl xxd
scripts/build.sh programs btcd age
say "all packages; the end-to-end tests use a real btcd"
STRONGROOM_SERVERS=later STRONGROOM_LATER="left to make test-all" scripts/gotest.sh -count=1 -parallel 6 -timeout 10m -skip '^TestCampaign' ./...
say "left to make test-all: the race detector, fuzzing, the fault campaign of the backup, long runs of the second judge and the random walk, the public vectors unless STRONGROOM_VECTORS names them, and what speaks to real stores and Vault"
