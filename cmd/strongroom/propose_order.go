package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// askCommand is a command that asks officers for something that moves no coins.
func askCommand(w cli.World, home *string, cmd *cobra.Command, f *askFlags, body func(*desk, *view, []string) (quorum.Body, error)) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			return d.ask(cmd.Context(), *f, false, func(v *view) (quorum.Body, error) { return body(d, v, args) })
		})
	}
	addAskFlags(cmd, f, true)
	return cmd
}

// thawCommand lifts a freeze.
func thawCommand(w cli.World, home *string) *cobra.Command {
	return askCommand(w, home, &cobra.Command{
		Use:   "thaw ID",
		Short: "lift a freeze",
		Long: "Proposes to lift the freeze whose id begins with ID, as queue lists it. It takes the seats and the wait that the policy asks for act thaw.\n" +
			"Each signer lifts it for itself: carry the thaw to all of them.",
		Example: "strongroom propose thaw 4f1c09ab --memo \"laptop found, keys replaced\"",
		Args:    cobra.ExactArgs(1),
	}, &askFlags{}, (*desk).thaw)
}

func (d *desk) thaw(v *view, args []string) (quorum.Body, error) {
	if err := d.readBrakes(v); err != nil {
		return nil, err
	}
	b, err := v.findFreeze(args[0])
	return quorum.Thaw{Lifts: b.id}, cli.Hint(err, "strongroom queue")
}

// resyncCommand puts a signer back to work.
func resyncCommand(w cli.World, home *string) *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "resync SIGNER",
		Short: "put a signer back to work that stopped itself or was restored",
		Long: "Proposes that a signer goes on with its newest log of the registry. Everything that was proposed before is dead on it afterwards.\n" +
			"After an alarm nothing was lost, and the log is taken as it is. After a restore from a copy the machine has an older log: name it with --from, as 'strongroom-signer status' shows it on the machine.",
		Example: "strongroom propose resync signer-a --memo \"alarm of 12 October was a test\"\n" +
			"strongroom propose resync signer-a --memo \"disk replaced\" \\\n  --from 12:y92ELf5KOekNFaRuRHJfLI1bL5ZGX3uq42EH6aH04v0=",
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&from, "from", "", "the log that the machine has, `SIZE:ROOT` (default: the registry's, if the signer stopped itself)")
	return askCommand(w, home, cmd, &askFlags{}, func(d *desk, v *view, args []string) (quorum.Body, error) {
		body, err := v.resyncOf(args[0], from)
		if err == nil && body.From == body.To && from != "" && !v.stopped(body.Device) {
			d.world.Warnf("nothing is wrong with %s by its newest log here; a resync only kills there what was proposed before", body.Device)
		}
		return body, err
	})
}

// stopped says that a signer stopped itself, by its newest log here.
func (v *view) stopped(device text.ID) bool {
	return slices.ContainsFunc(v.signers, func(s signerLog) bool {
		_, yes := s.state.Quarantined()
		return s.device == device && yes
	})
}

// resyncOf finds out which log a signer has, and which it shall have.
func (v *view) resyncOf(name, from string) (r quorum.Resync, err error) {
	if names := v.scopeNames(record.ScopeSigner); !slices.Contains(names, text.ID(name)) {
		return r, cli.Usagef("resync: want one of %s, found %q", list(names), name)
	}
	i := slices.IndexFunc(v.signers, func(s signerLog) bool { return string(s.device) == name })
	if i < 0 {
		return r, refuse(quorum.LimUnproven, "signer %s: want its log in the registry, found none", name)
	}
	s := v.signers[i]
	c := s.proven.Checkpoint()
	r = quorum.Resync{Device: s.device, To: record.LogHead{Size: c.Size, Root: c.Root}}
	r.From = r.To
	if from == "" {
		if _, stopped := s.state.Quarantined(); !stopped {
			return r, cli.Hint(fmt.Errorf("resync: want a signer that stopped itself, or --from, found that nothing puts %s in doubt by its newest log here", s.device),
				"strongroom-signer status   # on %s, then --from SIZE:ROOT", s.device)
		}
		return r, nil
	}
	r.From, err = parseLogHead(from)
	if err != nil {
		return r, cli.Usagef("--from: %w", err)
	}
	if r.From.Size > r.To.Size {
		return r, cli.Hint(fmt.Errorf("--from: want at most the %d records of %s that the registry has, found %d", r.To.Size, s.device, r.From.Size), "strongroom receive DIR")
	}
	if root, err := s.proven.Root(r.From.Size); err != nil || root != r.From.Root {
		return r, refuse(quorum.StateFork, "--from: want the first %d records of the log of %s, root %s, found %s: it wrote others; replace the signer", r.From.Size, s.device, root, auditlog.Root(r.From.Root))
	}
	return r, nil
}

