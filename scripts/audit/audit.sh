#!/bin/sh
# All of it: names, policy, every signer's log, every withdrawal released.
kit=$(dirname "$0")
. "$kit/kit.sh"
[ $# -eq 2 ] || usage 'audit.sh REGISTRY GENESIS'
registry=$1
[ -f "$registry/texts/$2" ] || { printf 'genesis: no such text in the registry: %s\n' "$2" >&2; exit 1; }
worst=0

# run SCRIPT ARGUMENT...: one part, remembering the worst end
run() {
  script=$1
  shift
  if sh "$kit/$script" "$registry" "$@"; then :; else
    status=$?
    if [ "$status" -gt "$worst" ]; then worst=$status; fi
  fi
}

run names.sh
run policy.sh "$2"
signers=$(sed -n 's/^device \([a-z0-9-]*\) .*/\1/p' "$registry/texts/$2")
for signer in $signers; do run log.sh "$2" "$signer"; done

told=' '
for signer in $signers; do
  sh "$kit/log.sh" "$registry" "$2" "$signer" releases >"$t/releases"
  while read -r id entry; do
    case $told in *" $id "*) ;; *) told="$told$id "; run proposal.sh "$2" "$id" ;; esac
    # what the record says was paid is what the text asks for
    sed -n 's/^pay //p' "$registry/$entry" >"$t/record"
    if [ ! -f "$registry/texts/$id" ] || [ "$(sed -n 's/^pay //p' "$registry/texts/$id")" != "$(cat "$t/record")" ]; then
      printf 'WRONG   %s pays something else than its text\n' "$entry"
      if [ "$worst" -lt 1 ]; then worst=1; fi
    fi
  done <"$t/releases"
done
case $worst in
  0) printf 'AGREED  everything that this kit can check agrees\n' ;;
  4) printf 'ALARM   a signer wrote two histories: stop, and call the security officer\n' ;;
  *) printf 'FAILED  something does not agree; the lines marked WRONG name it\n' ;;
esac
exit "$worst"
