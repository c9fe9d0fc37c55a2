#!/usr/bin/env bash
# Backups measured beside others, in one run on one machine: CPU seconds of all
# processes, wall, and the memory of the largest one. Compare ratios, CPU first.
# Every result is on disk when its clock stops. What it needs goes into a folder
# that it removes: four times the source, and what the tools keep.
#   bench-backup.sh [--alone] [--mib N] [mixed] [small] [buckets] [verify]     (default: these, 2048 MiB)
#   bench-backup.sh [--mib N] second     only the second run with 1 % changed, of both sources
# --alone leaves out restic, borg and rclone, which take most of the time.
. "$(dirname "$0")/env.sh"

mib=2048
alone=
[ "${1:-}" != --alone ] || { alone=yes; shift; }
[ "${1:-}" != --mib ] || { mib=$2; shift 2; }
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(mixed small buckets verify)

scripts/install-tools.sh age zstd ssh openssl xxd util-linux restic borg rclone time curl
scripts/build.sh
scripts/build-servers.sh versitygw
tree=$PWD
work=$(mktemp -d "${TMPDIR:-/tmp}/strongroom-bench.XXXXXX")
started=()
finish() {
  local pid
  for pid in "${started[@]}"; do
    kill -CONT "$pid" 2>/dev/null || true
    kill "$pid" 2>/dev/null || true
  done
  chmod -R u+w "$work"
  rm -rf "$work"
}
trap finish EXIT
go build -o "$work/benchsource" ./scripts/benchsource

say "a home with a vault, by the demo"
bin/strongroom demo --btcd "$STRONGROOM_BTCD" --keep "$work/demo" >"$work/demo.log" 2>&1 || fail "demo: $(tail -1 "$work/demo.log")"
export PATH=$tree/bin:$PATH STRONGROOM_HOME=$work/demo/desk
officer=$work/demo/officers/dave
bulk=$STRONGROOM_HOME/bulk   # the source: ours takes the home, the others this folder of it
to=$work/to                  # what the others write
mapfile -t three < <(cut -d' ' -f1,2 "$work"/demo/officers/{dave,erin,frank}.pub)
recipients=()
for each in "${three[@]}"; do recipients+=(-r "'$each'"); done

# group TITLE: a new table; its first line is what the others are compared with
group() { base=; printf '\n%s\n%-44s %8s %6s %8s %6s %6s %s\n' "$1" "" "CPU s" "ratio" "wall s" "ratio" "MiB" "load"; }

# measure LABEL COMMAND: runs it by bash; all that it starts is counted
measure() {
  local user system wall memory
  /usr/bin/time -q -o "$work/time" -f '%U %S %e %M' bash -euo pipefail -c "$2" >"$work/out" 2>&1 </dev/null ||
    [ "${may_fail:-}" = yes ] || fail "$1: $(tail -3 "$work/out")"
  read -r user system wall memory <"$work/time"
  [ -n "$base" ] || base="$user $system $wall"
  awk -v label="$1" -v u="$user" -v s="$system" -v w="$wall" -v m="$memory" -v base="$base" -v load="$(cut -d' ' -f1 /proc/loadavg)" 'BEGIN {
    split(base, b, " ")
    printf "%-44s %8.2f %6.2f %8.2f %6.2f %6d %s\n", label, u + s, (u + s) / (b[1] + b[2]), w, w / b[3], m / 1024, load }'
}

# quietly COMMAND: what is done and not measured
quietly() { bash -euo pipefail -c "$1" >"$work/out" 2>&1 </dev/null || fail "$1: $(tail -3 "$work/out")"; }

