#!/usr/bin/env bash
# Prints the house's figures beside what they aim at. It judges nothing.
. "$(dirname "$0")/env.sh"
go test -count=1 -v -run '^TestFigures$' ./scripts/checks | sed -n 's/^ *[a-z_]*\.go:[0-9]*: //p; s/^        //p'
