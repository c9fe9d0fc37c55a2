package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
)

// headerFlags are how an officer opens a layer.
type headerFlags struct {
	genesis, identity, officer, out string
	passphrase, confirm             *int
}

// headerWords are what such a command says of itself; of is the command that it
// belongs to.
type headerWords struct{ of, short, unless, shows, besides string }

// headerCommand is what an officer runs on a folder of 'bundle'.
func headerCommand(w cli.World, home *string, do func(*opening, cli.World, headerFlags) error, told headerWords) *cobra.Command {
	var f headerFlags
	cmd := &cobra.Command{
		Use:   "header FOLDER",
		Short: told.short,
		Long: "Run it on a machine without a network, on what '" + told.of + " bundle' wrote. It needs no home: the policy is followed from the genesis hash, which you take from your own paper. It refuses unless " + told.unless + ", and the manifest and the age headers are those that were signed.\n" +
			told.shows + "\n" +
			"With two layers the outer group's officer goes first; the inner group's takes the same folder OUT and completes it." + told.besides,
		Example: "strongroom " + told.of + " header to-officers --genesis 5be1a6a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f405162738495a6b7c8d9e0 \\\n  --identity id_ed25519 -o headers",
		Args:    cobra.ExactArgs(1),
	}
	f.add(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		genesis, err := genesisOrHome(w, *home, f.genesis)
		if err != nil {
			return err
		}
		return inRelease(w, args[0], genesis, func(o *opening) error { return do(o, w, f) })
	}
	return cmd
}

// add adds the flags to a command.
func (f *headerFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.genesis, "genesis", "", "the first policy's `HASH`, from your own paper (default: that of the home)")
	cmd.Flags().StringVarP(&f.identity, "identity", "i", "", "your key `FILE`: of age, of an age plugin, or an ssh-ed25519 key")
	cmd.Flags().StringVar(&f.officer, "officer", "", "who you are, `ID`; a plugin's key does not tell")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write the headers into `OUT`: new, or as the outer group's officer left it")
	f.passphrase, f.confirm = cli.PassphraseFD(cmd), cli.ConfirmFD(cmd)
	for _, name := range []string{"identity", "output"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
}

// genesisOrHome is the hash given, or that of the officer's own home.
func genesisOrHome(w cli.World, home, given string) (text.Hash, error) {
	if given != "" {
		return genesisFlag(given)
	}
	if home == "" && w.Env("STRONGROOM_HOME") == "" {
		return text.Hash{}, cli.Usagef("genesis: want --genesis HASH, or --home DIR with your own texts, found neither")
	}
	var genesis text.Hash
	err := inDesk(w, home, func(d *desk) error {
		p, err := d.policy()
		if err == nil {
			genesis = p.Hash()
		}
		return err
	})
	return genesis, err
}

// tellLayer says which layer was done and what comes next: the same by an officer of
// the layer below, or after the last one what is given.
func (o *opening) tellLayer(w cli.World, done string, layer int, of, out, last string) {
	layers, next := len(o.body.Recipients), last
	if layer < layers {
		next = fmt.Sprintf("strongroom %s header FOLDER --genesis HASH --identity FILE -o %s   # one of: %s", of, quoted(out), strings.Join(openersOf(o.manifest, layer+1), ", "))
	}
	w.Text("")
	w.Field(done, fmt.Sprintf("layer %d of %d", layer, layers))
	showCommand(w, "next", next)
}
