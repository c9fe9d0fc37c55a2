#!/usr/bin/env bash
# What test.sh leaves out: the race detector, the public vectors, real object
# stores and Vault with the fault campaign of the backup, long runs of the second
# judge and of the walk through a vault's life, and every fuzz target for a few
# seconds.
. "$(dirname "$0")/env.sh"
scripts/install-tools.sh age zstd ssh openssl xxd gcc rgw
scripts/build.sh programs btcd age
scripts/build-servers.sh

if [ -n "${STRONGROOM_VECTORS:-}" ]; then
  mapfile -t packages < <(grep -rl --include='*_test.go' STRONGROOM_VECTORS . | xargs -r -n1 dirname | sort -u)
  [ ${#packages[@]} -gt 0 ] || fail "public vectors: wanted at least one package that reads them, found none"
  say "public vectors of $STRONGROOM_VECTORS: ${packages[*]}"
  scripts/gotest.sh -count=1 -timeout 20m "${packages[@]}"
else
  [ "${CI:-}" != true ] || fail "STRONGROOM_VECTORS: wanted the folder of the public vectors, found nothing"
  say "public vectors: not run; set STRONGROOM_VECTORS to their folder"
fi

mapfile -t packages < <(grep -rl --include='*_test.go' '"strongroom/backup/servertest"' . | xargs -r -n1 dirname | sort -u)
packages=(./backup/servertest "${packages[@]}")
say "real stores and Vault: ${packages[*]}"
STRONGROOM_SERVERS=needed scripts/gotest.sh -count=1 -timeout 20m "${packages[@]}"

say "the second judge and the random walk, four times as long"
STRONGROOM_LONG=4 scripts/gotest.sh -count=1 -timeout 20m -run 'SlowJudge|WalkThrough' ./quorum ./signer

# Short tests only: what is slow is arithmetic in one goroutine. Their skips
# are no gap, since the same tests ran above. The same goes for scripts in which
# nothing happens at the same time: under the detector they take a quarter of an
# hour. A new script runs here unless it is named.
alone='amend|cooling|cosigner|fork|forecast|media|queue|rotation|sweep|term|thaw|veto|wallet|words'
alone+='|answer|build|ceremony|confirm|doctor|doubt|enroll|full|home|import|init|inspect|integrity|join|key|move|orders|passphrase|quarantine|record|refused|reshare|rotate|sheet|status|together|trust|twin|typing|verify-share|wipe|witness'
say "race detector, without the scripts that begin with ${alone//|/ }"
CI='' CGO_ENABLED=1 scripts/gotest.sh -race -short -timeout 40m -skip "^TestScripts\$/^($alone)" ./...

scripts/fuzz.sh 5s
