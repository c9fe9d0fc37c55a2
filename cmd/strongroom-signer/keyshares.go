package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
)

func (p *program) keySharesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "shares",
		Short:   "list who holds the wallet key's shares, and which of them were proven",
		Example: "strongroom-signer key shares\nstrongroom-signer key shares --json",
	}
	json := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) (err error) {
		m, err := p.open()
		if err != nil {
			return err
		}
		defer give(m, &err)
		all := m.Shares()
		if len(all) == 0 {
			return noKey()
		}
		report, err := sharesOf(m, all)
		if err != nil {
			return explain(err)
		}
		if *json {
			return p.world.JSON(report)
		}
		banner(p.world, m.Setup().Network)
		p.showShares(report)
		return nil
	}
	return cmd
}

// sharesReport is every generation of the key's shares, the newest first.
type sharesReport struct {
	Fingerprint string             `json:"fingerprint"`
	Generations []generationReport `json:"generations"`
}

type generationReport struct {
	Generation uint64        `json:"generation"`
	Ceremony   string        `json:"ceremony"`
	Transcript string        `json:"transcript"`
	Opens      string        `json:"opens"`
	Newest     bool          `json:"newest"`
	Shares     []shareReport `json:"shares"`
}

type shareReport struct {
	Holder     string  `json:"holder"`
	Site       string  `json:"site"`
	Group      int     `json:"group"`
	Number     int     `json:"number"`
	Seal       string  `json:"seal"`
	Clear      bool    `json:"clear"` // may be printed in clear words
	Commitment string  `json:"commitment"`
	Proven     *uint32 `json:"proven"` // block height; null for never
	Wrong      int     `json:"wrong"`  // entries since it was last opened
	Kept       bool    `json:"kept"`   // a sealed copy is still on this machine
}

func sharesOf(m *signer.Machine, all []record.Shares) (sharesReport, error) {
	kept, err := m.SealedShares()
	if err != nil {
		return sharesReport{}, err
	}
	r := sharesReport{Fingerprint: fmt.Sprintf("%x", all[0].Fingerprint)}
	for i := len(all) - 1; i >= 0; i-- {
		g := all[i]
		out := generationReport{Generation: g.Generation, Ceremony: string(g.Ceremony), Transcript: g.Transcript.String(),
			Opens: signer.Needs(g), Newest: i == len(all)-1}
		clear := clearIn(m, g)
		for _, s := range g.Shares {
			_, here := kept[s.Holder]
			one := shareReport{Holder: string(s.Holder), Site: string(g.Sites[s.Group-1].Site), Group: s.Group, Number: s.Number,
				Seal: string(s.Seal), Clear: slices.Contains(clear, s.Holder), Commitment: s.Commitment.String(), Wrong: m.State().Failed(g.Fingerprint, g.Generation, s.Holder), Kept: here && out.Newest}
			if tips := m.State().Proven(g.Fingerprint, g.Generation, s.Holder); len(tips) > 0 {
				height := tips[len(tips)-1].Height
				one.Proven = &height
			}
			out.Shares = append(out.Shares, one)
		}
		r.Generations = append(r.Generations, out)
	}
	return r, nil
}

func (p *program) showShares(r sharesReport) {
	w := p.world
	w.Field("key", r.Fingerprint)
	for _, g := range r.Generations {
		w.Text("")
		w.Field("generation", fmt.Sprintf("%d, by ceremony %s, transcript %s", g.Generation, g.Ceremony, g.Transcript[:16]))
		w.Field("opens with", g.Opens)
		var rows [][]string
		for _, s := range g.Shares {
			rows = append(rows, []string{s.Holder, s.Site, sealedTo(s), provenAt(s), copies(s)})
		}
		w.Table([]string{"holder", "site", "sealed to", "proven", "here"}, rows)
		if !g.Newest {
			w.Text("An older generation rebuilds the same key for ever: whoever holds enough of it has the key.")
		}
	}
}

// sealedTo says to what a share is sealed, and whether a sheet of it need not be.
func sealedTo(s shareReport) string {
	if s.Clear {
		return s.Seal + ", CLEAR WORDS"
	}
	return s.Seal
}

func provenAt(s shareReport) string {
	switch {
	case s.Wrong > 0:
		return fmt.Sprintf("%d wrong", s.Wrong)
	case s.Proven == nil:
		return "never"
	case *s.Proven == 0:
		return "before any block"
	}
	return fmt.Sprintf("at block %d", *s.Proven)
}

func copies(s shareReport) string {
	if s.Kept {
		return "a copy, until it is proven"
	}
	return ""
}

func (p *program) keyVerifyShareCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify-share HOLDER",
		Short: "prove that one holder's own copy of a share is good, without any other",
		Long: "Opens one share and compares it with the commitment in the log. It needs nobody but its holder. " +
			"The copy that this machine kept from the ceremony is removed then: from here on the share is where its holder is. " +
			"Its words are typed (HOLDER=words) only where the vault's annex workstation has clear-words.",
		Example: "strongroom-signer key verify-share alice --share /media/alice/share-1c3a5f77-1-alice.age",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("%s: want one holder, found %d arguments", cmd.CommandPath(), len(args))
			}
			return nil
		},
	}
	confirm := cli.ConfirmFD(cmd)
	f := holderFlagsOf(cmd, confirm)
	out := outFlag(cmd, "the log")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return p.verifyShare(args[0], f, *out) }
	return cmd
}

func (p *program) verifyShare(name string, f holderFlags, out string) error {
	holder, err := text.ParseID(name)
	if err != nil {
		return cli.Usagef("holder: %w", err)
	}
	hint := fmt.Sprintf("strongroom-signer key verify-share %s -o DIR", name)
	return p.atHome(f.reach(), out, hint, func(m *signer.Machine, s signer.Session, a *answer) error {
		if err := p.prove(m, s, holder, f); err != nil {
			return err
		}
		return a.write(logFiles(m)...)
	})
}

// prove opens one holder's share and has the log say that it is good.
func (p *program) prove(m *signer.Machine, session signer.Session, holder text.ID, f holderFlags) error {
	share, wait, err := m.AskShare(holder)
	if err != nil {
		return explain(err)
	}
	p.hold(p.world, wait)
	s, err := p.only(f, share)
	if err != nil {
		return err
	}
	rules, err := m.Workstation()
	if err != nil {
		return explain(err)
	}
	if err := mayType(rules.Allowed(policy.AllowClearWords), s); err != nil {
		return err
	}
	words, err := p.words(s, share, *f.passphrase)
	if err != nil {
		return p.unproven(m, session, holder, err)
	}
	defer cli.Wipe(words)
	if err := m.ProveShare(session, holder, words); err != nil {
		return explain(err)
	}
	banner(p.world, m.Setup().Network)
	p.world.Field("proven", fmt.Sprintf("the share of %s is intact and of the newest generation", holder))
	p.world.Field("commitment", share.Commitment.String())
	return nil
}

// only returns the one share that the flags name, or asks for it.
func (p *program) only(f holderFlags, share record.Share) (source, error) {
	list, err := f.sources()
	if err != nil {
		return source{}, err
	}
	if len(list) == 0 {
		return p.askSource(p.world, *f.confirm, share)
	}
	if len(list) != 1 || list[0].holder != share.Holder {
		return source{}, cli.Usagef("share: want that of %s alone, found %s, first that of %s", share.Holder, counted(len(list), "share"), list[0].holder)
	}
	return list[0], nil
}
