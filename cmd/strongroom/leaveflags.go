package main

import (
	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
)

// leaveFlags are what leave to open a snapshot is asked with, be it for a drill or
// to wrap its headers anew.
type leaveFlags struct {
	askFlags
	snapshot              snapshotWanted
	rewrap                rewrapWanted
	store, site, operator string
}

// leaveWords are what a command says of those flags that mean something of their
// own in it.
type leaveWords struct{ snapshot, store, site, operator string }

// add adds the flags to a command.
func (f *leaveFlags) add(cmd *cobra.Command, told leaveWords) {
	flags := cmd.Flags()
	flags.Var(&f.snapshot, "snapshot", told.snapshot)
	f.rewrap.add(cmd)
	flags.StringVar(&f.store, "store", "", told.store)
	flags.StringVar(&f.site, "place", "", told.site)
	flags.StringVar(&f.operator, "operator", "", told.operator)
	flags.StringVar(&f.memo, "reason", "", "why, one line of `TEXT`")
	f.addExpiry(cmd, "the proposal")
	f.addKey(cmd)
	for _, name := range []string{"place", "operator", "reason"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
}

// idFlag reads the id that a flag was given.
func idFlag(flag, s string) (text.ID, error) {
	id, err := text.ParseID(s)
	if err != nil {
		return "", cli.Usagef("--%s: %v", flag, err)
	}
	return id, nil
}
