#!/usr/bin/env bash
# The whole story on a private regtest chain, with stock tools beside it. What
# it makes stays in a folder to look into, by default a new one in TMPDIR.
#   demo.sh [--keep DIR]
. "$(dirname "$0")/env.sh"
scripts/install-tools.sh age zstd ssh openssl xxd util-linux
scripts/build.sh
[ $# -gt 0 ] || set -- --keep "$(mktemp -d "${TMPDIR:-/tmp}/strongroom-demo.XXXXXX")"
exec bin/strongroom demo --btcd "$STRONGROOM_BTCD" "$@"
