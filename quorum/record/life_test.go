package record

import "testing"

// Recovery is for officers who are gone: what they do to another proposal shows
// that they are not, what is done to the recovery itself does not.
func TestLifeIsWhatOfficersDoToAnythingElse(t *testing.T) {
	s := fold(t)
	founded, ok := s.LastLife(hashOf("9"))
	if !ok {
		t.Fatal("want the founding's tip, found none")
	}
	for i, b := range []Body{recordedOf("2"), frozenOf("3", ScopeAll, ""), Killed{hashOf("5"), hashOf("6"), "alice"}} {
		h := headOf(s.Size())
		h.Tip.Height = founded.Height + uint32(i) + 1
		if err := s.Apply(Record{h, b}); err != nil {
			t.Fatal(err)
		}
	}
	if at, _ := s.LastLife(hashOf("9")); at.Height != founded.Height+3 {
		t.Errorf("want life at %d, found %d", founded.Height+3, at.Height)
	}
	if at, _ := s.LastLife(hashOf("6")); at.Height != founded.Height+2 {
		t.Errorf("want the cancel itself left out, found life at %d", at.Height)
	}
	if _, ok := NewState(s.Network()).LastLife(hashOf("9")); ok {
		t.Error("want nothing known of an empty log, found a tip")
	}
}
