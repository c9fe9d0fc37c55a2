package media

import (
	"slices"
	"strings"
	"testing"

	"strongroom/quorum/text"
)

// signed is a statement with both signatures, unless others are named.
func signed(t *testing.T, s Statement, by ...text.ID) Signed {
	t.Helper()
	b, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if len(by) == 0 {
		by = []text.ID{s.By, s.Witness}
	}
	return Signed{s, text.Identity(b), by}
}

// after is the next statement about the same medium.
func after(was Signed, change func(*Statement)) Statement {
	s := was.Statement
	s.Previous, s.Holds = was.Hash, slices.Clone(s.Holds)
	change(&s)
	return s
}

func faults(t *testing.T, want string, all ...Signed) Register {
	t.Helper()
	r, err := Fold("acme-treasury", all)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.Faults, "\n"); got != want {
		t.Errorf("want the faults\n%s\nfound\n%s", want, got)
	}
	return r
}

func TestMediumIsWhereItsLastStatementEnds(t *testing.T) {
	a := signed(t, first())
	b := signed(t, after(a, func(s *Statement) { s.Place, s.At = "oslo", "2026-12-01" }))
	c := signed(t, after(b, func(s *Statement) { s.State, s.Seal = Lost, "" }))
	other := first()
	other.Medium = "card-1"
	r := faults(t, "", c, signed(t, other), a, b)
	if len(r.Media) != 2 || r.Media[0].Now.Medium != "card-1" || r.Media[1].Now.State != Lost || len(r.Media[1].History) != 3 {
		t.Errorf("found %+v", r.Media)
	}
	if _, ok := r.Of("stick-78"); ok {
		t.Error("want no stick-78, found one")
	}
}

// A statement that only one of its people signed moves nothing.
func TestStatementOfOnePersonMovesNothing(t *testing.T) {
	a := signed(t, first())
	gone := signed(t, after(a, func(s *Statement) { s.Place = "oslo" }), "alice", "mallory")
	r := faults(t, "", a, gone)
	if m, _ := r.Of("stick-77"); m.Now.Place != "geneva" || len(r.Waiting) != 1 || !slices.Equal(r.Waiting[0].Missing(), []text.ID{"grace"}) {
		t.Errorf("found %+v, waiting %+v", m.Now, r.Waiting)
	}
}

func TestTwoStatementsInOnePlaceAreNamedAndNeitherCounts(t *testing.T) {
	a := signed(t, first())
	b := signed(t, after(a, func(s *Statement) { s.Place = "oslo" }))
	c := signed(t, after(a, func(s *Statement) { s.Place = "paris" }))
	r := faults(t, "medium stick-77: want one statement after "+a.Hash.String()+", found 2", a, b, c)
	if m, _ := r.Of("stick-77"); !m.Forked || m.Now.Place != "geneva" {
		t.Errorf("found %+v", m)
	}
	twice := first()
	twice.Memo = "another"
	r = faults(t, "medium stick-77: want one statement after none, found 2", a, signed(t, twice))
	if len(r.Media) != 0 {
		t.Errorf("want no medium, found %+v", r.Media)
	}
}

func TestStatementsThatCannotFollowAreNamed(t *testing.T) {
	a := signed(t, first())
	end := destroyed()
	end.Previous = a.Hash
	z := signed(t, end)
	for _, c := range []struct {
		was    Signed
		change func(*Statement)
		want   string
	}{
		{a, func(s *Statement) { s.Serial = "AB12346" }, `want the stick "Acme Z1, 8 GB" with serial "AB12345", found the stick "Acme Z1, 8 GB" with serial "AB12346"`},
		{a, func(s *Statement) { s.Kind = "card" }, `want the stick "Acme Z1, 8 GB" with serial "AB12345", found the card "Acme Z1, 8 GB" with serial "AB12345"`},
		{a, func(s *Statement) { s.At = "2026-11-21" }, "want a day not before 2026-11-22, found 2026-11-21"},
		{a, func(s *Statement) { s.Holds = s.Holds[:2] }, "want it to hold share 1e1f6e20 2 alice still, since nobody wiped it, found it gone"},
		{a, func(s *Statement) { s.State, s.Seal, s.Holds = Lost, "", nil }, "want it to hold home signer-a still, since nobody wiped it, found it gone"},
		{z, func(s *Statement) { s.State, s.Method, s.Tool, s.Verified = InUse, "", "", "" }, "want nothing after it was destroyed, found another statement"},
	} {
		b := signed(t, after(c.was, c.change))
		before := []Signed{a}
		if c.was.Hash == z.Hash {
			before = append(before, z)
		}
		r := faults(t, "medium stick-77: statement "+b.Hash.Short()+": "+c.want, append(before, b)...)
		if m, _ := r.Of("stick-77"); m.Now.Hash != c.was.Hash {
			t.Errorf("want it as before, found %+v", m.Now)
		}
	}
}

func TestLooseStatementsAreNamed(t *testing.T) {
	a := signed(t, first())
	loose := signed(t, after(a, func(s *Statement) { s.Previous = text.Identity([]byte("elsewhere")) }))
	faults(t, "medium stick-77: want every statement to follow another, found 1 that do not", a, loose)
	stranger := first()
	stranger.Vault = "other"
	s := signed(t, stranger)
	faults(t, "statement "+s.Hash.Short()+": want one of vault acme-treasury, found one of other", s)
}
