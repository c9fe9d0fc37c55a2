#!/usr/bin/env bash
# A session of the signer, run under strace by airgap.sh. It prints one line
# "ran: …" for each command, and fails when one does.
#   airgap-session.sh BINARY
set -euo pipefail
signer=${1:?wanted the signer to run}
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export STRONGROOM_HOME=$home/signer

run() {
  "$signer" "$@" </dev/null >"$home/out" 2>&1 || { cat "$home/out"; echo "failed: $*"; exit 1; }
  echo "ran: $*"
}

run --version
run --help
