package node

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
)

// fake is a node that answers as its table says. What a table says is a JSON
// value, or an error in braces; a method that is missing is not known.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]func(params []any) string
	instead http.HandlerFunc // answers in place of the table, if there is one
}

// set changes the answer to one method.
func (f *fake) set(method string, answer func(params []any) string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[method] = answer
}

// handle has everything answered by h from now on.
func (f *fake) handle(h http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.instead = h
}

// newFake has a chain of two blocks, and is honest until its table is changed.
func newFake(t *testing.T) (*fake, []*wire.MsgBlock) {
	t.Helper()
	blocks := []*wire.MsgBlock{chaincfg.RegressionNetParams.GenesisBlock}
	for i := range 2 {
		blocks = append(blocks, nextBlock(blocks[i], 3))
	}
	f := &fake{}
	f.answers = map[string]func([]any) string{
		"getblockcount": func([]any) string { return fmt.Sprint(len(blocks) - 1) },
		"getblockhash": func(p []any) string {
			if n := int(p[0].(float64)); n < len(blocks) {
				return quote(blocks[n].BlockHash().String())
			}
			return `{"code":-8,"message":"Block height out of range"}`
		},
		"getblockheader": func(p []any) string { return quote(encode(&find(blocks, p[0]).Header)) },
		"getblock":       func(p []any) string { return quote(encode(find(blocks, p[0]))) },
	}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f, blocks
}

// nextBlock puts a block with n transactions on another. It has no work.
func nextBlock(before *wire.MsgBlock, n int) *wire.MsgBlock {
	b := wire.NewMsgBlock(wire.NewBlockHeader(4, new(chainhash.Hash), new(chainhash.Hash), 0x207fffff, 1))
	b.Header.Timestamp = before.Header.Timestamp.Add(time.Minute) // not the clock's
	b.Header.PrevBlock = before.BlockHash()
	for i := range n {
		tx := wire.NewMsgTx(2)
		tx.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: uint32(i)}, []byte{byte(n)}, nil))
		tx.AddTxOut(wire.NewTxOut(int64(i+1), []byte{0x51}))
		b.Transactions = append(b.Transactions, tx)
	}
	root, err := merkleRoot(b.Transactions)
	if err != nil {
		panic(err)
	}
	b.Header.MerkleRoot = root
	return b
}

func find(blocks []*wire.MsgBlock, hash any) *wire.MsgBlock {
	for _, b := range blocks {
		if b.BlockHash().String() == hash {
			return b
		}
	}
	return wire.NewMsgBlock(&wire.BlockHeader{})
}

func encode(x any) string {
	var b bytes.Buffer
	switch x := x.(type) {
	case *wire.BlockHeader:
		_ = x.Serialize(&b)
	case *wire.MsgBlock:
		_ = x.Serialize(&b)
	case *wire.MsgTx:
		_ = x.Serialize(&b)
	}
	return hex.EncodeToString(b.Bytes())
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	instead := f.instead
	f.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	if user, password, ok := r.BasicAuth(); !ok || user != "u" || password != "hunter2" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var raw json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&raw); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if raw[0] != '[' {
		fmt.Fprintln(w, f.answer(raw))
		return
	}
	var all []json.RawMessage
	_ = json.Unmarshal(raw, &all)
	var out []string
	for i := range all { // backwards: order is not promised
		out = append(out, f.answer(all[len(all)-1-i]))
	}
	fmt.Fprintln(w, "["+strings.Join(out, ",")+"]")
}

func (f *fake) answer(raw json.RawMessage) string {
	var q struct {
		ID     int
		Method string
		Params []any
	}
	_ = json.Unmarshal(raw, &q)
	f.mu.Lock()
	a, ok := f.answers[q.Method]
	f.mu.Unlock()
	if !ok {
		return fmt.Sprintf(`{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":%d}`, q.ID)
	}
	value := a(q.Params)
	if strings.HasPrefix(value, `{"code"`) {
		return fmt.Sprintf(`{"result":null,"error":%s,"id":%d}`, value, q.ID)
	}
	return fmt.Sprintf(`{"result":%s,"error":null,"id":%d}`, value, q.ID)
}

func (f *fake) config() Config {
	return Config{URL: f.URL, User: "u", Password: []byte("hunter2")}
}

