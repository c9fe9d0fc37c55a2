#!/bin/sh
# A withdrawal: who asked for it, who approved, whether the policy's seats are
# filled, and whether it pays only whom the policy lists.
. "$(dirname "$0")/kit.sh"
[ $# -eq 3 ] || usage 'proposal.sh REGISTRY GENESIS ID'
enter "$1"
genesis "$2"
is_hash "$3" || usage 'proposal.sh REGISTRY GENESIS ID'
order=texts/$3
name=$(printf '%.16s' "$3")
[ -f "$order" ] || { wrong "$name: its text is missing"; finish; }
[ "$(sha <"$order")" = "$3" ] || wrong "$name: its text was changed"
[ "$(sed -n 's/^genesis //p' "$order")" = "$2" ] || wrong "$name: it is of another vault"

# satoshi AMOUNT: without the point and leading zeros
satoshi() {
  number=$(printf '%s' "$1" | sed 's/\.//; s/^0*//')
  printf '%s' "${number:-0}"
}

maker=$(sed -n 's/^maker //p' "$order")
asked=$(signers_of "$3" propose)
if among "$maker" "$asked"; then good "$name: $maker asked for it"; else wrong "$name: $maker did not sign for it"; fi

# Approvals that count: not the maker's, not those in conflict with a payee.
labels=$(sed -n 's/^pay [^ ]* [^ ]* \([a-z0-9-]*\)[# ].*/\1/p' "$order")
approved=''
for officer in $(signers_of "$3" approve); do
  if among "$officer" "$approved"; then continue; fi
  counts=yes
  if [ "$officer" = "$maker" ]; then counts=no; fi
  for label in $labels; do
    if [ -n "$(sed -n "s/^conflict $label $officer\$/x/p" "$policy")" ]; then counts=no; fi
  done
  if [ "$counts" = yes ]; then approved="$approved $officer"; fi
done

tier=$(sed -n 's/^tier //p' "$order")
is_id "$tier" || { wrong "$name: no tier"; finish; }
needs=$(sed -n "s/^need $tier \([0-9]*\) \([a-z0-9-]*\)\$/\1:\2/p" "$policy")
[ -n "$needs" ] || wrong "$name: the policy has no tier $tier"
seats=0
for need in $needs; do
  members=$(sed -n "s/^group ${need#*:} //p" "$policy")
  have=0
  for officer in $approved; do
    if among "$officer" "$members"; then have=$((have + 1)); fi
  done
  seats=$((seats + ${need%%:*}))
  if [ "$have" -lt "${need%%:*}" ]; then
    wrong "$name: tier $tier needs ${need%%:*} of ${need#*:}, found $have"
  else
    good "$name: tier $tier needs ${need%%:*} of ${need#*:}, approved by$approved"
  fi
done
people=0
for officer in $approved; do people=$((people + 1)); done
[ "$people" -ge "$seats" ] || wrong "$name: tier $tier has $seats seats, found $people people"

# The sum, and the payees.
sum=0
while read -r word amount unit label address rest; do
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
for officer in $(signers_of "$3" veto); do printf 'note    %s: %s vetoed it; look when\n' "$name" "$officer"; done
finish
