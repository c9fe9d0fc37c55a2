package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
)

func nodeCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "node",
		Short:   "how the bitcoin node is reached, and what it says",
		Example: "strongroom node status",
	}
	cmd.AddCommand(nodeSet(w, home), nodeStatus(w, home))
	return cmd
}

func nodeSet(w cli.World, home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "set FILE",
		Short: "take a file that says how the node is reached",
		Long: "The file has the lines url, user and password-file (or cookie-file alone), and certificate. " +
			"It names the files that hold the password and the certificate, by paths that begin with /; they are never copied.",
		Example: "printf '%s\\n' 'url https://127.0.0.1:18334' 'user desk' 'password-file /etc/strongroom/node.password'" +
			" \\\n  'certificate /etc/strongroom/node.cert' > node.txt\nstrongroom node set node.txt",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			b, err := w.ReadFile(args[0], maxNodeFile)
			if err != nil {
				return err
			}
			c, err := readNode(w, b)
			if err != nil {
				return err
			}
			return changeDesk(w, *home, func(d *desk) error {
				if err := d.dir.WriteFile(nodeFile, b); err != nil {
					return err
				}
				w.Text("The desk asks %s from now on.", c)
				w.Hintf("strongroom node status")
				return nil
			})
		},
	}
}

// nodeJSON is what a node says and what the desk's headers make of it.
type nodeJSON struct {
	Node    string `json:"node"`
	Chain   string `json:"chain"`
	Test    bool   `json:"test"`
	Height  uint32 `json:"height"`
	Hash    string `json:"hash"`
	Known   bool   `json:"known"` // the desk's headers lead to it
	Headers int    `json:"headers"`
}

func nodeStatus(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "ask the node for its tip and check its headers",
		Long: "Asks the node for its last block. It also brings the node's headers " +
			"into the registry, from the policy's origin block on, checks work and links, and tells whether they lead to that block.",
		Example: "strongroom node status --json",
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return inDesk(w, *home, func(d *desk) error {
			r, err := d.nodeReport(cmd)
			if err != nil {
				return err
			}
			if *asJSON {
				return w.JSON(r)
			}
			banner(w, d.network)
			w.Field("node", strings.TrimPrefix(r.Node, "node "))
			w.Field("chain", r.Chain)
			w.Field("tip", fmt.Sprintf("block %d %s", r.Height, r.Hash))
			switch {
			case r.Known:
				w.Field("headers", fmt.Sprintf("%d checked, up to that block", r.Headers))
			case r.Headers > 0:
				w.Field("headers", fmt.Sprintf("%d checked, not yet up to that block", r.Headers))
			default:
				w.Field("headers", "none checked")
			}
			return nil
		})
	}
	return cmd
}

func (d *desk) nodeReport(cmd *cobra.Command) (nodeJSON, error) {
	ctx := cmd.Context()
	n, err := d.node(ctx)
	if err != nil {
		return nodeJSON{}, err
	}
	defer n.Close()
	p, _, err := d.rules()
	if err != nil {
		return nodeJSON{}, err
	}
	c, err := d.syncFrom(ctx, n, p)
	if err != nil {
		return nodeJSON{}, err
	}
	tip, err := n.Tip(ctx)
	if err != nil {
		return nodeJSON{}, err
	}
	known, ok := c.Tip()
	return nodeJSON{
		Node: n.String(), Chain: d.network.String(), Test: d.network.Test(), Height: tip.Height, Hash: tip.Hash.String(),
		Known: ok && known.Height == tip.Height && known.Hash.String() == tip.Hash.String(), Headers: c.Len(),
	}, nil
}
