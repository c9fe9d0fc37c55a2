package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func drillSignCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "sign CERT",
		Short:   "sign a certificate as one of those present",
		Long:    "CERT is a file or an id. The whole text is shown first, and the first digits of its id are typed; whoever signs was there and saw it.",
		Example: "strongroom drill sign drill.txt --key id_ed25519",
		Args:    cobra.ExactArgs(1),
	}
	key, confirm := addKeyFlags(cmd), cli.ConfirmFD(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.signCertificate(args[0], key, *confirm) })
	}
	return cmd
}

func (d *desk) signCertificate(arg string, key keyFlags, confirm int) error {
	p, err := d.inForce()
	if err != nil {
		return err
	}
	b, c, err := d.certificate(arg)
	if err != nil {
		return err
	}
	fmt.Fprint(d.world.Out, string(b))
	s, officer, done, err := key.signer(d.world, p)
	if err != nil {
		return err
	}
	defer done()
	if !slices.Contains(c.Present, officer) {
		return refuseSigner(c, officer)
	}
	d.world.Text("")
	d.world.Field("id", text.Identity(b).String())
	if err := d.confirmID(confirm, text.Identity(b)); err != nil {
		return err
	}
	again, armored, err := backup.SignCertificate(c, officer, s)
	if err != nil {
		return err
	}
	id, err := d.reg.PutText(again)
	if err == nil {
		_, err = d.reg.PutSignature(id, armored)
	}
	if err != nil {
		return err
	}
	d.world.Text("")
	d.world.Field("signed by", string(officer))
	d.world.Hintf("strongroom drill show %s", id.Short())
	return nil
}

func refuseSigner(c backup.Certificate, officer text.ID) error {
	return cli.Refusal{Sentence: fmt.Sprintf("certificate: want a signature of those present, %s, found %s", list(c.Present), officer), Codes: []string{codeSigners}}
}

// certificate reads a certificate of this vault from a file or by its id.
func (d *desk) certificate(arg string) ([]byte, backup.Certificate, error) {
	b, err := d.world.ReadFile(arg, int64(text.Certificate.MaxSize()))
	if missingFile(err) {
		id, found := d.reg.Find(arg)
		if found != nil {
			return nil, backup.Certificate{}, fmt.Errorf("certificate: want a file or an id, found neither: %w", found)
		}
		b, err = d.reg.Text(id)
	}
	if err != nil {
		return nil, backup.Certificate{}, err
	}
	c, err := backup.ParseCertificate(b)
	if err == nil && c.Place != d.place() {
		err = fmt.Errorf("certificate: want vault %s on %s, found %s on %s", d.vault, d.network, c.Place.Vault, c.Place.Chain)
	}
	return b, c, err
}

func drillShowCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show CERT",
		Short:   "show a certificate and whether it counts",
		Long:    "A certificate counts when it passed, has not expired, and two distinct officers of those present signed it. With --html it is also written as a page for paper, with a map where it tells of places.",
		Example: "strongroom drill show drill.txt --html drill.html",
		Args:    cobra.ExactArgs(1),
	}
	html := cmd.Flags().String("html", "", "also write it as a page for people to the new `FILE`")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.showCertificate(args[0], *html, *asJSON) })
	}
	return cmd
}

func (d *desk) showCertificate(arg, html string, asJSON bool) error {
	p, err := d.inForce()
	if err != nil {
		return err
	}
	b, c, err := d.certificate(arg)
	if err != nil {
		return err
	}
	id := text.Identity(b)
	good, err := d.certified(p, b)
	verdict := d.judgeCertificate(c, good, err)
	if html != "" {
		if err := d.printCertificate(p, html, c, good, verdict); err != nil {
			return err
		}
	}
	if asJSON {
		return errors.Join(d.world.JSON(certificateJSON(c, id, good.Signers())), cli.Reported(verdict))
	}
	fmt.Fprint(d.world.Out, string(b))
	d.world.Text("")
	d.world.Field("certificate", id.String())
	if signers := good.Signers(); len(signers) > 0 {
		d.world.Field("signed by", list(signers))
	}
	d.tellLeave(c)
	if err := d.tellSeed(p, c); err != nil {
		return err
	}
	if unshown := c.Unshown(); len(unshown) > 0 {
		d.world.Warnf("not shown by what came back: %s; the lines above say why", list(unshown))
	}
	if verdict != nil {
		return verdict
	}
	d.world.Field("counts until", c.Expires.Format(time.RFC3339)+" by the clock")
	d.world.Text("\nChecked without this program:\n")
	for _, line := range d.stockCertificate(p, id) {
		fmt.Fprintln(d.world.Out, line)
	}
	return nil
}

