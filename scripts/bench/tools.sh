# shellcheck shell=bash disable=SC2034,SC2154 # work, mib and officer are bench-backup.sh's, which uses what is set here
# Sourced by bench-backup.sh: what each tool is told to do. Each makes three
# copies, its last byte is on disk when it ends, and $to is empty before.

bulk=$STRONGROOM_HOME/bulk   # the source: ours takes the home, the others this folder of it
to=$work/to                  # what the others write
back=$work/back              # what is restored
sites=$work/demo/sites       # what ours writes

mapfile -t three < <(cut -d' ' -f1,2 "$work"/demo/officers/{dave,erin,frank}.pub)
pipe="tar cf - -C $bulk . | zstd -3 -q | age"
for each in "${three[@]}"; do pipe+=" -r '$each'"; done
sealed="$to/1/a.age $to/2/a.age"
pipe3="mkdir -p $to/1 $to/2 $to/3; $pipe | tee $sealed > $to/3/a.age; sync -d $sealed $to/3/a.age"
pipe1="mkdir -p $to/3; $pipe > $to/3/a.age; sync -d $to/3/a.age"
unpipe="mkdir -p $back/x; cd $back/x; age -d -i $officer $to/3/a.age | zstd -d | tar x; sync -f ."

ours="strongroom backup run --key $officer"
ours_all="$ours --level V3"

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

# keep_pristine keeps the home and the stores as they are before the first run.
keep_pristine() {
  mkdir "$work/pristine"
  cp -a "$STRONGROOM_HOME" "$work/pristine/desk"
  cp -a "$sites" "$work/pristine/sites"
}

# fresh [STORE...]: all output is gone, and ours has never run; it has only these
# stores (default: all three; or none).
fresh() {
  local store
  rm -rf "$to" "$back" "$work/restic-cache" "$work/borg" "$sites"
  mkdir -p "$to" "$back"
  find "$STRONGROOM_HOME" -mindepth 1 -maxdepth 1 ! -name bulk -exec rm -rf {} +
  cp -a "$work/pristine/desk/." "$STRONGROOM_HOME/"
  cp -a "$work/pristine/sites" "$sites"
  [ $# -gt 0 ] || return 0
  for store in one two three; do
    [[ " $* " == *" $store "* ]] || rm "$STRONGROOM_HOME/backup/stores/$store"
  done
}

# source_of KIND: makes the source
source_of() {
  local mibs=()
  rm -rf "$bulk" "$work/originals"
  [ "$1" = small ] || mibs=("$mib")
  "$work/benchsource" "$1" "$bulk" "${mibs[@]}"
  sleep 1 # a file that changed a moment ago is read again
}

# change, unchange: every hundredth file
change() { "$work/benchsource" change "$bulk" "$work/originals"; sleep 1; }
unchange() { cp -a "$work/originals/." "$bulk/"; rm -rf "$work/originals"; }

# mib_in FOLDER: what its files hold
mib_in() { find "$1" -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%.0f\n", n / 1048576 }'; }

# judge FOLDER: what came back is what was saved
judge() { diff -r "$bulk" "$1" >/dev/null || fail "$1: wanted what was saved, found something else"; }
