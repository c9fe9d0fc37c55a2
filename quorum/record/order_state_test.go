package record

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Orders of a small vault, named by the letter of their id.
func adoptedOf(version uint64, letter string) Adopted {
	return Adopted{hashOf(letter), version, hashOf(letter), "loosen", []text.ID{"alice"}}
}

func recordedOf(letter string) Recorded {
	return Recorded{hashOf(letter), "withdrawal", "large", 953326, hashOf("8"), []text.Hash{hashOf("a")}}
}

func frozenOf(letter string, k ScopeKind, name text.ID) Frozen {
	return Frozen{hashOf(letter), Scope{k, name}, "grace"}
}

func thawedOf(letter, lifts string) Thawed {
	return Thawed{hashOf(letter), hashOf(lifts), []text.ID{"bob"}}
}

func resyncOf(letter string) Resync {
	return Resync{hashOf(letter), "signer-a", LogHead{41, filled(1)}, LogHead{35, filled(2)}, []text.ID{"bob"}}
}

func restoreOf(letter string) Restore {
	return Restore{hashOf(letter), hashOf("a"), "store-b", "vault-two", "erin", []string{"age1zzz"}, []text.ID{"bob"}}
}

func doubt(codes ...string) Quarantine { return Quarantine{Codes: codes} }

func TestOrdersThatContradictTheLogAreRefused(t *testing.T) {
	all, release := frozenOf("f", ScopeAll, ""), releaseOf(t, "2", "7", "1")
	veto := Vetoed{hashOf("2"), []text.ID{"grace"}}
	kill := Killed{hashOf("2"), hashOf("e"), "alice"}
	signed := Signed{release.ID, release.Rungs[0].TxID, hashOf("f")}
	const frozen = "log entry 3: want every freeze of everything lifted before the next record of kind "
	for _, c := range []struct {
		attack string
		bodies []Body // after the founding
		want   string
	}{
		{"policy skipped", []Body{adoptedOf(3, "d")}, "log entry 2: want policy 2 adopted next, found 3"},
		{"first policy again", []Body{adoptedOf(1, "d")}, "log entry 2: want policy 2 adopted next, found 1"},
		{"two policies of one version", []Body{adoptedOf(2, "d"), adoptedOf(2, "e")}, "log entry 3: want policy 3 adopted next, found 2"},
		{"recorded twice", []Body{recordedOf("2"), recordedOf("2")}, "log entry 3: want proposal 2222222222222222 recorded once, found it twice"},
		{"recorded again after a resync", []Body{recordedOf("2"), resyncOf("3"), recordedOf("2")}, "log entry 4: want proposal 2222222222222222 recorded once, found it twice"},
		{"freeze twice", []Body{all, all}, "log entry 3: want freeze ffffffffffffffff once, found it twice"},
		{"freeze replayed after its thaw", []Body{all, thawedOf("3", "f"), all}, "log entry 4: want freeze ffffffffffffffff once, found it twice"},
		{"resync replayed", []Body{doubt("STATE-FORK"), resyncOf("3"), doubt("STATE-FORK"), resyncOf("3")}, "log entry 5: want resync 3333333333333333 once, found it twice"},
		{"restore twice", []Body{restoreOf("2"), restoreOf("2")}, "log entry 3: want one restore by proposal 2222222222222222, found a second"},
		{"restore while frozen", []Body{all, restoreOf("2")}, frozen + "restore, found ffffffffffffffff standing"},
		{"restore of a vetoed proposal", []Body{veto, restoreOf("2")}, "log entry 3: want a proposal that nobody vetoed, found 2222222222222222, which was"},
		{"restore of a cancelled proposal", []Body{kill, restoreOf("2")}, "log entry 3: want a proposal that was not cancelled, found 2222222222222222, which was"},
		{"release while frozen", []Body{all, release}, frozen + "released, found ffffffffffffffff standing"},
		{"release while one of two freezes stands", []Body{frozenOf("e", ScopeAll, ""), all, thawedOf("3", "e"), release},
			"log entry 5: want every freeze of everything lifted before the next record of kind released, found ffffffffffffffff standing"},
		{"release of a vetoed proposal", []Body{veto, release}, "log entry 3: want a proposal that nobody vetoed, found 2222222222222222, which was"},
		{"release of a proposal that was refused for a veto", []Body{Refused{hashOf("2"), []string{CodeVetoed}}, release},
			"log entry 3: want a proposal that nobody vetoed, found 2222222222222222, which was"},
		{"release of a cancelled proposal", []Body{kill, release}, "log entry 3: want a proposal that was not cancelled, found 2222222222222222, which was"},
		{"signature in quarantine without release", []Body{doubt("STATE-FORK"), signed}, "log entry 3: want a release of " + strings.Repeat("7", 64) + " before its signature, found none"},
	} {
		wantContradiction(t, c.attack, append(founded(), c.bodies...), c.want)
	}
	wantContradiction(t, "policy before genesis", []Body{adoptedOf(2, "d")}, "log entry 0: want a genesis before a policy is adopted, found none")
}

