package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/media"
	"strongroom/quorum/text"
)

// mediaFlags are what every statement takes.
type mediaFlags struct {
	witness, place, memo, at string
	holds                    []string
	key                      keyFlags
	confirm                  *int
}

func addMediaFlags(cmd *cobra.Command, f *mediaFlags) {
	flags := cmd.Flags()
	flags.StringVar(&f.witness, "witness", "", "who saw it and signs too, an officer's `ID`")
	flags.StringVar(&f.place, "place", "", "where it is now, an `ID` (default: where it was)")
	flags.StringVar(&f.memo, "memo", "", "one line of `TEXT`")
	flags.StringVar(&f.at, "at", "", "on which `DAY`, as 2026-11-22 (default: today, UTC)")
	flags.StringArrayVar(&f.holds, "holds", nil, "what lies on it beside what did, as `THING`: 'share FINGERPRINT GENERATION HOLDER', 'home SIGNER', 'backup STORE', bundles or desk; repeat")
	f.key, f.confirm = addKeyFlags(cmd), cli.ConfirmFD(cmd)
	for _, name := range []string{"witness", "memo"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
}

func mediaAdd(w cli.World, home *string) *cobra.Command {
	var f mediaFlags
	var kind, description, serial, seal string
	cmd := &cobra.Command{
		Use:   "add MEDIUM",
		Short: "register a medium: what it is, what is on it, where it is",
		Long: "Writes the first statement about a medium and signs it (act media). It counts once the witness has signed it too: strongroom media sign. " +
			"Statements are never changed or taken out; each later one names the one before.",
		Example: "strongroom media add stick-77 --kind stick --description 'Acme Z1, 8 GB' --serial AB12345 \\\n" +
			"  --holds 'share 1e1f6e20 1 alice' --seal 0412 --place geneva --witness grace --memo 'from the ceremony'",
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&kind, "kind", "", "what it is: card, disk, hardware-key, other, paper or stick")
	cmd.Flags().StringVar(&description, "description", "", "maker and model, one line of `TEXT`")
	cmd.Flags().StringVar(&serial, "serial", "", "serial `NUMBER`")
	cmd.Flags().StringVar(&seal, "seal", "", "`NUMBER` of the bag that it is sealed in (default: in use, not sealed)")
	addMediaFlags(cmd, &f)
	for _, name := range []string{"kind", "description", "serial", "place"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return changeDesk(w, *home, func(d *desk) error {
			return d.state(args[0], f, true, func(s *media.Statement) {
				s.Kind, s.Description, s.Serial = media.Kind(kind), description, serial
				bagged(s, seal)
			})
		})
	}
	return cmd
}

// bagged puts a medium into a bag, or in use.
func bagged(s *media.Statement, seal string) {
	s.State, s.Seal = media.InUse, seal
	if seal != "" {
		s.State = media.Sealed
	}
}

func mediaMove(w cli.World, home *string) *cobra.Command {
	var f mediaFlags
	cmd := &cobra.Command{
		Use:     "move MEDIUM",
		Short:   "say where a medium is now, or that it was seen there, or what else lies on it",
		Example: "strongroom media move stick-77 --place oslo --witness grace --memo 'by courier, bag whole'",
		Args:    cobra.ExactArgs(1),
	}
	addMediaFlags(cmd, &f)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return changeDesk(w, *home, func(d *desk) error {
			return d.state(args[0], f, false, func(s *media.Statement) {
				if s.State != media.Sealed {
					s.State = media.InUse // also of one that was lost, and of one that was wiped
				}
			})
		})
	}
	return cmd
}

func mediaSeal(w cli.World, home *string) *cobra.Command {
	var f mediaFlags
	var seal string
	cmd := &cobra.Command{
		Use:     "seal MEDIUM --seal NUMBER",
		Short:   "say that a medium lies in a sealed bag, or with --seal none that it was taken out",
		Example: "strongroom media seal stick-77 --seal 0413 --witness grace --memo 'after the release'",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&seal, "seal", "", "`NUMBER` of the bag, or none")
	addMediaFlags(cmd, &f)
	cobra.CheckErr(cmd.MarkFlagRequired("seal"))
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if seal == "none" {
			seal = ""
		}
		return changeDesk(w, *home, func(d *desk) error {
			return d.state(args[0], f, false, func(s *media.Statement) { bagged(s, seal) })
		})
	}
	return cmd
}

