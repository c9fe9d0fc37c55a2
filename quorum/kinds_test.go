package quorum_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// The rest of a golden text of each kind, behind the head of the golden
// withdrawal. They are written by hand and never made anew.
const (
	goldenInternal = `wallet main
moves 2.00000000 rBTC
fee-max 0.00010000 rBTC
bind none
replaces none
expires 2000
memo many coins become few
`
	goldenSweep = `from main
to vault-2
moves 2.00000000 rBTC
fee-max 0.00010000 rBTC
bind txid 00000000000000000000000000000000000000000000000000000000000000ff
replaces 4444444444444444444444444444444444444444444444444444444444444444
expires 2000
memo keys move
`
	goldenAmendment = `adopt 13 5555555555555555555555555555555555555555555555555555555555555555
class loosen
change - group treasury alice bob carol dave
change + group treasury alice bob carol kate
expires 2000
memo Kate replaces Dave
`
	goldenFreeze    = "scope officer bob\nmemo laptop stolen\n"
	goldenFreezeAll = "scope all\nmemo stop\n"
	goldenThaw      = "lifts 6666666666666666666666666666666666666666666666666666666666666666\nexpires 2000\nmemo found again\n"
	goldenCancel    = "kills 6666666666666666666666666666666666666666666666666666666666666666\nmemo wrong amount\n"
	goldenResync    = `signer signer-a
from 40 y92ELf5KOekNFaRuRHJfLI1bL5ZGX3uq42EH6aH04v0=
to 41 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
expires 2000
memo restored from the copy of May
`
	goldenRehearsal = "statement we hold our keys, pay 1.00000000 rBTC thief\nexpires 2000\nmemo spring drill\n"
	goldenRestore   = `snapshot 7777777777777777777777777777777777777777777777777777777777777777
store minio
place oslo
operator dave
recipient age1outer0
recipient age1inner0
expires 2000
memo drill of May
`
	goldenClearance = `strongroom/clearance@v1
vault acme-treasury
chain regtest
genesis 1111111111111111111111111111111111111111111111111111111111111111
proposal 2222222222222222222222222222222222222222222222222222222222222222
block 128 3333333333333333333333333333333333333333333333333333333333333333
seen signer-a 41 y92ELf5KOekNFaRuRHJfLI1bL5ZGX3uq42EH6aH04v0=
seen signer-b 0 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
watcher frank
says no veto and no freeze seen
`
)

// goldenOf returns the golden text of a kind, with the rest of it given.
func goldenOf(kind quorum.Kind, rest string) string {
	head, _, _ := strings.Cut(golden, "tier medium\n")
	return strings.Replace(head, "kind withdrawal", "kind "+string(kind), 1) + rest
}

func filled(b byte) (h text.Hash) {
	copy(h[:], bytes.Repeat([]byte{b}, 32))
	return h
}

func logHead(t testing.TB, size int64, n int) record.LogHead {
	return record.LogHead{Size: size, Root: goldenWithdrawal(t).Seen[n].Root}
}

// goldenKinds are all of them, with what they mean and their ids.
func goldenKinds(t testing.TB) []struct {
	text, id string
	body     quorum.Body
} {
	t.Helper()
	bind := goldenWithdrawal(t).BindTx
	return []struct {
		text, id string
		body     quorum.Body
	}{
		{goldenOf("internal", goldenInternal), "ef5456c6c936fdbe", quorum.Internal{Wallet: "main", Moves: 2 * coin, FeeMax: custody.Amount(10_000)}},
		{goldenOf("sweep", goldenSweep), "6a68b7f4bf246739", quorum.Sweep{From: "main", To: "vault-2", Moves: 2 * coin, FeeMax: 10_000, BindTx: bind, Replaces: filled(0x44)}},
		{goldenOf("amendment", goldenAmendment), "4106dba617dbf649", quorum.Amendment{Version: 13, Policy: filled(0x55), Class: policy.ClassLoosen,
			Changes: []policy.Change{{Line: "group treasury alice bob carol dave"}, {Added: true, Line: "group treasury alice bob carol kate"}}}},
		{goldenOf("freeze", goldenFreeze), "3030b189451e6caf", quorum.Freeze{Scope: record.Scope{What: record.ScopeOfficer, Name: "bob"}}},
		{goldenOf("freeze", goldenFreezeAll), "9dab6ad9c0c09ea5", quorum.Freeze{Scope: record.Scope{What: record.ScopeAll}}},
		{goldenOf("thaw", goldenThaw), "ea9c33c716f32cde", quorum.Thaw{Lifts: filled(0x66)}},
		{goldenOf("cancel", goldenCancel), "f43b0c15666751a5", quorum.Cancel{Kills: filled(0x66)}},
		{goldenOf("resync", goldenResync), "b0083ba6fb71fbbf", quorum.Resync{Device: "signer-a", From: logHead(t, 40, 0), To: logHead(t, 41, 1)}},
		{goldenOf("rehearsal", goldenRehearsal), "34a35c46966f0646", quorum.Rehearsal{Statement: "we hold our keys, pay 1.00000000 rBTC thief"}},
		{goldenOf("restore", goldenRestore), "f3937de269be4722", quorum.Restore{Snapshot: filled(0x77), Store: "minio", Place: "oslo", Operator: "dave", Recipients: []string{"age1outer0", "age1inner0"}}},
	}
}

