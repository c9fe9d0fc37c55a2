package record

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
	"pgregory.net/rapid"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// A universe so small that records of it collide all the time.
const letters = "1234"

// observe asks a state everything about that universe.
func observe(s *State) string {
	var b strings.Builder
	say := func(args ...any) { fmt.Fprintf(&b, "%+v\n", args) }
	genesis, founded := s.Genesis()
	version, head, ok := s.Head()
	codes, doubted := s.Quarantined()
	seq, resynced := s.Resynced()
	say(s.Size(), s.Network(), genesis, founded, s.Keys(), version, head, ok, codes, doubted, seq, resynced)
	say(s.Adoptions(), s.Recordings(), s.Freezes(), s.Rehearsals(), s.Releases(), s.Count())
	for _, id := range []text.ID{"main", "next"} {
		say(s.Wallet(id))
	}
	for _, id := range []text.ID{"alice", "bob", "kim"} {
		say(s.Failed(testKey, 1, id), s.Proven(testKey, 1, id))
	}
	say(s.Shares(testKey))
	for _, l := range letters {
		id := hashOf(string(l))
		say(s.Recording(id))
		say(s.Restored(id))
		say(s.Released(id))
		say(s.ReleasedTx(chainhash.Hash(id)))
		say(s.Spender(wire.OutPoint{Hash: chainhash.Hash(id)}))
		say(s.Cleared(id), s.Vetoed(id), s.Killed(id), s.Lifted(id))
	}
	return b.String()
}

func drawHash(t *rapid.T) text.Hash {
	return hashOf(string(rapid.SampledFrom([]rune(letters)).Draw(t, "letter")))
}

// drawBody draws a record of the universe that can be written and read back.
func drawBody(t *rapid.T) Body {
	id, other := drawHash(t), drawHash(t)
	tx := chainhash.Hash(rapid.SampledFrom([]text.Hash{id, id, other}).Draw(t, "tx"))
	wallet := rapid.SampledFrom([]text.ID{"main", "next"}).Draw(t, "wallet")
	scope := rapid.SampledFrom([]Scope{{What: ScopeAll}, {ScopeOfficer, "bob"}}).Draw(t, "scope")
	code := rapid.SampledFrom([]string{CodeVetoed, "STATE-FORK", "TX-FEE"}).Draw(t, "code")
	release := Released{ID: id, Wallet: wallet, Tier: "small", Rungs: []Rung{{TxID: tx, Inputs: []wire.OutPoint{{Hash: chainhash.Hash(id)}}}}}
	sweep := release
	sweep.Tier, sweep.To = "", wallet
	names := []text.ID{"alice", "bob"}
	return rapid.SampledFrom([]Body{
		Key{[4]byte{1}, "48h", id, "dice", "age"}, Genesis{"acme", custody.Regtest, id, names}, Enrolled{wallet, other, [4]byte{2}},
		SessionOpen{names}, Inputs{[]File{{"a", 1, id}}}, Refused{id, []string{code}}, Refused{Codes: []string{code}}, Exception{"x"},
		release, release, sweep, Signed{id, tx, other}, Signed{id, tx, id},
		Adopted{id, rapid.Uint64Range(2, 3).Draw(t, "version"), other, "loosen", names}, Recorded{id, "withdrawal", "large", 9, other, []text.Hash{other}},
		Cleared{id, other, "bob"}, Vetoed{id, names}, Killed{id, other, "bob"}, Frozen{id, scope, "bob"}, Thawed{id, other, names}, Thawed{id, other, names},
		Quarantine{id, []string{"STATE-FORK"}}, Resync{ID: id, Device: "signer-a", Signers: names}, Rehearsal{id, "x", names},
		Restore{id, other, "store", "place", "bob", []string{"age1"}, names},
		Key{testKey, "48h", id, "dice", "shares"}, sharesOf(rapid.Uint64Range(1, 2).Draw(t, "generation")),
		ShareProven{testKey, 1, "kim"}, Unlock{testKey, 1, []text.ID{"alice", "kim"}, "grace"}, UnlockFailed{testKey, 1, "alice", "x"}, Assessed{id, 2, []Lack{{"swap", true}}},
	}).Draw(t, "body")
}

