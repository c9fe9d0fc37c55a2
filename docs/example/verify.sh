#!/bin/sh
# Checks this example with stock tools alone: ssh-keygen, openssl, sha256sum,
# sed, grep, sort. It prints one line for each thing that holds; the first thing
# that does not hold ends it with status 1.
#
# 1  the chain: who follows whom, by hashes
# 2  the difference that officers signed is the difference
# 3  every signature, each against the roster of the right version
# 4  the seats, counted
# 5  each signer's log: its key, its root, and what officers saw of it
# 6  what signer-a wrote down about all this
set -eu
cd "$(dirname "$0")"
LC_ALL=C
export LC_ALL
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT

good() { printf 'ok      %s\n' "$*"; }
wrong() {
  printf 'WRONG   %s\n' "$*"
  exit 1
}
sha() { sha256sum <"$1" | cut -d' ' -f1; }
# field FILE KEYWORD: what stands behind a keyword
field() { sed -n "s/^$2 //p" "$1"; }
# has FILE LINE...: the file has exactly these lines
has() {
  file=$1
  shift
  for line in "$@"; do grep -qxF -- "$line" "$file" || return 1; done
}
says() { has "$@" || wrong "$1 does not say: $2"; }

one=$(sha policy-1.txt)
two=$(sha policy-2.txt)
withdrawal=$(sha withdrawal.txt)
amendment=$(sha amendment.txt)
clearance=$(sha clearance.txt)
freeze=$(sha freeze.txt)

# 1
says policy-2.txt "previous $one"
good 'policy 2 follows policy 1'
for text in withdrawal amendment clearance freeze; do says "$text.txt" "genesis $one"; done
good 'every text is of the vault that policy 1 founds'
for text in withdrawal amendment; do says "$text.txt" "policy 1 $one"; done
says freeze.txt "policy 2 $two"
good 'every proposal names the policy that was in force'
says amendment.txt "adopt 2 $two"
good 'the amendment adopts policy 2'
says clearance.txt "proposal $amendment"
good 'the clearance is about the amendment'
says policy-1.txt "wallet main active $(sha descriptor.txt) 2 3"
good 'the wallet is the one that the policy names'

# 2: the lines of one version that are not in the other, but for those that
# always change
difference() { grep -vxFf "$2" "$1" | grep -v -e '^version ' -e '^previous ' | sort; }
{
  difference policy-1.txt policy-2.txt | sed 's/^/change - /'
  difference policy-2.txt policy-1.txt | sed 's/^/change + /'
} >"$t/changes"
grep '^change ' amendment.txt | cmp -s - "$t/changes" || wrong 'the change lines are not the difference'
good 'the change lines of the amendment are the difference of the policies'

# 3
for signature in *.sig; do
  rest=${signature%.sig}
  act=${rest##*.}
  rest=${rest%.*}
  officer=${rest##*.}
  text=${rest%.*}
  case $text in policy-2 | freeze) roster=policy-2.txt ;; *) roster=policy-1.txt ;; esac
  field "$roster" signer >"$t/roster"
  ssh-keygen -Y verify -f "$t/roster" -I "$officer" -n "$act.v1@strongroom" \
    -s "$signature" <"$text.txt" >"$t/out" 2>&1 || wrong "$signature: $(cat "$t/out")"
  good "$officer signed $text to $act"
done
for officer in $(field policy-1.txt officer | cut -d' ' -f1); do
  [ -f "policy-1.$officer.consent.sig" ] || wrong "$officer has not consented to policy 1"
done
good 'everybody in policy 1 has consented to it'

# 4: approvals of the treasury's members, the maker's own left out
seats() {
  need=$(field policy-1.txt "need $2" | cut -d' ' -f1)
  maker=$(field "$1.txt" maker)
  filled=0
  for officer in $(field policy-1.txt 'group treasury'); do
    if [ "$officer" != "$maker" ] && [ -f "$1.$officer.approve.sig" ]; then filled=$((filled + 1)); fi
  done
  [ "$filled" -ge "$need" ] || wrong "$1: $filled of $need seats of treasury"
  good "$1: $filled of $need seats of treasury are filled"
}
seats withdrawal small
seats amendment loosen
watcher=$(field clearance.txt watcher)
case " $(field policy-1.txt 'group watch') " in
  *" $watcher "*) good "the clearance is by a watcher, $watcher" ;;
  *) wrong "the clearance is by $watcher, who is no watcher" ;;
esac

# 5: the tree of RFC 6962. Hashes are passed on in base64.
hashed() { openssl dgst -sha256 -binary | openssl base64 -A; }
bytes() { printf '%s' "$1" | openssl base64 -d -A; }
leaf() { { printf '\000' && cat "$1"; } | hashed; }
node() { { printf '\001' && bytes "$1" && bytes "$2"; } | hashed; }
# root FOLDER N: the root over the first N records. The stack holds the roots of
# whole subtrees, the largest first; record i completes as many of them as i ends
# in ones.
root() {
  stack=''
  i=0
  while [ "$i" -lt "$2" ]; do
    hash=$(leaf "$(printf '%s/%06d' "$1" "$i")")
    left=$i
    while [ $((left & 1)) -eq 1 ]; do
      hash=$(node "${stack##* }" "$hash")
      stack=${stack% *}
      left=$((left >> 1))
    done
    stack="$stack $hash"
    i=$((i + 1))
  done
  hash=${stack##* }
  stack=${stack% *}
  while [ -n "$stack" ]; do
    hash=$(node "${stack##* }" "$hash")
    stack=${stack% *}
  done
  printf '%s' "$hash"
}
for signer in $(field policy-1.txt device | cut -d' ' -f1); do
  verifier=$(field policy-1.txt "device $signer")
  origin=${verifier%%+*}
  key=${verifier#*+}
  { printf '\060\052\060\005\006\003\053\145\160\003\041\000' && bytes "${key#*+}" | tail -c 32; } >"$t/key.der"
  sed -n 1,3p "$signer/checkpoint" >"$t/note"
  bytes "$(sed -n "s|^[^ ]* $origin ||p" "$signer/checkpoint")" | tail -c 64 >"$t/signature"
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$t/key.der" -rawin -in "$t/note" \
    -sigfile "$t/signature" >"$t/out" 2>&1 || wrong "$signer: its key did not sign the checkpoint"
  size=$(sed -n 2p "$t/note")
  [ "$(root "$signer" "$size")" = "$(sed -n 3p "$t/note")" ] || wrong "$signer: the records have another root"
  good "$signer: $size records under the root that its key signed"
  for text in withdrawal amendment clearance freeze; do
    seen=$(field "$text.txt" "seen $signer")
    [ "$(root "$signer" "${seen% *}")" = "${seen#* }" ] || wrong "$text: saw another log of $signer"
  done
  good "$signer: every text has seen this log"
done

# 6
wrote() {
  for record in signer-a/0*; do
    if has "$record" "$@"; then
      good "$record: $1"
      return
    fi
  done
  wrong "signer-a wrote no record with: $*"
}
wrote 'kind released' "id $withdrawal"
wrote 'kind signed' "id $withdrawal"
wrote 'kind recorded' "id $amendment" 'sitting loosen'
wrote 'kind cleared' "id $amendment" "clearance $clearance"
wrote 'kind adopted' "id $amendment" "policy 2 $two"
wrote 'kind frozen' "id $freeze" 'scope all'
good 'all of it'
