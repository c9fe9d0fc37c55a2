package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// house is a policy of mainnet in which every keyword has lines, and kim is in
// a group that only proposes and approves.
func house(t testing.TB) *Policy {
	t.Helper()
	must := must(t)
	p := must(rich(t).edit(func(q *Policy) error {
		desk := Group{ID: "desk", Members: []text.ID{"alice", "bob", "carol", "dave", "erin"}}
		q.Groups = slices.Insert(q.Groups, 0, desk)
		q.Roles.Propose = []text.ID{"desk"}
		q.Tiers[0].Needs = []Need{{2, "desk"}}
		q.Tiers[1].Needs = []Need{{2, "desk"}, {2, "treasury"}}
		q.QuietSigner.Every = false
		return nil
	}))
	p = must(p.AddOfficer("kim", "acme-ops", "Kim Example", []sshsig.Key{hardKey(t, "kim")}, "desk"))
	p = must(p.AddOfficer("judy", "law-firm", "Judy Example", []sshsig.Key{softKey(t, "judy")}, "watch"))
	mustPass(t, p)
	return p
}

func mustPass(t testing.TB, p *Policy) {
	t.Helper()
	if r := p.Check(); len(r) > 0 {
		t.Fatalf("want a policy that passes its checks, found %v", r)
	}
}

// successor returns the version after old, with a change.
func successor(t testing.TB, old *Policy, change func(*Policy)) *Policy {
	t.Helper()
	return must(t)(old.edit(func(q *Policy) error {
		change(q)
		for i := range q.Tiers {
			sortSeats(q.Tiers[i].Needs)
		}
		q.Version, q.Previous = old.Version+1, old.Hash()
		return nil
	}))
}

// sortSeats sorts need lines bytewise.
func sortSeats(needs []Need) {
	slices.SortFunc(needs, func(a, b Need) int {
		return strings.Compare(fmt.Sprint(a.Seats, " ", a.Group), fmt.Sprint(b.Seats, " ", b.Group))
	})
}

func compared(t testing.TB, old, next *Policy) Diff {
	t.Helper()
	d, err := Compare(old, next)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// removeOfficer takes all lines of a person out.
func removeOfficer(p *Policy, id text.ID) {
	p.Officers = slices.DeleteFunc(p.Officers, func(o Officer) bool { return o.ID == id })
	p.Signers = slices.DeleteFunc(p.Signers, func(s SignerKey) bool { return s.Officer == id })
	p.Factors = slices.DeleteFunc(p.Factors, func(f Factor) bool { return f.Officer == id })
	p.Terms = slices.DeleteFunc(p.Terms, func(x Term) bool { return x.Officer == id })
	p.Conflicts = slices.DeleteFunc(p.Conflicts, func(c Conflict) bool { return c.Officer == id })
	for i := range p.Groups {
		removeMember(&p.Groups[i], id)
	}
}

func removeMember(g *Group, id text.ID) {
	g.Members = slices.DeleteFunc(g.Members, func(m text.ID) bool { return m == id })
}

func removeDestination(p *Policy, label text.ID) {
	p.Destinations = slices.DeleteFunc(p.Destinations, func(d Destination) bool { return d.Label == label })
	p.Conflicts = slices.DeleteFunc(p.Conflicts, func(c Conflict) bool { return c.Label == label })
}

// listed compares lists of sentences whole.
func listed[T interface{ String() string }](t testing.TB, found []T, want ...string) {
	t.Helper()
	var lines []string
	for _, x := range found {
		lines = append(lines, x.String())
	}
	if !slices.Equal(lines, want) {
		t.Errorf("want\n  %s\nfound\n  %s", strings.Join(want, "\n  "), strings.Join(lines, "\n  "))
	}
}
