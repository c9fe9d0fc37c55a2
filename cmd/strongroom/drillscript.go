package main

import (
	"fmt"
	"strings"

	"strongroom/backup"
)

// restoreScript is a restore by stock tools alone, for one drill: POSIX shell,
// age, zstd, tar and sha256sum, and curl for a bucket. It notes when it began and
// when it ended, and where it fails it ends at once.
func restoreScript(m backup.Manifest, s namedStore) string {
	var b strings.Builder
	fmt.Fprintf(&b, `#!/bin/sh
# Restores snapshot %d of %s on %s, from the store %s, into the empty folder
# %s, by %s alone. Beside this file lie the one-time
# keys, and in %s what the officers released.
#
%sset -eu
store=${1:+$(cd "$1" && pwd)}
cd "$(dirname "$0")"
umask 077
`, m.Number, m.Place.Vault, m.Place.Chain, s.name, drillRestore, scriptTools(s), drillHeaders, usage(s))
	if s.isFolder() {
		fmt.Fprintf(&b, "store=${store:-%s}\nmkdir %s\n%s", quoted(s.path), drillRestore, noteTime(drillBegan))
	} else {
		fmt.Fprintf(&b, "if [ -z \"$store\" ]; then\n%sstore=%s\nfi\nmkdir %s\n[ -e %s ] || %s", fetchScript(m, s), drillObjects, drillRestore, drillBegan, noteTime(drillBegan))
	}
	for _, g := range m.Segments {
		outer := fmt.Sprintf("cat %s/%s \"$store\"/%s | age -d -i %s", drillHeaders, g.Headers[0].Name, g.Name, drillKey(1))
		if len(g.Headers) > 1 {
			outer = fmt.Sprintf("{ cat %s/%s\n  %s\n} | age -d -i %s", drillHeaders, g.Headers[1].Name, outer, drillKey(2))
		}
		fmt.Fprintf(&b, "%s | zstd -d -q | tar x -C %s\n", outer, drillRestore)
	}
	fmt.Fprintf(&b, "(cd %s && sha256sum -c SHA256SUMS > /dev/null)\n%s%s", drillRestore, m.UnpackedCommand(drillRestore), noteTime(drillEnded))
	return b.String()
}

// scriptTools are what the script takes.
func scriptTools(s namedStore) string {
	if s.isFolder() {
		return "age, zstd, tar and sha256sum"
	}
	return "curl, age, zstd, tar and sha256sum"
}

// usage is how the script is called, in comments.
func usage(s namedStore) string {
	if s.isFolder() {
		return fmt.Sprintf("#   sh %s [FOLDER]   # where the store's objects lie, if not as below\n", drillScript)
	}
	shown := ""
	if s.bucket.certificate != "" {
		shown = "#                          # and, as the service asks for a certificate, the lines\n" +
			"#                          # cert = \"FILE\"  and  key = \"FILE\"\n"
	}
	return fmt.Sprintf(`#   sh %[1]s          # fetches from %[2]s, with an access
#                          # key that may read: first write the file %[3]s beside
#                          # this one, with the line  user = "ACCESSKEY:SECRETKEY"
%[4]s#                          # and delete it afterwards
#   sh %[1]s FOLDER   # where you put the objects, if you fetched them otherwise
`, drillScript, s.path, drillAccess, shown)
}

// fetchScript gets the payloads of a bucket into a folder. The clock runs from its
// first try on, and what a try got the next one gets again.
func fetchScript(m backup.Manifest, s namedStore) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[ -r %s ] || { echo 'want %s beside this script, with the line user = \"ACCESSKEY:SECRETKEY\", or a FOLDER that has the objects; found neither' >&2; exit 1; }\n", drillAccess, drillAccess)
	if s.bucket.authority != "" {
		fmt.Fprintf(&b, "[ -e %[1]s ] || cp %[2]s %[1]s\n", drillAuthority, quoted(s.bucket.authority))
	}
	fmt.Fprintf(&b, "[ -e %s ] || %smkdir -p %s\nfor file in", drillBegan, noteTime(drillBegan), drillObjects)
	for _, g := range m.Segments {
		fmt.Fprintf(&b, " \\\n  %s", g.Name)
	}
	fmt.Fprintf(&b, "\ndo %s\ndone\n", s.recovery().FetchCommand(drillObjects))
	return b.String()
}

func noteTime(file string) string {
	return fmt.Sprintf("date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ > %s\n", file)
}
