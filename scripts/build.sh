#!/usr/bin/env bash
# Builds both programs, static, into bin/, and the test chain's node into the
# cache. The same tree and the same Go give the same bytes.
#   build.sh [btcd] [programs]     (default: both)
. "$(dirname "$0")/env.sh"

what=("$@")
[ ${#what[@]} -gt 0 ] || what=(programs btcd)

build_programs() {
  local version program
  version=$(git describe --tags --always --dirty 2>/dev/null || echo unreleased)
  for program in strongroom strongroom-signer; do
    say "bin/$program, version $version"
    # The signer has the runtime erase what computing with secrets leaves behind.
    CGO_ENABLED=0 GOEXPERIMENT=$([ "$program" = strongroom-signer ] && echo runtimesecret) go build -trimpath -ldflags "-s -w -X main.version=$version" -o "bin/$program" "./cmd/$program"
  done
  # What their reviewers look at beside them.
  cp go.sum bin/go.sum
  scripts/source.sh >bin/source
}

build_btcd() {
  if [ -x "$STRONGROOM_BTCD" ]; then
    say "btcd: there, $STRONGROOM_BTCD"
    return
  fi
  say "btcd: building once, about a minute"
  mkdir -p "$(dirname "$STRONGROOM_BTCD")"
  CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$STRONGROOM_BTCD.$$" github.com/btcsuite/btcd
  mv "$STRONGROOM_BTCD.$$" "$STRONGROOM_BTCD" # two builds at once may not mix
  say "btcd: $STRONGROOM_BTCD"
}

for each in "${what[@]}"; do
  case $each in
    programs) build_programs ;;
    btcd)     build_btcd ;;
    *)        say "error: target: wanted programs or btcd, found $each"; exit 2 ;;
  esac
done
