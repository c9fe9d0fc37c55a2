#!/usr/bin/env bash
# Runs the benchmarks. Those with a floor report their ratio to it.
#   bench.sh [PATTERN]     (default: all)
. "$(dirname "$0")/env.sh"
CGO_ENABLED=0 go test -run '^$' -bench "${1:-.}" -benchmem ./...
