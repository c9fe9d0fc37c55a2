package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/signer"
)

func (p *program) keyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "key",
		Short:   "make this machine's wallet key together, and look after its shares",
		Example: "strongroom-signer key ceremony carrier/plan.txt -o carrier/key-a",
	}
	cmd.AddCommand(p.keyCeremonyCommands()...)
	cmd.AddCommand(p.keyShowCommand(), p.keySharesCommand(), p.keyVerifyShareCommand(), p.keySheetCommand(), p.keyRotateCommand(), p.keyWipeCommand())
	return cmd
}

func (p *program) keyShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show",
		Short:   "show the wallet key's public part and the log's verifier",
		Example: "strongroom-signer key show -o carrier/key-a",
	}
	out := outFlag(cmd, "the key record, the log's verifier, the log, and what backups take: transcripts and sealed shares")
	cmd.RunE = func(*cobra.Command, []string) (err error) {
		p.confine(reach{make: []string{*out}})
		m, err := p.open()
		if err != nil {
			return err
		}
		defer give(m, &err)
		if len(m.State().Keys()) == 0 {
			return noKey()
		}
		record, err := m.KeyRecord()
		if err != nil {
			return explain(err)
		}
		a, err := openAnswer(*out)
		if err != nil {
			return cli.Hint(err, "strongroom-signer key show -o DIR")
		}
		defer give(a, &err)
		banner(p.world, m.Setup().Network)
		p.showKey(m, record)
		files, err := keyFiles(m, record)
		if err != nil {
			return explain(err)
		}
		return a.write(files...)
	}
	return cmd
}

func noKey() error {
	return cli.Hint(errors.New("key: want a wallet key on this machine, found none"), "strongroom-signer key ceremony PLAN -o DIR")
}

func (p *program) showKey(m *signer.Machine, r custody.KeyRecord) {
	p.showOrigin(r)
	p.world.Field("public key", r.Key.Extended())
	if newest, err := m.NewestShares(); err == nil {
		p.world.Field("opens with", signer.Needs(newest))
	}
	p.world.Field("log key", m.Verifier().String())
}

// showOrigin shows what a key is known by.
func (p *program) showOrigin(r custody.KeyRecord) {
	origin := r.Key.Origin()
	p.world.Field("fingerprint", fmt.Sprintf("%x", origin.Fingerprint))
	p.world.Field("path", "m"+origin.String()[8:])
}

// keyFiles is what leaves about a key: all of it is public or sealed.
func keyFiles(m *signer.Machine, r custody.KeyRecord) ([]quorum.File, error) {
	files := []quorum.File{
		{Name: fmt.Sprintf("keyrecord-%x.txt", r.Key.Origin().Fingerprint), Bytes: r.Bytes()},
		{Name: string(m.Setup().Device) + ".verifier", Bytes: []byte(m.Verifier().String() + "\n")},
	}
	for _, g := range m.Shares() {
		b, err := m.Transcript(g.Transcript)
		if err != nil {
			return nil, err
		}
		files = append(files, quorum.File{Name: fmt.Sprintf("transcript-%s.txt", g.Transcript.Short()), Bytes: b})
	}
	sealed, err := m.SealedShares()
	if err != nil {
		return nil, err
	}
	newest, err := m.NewestShares()
	if err != nil {
		return nil, err
	}
	for _, s := range newest.Shares {
		if b, ok := sealed[s.Holder]; ok {
			files = append(files, quorum.File{Name: signer.ShareFile(newest, s.Holder), Bytes: b})
		}
	}
	return append(files, logFiles(m)...), nil
}