func wantContradiction(t *testing.T, attack string, bodies []Body, want string) {
	t.Helper()
	s, err := Fold(entriesOf(t, bodies...), custody.Regtest)
	if s != nil {
		t.Errorf("%s: want no state, found one", attack)
	}
	if err == nil || err.Error() != want {
		t.Errorf("%s: want\n%s\nfound\n%v", attack, want, err)
	}
}

// Every kind is tried in quarantine: what is not named here as bearable is
// refused, whatever else it says.
func TestQuarantineTakesEvidenceAndWhatTightensOnly(t *testing.T) {
	bearable := []Kind{KindSessionOpen, KindSessionClose, KindInputs, KindHeaders, KindRefused, KindException, KindSigned,
		KindFrozen, KindVetoed, KindKilled, KindQuarantine, KindResync, KindAdopted, KindCleared,
		KindUnlock, KindUnlockFailed, KindShareProven, KindIntegrity, KindAssessed, KindWiped}
	before := releaseOf(t, "2", "7", "1")
	refused := 0
	for _, g := range goldens(t) {
		s := NewState(custody.Regtest)
		for i, b := range append(founded(), before, doubt("STATE-FORK")) {
			if err := s.Apply(Record{headOf(int64(i)), b}); err != nil {
				t.Fatal(err)
			}
		}
		err := s.Apply(Record{headOf(s.Size()), g.body})
		if slices.Contains(bearable, g.kind) {
			if err != nil && strings.Contains(err.Error(), "quarantine") {
				t.Errorf("%s: want it taken, found %v", g.kind, err)
			}
			continue
		}
		refused++
		wantError(t, err, "want a resync before the next record of kind "+string(g.kind)+", found the machine in quarantine")
	}
	if refused < 10 {
		t.Errorf("want at least 10 texts refused, found %d", refused)
	}
}

func TestResyncEndsQuarantineAndWhatWaited(t *testing.T) {
	s := fold(t, recordedOf("2"), doubt("STATE-ROLLBACK"), Quarantine{hashOf("4"), []string{"STATE-FORK"}}, doubt("STATE-ROLLBACK"))
	if codes, yes := s.Quarantined(); !yes || !slices.Equal(codes, []string{"STATE-FORK", "STATE-ROLLBACK"}) {
		t.Errorf("want quarantine for both codes, found %v %v", codes, yes)
	}
	if _, ok := s.Resynced(); ok {
		t.Error("want no resync yet, found one")
	}
	s = fold(t, recordedOf("2"), doubt("STATE-ROLLBACK"), resyncOf("3"), recordedOf("5"), releaseOf(t, "6", "7", "1"))
	if codes, yes := s.Quarantined(); yes || codes != nil {
		t.Errorf("want no quarantine, found %v", codes)
	}
	if seq, ok := s.Resynced(); !ok || seq != 4 {
		t.Errorf("want a resync at 4, found %d %v", seq, ok)
	}
	if r, ok := s.Recording(hashOf("2")); ok {
		t.Errorf("want the recording before the resync dead, found %+v", r)
	}
	if _, ok := s.Recording(hashOf("9")); ok {
		t.Error("want no recording of what nobody recorded, found one")
	}
	r, ok := s.Recording(hashOf("5"))
	if !ok || r.Seq != 5 || r.Tip.Height != 128 || !reflect.DeepEqual(r.Recorded, recordedOf("5")) {
		t.Errorf("want the recording after the resync, found %+v", r)
	}
	if list := s.Recordings(); len(list) != 1 || list[0].ID != r.ID {
		t.Errorf("want that recording alone, found %+v", list)
	}
	s = fold(t, resyncOf("3"), doubt("POL-FORK"))
	if codes, yes := s.Quarantined(); !yes || !slices.Equal(codes, []string{"POL-FORK"}) {
		t.Errorf("want a doubt after a resync to count, found %v %v", codes, yes)
	}
}

// A signature that a crash left out is still made, whatever was stopped since.
func TestCrashIsCompletedAfterFreezeVetoAndQuarantine(t *testing.T) {
	release := releaseOf(t, "2", "7", "1")
	signed := Signed{release.ID, release.Rungs[0].TxID, hashOf("f")}
	s := fold(t, release, frozenOf("e", ScopeAll, ""), Vetoed{release.ID, []text.ID{"grace"}}, Killed{release.ID, hashOf("e"), "alice"}, doubt("STATE-FORK"), signed)
	if r, ok := s.Released(release.ID); !ok || len(r.Signed) != 1 || !s.Vetoed(release.ID) || !s.Killed(release.ID) {
		t.Errorf("want the signature beside the veto and the cancel, found %+v", r)
	}
	if s.Vetoed(hashOf("3")) || s.Killed(hashOf("3")) {
		t.Error("want nothing said of another proposal, found a veto or a cancel")
	}
}

