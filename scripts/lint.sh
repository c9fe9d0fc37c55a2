#!/usr/bin/env bash
# Everything that reads the code without running it, fastest first; then the
# house's own rules.
. "$(dirname "$0")/env.sh"

lint_version=v2.15.0
lint=$cache/golangci-lint-$lint_version-$(go env GOVERSION)/golangci-lint

say "formatting"
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || fail "gofmt: wanted formatted files, found $(tr '\n' ' ' <<<"$unformatted")"

say "shell scripts"
scripts/install-tools.sh shellcheck
find scripts -name '*.sh' -not -path '*/testdata/*' -print0 | xargs -0 shellcheck -x -P SCRIPTDIR .ci/run

say "vet"
go vet ./...

if [ ! -x "$lint" ]; then
  say "golangci-lint $lint_version: building once, a minute or two"
  GOBIN=$(dirname "$lint") CGO_ENABLED=0 go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$lint_version"
fi
say "linters"
"$lint" run ./...

say "the house: arrows, doors, words, dependencies"
go test -count=1 ./scripts/checks/...
scripts/figures.sh
