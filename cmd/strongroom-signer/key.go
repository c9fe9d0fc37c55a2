package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/signer"
	"strongroom/signer/keystore"
)

func (p *program) keyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "key",
		Short:   "make this machine's wallet key, show its public part",
		Example: "strongroom-signer key create -o carrier/key-a",
	}
	cmd.AddCommand(p.keyCreateCommand(), p.keyShowCommand())
	return cmd
}

func (p *program) keyCreateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create",
		Short: "draw a new seed and seal it with a passphrase",
		Long: "Draws 24 words from the operating system's generator, seals them with your passphrase " +
			"and writes down only what is public. The words are never shown. The passphrase is seven or " +
			"more words drawn by dice; without it the key is lost.",
		Example: "strongroom-signer key create -o carrier/key-a",
	}
	passphrase := cli.PassphraseFD(cmd)
	out := outFlag(cmd, "the key record, the log's verifier and the log")
	cmd.RunE = func(*cobra.Command, []string) error { return p.createKey(*passphrase, *out) }
	return cmd
}

func (p *program) createKey(fd int, out string) (err error) {
	s, err := p.session(nil)
	if err != nil {
		return err
	}
	m, err := p.open()
	if err != nil {
		return err
	}
	defer give(m, &err)
	if n := len(m.State().Keys()); n > 0 {
		return cli.Hint(fmt.Errorf("key: want one wallet key a machine, found one already made"), "strongroom-signer key show")
	}
	a, err := openAnswer(out)
	if err != nil {
		return cli.Hint(err, "strongroom-signer key create -o DIR")
	}
	defer give(a, &err)
	banner(p.world, m.Setup().Network)
	pass, err := p.world.Passphrase(fd, "new passphrase for the wallet key", true)
	if err != nil {
		return err
	}
	defer cli.Wipe(pass)
	if err := keystore.CheckPassphrase(pass); err != nil {
		return explain(err)
	}
	record, err := m.MakeKey(s, p.world.Rand, pass, p.workFactor)
	if err != nil {
		return explain(err)
	}
	p.showKey(m, record)
	return a.write(keyFiles(m, record)...)
}

func (p *program) keyShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show",
		Short:   "show the wallet key's public part and the log's verifier",
		Example: "strongroom-signer key show -o carrier/key-a",
	}
	out := outFlag(cmd, "the key record, the log's verifier and the log")
	cmd.RunE = func(*cobra.Command, []string) (err error) {
		m, err := p.open()
		if err != nil {
			return err
		}
		defer give(m, &err)
		if len(m.State().Keys()) == 0 {
			return cli.Hint(errors.New("key: want a wallet key on this machine, found none"), "strongroom-signer key create -o DIR")
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
		return a.write(keyFiles(m, record)...)
	}
	return cmd
}

func (p *program) showKey(m *signer.Machine, r custody.KeyRecord) {
	origin := r.Key.Origin()
	p.world.Field("fingerprint", fmt.Sprintf("%x", origin.Fingerprint))
	p.world.Field("path", "m"+origin.String()[8:])
	p.world.Field("public key", r.Key.Extended())
	p.world.Field("log key", m.Verifier().String())
}

func keyFiles(m *signer.Machine, r custody.KeyRecord) []quorum.File {
	files := []quorum.File{
		{Name: fmt.Sprintf("keyrecord-%x.txt", r.Key.Origin().Fingerprint), Bytes: r.Bytes()},
		{Name: string(m.Setup().Device) + ".verifier", Bytes: []byte(m.Verifier().String() + "\n")},
	}
	return append(files, logFiles(m)...)
}
