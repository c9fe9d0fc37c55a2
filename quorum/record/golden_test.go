package record

import (
	"math/big"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// The bytes of the golden texts: a hash is one letter 64 times.
func hashOf(letter string) text.Hash {
	h, err := text.ParseHash(strings.Repeat(letter, 64))
	if err != nil {
		panic("record test: " + err.Error())
	}
	return h
}

func pointOf(t testing.TB, s string) wire.OutPoint {
	t.Helper()
	o, err := ParseOutPoint(s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func addressOf(t testing.TB, s string) custody.Address {
	t.Helper()
	a, err := custody.ParseAddress(custody.Regtest, s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const (
	p2wpkh = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
	p2pkh  = "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"
)

// golden is one record of every kind, written by hand. Lines are never changed,
// only added.
type golden struct {
	kind Kind
	body Body
	text string // after the head
}

func goldens(t testing.TB) []golden {
	tip := Tip{Known: true, Height: 128, Hash: hashOf("5")}
	released := Released{
		ID: hashOf("2"), Replaces: hashOf("3"), Wallet: "main", Tier: "small", Total: 50_010_000,
		Pays: []Pay{
			{Amount: 30_000_000, Label: "exchange-hot", Address: addressOf(t, p2wpkh)},
			{Amount: 20_000_000, Label: "otc-desk", Indexed: true, Index: 17, Address: addressOf(t, p2pkh)},
		},
		Fee: 2_000,
		Rungs: []Rung{{
			TxID:   pointOf(t, strings.Repeat("7", 64)+":0").Hash,
			Inputs: []wire.OutPoint{pointOf(t, strings.Repeat("1", 64)+":9"), pointOf(t, strings.Repeat("1", 64)+":10")},
			Change: []Change{{Vout: 1, Index: 4, Amount: 49_998_000}},
		}},
	}
	plain := released
	plain.Replaces, plain.Tier, plain.To, plain.Pays, plain.Rungs = text.Hash{}, "", "next", nil, []Rung{{TxID: released.Rungs[0].TxID, Inputs: released.Rungs[0].Inputs[:1]}}
	return append(append(goldenOrders(), goldenKeys()...), []golden{
		{KindKey, Key{[4]byte{0x1c, 0x3a, 0x5f, 0x77}, "48h/1h/0h/2h", hashOf("a"), "operating system generator, 256 bits", "age scrypt passphrase"},
			"fingerprint 1c3a5f77\npath 48h/1h/0h/2h\nrecord " + strings.Repeat("a", 64) + "\nentropy operating system generator, 256 bits\nsealed age scrypt passphrase\n"},
		{KindGenesis, Genesis{"acme-treasury", custody.Regtest, hashOf("b"), []text.ID{"alice", "bob"}},
			"vault acme-treasury\nchain regtest\npolicy 1 " + strings.Repeat("b", 64) + "\nconsent alice\nconsent bob\n"},
		{KindEnrolled, Enrolled{"main", hashOf("c"), [4]byte{0, 0, 0, 1}}, "wallet main " + strings.Repeat("c", 64) + "\nkey 00000001\n"},
		{KindSessionOpen, SessionOpen{[]text.ID{"erin", "frank"}}, "operator erin\noperator frank\n"},
		{KindSessionClose, SessionClose{}, "operator none\n"},
		{KindInputs, Inputs{[]File{{"a.txt", 0, hashOf("d")}, {"headers.bin", 10400, hashOf("e")}}},
			"file 0 " + strings.Repeat("d", 64) + " a.txt\nfile 10400 " + strings.Repeat("e", 64) + " headers.bin\n"},
		{KindHeaders, Headers{Tip{Known: true, Hash: hashOf("0")}, tip, big.NewInt(258)},
			"from 0 " + strings.Repeat("0", 64) + "\nto 128 " + strings.Repeat("5", 64) + "\nwork 258\n"},
		{KindRefused, Refused{hashOf("2"), []string{"SEAT-SHORT", "SIG-BAD"}}, "id " + strings.Repeat("2", 64) + "\ncode SEAT-SHORT\ncode SIG-BAD\n"},
		{KindRefused, Refused{Codes: []string{"BUN-NAME"}}, "id none\ncode BUN-NAME\n"},
		{KindReleased, released, "id " + strings.Repeat("2", 64) + "\nreplaces " + strings.Repeat("3", 64) + "\nwallet main\ntier small\ntotal 0.50010000 rBTC\n" +
			"pay 0.30000000 rBTC exchange-hot " + p2wpkh + "\npay 0.20000000 rBTC otc-desk#17 " + p2pkh + "\nfee 0.00002000 rBTC\n" +
			"txid " + strings.Repeat("7", 64) + "\ninput " + strings.Repeat("1", 64) + ":9\ninput " + strings.Repeat("1", 64) + ":10\nchange 1 4 0.49998000 rBTC\n"},
		{KindReleased, plain, "id " + strings.Repeat("2", 64) + "\nreplaces none\nwallet main\ntier none\nto next\ntotal 0.50010000 rBTC\nfee 0.00002000 rBTC\n" +
			"txid " + strings.Repeat("7", 64) + "\ninput " + strings.Repeat("1", 64) + ":9\n"},
		{KindSigned, Signed{hashOf("2"), released.Rungs[0].TxID, hashOf("f")},
			"id " + strings.Repeat("2", 64) + "\ntxid " + strings.Repeat("7", 64) + "\npsbt " + strings.Repeat("f", 64) + "\n"},
		{KindException, Exception{"operator declined: too late today"}, "note operator declined: too late today\n"},
	}...)
}

// headText is what every golden text begins with.
func headText(seq string, k Kind, tip string) string {
	return "strongroom/record@v1\nseq " + seq + "\nkind " + string(k) + "\ntip " + tip + "\nbinary " + strings.Repeat("9", 64) +
		"\nsession 000102030405060708090a0b0c0d0e0f\nrtc 2026-11-21T09:30:00Z\n"
}

func headOf(seq int64) Head {
	return Head{Seq: seq, Tip: Tip{Known: true, Height: 128, Hash: hashOf("5")}, Binary: hashOf("9"),
		Session: [16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, RTC: "2026-11-21T09:30:00Z"}
}

func goldenText(g golden) string {
	return headText("7", g.kind, "128 "+strings.Repeat("5", 64)) + g.text
}
