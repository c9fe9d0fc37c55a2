#!/bin/sh
# A signer's log: the tree over its entries (RFC 6962) has the root that the
# newest checkpoint states, and the signer's key signed that checkpoint. POLICY is
# the version that names the signer, the first one or a later one.
. "$(dirname "$0")/kit.sh"
[ $# -eq 3 ] || usage 'log.sh REGISTRY POLICY SIGNER'
enter "$1"
under "$2"
signer=$3
is_id "$signer" || usage 'log.sh REGISTRY POLICY SIGNER'
log=logs/$signer

# The key: ORIGIN+HASH+BASE64, the base64 being a type byte, 01, and 32 bytes.
verifier=$(sed -n "s/^device $signer //p" "$policy")
[ -n "$verifier" ] || { wrong "the policy names no signer $signer"; finish; }
origin=${verifier%%+*}
keyhash=${verifier#*+}
key=$(printf '%s' "${keyhash#*+}" | openssl base64 -d -A | xxd -p -c 64)
keyhash=${keyhash%%+*}
{ printf '%s\n' "$origin"; printf '%s' "$key" | xxd -r -p; } >"$t/name"
case $(sha <"$t/name") in "$keyhash"*) ;; *) wrong "$signer: the key is not the one that its hash names" ;; esac
printf '302a300506032b6570032100%s' "${key#01}" | xxd -r -p >"$t/key.der"

# signed CHECKPOINT: whether the signer's key signed the note in it
signed() {
  sed -n 1,3p "$1" >"$t/note"
  [ "$(sed -n 1p "$1")" = "$origin" ] && [ -z "$(sed -n 4p "$1")" ] || return 1
  signature=$(sed -n "5,\$s|^[^ ]* $origin ||p" "$1" | sed -n 1p | openssl base64 -d -A | xxd -p -c 128)
  case $signature in "$keyhash"*) ;; *) return 1 ;; esac
  printf '%s' "${signature#"$keyhash"}" | xxd -r -p >"$t/signature"
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$t/key.der" -rawin -in "$t/note" \
    -sigfile "$t/signature" >"$t/out" 2>&1
}

# node LEFT RIGHT: the hash of an inner node
node() { printf '01%s%s' "$1" "$2" | xxd -r -p | sha; }

# root FOLDER N: the root of the first N entries, hex. The stack holds the roots
# of whole subtrees, the largest first; entry i completes as many of them as i
# ends in ones.
root() {
  stack=''
  i=0
  while [ "$i" -lt "$2" ]; do
    entry=$(printf '%s/%06d' "$1" "$i")
    [ -f "$entry" ] || { printf 'none'; return; }
    hash=$({ printf '\000'; cat "$entry"; } | sha)
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

newest "$log"
if [ "$size" -eq 0 ]; then wrong "$signer: no checkpoint"; finish; fi
checkpoint=$log/checkpoint-$size
if ! signed "$checkpoint"; then
  wrong "$signer: $checkpoint is not signed by the key in the policy"
elif [ "$(sed -n 2p "$checkpoint")" != "$size" ]; then
  wrong "$signer: $checkpoint states another size"
else
  stated=$(sed -n 3p "$checkpoint" | openssl base64 -d -A | xxd -p -c 64)
  found=$(root "$log/entries" "$size")
  if [ "$found" = "$stated" ]; then
    good "$signer: $size records under the signed root"
  else
    wrong "$signer: the records have the root $found, signed is $stated"
  fi
fi
for f in "$log"/fork-*/checkpoint; do
  [ -f "$f" ] || continue
  if signed "$f"; then
    printf 'ALARM   %s: a second history, also signed: %s\n' "$signer" "${f%/*}"
    exit 4
  fi
done
finish
