package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/text"
	"strongroom/scripts/audit"
)

// writeKit writes the shell kit into a folder, which is made and must be new or
// empty.
func writeKit(path string) error {
	files, err := audit.Files()
	if err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	dir, err := durable.Create(path)
	if err != nil {
		return err
	}
	for _, f := range files {
		err = errors.Join(err, dir.WriteNew(f.Name, f.Content))
	}
	return errors.Join(err, dir.Close())
}

// stock lists, for every artefact of the registry that the replay relied on, the
// command of a stock tool that checks it. The lines can be pasted one after the
// other into one shell.
func (r *replay) stock(kit string) ([]string, error) {
	lines := []string{"cd " + quoted(r.archive.registryPath()), `t=$(mktemp -d)`}
	policy, err := r.stockPolicy()
	if err != nil {
		return nil, err
	}
	lines = append(lines, policy...)
	for _, l := range r.logs {
		lines = append(lines, stockLog(l)...)
	}
	var told []text.Hash
	for _, x := range r.Releases {
		if slices.Contains(told, x.Released.ID) {
			continue
		}
		told = append(told, x.Released.ID)
		one, err := r.stockRelease(x)
		if err != nil {
			return nil, err
		}
		lines = append(lines, one...)
	}
	lines = append(lines, "# all of it at once, roots and hashes included:")
	run := `"$t/kit/audit.sh"`
	if kit == "" {
		lines = append(lines, `strongroom verify --stock "$t/kit" . > "$t/out"`)
	} else {
		path, err := filepath.Abs(kit)
		if err != nil {
			return nil, err
		}
		run = quoted(filepath.Join(path, "audit.sh"))
	}
	return append(lines, fmt.Sprintf(`sh %s . \`, run), "  "+r.archive.charter.Genesis().String()), nil
}

// stockPolicy checks the first policy and everybody's consent to it.
func (r *replay) stockPolicy() ([]string, error) {
	g := r.policy.Hash()
	lines := []string{
		"# the policy, its roster and the consents",
		fmt.Sprintf("sha256sum texts/%s*   # prints the genesis hash", g.Short()),
		fmt.Sprintf(`sed -n 's/^signer //p' texts/%s* > "$t/roster"`, g.Short()),
	}
	sigs, err := r.stockSignatures(g, quorum.PolicyName(r.policy.Version), func(s quorum.SignatureFile) bool { return s.Act == quorum.Consent })
	return append(lines, sigs...), err
}

// stockSignatures checks those signatures on a text for which counts says yes.
func (r *replay) stockSignatures(on text.Hash, name string, counts func(quorum.SignatureFile) bool) ([]string, error) {
	files, _, err := r.archive.reg.SignatureFiles(r.policy, on, name)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, s := range files {
		if counts(s) {
			lines = append(lines, stockSignature(on, s)...)
		}
	}
	return lines, nil
}

// stockSignature checks one signature on a text of the registry.
func stockSignature(on text.Hash, s quorum.SignatureFile) []string {
	return []string{
		fmt.Sprintf(`cat texts/%s* | ssh-keygen -Y verify -f "$t/roster" \`, on.Short()),
		fmt.Sprintf(`  -I %s -n %s \`, s.Officer, s.Act.Namespace()),
		fmt.Sprintf(`  -s sigs/%s*/%s*`, on.Short(), text.Identity(s.Bytes).Short()),
	}
}

// stockRelease checks a proposal's text, the signatures that were counted, and
// the packets.
func (r *replay) stockRelease(x *replayedRelease) ([]string, error) {
	id := x.Released.ID
	lines := []string{
		"# proposal " + id.Short(),
		fmt.Sprintf("sha256sum texts/%s*", id.Short()),
	}
	counted := map[text.Hash]bool{}
	for _, v := range x.Report.Votes {
		counted[v.File] = true
	}
	sigs, err := r.stockSignatures(id, id.Short(), func(s quorum.SignatureFile) bool { return counted[text.Identity(s.Bytes)] })
	if err != nil {
		return nil, err
	}
	lines = append(lines, sigs...)
	for _, y := range r.Releases {
		if y.Released.ID != id {
			continue
		}
		for _, p := range y.Packets {
			lines = append(lines, fmt.Sprintf("sha256sum psbts/%s*/%s*   # signed by %s", id.Short(), p.Short(), y.Device))
		}
	}
	if x.Final {
		lines = append(lines, fmt.Sprintf(`bitcoin-cli decoderawtransaction "$(xxd -p txs/%s* | tr -d '\n')"`, x.Released.Rungs[0].TxID.String()[:16]))
	}
	return lines, nil
}

// spkiPrefix is the base64 of the twelve bytes that make an Ed25519 key a
// SubjectPublicKeyInfo (RFC 8410): what follows is the base64 of the key.
const spkiPrefix = "MCowBQYDK2VwAyEA"

// stockLog checks the signature of a log's newest checkpoint. The root takes a
// loop, which the kit has.
func stockLog(l *replayedLog) []string {
	c := l.Proven.Checkpoint()
	checkpoint := fmt.Sprintf("logs/%s/checkpoint-%d", l.Device, c.Size)
	return []string{
		fmt.Sprintf("# log of %s: the note, the signature, the key, openssl", l.Device),
		fmt.Sprintf(`sed -n 1,3p %s > "$t/note"`, checkpoint),
		fmt.Sprintf(`sed -n 's|^[^ ]* %s ||p' %s \`, c.Origin, checkpoint),
		`  | openssl base64 -d -A | tail -c 64 > "$t/sig"`,
		`{ echo '-----BEGIN PUBLIC KEY-----'`,
		fmt.Sprintf(`  echo '%s'`, spkiPrefix+publicKeyOf(l)),
		`  echo '-----END PUBLIC KEY-----'; } > "$t/key.pem"`,
		`openssl pkeyutl -verify -pubin -inkey "$t/key.pem" -rawin -in "$t/note" \`,
		`  -sigfile "$t/sig"`,
	}
}

// publicKeyOf returns the base64 of the raw key in a verifier key
// ORIGIN+HASH+BASE64, whose first byte is the key's type.
func publicKeyOf(l *replayedLog) string {
	parts := strings.SplitN(l.Verifier.String(), "+", 3)
	b, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(b) < 1 {
		panic("strongroom: a verifier key that was parsed does not decode")
	}
	return base64.StdEncoding.EncodeToString(b[1:])
}
