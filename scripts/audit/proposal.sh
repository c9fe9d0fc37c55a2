#!/bin/sh
# A proposal: who asked for it, who approved, whether the policy's seats are
# filled, and whether a withdrawal pays only whom the policy lists. POLICY is the
# version that was in force where it was carried out, the first one if none is
# given.
. "$(dirname "$0")/kit.sh"
how='proposal.sh REGISTRY GENESIS ID [POLICY]'
case $# in 3 | 4) ;; *) usage "$how" ;; esac
enter "$1"
under "$2"
is_hash "$3" || usage "$how"
id=$3
force=${4-$2}
order=texts/$id
name=$(printf '%.16s' "$id")
[ -f "$order" ] || { wrong "$name: its text is missing"; finish; }
[ "$(sha <"$order")" = "$id" ] || wrong "$name: its text was changed"
[ "$(field genesis "$order")" = "$2" ] || wrong "$name: it is of another vault"
kind=$(field kind "$order")
maker=$(field maker "$order")
if ! is_id "$kind" || ! is_id "$maker"; then
  wrong "$name: no kind or no maker"
  finish
fi

# satoshi AMOUNT: without the point and leading zeros
satoshi() {
  number=$(printf '%s' "$1" | sed 's/\.//; s/^0*//')
  printf '%s' "${number:-0}"
}

# asked: the maker signed, and may ask for this
asked() {
  if among "$maker" "$(signers_of "$id" propose)"; then good "$name: $maker asked for it"; else wrong "$name: $maker did not sign for it"; fi
  may=yes
  case $kind in
    freeze) in_role freeze "$maker" || may=no ;;
    cancel)
      killed=texts/$(field kills "$order")
      in_role veto "$maker" || { [ -f "$killed" ] && [ "$(field maker "$killed")" = "$maker" ]; } || may=no ;;
    amendment)
      case $(field class "$order") in
        rekey) ;;
        recovery) among "$maker" "$(members recovery)" || may=no ;;
        *) in_role propose "$maker" || may=no ;;
      esac ;;
    *) in_role propose "$maker" || may=no ;;
  esac
  [ "$may" = yes ] || wrong "$name: $maker may not ask for a $kind"
}

# approvals: those that count, in $approved: not the maker's, but in recovery, and
# not those in conflict with a payee
approvals() {
  labels=$(sed -n 's/^pay [^ ]* [^ ]* \([a-z0-9-]*\)[# ].*/\1/p' "$order")
  approved=''
  if [ "$sitting" = recovery ]; then approved=" $maker"; fi
  for officer in $(signers_of "$id" approve); do
    if among "$officer" "$approved"; then continue; fi
    counts=yes
    if [ "$officer" = "$maker" ]; then counts=no; fi
    for label in $labels; do
      if [ -n "$(sed -n "s/^conflict $label $officer\$/x/p" "$policy")" ]; then counts=no; fi
    done
    if [ "$counts" = yes ]; then approved="$approved $officer"; fi
  done
}

# seats: the needs of the tier, class or act, group by group
seats() {
  needs=$(sed -n "s/^need $sitting \([0-9]*\) \([a-z0-9-]*\)\$/\1:\2/p" "$policy")
  [ -n "$needs" ] || wrong "$name: the policy has no seats for $sitting"
  seats=0
  for need in $needs; do
    sat=$(members "${need#*:}")
    have=0
    for officer in $approved; do
      if among "$officer" "$sat"; then have=$((have + 1)); fi
    done
    seats=$((seats + ${need%%:*}))
    if [ "$have" -lt "${need%%:*}" ]; then
      wrong "$name: $sitting needs ${need%%:*} of ${need#*:}, found $have"
    else
      good "$name: $sitting needs ${need%%:*} of ${need#*:}, approved by$approved"
    fi
  done
  people=0
  for officer in $approved; do people=$((people + 1)); done
  [ "$people" -ge "$seats" ] || wrong "$name: $sitting has $seats seats, found $people people"
}

# judged POLICY: all of it, under one version
judged() {
  under "$1"
  asked
  case $kind in
    withdrawal) sitting=$(field tier "$order") ;;
    amendment) sitting=$(field class "$order") ;;
    freeze | cancel | rehearsal) return ;;
    *) sitting=$kind ;;
  esac
  is_id "$sitting" || { wrong "$name: no tier or class"; return; }
  approvals
  seats
}

# What stops something counts under the policy in force. Everything else names its
# policy; what moves coins may be older than the one in force, and then it has to
# hold under both.
named=$(sed -n 's/^policy [0-9]* //p' "$order")
case $kind in freeze | cancel) named=$force ;; esac
if [ "$named" != "$force" ]; then
  at=$force
  while [ "$at" != "$named" ] && [ -f "texts/$at" ] && [ "$at" != "$2" ]; do at=$(field previous "texts/$at"); done
  case $kind in withdrawal | internal | sweep) ;; *) at=none ;; esac
  [ "$at" = "$named" ] || { wrong "$name: it is made under a policy that was not in force"; finish; }
  judged "$named"
fi
judged "$force"

# The sum, and the payees.
sum=0
while read -r word amount unit label address rest; do
  [ "$kind" = withdrawal ] || break
  case $word in
    pay)
      sum=$((sum + $(satoshi "$amount")))
      case $label in
        *'#'*) printf 'note    %s: %s is paid at %s by a descriptor: derive it\n' "$name" "${label%%#*}" "$address" ;;
        *)
          if [ -z "$(sed -n "s/^destination $label address $address cap .*/x/p" "$policy")" ]; then
            wrong "$name: $label at $address is not in the policy"
          fi ;;
      esac ;;
    fee-max) sum=$((sum + $(satoshi "$amount"))) ;;
    total)
      if [ "$sum" -eq "$(satoshi "$amount")" ]; then good "$name: $amount $unit in all"; else wrong "$name: the total is not the sum"; fi ;;
  esac
done <"$order"
: "${rest-}"
for officer in $(signers_of "$id" veto); do printf 'note    %s: %s vetoed it; look when\n' "$name" "$officer"; done
finish
