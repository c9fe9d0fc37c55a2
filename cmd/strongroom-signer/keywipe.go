package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// wipeFlags are the fields of a sanitization record.
type wipeFlags struct {
	medium, held, method, tool, verified, destination *string
	by                                                *[]string
	home                                              *bool
}

func (p *program) keyWipeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "wipe",
		Short: "write down that a medium which held something of a key was sanitized",
		Long: "Sanitize the medium first, with a tool of its own, and look whether anything is left: this command does " +
			"neither. It writes a record with the fields of the certificate in NIST SP 800-88 into the log: clear, purge or " +
			"destroy. Two people at least have to have seen it.\n" +
			"With --this-signer the medium is the one that this home lies on, and the record is the last of its log: carry the log to the desk, and sanitize it then. That is refused (KEY-INUSE) while an active or next wallet names this machine's key. " +
			"Register it at the desk too: strongroom media wipe.",
		Example: "strongroom-signer key wipe --medium \"stick, Acme Z1, serial 77\" \\\n" +
			"  --held \"share of alice, generation 1\" --method destroy --tool \"shredder P-7\" \\\n" +
			"  --verified \"pieces under 5 square mm\" --destination \"waste\" --by alice --by grace",
		Args: cobra.NoArgs,
	}
	one := func(name, usage string) *string { return cmd.Flags().String(name, "", usage) }
	f := wipeFlags{
		medium: one("medium", "what it is, its maker and serial number"), held: one("held", "what was on it"),
		method: one("method", "clear, purge or destroy"), tool: one("tool", "the tool, its version and settings"),
		verified: one("verified", "how it was seen that nothing is left"), destination: one("destination", "where it went"),
		home: cmd.Flags().Bool("this-signer", false, "the medium is the one that this home lies on"),
		by:   cmd.Flags().StringArray("by", nil, "who did it and who saw it, an `ID`; once for each"),
	}
	for _, name := range []string{"medium", "held", "method", "tool", "verified", "destination", "by"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic("strongroom-signer: " + err.Error())
		}
	}
	out := outFlag(cmd, "the log")
	cmd.RunE = func(*cobra.Command, []string) error { return p.wiped(f, *out) }
	return cmd
}

func (p *program) wiped(f wipeFlags, out string) error {
	w, err := f.record()
	if err != nil {
		return err
	}
	return p.atHome(reach{}, out, "strongroom-signer key wipe ... -o DIR", func(m *signer.Machine, s signer.Session, a *answer) error {
		wiped := m.Wiped
		if *f.home {
			wiped = m.WipedHome
		}
		if err := wiped(s, w); err != nil {
			return explain(err)
		}
		banner(p.world, m.Setup().Network)
		p.world.Field("recorded", w.Medium)
		p.world.Field("held", w.Held)
		p.world.Field("method", string(w.Method)+", NIST SP 800-88")
		p.world.Field("by", named(w.By))
		if !*f.home && len(m.KeyInUse()) > 0 {
			p.world.Warnf("%s; this record is of one medium, and its key goes on", m.KeyInUse()[0].Text)
		}
		return a.write(logFiles(m)...)
	})
}

// record reads the flags; every one is a line of the record.
func (f wipeFlags) record() (w record.Wiped, err error) {
	w = record.Wiped{Medium: *f.medium, Held: *f.held, Tool: *f.tool, Verified: *f.verified, Destination: *f.destination}
	if w.Method, err = record.ParseSanitization(*f.method); err != nil {
		return w, cli.Usagef("method: %w", err)
	}
	for _, line := range [][2]string{{"medium", w.Medium}, {"held", w.Held}, {"tool", w.Tool}, {"verified", w.Verified}, {"destination", w.Destination}} {
		if err := text.CheckRest(line[1]); err != nil || strings.TrimSpace(line[1]) == "" {
			return w, cli.Usagef("%s: want a line of text, found another form", line[0])
		}
	}
	for _, s := range *f.by {
		id, err := text.ParseID(s)
		if err != nil {
			return w, cli.Usagef("by: %w", err)
		}
		w.By = append(w.By, id)
	}
	slices.Sort(w.By)
	if w.By = slices.Compact(w.By); len(w.By) < 2 {
		return w, cli.Usagef("by: want two people at least, who did it and who saw it, found %d", len(w.By))
	}
	return w, nil
}
