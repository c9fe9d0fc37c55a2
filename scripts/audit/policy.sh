#!/bin/sh
# The first policy, and the consent of every officer that it names.
. "$(dirname "$0")/kit.sh"
[ $# -eq 2 ] || usage 'policy.sh REGISTRY GENESIS'
enter "$1"
under "$2"
[ "$(sed -n 1p "$policy")" = 'strongroom/policy@v1' ] || wrong "$policy is no policy"
[ "$(sed -n 's/^version //p' "$policy")" = 1 ] || wrong "$policy is not the first version"
good "genesis $2"
consented=$(signers_of "$2" consent)
officers=$(sed -n 's/^officer \([a-z0-9-]*\) .*/\1/p' "$policy")
for officer in $officers; do
  if among "$officer" "$consented"; then good "$officer consented"; else wrong "$officer did not consent"; fi
done
finish