# The tools. Each makes three copies; $to is empty before.
pipe="tar cf - -C $bulk . | zstd -3 -q | age ${recipients[*]}"
sealed="$to/1/a.age $to/2/a.age"
pipe3="mkdir -p $to/1 $to/2 $to/3; $pipe | tee $sealed > $to/3/a.age; sync -d $sealed $to/3/a.age"
pipe1="mkdir -p $to/3; $pipe > $to/3/a.age; sync -d $to/3/a.age"
ours="strongroom backup run --key $officer"
export RESTIC_PASSWORD=bench RESTIC_FROM_PASSWORD=bench RESTIC_CACHE_DIR=$work/restic-cache
restic="restic -q -r $to/1"
restic_copies="for n in 2 3; do restic -q -r $to/\$n copy --from-repo $to/1; done"
restic_init="$restic init; for n in 2 3; do restic -q -r $to/\$n init --from-repo $to/1 --copy-chunker-params; done"
export BORG_PASSPHRASE=bench BORG_BASE_DIR=$work/borg BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
borg_init="for n in 1 2 3; do borg init -e repokey-blake2 $to/\$n; done"
borg() { echo "cd $bulk; for n in 1 2 3; do borg create -C zstd,3 $to/\$n::$1 .; done"; }
export RCLONE_CONFIG=$work/rclone.conf
rclone="for n in 1 2 3; do rclone copy -q $bulk crypt\$n:; done; sync -f $to/1"
for n in 1 2 3; do
  printf '[crypt%s]\ntype = crypt\nremote = %s/%s\npassword = %s\n' "$n" "$to" "$n" "$(rclone obscure bench)" >>"$RCLONE_CONFIG"
done

