package main

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/wire/v2"
	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/cmd/internal/regtest"
	"strongroom/custody"
)

// testNode is a private btcd and how far the wallet was paid from it.
type testNode struct {
	*regtest.Node
	paid uint32
}

func atoi(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

// node starts a btcd, mines what makes rewards spendable, and tells the desk of
// it.
func (s *stage) startNode(ts *testscript.TestScript, _ []string) {
	ctx, cancel := context.WithCancel(s.t.Context())
	binary, err := regtest.Find(ctx, os.Getenv("STRONGROOM_BTCD"))
	ts.Check(err)
	folder := ts.MkAbs("node")
	ts.Check(os.Mkdir(folder, 0o700))
	n, err := regtest.Start(ctx, regtest.Options{Binary: binary, Folder: folder, Rand: rand.Reader})
	ts.Check(err)
	ts.Defer(func() { n.Stop(); cancel() })
	s.node = &testNode{Node: n}
	_, err = n.Mine(ctx, 120)
	ts.Check(err)
	config := n.Config()
	password, certificate := filepath.Join(folder, "password"), filepath.Join(folder, "rpc.cert")
	ts.Check(os.WriteFile(password, append(config.Password, '\n'), 0o600))
	lines := []string{"url " + config.URL, "user " + config.User, "password-file " + password, "certificate " + certificate, ""}
	ts.Check(os.WriteFile(filepath.Join(ts.Getenv("STRONGROOM_HOME"), nodeFile), []byte(strings.Join(lines, "\n")), 0o600))
}

// mine N adds blocks: to the node's chain, or to the vault's own.
func (s *stage) mine(ts *testscript.TestScript, args []string) {
	n := atoi(ts, args[0])
	if s.node == nil {
		s.v.Chain.Mine(n)
		return
	}
	_, err := s.node.Mine(s.t.Context(), n)
	ts.Check(err)
}

// fund AMOUNT... pays amounts to the wallet's next addresses, in one block.
func (s *stage) fund(ts *testscript.TestScript, args []string) {
	for _, a := range args {
		amount, err := custody.ParseAmount(a)
		ts.Check(err)
		script, err := s.v.Wallet.Derive(custody.Receive, s.node.paid)
		ts.Check(err)
		s.node.paid++
		_, err = s.node.Fund(s.t.Context(), wire.NewTxOut(int64(amount), script.Output))
		ts.Check(err)
	}
	s.mine(ts, []string{"1"})
}
