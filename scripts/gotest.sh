#!/usr/bin/env bash
# Runs go test and reports every failure and every skip with its reason. With
# CI=true a skip fails the run, unless scripts/skips.txt allows it: a missing
# tool or missing vectors must not look like a pass.
# With STRONGROOM_LATER=WORDS a skip that ends so is left to another run.
#   gotest.sh [go test's arguments]
. "$(dirname "$0")/env.sh"
reader=$(mktemp)
trap 'rm -f "$reader"' EXIT
go build -o "$reader" ./scripts/checks/report
strict=()
[ "${CI:-}" != true ] || strict=(-strict)
go test -json "$@" 2>&1 | "$reader" "${strict[@]}" -allow scripts/skips.txt -later "${STRONGROOM_LATER:-}"
