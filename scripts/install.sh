#!/usr/bin/env bash
# Copies the built programs.
#   install.sh DIR
. "$(dirname "$0")/env.sh"
dir=${1:?wanted the folder to install into}
for program in strongroom strongroom-signer; do
  [ -x "bin/$program" ] || fail "bin/$program: not there; run make build"
done
install -d "$dir"
install -m 0755 bin/strongroom bin/strongroom-signer "$dir"
say "$dir/strongroom and $dir/strongroom-signer"
