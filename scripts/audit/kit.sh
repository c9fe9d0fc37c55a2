# shellcheck shell=sh
# Sourced by every script of the kit: bytes are bytes, a folder for what has to
# be a file for a moment, and two voices.
set -eu
LC_ALL=C
export LC_ALL
bad=0
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
trap 'exit 1' HUP INT TERM

# usage TEXT: how the script is called
usage() { printf 'usage: sh %s\n' "$1" >&2; exit 2; }

# good SENTENCE, wrong SENTENCE: one line for each thing that was checked
good() { printf 'ok      %s\n' "$1"; }
wrong() { printf 'WRONG   %s\n' "$1"; bad=1; }

# finish: the exit status for all of it
finish() { exit "$bad"; }

# sha: the SHA-256 of standard input
sha() { sha_line=$(sha256sum); printf '%s' "${sha_line%% *}"; }

# is_hash WORD: 64 lower-case hex digits
is_hash() {
  case $1 in *[!0-9a-f]*) return 1 ;; esac
  [ "${#1}" -eq 64 ]
}

# is_id WORD: a name as texts have it, and nothing that a pattern could be
is_id() {
  case $1 in '' | *[!a-z0-9-]* | -*) return 1 ;; esac
}

# enter REGISTRY: work inside it
enter() {
  [ -d "$1/texts" ] || { printf '%s: wanted a registry, found no texts in it\n' "$1" >&2; exit 1; }
  cd "$1"
}

# under HASH: that version of the policy is what its name says; its roster is
# $t/roster
under() {
  is_hash "$1" || { printf 'policy: wanted 64 lower-case hex digits\n' >&2; exit 2; }
  policy=texts/$1
  [ -f "$policy" ] || { printf 'policy: no such text in the registry: %s\n' "$1" >&2; exit 1; }
  [ "$(sha <"$policy")" = "$1" ] || { printf 'policy: %s was changed\n' "$policy" >&2; exit 1; }
  sed -n 's/^signer //p' "$policy" >"$t/roster"
}

# newest LOG: how many records the newest checkpoint covers, in $size
newest() {
  size=0
  for f in "$1"/checkpoint-*; do
    [ -f "$f" ] || continue
    n=${f##*-}
    case $n in *[!0-9]* | '') continue ;; esac
    if [ "$n" -gt "$size" ]; then size=$n; fi
  done
}

# field KEYWORD FILE: what stands behind the first line with that keyword
field() { sed -n "s/^$1 //p" "$2" | sed -n 1p; }

# members ROLE-OR-GROUPS...: everybody in these groups of the policy
members() {
  for members_group in "$@"; do sed -n "s/^group $members_group //p" "$policy"; done
}

# in_role ROLE OFFICER: whether the policy gives somebody a role
in_role() {
  # shellcheck disable=SC2046 # one word a group
  among "$2" "$(members $(field "role $1" "$policy"))"
}

# signers_of ID ACT: whose signatures on a text are good for an act, a line each
signers_of() {
  for signature in "sigs/$1"/*; do
    [ -f "$signature" ] || continue
    who=$(ssh-keygen -Y find-principals -s "$signature" -f "$t/roster" 2>"$t/why") || continue
    is_id "$who" || continue
    if ssh-keygen -Y verify -f "$t/roster" -I "$who" -n "$2.v1@strongroom" -s "$signature" \
      <"texts/$1" >"$t/out" 2>"$t/why"; then
      printf '%s\n' "$who"
    fi
  done
}

# among WORD LIST: whether a word is in a list of words
among() {
  for among_word in $2; do
    if [ "$among_word" = "$1" ]; then return 0; fi
  done
  return 1
}