func TestEveryKindIsWrittenAndReadAsItsGoldenText(t *testing.T) {
	kinds := []quorum.Kind{quorum.KindWithdrawal}
	for _, g := range goldenKinds(t) {
		p, err := quorum.ParseProposal([]byte(g.text))
		if err != nil {
			t.Errorf("want it read, found %v\n%s", err, g.text)
			continue
		}
		kinds = append(kinds, p.Kind())
		if !reflect.DeepEqual(p.Body, g.body) || p.Kind() != g.body.Kind() || p.Maker != "alice" {
			t.Errorf("want %+v, found %+v", g.body, p.Body)
		}
		if p.ID().Short() != g.id {
			t.Errorf("%s: want id %s, found %s", p.Kind(), g.id, p.ID().Short())
		}
		if again, err := p.Statement.Bytes(); err != nil || string(again) != g.text {
			t.Errorf("want\n%s\nfound\n%s\n%v", g.text, again, err)
		}
	}
	slices.Sort(kinds)
	all := quorum.Kinds()
	slices.Sort(all)
	if !slices.Equal(slices.Compact(kinds), all) {
		t.Errorf("want a golden text of each of %v, found %v", all, kinds)
	}
}

func TestClearanceIsWrittenAndReadAsItsGoldenText(t *testing.T) {
	c, err := quorum.ParseClearance([]byte(goldenClearance))
	if err != nil {
		t.Fatal(err)
	}
	w := goldenWithdrawal(t)
	want := quorum.Clearance{Vault: "acme-treasury", Network: custody.Regtest, Genesis: filled(0x11), Proposal: filled(0x22), Block: w.Block, Seen: w.Seen, Watcher: "frank"}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("want %+v, found %+v", want, c)
	}
	for _, c := range []struct{ attack, old, new, want string }{
		{"says something else", "no veto and no freeze seen", "all is well", `line 10: says: want "no veto and no freeze seen", found "all is well"`},
		{"no watcher", "watcher frank\n", "", `line 9: want "watcher", found "says"`},
		{"a line more", "watcher frank\n", "watcher frank\nwatcher grace\n", `line 10: want "says", found "watcher"`},
		{"a proposal", "strongroom/clearance@v1", "strongroom/proposal@v1", `line 1: clearance: want "strongroom/clearance@v1", found "strongroom/proposal@v1"`},
	} {
		_, err := quorum.ParseClearance([]byte(strings.Replace(goldenClearance, c.old, c.new, 1)))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want %s, found %v", c.attack, c.want, err)
		}
	}
}

// What parses re-encodes to the same bytes.
func FuzzParseClearance(f *testing.F) {
	f.Add([]byte(goldenClearance))
	f.Add([]byte(strings.Replace(goldenClearance, "seen signer-b", "seen signer-c", 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := quorum.ParseClearance(b)
		if err != nil {
			if r := quorum.ReasonOf(err, "NONE"); !strings.HasPrefix(string(r.Code), "TEXT-") {
				t.Fatalf("want a code of the family TEXT, found %s: %v", r.Code, err)
			}
			return
		}
		if again, err := c.Bytes(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("want the same bytes\n%q\nfound\n%q\n%v", b, again, err)
		}
	})
}

// One file under any name beside a good proposal: what is taken can be given
// back under its name, in any order, and brings the proposal what belongs to it
// and nothing else.
func FuzzReadBundle(f *testing.F) {
	id := text.Identity([]byte(golden)).Short()
	f.Add(id+".bob.approve.sig", []byte("sig"))
	f.Add(id+".psbt", []byte("psbt"))
	f.Add("clearance-"+text.Identity([]byte(goldenClearance)).Short()+".txt", []byte(goldenClearance))
	f.Add("policy-13.txt", []byte("policy"))
	f.Add("policy-13.kate.consent.sig", []byte("sig"))
	f.Add("signer-a.checkpoint", []byte("checkpoint"))
	f.Add("headers.bin", make([]byte, 80))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		files := []quorum.File{{Name: id + ".txt", Bytes: []byte(golden)}, {Name: name, Bytes: b}}
		bundle, reasons := quorum.ReadBundle(files)
		slices.Reverse(files)
		other, reasons2 := quorum.ReadBundle(files)
		if !slices.Equal(reasons, reasons2) || (bundle == nil) != (other == nil) {
			t.Fatalf("want the same in any order, found %v and %v", reasons, reasons2)
		}
		if bundle == nil {
			return
		}
		in := bundle.Submission(id)
		if string(in.Text) != golden || len(in.Signatures)+len(in.Clearances)+len(in.Logs) > 1 || len(in.Next.Policy) > 0 {
			t.Fatalf("want the proposal and at most one thing beside it, found %+v", in)
		}
		for _, s := range bundle.Signatures {
			if s.Name() != name || !bytes.Equal(s.Bytes, b) {
				t.Fatalf("want %q back, found %q", name, s.Name())
			}
		}
	})
}
