#!/usr/bin/env bash
# Backups measured beside others, in one run on one machine: CPU seconds of all
# processes, wall, and the memory of the largest one. Standard output is what
# docs/benchmarks.md holds between its two marks; progress is on standard error.
# Compare ratios, CPU first. Every result is on disk when its clock stops. What
# it needs goes into a folder that it removes: six times the source at most.
#   bench-backup.sh [--alone] [--mib N] [PART...]     (default: all, 2048 MiB)
# A PART is all, mixed, small, buckets, stalled or verify, or first, second or
# restore of one source, as first:small. --alone leaves out restic, borg and
# rclone, which take most of the time.
. "$(dirname "$0")/env.sh"

mib=2048
alone=
while [ $# -gt 0 ]; do
  case $1 in
    --alone) alone=yes; shift ;;
    --mib)   mib=${2:-}; shift; shift || true ;;
    *)       break ;;
  esac
done
[[ $mib =~ ^[1-9][0-9]*$ ]] || { say "error: --mib: wanted a number of MiB, found \"$mib\""; exit 2; }
parts=("$@")
case "$*" in ""|all) parts=(mixed small buckets stalled verify) ;; esac
for part in "${parts[@]}"; do
  [[ $part =~ ^((first|second|restore):)?(mixed|small)$|^(buckets|stalled|verify)$ ]] ||
    { say "error: part: wanted all, mixed, small, buckets, stalled, verify, or one like first:small, found \"$part\""; exit 2; }
done
. scripts/bench/clock.sh
. scripts/bench/servers.sh

scripts/install-tools.sh age zstd ssh openssl xxd util-linux restic borg rclone time curl
scripts/build.sh
scripts/build-servers.sh versitygw
tree=$PWD
work=$(mktemp -d "${TMPDIR:-/tmp}/strongroom-bench.XXXXXX")
finish() {
  end_running
  end_servers
  chmod -R u+w "$work"
  rm -rf "$work"
}
trap finish EXIT
need=$((6 * mib + 2048))
free=$(df --output=avail -m "$work" | tail -1)
[ "$free" -ge "$need" ] || fail "$work: wanted $need MiB free, found $free"
go build -o "$work/benchsource" ./scripts/benchsource

say "a home with a vault, by the demo"
group bin/strongroom demo --btcd "$STRONGROOM_BTCD" --keep "$work/demo" || fail "demo: $(tail -1 "$work/out")"
export PATH=$tree/bin:$PATH STRONGROOM_HOME=$work/demo/desk
officer=$work/demo/officers/dave
. scripts/bench/tools.sh
keep_pristine

# first KIND MIB: into three empty folders
first() {
  table "$2 MiB $1, three folders"
  fresh; row "the pipe, no hash, no manifest" "$pipe3"
  fresh; row "ours" "$ours"
  fresh; row "ours, \`--level V3\`" "$ours_all"
  if [ -z "$alone" ]; then
    fresh; row "restic, one folder" "$restic init; $restic backup $bulk"
    fresh; row "restic and two copies" "$restic_init; $restic backup $bulk; $restic_copies"
    fresh; row "borg × 3" "$borg_init; $(borg one)"
    fresh; row "rclone crypt × 3" "$rclone"
  fi
  heads "$2 MiB $1, a further folder" "one folder, CPU s" "three, CPU s" "a further one"
  further "the pipe" "$pipe1" "$pipe3"
  further "ours" "$ours --copies 1" "$ours"
}

# further LABEL ONE THREE: how much more each folder after the first takes
further() {
  local one
  fresh one; clock "$1, one folder" "$2"; one=$cpu
  fresh; clock "$1, three folders" "$3"
  awk -v label="$1" -v one="$one" -v three="$cpu" 'BEGIN {
    printf "| %s | %.2f | %.2f | %s |\n", label, one, three, (one > 0 ? sprintf("%.0f %%", 50 * (three - one) / one) : "-") }'
}

# second KIND MIB: a run after every hundredth file changed
second() {
  table "$2 MiB $1, 1 % changed, three folders"
  fresh; change; row "the pipe: all again" "$pipe3"; unchange
  fresh; quietly "$ours"; change; row "ours" "$ours"; unchange
  fresh; quietly "$ours"; change; row "ours, \`--level V3\`: every old byte too" "$ours_all"; unchange
  [ -z "$alone" ] || return 0
  fresh; quietly "$restic_init; $restic backup $bulk; $restic_copies"; change
  row "restic and two copies" "$restic backup $bulk; $restic_copies"; unchange
  fresh; quietly "$borg_init; $(borg one)"; change
  row "borg × 3" "$(borg two)"; unchange
  fresh; quietly "$rclone"; change
  row "rclone crypt × 3" "$rclone"; unchange
}

# settle waits before many files are made: for five seconds ext4 gives none the
# inode of a deleted one, and looks at each of them on its way past.
settle() { sync; sleep 6; }

