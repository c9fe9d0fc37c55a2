package quorum_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// A text that was kept back, or that stands on another branch, is not approved.
func TestStaleTextIsNotApproved(t *testing.T) {
	c := signertest.NewChain(t, 30)
	at := func(height uint32) quorum.Block {
		p, _ := c.Headers.PointAt(height)
		return quorum.Block{Height: height, Hash: text.Hash(p.Hash)}
	}
	upTo := func(source string, height uint32) quorum.Tip {
		h, _ := c.Headers.Prefix(height)
		p, _ := h.Tip()
		return quorum.Tip{Source: source, Point: p, Chain: h}
	}
	typed := func(height uint32) quorum.Tip {
		p, _ := c.Headers.PointAt(height)
		return quorum.Tip{Source: fmt.Sprintf("typed:%d", height), Point: p}
	}
	strange := headers.Hash{0xaa}
	for _, x := range []struct {
		name    string
		network custody.Network
		block   quorum.Block
		tips    []quorum.Tip
		want    string
	}{
		{"at the tip", custody.Regtest, at(30), []quorum.Tip{upTo("rpc", 30)}, ""},
		{"as old as allowed", custody.Regtest, at(18), []quorum.Tip{upTo("rpc", 30)}, ""},
		{"one block too old", custody.Regtest, at(17), []quorum.Tip{upTo("rpc", 30)},
			"block: want 17 at most 12 blocks below the tip of one source, found: rpc says 13 below the tip (CLK-ANCHOR)"},
		{"nobody asked", custody.Regtest, at(30), nil,
			"block: want 30 at most 12 blocks below the tip of one source, found: no source (CLK-ANCHOR)"},
		{"source is behind the text", custody.Regtest, at(30), []quorum.Tip{upTo("rpc", 29)},
			"block: want 30 at most 12 blocks below the tip of one source, found: rpc says the tip is 29, below it (CLK-ANCHOR)"},
		{"typed and fresh", custody.Regtest, at(20), []quorum.Tip{typed(30)}, ""},
		{"typed and stale", custody.Regtest, at(10), []quorum.Tip{typed(30)},
			"block: want 10 at most 12 blocks below the tip of one source, found: typed:30 says 20 below the tip (CLK-ANCHOR)"},
		{"typed names another block at that height", custody.Regtest, at(30), []quorum.Tip{{Source: "typed", Point: headers.Point{Height: 30, Hash: strange}}},
			"block: want 30 at most 12 blocks below the tip of one source, found: typed says another block is at its height (CLK-ANCHOR)"},
		{"text on another branch", custody.Regtest, quorum.Block{Height: 29, Hash: text.Hash(strange)}, []quorum.Tip{upTo("rpc", 30)},
			"block: want 29 at most 12 blocks below the tip of one source, found: rpc says it is not in the chain (CLK-ANCHOR)"},
		{"one stale source beside a fresh one", custody.Regtest, at(15), []quorum.Tip{upTo("headers:a", 20), upTo("rpc", 30)}, ""},
		{"mainnet with one source", custody.Mainnet, at(30), []quorum.Tip{upTo("rpc", 30)},
			"block: want 30 at most 12 blocks below the tip of 2 different sources, found: rpc says 0 below the tip (CLK-ANCHOR)"},
		{"mainnet with one source twice", custody.Mainnet, at(30), []quorum.Tip{upTo("rpc", 30), upTo("rpc", 30)},
			"block: want 30 at most 12 blocks below the tip of 2 different sources, found: rpc says 0 below the tip; rpc says 0 below the tip (CLK-ANCHOR)"},
		{"mainnet with two sources", custody.Mainnet, at(29), []quorum.Tip{upTo("rpc", 30), typed(30)}, ""},
		{"sources that contradict each other", custody.Regtest, at(30), []quorum.Tip{upTo("rpc", 30), {Source: "typed", Point: headers.Point{Height: 25, Hash: strange}}},
			fmt.Sprintf("tip: want sources that agree, found %s at height 25 from rpc and %s from typed (CLK-ANCHOR)", at(25).Hash, strange)},
		{"typed ones that contradict each other", custody.Regtest, at(28), []quorum.Tip{typed(30), {Source: "typed", Point: headers.Point{Height: 30, Hash: strange}}},
			fmt.Sprintf("tip: want sources that agree, found %s at height 30 from typed and %s from typed:30 (CLK-ANCHOR)", strange, at(30).Hash)},
	} {
		t.Run(x.name, func(t *testing.T) {
			p := &policy.Policy{Network: x.network, AnchorAgeMax: 12}
			backwards := slices.Clone(x.tips)
			slices.Reverse(backwards)
			var got []string
			for _, r := range quorum.Fresh(p, x.block, x.tips) {
				got = append(got, r.String())
			}
			if s := strings.Join(got, "\n"); s != x.want {
				t.Errorf("want %s\nfound %s", x.want, s)
			}
			if n := len(quorum.Fresh(p, x.block, backwards)); n != len(got) {
				t.Errorf("want as many reasons in another order, found %d instead of %d", n, len(got))
			}
		})
	}
}