clear_to() { rm -rf "$to" "$work/restic-cache" "$work/borg" "$work/back"; mkdir -p "$to" "$work/back"; }
clear_ours() { rm -f "$work"/demo/sites/*/payload-*; }

# source_of KIND: makes the source, and keeps what the second run changes
source_of() {
  rm -rf "$bulk" "$work/originals"
  case $1 in
    mixed) "$work/benchsource" mixed "$bulk" "$mib" ;;
    small) "$work/benchsource" small "$bulk" ;;
  esac
}
change() { "$work/benchsource" change "$bulk" "$work/originals"; }
unchange() { cp -a "$work/originals/." "$bulk/"; rm -rf "$work/originals"; }

# without_stores NAME...: stores that a run shall not use
without_stores() { local s; mkdir -p "$work/aside"; for s in "$@"; do mv "$STRONGROOM_HOME/backup/stores/$s" "$work/aside/"; done; }
with_stores() { mv "$work"/aside/* "$STRONGROOM_HOME/backup/stores/"; }

# judge: what came back is what was saved
judge() { diff -r "$bulk" "$1" >/dev/null || fail "$1: wanted what was saved, found something else"; }

folders() {
  source_of "$1"
  clear_to
  group "$1, the first run, three folders"
  measure "tar, zstd -3, age, tee x3" "$pipe3"
  measure "ours, V1: stored checksums" "$ours --level V1"; clear_ours
  measure "ours, V3: all bytes read again (default)" "$ours"; clear_ours
  if [ -z "$alone" ]; then
    clear_to; measure "restic, one folder" "$restic init; $restic backup $bulk"
    clear_to; measure "restic and two copies" "$restic_init; $restic backup $bulk; $restic_copies"
    clear_to; measure "borg x3" "$borg_init; $(borg one)"
    clear_to; measure "rclone crypt x3" "$rclone"
  fi

  group "$1, a further folder"
  clear_to; measure "tar, zstd -3, age, one folder" "$pipe1"
  clear_to; measure "tar, zstd -3, age, tee x3" "$pipe3"
  without_stores two three
  base=; measure "ours, one folder" "$ours --copies 1"; clear_ours
  with_stores
  measure "ours, three folders" "$ours"

  restores "$1"
  second "$1"
  clear_to; clear_ours; rm -rf "$bulk"
}

# restores KIND: from the first folder, into an empty one
restores() {
  local back="mkdir -p $work/back/x; cd $work/back/x;"
  group "$1, full restore"
  clear_to; quietly "$pipe1"
  measure "age -d, zstd -d, tar x" "$back age -d -i $officer $to/3/a.age | zstd -d | tar x; sync -f ."; judge "$work/back/x"
  clear_to; quietly "$pipe1"
  measure "the same, and sha256sum of each file" "$back age -d -i $officer $to/3/a.age | zstd -d | tar x; sync -f .; find . -type f -print0 | xargs -0 sha256sum >$work/sums"
  clear_to; measure "ours, and each file compared" "strongroom backup restore $work/back/x --store one --identity $officer"; judge "$work/back/x/bulk"
  [ -z "$alone" ] || return 0
  clear_to; quietly "$restic init; $restic backup $bulk"
  measure "restic" "$restic restore latest --target $work/back; sync -f $work/back"; judge "$work/back$bulk"
  clear_to; quietly "borg init -e repokey-blake2 $to/1; cd $bulk; borg create -C zstd,3 $to/1::one ."
  measure "borg" "$back borg extract $to/1::one; sync -f ."; judge "$work/back/x"
  clear_to; quietly "rclone copy -q $bulk crypt1:"
  measure "rclone crypt" "rclone copy -q crypt1: $work/back/x; sync -f $work/back"; judge "$work/back/x"
}

# second KIND: a run after every hundredth file changed
second() {
  group "$1, the second run, 1 % changed, three folders"
  clear_to; change
  measure "tar, zstd -3, age, tee x3: all again" "$pipe3"
  measure "ours, V1: new bytes read back" "$ours --level V1"
  measure "ours, V3: all bytes read again (default)" "$ours"; unchange
  [ -z "$alone" ] || return 0
  clear_to; quietly "$restic_init; $restic backup $bulk; $restic_copies"; change
  measure "restic and two copies" "$restic backup $bulk; $restic_copies"; unchange
  clear_to; quietly "$borg_init; $(borg one)"; change
  measure "borg x3" "$(borg two)"; unchange
  clear_to; quietly "$rclone"; change
  measure "rclone crypt x3" "$rclone"; unchange
}

# seconds: the second runs alone
seconds() {
  local kind
  for kind in mixed small; do
    source_of "$kind"; sleep 1
    clear_to; quietly "$ours --level V1"
    second "$kind"
    clear_to; clear_ours; rm -rf "$bulk"
  done
}

# verify: without a key, beside hashing the same bytes
verify() {
  local site=$work/demo/sites/one bytes
  source_of mixed
  quietly "$ours --level V1"
  bytes=$(find "$site" -type f -printf '%s\n' | awk '{ n += $1 } END { print int(n / 1048576) }')
  group "a copy verified without a key, $bytes MiB, one folder"
  measure "openssl dgst -sha256" "openssl dgst -sha256 $site/*"
  measure "sha256sum" "sha256sum $site/*"
  measure "ours, V3: all bytes" "strongroom backup verify --level V3 --store one"
  measure "ours, V2: a sample" "strongroom backup verify --level V2 --store one"
  measure "strongroom --version (start)" "strongroom --version"
  clear_ours; rm -rf "$bulk"
}

# bucket_server N: a VersityGW with a bucket that locks
bucket_server() {
  local at=$work/s3-$1 port=$((27600 + $1 + RANDOM % 1000 * 4))
  mkdir -p "$at/data" "$at/versions"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=bench $1" \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$at/key.pem" -out "$at/cert.pem" 2>/dev/null
  ROOT_ACCESS_KEY_ID=bench ROOT_SECRET_ACCESS_KEY=bench-secret "$STRONGROOM_VERSITYGW" --port "127.0.0.1:$port" --cert "$at/cert.pem" --key "$at/key.pem" \
    --region default --quiet posix --versioning-dir "$at/versions" "$at/data" >"$at/log" 2>&1 &
  started+=($!)
  echo "$!" >"$at/pid"
  echo "$port" >"$at/port"
  for _ in $(seq 100); do
    curl -s --cacert "$at/cert.pem" -o /dev/null "https://127.0.0.1:$port/" && break
    sleep 0.1
  done
  make_bucket "$1" ours true
  make_bucket "$1" restic false
  make_bucket "$1" rclone false
  printf '%s\n' "endpoint 127.0.0.1:$port" "region default" "bucket ours" "names path" "authority $at/cert.pem" "limit 0" >"$at/bucket.txt"
  printf '[s3-%s]\ntype = s3\nprovider = Other\nendpoint = https://127.0.0.1:%s\nregion = default\naccess_key_id = bench\nsecret_access_key = bench-secret\nforce_path_style = true\n[bucket%s]\ntype = crypt\nremote = s3-%s:rclone\npassword = %s\n' \
    "$1" "$port" "$1" "$1" "$(rclone obscure bench)" >>"$RCLONE_CONFIG"
  cat "$at/cert.pem" >>"$work/authorities.pem"
}

empty_sha256=$(sha256sum </dev/null | cut -d' ' -f1)

# make_bucket SERVER NAME LOCKS
make_bucket() {
  local at=$work/s3-$1
  curl -sf --cacert "$at/cert.pem" --aws-sigv4 aws:amz:default:s3 --user bench:bench-secret -X PUT \
    -H "x-amz-content-sha256: $empty_sha256" -H "x-amz-bucket-object-lock-enabled: $3" "https://127.0.0.1:$(cat "$at/port")/$2" || fail "bucket $2: not made"
}

empty_buckets() {
  local n
  for n in 1 2 3; do
    find "$work/s3-$n/data/$1" "$work/s3-$n/versions" -mindepth 1 -not -path '*/.sgwtmp*' -delete 2>/dev/null || true
  done
}

