package main

import (
	"fmt"
	"path/filepath"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
)

func rewrapHeaderCommand(w cli.World, home *string) *cobra.Command {
	return headerCommand(w, home, (*opening).wrapLayer, headerWords{
		of:      "backup rewrap",
		short:   "wrap a snapshot's layer anew for the present recipients, as one of its officers",
		unless:  "the proposal has its approvals and has not expired, names the very recipients of the policy in force",
		shows:   "It shows who is meant, and asks for the first digits of the proposal's id. Then it takes the file keys out of the headers and wraps them for those recipients. There is no way to name another.",
		besides: " Neither gets the other's file keys. A recipient's plugin must be on this machine.",
	})
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
	o.tellLayer(w, "wrapped", layer, "backup rewrap", f.out,
		fmt.Sprintf("strongroom backup rewrap finish %s %s --key KEY   # at the desk, with a maker's key", o.order.id.Short(), quoted(filepath.Base(f.out))))
	return nil
}

// wrapFor opens one layer of every segment and wraps it for its group, under the
// name that the new header has in a store.
func (o *opening) wrapFor(groups backup.Layers, layer int, ids []age.Identity, out *durable.Dir) (map[string][]byte, error) {
	return o.eachSegment(layer, ids, out, func(g backup.Segment, header []byte) (string, []byte, error) {
		b, err := wrapAnew(header, groups[layer-1], ids)
		if err == nil && layer == 2 {
			b, err = backup.WrapInner(b, groups[0])
		}
		return backup.HeaderName(g.Name, layer, b).Name, b, err
	})
}
