#!/bin/sh
# An amendment: the policy that it adopts is the one whose hash it names, follows
# the policy in force, and everybody who is new in it consented.
. "$(dirname "$0")/kit.sh"
[ $# -eq 3 ] || usage 'amendment.sh REGISTRY POLICY ID'
enter "$1"
under "$2"
before=$policy
is_hash "$3" || usage 'amendment.sh REGISTRY POLICY ID'
order=texts/$3
name=$(printf '%.16s' "$3")
[ -f "$order" ] || { wrong "$name: its text is missing"; finish; }
version=$(sed -n 's/^adopt \([0-9]*\) .*/\1/p' "$order")
next=$(sed -n 's/^adopt [0-9]* //p' "$order")
is_hash "$next" || { wrong "$name: it adopts no policy"; finish; }
[ -f "texts/$next" ] || { wrong "$name: policy $version is missing"; finish; }
under "$next"
if [ "$(field version "$policy")" = "$version" ] && [ "$version" -eq $(($(field version "$before") + 1)) ]; then
  good "$name: version $version is the policy whose hash it names"
else
  wrong "$name: version $version is not the next one"
fi
if [ "$(field previous "$policy")" = "$2" ]; then
  good "$name: version $version follows the policy in force"
else
  wrong "$name: version $version follows another policy"
fi

# Everything but version and previous: each line that differs is in the amendment.
lines() { sed -e '/^version /d' -e '/^previous /d' "$1"; }
lines "$before" >"$t/before"
lines "$policy" >"$t/after"
{ grep -Fvx -f "$t/after" "$t/before" || :; } | sed 's/^/change - /' >"$t/changes"
{ grep -Fvx -f "$t/before" "$t/after" || :; } | sed 's/^/change + /' >>"$t/changes"
LC_ALL=C sort "$t/changes" >"$t/want"
sed -n '/^change /p' "$order" | LC_ALL=C sort >"$t/found"
if cmp -s "$t/want" "$t/found"; then good "$name: its lines are what changes"; else wrong "$name: its lines are not what changes"; fi

consented=$(signers_of "$next" consent)
{ grep -Fvx -f "$before" "$policy" || :; } | sed -n 's/^signer \([a-z0-9-]*\) .*/\1/p' >"$t/new"
while read -r officer; do
  if among "$officer" "$consented"; then good "$name: $officer consented"; else wrong "$name: $officer has a new key and did not consent"; fi
done <"$t/new"
finish
