package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/signer"
)

func (p *program) recordCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "record BUNDLE",
		Short: "judge a bundle, and begin the wait of what has to wait",
		Long: "Judges each proposal of the bundle, shows it, asks you to type parts of it, and writes down that " +
			"it was here: its waiting time begins with that record. Freezes and cancellations take effect. " +
			"Nothing is signed, and no passphrase is asked for. Take the log to the desk, and come back with " +
			"'release' when enough blocks lie on top.",
		Example: "strongroom-signer record carrier/bundle -o carrier/recorded-a --operator frank",
		Args:    oneFolder,
	}
	out := cmd.Flags().StringP("out", "o", "", "write the log into `DIR`, a new or empty folder (default: BUNDLE.SIGNER, beside the bundle)")
	codes := codesFlags(cmd)
	confirm, operators, json := cli.ConfirmFD(cmd), operatorFlag(cmd), cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return p.record(args[0], *out, codes, *confirm, *operators, *json)
	}
	return cmd
}

// record is one whole visit without a key:
//
//  1. read and judge; nothing is on disk yet, and the answer's folder is made
//  2. take what only stops something
//  3. show the rest and have a person confirm each that may begin to wait
//  4. record those, and what was refused; end the session
//  5. write the answer: the log that says so
func (p *program) record(bundle, out string, codes *leaving, confirm int, operators []string, json bool) error {
	if err := p.look(); err != nil {
		return err
	}
	p.confine(reach{read: []string{bundle}, make: []string{cmp.Or(out, bundle), *codes.folder}})
	return p.visit(bundle, quorum.Record, out, codes, operators, json, func(t *visit, s signer.Session) ([]quorum.File, string, error) {
		if err := t.brakes(s); err != nil {
			return nil, "", err
		}
		note, err := t.beginnings(confirm, s)
		return nil, note, err
	})
}