func parseLogHead(s string) (record.LogHead, error) {
	size, root, ok := strings.Cut(s, ":")
	if !ok {
		return record.LogHead{}, fmt.Errorf("want SIZE:ROOT, found %q", s)
	}
	n, err := text.ParseUint(size, maxLogRecords)
	if err != nil {
		return record.LogHead{}, fmt.Errorf("size: %w", err)
	}
	r, err := auditlog.ParseRoot(root)
	return record.LogHead{Size: int64(n), Root: r}, err
}

// rehearsalCommand asks officers to show that they are there.
func rehearsalCommand(w cli.World, home *string) *cobra.Command {
	var statement string
	cmd := &cobra.Command{
		Use:   "rehearsal",
		Short: "ask the officers to show that they can be reached",
		Long: "Proposes a statement that moves nothing. Every officer who can be reached approves it; a signer writes down who did.\n" +
			"It shows that people hold their keys and that the way to a signer works, before it matters.",
		Example: "strongroom propose rehearsal --statement \"autumn rehearsal 2026\" \\\n  --memo \"yearly\"",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&statement, "statement", "", "what the officers sign, one line of `TEXT`")
	cobra.CheckErr(cmd.MarkFlagRequired("statement"))
	return askCommand(w, home, cmd, &askFlags{}, func(*desk, *view, []string) (quorum.Body, error) {
		if err := text.CheckRest(statement); err != nil {
			return nil, cli.Usagef("--statement: %w", err)
		}
		return quorum.Rehearsal{Statement: statement}, nil
	})
}

// restoreFlags say which backup is read, where, and by whom.
type restoreFlags struct {
	snapshot, store, place, operator string
	recipients                       []string
}

// restoreCommand asks for leave to read a backup.
func restoreCommand(w cli.World, home *string) *cobra.Command {
	var f restoreFlags
	cmd := &cobra.Command{
		Use:   "restore",
		Short: "ask for leave to read a backup",
		Long: "Proposes that an operator reads one snapshot from one store at one place. The officers who hold its keys open it to the recipients named, the outer layer first.\n" +
			"The snapshot is named by the SHA-256 of its manifest, as 'strongroom backup list' shows it.",
		Example: "strongroom propose restore --store frankfurt --place room-2 --operator alice \\\n  --memo \"desk burnt\" \\\n" +
			"  --recipient age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq \\\n" +
			"  --snapshot 5be1a6a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f405162738495a6b7c8d9e0",
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.snapshot, "snapshot", "", "the SHA-256 of the snapshot's manifest, `HASH`")
	flags.StringVar(&f.store, "store", "", "the store that it is read from, `NAME`")
	flags.StringVar(&f.place, "place", "", "where it is read, `NAME`")
	flags.StringVar(&f.operator, "operator", "", "the officer who reads it, `ID`")
	flags.StringArrayVar(&f.recipients, "recipient", nil, "open it to `AGE`, one a layer, the outer first; repeatable")
	for _, name := range []string{"snapshot", "store", "place", "operator", "recipient"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
	return askCommand(w, home, cmd, &askFlags{}, func(*desk, *view, []string) (quorum.Body, error) { return f.body() })
}

func (f restoreFlags) body() (quorum.Body, error) {
	b := quorum.Restore{Recipients: f.recipients}
	var errs [4]error
	b.Snapshot, errs[0] = text.ParseHash(f.snapshot)
	b.Store, errs[1] = text.ParseID(f.store)
	b.Place, errs[2] = text.ParseID(f.place)
	b.Operator, errs[3] = text.ParseID(f.operator)
	for i, flag := range []string{"--snapshot", "--store", "--place", "--operator"} {
		if errs[i] != nil {
			errs[i] = cli.Usagef("%s: %w", flag, errs[i])
		}
	}
	return b, errors.Join(errs[:]...)
}
