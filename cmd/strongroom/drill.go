package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// drillCommand is for restores that prove a backup.
func drillCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{Use: "drill", Short: "restores that prove a backup", Example: "strongroom drill restored /tmp/empty --snapshot 7 --store frankfurt --seconds 95 --present alice --present dave"}
	cmd.AddCommand(drillRestoredCommand(w, home), drillSignCommand(w, home), drillShowCommand(w, home), drillListCommand(w, home))
	return cmd
}

// drillFlags is what the people at a drill tell the program.
type drillFlags struct {
	snapshot uint64
	store    string
	seconds  uint64
	present  []string
	tools    []string
	days     uint16
	out      string
}

func drillRestoredCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restored DIR",
		Short: "judge a folder that stock tools restored, and write the certificate",
		Long: "DIR was restored from a store by age, zstd and tar alone. It is judged by its content: every file as SHA256SUMS and the signed manifest say, the policy with everybody's consent, descriptors that derive the known addresses, logs that replay to their signed heads, every release judged again.\n\n" +
			"The certificate states what was found, good or bad, and counts when two of those present signed it (strongroom drill sign).",
		Example: "mkdir empty && cd empty && cat HEADER PAYLOAD | age -d -i id_ed25519 | zstd -d | tar x\n  strongroom drill restored empty --snapshot 7 --store frankfurt --seconds 95 \\\n    --present alice --present dave -o drill.txt",
		Args:    cobra.ExactArgs(1),
	}
	var f drillFlags
	cmd.Flags().Uint64Var(&f.snapshot, "snapshot", 0, "snapshot `N` is what was restored (default: the newest)")
	cmd.Flags().StringVar(&f.store, "store", "", "the store `NAME` it was fetched from")
	cmd.Flags().Uint64Var(&f.seconds, "seconds", 0, "measured from the first byte fetched to the last file restored, in seconds `S`")
	cmd.Flags().StringArrayVar(&f.present, "present", nil, "an `OFFICER` who was there and will sign (at least two)")
	cmd.Flags().StringArrayVar(&f.tools, "tool", nil, "a program that took part, `NAME=VERSION` (default: the age, zstd, tar and sha256sum of this machine)")
	cmd.Flags().Uint16Var(&f.days, "days", certificateDays, "for how many days the certificate counts, `N`")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "also write the certificate to the new `FILE`")
	asJSON := cli.JSONFlag(cmd)
	for _, name := range []string{"store", "seconds", "present"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic("strongroom: " + err.Error())
		}
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.judgeRestored(cmd.Context(), args[0], f, *asJSON) })
	}
	return cmd
}

// judgeRestored judges a restored folder and writes its certificate.
func (d *desk) judgeRestored(ctx context.Context, path string, f drillFlags, asJSON bool) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	p := versions[0]
	c := backup.Certificate{Place: d.place(), Level: backup.V5, Seconds: f.seconds, Restored: d.world.Now().UTC().Truncate(time.Second)}
	if err := f.fill(&c, p); err != nil {
		return err
	}
	if c.Tools, err = f.toolList(); err != nil {
		return err
	}
	all, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	snapshot, err := snapshotNumbered(all, f.snapshot)
	if err != nil {
		return err
	}
	if !slices.Contains(snapshot.on, c.Store) {
		return cli.Hint(fmt.Errorf("store %s: want snapshot %d in it, found none", c.Store, snapshot.Manifest().Number), "strongroom backup list")
	}
	c.Manifest, c.NewestFile = snapshot.id, snapshot.Manifest().Taken
	r := restored{world: d.world, desk: d, genesis: versions[len(versions)-1].Hash(), policy: p, snapshot: snapshot, workers: runtime.GOMAXPROCS(0)}
	c.Checks, c.NewestRecord = r.judge(path)
	return d.writeCertificate(c, f.out, asJSON)
}

// fill takes store, people and expiry from the flags.
func (f drillFlags) fill(c *backup.Certificate, p *policy.Policy) error {
	var err error
	if c.Store, err = text.ParseID(f.store); err != nil {
		return cli.Usagef("--store: %v", err)
	}
	for _, s := range f.present {
		o, ok := p.Officer(text.ID(s))
		if !ok {
			return cli.Usagef("--present: want an officer of policy %d, found %q", p.Version, s)
		}
		c.Present = append(c.Present, o.ID)
	}
	slices.Sort(c.Present)
	if c.Present = slices.Compact(c.Present); len(c.Present) < 2 {
		return cli.Usagef("--present: want at least two officers, found %d", len(c.Present))
	}
	if f.days < 1 || f.days > maxCertificateDays {
		return cli.Usagef("--days: want 1 to %d, found %d", maxCertificateDays, f.days)
	}
	c.Expires = c.Restored.AddDate(0, 0, int(f.days))
	return nil
}

