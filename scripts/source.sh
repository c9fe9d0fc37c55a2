#!/usr/bin/env bash
# Says what the tree is that a build is made of, as "strongroom program review"
# takes it: git:COMMIT of a tree without changes, or else tree:SHA256 of the list
# that sha256sum makes of its files.
. "$(dirname "$0")/env.sh"
if commit=$(git rev-parse --verify HEAD 2>/dev/null) && [ -z "$(git status --porcelain)" ]; then
  echo "git:$commit"
  exit
fi
list=$(find . -type f ! -path './.git/*' ! -path './bin/*' ! -path './dist/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
echo "tree:${list%% *}"
