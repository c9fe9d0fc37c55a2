#!/usr/bin/env bash
# Writes the list of packages that the signer links, to be read as a diff.
. "$(dirname "$0")/env.sh"
go test -count=1 -run '^TestDeps' ./cmd/strongroom-signer -update
git --no-pager diff --stat -- cmd/strongroom-signer/deps.txt
