package main

import (
	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
)

// root returns the whole tree of commands: one line for each noun, in the order
// in which a vault meets them.
func root(w cli.World) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "strongroom",
		Short:   "bitcoin in cold storage, moved only by a quorum",
		Example: "strongroom init --home vault --vault acme-treasury --chain regtest --preset team",
		Version: version,
	}
	home := homeFlag(cmd)
	for _, noun := range []func(cli.World, *string) *cobra.Command{
		initCommand,
		registryCommand,
		nodeCommand,
		officerCommand,
		programCommand,
		ceremonyCommand,
		receiveCommand,
		walletCommand,
		mediaCommand,
		policyCommand,
		consentCommand,
		logCommand,
		proposeCommand,
		queueCommand,
		reviewCommand,
		approveCommand,
		vetoCommand,
		clearCommand,
		freezeCommand,
		whyCommand,
		buildCommand,
		bundleCommand,
		handoutCommand,
		combineCommand,
		broadcastCommand,
		backupCommand,
		drillCommand,
		verifyCommand,
		demoCommand,
	} {
		cmd.AddCommand(noun(w, home))
	}
	return cmd
}
