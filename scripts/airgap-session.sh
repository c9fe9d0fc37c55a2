#!/usr/bin/env bash
# A session of the signer, run under strace by airgap.sh: a key is made, and on
# a machine laid out beforehand a vault is trusted, a wallet enrolled and a real
# packet signed. It prints one line "ran: …" for each command, and fails when
# one does.
#   airgap-session.sh BINARY FOLDER    (FOLDER as TestSession of the signer lays it out)
set -euo pipefail
signer=${1:?wanted the signer to run}
folder=${2:?wanted the folder of a session}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

run() {
  "$signer" "$@" </dev/null >"$out/text" 2>&1 || { cat "$out/text"; echo "failed: $*"; exit 1; }
  echo "ran: $*"
}

run --version
run --help
export STRONGROOM_SIGNER_HOME=$out/fresh
run init --vault acme-treasury --signer signer-d --chain regtest
run key create --passphrase-fd 3 -o "$out/key" 3<"$folder/key.typed"
run key show
export STRONGROOM_SIGNER_HOME=$folder/home
run trust "$folder/founding" --confirm-fd 3 3<"$folder/trust.typed"
run enroll "$folder/founding" --confirm-fd 3 3<"$folder/enroll.typed"
run inspect "$folder/bundle"
run release "$folder/bundle" -o "$out/answer" --confirm-fd 3 --passphrase-fd 3 --operator frank 3<"$folder/release.typed"
ls "$out/answer"/*.psbt >"$out/text" || { echo "failed: wanted a signed packet, found none"; exit 1; }
run status
run log
