# shellcheck shell=bash disable=SC2154 # work and the tools are bench-backup.sh's
# Sourced by bench-backup.sh: three bucket servers on this machine, with TLS.
# Their CPU and memory are not counted.

started=()
names=(x north south east)
empty_sha256=$(sha256sum </dev/null | cut -d' ' -f1)

# end_servers: also those that stand still
end_servers() {
  local pid
  for pid in "${started[@]}"; do
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  started=()
}

# start_server N: a VersityGW
start_server() {
  local at=$work/s3-$1 port=$((27600 + $1 + RANDOM % 1000 * 4))
  mkdir -p "$at/data" "$at/versions"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=bench $1" \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$at/key.pem" -out "$at/cert.pem" 2>/dev/null
  ROOT_ACCESS_KEY_ID=bench ROOT_SECRET_ACCESS_KEY=bench-secret "$STRONGROOM_VERSITYGW" --port "127.0.0.1:$port" --cert "$at/cert.pem" --key "$at/key.pem" \
    --region default --quiet posix --versioning-dir "$at/versions" "$at/data" >"$at/log" 2>&1 &
  started+=($!)
  echo "$!" >"$at/pid"
  echo "$port" >"$at/port"
  cat "$at/cert.pem" >>"$work/authorities.pem"
  printf '[s3-%s]\ntype = s3\nprovider = Other\nendpoint = https://127.0.0.1:%s\nregion = default\naccess_key_id = bench\nsecret_access_key = bench-secret\nforce_path_style = true\n[bucket%s]\ntype = crypt\nremote = s3-%s:rclone\npassword = %s\n' \
    "$1" "$port" "$1" "$1" "$(rclone obscure bench)" >>"$RCLONE_CONFIG"
  for _ in $(seq 100); do
    curl -s --cacert "$at/cert.pem" -o /dev/null "https://127.0.0.1:$port/" && return
    sleep 0.1
  done
  fail "server $1: wanted an answer within 10 s, found none: $(tail -1 "$at/log")"
}

start_servers() {
  local n
  printf 'access=bench\nsecret=bench-secret\n' >"$work/pair"
  chmod 600 "$work/pair"
  echo "credentials file $work/pair" >"$work/credentials.txt"
  export AWS_ACCESS_KEY_ID=bench AWS_SECRET_ACCESS_KEY=bench-secret AWS_DEFAULT_REGION=default
  unset AWS_CA_BUNDLE # the authorities are given to each by hand
  for n in 1 2 3; do start_server "$n"; done
}

# make_buckets NAME LOCKS: at each server
make_buckets() {
  local n at
  for n in 1 2 3; do
    at=$work/s3-$n
    curl -sf --cacert "$at/cert.pem" --aws-sigv4 aws:amz:default:s3 --user bench:bench-secret -X PUT \
      -H "x-amz-content-sha256: $empty_sha256" -H "x-amz-bucket-object-lock-enabled: $2" "https://127.0.0.1:$(cat "$at/port")/$1" || fail "bucket $1: not made"
  done
}

# drop_buckets NAME: on the servers' own disks, locked or not
drop_buckets() { rm -rf "$work"/s3-{1,2,3}/{data,versions}/"$1"; }

# fresh_buckets: ours has never run, and new buckets are its only stores
bucket=ours
fresh_buckets() {
  local n at
  drop_buckets "$bucket"
  bucket+=s # the same name again might find what a server remembers
  fresh none
  make_buckets "$bucket" true
  for n in 1 2 3; do
    at=$work/s3-$n
    printf '%s\n' "endpoint 127.0.0.1:$(cat "$at/port")" "region default" "bucket $bucket" "names path" "authority $at/cert.pem" "limit 0" >"$at/bucket.txt"
    quietly "strongroom backup store add ${names[n]} --bucket $at/bucket.txt --credentials $work/credentials.txt"
  done
}

# restic_at N: restic, told the repository in a bucket
restic_at() { echo "restic -q --cacert $work/authorities.pem -r $(repository "$1")"; }
repository() { echo "s3:https://127.0.0.1:$(cat "$work/s3-$1/port")/restic"; }

# stall N MIB: the server stands still once it holds so much more; in the background
stall() {
  local at=$work/s3-$1 server before
  server=$(cat "$at/pid")
  before=$(held "$at")
  (
    until [ "$(held "$at")" -gt $((before + $2)) ]; do sleep 0.05; done
    kill -STOP "$server"
  ) &
  started+=($!)
}
held() { du -sm "$1" 2>/dev/null | cut -f1 || true; } # files come and go

# stands_still N, goes_on N
stands_still() { grep -q '^State:.T' "/proc/$(cat "$work/s3-$1/pid")/status" || fail "server $1: wanted it to stand still in the middle, found it at work"; }
goes_on() { kill -CONT "$(cat "$work/s3-$1/pid")"; }
