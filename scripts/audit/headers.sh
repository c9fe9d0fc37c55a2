#!/bin/sh
# In every run of block headers each names the one before it. Some hundred
# headers a second; proof of work is not looked at.
. "$(dirname "$0")/kit.sh"
[ $# -eq 1 ] || usage 'headers.sh REGISTRY'
enter "$1"
for f in headers/*; do
  [ -f "$f" ] || continue
  before=''
  count=0
  xxd -p -c 80 "$f" | sed 's/^\(.\{8\}\)\(.\{64\}\)/\1 \2 /' >"$t/headers"
  while read -r version previous rest; do
    if [ -n "$before" ] && [ "$previous" != "$before" ]; then
      wrong "$f: header $count does not name the one before it"
      break
    fi
    before=$(printf '%s%s%s' "$version" "$previous" "$rest" | xxd -r -p | sha | xxd -r -p | sha)
    count=$((count + 1))
  done <"$t/headers"
  good "$f: $count headers in a row"
done
finish