// printCertificate writes the page of a certificate.
func (d *desk) printCertificate(p *policy.Policy, out string, c backup.Certificate, good backup.Certified, verdict error) error {
	x := backup.CertificatePage{Certificate: c, Signers: good.Signers()}
	if verdict != nil {
		x.Verdict = verdict.Error()
	} else {
		x.Stock = d.stockCertificate(p, good.ID())
	}
	b, err := x.Render()
	if err != nil {
		return err
	}
	return writeOut(out, b)
}

// tellLeave says by whose leave it was restored. Nothing else is said of a restore
// that nobody was asked about: it is no fault, but somebody has to know why.
func (d *desk) tellLeave(c backup.Certificate) {
	if c.Approval.IsZero() {
		d.world.Warnf("nobody was asked for leave: this restore has no proposal; ask %s why", list(c.Present))
		return
	}
	d.world.Field("approved by", "proposal "+c.Approval.Short())
	if _, err := d.reg.Text(c.Approval); err != nil {
		d.world.Warnf("the proposal %s is not in this registry: %v", c.Approval.Short(), err)
	}
}

// tellSeed says who chose the store, and looks the block up: one that is not in
// the chain could have been made up to choose this store.
func (d *desk) tellSeed(p *policy.Policy, c backup.Certificate) error {
	chain, err := d.chain(p)
	if err != nil {
		return err
	}
	at, known := chain.PointAt(c.Seed.Height)
	switch {
	case c.Seed == (backup.Block{}):
		d.world.Field("chosen by", "people")
	case c.Seed.Height == 0:
		d.world.Field("chosen by", "a block whose height nobody told")
	case !known:
		d.world.Field("chosen by", fmt.Sprintf("block %d, which is not among the headers here", c.Seed.Height))
	case text.Hash(at.Hash) != c.Seed.Hash:
		d.world.Warnf("seed: want block %d as it is in the chain, %s, found %s: it chose no store", c.Seed.Height, at.Hash, c.Seed.Hash)
	default:
		d.world.Field("chosen by", fmt.Sprintf("block %d, as it is in the chain", c.Seed.Height))
	}
	return nil
}

// judgeCertificate says why a certificate does not count, if it doesn't.
func (d *desk) judgeCertificate(c backup.Certificate, good backup.Certified, why error) error {
	switch {
	case why != nil:
		return cli.Refusal{Sentence: why.Error(), Codes: []string{codeSigners}, Hint: "strongroom drill sign CERT", Call: list(c.Present)}
	case !good.Certificate().Passed():
		return cli.Refusal{Sentence: "certificate: want a drill that passed, found one that failed", Codes: []string{codeFailed}, Hint: "strongroom backup run", Call: "whoever looks after the backups"}
	case good.Certificate().Expired(d.world.Now()):
		return cli.Refusal{Sentence: "certificate: want one that counts, found that it expired " + c.Expires.Format(time.RFC3339), Codes: []string{codeExpired}, Hint: "strongroom drill start --place NAME --operator ID --reason TEXT -o DIR"}
	}
	return nil
}

// certified verifies a certificate with the signatures that the registry holds.
// Whoever was not there, and what does not verify, is passed over: anybody can
// put a signature into a registry.
func (d *desk) certified(p *policy.Policy, b []byte) (backup.Certified, error) {
	c, err := backup.ParseCertificate(b)
	if err != nil {
		return backup.Certified{}, err
	}
	files, _, err := d.reg.SignatureFiles(p, text.Identity(b), "certificate")
	if err != nil {
		return backup.Certified{}, err
	}
	var keys []backup.OfficerKey
	for _, k := range p.Signers {
		keys = append(keys, backup.OfficerKey{Officer: k.Officer, Key: k.Key, Factor: p.FactorOf(k.Officer)})
	}
	var sigs [][]byte
	for _, f := range files {
		if f.Act != quorum.Certify || !slices.Contains(c.Present, f.Officer) {
			continue
		}
		if verifySignature(p, b, f) == nil {
			sigs = append(sigs, f.Bytes)
		}
	}
	return backup.VerifyCertificate(b, sigs, keys)
}

func (d *desk) stockCertificate(p *policy.Policy, id text.Hash) []string {
	lines := []string{"cd " + quoted(filepath.Join(d.dir.Path(), registryIn)), "t=$(mktemp -d)",
		fmt.Sprintf(`sed -n 's/^signer //p' texts/%s* > "$t/roster"`, p.Hash().Short())}
	files, _, err := d.reg.SignatureFiles(p, id, "certificate")
	if err != nil {
		return lines
	}
	for _, s := range files {
		if s.Act == quorum.Certify {
			lines = append(lines, stockSignature(id, s)...)
		}
	}
	return lines
}