func TestFreezesHoldUntilAThawNamesThem(t *testing.T) {
	s := fold(t, frozenOf("d", ScopeOfficer, "bob"), thawedOf("3", "e"), frozenOf("e", ScopeAll, ""), frozenOf("f", ScopeDestination, "otc-desk"),
		thawedOf("4", "f"), releaseOf(t, "2", "7", "1"), restoreOf("5"), adoptedOf(2, "d"))
	var got []string
	for _, f := range s.Freezes() {
		got = append(got, fmt.Sprint(f.Seq, " ", f.ID.String()[:1], " ", f.Scope, " ", f.Tip.Height, " ", f.Lifted))
	}
	want := []string{"2 d officer bob 128 false", "4 e all 128 true", "5 f destination otc-desk 128 true"}
	if !slices.Equal(got, want) {
		t.Errorf("want\n%q\nfound\n%q", want, got)
	}
	if s.Lifted(hashOf("d")) || !s.Lifted(hashOf("e")) {
		t.Error("want e lifted and d not, found otherwise")
	}
}

func TestHeadIsTheLastAdoption(t *testing.T) {
	s := fold(t)
	if v, h, ok := s.Head(); !ok || v != 1 || h != hashOf("b") || len(s.Adoptions()) != 0 {
		t.Errorf("want the genesis, found %d %s", v, h)
	}
	s = fold(t, adoptedOf(2, "c"), adoptedOf(3, "d"))
	if v, h, ok := s.Head(); !ok || v != 3 || h != hashOf("d") {
		t.Errorf("want policy 3, found %d %s", v, h)
	}
	if a := s.Adoptions(); len(a) != 2 || a[0].Seq != 2 || a[1].Seq != 3 || a[1].Tip.Height != 128 || !reflect.DeepEqual(a[0].Adopted, adoptedOf(2, "c")) {
		t.Errorf("want both adoptions, found %+v", a)
	}
}

func TestStateRemembersClearancesRehearsalsAndRestores(t *testing.T) {
	first, second := Cleared{hashOf("2"), hashOf("d"), "heidi"}, Cleared{hashOf("2"), hashOf("e"), "ivan"}
	rehearsal := Rehearsal{hashOf("4"), "anybody?", []text.ID{"alice"}}
	s := fold(t, first, Cleared{hashOf("3"), hashOf("d"), "heidi"}, second, rehearsal, restoreOf("5"))
	if got := s.Cleared(hashOf("2")); !slices.Equal(got, []Cleared{first, second}) {
		t.Errorf("want both clearances, found %+v", got)
	}
	if got := s.Rehearsals(); !reflect.DeepEqual(got, []Rehearsal{rehearsal}) {
		t.Errorf("want the rehearsal, found %+v", got)
	}
	if got, ok := s.Restored(hashOf("5")); !ok || !reflect.DeepEqual(got, restoreOf("5")) {
		t.Errorf("want the restore, found %+v", got)
	}
	if _, ok := s.Restored(hashOf("6")); ok {
		t.Error("want no other restore, found one")
	}
}

// What a caller does to an answer must not change the state.
func TestAnswersAreCopies(t *testing.T) {
	s := fold(t, adoptedOf(2, "c"), recordedOf("2"), Cleared{hashOf("2"), hashOf("d"), "heidi"}, Rehearsal{ID: hashOf("4"), Statement: "x"},
		frozenOf("d", ScopeOfficer, "bob"), doubt("STATE-FORK"))
	before := observe(s)
	s.Adoptions()[0], s.Recordings()[0], s.Cleared(hashOf("2"))[0] = Adoption{}, Recording{}, Cleared{}
	s.Rehearsals()[0], s.Freezes()[0] = Rehearsal{}, Freeze{}
	codes, _ := s.Quarantined()
	codes[0] = "TX-FEE"
	if after := observe(s); after != before {
		t.Errorf("want\n%s\nfound\n%s", before, after)
	}
}

func TestOnlyTheTypesOfThisPackageAreApplied(t *testing.T) {
	s := fold(t)
	wantError(t, s.Apply(Record{headOf(2), nil}), "want a kind that this program knows, found none")
	wantError(t, s.Apply(Record{headOf(2), Release{Released: releaseOf(t, "2", "7", "1")}}), "want a kind that this program knows, found another form of released")
}

// fold is the state of a founded vault after the bodies.
func fold(t *testing.T, bodies ...Body) *State {
	t.Helper()
	s, err := Fold(entriesOf(t, append(founded(), bodies...)...), custody.Regtest)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
