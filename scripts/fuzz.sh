#!/usr/bin/env bash
# Runs every fuzz target in the tree for the given time each.
#   fuzz.sh [TIME]     (default 60s)
. "$(dirname "$0")/env.sh"
time=${1:-60s}
count=0
while IFS=: read -r file target; do
  say "$(dirname "$file") $target for $time"
  go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$(dirname "$file")" | sed '/^fuzz: elapsed/d; /^PASS$/d'
  count=$((count + 1))
done < <(grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' cmd custody quorum signer backup 2>/dev/null | sed 's/:func /:/' | sort)
[ "$count" -gt 0 ] || fail "fuzz targets: wanted at least one, found none"
say "$count targets, none failed"
