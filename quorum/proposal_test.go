package quorum_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chainhash/v2"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// golden is a withdrawal written by hand. Its id is that of the bytes.
const golden = `strongroom/proposal@v1
kind withdrawal
vault acme-treasury
chain regtest
genesis 1111111111111111111111111111111111111111111111111111111111111111
policy 12 2222222222222222222222222222222222222222222222222222222222222222
block 128 3333333333333333333333333333333333333333333333333333333333333333
seen signer-a 41 y92ELf5KOekNFaRuRHJfLI1bL5ZGX3uq42EH6aH04v0=
seen signer-b 0 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
maker alice
salt 9f86d081884c7d659a2feaa0c55ad015
tier medium
wallet main
pay 0.50000000 rBTC otc-desk#17 bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080
pay 0.00000546 rBTC payroll mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn
fee-max 0.00010000 rBTC
total 0.50010546 rBTC
bind txid 00000000000000000000000000000000000000000000000000000000000000ff
replaces 4444444444444444444444444444444444444444444444444444444444444444
expires 2000
memo Q4 settlement, ticket TR-4411; pay 1.00000000 rBTC thief "now"
`

const goldenID = "70a9c4acc55a570ef7e15876c734948527885ad302f621dd9340428b9877ca0c"

func goldenWithdrawal(t testing.TB) signertest.Asked {
	t.Helper()
	hash := func(b byte) (h text.Hash) { copy(h[:], bytes.Repeat([]byte{b}, 32)); return h }
	address := func(s string) custody.Address {
		a, err := custody.ParseAddress(custody.Regtest, s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	root, err := auditlog.ParseRoot("y92ELf5KOekNFaRuRHJfLI1bL5ZGX3uq42EH6aH04v0=")
	if err != nil {
		t.Fatal(err)
	}
	return signertest.Asked{Head: quorum.Head{
		Vault: "acme-treasury", Network: custody.Regtest, Genesis: hash(0x11), PolicyVersion: 12, PolicyHash: hash(0x22),
		Block: quorum.Block{Height: 128, Hash: hash(0x33)},
		Seen:  []quorum.Seen{{Device: "signer-a", Size: 41, Root: root}, {Device: "signer-b", Root: auditlog.RootOf(nil)}},
		Maker: "alice", Salt: [16]byte{0x9f, 0x86, 0xd0, 0x81, 0x88, 0x4c, 0x7d, 0x65, 0x9a, 0x2f, 0xea, 0xa0, 0xc5, 0x5a, 0xd0, 0x15},
	}, Withdrawal: quorum.Withdrawal{
		Tier: "medium", Wallet: "main",
		Pays: []record.Pay{
			{Amount: coin / 2, Label: "otc-desk", Indexed: true, Index: 17, Address: address("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080")},
			{Amount: 546, Label: "payroll", Address: address("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn")},
		},
		FeeMax: 10_000, Total: 50_010_546, BindTx: &chainhash.Hash{0xff}, Replaces: hash(0x44),
	}, Expires: 2000,
		Memo: `Q4 settlement, ticket TR-4411; pay 1.00000000 rBTC thief "now"`,
	}
}

func TestWithdrawalIsWrittenAndReadAsItsGoldenText(t *testing.T) {
	b, err := goldenWithdrawal(t).Bytes()
	if err != nil || string(b) != golden {
		t.Fatalf("want\n%s\nfound\n%s\n%v", golden, b, err)
	}
	p, err := quorum.ParseProposal([]byte(golden))
	if err != nil || !reflect.DeepEqual(p.Statement, goldenWithdrawal(t).Statement()) {
		t.Fatalf("want the withdrawal read back, found %+v, %v", p, err)
	}
	if p.ID().String() != goldenID || !bytes.Equal(p.Bytes(), []byte(golden)) {
		t.Errorf("want id %s of the exact bytes, found %s", goldenID, p.ID())
	}
	p.Bytes()[0] = 'X'
	if p.Bytes()[0] == 'X' {
		t.Error("want a copy of the bytes, found the proposal's own")
	}
	plain := strings.NewReplacer("bind txid "+strings.Repeat("0", 62)+"ff", "bind outputs", "replaces "+strings.Repeat("4", 64), "replaces none").Replace(golden)
	if p, err := quorum.ParseProposal([]byte(plain)); err != nil || p.BindTx != nil || !p.Replaces.IsZero() {
		t.Errorf("want a proposal that binds and replaces nothing, found %+v, %v", p, err)
	}
}

func TestTextsThatAreNoProposal(t *testing.T) {
	for _, c := range []struct {
		attack, old, new string
		code             quorum.Code
		want             string
	}{
		{"no byte", golden, "", "TEXT-SIZE", "proposal: want 1 to 524288 bytes, found 0"},
		{"carriage returns", "\n", "\r\n", "TEXT-BYTE", "line 1: proposal: want printable ASCII and LF only, found byte 0d"},
		{"byte order mark", golden, "\ufeff" + golden, "TEXT-BYTE", "line 1: proposal: want printable ASCII and LF only, found byte ef"},
		{"look-alike letter", "alice", "\u0430lice", "TEXT-BYTE", "line 10: proposal: want printable ASCII and LF only, found byte d0"},
		{"last LF missing", "\"now\"\n", "\"now\"", "TEXT-GRAMMAR", `proposal: want LF as the last byte, found '"'`},
		{"truncated", golden[strings.Index(golden, "memo"):], "", "TEXT-GRAMMAR", `line 21: want "memo", found the end of the text`},
		{"two spaces", "maker alice", "maker  alice", "TEXT-GRAMMAR", "line 10: proposal: want single spaces between fields only, found one too many"},
		{"another type", "proposal@v1", "proposal@v2", "TEXT-TYPE", `line 1: proposal: want "strongroom/proposal@v1", found "strongroom/proposal@v2"`},
		{"duplicated line", "maker alice\n", "maker alice\nmaker alice\n", "TEXT-GRAMMAR", `line 11: want "salt", found "maker"`},
		{"lines exchanged", "tier medium\nwallet main\n", "wallet main\ntier medium\n", "TEXT-GRAMMAR", `line 12: want "tier", found "wallet"`},
		{"line that nobody knows", "memo Q4", "note x\nmemo Q4", "TEXT-GRAMMAR", `line 21: want "memo", found "note"`},
		{"second memo", "\"now\"\n", "\"now\"\nmemo x\n", "TEXT-GRAMMAR", `line 22: want the end of the text, found "memo"`},
		{"empty memo", golden[strings.Index(golden, "memo"):], "memo\n", "TEXT-GRAMMAR", `line 21: want 0 fields and a text behind "memo", found too little`},
		{"no payment", golden[strings.Index(golden, "pay 0.5"):strings.Index(golden, "fee-max")], "", "TEXT-GRAMMAR", `line 14: want "pay", found "fee-max"`},
		{"no signer seen", golden[strings.Index(golden, "seen"):strings.Index(golden, "maker")], "", "TEXT-GRAMMAR", `line 8: want "seen", found "maker"`},
		{"signers out of order", "seen signer-b", "seen signer-0", "TEXT-GRAMMAR", "line 9: want seen lines sorted and one a signer, found signer-0 after signer-a"},
		{"signer twice", "seen signer-b", "seen signer-a", "TEXT-GRAMMAR", "line 9: want seen lines sorted and one a signer, found signer-a after signer-a"},
		{"short amount", "0.50000000", "0.5", "TEXT-GRAMMAR", `line 14: pay: amount: want digits.eight-digits such as 0.50000000, found "0.5"`},
		{"amount with a zero ahead", "pay 0.50000000", "pay 00.50000000", "TEXT-GRAMMAR", `line 14: pay: amount: want digits.eight-digits such as 0.50000000, found "00.50000000"`},
		{"negative amount", "pay 0.50000000", "pay -0.50000000", "TEXT-GRAMMAR", `line 14: pay: amount: want digits.eight-digits such as 0.50000000, found "-0.50000000"`},
		{"another unit", "total 0.50010546 rBTC", "total 0.50010546 BTC", "TEXT-GRAMMAR", `line 17: total: want the unit rBTC of regtest, found "BTC"`},
		{"upper-case address", "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", "BCRT1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KYGT080", "TEXT-GRAMMAR",
			`line 14: pay: address: want it written as "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", found "BCRT1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KYGT080"`},
		{"address with another checksum", "gt080", "gt081", "TEXT-GRAMMAR",
			`line 14: pay: address: want one of regtest, found "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt081", which does not decode`},
		{"hash in capitals", "genesis 1111", "genesis A111", "TEXT-GRAMMAR", `line 5: genesis: want 64 lower-case hex digits, found "A111111111111111111111111111111111111111..."`},
		{"binds something else", "bind txid ", "bind block ", "TEXT-GRAMMAR", `line 18: want "bind outputs" or "bind txid TXID", found another form`},
		{"replaces zeros", "replaces " + strings.Repeat("4", 64), "replaces " + strings.Repeat("0", 64), "TEXT-GRAMMAR", "line 19: replaces: want none or an id, found zeros"},
		{"block beyond any", "block 128", "block 500000000", "TEXT-GRAMMAR", "line 7: block: want at most 499999999, found 500000000"},
		{"expiry beyond any", "expires 2000", "expires 500000000", "TEXT-GRAMMAR", "line 20: expires: want at most 499999999, found 500000000"},
		{"expiry with a sign", "expires 2000", "expires +2000", "TEXT-GRAMMAR", `line 20: expires: want a decimal integer without leading zero, found "+2000"`},
		{"short salt", "c55ad015", "c55ad0", "TEXT-GRAMMAR", "line 11: salt: want 32 lower-case hex digits, found 30 characters"},
		{"chain unheard of", "chain regtest", "chain bitcoin", "TEXT-GRAMMAR", `line 4: chain: network: want mainnet, testnet, signet or regtest, found "bitcoin"`},
		{"line too long", "Q4 settlement", strings.Repeat("x", 4096), "TEXT-SIZE", "line 21: proposal: want a line of at most 4096 bytes, found 4150"},
		{"withdrawal as long as an amendment", "seen signer-b 0", strings.Repeat("seen signer-a 41 y92ELf5KOekNFaRuRHJfLI1bL5ZGX3uq42EH6aH04v0=\n", 1100) + "seen signer-b 0", "TEXT-SIZE",
			"withdrawal: want at most 65536 bytes, found 69109"},
	} {
		b := []byte(strings.ReplaceAll(golden, c.old, c.new))
		p, err := quorum.ParseProposal(b)
		if err == nil {
			t.Errorf("%s: want it refused, found %s", c.attack, p.ID())
			continue
		}
		if r := quorum.ReasonOf(err, "NONE"); r.Code != c.code || r.Text != c.want {
			t.Errorf("%s: want\n%s %s\nfound\n%s %s", c.attack, c.code, c.want, r.Code, r.Text)
		}
	}
}

// Kinds that are not judged are refused by their names, wherever they come
// from, also where the rest of the text would be a withdrawal.
func TestOtherKindsAreRefusedByName(t *testing.T) {
	v := signertest.New(t)
	for _, k := range strings.Fields("drill reanchor withdrawals Withdrawal") {
		b := []byte(strings.Replace(golden, "kind withdrawal", "kind "+k, 1))
		textTrial(t, v, b).refused(t, 'B', `kind: want one of withdrawal, internal, sweep, amendment, freeze, thaw, cancel, resync, rehearsal, restore, found "`+k+`" (TEXT-KIND)`)
	}
}

func TestWithdrawalCannotSmuggleALine(t *testing.T) {
	for name, spoil := range map[string]func(*signertest.Asked){
		"memo":   func(w *signertest.Asked) { w.Memo = "x\npay 1.00000000 rBTC thief bcrt1q" },
		"maker":  func(w *signertest.Asked) { w.Maker = "alice bob" },
		"label":  func(w *signertest.Asked) { w.Pays[0].Label = "a b" },
		"vault":  func(w *signertest.Asked) { w.Vault = "" },
		"spaces": func(w *signertest.Asked) { w.Memo = " x" },
	} {
		w := goldenWithdrawal(t)
		spoil(&w)
		b, err := w.Bytes()
		if err == nil {
			_, err = quorum.ParseProposal(b)
		}
		if err == nil {
			t.Errorf("%s: want it refused, found\n%s", name, b)
		}
	}
}

// What parses re-encodes to the same bytes.
func FuzzParseProposal(f *testing.F) {
	f.Add([]byte(golden))
	for _, g := range goldenKinds(f) {
		f.Add([]byte(g.text))
	}
	f.Add([]byte(strings.NewReplacer("bind txid "+strings.Repeat("0", 62)+"ff", "bind outputs", "replaces "+strings.Repeat("4", 64), "replaces none").Replace(golden)))
	f.Add([]byte(strings.Replace(golden, "withdrawal", "freeze", 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := quorum.ParseProposal(b)
		if err != nil {
			if c := quorum.ReasonOf(err, "NONE").Code; !strings.HasPrefix(string(c), "TEXT-") {
				t.Fatalf("want a code of the family TEXT, found %s: %v", c, err)
			}
			return
		}
		again, err := p.Statement.Bytes()
		if err != nil || !bytes.Equal(again, b) || p.ID() != text.Identity(b) {
			t.Fatalf("want the same bytes\n%q\nfound\n%q\n%v", b, again, err)
		}
	})
}
