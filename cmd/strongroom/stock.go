package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
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
	for _, v := range r.policies.Versions() {
		policy, err := r.stockPolicy(v.Policy)
		if err != nil {
			return nil, err
		}
		lines = append(lines, policy...)
	}
	for _, l := range r.logs {
		lines = append(lines, stockLog(l)...)
	}
	papers, err := r.stockPapers()
	if err != nil {
		return nil, err
	}
	lines = append(append(lines, papers...), "# all of it at once, roots and hashes included:")
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

// stockPolicy checks one version of the policy: its roster, the version before it,
// the consents to it.
func (r *replay) stockPolicy(p *policy.Policy) ([]string, error) {
	h := p.Hash()
	lines := []string{
		fmt.Sprintf("# policy %d, its roster and the consents", p.Version),
		fmt.Sprintf("sha256sum texts/%s*   # prints its hash", h.Short()),
		fmt.Sprintf(`sed -n 's/^signer //p' texts/%s* > "$t/%s"`, h.Short(), rosterName(p)),
	}
	if p.Version == 1 {
		lines[1] = fmt.Sprintf("sha256sum texts/%s*   # prints the genesis hash", h.Short())
	} else {
		lines = append(lines, fmt.Sprintf("grep '^previous %s' texts/%s*", p.Previous.Short(), h.Short()))
	}
	sigs, err := r.stockSignatures(p, h, func(s quorum.SignatureFile) bool {
		return s.Act == quorum.Consent && verifySignature(p, p.Bytes(), s) == nil
	})
	return append(lines, sigs...), err
}

// rosterName names the file of a version's roster.
func rosterName(p *policy.Policy) string { return "roster-" + text.FormatUint(p.Version) }

// stockSignatures checks those signatures on a text for which counts says yes, by
// the roster of a version.
func (r *replay) stockSignatures(p *policy.Policy, on text.Hash, counts func(quorum.SignatureFile) bool) ([]string, error) {
	files, _, err := r.archive.reg.SignatureFiles(p, on, on.Short())
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, s := range files {
		if counts(s) {
			lines = append(lines, stockSignatureBy(rosterName(p), on, s)...)
		}
	}
	return lines, nil
}

// stockSignature checks one signature on a text of the registry by the only roster
// of a list.
func stockSignature(on text.Hash, s quorum.SignatureFile) []string {
	return stockSignatureBy("roster", on, s)
}

func stockSignatureBy(roster string, on text.Hash, s quorum.SignatureFile) []string {
	return []string{
		fmt.Sprintf(`cat texts/%s* | ssh-keygen -Y verify -f "$t/%s" \`, on.Short(), roster),
		fmt.Sprintf(`  -I %s -n %s \`, s.Officer, s.Act.Namespace()),
		fmt.Sprintf(`  -s sigs/%s*/%s*`, on.Short(), text.Identity(s.Bytes).Short()),
	}
}

// stockPapers checks every paper that a signer acted on, once.
func (r *replay) stockPapers() ([]string, error) {
	releases := map[text.Hash][]*replayedRelease{}
	for _, x := range r.Releases {
		releases[x.ID] = append(releases[x.ID], x)
	}
	var lines []string
	told := map[text.Hash]bool{}
	for _, x := range r.Decisions {
		if b, ok := x.Body.(record.Cleared); ok && !told[b.Clearance] {
			told[b.Clearance] = true
			one, err := r.stockClearance(x, b)
			if err != nil {
				return nil, err
			}
			lines = append(lines, one...)
		}
		if told[x.ID] || x.Report.Proposal == nil {
			continue
		}
		told[x.ID] = true
		one, err := r.stockPaper(x)
		if err != nil {
			return nil, err
		}
		lines = append(append(lines, one...), stockRelease(releases[x.ID])...)
	}
	return lines, nil
}

// stockPaper checks a proposal's text and the signatures that were counted.
func (r *replay) stockPaper(x *decision) ([]string, error) {
	lines := []string{
		fmt.Sprintf("# %s %s", x.Report.Proposal.Kind(), x.ID.Short()),
		fmt.Sprintf("sha256sum texts/%s*", x.ID.Short()),
	}
	if a, ok := x.Report.Proposal.Body.(quorum.Amendment); ok {
		lines = append(lines, fmt.Sprintf("grep '^adopt %d %s' texts/%s*", a.Version, a.Policy.Short(), x.ID.Short()))
	}
	counted := map[text.Hash]bool{}
	for _, v := range x.Report.Votes {
		counted[v.File] = true
	}
	sigs, err := r.stockSignatures(x.Head, x.ID, func(s quorum.SignatureFile) bool { return counted[text.Identity(s.Bytes)] })
	return append(lines, sigs...), err
}

// stockClearance checks a watcher's statement.
func (r *replay) stockClearance(x *decision, b record.Cleared) ([]string, error) {
	lines := []string{
		"# clearance " + b.Clearance.Short(),
		fmt.Sprintf("grep '^proposal %s' texts/%s*", x.ID.Short(), b.Clearance.Short()),
	}
	sigs, err := r.stockSignatures(x.Head, b.Clearance, func(s quorum.SignatureFile) bool { return s.Officer == b.Watcher && s.Act == quorum.Clear })
	return append(lines, sigs...), err
}

// stockRelease checks the packets of a released proposal and its transaction.
func stockRelease(all []*replayedRelease) []string {
	var lines []string
	for _, x := range all {
		for _, p := range x.Packets {
			lines = append(lines, fmt.Sprintf("sha256sum psbts/%s*/%s*   # signed by %s", x.ID.Short(), p.Short(), x.Device))
		}
	}
	if len(all) > 0 && all[0].Final {
		lines = append(lines, fmt.Sprintf(`bitcoin-cli decoderawtransaction "$(xxd -p txs/%s* | tr -d '\n')"`, all[0].Released.Rungs[0].TxID.String()[:16]))
	}
	return lines
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
