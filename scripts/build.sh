#!/usr/bin/env bash
# Builds both programs, static, into bin/, and the test chain's node into the
# cache. The same tree and the same Go give the same bytes. On request also the
# stock age of go.mod's version: hybrid keys take 1.3, and distributions have
# older ones.
#   build.sh [btcd] [programs] [age]     (default: btcd and programs)
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

build_age() {
  local version
  if [ -x "$STRONGROOM_AGE/age" ]; then
    say "age: there, $STRONGROOM_AGE/age"
    return
  fi
  version=$(go list -m -f '{{.Version}}' filippo.io/age)
  say "age $version: building once, some seconds"
  rm -rf "$STRONGROOM_AGE.$$"
  # Not in this module: the command needs more than the package that we link.
  GOBIN=$STRONGROOM_AGE.$$ CGO_ENABLED=0 go install -trimpath "filippo.io/age/cmd/age@$version" "filippo.io/age/cmd/age-keygen@$version"
  mv -T "$STRONGROOM_AGE.$$" "$STRONGROOM_AGE" 2>/dev/null || rm -rf "$STRONGROOM_AGE.$$" # another was faster
  [ -x "$STRONGROOM_AGE/age" ] || fail "age: wanted $STRONGROOM_AGE/age, found none"
  say "age: $("$STRONGROOM_AGE/age" --version), $STRONGROOM_AGE/age"
}

for each in "${what[@]}"; do
  case $each in
    programs) build_programs ;;
    btcd)     build_btcd ;;
    age)      build_age ;;
    *)        say "error: target: wanted programs, btcd or age, found $each"; exit 2 ;;
  esac
done
