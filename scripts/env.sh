# shellcheck shell=bash
# Sourced by every script here: stand at the root of the tree, and agree on
# where built things are kept. Everything kept lives outside the tree, under a
# key of what it was built from, so that an old one is never used by mistake.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export GOFLAGS="${GOFLAGS:-} -buildvcs=false"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/strongroom
go_version=$(go version)
key=$({ cat go.sum; echo "$go_version"; } | sha256sum | cut -c1-16)
export STRONGROOM_BTCD=$cache/$key/btcd STRONGROOM_AGE=$cache/$key/age # a program, a folder of two

# The servers that tests talk to have modules of their own (build-servers.sh).
# server_tags NAME: what a server is built without
server_tags() { [ "$1" != vault ] || echo minimal; } # no cloud and database plugins

# server NAME: the file that build-servers.sh keeps it in
server() {
  local own
  own=$({ find "scripts/servers/$1" -type f | sort | xargs cat; echo "$go_version"; server_tags "$1"; } | sha256sum | cut -c1-16)
  echo "$cache/$1-$own/$1"
}
STRONGROOM_VERSITYGW=$(server versitygw)
STRONGROOM_MINIO=$(server minio)
STRONGROOM_VAULT=$(server vault)
STRONGROOM_VAULT_PLUGIN=$(server vault-plugin)
export STRONGROOM_VERSITYGW STRONGROOM_MINIO STRONGROOM_VAULT STRONGROOM_VAULT_PLUGIN

# say TEXT…: one line of progress, on standard error
say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

# fail TEXT…: the last line of a script that cannot go on
fail() { say "error: $*"; exit 1; }
