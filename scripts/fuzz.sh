#!/usr/bin/env bash
# Runs every fuzz target in the tree for the given time each, and prints how
# many inputs it tried and how many of them reached new code.
#   fuzz.sh [TIME [FOLDER…]]     (default 60s, all folders)
. "$(dirname "$0")/env.sh"
time=${1:-60s}
folders=("${@:2}")
[ ${#folders[@]} -gt 0 ] || folders=(cmd custody quorum signer backup)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# fuzz PACKAGE TARGET: on a busy machine go ends some runs with its own deadline
# and no failing input; such a run proves nothing, so it is tried again.
fuzz() {
  for _ in 1 2 3; do
    if go test -run '^$' -fuzz "^$2\$" -fuzztime "$time" "./$1" >"$log" 2>&1; then
      return 0
    fi
    grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input written' "$log" || return 1
  done
  return 1
}

count=0
while IFS=: read -r file target; do
  package=$(dirname "$file")
  fuzz "$package" "$target" || { cat "$log" >&2; fail "$package $target: failed"; }
  say "$package $target: $(sed -n 's/^fuzz: elapsed: [^,]*, execs: \([0-9]*\) .*new interesting: \([0-9]*\) (total: \([0-9]*\)).*/\1 inputs, \3 that reach new code (\2 new)/p' "$log" | tail -1)"
  count=$((count + 1))
done < <(grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' "${folders[@]}" 2>/dev/null | sed 's/:func /:/' | sort)
[ "$count" -gt 0 ] || fail "fuzz targets: wanted at least one, found none"
say "$count targets, none failed"
