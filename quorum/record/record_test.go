package record

import (
	"bytes"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum/text"
)

func TestEveryKindIsWrittenAndReadAsItsGoldenText(t *testing.T) {
	kinds := map[Kind]bool{}
	for _, g := range goldens(t) {
		kinds[g.kind] = true
		want := goldenText(g)
		b, err := Record{headOf(7), g.body}.Bytes(custody.Regtest)
		if err != nil || string(b) != want {
			t.Errorf("%s: want\n%s\nfound\n%s\n%v", g.kind, want, b, err)
		}
		r, err := Parse([]byte(want), custody.Regtest)
		if err != nil || !reflect.DeepEqual(r, Record{headOf(7), g.body}) {
			t.Errorf("%s: want the record read back as it was\n%+v\nfound\n%+v\n%v", g.kind, g.body, r.Body, err)
		}
	}
	if len(kinds) != 29 {
		t.Errorf("want golden texts of 29 kinds, found %d", len(kinds))
	}
}

func TestRecordBeforeAnyHeaderNamesNoTip(t *testing.T) {
	r := Record{headOf(0), Exception{"x"}}
	r.Tip = Tip{}
	b, err := r.Bytes(custody.Regtest)
	if want := headText("0", KindException, "none") + "note x\n"; err != nil || string(b) != want {
		t.Fatalf("want\n%s\nfound\n%s\n%v", want, b, err)
	}
	if back, err := Parse(b, custody.Regtest); err != nil || back.Tip.Known {
		t.Fatalf("want no tip, found %+v, %v", back.Tip, err)
	}
}

