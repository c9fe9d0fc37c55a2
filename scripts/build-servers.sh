#!/usr/bin/env bash
# Builds the real servers that tests of the backup talk to, into the cache:
# two object stores and a secrets server. Each is a module of its own under
# scripts/servers, so that what it needs never touches our go.mod. MinIO is
# AGPL-3.0 and Vault BUSL-1.1: they are run as processes of their own, in
# tests, and nothing of them is linked into a program of ours or shipped. The
# plugin is a secrets engine of our own for that server, for tests alone.
#   build-servers.sh [versitygw] [minio] [vault] [vault-plugin]     (default: all)
. "$(dirname "$0")/env.sh"

# package NAME: the Go package that a server is built from
package() {
  case $1 in
    versitygw) echo github.com/versity/versitygw/cmd/versitygw ;;
    minio)     echo github.com/minio/minio ;;
    vault)     echo github.com/hashicorp/vault ;;
    vault-plugin) echo . ;;
    *)         say "error: server: wanted versitygw, minio, vault or vault-plugin, found $1"; exit 2 ;;
  esac
}

# build NAME: nothing when what is kept was built from the same pins
build() {
  local source kept began=$SECONDS
  source=$(package "$1")
  kept=$(server "$1")
  if [ -x "$kept" ]; then
    say "$1: there, $kept"
    return
  fi
  say "$1: building once, some minutes"
  mkdir -p "$(dirname "$kept")"
  unfinished=$kept.$$
  CGO_ENABLED=0 GOWORK=off nice -n 10 go -C "scripts/servers/$1" build -mod=readonly -trimpath -tags "$(server_tags "$1")" -ldflags '-s -w' -o "$unfinished" "$source"
  mv "$unfinished" "$kept" # whoever finds it finds all of it
  say "$1: $kept, built in $((SECONDS - began)) s"
}

unfinished=
trap '[ -z "$unfinished" ] || rm -f "$unfinished"' EXIT
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(versitygw minio vault vault-plugin)
for name in "${names[@]}"; do
  build "$name"
done
