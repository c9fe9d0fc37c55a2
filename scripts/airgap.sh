#!/usr/bin/env bash
# Four proofs that the signer links no code that can open a socket, one line
# each, weakest first. What they don't show: syscall.RawSyscall is in every Go
# program, so the third is strong evidence and not proof against hostile
# assembly; the fourth covers that on the machine that runs it. Then two that no
# secret leaves its memory: not in what a session writes, not in a core.
. "$(dirname "$0")/env.sh"
scripts/install-tools.sh strace

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What would dial, listen, resolve or open a socket, in the linker's spelling.
sockets='(^| )(net\.(Dial|Listen|Lookup|socket$|internetSocket|sysSocket)|net\.\(\*(netFD|sysDialer|sysListener|Dialer|ListenConfig|Resolver)\)|(syscall|golang\.org/x/sys/unix|internal/syscall/unix)\.(socket|Socket|socketpair|Socketpair|connect|Connect|bind|Bind|listen|Listen|accept|Accept|accept4|Accept4|sendto|Sendto|recvfrom|Recvfrom)(\.abi0)?$)'

# symbols BINARY: its symbol names; a stripped binary has none, and that is no pass
symbols() {
  go tool nm "$1" | awk '{ $1 = $2 = ""; sub(/^ +/, ""); print }' >"$work/names"
  grep -q '^main\.main$' "$work/names" || fail "$(basename "$1"): wanted a symbol table with main.main, found none"
  cat "$work/names"
}

# passes PACKAGE TEST: runs it, and insists on having seen it pass
passes() {
  go test -count=1 -v -run "^$2\$" "$1" >"$work/log" 2>&1 && grep -q "^--- PASS: $2 " "$work/log"
}

passes ./scripts/checks TestArrowsAreThoseOfThePlan || { cat "$work/log" >&2; fail "arrows: broken"; }
echo "arrows:  no package of the signer may import one that is marked network"

passes ./cmd/strongroom-signer TestDepsAreThoseOfTheList || { cat "$work/log" >&2; fail "list: changed; scripts/deps.sh writes it anew"; }
passes ./cmd/strongroom-signer TestDepsHoldNothingBanned || { cat "$work/log" >&2; fail "list: holds what is banned"; }
echo "list:    $(grep -c ' <- ' cmd/strongroom-signer/deps.txt) packages as in deps.txt, none of those banned"

export CGO_ENABLED=0
GOEXPERIMENT=runtimesecret go build -trimpath -o "$work/signer" ./cmd/strongroom-signer # as build.sh does
go build -trimpath -o "$work/dialer" ./scripts/checks/testdata/dialer
control=$(symbols "$work/dialer" | grep -cE "$sockets" || true)
[ "$control" -ge 20 ] || fail "symbols: wanted at least 20 in the program that dials, found $control: the filter is blind"
found=$(symbols "$work/signer" | grep -E "$sockets" || true)
[ -z "$found" ] || { printf '%s\n' "$found" >&2; fail "symbols: wanted none that opens a socket, found the above"; }
echo "symbols: 0 that open a socket (a program that dials shows $control)"

scripts/airgap-session.sh "$work/control" "$work/dialer" >"$work/out" 2>&1 || true # nobody answers it
seen=$(grep -cE '(socket|connect)\(' "$work/control" || true)
[ "$seen" -ge 2 ] || fail "kernel: wanted socket and connect in the program that dials, found $seen calls: strace is blind here"
go test -c -o "$work/fixture" ./cmd/strongroom-signer
"$work/fixture" -test.run '^TestSession$' -fixture "$work/session" >"$work/log" || { cat "$work/log" >&2; fail "kernel: no session laid out"; }
scripts/airgap-session.sh "$work/calls" "$work/signer" "$work/session" "$work/left" >"$work/out" 2>&1 || { cat "$work/out" >&2; fail "kernel: the session failed"; }
# fchmodat2 is number 452 (0x1c4); an older strace shows what it has no name for. When the program has walled
# itself off it tries a socket of a type that there is none of, 0xf, and wants it refused (signer/host).
trial='socket\(AF_INET, 0xf( |,)'
tried=$(grep -cE "$trial" "$work/calls" || true)
[ "$tried" -ge 1 ] || fail "kernel: wanted the program to try its own wall, found no trial"
refused=$(grep -cE '(socket\(AF_INET, 0xf |<\.\.\. socket resumed).* = -1 EPERM' "$work/calls" || true)
[ "$refused" -eq "$tried" ] || fail "kernel: wanted $tried trials refused, found $refused"
# A thread that the kernel ends with its process before it made any call shows as ???(.
found=$(grep -vE "syscall_0x1c4\(|^[0-9]+ +\?\?\?\( <detached \.\.\.>\$|$trial|<\.\.\. socket resumed.* = -1 EPERM" "$work/calls" || true)
[ -z "$found" ] || { head -20 <<<"$found" >&2; fail "kernel: wanted no network call, found the above"; }
echo "kernel:  0 network calls in a session of $(grep -c '^ran: ' "$work/out") commands, but for $tried trials of its own wall, refused (a program that dials shows $seen)"

"$work/fixture" -test.v -test.run '^TestNothingSecretIsWritten$' -searched "$work/left" >"$work/log" || { cat "$work/log" >&2; fail "secrets: one was written"; }
echo "secrets: $(sed -nE 's/.*: ([0-9]+ files and .*)/\1/p' "$work/log")"

# dumped NAME COMMAND…: kills a command that waits for a folder, as one that crashes, and says whether the
# kernel wrote a core of it
dumped() {
  mkdir "$work/$1" "$work/$1/media"
  mkfifo "$work/$1/pipe"
  head -n 18 "$work/left.make" >"$work/$1/typed" # the first passphrase is in it
  (cd "$work/$1" && ulimit -c unlimited && GOTRACEBACK=crash bash -c '
    "$@" <pipe >told 2>&1 &
    exec 3>pipe
    cat typed >&3
    for _ in $(seq 200); do grep -q "a folder on" told && break; sleep 0.05; done
    grep "a folder on" told
    kill -ABRT $!
    wait $!' - "${@:2}") >"$work/$1.died" 2>&1 || true
  grep -q 'a folder on' "$work/$1.died" || { cat "$work/$1/told" >&2; fail "cores:   wanted $1 to wait for a folder, found it elsewhere"; }
  grep -q 'core dumped' "$work/$1.died" || [ -n "$(find "$work/$1" -name 'core*')" ]
}
"$work/signer" init --home "$work/crashed-home" --vault acme-treasury --signer signer-d --chain regtest >"$work/log" 2>&1
if dumped crashed "$work/signer" key ceremony --home "$work/crashed-home" "$work/left/make.plan" --confirm-fd 0 --passphrase-fd 0; then
  fail "cores:   wanted none of a program that holds a key, found one"
fi
# what Go tells of its death is no memory of ours
"$work/fixture" -test.v -test.run '^TestNothingSecretIsWritten$' -searched "$work/left" -also "$work/crashed/told" >"$work/log" || { cat "$work/log" >&2; fail "secrets: one was told by a program that crashed"; }
if dumped undefended sh -c 'echo a folder on; exec sleep 60'; then
  echo "cores:   none of a program killed in its ceremony (one that hides nothing leaves one)"
else
  echo "cores:   none of a program killed in its ceremony (nor of any other: this machine writes none)"
fi
