package record

import "testing"

// What officers signed is told for each kind, and nothing for what a machine or
// its operator does alone.
func TestPaperIsWhatOfficersSigned(t *testing.T) {
	id, killer := hashOf("2"), hashOf("3")
	for _, b := range []Body{Released{ID: id}, Adopted{ID: id}, Recorded{ID: id}, Cleared{ID: id}, Restore{ID: id}, Rehearsal{ID: id}, Thawed{ID: id, Lifts: killer},
		Resync{ID: id}, Frozen{ID: id}, Killed{ID: killer, By: id}, Vetoed{ID: id}} {
		if got, ok := Paper(b); !ok || got != id {
			t.Errorf("%s: want paper %s, found %s %t", b.Kind(), id.Short(), got.Short(), ok)
		}
	}
	for _, b := range []Body{Key{}, Genesis{}, Enrolled{}, SessionOpen{}, SessionClose{}, Inputs{}, Headers{}, Exception{}, Refused{ID: id}, Signed{ID: id}, Quarantine{ID: id}, Assessed{}} {
		if got, ok := Paper(b); ok {
			t.Errorf("%s: want no paper, found %s", b.Kind(), got.Short())
		}
	}
}

func TestEachVersionIsAdoptedOnce(t *testing.T) {
	s := fold(t, adoptedOf(2, "c"), adoptedOf(3, "d"))
	for i, want := range s.Adoptions() {
		if got, ok := s.Adoption(uint64(i) + 2); !ok || got.Version != want.Version || got.Policy != want.Policy || got.Seq != want.Seq {
			t.Errorf("want policy %d of record %d, found %+v", want.Version, want.Seq, got)
		}
	}
	for _, version := range []uint64{0, 1, 4, 1 << 63} {
		if got, ok := s.Adoption(version); ok {
			t.Errorf("policy %d: want no adoption, found %+v", version, got)
		}
	}
}
