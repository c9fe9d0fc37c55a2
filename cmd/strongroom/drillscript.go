package main

import (
	"fmt"
	"strings"

	"strongroom/backup"
)

// restoreScript is a restore by stock tools alone, for one drill: POSIX shell,
// age, zstd, tar and sha256sum. It notes when it began and when it ended, and
// where it fails it ends at once.
func restoreScript(m backup.Manifest, s namedStore) string {
	var b strings.Builder
	fmt.Fprintf(&b, `#!/bin/sh
# Restores snapshot %d of %s on %s, from the store %s, into the empty folder
# %s, by age, zstd, tar and sha256sum alone. Beside this file lie the one-time
# keys, and in %s what the officers released.
#
#   sh %s [FOLDER]   # where the store's objects lie, if not as below
set -eu
cd "$(dirname "$0")"
store=${1:-%s}
umask 077
mkdir %s
date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ > %s
`, m.Number, m.Place.Vault, m.Place.Chain, s.name, drillRestore, drillHeaders, drillScript, quoted(s.path), drillRestore, drillBegan)
	for _, g := range m.Segments {
		outer := fmt.Sprintf("cat %s/%s \"$store\"/%s | age -d -i %s", drillHeaders, g.Headers[0].Name, g.Name, drillKey(1))
		if len(g.Headers) > 1 {
			outer = fmt.Sprintf("{ cat %s/%s\n  %s\n} | age -d -i %s", drillHeaders, g.Headers[1].Name, outer, drillKey(2))
		}
		fmt.Fprintf(&b, "%s | zstd -d -q | tar x -C %s\n", outer, drillRestore)
	}
	fmt.Fprintf(&b, `(cd %s && sha256sum -c SHA256SUMS > /dev/null)
date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ > %s
`, drillRestore, drillEnded)
	return b.String()
}
