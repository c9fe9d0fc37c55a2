package regtest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/custody/node"
)

// binary is the btcd that the tests run: the one that STRONGROOM_BTCD names, or
// the module's tool.
func binary(t testing.TB) string {
	t.Helper()
	path, err := Find(t.Context(), os.Getenv("STRONGROOM_BTCD"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// counter is a reader of bytes that differ, in place of randomness.
type counter struct{ n byte }

func (c *counter) Read(b []byte) (int, error) {
	for i := range b {
		c.n++
		b[i] = c.n
	}
	return len(b), nil
}

func start(t testing.TB, folder string) *Node {
	t.Helper()
	n, err := Start(t.Context(), Options{Binary: binary(t), Folder: folder, Rand: &counter{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Stop)
	return n
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestStopLeavesNoProcessAndMayBeCalledTwice(t *testing.T) {
	n := start(t, t.TempDir())
	if !alive(n.PID()) {
		t.Fatal("process: want it alive")
	}
	n.Stop()
	n.Stop()
	if alive(n.PID()) {
		t.Errorf("process %d: want it gone after Stop", n.PID())
	}
}

func TestTheContextEndsTheProcess(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n, err := Start(ctx, Options{Binary: binary(t), Folder: t.TempDir(), Rand: &counter{}})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-n.process.done:
	case <-time.After(2 * stopTime):
		t.Error("process: want it ended with the context")
	}
	if alive(n.PID()) {
		t.Errorf("process %d: want it gone", n.PID())
	}
}

// parentFolder names the variable that makes the test binary the parent whose
// death is tested.
const parentFolder = "REGTEST_PARENT_FOLDER"

func TestTheNodeDiesWithItsParent(t *testing.T) {
	if folder := os.Getenv(parentFolder); folder != "" {
		n := start(t, folder)
		if err := os.WriteFile(filepath.Join(folder, "pid.tmp"), []byte(strconv.Itoa(n.PID())), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(folder, "pid.tmp"), filepath.Join(folder, "pid")); err != nil {
			t.Fatal(err)
		}
		select {} // until we are killed
	}
	if dieWithUs() == nil {
		t.Skip("this system cannot end a process with its parent")
	}
	folder := t.TempDir()
	parent := exec.Command(os.Args[0], "-test.run=^TestTheNodeDiesWithItsParent$")
	parent.Env = append(os.Environ(), parentFolder+"="+folder, "STRONGROOM_BTCD="+binary(t))
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	wait(t, "the parent to start a node", func() bool {
		b, err := os.ReadFile(filepath.Join(folder, "pid"))
		pid, _ = strconv.Atoi(string(b))
		return err == nil
	})
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := parent.Wait(); err == nil {
		t.Error("parent: want it killed")
	}
	wait(t, "the node to be gone", func() bool { return !alive(pid) || zombie(pid) })
}

// zombie says whether a process has ended and only waits to be reaped.
func zombie(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, state, _ := strings.Cut(string(b), ") ")
	return err != nil || strings.HasPrefix(state, "Z")
}

func wait(t *testing.T, what string, ready func() bool) {
	t.Helper()
	for range 600 {
		if ready() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("waited too long for %s", what)
}

func TestStartTellsWhatBtcdSaid(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "rpc.cert"), 0o700); err != nil { // where the certificate wants to be
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{Binary: binary(t), Folder: folder, Rand: &counter{}})
	if !errors.Is(err, errEnded) || !strings.Contains(err.Error(), "rpc.cert") {
		t.Errorf("error: want btcd's own words about rpc.cert, found %v", err)
	}
	_, err = Start(t.Context(), Options{Binary: filepath.Join(folder, "none"), Folder: folder, Rand: &counter{}})
	if want := "regtest: btcd: fork/exec " + filepath.Join(folder, "none") + ": no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("error: want %q, found %v", want, err)
	}
}

func TestThePasswordStaysOffTheCommandLine(t *testing.T) {
	n := start(t, t.TempDir())
	line, err := os.ReadFile("/proc/" + strconv.Itoa(n.PID()) + "/cmdline")
	if err != nil {
		t.Skip("this system shows no command lines")
	}
	if bytes.Contains(line, n.Config().Password) {
		t.Error("command line: want no password in it")
	}
}

// wallet is a 2-of-3 of account keys whose private halves nobody needs.
func wallet(t *testing.T) *custody.Descriptor {
	t.Helper()
	const text = "wsh(sortedmulti(2,[a3bc9ee2/48h/1h/0h/2h]tpubDE6PVetDyGCBwu4zXrmr2m4xAhMKgrSxpTsdLWQXPzCaR2mJqDFezS5BtzgAcjeJjZquhTFoJQFWoeB167iGKQv9mCV6tXaXiKVtaFnosD8/<0;1>/*,[d126dddf/48h/1h/0h/2h]tpubDEuEg74F6PJAW8irh5tJSnZDo6Kv4crwqfvQMPupPq5h2aNB9nqZnA3GtZJS1bv6pBpPnLRXiiEYBa8pCyQ8P7ruCs9rtWFh5VDjiDbgkXy/<0;1>/*,[203692a7/48h/1h/0h/2h]tpubDFCB71vVKALhuEwMvFrZJmfaThqnQrazwamnxy5kGEXLCXmNNSQVDgC8RVdqBfNWYMjfiPqV6xabrHzbFtgei1Q9x3oiu3WfYTonrwAvSn8/<0;1>/*))#hm062u6g"
	d, err := custody.ParseDescriptor(custody.Regtest, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestACoinSetFollowsTheNodeThroughAReorg(t *testing.T) {
	ctx := t.Context()
	n := start(t, t.TempDir())
	d := wallet(t)
	set := must[*custody.CoinSet](t)(custody.NewCoinSet(d, 1))
	if s, err := n.Client().Scan(ctx, set, nil); err != nil || s.Blocks != 0 {
		t.Fatalf("scan of a chain that is too short: want nothing read, found %+v, %v", s, err)
	}
	must[[]chainhash.Hash](t)(n.Mine(ctx, 110))
	pay := func(b custody.Branch, index uint32, value int64) *wire.TxOut {
		return wire.NewTxOut(value, must[custody.Script](t)(d.Derive(b, index)).Output)
	}
	balance := func(want custody.Amount, blocks uint32) {
		t.Helper()
		var told []uint32
		s, err := n.Client().Scan(ctx, set, func(done, total uint32) { told = append(told, done, total) })
		if err != nil || s.Blocks != blocks {
			t.Fatalf("scan: want %d blocks, found %+v, %v", blocks, s, err)
		}
		if blocks > 1 && (len(told) == 0 || told[len(told)-1] != told[len(told)-2]) {
			t.Errorf("progress: want it to end at its total, found %v", told)
		}
		if got := must[custody.Amount](t)(set.Balance()); got != want {
			t.Errorf("balance: want %s, found %s", want, got)
		}
		if tip := must[node.Point](t)(n.Client().Tip(ctx)); s.Tip != tip {
			t.Errorf("tip: want %s, found %s", tip, s.Tip)
		}
	}
	balance(0, 110)
	first := must[*wire.MsgTx](t)(n.Fund(ctx, pay(custody.Receive, 0, 60_00000000), pay(custody.Receive, 700, 1_00000000)))
	must[[]chainhash.Hash](t)(n.Mine(ctx, 1))
	balance(61_00000000, 1)
	if next := set.Next(custody.Receive); next != 701 {
		t.Errorf("next address: want 701, found %d", next)
	}
	must[*wire.MsgTx](t)(n.Fund(ctx, pay(custody.Change, 5, 2_00000000)))
	must[[]chainhash.Hash](t)(n.Mine(ctx, 1))
	balance(63_00000000, 1)
	before := must[[]byte](t)(set.Bytes())

	// The last block goes; its transaction comes back in one of the new blocks.
	must[[]chainhash.Hash](t)(n.Reorg(ctx, 1))
	s := must[node.Scanned](t)(n.Client().Scan(ctx, set, nil))
	if s.Fork == nil || s.Fork.Height != 111 || s.Blocks != 2 || s.Tip.Height != 113 {
		t.Errorf("scan after the reorg: want a rewind to 111 and 2 blocks, found %+v", s)
	}
	fresh := must[*custody.CoinSet](t)(custody.NewCoinSet(d, 1))
	must[node.Scanned](t)(n.Client().Scan(ctx, fresh, nil))
	if a, b := must[custody.Amount](t)(set.Balance()), must[custody.Amount](t)(fresh.Balance()); a != b {
		t.Errorf("balance: want that of a new scan, %s, found %s", b, a)
	}
	old := must[*custody.CoinSet](t)(custody.ParseCoinSet(d, before))
	must[node.Scanned](t)(n.Client().Scan(ctx, old, nil))
	if !bytes.Equal(must[[]byte](t)(old.Bytes()), must[[]byte](t)(set.Bytes())) {
		t.Error("coin file: want a stored set to end where the one in memory did")
	}

	tx, confirmations, err := n.Client().Tx(ctx, first.TxHash())
	if err != nil || confirmations != 3 || tx.TxHash() != first.TxHash() {
		t.Errorf("transaction: want 3 confirmations, found %d, %v", confirmations, err)
	}
	if tx, err := n.Client().InBlock(ctx, first.TxHash(), 111); err != nil || tx.TxHash() != first.TxHash() {
		t.Errorf("transaction in its block: want it, found %v", err)
	}
	if _, err := n.Client().InBlock(ctx, first.TxHash(), 110); !errors.Is(err, node.ErrNoTransaction) {
		t.Errorf("transaction in another block: want ErrNoTransaction, found %v", err)
	}
	if _, _, err := n.Client().Tx(ctx, chainhash.Hash{7}); !errors.Is(err, node.ErrNoTransaction) {
		t.Errorf("unknown transaction: want ErrNoTransaction, found %v", err)
	}
}

func TestBlocksEndAtAReorgAndNameTheFork(t *testing.T) {
	ctx := t.Context()
	n := start(t, t.TempDir())
	must[[]chainhash.Hash](t)(n.Mine(ctx, 20))
	known := must[node.Point](t)(n.Client().Tip(ctx))
	fork := must[node.Point](t)(n.Client().At(ctx, 15))
	must[[]chainhash.Hash](t)(n.Reorg(ctx, 5))
	read := 0
	for _, err := range n.Client().Blocks(ctx, known, nil) {
		var gone *node.ReorgedError
		if !errors.As(err, &gone) || !errors.Is(err, node.ErrReorged) || gone.Fork != fork || gone.Known != known {
			t.Errorf("blocks: want a reorg that parts at %s, found %v", fork, err)
		}
		read++
	}
	if read != 1 {
		t.Errorf("blocks: want one answer, found %d", read)
	}
	// A reorg while the walk is under way ends it too, with the last block read.
	var err error
	for b, stop := range n.Client().Blocks(ctx, node.Point{Height: 0, Hash: must[node.Point](t)(n.Client().At(ctx, 0)).Hash}, nil) {
		if err = stop; err == nil && b.Height == 18 {
			must[[]chainhash.Hash](t)(n.Reorg(ctx, 6))
		}
	}
	var gone *node.ReorgedError
	if !errors.As(err, &gone) || gone.Known.Height != 21 || gone.Fork.Height != 15 {
		t.Errorf("blocks: want a reorg known at 21 that parts at 15, found %v", err)
	}
}

func TestHeadersLinkAndCoverTheChain(t *testing.T) {
	ctx := t.Context()
	n := start(t, t.TempDir())
	must[[]chainhash.Hash](t)(n.Mine(ctx, 1200)) // more than two requests
	var told []uint32
	run := must[[]byte](t)(n.Client().Headers(ctx, 0, 10_000, func(done, total uint32) { told = append(told, done, total) }))
	if len(run) != 80*1201 {
		t.Fatalf("headers: want 1201, found %d bytes", len(run))
	}
	for i := 80; i < len(run); i += 80 {
		if before := chainhash.DoubleHashH(run[i-80 : i]); !bytes.Equal(before[:], run[i+4:i+36]) {
			t.Fatalf("header %d: want one that follows the one before", i/80)
		}
	}
	if want := []uint32{500, 1201, 1000, 1201, 1201, 1201}; !equal(told, want) {
		t.Errorf("progress: want %v, found %v", want, told)
	}
	if part := must[[]byte](t)(n.Client().Headers(ctx, 7, 3, nil)); !bytes.Equal(part, run[7*80:10*80]) {
		t.Error("headers 7 to 9: want a piece of the whole run")
	}
	if none := must[[]byte](t)(n.Client().Headers(ctx, 1201, 3, nil)); len(none) != 0 {
		t.Errorf("headers beyond the tip: want none, found %d bytes", len(none))
	}
}

func equal(a, b []uint32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestSendIsDoneOnceAndRefusalsCarryTheNodesWords(t *testing.T) {
	ctx := t.Context()
	n := start(t, t.TempDir())
	must[[]chainhash.Hash](t)(n.Mine(ctx, 101))
	script := must[custody.Script](t)(wallet(t).Derive(custody.Receive, 0)).Output
	tx := must[*wire.MsgTx](t)(n.Fund(ctx, wire.NewTxOut(1_0000, script)))
	c := n.Client()
	if id, err := c.Send(ctx, tx); err != nil || id != tx.TxHash() {
		t.Errorf("sent while it waits: want success, found %v", err)
	}
	must[[]chainhash.Hash](t)(n.Mine(ctx, 1))
	if _, err := c.Send(ctx, tx); err != nil {
		t.Errorf("sent after it was mined: want success, found %v", err)
	}
	bad := tx.Copy()
	bad.TxOut[0].Value++
	var refused *node.NotAcceptedError
	if err := c.TestAccept(ctx, bad); !errors.As(err, &refused) || refused.ID != bad.TxHash() || refused.Words == "" {
		t.Errorf("test of a spoilt transaction: want the node's words, found %v", err)
	}
	if _, err := c.Send(ctx, bad); !errors.As(err, &refused) {
		t.Errorf("spoilt transaction: want a refusal, found %v", err)
	}
	if _, err := n.Fund(ctx, wire.NewTxOut(500_00000000, script)); err == nil || err.Error() != "regtest: fund: want rewards of 500.00004000 rBTC that can be spent at block 103, found 100.00000000 rBTC" {
		t.Errorf("fund beyond the purse: found %v", err)
	}
	next := must[*wire.MsgTx](t)(n.Fund(ctx, wire.NewTxOut(1_0000, script)))
	if err := c.TestAccept(ctx, next); !errors.As(err, &refused) {
		t.Errorf("test of a transaction that waits: want a refusal, found %v", err)
	}
}

func TestDialRefusesAnotherChainAndAWrongPassword(t *testing.T) {
	ctx := t.Context()
	n := start(t, t.TempDir())
	cfg := n.Config()
	_, err := node.Dial(ctx, custody.Mainnet, cfg)
	want := "node " + cfg.URL + ": want mainnet, whose first block is 000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f, found 0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
	if err == nil || err.Error() != want {
		t.Errorf("mainnet: want %q, found %v", want, err)
	}
	cfg.Password = []byte("not-the-password")
	_, err = node.Dial(ctx, custody.Regtest, cfg)
	want = "node " + cfg.URL + ": getblockhash: want an answer, found HTTP status 401 (the node does not accept this user and password)"
	if err == nil || err.Error() != want {
		t.Errorf("password: want %q, found %v", want, err)
	}
	cfg = n.Config()
	cfg.Certificate = nil
	if _, err = node.Dial(ctx, custody.Regtest, cfg); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("unknown certificate: want it refused, found %v", err)
	}
}
