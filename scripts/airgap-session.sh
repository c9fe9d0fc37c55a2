#!/usr/bin/env bash
# A session of the signer, each of its commands under strace: a key is made, and
# on a machine laid out beforehand a vault is trusted, a wallet enrolled, a real
# packet signed, and an amendment recorded and adopted. It prints one line "ran: …" for each command, and fails
# when one does. The log gets the network calls of the program and its children,
# not of this shell: one without $SHELL asks nscd who its user is.
#   airgap-session.sh LOG BINARY FOLDER    (FOLDER as TestSession of the signer lays it out)
#   airgap-session.sh LOG BINARY           (the program alone, without arguments)
set -euo pipefail
log=${1:?wanted the log of the network calls}
signer=${2:?wanted the program to run}
traced() { strace -A -f -qq -e trace=%network -e signal=none -o "$log" "$signer" "$@"; }
: >"$log"
[ $# -gt 2 ] || { traced; exit; }
folder=$3
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

run() {
  traced "$@" </dev/null >"$out/text" 2>&1 || { cat "$out/text"; echo "failed: $*"; exit 1; }
  echo "ran: $*"
}

run --version
run --help
export STRONGROOM_SIGNER_HOME=$out/fresh
run init --vault acme-treasury --signer signer-d --chain regtest
run key create --passphrase-fd 3 -o "$out/key" 3<"$folder/key.typed"
run key show
export STRONGROOM_SIGNER_HOME=$folder/home
run trust "$folder/founding" --confirm-fd 3 3<"$folder/founding.trust.typed"
run enroll "$folder/founding" --confirm-fd 3 3<"$folder/founding.enroll.typed"
run inspect "$folder/bundle"
run release "$folder/bundle" -o "$out/answer" --confirm-fd 3 --passphrase-fd 3 --operator frank 3<"$folder/bundle.release.typed"
ls "$out/answer"/*.psbt >"$out/text" || { echo "failed: wanted a signed packet, found none"; exit 1; }
run record "$folder/amendment" -o "$out/recorded" --confirm-fd 3 --operator frank 3<"$folder/amendment.record.typed"
run release "$folder/waited" -o "$out/adopted" --confirm-fd 3 --operator frank 3<"$folder/waited.release.typed"
ls "$folder/home/policy-2.txt" >"$out/text" || { echo "failed: wanted the amendment adopted, found no second policy"; exit 1; }
run status
run log
