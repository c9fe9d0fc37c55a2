#!/bin/sh
# Each file of a registry is what its name says.
. "$(dirname "$0")/kit.sh"
[ $# -eq 1 ] || usage 'names.sh REGISTRY'
enter "$1"
count=0

# whole FILE: the name is the SHA-256
whole() {
  [ -f "$1" ] || return 0
  is_hash "${1##*/}" || return 0 # shared folders gather other files
  count=$((count + 1))
  [ "$(sha <"$1")" = "${1##*/}" ] || wrong "$1 is not what its name says"
}

for f in texts/* descriptors/* keyrecords/* sigs/*/* psbts/*/*; do whole "$f"; done
for f in headers/*; do
  [ -f "$f" ] || continue
  count=$((count + 1))
  sum=$(sha <"$f")
  case $sum in "${f##*-}"*) ;; *) wrong "$f is not what its name says" ;; esac
done
if [ "$bad" -eq 0 ]; then good "$count files are what their names say"; fi
finish
