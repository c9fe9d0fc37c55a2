# shellcheck shell=bash
# Sourced by every script here: stand at the root of the tree, and agree on
# where built things are kept. Everything kept lives outside the tree, under a
# key of what it was built from, so that an old one is never used by mistake.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export GOFLAGS="${GOFLAGS:-} -buildvcs=false"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/strongroom
key=$({ cat go.sum; go version; } | sha256sum | cut -c1-16)
export STRONGROOM_BTCD=$cache/$key/btcd

# say TEXT…: one line of progress, on standard error
say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

# fail TEXT…: the last line of a script that cannot go on
fail() { say "error: $*"; exit 1; }
