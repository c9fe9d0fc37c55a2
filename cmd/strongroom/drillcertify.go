package main

import (
	"errors"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func drillCertifyCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "certify DIR",
		Short: "write the certificate of what was judged, and erase the one-time keys",
		Long: "Writes down what 'drill judge' found, good or bad: who had access, when, why and by whose approval; how long people took and how long machines; what would have been lost. It names the certificate before it. It counts when two of those present signed it (strongroom drill sign).\n" +
			"The one-time keys in DIR are overwritten and removed; the rest of DIR is yours to delete.",
		Example: "strongroom drill certify drill-4 --present alice --present dave",
		Args:    cobra.ExactArgs(1),
	}
	var f drillFlags
	f.addPeople(cmd)
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			return inDrill(args[0], func(dir *durable.Dir, n drillNote) error { return d.certifyDrill(dir, n, f, *asJSON) })
		})
	}
	return cmd
}

// certifyDrill writes the certificate and, once it is safe, erases the keys.
func (d *desk) certifyDrill(dir *durable.Dir, n drillNote, f drillFlags, asJSON bool) error {
	if n.Judged == nil {
		return cli.Hint(errors.New("drill: want what came back judged, found that it was not"), "strongroom drill judge %s", quoted(dir.Path()))
	}
	p, err := d.inForce()
	if err != nil {
		return err
	}
	c, err := d.certificateOf(n, p, f)
	if err != nil {
		return err
	}
	told := d.writeCertificate(c, f.out, asJSON)
	var refused cli.Refusal
	if told != nil && !errors.As(told, &refused) && !asJSON {
		return told
	}
	_, err = eraseKeys(dir, len(n.Recipients))
	return errors.Join(told, err)
}

// certificateOf turns the note of a drill into its certificate.
func (d *desk) certificateOf(n drillNote, p *policy.Policy, f drillFlags) (backup.Certificate, error) {
	j := n.Judged
	c := backup.Certificate{Place: d.place(), Store: n.Store, Level: backup.V5, Site: n.Site, Reason: n.Reason, Disaster: n.Disaster, NewestFile: n.Taken,
		Restored: j.At, Phases: n.phases(), NewestRecord: j.Records, Checks: j.Checks, Versions: j.Versions, Access: j.Access,
		Origin: j.Places.Origin, Located: j.Places.Stores}
	var errs [3]error
	c.Manifest, errs[0] = text.ParseHash(n.Manifest)
	c.Approval, errs[1] = text.ParseHash(n.Proposal)
	if n.Seed != "" {
		c.Seed.Height = n.SeedHeight
		c.Seed.Hash, errs[2] = text.ParseHash(n.Seed)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return c, err
	}
	for _, x := range c.Phases {
		if !x.Human {
			c.Seconds += x.Seconds
		}
	}
	rules, err := d.backupRules(p)
	if err != nil {
		return c, err
	}
	if err := f.fill(&c, p, rules); err != nil {
		return c, err
	}
	if c.Tools, err = f.toolList(); err != nil {
		return c, err
	}
	c.Previous, err = d.lastCertificate(p)
	return c, err
}

func drillEndCommand(w cli.World) *cobra.Command {
	return &cobra.Command{
		Use:     "end DIR",
		Short:   "give a drill up: erase its one-time keys",
		Long:    "Overwrites and removes the one-time keys, without which nothing that was released opens anything. 'drill certify' does so by itself. The proposal stays; 'strongroom propose cancel ID' kills it.",
		Example: "strongroom drill end drill-4",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return inDrill(args[0], func(dir *durable.Dir, n drillNote) error {
				erased, err := eraseKeys(dir, len(n.Recipients))
				if err == nil {
					w.Text("%s erased. The rest of %s can be deleted.", count(erased, "key"), args[0])
				}
				return err
			})
		},
	}
}