func TestRecordsThatAreRefused(t *testing.T) {
	z := strings.Repeat("0", 64)
	for _, c := range []struct {
		attack   string
		kind     Kind
		old, new string
		want     string
	}{
		{"unknown kind", KindException, "kind exception", "kind melted", `line 3: kind: want one that this program knows, found "melted"`},
		{"no kind", KindException, "kind exception", "kind", `line 3: want 1 fields behind "kind", found 0`},
		{"another type", KindException, "record@v1", "policy@v1", `line 1: record: want "strongroom/record@v1", found "strongroom/policy@v1"`},
		{"trailing line", KindException, "too late today\n", "too late today\nnote again\n", `line 9: want the end of the text, found "note"`},
		{"leading zero", KindException, "seq 7", "seq 07", `line 2: seq: want a decimal integer without leading zero, found "07"`},
		{"huge tip", KindException, "tip 128", "tip 500000000", "line 4: tip: want at most 499999999, found 500000000"},
		{"tip of three fields", KindException, "tip 128 ", "tip 128 1 ", `line 4: want "tip none" or "tip HEIGHT HASH", found 3 fields`},
		{"upper-case session", KindException, "0a0b0c", "0A0b0c", `line 6: session: want 32 lower-case hex digits, found "000102030405060708090A0b0c0d0e0f"`},
		{"genesis of another chain", KindGenesis, "chain regtest", "chain mainnet", "line 9: chain: want regtest, found mainnet"},
		{"second policy as genesis", KindGenesis, "policy 1 ", "policy 2 ", `line 10: policy: want version 1, found "2"`},
		{"nobody consents", KindGenesis, "consent alice\nconsent bob\n", "", "line 10: want at least one consent line, found none"},
		{"consents out of order", KindGenesis, "consent alice\nconsent bob\n", "consent bob\nconsent alice\n", "line 12: want consent lines sorted and each once, found alice after bob"},
		{"consent twice", KindGenesis, "consent alice\nconsent bob\n", "consent bob\nconsent bob\n", "line 12: want consent lines sorted and each once, found bob after bob"},
		{"files out of order", KindInputs, "a.txt", "z.txt", "line 9: want files sorted by name, found them in another order"},
		{"negative work", KindHeaders, "work 258", "work -258", "line 10: work: want a decimal number of hashes, found another form"},
		{"work with a zero ahead", KindHeaders, "work 258", "work 0258", "line 10: work: want a decimal number of hashes, found another form"},
		{"work beyond any", KindHeaders, "work 258", "work 1" + strings.Repeat("0", 78), "line 10: work: want a decimal number of hashes, found another form"},
		{"refused for nothing", KindRefused, "code SEAT-SHORT\ncode SIG-BAD\n", "", "line 8: want at least one code line, found none"},
		{"lower-case code", KindRefused, "code SIG-BAD", "code sig-bad", `line 10: code: want a code in capitals such as TX-FEE, found "sig-bad"`},
		{"zero id", KindReleased, "replaces " + strings.Repeat("3", 64), "replaces " + z, "line 9: replaces: want none or a hash, found zeros"},
		{"another unit", KindReleased, "total 0.50010000 rBTC", "total 0.50010000 BTC", `line 12: total: want the unit rBTC of regtest, found "BTC"`},
		{"short amount", KindReleased, "total 0.50010000", "total 0.5001", `line 12: total: amount: want digits.eight-digits such as 0.50000000, found "0.5001"`},
		{"mainnet address", KindReleased, p2wpkh, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
			`line 13: pay: address: want one of regtest that can be paid, found "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"`},
		{"index with a zero ahead", KindReleased, "otc-desk#17", "otc-desk#017", `line 14: pay: want a decimal integer without leading zero, found "017"`},
		{"hardened index", KindReleased, "otc-desk#17", "otc-desk#2147483648", "line 14: pay: want at most 2147483647, found 2147483648"},
		{"no transaction", KindReleased, "txid " + strings.Repeat("7", 64) + "\n", "", "line 15: want at least one txid, found none"},
		{"no input", KindReleased, "input " + strings.Repeat("1", 64) + ":9\ninput " + strings.Repeat("1", 64) + ":10\n", "", "line 16: want at least one input, sorted, found 0"},
		{"inputs out of order", KindReleased, ":9\n", ":11\n", "line 18: want at least one input, sorted, found 2"},
		{"outpoint without output", KindReleased, ":9\n", "\n", `line 17: input: want TXID:VOUT, found "` + strings.Repeat("1", 64) + `"`},
		{"change at an output beyond any", KindReleased, "change 1 4", "change 10001 4", "line 19: change: want at most 10000, found 10001"},
		{"owner's wallet beside a tier", KindReleased, "tier small\n", "tier small\nto main\n", `line 12: want "total", found "to"`},
		{"short txid", KindSigned, "txid 7", "txid ", "line 9: txid: want 64 lower-case hex digits, found 63 characters"},
		{"empty note", KindException, "note operator declined: too late today", "note", `line 8: want 0 fields and a text behind "note", found too little`},
	} {
		wantRefused(t, c.attack, strings.Replace(textOfKind(t, c.kind), c.old, c.new, 1), c.want)
	}
}

// wantRefused parses a text and compares the whole refusal.
func wantRefused(t *testing.T, attack, b, want string) {
	t.Helper()
	if _, err := Parse([]byte(b), custody.Regtest); err == nil {
		t.Errorf("%s: want it refused, found it read\n%s", attack, b)
	} else if err.Error() != want {
		t.Errorf("%s: want\n%s\nfound\n%s", attack, want, err)
	}
}

// textOfKind returns the first golden text of a kind.
func textOfKind(t *testing.T, k Kind) string {
	t.Helper()
	for _, g := range goldens(t) {
		if g.kind == k {
			return goldenText(g)
		}
	}
	t.Fatalf("no golden text of kind %s", k)
	return ""
}

func TestLongestReleaseFitsALog(t *testing.T) {
	b := Released{ID: hashOf("2"), Wallet: "main", Tier: "large", Total: custody.MaxAmount, Fee: custody.MaxAmount, Rungs: []Rung{{}}}
	for i := range MaxInputs {
		o := pointOf(t, strings.Repeat("f", 64)+":0")
		o.Index = uint32(4_294_000_000 + i)
		b.Rungs[0].Inputs = append(b.Rungs[0].Inputs, o)
	}
	for range MaxPays {
		b.Pays = append(b.Pays, Pay{Amount: custody.MaxAmount, Label: text.ID("a" + strings.Repeat("b", 31)), Indexed: true, Index: maxIndex,
			Address: addressOf(t, "bcrt1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqc8gma6")})
	}
	text, err := Record{headOf(7), b}.Bytes(custody.Regtest)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(text, custody.Regtest); err != nil {
		t.Fatal(err)
	}
}