buckets() {
  local n names=(x north south east)
  source_of mixed
  without_stores one two three
  printf 'access=bench\nsecret=bench-secret\n' >"$work/pair"
  chmod 600 "$work/pair"
  echo "credentials file $work/pair" >"$work/credentials.txt"
  for n in 1 2 3; do
    bucket_server "$n"
    strongroom backup store add "${names[n]}" --bucket "$work/s3-$n/bucket.txt" --credentials "$work/credentials.txt" >"$work/out" 2>&1 || fail "store: $(tail -3 "$work/out")"
  done
  restic_at() { echo "restic -q --cacert $work/authorities.pem -r s3:https://127.0.0.1:$(cat "$work/s3-$1/port")/restic"; }
  export AWS_ACCESS_KEY_ID=bench AWS_SECRET_ACCESS_KEY=bench-secret AWS_DEFAULT_REGION=default
  unset AWS_CA_BUNDLE # the authorities are given to each by hand
  local copies="" inits=""
  for n in 2 3; do
    copies+="$(restic_at $n) copy --from-repo s3:https://127.0.0.1:$(cat "$work/s3-1/port")/restic; "
    inits+="$(restic_at $n) init --from-repo s3:https://127.0.0.1:$(cat "$work/s3-1/port")/restic --copy-chunker-params; "
  done
  group "mixed, three buckets (VersityGW on this machine, not counted)"
  clear_to; measure "tar, zstd -3, age, tee x3 into folders" "$pipe3"; clear_to
  measure "ours, V1: stored checksums" "$ours --level V1"
  measure "ours, V3: all bytes read again" "$ours"
  stalled
  measure "ours, the next run, all there again" "$ours --level V1"
  [ -z "$alone" ] || return 0
  measure "restic and two copies" "$(restic_at 1) init; $inits $(restic_at 1) backup $bulk; $copies"; empty_buckets restic
  measure "rclone crypt x3" "for n in 1 2 3; do rclone copy -q --ca-cert $work/authorities.pem $bulk bucket\$n:; done"; empty_buckets rclone
  rm -rf "$bulk"
}

# stalled: one server stops answering once it has some of the payload
stalled() {
  local server watcher
  server=$(cat "$work/s3-2/pid")
  (
    before=$(du -sm "$work/s3-2" | cut -f1)
    until [ "$(du -sm "$work/s3-2" | cut -f1)" -gt $((before + 16)) ]; do sleep 0.1; done
    kill -STOP "$server"
  ) &
  watcher=$!
  may_fail=yes measure "ours, one server stalls after 16 MiB" "$ours --level V1 --copies 2"
  kill "$watcher" 2>/dev/null || true
  kill -CONT "$server"
  grep -hE '^(north|south|east) ' "$work/out" || true
}

printf '%s, %s cores, %s, load %s\n' "$(date -u +%F)" "$(nproc)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)" "$(cut -d' ' -f1-3 /proc/loadavg)"
printf '%s; %s; %s; zstd %s; age %s\n' "$(restic version | cut -d' ' -f1,2)" "$(command borg --version)" "$(rclone version | head -1)" "$(zstd -V | grep -o 'v[0-9.]*' | head -1)" "$(age --version)"
for part in "${parts[@]}"; do
  case $part in
    mixed|small) folders "$part" ;;
    buckets)     buckets ;;
    verify)      verify ;;
    second)      seconds ;;
    *)           say "error: part: wanted mixed, small, buckets, verify or second, found $part"; exit 2 ;;
  esac
done