func (f *fake) dial(t *testing.T) *Client {
	t.Helper()
	c, err := Dial(t.Context(), custody.Regtest, f.config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAnHonestNodeIsBelieved(t *testing.T) {
	f, blocks := newFake(t)
	c := f.dial(t)
	run, err := c.Headers(t.Context(), 0, 10, nil)
	if err != nil || hex.EncodeToString(run) != encode(&blocks[0].Header)+encode(&blocks[1].Header)+encode(&blocks[2].Header) {
		t.Errorf("headers: want all three, found %d bytes, %v", len(run), err)
	}
	n := 0
	for b, err := range c.Blocks(t.Context(), Point{0, blocks[0].BlockHash()}, nil) {
		if n++; err != nil || b.Height != uint32(n) || encode(b.Message) != encode(blocks[n]) {
			t.Errorf("block %d: want it, found %v", n, err)
		}
	}
	if n != 2 {
		t.Errorf("blocks: want 2, found %d", n)
	}
}

// A lie changes one answer of an honest node.
func TestLiesAreRefused(t *testing.T) {
	_, honest := newFake(t)
	one := honest[1].BlockHash()
	other := nextBlock(honest[0], 2)
	cut := func(s string, n int) string { return quote(s[:len(s)-n]) }
	twice := nextBlock(honest[0], 3) // the last transaction once more: the same root
	twice.Transactions = append(twice.Transactions, twice.Transactions[2])
	cooked := nextBlock(honest[0], 3)
	cooked.Transactions[1] = cooked.Transactions[1].Copy()
	cooked.Transactions[1].TxOut[0].Value = 1_000_000
	tests := []struct {
		name, method, answer string
		ask                  func(context.Context, *Client) error
		want                 string
	}{
		{"negative height", "getblockcount", "-1", askTip, "getblockcount: want a height of 0 to 499999999, found -1"},
		{"height in words", "getblockcount", `"2"`, askTip, "getblockcount: want a result of the documented form, found another"},
		{"no result", "getblockcount", "null", askTip, "getblockcount: want a result, found none"},
		{"hash in capitals", "getblockhash", quote(strings.ToUpper(one.String())), askTip, `getblockhash: want a hash of 64 lower-case hex digits, found "` + strings.ToUpper(one.String()) + `"`},
		{"short hash", "getblockhash", `"00"`, askTip, `getblockhash: want a hash of 64 lower-case hex digits, found "00"`},
		{"control characters", "getblockhash", `"\u001b[2J"`, askTip, `getblockhash: want a hash of 64 lower-case hex digits, found "?[2J"`},
		{"wrong block", "getblock", quote(encode(other)), askBlock, "block 1: want the block with hash " + one.String() + ", found the one with " + other.BlockHash().String()},
		{"cut block", "getblock", cut(encode(honest[1]), 2), askBlock, "block 1: want a block, found unexpected EOF"},
		{"block with a tail", "getblock", quote(encode(honest[1]) + "00"), askBlock, "block 1: want the block to end, found 1 more bytes"},
		{"block that is no hex", "getblock", `"zz"`, askBlock, "block 1: want a block of 80 to 4000000 bytes in hex, found 2 characters"},
		{"cooked transaction", "getblock", quote(encode(cooked)), askBlock, "block 1: want transactions with Merkle root " + honest[1].Header.MerkleRoot.String() + ", found those with "},
		{"transaction twice", "getblock", quote(encode(twice)), askBlock, "block 1: want every transaction once, found a part of the block twice"},
		{"oversized block", "getblock", quote(strings.Repeat("0", maxBlockAnswer)), askBlock, fmt.Sprintf("getblock: want an answer of at most %d bytes, found more", maxBlockAnswer)},
		{"wrong header", "getblockheader", quote(encode(&other.Header)), askHeaders, "header 1: want the header with hash " + one.String() + ", found the one with " + other.BlockHash().String()},
		{"short header", "getblockheader", cut(encode(&honest[1].Header), 2), askHeaders, "header 1: want a header of 80 bytes in hex, found 158 characters"},
		{"oversized batch", "getblockheader", quote(strings.Repeat("0", maxAnswer+1000)), askHeaders, fmt.Sprintf("getblockheader: want an answer of at most %d bytes, found more", maxAnswer+2*maxEntryAnswer)},
		{"refusal", "getblock", `{"code":-1,"message":"pruned` + strings.Repeat("!", 300) + `"}`, askBlock, "getblock: pruned" + strings.Repeat("!", maxReason-6) + "... (-1)"},
		{"refusal in a batch", "getblockheader", `{"code":-5,"message":"gone"}`, askHeaders, "getblockheader: gone (-5)"},
	}
	for _, x := range tests {
		f, _ := newFake(t)
		c := f.dial(t)
		f.set(x.method, func([]any) string { return x.answer })
		err := x.ask(t.Context(), c)
		if want := "node " + f.URL + ": " + x.want; err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > len(want)+64 {
			t.Errorf("%s:\nwant  %s\nfound %v", x.name, want, err)
		}
	}
}

func askTip(ctx context.Context, c *Client) error { _, err := c.Tip(ctx); return err }

func askBlock(ctx context.Context, c *Client) error { _, err := c.Block(ctx, 1); return err }

func askHeaders(ctx context.Context, c *Client) error {
	_, err := c.Headers(ctx, 1, 2, nil)
	return err
}

func TestHeadersThatDoNotLinkAreRefused(t *testing.T) {
	f, blocks := newFake(t)
	c := f.dial(t)
	stray := nextBlock(nextBlock(blocks[0], 5), 1)
	f.set("getblockhash", func(p []any) string {
		return quote(map[float64]*wire.MsgBlock{1: blocks[1], 2: stray}[p[0].(float64)].BlockHash().String())
	})
	f.set("getblockheader", func(p []any) string { return quote(encode(&find([]*wire.MsgBlock{blocks[1], stray}, p[0]).Header)) })
	_, err := c.Headers(t.Context(), 1, 2, nil)
	want := fmt.Sprintf("node %s: header 2: want one that follows %s, found one that follows %s: block has left the best chain", f.URL, blocks[1].BlockHash(), stray.Header.PrevBlock)
	if err == nil || err.Error() != want || !errors.Is(err, ErrReorged) {
		t.Errorf("want  %s\nfound %v", want, err)
	}
}

func TestABatchIsAnsweredWholeAndOnce(t *testing.T) {
	f, _ := newFake(t)
	c := f.dial(t)
	for name, body := range map[string]string{
		"one missing":    `[{"result":"a","error":null,"id":0}]`,
		"one twice":      `[{"result":"a","error":null,"id":0},{"result":"b","error":null,"id":0}]`,
		"a foreign one":  `[{"result":"a","error":null,"id":0},{"result":"b","error":null,"id":7}]`,
		"without number": `[{"result":"a","error":null,"id":0},{"result":"b","error":null}]`,
		"no list":        `{"result":"a","error":null,"id":0}`,
		"two values":     `[{"result":"a","error":null,"id":0},{"result":"b","error":null,"id":1}] []`,
	} {
		f.handle(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
		if got, err := c.callAll(t.Context(), "getblockhash", [][]any{{1}, {2}}); err == nil {
			t.Errorf("%s: want a refusal, found %q", name, got)
		}
	}
}

func TestHTTPIsKeptShort(t *testing.T) {
	f, _ := newFake(t)
	c := f.dial(t)
	var followed bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer other.Close()
	tests := []struct {
		name   string
		handle http.HandlerFunc
		want   string
	}{
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}, "getblockcount: want an answer, found HTTP status 307 (a redirect, which is not followed)"},
		{"busy", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "Work queue depth exceeded", http.StatusServiceUnavailable)
		}, "getblockcount: want an answer, found HTTP status 503 (the node is too busy)"},
		{"forbidden", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, "getblockcount: want an answer, found HTTP status 403 (the node does not accept calls from this machine)"},
		{"web page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "getblockcount: want an answer, found HTTP status 200"},
		{"other call's answer", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"result":2,"error":null,"id":9}`) }, "getblockcount: want the answer to this call, found one to another"},
		{"error with status 500", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			fmt.Fprint(w, `{"result":null,"error":{"code":-28,"message":"Loading block index"},"id":1}`)
		}, "getblockcount: Loading block index (-28)"},
	}
	for _, x := range tests {
		f.handle(x.handle)
		_, err := c.Tip(t.Context())
		if want := "node " + f.URL + ": " + x.want; err == nil || err.Error() != want {
			t.Errorf("%s:\nwant  %s\nfound %v", x.name, want, err)
		}
	}
	if followed {
		t.Error("redirect: want it not followed")
	}
}

func TestASlowOrMissingNodeIsLeft(t *testing.T) {
	f, _ := newFake(t)
	c := f.dial(t)
	release := make(chan struct{})
	defer close(release)
	f.handle(func(http.ResponseWriter, *http.Request) { <-release })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Tip(ctx)
	if want := "node " + f.URL + ": getblockcount: context deadline exceeded"; err == nil || err.Error() != want || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("slow:\nwant  %s\nfound %v", want, err)
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	_, err = Dial(t.Context(), custody.Regtest, Config{URL: gone.URL, User: "u", Password: []byte("hunter2")})
	want := "node " + gone.URL + ": getblockhash: dial tcp " + strings.TrimPrefix(gone.URL, "http://") + ": connect: connection refused"
	if err == nil || err.Error() != want {
		t.Errorf("missing:\nwant  %s\nfound %v", want, err)
	}
	var zero Client
	zero.Close()
	if err := askTip(t.Context(), &zero); err == nil || err.Error() != "no node: getblockcount: want a node that was dialled, found none" {
		t.Errorf("zero client: found %v", err)
	}
	if _, err := Dial(t.Context(), 0, f.config()); err == nil || err.Error() != "node: want a network, found none" {
		t.Errorf("no network: found %v", err)
	}
	if _, err := Dial(t.Context(), custody.Regtest, Config{}); err == nil || err.Error() != "node: url: want https://HOST:PORT, found something else" {
		t.Errorf("zero config: found %v", err)
	}
}

func TestTransactionsAreTheOnesAskedFor(t *testing.T) {
	f, blocks := newFake(t)
	c := f.dial(t)
	tx, other := blocks[1].Transactions[0], blocks[1].Transactions[1]
	id := tx.TxHash()
	tests := []struct{ name, answer, want string }{
		{"another", encode(other), "getrawtransaction: want transaction " + id.String() + ", found " + other.TxHash().String()},
		{"with a tail", encode(tx) + "00", "getrawtransaction: want the transaction to end, found 1 more bytes"},
		{"cut", encode(tx)[2:], "getrawtransaction: want "},
		{"none", "", "getrawtransaction: want a transaction of at most 4000000 bytes in hex, found 0 characters"},
	}
	for _, x := range tests {
		f.set("getrawtransaction", func([]any) string { return fmt.Sprintf(`{"hex":%q,"confirmations":1}`, x.answer) })
		_, _, err := c.Tx(t.Context(), id)
		if err == nil || !strings.HasPrefix(err.Error(), "node "+f.URL+": "+x.want) {
			t.Errorf("%s:\nwant  %s\nfound %v", x.name, x.want, err)
		}
	}
	f.set("getrawtransaction", func([]any) string { return fmt.Sprintf(`{"hex":%q,"confirmations":-1}`, encode(tx)) })
	if _, _, err := c.Tx(t.Context(), id); err == nil || !strings.HasSuffix(err.Error(), "want 0 to 499999999 confirmations, found -1") {
		t.Errorf("confirmations: want a refusal, found %v", err)
	}
	f.set("sendrawtransaction", func([]any) string { return quote(other.TxHash().String()) })
	if _, err := c.Send(t.Context(), tx); err == nil || !strings.HasSuffix(err.Error(), "sendrawtransaction: want "+id.String()+", found \""+other.TxHash().String()+"\"") {
		t.Errorf("sent as another: want a refusal, found %v", err)
	}
	f.set("testmempoolaccept", func([]any) string { return fmt.Sprintf(`[{"txid":%q,"allowed":true}]`, other.TxHash()) })
	if err := c.TestAccept(t.Context(), tx); err == nil || !strings.HasSuffix(err.Error(), "testmempoolaccept: want an answer about "+id.String()+", found another") {
		t.Errorf("tested another: want a refusal, found %v", err)
	}
	f.set("testmempoolaccept", func([]any) string {
		return fmt.Sprintf(`[{"txid":%q,"allowed":false,"reject-reason":"dust\u0007"}]`, id)
	})
	if err := c.TestAccept(t.Context(), tx); err == nil || err.Error() != "transaction "+id.String()+": the node would not take it: dust?" {
		t.Errorf("dust: want the node's words, found %v", err)
	}
	// Bitcoin Core's code for one that is in a block.
	f.set("sendrawtransaction", func([]any) string { return `{"code":-27,"message":"Transaction outputs already in utxo set"}` })
	if got, err := c.Send(t.Context(), tx); err != nil || got != id {
		t.Errorf("known: want success, found %v", err)
	}
	if _, err := c.Send(t.Context(), wire.NewMsgTx(2)); err == nil || err.Error() != "transaction: want one with inputs and outputs that fits into a block, found none" {
		t.Errorf("empty: found %v", err)
	}
}

func TestAForkThatNeverMeetsIsGivenUp(t *testing.T) {
	f, blocks := newFake(t)
	c := f.dial(t)
	// The node knows the stale block only as one without a way down.
	stray := nextBlock(nextBlock(blocks[0], 5), 1)
	_, err := c.Fork(t.Context(), Point{2, stray.BlockHash()})
	if err == nil || !strings.HasPrefix(err.Error(), "fork below block 2 "+stray.BlockHash().String()+": node "+f.URL+": getblockheader: want the header with hash") {
		t.Errorf("unknown block: found %v", err)
	}
	_, err = c.Fork(t.Context(), Point{0, stray.BlockHash()})
	if want := fmt.Sprintf("node %s: want block 0 %s to lead to the first block, found another", f.URL, stray.BlockHash()); err == nil || err.Error() != want {
		t.Errorf("other genesis:\nwant  %s\nfound %v", want, err)
	}
	if p, err := c.Fork(t.Context(), Point{2, blocks[2].BlockHash()}); err != nil || p.Height != 2 {
		t.Errorf("known block: want itself, found %v, %v", p, err)
	}
}
