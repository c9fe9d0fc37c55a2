#!/bin/sh
# All of it: names, the first policy, every signer's log, and everything that
# officers decided, under the policy that was in force there.
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

# off SENTENCE: a line of its own that something is wrong
off() {
  printf 'WRONG   %s\n' "$1"
  if [ "$worst" -lt 1 ]; then worst=1; fi
}

# once WORD: whether it comes for the first time
told=' '
once() {
  case $told in *" $1 "*) return 1 ;; esac
  told="$told$1 "
}

run names.sh
run policy.sh "$2"

# Every signer of every version; the versions come out of the signers' logs.
: >"$t/all"
policies=" $2"
while [ -n "$policies" ]; do
  rest=${policies# }
  at=${rest%% *}
  policies=${rest#"$at"}
  [ -f "$registry/texts/$at" ] || continue
  signers=$(sed -n 's/^device \([a-z0-9-]*\) .*/\1/p' "$registry/texts/$at")
  for signer in $signers; do
    once "signer:$signer" || continue
    run log.sh "$at" "$signer"
    sh "$kit/decisions.sh" "$registry" "$2" "$signer" >"$t/decisions" || worst=1
    cat "$t/decisions" >>"$t/all"
    while read -r kind id force entry; do
      [ "$kind" = adopted ] || continue
      adopted=$(sed -n 's/^policy [0-9]* //p' "$registry/$entry")
      if is_hash "$adopted" && once "policy:$adopted"; then policies="$policies $adopted"; fi
    done <"$t/decisions"
  done
done

# agree ENTRY KEYWORD: a record and its paper have the same lines of a keyword
agree() {
  sed -n "/^$2 /p" "$registry/$1" >"$t/record"
  : >"$t/text"
  if [ -f "$registry/texts/$id" ]; then sed -n "/^$2 /p" "$registry/texts/$id" >"$t/text"; fi
  cmp -s "$t/text" "$t/record" || off "$1 says something else than its text: $2"
}

chain=' '
while read -r kind id force entry; do
  record=$registry/$entry
  if ! is_hash "$id" || ! is_hash "$force"; then
    off "$entry names no paper or no policy"
    continue
  fi
  case $kind in
    vetoed)
      officers=$(sed -n 's/^officer //p' "$record")
      for officer in $officers; do run signed.sh "$force" "$id" veto "$officer"; done
      continue ;;
    cleared)
      clearance=$(field clearance "$record")
      watcher=$(field watcher "$record")
      if is_hash "$clearance" && is_id "$watcher" && [ "$(field proposal "$registry/texts/$clearance" 2>"$t/why")" = "$id" ]; then
        if once "$clearance:$force"; then run signed.sh "$force" "$clearance" clear "$watcher"; fi
      else
        off "$entry: no clearance of this proposal"
      fi
      continue ;;
    released) agree "$entry" pay ;;
    frozen) agree "$entry" scope ;;
    thawed) agree "$entry" lifts ;;
    rehearsal) agree "$entry" statement ;;
    restore) for keyword in snapshot store place operator recipient; do agree "$entry" "$keyword"; done ;;
    killed) [ "$(field kills "$registry/texts/$id" 2>"$t/why")" = "$(field id "$record")" ] || off "$entry kills something else than its text" ;;
    adopted)
      adopted=$(sed -n 's/^policy //p' "$record")
      [ "$(field adopt "$registry/texts/$id" 2>"$t/why")" = "$adopted" ] || off "$entry adopts something else than its text"
      case $chain in
        *" ${adopted% *}:${adopted#* } "*) ;;
        *" ${adopted% *}:"*)
          printf 'ALARM   %s: a second version %s of the policy\n' "$entry" "${adopted% *}"
          worst=4 ;;
      esac
      chain="$chain${adopted% *}:${adopted#* } "
      if once "adopts:$id:$force"; then run amendment.sh "$force" "$id"; fi ;;
  esac
  if once "$id:$force"; then run proposal.sh "$2" "$id" "$force"; fi
done <"$t/all"
case $worst in
  0) printf 'AGREED  everything that this kit can check agrees\n' ;;
  4) printf 'ALARM   there are two histories: stop, and call the security officer\n' ;;
  *) printf 'FAILED  something does not agree; the lines marked WRONG name it\n' ;;
esac
exit "$worst"
