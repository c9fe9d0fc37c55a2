#!/usr/bin/env bash
# Installs the stock tools that the demo and the tests use beside our programs:
# they are the second opinion on every file we write. Names them, says what
# each is for, and does nothing for those already there.
#   install-tools.sh [age zstd strace ssh openssl xxd util-linux make gcc shellcheck rgw]     (default: all)
#   install-tools.sh restic borg rclone time curl     what bench-backup.sh measures with, never by default
. "$(dirname "$0")/env.sh"

known=(age zstd strace ssh openssl xxd util-linux make gcc shellcheck rgw)
measured=(restic borg rclone time curl)

# describe NAME: sets the command that proves it, Debian's packages, the reason
describe() {
  case $1 in
    age)        command=age        packages="age"             why="opens our sealed files without us" ;;
    zstd)       command=zstd       packages="zstd"            why="unpacks our snapshots without us" ;;
    strace)     command=strace     packages="strace"          why="shows that the signer makes no network call" ;;
    ssh)        command=ssh-keygen packages="openssh-client"  why="checks and makes our signatures without us" ;;
    openssl)    command=openssl    packages="openssl"         why="checks a log's checkpoint without us" ;;
    xxd)        command=xxd        packages="xxd"             why="the audit kit's scripts read bytes with it" ;;
    util-linux) command=unshare    packages="util-linux"      why="runs the signer in a namespace without network" ;;
    make)       command=make       packages="make"            why="the index of what can be done here" ;;
    gcc)        command=gcc        packages="gcc libc6-dev"   why="the race detector needs a C compiler" ;;
    shellcheck) command=shellcheck packages="shellcheck"      why="reads our scripts" ;;
    rgw)        command=radosgw    packages="radosgw ceph-mon ceph-osd ceph-common" why="an object store that lacks what a backup needs: we must refuse it" ;;
    restic)     command=restic     packages="restic"          why="a backup program to be measured beside" ;;
    borg)       command=borg       packages="borgbackup"      why="a backup program to be measured beside" ;;
    rclone)     command=rclone     packages="rclone"          why="a backup program to be measured beside" ;;
    time)       command=/usr/bin/time packages="time"         why="counts the CPU seconds and the memory of a program" ;;
    curl)       command=curl       packages="curl"            why="makes buckets at a store to be measured with" ;;
    *)          say "error: tool: wanted one of ${known[*]} ${measured[*]}, found $1"; exit 2 ;;
  esac
}

names=("$@")
[ ${#names[@]} -gt 0 ] || names=("${known[@]}")
missing=()
for name in "${names[@]}"; do
  describe "$name"
  command -v "$command" >/dev/null && continue
  say "$name: will install Debian's $packages: $why"
  read -ra more <<<"$packages"
  missing+=("${more[@]}")
done
[ ${#missing[@]} -gt 0 ] || { say "all there: ${names[*]}"; exit 0; }

command -v apt-get >/dev/null || fail "apt-get: not found; install by hand what the lines above name"
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || fail "sudo: not found; run this script as root"
"${as_root[@]}" apt-get update -qq </dev/null >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2
for name in "${names[@]}"; do
  describe "$name"
  command -v "$command" >/dev/null || fail "$name: installed $packages, but $command is not there"
done
say "installed: ${missing[*]}"
