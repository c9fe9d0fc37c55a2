# shellcheck shell=bash disable=SC2154 # work is bench-backup.sh's
# Sourced by bench-backup.sh: a command under the clock, and a row of a table.

running=   # the process group that works at this moment
cpu=       # of the last command under the clock: seconds of all its processes
wall=      # seconds
memory=    # MiB, of its largest process
load=0     # the highest seen

# group COMMAND...: runs it as a group of its own, so that finish can end all of it
group() {
  local status=0
  setsid "$@" >"$work/out" 2>&1 </dev/null &
  running=$!
  wait "$running" || status=$?
  running=
  return "$status"
}

# end_running: what is at work when the script is broken off
end_running() {
  [ -n "$running" ] || return 0
  kill -KILL -- "-$running" 2>/dev/null || true
  wait "$running" 2>/dev/null || true
}

# quietly COMMAND: what is done and not measured
quietly() { group bash -euo pipefail -c "$1" || fail "$1: $(tail -3 "$work/out")"; }

# clock LABEL COMMAND: sets cpu, wall and memory; the disk is idle when it starts
clock() {
  sync -f "$work"
  group /usr/bin/time -q -o "$work/time" -f '%U %S %e %M' bash -euo pipefail -c "$2" || fail "$1: $(tail -3 "$work/out")"
  read -r cpu wall memory < <(awk '{ printf "%.2f %.2f %d\n", $1 + $2, $3, $4 / 1024 }' "$work/time")
  load=$(awk -v most="$load" '{ print ($1 > most ? $1 : most) }' /proc/loadavg)
  say "$title: $1: $cpu s of CPU, $wall s, $memory MiB"
}

# table TITLE [BESIDE]: its first row is what the others are compared with
table() {
  local beside=${2:-to the pipe}
  base=
  heads "$1" "CPU s" "$beside" "wall s" "$beside" "MiB"
}

# heads TITLE COLUMN...: the first lines of any table
heads() {
  title=$1
  printf '\n|'; printf ' %s |' "$@"
  printf '\n|---|'; printf -- '---:|%.0s' "${@:2}"
  printf '\n'
}

# row LABEL COMMAND: measured, and told beside the first row
row() {
  clock "$1" "$2"
  base=${base:-$cpu $wall}
  awk -v label="$1" -v c="$cpu" -v w="$wall" -v m="$memory" -v base="$base" 'BEGIN {
    split(base, b, " ")
    printf "| %s | %.2f | %s | %.2f | %s | %d |\n", label, c, ratio(c, b[1]), w, ratio(w, b[2]), m }
    function ratio(n, of) { return of > 0 ? sprintf("%.2f", n / of) : "-" }'
}