// A failed record leaves no trace, a good log folds to what its records made
// one by one, and the answers are those that reading the log from its end, the
// slow and obvious way, comes to.
func TestAnyLogFoldsToWhatItsRecordsMade(t *testing.T) {
	taken, refused := map[Kind]int{}, map[Kind]int{}
	rapid.Check(t, func(t *rapid.T) {
		s := NewState(custody.Regtest)
		var entries [][]byte
		var log []Body
		start := rapid.SampledFrom([]int{0, 2, 2, 2}).Draw(t, "start")
		bodies := []Body{Genesis{"acme", custody.Regtest, hashOf("b"), []text.ID{"bob"}}, Enrolled{"main", hashOf("c"), [4]byte{1}}}[:start]
		for range rapid.IntRange(1, 30).Draw(t, "records") {
			bodies = append(bodies, drawBody(t))
		}
		for _, b := range bodies {
			r := Record{headOf(s.Size()), b}
			before := observe(s)
			if err := s.Apply(r); err != nil {
				refused[b.Kind()]++
				if after := observe(s); after != before {
					t.Fatalf("%+v: want no trace after %v\n%s\nfound\n%s", b, err, before, after)
				}
				continue
			}
			taken[b.Kind()]++
			checkPromises(t, log, b)
			e, err := r.Bytes(custody.Regtest)
			if err != nil {
				t.Fatal(err)
			}
			entries, log = append(entries, e), append(log, b)
			compareSlowly(t, s, log)
		}
		again, err := Fold(entries, custody.Regtest)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, s) || observe(again) != observe(s) {
			t.Fatalf("want the same state from the entries\n%s\nfound\n%s", observe(s), observe(again))
		}
	})
	if !testing.Short() && (len(taken) < 18 || len(refused) < 10) {
		t.Errorf("want most of 20 kinds taken and of 13 refused, found %v and %v", taken, refused)
	}
}

// since returns what follows the last record of a type, and whether there is one.
func since[B Body](log []Body) ([]Body, bool) {
	for i := len(log) - 1; i >= 0; i-- {
		if _, ok := log[i].(B); ok {
			return log[i+1:], true
		}
	}
	return log, false
}

func holds[B Body](log []Body, yes func(B) bool) bool {
	return slices.ContainsFunc(log, func(x Body) bool {
		b, ok := x.(B)
		return ok && yes(b)
	})
}

func vetoedIn(log []Body, id text.Hash) bool {
	return holds(log, func(b Vetoed) bool { return b.ID == id }) ||
		holds(log, func(b Refused) bool { return b.ID == id && slices.Contains(b.Codes, CodeVetoed) })
}

func killedIn(log []Body, id text.Hash) bool {
	return holds(log, func(b Killed) bool { return b.ID == id })
}

func liftedIn(log []Body, id text.Hash) bool {
	return holds(log, func(b Thawed) bool { return b.Lifts == id })
}

func quarantinedIn(log []Body) bool {
	after, _ := since[Resync](log)
	return holds(after, func(Quarantine) bool { return true })
}

// checkPromises says what may never follow a log, by reading the log again.
func checkPromises(t *rapid.T, log []Body, next Body) {
	t.Helper()
	frozen := holds(log, func(f Frozen) bool { return f.Scope.What == ScopeAll && !liftedIn(log, f.ID) })
	var id text.Hash
	gives := true
	switch b := next.(type) {
	case Released:
		id = b.ID
	case Restore:
		id = b.ID
	case Recorded:
		gives, frozen = b.What != "resync", false
	case Thawed:
		frozen = false
	default:
		gives = false
	}
	switch {
	case !gives:
	case frozen || quarantinedIn(log):
		t.Fatalf("want nothing given while all is frozen or in quarantine, found %+v", next)
	case !id.IsZero() && (vetoedIn(log, id) || killedIn(log, id)):
		t.Fatalf("want no life in what was vetoed or cancelled, found %+v", next)
	}
}

// compareSlowly compares a state's answers with the log read anew.
func compareSlowly(t *rapid.T, s *State, log []Body) {
	t.Helper()
	if _, yes := s.Quarantined(); yes != quarantinedIn(log) {
		t.Fatalf("want quarantine %v, found %v", !yes, yes)
	}
	after, resynced := since[Resync](log)
	if seq, ok := s.Resynced(); ok != resynced || ok && seq != int64(len(log)-len(after)-1) {
		t.Fatalf("want a resync %v at %d, found %v at %d", resynced, len(log)-len(after)-1, ok, seq)
	}
	var waiting []text.Hash
	for _, b := range after {
		if r, ok := b.(Recorded); ok {
			waiting = append(waiting, r.ID)
		}
	}
	var found []text.Hash
	for _, r := range s.Recordings() {
		found = append(found, r.ID)
	}
	if !slices.Equal(waiting, found) {
		t.Fatalf("want %v waiting, found %v", waiting, found)
	}
	adoptions := 0
	for _, b := range log {
		if _, ok := b.(Adopted); ok {
			adoptions++
		}
	}
	if v, _, ok := s.Head(); ok && v != uint64(adoptions+1) {
		t.Fatalf("want policy %d, found %d", adoptions+1, v)
	}
	for _, l := range letters {
		id := hashOf(string(l))
		if _, ok := s.Recording(id); ok != slices.Contains(waiting, id) {
			t.Fatalf("want %s waiting %v, found %v", id.Short(), !ok, ok)
		}
		if s.Vetoed(id) != vetoedIn(log, id) || s.Killed(id) != killedIn(log, id) || s.Lifted(id) != liftedIn(log, id) {
			t.Fatalf("want the log's vetoes, cancels and thaws of %s, found others", id.Short())
		}
	}
}
