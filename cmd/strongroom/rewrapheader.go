package main

import (
	"fmt"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
)

func rewrapHeaderCommand(w cli.World, home *string) *cobra.Command {
	var f headerFlags
	cmd := &cobra.Command{
		Use:   "header FOLDER",
		Short: "wrap a snapshot's layer anew for the present recipients, as one of its officers",
		Long: "Run it on a machine without a network, on what 'backup rewrap bundle' wrote. It needs no home: the policy is followed from the genesis hash, which you take from your own paper. It refuses unless the proposal has its approvals and has not expired, names the very recipients of the policy in force, and the manifest and the age headers are those that were signed.\n" +
			"It shows who is meant, and asks for the first digits of the proposal's id. Then it takes the file keys out of the headers and wraps them for those recipients. There is no way to name another.\n" +
			"With two layers the outer group's officer goes first; the inner group's takes the same folder OUT and completes it. Neither gets the other's file keys. A recipient's plugin must be on this machine.",
		Example: "strongroom backup rewrap header to-officers --genesis 5be1a6a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f405162738495a6b7c8d9e0 \\\n  --identity id_ed25519 -o headers",
		Args:    cobra.ExactArgs(1),
	}
	f.add(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		genesis, err := genesisOrHome(w, *home, f.genesis)
		if err != nil {
			return err
		}
		return inRelease(w, args[0], genesis, func(o *opening) error { return o.wrapLayer(w, f) })
	}
	return cmd
}

// wrapLayer goes its way in this order: for whom; whose key it is and what layer
// it opens; what it means, confirmed; the headers, all of them in memory; the
// files.
func (o *opening) wrapLayer(w cli.World, f headerFlags) error {
	if err := o.forRewrap(); err != nil {
		return err
	}
	groups, err := o.groups()
	if err != nil {
		return err
	}
	layer, err := o.eachHeader(w, f, "wrap the layer anew", func(layer int, ids []age.Identity, out *durable.Dir) (map[string][]byte, error) {
		return o.wrapFor(groups, layer, ids, out)
	})
	if err != nil {
		return err
	}
	w.Text("")
	w.Field("wrapped", fmt.Sprintf("layer %d of %d", layer, len(groups)))
	nextRewrap(w, o, layer, f.out)
	return nil
}

// wrapFor opens one layer of every segment and wraps it for its group. What is to
// be written is returned by name: the header under the name that it has in a
// store, and for the inner group what it needs of the outer.
func (o *opening) wrapFor(groups backup.Layers, layer int, ids []age.Identity, out *durable.Dir) (map[string][]byte, error) {
	files := map[string][]byte{}
	bearer, err := o.bearer(layer, files)
	if err != nil {
		return nil, err
	}
	for _, g := range o.manifest.Segments {
		was := g.Headers[layer-1].Name
		header := o.headers[was]
		if layer == 2 {
			if header, err = o.inner(g, out); err != nil {
				return nil, err
			}
		}
		b, err := wrapAnew(header, groups[layer-1], ids)
		if err == nil && layer == 2 {
			b, err = backup.WrapInner(b, groups[0])
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", was, err)
		}
		files[backup.HeaderName(g.Name, layer, b).Name] = b
		if bearer != nil {
			if files[slip(g.Headers[1])], err = o.slipFor(g, bearer, ids); err != nil {
				return nil, fmt.Errorf("%s: %w", g.Headers[1].Name, err)
			}
		}
	}
	return files, nil
}
