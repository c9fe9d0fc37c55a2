package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/ceremony"
)

func (p *program) keySheetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sheet HOLDER",
		Short: "print one holder's share in clear words, where vault and ceremony allow it",
		Long: "Opens one share and writes its sheet, with the words for anybody to read, into a named pipe from which another " +
			"program prints it: it is never a file. The vault's annex workstation must have clear-words, and the plan of the " +
			"ceremony that made the share a line for this holder; both are in the inventory, and the log says that it was printed. " +
			"Sheets without words are what a ceremony writes.",
		Example: "mkfifo pipe    # and in another terminal, with what prints HTML there: PRINT < pipe\n" +
			"strongroom-signer key sheet alice --share /media/alice/share-1c3a5f77-1-alice.age --to pipe",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("%s: want one holder, found %d arguments", cmd.CommandPath(), len(args))
			}
			return nil
		},
	}
	confirm := cli.ConfirmFD(cmd)
	f := holderFlagsOf(cmd, confirm)
	to := cmd.Flags().String("to", "", "the named `PIPE` that takes the page")
	if err := cmd.MarkFlagRequired("to"); err != nil {
		panic("strongroom-signer: " + err.Error())
	}
	out := outFlag(cmd, "the log")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return p.sheet(args[0], f, *to, *out) }
	return cmd
}

func (p *program) sheet(name string, f holderFlags, to, out string) error {
	holder, err := text.ParseID(name)
	if err != nil {
		return cli.Usagef("holder: %w", err)
	}
	if !isPipe(to) {
		return cli.Hint(fmt.Errorf("%s: want a named pipe, found another file: a share is never written in the clear", to), "mkfifo pipe")
	}
	if err := p.look(); err != nil {
		return err
	}
	r := f.reach()
	r.write = append(r.write, to)
	hint := fmt.Sprintf("strongroom-signer key sheet %s --to PIPE -o DIR", name)
	return p.atHome(r, out, hint, func(m *signer.Machine, s signer.Session, a *answer) error {
		if err := p.mayPrint(m, holder); err != nil {
			return err
		}
		if err := p.printClear(m, s, holder, f, to); err != nil {
			return err
		}
		return a.write(logFiles(m)...)
	})
}

// mayPrint refuses a sheet that the vault, or the ceremony, has not foreseen,
// before anything is opened.
func (p *program) mayPrint(m *signer.Machine, holder text.ID) error {
	newest, err := m.NewestShares()
	if err != nil {
		return explain(err)
	}
	rules, err := m.Workstation()
	if err != nil {
		return explain(err)
	}
	reasons := p.unfit(rules.Allowed(policy.AllowNetwork))
	add := func(format string, args ...any) {
		reasons = append(reasons, quorum.Because(quorum.KeyFactor, format, args...))
	}
	if !rules.Allowed(policy.AllowClearWords) {
		add("share of %s: want clear-words allowed by annex workstation, found it not there", holder)
	}
	if !slices.Contains(clearIn(m, newest), holder) {
		add("share of %s: want a ceremony whose plan has it in clear words, found one without", holder)
	}
	if len(reasons) > 0 {
		return refuse(refused{reasons: reasons})
	}
	return nil
}

// clearIn returns the holders whose shares of a generation may be printed in clear
// words, as the transcript of its ceremony says; nobody where it cannot be read.
func clearIn(m *signer.Machine, g record.Shares) []text.ID {
	b, err := m.Transcript(g.Transcript)
	if err != nil {
		return nil
	}
	t, err := ceremony.ParseTranscript(b)
	if err != nil {
		return nil
	}
	return t.Clear
}

// printClear opens one share, has the log say that it is printed, and prints it.
func (p *program) printClear(m *signer.Machine, session signer.Session, holder text.ID, f holderFlags, to string) error {
	share, wait, err := m.AskShare(holder)
	if err != nil {
		return explain(err)
	}
	p.hold(p.world, wait)
	s, err := p.only(f, share)
	if err != nil {
		return err
	}
	if s.file == "" || s.file == typedWords || isPipe(s.file) {
		return errors.New("share: want its sealed file, which is on the sheet too, found another source")
	}
	words, err := p.words(s, share, *f.passphrase)
	if err != nil {
		return p.unproven(m, session, holder, err)
	}
	defer cli.Wipe(words)
	page, err := p.clearPage(m, holder, s, words)
	if err != nil {
		return err
	}
	defer cli.Wipe(page)
	if err := m.PrintShare(session, holder, words); err != nil {
		return explain(err)
	}
	if err := through(to, page); err != nil {
		return err
	}
	banner(p.world, m.Setup().Network)
	p.world.Field("printed", fmt.Sprintf("the share of %s, IN CLEAR WORDS: whoever sees the paper has the share", holder))
	p.world.Field("commitment", share.Commitment.String())
	return nil
}

func (p *program) clearPage(m *signer.Machine, holder text.ID, s source, words []byte) ([]byte, error) {
	newest, err := m.NewestShares()
	if err != nil {
		return nil, explain(err)
	}
	file, err := p.world.ReadFile(s.file, maxShareFile)
	if err != nil {
		return nil, err
	}
	setup := m.Setup()
	return ceremony.PrintShareInClear(ceremony.ShareSheet{Vault: setup.Vault, Signer: setup.Device, Chain: setup.Network, Holder: holder, Shares: newest, File: file}, words)
}

// through writes a page into a named pipe.
func through(path string, page []byte) (err error) {
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer give(w, &err)
	_, err = w.Write(page)
	return err
}
