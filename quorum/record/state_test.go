package record

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// entriesOf writes bodies as a log's entries.
func entriesOf(t *testing.T, bodies ...Body) [][]byte {
	t.Helper()
	var entries [][]byte
	for i, b := range bodies {
		e, err := Record{headOf(int64(i)), b}.Bytes(custody.Regtest)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

// releaseOf is a release of proposal id by transaction tx of the coins named.
func releaseOf(t *testing.T, id, tx string, coins ...string) Released {
	t.Helper()
	r := Released{ID: hashOf(id), Wallet: "main", Tier: "small", Total: 1000, Fee: 10,
		Rungs: []Rung{{TxID: pointOf(t, strings.Repeat(tx, 64)+":0").Hash}}}
	for _, c := range coins {
		r.Rungs[0].Inputs = append(r.Rungs[0].Inputs, pointOf(t, strings.Repeat(c, 64)+":0"))
	}
	return r
}

func founded() []Body {
	return []Body{
		Genesis{"acme-treasury", custody.Regtest, hashOf("b"), []text.ID{"alice"}},
		Enrolled{"main", hashOf("c"), [4]byte{1}},
	}
}

func TestLogsThatContradictThemselvesAreRefused(t *testing.T) {
	first := releaseOf(t, "2", "7", "1")
	signed := Signed{first.ID, first.Rungs[0].TxID, hashOf("f")}
	other := signed
	other.ID = hashOf("3")
	for _, c := range []struct {
		attack string
		bodies []Body
		want   string
	}{
		{"second genesis", []Body{founded()[0], founded()[0]}, "log entry 1: want one genesis, found a second"},
		{"wallet before genesis", founded()[1:], "log entry 0: want a genesis before a wallet is enrolled, found none"},
		{"wallet twice", append(founded(), founded()[1]), "log entry 2: want wallet main enrolled once, found it twice"},
		{"release before genesis", []Body{first}, `log entry 0: want a release from an enrolled wallet, found "main"`},
		{"release from an unenrolled wallet", []Body{founded()[0], first}, `log entry 1: want a release from an enrolled wallet, found "main"`},
		{"proposal released twice", append(founded(), first, releaseOf(t, "2", "8", "1")), "log entry 3: want one release of proposal 2222222222222222, found a second"},
		{"transaction released twice", append(founded(), first, releaseOf(t, "3", "7", "1")),
			"log entry 3: want transaction " + strings.Repeat("7", 64) + " released once, found it twice"},
		{"signature before release", append(founded(), signed), "log entry 2: want a release of " + strings.Repeat("7", 64) + " before its signature, found none"},
		{"signature for another proposal", append(founded(), first, other), "log entry 3: want a release of " + strings.Repeat("7", 64) + " before its signature, found none"},
		{"signed twice", append(founded(), first, signed, signed), "log entry 4: want transaction " + strings.Repeat("7", 64) + " signed once, found it twice"},
	} {
		s, err := Fold(entriesOf(t, c.bodies...), custody.Regtest)
		if s != nil {
			t.Errorf("%s: want no state, found one", c.attack)
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want\n%s\nfound\n%v", c.attack, c.want, err)
		}
	}
}

func TestEntriesOutOfSequenceAreRefused(t *testing.T) {
	e := entriesOf(t, append(founded(), Exception{"x"}, Exception{"y"})...)
	for _, c := range []struct {
		attack  string
		entries [][]byte
		want    string
	}{
		{"first missing", e[1:], "log entry 0: want seq 0, found 1"},
		{"one left out", [][]byte{e[0], e[1], e[3]}, "log entry 2: want seq 2, found 3"},
		{"two exchanged", [][]byte{e[0], e[1], e[3], e[2]}, "log entry 2: want seq 2, found 3"},
		{"one twice", [][]byte{e[0], e[1], e[1]}, "log entry 2: want seq 2, found 1"},
		{"garbage", [][]byte{e[0], []byte("x")}, `log entry 1: record: want LF as the last byte, found 'x'`},
	} {
		if _, err := Fold(c.entries, custody.Regtest); err == nil || err.Error() != c.want {
			t.Errorf("%s: want\n%s\nfound\n%v", c.attack, c.want, err)
		}
	}
}

func TestRefusedRecordChangesNothing(t *testing.T) {
	s, err := Fold(entriesOf(t, founded()...), custody.Regtest)
	if err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprintf("%+v", *s)
	for _, r := range []Record{
		{headOf(7), Exception{"x"}}, {headOf(2), founded()[0]}, {headOf(2), founded()[1]}, {headOf(2), nil},
		{headOf(2), Signed{}}, {headOf(2), Released{Wallet: "other"}},
	} {
		if s.Apply(r) == nil {
			t.Errorf("%+v: want it refused, found it applied", r)
		}
		if after := fmt.Sprintf("%+v", *s); after != before {
			t.Errorf("%+v: want the state as it was\n%s\nfound\n%s", r, before, after)
		}
	}
}

func TestZeroStateTakesNothing(t *testing.T) {
	var s State
	wantError(t, s.Apply(Record{headOf(0), Exception{"x"}}), "want a state made by NewState, found the zero one")
	if _, ok := s.Genesis(); ok || s.Size() != 0 || s.Count() != 0 {
		t.Error("want an empty state that trusts nothing, found another")
	}
}

func TestStateTellsWhatTheLogSays(t *testing.T) {
	a, b := releaseOf(t, "2", "7", "1", "4"), releaseOf(t, "3", "8", "4", "6")
	b.Replaces = a.ID
	signed := Signed{a.ID, a.Rungs[0].TxID, hashOf("f")}
	key := Key{[4]byte{1}, "48h/1h/0h/2h", hashOf("a"), "dice", "age"}
	s, err := Fold(entriesOf(t, append(append([]Body{key}, founded()...), a, signed, b, Refused{Codes: []string{"TX-FEE"}})...), custody.Regtest)
	if err != nil {
		t.Fatal(err)
	}
	if g, ok := s.Genesis(); !ok || g.Policy != hashOf("b") || s.Size() != 7 || s.Network() != custody.Regtest || s.Count() != 2 {
		t.Errorf("want the genesis, 7 records and 2 releases, found %+v, %d, %d", g, s.Size(), s.Count())
	}
	if !reflect.DeepEqual(s.Keys(), []Key{key}) {
		t.Errorf("want the key, found %+v", s.Keys())
	}
	if w, ok := s.Wallet("main"); !ok || w.Descriptor != hashOf("c") {
		t.Errorf("want the wallet, found %+v", w)
	}
	r, ok := s.Released(a.ID)
	if !ok || r.Seq != 3 || r.Tip.Height != 128 || !reflect.DeepEqual(r.Released, a) {
		t.Errorf("want the first release, found %+v", r)
	}
	if got, ok := r.SignedTx(signed.TxID); !ok || got != signed {
		t.Errorf("want its signature, found %+v", got)
	}
	if r, ok := s.ReleasedTx(b.Rungs[0].TxID); !ok || r.ID != b.ID || len(r.Signed) != 0 {
		t.Errorf("want the second release, unsigned, found %+v", r)
	}
	for _, c := range []struct {
		coin wire.OutPoint
		by   text.Hash
	}{{a.Rungs[0].Inputs[0], a.ID}, {a.Rungs[0].Inputs[1], b.ID}, {b.Rungs[0].Inputs[1], b.ID}} {
		if r, ok := s.Spender(c.coin); !ok || r.ID != c.by {
			t.Errorf("coin %s: want it spent last by %s, found %s", c.coin, c.by.Short(), r.ID.Short())
		}
	}
	if _, ok := s.Spender(wire.OutPoint{}); ok {
		t.Error("want an unknown coin unspent, found it spent")
	}
}
