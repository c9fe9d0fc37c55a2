#!/usr/bin/env bash
# A session of the signer, each of its commands under strace: people make a key at a new machine, and one
# of them proves their share; on a machine laid out beforehand a vault is trusted, a wallet enrolled, a real
# packet signed by a key that two shares open, an amendment recorded and adopted, and the key shared anew.
# It prints one line "ran: …" for each command, and fails when one does. The log gets the network calls of
# the program and its children, not of this shell: one without $SHELL asks nscd who its user is. LEFT is all
# that the session leaves, and what it said; LEFT.writes is every call by which it wrote. What people typed
# lies beside them.
#   airgap-session.sh LOG BINARY FOLDER LEFT    (FOLDER as TestSession of the signer lays it out)
#   airgap-session.sh LOG BINARY                (the program alone, without arguments)
set -euo pipefail
log=${1:?wanted the log of the network calls}
signer=${2:?wanted the program to run}
# traced OUT CALLS COMMAND…: the calls of a command, into OUT
traced() { strace -A -f -qq -e "trace=$2" -e signal=none -s 16777216 -xx -o "$1" "${@:3}"; }
: >"$log"
[ $# -gt 2 ] || { traced "$log" %network "$signer"; exit; }
folder=$3
left=${4:?wanted a folder for what the session leaves}
mkdir "$left" "$left/media"
cd "$left"
writing=write,writev,pwrite64,pwritev,pwritev2,sendfile,copy_file_range
written="^[0-9]+ +(<\.\.\. )?(${writing//,/|})[( ]"

run() {
  traced "$left.calls" "%network,$writing" "$signer" "$@" </dev/null >>told 2>&1 || { cat told; echo "failed: $*"; exit 1; }
  grep -E "$written" "$left.calls" >>"$left.writes" || true
  grep -vE "$written" "$left.calls" >>"$log" || true
  rm "$left.calls"
  echo "ran: $*"
}

# prepare NAME: the plan for this program, and what people type for it
prepare() {
  local program
  program=$(sha256sum <"$signer" | cut -c1-64)
  sed "s/^program .*/program $program/" "$folder/$1.plan" >"$1.plan"
  sed "s/^PLAN8\$/$(sha256sum <"$1.plan" | cut -c1-8)/; s/^PROGRAM8\$/${program:56}/" "$folder/$1.typed" >"$left.$1"
}

run --version
run --help
export STRONGROOM_SIGNER_HOME=$left/fresh
run init --vault acme-treasury --signer signer-d --chain regtest
prepare make
run key ceremony make.plan -o made --confirm-fd 3 --passphrase-fd 3 3<"$left.make"
grep -m1 '^correct .* alice$' "$left.make" >"$left.alice"
run key verify-share alice --share media/alice/share-*-1-alice.age --passphrase-fd 3 3<"$left.alice"
run key show
run key shares
cp -r "$folder/home" home
export STRONGROOM_SIGNER_HOME=$left/home
both=(--share home/share-*-1-anna.age --share home/share-*-1-bert.age)
run trust "$folder/founding" --confirm-fd 3 3<"$folder/founding.trust.typed"
run enroll "$folder/founding" --confirm-fd 3 3<"$folder/founding.enroll.typed"
run inspect "$folder/bundle"
run release "$folder/bundle" -o answer "${both[@]}" --confirm-fd 3 --passphrase-fd 3 --operator frank 3<"$folder/bundle.release.typed"
ls answer/*.psbt >>told || { echo "failed: wanted a signed packet, found none"; exit 1; }
run record "$folder/amendment" -o recorded --confirm-fd 3 --operator frank 3<"$folder/amendment.record.typed"
run release "$folder/waited" -o adopted --confirm-fd 3 --operator frank 3<"$folder/waited.release.typed"
ls home/policy-2.txt >>told || { echo "failed: wanted the amendment adopted, found no second policy"; exit 1; }
prepare reshare
run key reshare reshare.plan -o reshared "${both[@]}" --confirm-fd 3 --passphrase-fd 3 3<"$left.reshare"
run status
run log
