package main

import (
	"time"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/record"
	"strongroom/signer/host"
)

// program is what every command closes over.
type program struct {
	world      cli.World
	workFactor int // scrypt's cost of a new share, as a power of two
	pause      func(time.Duration)
	homeFlag   *string          // --home
	walls      host.Report      // how far the process is confined; nil before it is
	network    host.Finding     // what look saw of the machine's network
	integrity  record.Integrity // and of its files
	assessed   record.Assessed  // and of all that was looked at
}

// root builds the command tree.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "strongroom-signer",
		Short: "the air-gapped signer: judges, logs, signs",
		Long: "The air-gapped signer. It holds one key of a wallet and signs a withdrawal only " +
			"after it has judged for itself that the officers of its policy approved exactly that. " +
			"Everything it decides is in its log before anything leaves.",
		Example: `export STRONGROOM_SIGNER_HOME=$HOME/signer-a
strongroom-signer init --vault acme-treasury --signer signer-a --chain regtest
strongroom-signer key ceremony carrier/plan.txt -o carrier/key-a
strongroom-signer trust carrier/founding
strongroom-signer enroll carrier/founding -o carrier/enrolled-a
strongroom-signer record carrier/large -o carrier/recorded-a --operator frank
strongroom-signer release carrier/bundle -o carrier/answer-a --operator frank`,
		Version: version,
	}
	p.homeFlag = cli.HomeFlag(root, homeVariable)
	root.AddCommand(p.initCommand(), p.keyCommand(), p.trustCommand(), p.enrollCommand(), p.statusCommand(),
		p.logCommand(), p.inspectCommand(), p.recordCommand(), p.releaseCommand(), p.doctorCommand(), p.integrityCommand())
	return root
}

// screen is where a person reads: standard output, or standard error when
// standard output holds a machine's report.
func (p *program) screen(json bool) cli.World {
	w := p.world
	if json {
		w.Out = w.Err
	}
	return w
}

// oneFolder is the argument rule of commands that are brought a folder.
func oneFolder(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return cli.Usagef("%s: want one folder, found %d arguments", cmd.CommandPath(), len(args))
	}
	return nil
}
