#!/bin/sh
# What a signer did on officers' papers, a line each, in the order of its log: the
# kind of the record, the paper, the policy in force there, the record.
. "$(dirname "$0")/kit.sh"
[ $# -eq 3 ] || usage 'decisions.sh REGISTRY GENESIS SIGNER'
enter "$1"
under "$2"
is_id "$3" || usage 'decisions.sh REGISTRY GENESIS SIGNER'
force=$2
newest "logs/$3"
i=0
while [ "$i" -lt "$size" ]; do
  entry=$(printf 'logs/%s/entries/%06d' "$3" "$i")
  i=$((i + 1))
  [ -f "$entry" ] || continue
  kind=$(field kind "$entry")
  case $kind in
    released | adopted | recorded | cleared | thawed | frozen | vetoed | restore | resync | rehearsal) id=$(field id "$entry") ;;
    killed) id=$(field by "$entry") ;;
    *) continue ;;
  esac
  is_hash "$id" || id=none
  printf '%s %s %s %s\n' "$kind" "$id" "$force" "$entry"
  if [ "$kind" = adopted ]; then
    force=$(sed -n 's/^policy [0-9]* //p' "$entry")
    is_hash "$force" || force=none
  fi
done
