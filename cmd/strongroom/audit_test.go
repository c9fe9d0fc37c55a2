package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// stockRun runs the commands of stock tools that verify printed last, in one
// shell, as a person pastes them. All must succeed. What they print is the
// standard output.
func stockRun(ts *testscript.TestScript, _ []string) {
	for _, tool := range []string{"ssh-keygen", "openssl", "xxd", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			ts.Fatalf("want %s installed: %v", tool, err)
		}
	}
	var lines []string
	for _, line := range strings.Split(ts.ReadFile("stdout"), "\n") {
		switch {
		case strings.HasPrefix(line, "cd "):
			lines = []string{"set -e", line}
		case len(lines) > 0 && strings.TrimSpace(line) == "":
			ts.Check(os.WriteFile(ts.MkAbs("stock.sh"), []byte(strings.Join(lines, "\n")+"\n"), 0o600))
			ts.Check(ts.Exec("sh", ts.MkAbs("stock.sh")))
			return
		case len(lines) > 0 && !strings.HasPrefix(line, "bitcoin-cli"):
			lines = append(lines, line)
		}
	}
	ts.Fatalf("want commands of stock tools, found none")
}

// appendNode FILE ends a node's description with a password file that lies in
// the home, where it does not belong.
func appendNode(ts *testscript.TestScript, args []string) {
	name := ts.MkAbs(args[0])
	secret := filepath.Join(filepath.Dir(name), "secret.txt")
	text := ts.ReadFile(args[0]) + "password-file " + secret + "\ncertificate none\n"
	ts.Check(os.WriteFile(name, []byte(text), 0o600))
}

// sameCopies DIR DIR wants two stores with the same ciphertext.
func sameCopies(ts *testscript.TestScript, args []string) {
	read := func(dir string) map[string]string {
		files, err := filepath.Glob(filepath.Join(ts.MkAbs(dir), "*.age"))
		ts.Check(err)
		out := map[string]string{}
		for _, f := range files {
			out[filepath.Base(f)] = ts.ReadFile(f)
		}
		return out
	}
	a, b := read(args[0]), read(args[1])
	if len(a) == 0 || !maps.Equal(a, b) {
		ts.Fatalf("want the same ciphertext in %s and %s, found %d and %d files", args[0], args[1], len(a), len(b))
	}
}

// restore KEY STORE NUMBER DIR opens a snapshot with stock tools alone.
func restore(ts *testscript.TestScript, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[1]), "manifest-"+args[2]+"-*.txt"))
	ts.Check(err)
	if len(files) != 1 {
		ts.Fatalf("want one snapshot %s in %s, found %d", args[2], args[1], len(files))
	}
	ts.Check(ts.Exec("sh", "-ec", `grep '^segment ' "$2" | while read -r _ payload _; do
			header=$(sed -n "/^segment $payload /{n;p}" "$2" | cut -d' ' -f3)
			cat "$4/$header" "$4/$payload" | age -d -i "$1" | zstd -d | tar x -C "$3"
		done
		cd "$3" && rm -rf .packed && sha256sum --quiet -c SHA256SUMS`,
		"sh", ts.MkAbs(args[0]), files[0], ts.MkAbs(args[3]), ts.MkAbs(args[1])))
}

// damage DIR flips a bit in the middle of the first file of a folder that is
// larger than a checksum.
func damage(ts *testscript.TestScript, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, e := range entries {
		name := filepath.Join(ts.MkAbs(args[0]), e.Name())
		b, err := os.ReadFile(name)
		if err != nil || len(b) < 1000 {
			continue
		}
		b[len(b)/2] ^= 1
		ts.Check(os.WriteFile(name, b, 0o600))
		return
	}
	ts.Fatalf("want a file to damage in %s, found none", args[0])
}

// auditCommands are the script commands of backups, drills and audits.
func auditCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"stockrun":   plain(stockRun),
		"appendhome": plain(appendNode),
		"same":       plain(sameCopies),
		"restore":    plain(restore),
		"damage":     plain(damage),
	}
}