# restore KIND MIB: all of it from one folder into an empty one, and compared
restore() {
  table "$2 MiB $1, full restore from one folder"
  fresh; quietly "$pipe1"; settle; row "\`age -d │ zstd -d │ tar x\`" "$unpipe"; judge "$back/x"
  fresh; quietly "$pipe1"; settle; row "the same, then \`sha256sum\` of each file" "$unpipe; find . -type f -print0 | xargs -0 sha256sum >$work/sums"
  fresh one; quietly "$ours --copies 1"
  settle; row "ours, each file compared" "strongroom backup restore $back/x --store one --identity $officer"; judge "$back/x/bulk"
  [ -z "$alone" ] || return 0
  fresh; quietly "$restic init; $restic backup $bulk"
  settle; row "restic" "$restic restore latest --target $back; sync -f $back"; judge "$back$bulk"
  fresh; quietly "borg init -e repokey-blake2 $to/1; cd $bulk; borg create -C zstd,3 $to/1::one ."
  settle; row "borg" "mkdir $back/x; cd $back/x; borg extract $to/1::one; sync -f ."; judge "$back/x"
  fresh; quietly "rclone copy -q $bulk crypt1:"
  settle; row "rclone crypt" "rclone copy -q crypt1: $back/x; sync -f $back"; judge "$back/x"
}

# verify: without a key, beside hashing the same bytes
verify() {
  fresh; quietly "$ours"
  table "a copy of $(mib_in "$sites/one") MiB verified without a key, one folder" "to openssl"
  row "\`openssl dgst -sha256\`" "openssl dgst -sha256 $sites/one/*"
  row "\`sha256sum\`" "sha256sum $sites/one/*"
  row "ours, V3: all bytes" "strongroom backup verify --level V3 --store one"
  row "ours, V2: a sample" "strongroom backup verify --level V2 --store one"
  row "ours, V1: stored checksums" "strongroom backup verify --level V1 --store one"
}

# buckets: borg knows none
buckets() {
  local n copies="" inits=""
  table "$mib MiB mixed, three buckets (their servers not counted)"
  fresh; row "the pipe, into three folders" "$pipe3"
  fresh_buckets; row "ours" "$ours"
  fresh_buckets; row "ours, \`--level V3\`" "$ours_all"
  fresh_buckets # nothing of ours is left
  [ -z "$alone" ] || return 0
  for n in 2 3; do
    copies+="$(restic_at $n) copy --from-repo $(repository 1); "
    inits+="$(restic_at $n) init --from-repo $(repository 1) --copy-chunker-params; "
  done
  make_buckets restic false; row "restic and two copies" "$(restic_at 1) init; $inits $(restic_at 1) backup $bulk; $copies"; drop_buckets restic
  make_buckets rclone false; row "rclone crypt × 3" "for n in 1 2 3; do rclone copy -q --ca-cert $work/authorities.pem $bulk bucket\$n:; done"; drop_buckets rclone
}

# stalled: one of three servers stops answering when it has a fifth of the
# source, which is about a third of what it is to get; the two others must be good
stalled() {
  local first store
  table "$mib MiB mixed, three buckets, one stands still after $((mib / 5)) MiB"
  fresh; row "the pipe, into three folders" "$pipe3"
  fresh_buckets; row "ours, all three at work" "$ours"
  fresh_buckets; stall 2 $((mib / 5))
  row "ours, one stands still: two copies are good" "$ours --copies 2"
  stands_still 2
  first=$(newest)
  good north "$first"; good east "$first"
  goes_on 2
  lacks south "$first"
  row "ours, the next run: three are good" "$ours"
  for store in north south east; do good "$store" "$first"; good "$store" "$(newest)"; done
}

# newest tells the number of the snapshot that was made last
newest() { find "$STRONGROOM_HOME/backup/manifests" -name 'manifest-*.txt' | sed 's/.*manifest-0*\([0-9]*\)-.*/\1/' | sort -n | tail -1; }

# good STORE SNAPSHOT, lacks STORE SNAPSHOT: whether every byte is there
good() { quietly "strongroom backup verify --level V3 --store $1 --snapshot $2"; }
lacks() {
  ! group strongroom backup verify --level V1 --store "$1" --snapshot "$2" || fail "$1: wanted a store that was left behind, found a good copy"
  grep -q BAK-COPY "$work/out" || fail "$1: wanted a copy that is no good, found: $(tail -3 "$work/out")"
}

printf '%s; %s cores, %s; ' "$(date -u +%F)" "$(nproc)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)"
printf '%s; %s; %s; zstd %s; age %s; tree %s; load before %s\n' "$(restic version | cut -d' ' -f1,2)" "$(command borg --version)" "$(rclone version | head -1)" \
  "$(zstd -V | grep -o 'v[0-9.]*' | head -1)" "$(age --version)" "$(git rev-parse --short HEAD)" "$(cut -d' ' -f1 /proc/loadavg)"
began=$SECONDS made=
for part in "${parts[@]}"; do
  case $part in
    *small) kind=small ;;
    *)      kind=mixed ;;
  esac
  [ "$made" = $kind ] || { source_of $kind; made=$kind; }
  size=$(mib_in "$bulk")
  case $part in
    *:*)             "${part%:*}" "$kind" "$size" ;;
    mixed|small)     for each in first second restore; do "$each" "$kind" "$size"; done ;;
    buckets|stalled) [ ${#started[@]} -gt 0 ] || start_servers; "$part" ;;
    verify)          verify ;;
  esac
done
printf '\nAll of it took %d min; the load was at most %s, its own included.\n' $(((SECONDS - began + 59) / 60)) "$load"