func mediaLost(w cli.World, home *string) *cobra.Command {
	var f mediaFlags
	cmd := &cobra.Command{
		Use:     "lost MEDIUM",
		Short:   "say that nobody knows where a medium is",
		Long:    "What was on it counts as being in strange hands from then on: 'strongroom wallet shares' counts it with the shares of people who have left. When it is found again: strongroom media move.",
		Example: "strongroom media lost stick-77 --witness grace --memo 'not in the safe'",
		Args:    cobra.ExactArgs(1),
	}
	addMediaFlags(cmd, &f)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return changeDesk(w, *home, func(d *desk) error {
			return d.state(args[0], f, false, func(s *media.Statement) { s.State, s.Seal = media.Lost, "" })
		})
	}
	return cmd
}

func mediaWipe(w cli.World, home *string) *cobra.Command {
	var f mediaFlags
	var method, tool, verified string
	cmd := &cobra.Command{
		Use:   "wipe MEDIUM",
		Short: "say how a medium was sanitized, in the words of NIST SP 800-88",
		Long: "Sanitize the medium first and look whether anything is left. With the method destroy it is never used again; clear and purge leave a medium that holds nothing. " +
			"At the signer whose key it held, 'strongroom-signer key wipe' writes the same into its log.",
		Example: "strongroom media wipe stick-77 --method destroy --tool 'shredder, DIN 66399 P-7' \\\n  --verified 'pieces under 5 square mm' --witness grace --memo 'alice left'",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&method, "method", "", "clear, purge or destroy")
	cmd.Flags().StringVar(&tool, "tool", "", "the tool, its version and settings, one line of `TEXT`")
	cmd.Flags().StringVar(&verified, "verified", "", "how it was seen that nothing is left, one line of `TEXT`")
	addMediaFlags(cmd, &f)
	for _, name := range []string{"method", "tool", "verified"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return changeDesk(w, *home, func(d *desk) error {
			return d.state(args[0], f, false, func(s *media.Statement) {
				s.State, s.Seal, s.Holds, s.Method, s.Tool, s.Verified = media.Wiped, "", nil, media.Method(method), tool, verified
				if s.Method == media.Destroy {
					s.State = media.Destroyed
				}
			})
		})
	}
	return cmd
}

// state makes the next statement about a medium, shows it, and signs it once the
// first digits of its hash are typed.
func (d *desk) state(name string, f mediaFlags, first bool, change func(*media.Statement)) error {
	v, err := d.view()
	if err != nil {
		return err
	}
	key, by, done, err := f.key.signer(d.world, v.policy)
	if err != nil {
		return err
	}
	defer done()
	s, was, err := d.begun(name, first)
	if err != nil {
		return err
	}
	s.By, s.Memo, s.Method, s.Tool, s.Verified = by, f.memo, "", "", ""
	if err := f.fill(&s, d.world.Now()); err != nil {
		return err
	}
	change(&s)
	if s.Holds = slices.Compact(slices.SortedFunc(slices.Values(s.Holds), media.Held.Compare)); !first {
		if why := media.Follows(was, s); why != "" {
			return refuse(quorum.MedChain, "medium %s: %s", s.Medium, why)
		}
	}
	b, err := s.Bytes()
	if err == nil {
		_, err = media.Parse(b)
	}
	if err != nil {
		return cli.Usagef("%w", err)
	}
	showStatement(d.world, mediumReport(media.Medium{}, media.Signed{Statement: s, Hash: text.Identity(b)}))
	d.world.Field("id", text.Identity(b).String())
	if err := d.confirmID(*f.confirm, text.Identity(b)); err != nil {
		return err
	}
	if _, err := d.reg.PutText(b); err != nil {
		return err
	}
	if err := d.signAs(v.policy, key, by, media.Namespace(), b); err != nil {
		return err
	}
	d.world.Field("waiting for", string(s.Witness))
	showCommand(d.world, "next", "strongroom media sign "+text.Identity(b).Short())
	return nil
}

