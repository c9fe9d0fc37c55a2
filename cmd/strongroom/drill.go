package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// drillCommand is for restores that prove a backup.
func drillCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{Use: "drill", Short: "restores that prove a backup", Example: "strongroom drill start --place room-2 --operator alice --reason \"quarterly drill\" -o drill-4"}
	cmd.AddCommand(drillStartCommand(w, home), drillBundleCommand(w, home), drillHeaderCommand(w, home), drillJudgeCommand(w, home),
		drillCertifyCommand(w, home), drillEndCommand(w), drillRestoredCommand(w, home), drillSignCommand(w, home), drillShowCommand(w, home), drillListCommand(w, home))
	return cmd
}

// drillFlags is what the people at a drill tell the program.
type drillFlags struct {
	snapshot snapshotWanted
	store    string
	seconds  uint64
	site     string
	reason   string
	disaster string
	present  []string
	tools    []string
	days     uint16
	out      string
}

func drillRestoredCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restored DIR",
		Short: "judge a folder that officers restored with their own keys, and write the certificate",
		Long: "This is the way without a proposal, for the day when nobody can be asked: the certificate says 'approval none', and everybody who looks at it is told. A drill begins with 'strongroom drill start'.\n\n" +
			"DIR was restored from a store by age, zstd and tar alone. It is judged by its content: every file as SHA256SUMS and the signed manifest say, the policy with everybody's consent, descriptors that derive the known addresses, logs that replay to their signed heads, every release judged again.\n\n" +
			"The certificate states what was found, good or bad, and counts when two of those present signed it (strongroom drill sign).",
		Example: "mkdir empty && cd empty && cat HEADER PAYLOAD | age -d -i id_ed25519 | zstd -d | tar x && sha256sum -c SHA256SUMS && rm -rf .packed\n  strongroom drill restored empty --snapshot 7 --store frankfurt --seconds 95 \\\n    --present alice --present dave -o drill.txt",
		Args:    cobra.ExactArgs(1),
	}
	var f drillFlags
	cmd.Flags().Var(&f.snapshot, "snapshot", "snapshot `N` is what was restored (default: the newest)")
	cmd.Flags().StringVar(&f.store, "store", "", "the store `NAME` it was fetched from")
	cmd.Flags().Uint64Var(&f.seconds, "seconds", 0, "measured from the first byte fetched to the last file restored, in seconds `S`")
	cmd.Flags().StringVar(&f.site, "place", "", "where it was restored, `NAME`")
	cmd.Flags().StringVar(&f.reason, "reason", "restored without a proposal", "why, one line of `TEXT`")
	cmd.Flags().StringVar(&f.disaster, "disaster", "", "the disaster was at `TIME`, as 2026-11-21T20:50:00Z (default: now)")
	f.addPeople(cmd)
	asJSON := cli.JSONFlag(cmd)
	for _, name := range []string{"store", "seconds"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.judgeRestored(cmd.Context(), args[0], f, *asJSON) })
	}
	return cmd
}

// addPeople adds the flags of everything that writes a certificate.
func (f *drillFlags) addPeople(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.present, "present", nil, "an `OFFICER` who was there and will sign (at least two)")
	cmd.Flags().StringArrayVar(&f.tools, "tool", nil, "a program that took part, `NAME=VERSION` (default: the age, zstd, tar and sha256sum of this machine)")
	cmd.Flags().Uint16Var(&f.days, "days", 0, "for how many days the certificate counts, `N` (default, and at most: what annex backup says)")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "also write the certificate to the new `FILE`")
	cobra.CheckErr(cmd.MarkFlagRequired("present"))
}

// judgeRestored judges a restored folder and writes its certificate.
func (d *desk) judgeRestored(ctx context.Context, path string, f drillFlags, asJSON bool) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	p := versions[0]
	c := backup.Certificate{Place: d.place(), Level: backup.V5, Seconds: f.seconds, Restored: d.world.Now().UTC().Truncate(time.Second)}
	rules, err := d.backupRules(p)
	if err != nil {
		return err
	}
	if err := f.fill(&c, p, rules); err != nil {
		return err
	}
	if err := f.fillEmergency(&c); err != nil {
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
	snapshot, err := d.choose(versions[0], all, f.snapshot)
	if err != nil {
		return err
	}
	if !slices.Contains(snapshot.on, c.Store) {
		return cli.Hint(fmt.Errorf("store %s: want snapshot %d in it, found none", c.Store, snapshot.Manifest().Number), "strongroom backup list")
	}
	c.Manifest, c.NewestFile = snapshot.id, snapshot.Manifest().Taken
	if c.Disaster, err = d.disaster(f.disaster, snapshot); err != nil {
		return err
	}
	if c.Previous, err = d.lastCertificate(p); err != nil {
		return err
	}
	r := restored{world: d.world, desk: d, genesis: versions[len(versions)-1].Hash(), policy: p, snapshot: snapshot, workers: runtime.GOMAXPROCS(0)}
	if rules.Named { // whoever restores for real may be anywhere, so nothing is measured
		places := placesOf(rules, stores, nil)
		c.Origin, c.Located = places.Origin, places.Stores
		r.check("geography", func() (string, error) { return geographyText(rules, stores, nil) })
	}
	c.Checks, c.NewestRecord = r.judge(path)
	return d.writeCertificate(c, f.out, asJSON)
}

// fillEmergency says what a restore without a proposal can say of itself: that
// those present had access, and that the time is what they measured.
func (f drillFlags) fillEmergency(c *backup.Certificate) error {
	var err error
	if c.Store, err = idFlag("store", f.store); err != nil {
		return err
	}
	if f.site != "" {
		if c.Site, err = idFlag("place", f.site); err != nil {
			return err
		}
	}
	c.Reason = f.reason
	c.Phases = []backup.Phase{{Name: "restore", Seconds: f.seconds}}
	for _, o := range c.Present {
		c.Access = append(c.Access, backup.Access{Officer: o, At: c.Restored})
	}
	return nil
}

// fill takes people and expiry from the flags. It counts no longer than the
// policy's annex backup lets it.
func (f drillFlags) fill(c *backup.Certificate, p *policy.Policy, rules policy.Backup) error {
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
	if int(f.days) > rules.DrillDays {
		return cli.Usagef("--days: want at most %d, as the policy says, found %d", rules.DrillDays, f.days)
	}
	if f.days == 0 {
		f.days = uint16(rules.DrillDays)
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
