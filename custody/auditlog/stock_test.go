package auditlog

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// stockCheck verifies a log's folder with a shell, base64 and openssl: the
// signature with the verifier key given as $1, then the root, by pairing hashes
// level by level (an odd one moves up as it is).
const stockCheck = `
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sed '/^$/,$d' checkpoint > "$scratch/text"
sed -n 's/^— [^ ]* //p' checkpoint | base64 -d | tail -c 64 > "$scratch/sig"
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; echo "${1#*+*+}" | base64 -d | tail -c 32; } > "$scratch/key"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$scratch/key" -rawin -in "$scratch/text" -sigfile "$scratch/sig"
n=0
for entry in entries/*; do
	{ printf '\000'; cat "$entry"; } | openssl dgst -sha256 -binary > "$scratch/0.$n"
	n=$((n + 1))
done
[ "$n" = "$(sed -n 2p checkpoint)" ] || { echo "wanted $(sed -n 2p checkpoint) entries, found $n"; exit 1; }
level=0
while [ "$n" -gt 1 ]; do
	up=$((level + 1)) i=0
	while [ "$i" -lt "$n" ]; do
		if [ $((i + 1)) -lt "$n" ]; then
			{ printf '\001'; cat "$scratch/$level.$i" "$scratch/$level.$((i + 1))"; } | openssl dgst -sha256 -binary > "$scratch/$up.$((i / 2))"
		else
			cp "$scratch/$level.$i" "$scratch/$up.$((i / 2))"
		fi
		i=$((i + 2))
	done
	n=$(((n + 1) / 2)) level=$up
done
root=$(base64 < "$scratch/$level.0")
[ "$root" = "$(sed -n 3p checkpoint)" ] || { echo "root differs: $root"; exit 1; }
echo "root matches"
`

func TestStockToolsVerifyTheLog(t *testing.T) {
	for _, tool := range []string{"sh", "openssl", "base64"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	check := func(dir string) (string, error) {
		cmd := exec.Command("sh", "-c", stockCheck, "check", testKey(1).Verifier().String())
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, n := range []int{1, 2, 3, 6, 7} {
		dir, _ := newLog(t, n)
		out, err := check(dir)
		if err != nil || out != "Signature Verified Successfully\nroot matches\n" {
			t.Errorf("%d entries: %v: %s", n, err, out)
		}
	}
	dir, _ := newLog(t, 3)
	must(t, os.WriteFile(dir+"/entries/000001", []byte("record x\n"), 0o600))
	if out, err := check(dir); err == nil || !strings.Contains(out, "root differs") {
		t.Errorf("changed entry: %v: %s", err, out)
	}
	dir, l := newLog(t, 3)
	must(t, os.WriteFile(dir+"/checkpoint", []byte(strings.Replace(string(l.Checkpoint()), "\n3\n", "\n4\n", 1)), 0o600))
	if out, err := check(dir); err == nil || strings.Contains(out, "Verified") {
		t.Errorf("changed checkpoint: %v: %s", err, out)
	}
}