// begun returns the statement that a new one begins as, and the one before.
func (d *desk) begun(name string, first bool) (s, was media.Statement, err error) {
	id, err := text.ParseID(name)
	if err != nil {
		return s, was, cli.Usagef("medium: %w", err)
	}
	r, err := d.register()
	if err != nil {
		return s, was, err
	}
	for _, x := range r.Waiting {
		if x.Medium == id {
			return s, was, cli.Hint(fmt.Errorf("medium %s: want its last statement signed first, found it waiting for %s", id, list(x.Missing())), "strongroom media sign %s", x.Hash.Short())
		}
	}
	m, known := r.Of(id)
	switch {
	case first && known:
		return s, was, cli.Hint(fmt.Errorf("medium: want a new name, found %s, which is registered", id), "strongroom media show %s", id)
	case first:
		return media.Statement{Vault: d.vault, Medium: id}, was, nil
	case !known:
		return s, was, cli.Hint(fmt.Errorf("medium: want one of the register, found %s", id), "strongroom media add %s", id)
	case m.Forked:
		return s, was, chainFault(r)
	}
	was = m.Now.Statement
	s = was
	s.Previous, s.Holds = m.Now.Hash, slices.Clone(was.Holds)
	return s, was, nil
}

// fill takes what every statement's flags say.
func (f mediaFlags) fill(s *media.Statement, now time.Time) error {
	var err error
	if s.Witness, err = text.ParseID(f.witness); err != nil {
		return cli.Usagef("--witness: %w", err)
	}
	if f.place != "" {
		if s.Place, err = text.ParseID(f.place); err != nil {
			return cli.Usagef("--place: %w", err)
		}
	}
	if s.At = f.at; f.at == "" {
		s.At = now.UTC().Format(time.DateOnly)
	}
	for _, x := range f.holds {
		h, err := media.ParseHeld(strings.TrimSpace(x))
		if err != nil {
			return cli.Usagef("--holds: %w", err)
		}
		s.Holds = append(s.Holds, h)
	}
	return nil
}

func mediaSign(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "sign STATEMENT",
		Short:   "sign a statement as its witness, or as who did it",
		Long:    "Shows the statement and signs it (act media) once the first digits of its hash are typed. Or with stock tools: ssh-keygen -Y sign -n media.v1@strongroom, and strongroom receive.",
		Example: "strongroom media sign 4f1c09ab --key ~/.ssh/id_ed25519",
		Args:    cobra.ExactArgs(1),
	}
	key, confirm := addKeyFlags(cmd), cli.ConfirmFD(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return changeDesk(w, *home, func(d *desk) error { return d.signStatement(args[0], key, *confirm) })
	}
	return cmd
}

func (d *desk) signStatement(prefix string, f keyFlags, fd int) error {
	v, err := d.view()
	if err != nil {
		return err
	}
	h, err := d.reg.Find(prefix)
	if err != nil {
		return err
	}
	b, err := d.reg.Text(h)
	if err != nil {
		return err
	}
	s, err := media.Parse(b)
	if err != nil {
		return fmt.Errorf("statement %s: %w", h.Short(), err)
	}
	key, who, done, err := f.signer(d.world, v.policy)
	if err != nil {
		return err
	}
	defer done()
	if who != s.By && who != s.Witness {
		return errors.New("statement: want the signature of " + string(s.By) + " or " + string(s.Witness) + ", found the key of " + string(who))
	}
	showStatement(d.world, mediumReport(media.Medium{}, media.Signed{Statement: s, Hash: h}))
	d.world.Field("id", h.String())
	if err := d.confirmID(fd, h); err != nil {
		return err
	}
	return d.signAs(v.policy, key, who, media.Namespace(), b)
}
