package story

import (
	"fmt"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/cmd/internal/regtest"
	"strongroom/custody"
)

// startNode starts btcd, mines the first blocks, and writes down for the desk
// how the node is reached.
func (s *scene) startNode() {
	s.chooseApart()
	s.folder("node", "carrier", "officers", "holders", "reviewers", "media", "plans", "sites/one", "sites/two", "sites/three")
	if s.err != nil {
		return
	}
	var err error
	if s.node, err = regtest.Start(s.ctx, regtest.Options{Binary: s.o.Node, Folder: s.in("node"), Rand: s.w.Rand}); err != nil {
		s.must(err)
		return
	}
	c := s.node.Config()
	s.write("node/password", append(c.Password, '\n'))
	s.write("node.txt", fmt.Appendf(nil, "url %s\nuser %s\npassword-file %s\ncertificate %s\n", c.URL, c.User, s.in("node/password"), s.in("node/rpc.cert")))
	s.say("btcd runs as process %d and listens at %s only. Its RPC password is random and lies in node/password.", s.node.PID(), c.URL)
	s.mine(blocksAtFirst)
	s.say("%d blocks are mined: the reward of the first ones can be spent now.", blocksAtFirst)
}

// mine adds blocks, with a bar when they are many.
func (s *scene) mine(blocks int) {
	const at = 8
	if blocks <= at {
		s.mineSome(blocks)
		return
	}
	if s.err != nil {
		return
	}
	bar := s.w.Progress("mining", int64(blocks), "blocks")
	defer bar.Done()
	for left := blocks; left > 0 && s.err == nil; left -= at {
		s.mineSome(min(at, left))
		bar.Add(int64(min(at, left)))
	}
}

func (s *scene) mineSome(blocks int) {
	if s.err == nil {
		_, err := s.node.Mine(s.ctx, blocks)
		s.must(err)
	}
}

// coin is a payment to the wallet.
type coin struct{ to, amount string }

// fund pays the wallet from what was mined, in one transaction, and buries it
// under a block.
func (s *scene) fund(coins []coin) {
	if s.err != nil {
		return
	}
	var outs []*wire.TxOut
	for _, c := range coins {
		a, err := custody.ParseAddress(custody.Regtest, c.to)
		s.must(err)
		value, err := custody.ParseAmount(c.amount)
		s.must(err)
		if s.err != nil {
			return
		}
		outs = append(outs, wire.NewTxOut(int64(value), a.Script()))
	}
	_, err := s.node.Fund(s.ctx, outs...)
	s.must(err)
	s.mine(1)
}

// depth asks the node itself how deep a transaction lies.
func (s *scene) depth(txid string) uint32 {
	if s.err != nil {
		return 0
	}
	h, err := chainhash.NewHashFromStr(txid)
	if s.must(err); s.err != nil {
		return 0
	}
	deep, err := s.node.Client().Confirmations(s.ctx, *h)
	s.must(err)
	return deep
}

// stranger makes an address that is nobody's in the story.
func (s *scene) stranger() string {
	if s.err != nil {
		return ""
	}
	a, err := address.NewAddressWitnessPubKeyHash(s.random(20), &chaincfg.RegressionNetParams)
	s.must(err)
	if s.err != nil {
		return ""
	}
	return a.EncodeAddress()
}

// scriptOf returns the output script of an address.
func (s *scene) scriptOf(to string) []byte {
	if s.err != nil {
		return nil
	}
	a, err := address.DecodeAddress(to, &chaincfg.RegressionNetParams)
	s.must(err)
	if s.err != nil {
		return nil
	}
	script, err := txscript.PayToAddrScript(a)
	s.must(err)
	return script
}