func TestRecordWithoutBodyIsNotWritten(t *testing.T) {
	_, err := Record{Head: headOf(0)}.Bytes(custody.Regtest)
	wantError(t, err, "record: want a body, found none")
}

func TestRecordCannotSmuggleALine(t *testing.T) {
	for _, b := range []Body{
		Exception{"x\nnote y"}, Exception{" x"}, Exception{""}, Exception{"caf\u00e9"},
		SessionOpen{[]text.ID{"a b"}}, Inputs{[]File{{Name: "a\nb"}}}, Key{Path: "48h 1h", Entropy: "x", Sealed: "x"},
		Headers{Work: big.NewInt(-1)}, Refused{Codes: []string{"A B"}},
		Released{Wallet: "main", Tier: "small", To: "main", Rungs: []Rung{{Inputs: []wire.OutPoint{{}}}}},
		Released{Wallet: "main", To: "main", Pays: []Pay{{Label: "a", Address: addressOf(t, p2wpkh)}}, Rungs: []Rung{{Inputs: []wire.OutPoint{{}}}}},
		Released{Wallet: "main", Rungs: []Rung{{Inputs: []wire.OutPoint{{}}}}},
		Frozen{Officer: "grace"}, Frozen{Scope: Scope{What: 9}, Officer: "grace"}, Frozen{Scope: Scope{What: ScopeOfficer}, Officer: "grace"},
		Frozen{Scope: Scope{ScopeAll, "bob"}, Officer: "grace"}, Frozen{Scope: Scope{ScopeSigner, "a b"}, Officer: "grace"},
		Adopted{Class: "loosen", Version: 2}, Adopted{Class: "a b", Version: 2, Signers: []text.ID{"bob"}}, Vetoed{}, Thawed{Signers: []text.ID{"bob", "alice"}},
		Recorded{What: "withdrawal", Sitting: "large"}, Recorded{What: "withdrawal", Sitting: "large", Expires: MaxHeight + 1, Signatures: []text.Hash{{1}}},
		Resync{Device: "signer-a", From: LogHead{Size: -1}, Signers: []text.ID{"bob"}}, Rehearsal{Statement: "x", Answered: []text.ID{"alice", "none"}},
		Restore{Store: "s", Place: "p", Operator: "erin", Signers: []text.ID{"bob"}}, Restore{Store: "s", Place: "p", Operator: "erin", Recipients: []string{"ssh-ed25519 AAAA"}, Signers: []text.ID{"bob"}},
		Quarantine{}, Assessed{Points: -1}, Assessed{Points: 1, Lacks: []Lack{{"a b", true}}}, Assessed{Points: 2, Lacks: []Lack{{"swap", true}, {"network", true}}},
		Assessed{Points: 2, Lacks: []Lack{{"swap", true}, {"swap", false}}}, Assessed{Points: 1, Lacks: []Lack{{"network", true}, {"swap", true}}},
	} {
		text, err := Record{headOf(0), b}.Bytes(custody.Regtest)
		if err == nil {
			_, err = Parse(text, custody.Regtest)
		}
		if err == nil {
			t.Errorf("%#v: want it refused, found\n%s", b, text)
		}
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("want the error\n%s\nfound\n%v", want, err)
	}
}

// What parses re-encodes to the same bytes, and folds or not without harm.
func FuzzParse(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add([]byte(goldenText(g)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Parse(b, custody.Regtest)
		if err != nil {
			return
		}
		again, err := r.Bytes(custody.Regtest)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("want the same bytes\n%q\nfound\n%q\n%v", b, again, err)
		}
		s := NewState(custody.Regtest)
		r.Seq = 0
		before := s.Size()
		if err := s.Apply(r); err != nil && s.Size() != before {
			t.Fatalf("want the state unchanged after %v", err)
		}
	})
}
