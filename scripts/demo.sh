#!/usr/bin/env bash
# The whole story on a private regtest chain, with stock tools beside it.
#   demo.sh [--keep DIR]
. "$(dirname "$0")/env.sh"
scripts/install-tools.sh age zstd ssh openssl
scripts/build.sh
exec bin/strongroom demo --btcd "$STRONGROOM_BTCD" "$@"