// writeCertificate stores the text, shows it and says who has to sign.
func (d *desk) writeCertificate(c backup.Certificate, out string, asJSON bool) error {
	b, err := c.Render()
	if err != nil {
		return err
	}
	if out != "" {
		if err := writeOut(out, b); err != nil {
			return err
		}
	}
	id, err := d.reg.PutText(b)
	if err != nil {
		return err
	}
	if !c.Passed() {
		err = cli.Refusal{Sentence: "drill: want a restored folder that holds what was saved, found one that does not", Codes: []string{codeFailed},
			Hint: "strongroom drill show " + id.Short(), Call: "whoever looks after the backups, today"}
	}
	if asJSON {
		return errors.Join(d.world.JSON(certificateJSON(c, id, nil)), cli.Reported(err))
	}
	fmt.Fprint(d.world.Out, string(b))
	d.world.Text("")
	d.world.Field("certificate", id.String())
	d.world.Hintf("strongroom drill sign %s   # each of: %s", id.Short(), list(c.Present))
	return err
}

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
		Long:    "A certificate counts when it passed, has not expired, and two distinct officers of those present signed it.",
		Example: "strongroom drill show drill.txt",
		Args:    cobra.ExactArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.showCertificate(args[0], *asJSON) })
	}
	return cmd
}

func (d *desk) showCertificate(arg string, asJSON bool) error {
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
	if asJSON {
		return errors.Join(d.world.JSON(certificateJSON(c, id, good.Signers())), cli.Reported(verdict))
	}
	fmt.Fprint(d.world.Out, string(b))
	d.world.Text("")
	d.world.Field("certificate", id.String())
	if signers := good.Signers(); len(signers) > 0 {
		d.world.Field("signed by", list(signers))
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

// judgeCertificate says why a certificate does not count, if it doesn't.
func (d *desk) judgeCertificate(c backup.Certificate, good backup.Certified, why error) error {
	switch {
	case why != nil:
		return cli.Refusal{Sentence: why.Error(), Codes: []string{codeSigners}, Hint: "strongroom drill sign CERT", Call: list(c.Present)}
	case !good.Certificate().Passed():
		return cli.Refusal{Sentence: "certificate: want a drill that passed, found one that failed", Codes: []string{codeFailed}, Hint: "strongroom backup run", Call: "whoever looks after the backups"}
	case good.Certificate().Expired(d.world.Now()):
		return cli.Refusal{Sentence: "certificate: want one that counts, found that it expired " + c.Expires.Format(time.RFC3339), Codes: []string{codeExpired}, Hint: "strongroom drill restored DIR --snapshot N --store NAME --seconds S"}
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

func drillListCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "the drills that count or did", Example: "strongroom drill list"}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.listDrills(*asJSON) })
	}
	return cmd
}

func (d *desk) listDrills(asJSON bool) error {
	p, err := d.inForce()
	if err != nil {
		return err
	}
	drills, err := d.drills(p)
	if err != nil {
		return err
	}
	slices.SortFunc(drills, func(a, b backup.Certified) int { return a.Certificate().Restored.Compare(b.Certificate().Restored) })
	items, rows := []any{}, [][]string{}
	for _, g := range drills {
		c := g.Certificate()
		items = append(items, certificateJSON(c, g.ID(), g.Signers()))
		counts := "until " + c.Expires.Format(time.DateOnly)
		if c.Expired(d.world.Now()) {
			counts = "expired"
		}
		rows = append(rows, []string{g.ID().Short(), c.Restored.Format(time.DateOnly), string(c.Store), text.FormatUint(c.Seconds), list(g.Signers()), counts})
	}
	if asJSON {
		return d.world.JSON(items)
	}
	if len(rows) == 0 {
		d.world.Text("No drill passed yet.")
		return nil
	}
	d.world.Table([]string{"certificate", "restored", "store", ">seconds", "signed by", "counts"}, rows)
	return nil
}

func certificateJSON(c backup.Certificate, id text.Hash, signers []text.ID) any {
	type checkJSON struct {
		Name string `json:"name"`
		OK   bool   `json:"ok"`
		Text string `json:"text"`
	}
	checks := []checkJSON{}
	for _, k := range c.Checks {
		checks = append(checks, checkJSON{string(k.Name), k.OK, k.Text})
	}
	var tools []string
	for _, t := range c.Tools {
		tools = append(tools, string(t.Name)+" "+t.Version)
	}
	return struct {
		ID       string      `json:"certificate"`
		Manifest string      `json:"manifest"`
		Store    text.ID     `json:"store"`
		Level    string      `json:"level"`
		Restored string      `json:"restored"`
		Seconds  uint64      `json:"seconds"`
		Records  uint64      `json:"newest_record"`
		Checks   []checkJSON `json:"checks"`
		Tools    string      `json:"tools"`
		Passed   bool        `json:"passed"`
		Present  []text.ID   `json:"present"`
		Signers  []text.ID   `json:"signers"`
		Expires  string      `json:"expires"`
	}{id.String(), c.Manifest.String(), c.Store, c.Level.String(), c.Restored.Format(time.RFC3339), c.Seconds, c.NewestRecord, checks,
		strings.Join(tools, ", "), c.Passed(), c.Present, append([]text.ID{}, signers...), c.Expires.Format(time.RFC3339)}
}
