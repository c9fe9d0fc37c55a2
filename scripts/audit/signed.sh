#!/bin/sh
# An officer's signature on a text is good, by the roster of a policy.
. "$(dirname "$0")/kit.sh"
[ $# -eq 5 ] || usage 'signed.sh REGISTRY POLICY ID ACT OFFICER'
enter "$1"
under "$2"
if ! is_hash "$3" || ! is_id "$4" || ! is_id "$5"; then usage 'signed.sh REGISTRY POLICY ID ACT OFFICER'; fi
name=$(printf '%.16s' "$3")
if [ ! -f "texts/$3" ] || [ "$(sha <"texts/$3")" != "$3" ]; then
  wrong "$name: its text is missing or was changed"
elif among "$5" "$(signers_of "$3" "$4")"; then
  good "$name: $5 signed it to $4"
else
  wrong "$name: $5 did not sign it to $4"
fi
finish
