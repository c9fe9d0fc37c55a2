package slip39

import (
	"bytes"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// cheap is a scheme with an exponent too low for Split, so that a test can open
// it thousands of times.
func cheap(groupThreshold int, groups ...Group) Scheme {
	return Scheme{GroupThreshold: groupThreshold, Groups: groups}
}

func mustSplit(t testing.TB, secret []byte, s Scheme, label string) []*Share {
	t.Helper()
	groups, err := split(secret, []byte("pass"), s, &stream{label: label})
	if err != nil {
		t.Fatal(err)
	}
	var all []*Share
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// opens tells what the standard asks of a choice of shares: as many groups as
// the scheme says, each with as many members as it says, no more.
func opens(s Scheme, chosen []*Share) bool {
	members := make([]int, len(s.Groups))
	for _, c := range chosen {
		members[c.Group()]++
	}
	groups := 0
	for i, n := range members {
		if n > 0 && n != s.Groups[i].Threshold {
			return false
		}
		groups += min(n, 1)
	}
	return groups == s.GroupThreshold
}

func choose(all []*Share, mask uint) []*Share {
	var chosen []*Share
	for i, s := range all {
		if mask>>i&1 == 1 {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

func TestEveryThresholdSubsetRestoresAndNoOtherDoes(t *testing.T) {
	secret := unhex(t, goldenSecret)
	restored := 0
	for name, s := range map[string]Scheme{
		"2 of 3":   cheap(1, Group{2, 3}),
		"3 of 5":   cheap(1, Group{3, 5}),
		"5 of 5":   cheap(1, Group{5, 5}),
		"1 of 1":   cheap(1, Group{1, 1}),
		"2 groups": cheap(2, Group{1, 1}, Group{2, 3}, Group{3, 3}),
		"1 group":  cheap(1, Group{2, 2}, Group{2, 3}, Group{1, 1}),
		"3 groups": cheap(3, Group{1, 1}, Group{1, 1}, Group{1, 1}, Group{2, 2}),
	} {
		all := mustSplit(t, secret, s, name)
		for mask := uint(1); mask < 1<<len(all); mask++ {
			chosen := choose(all, mask)
			got, err := Combine(chosen, []byte("pass"))
			if want := opens(s, chosen); want != (err == nil) || want && !bytes.Equal(got, secret) {
				t.Fatalf("%s, choice %b: want it open %t, found %v", name, mask, want, err)
			}
			if err == nil {
				restored++
			}
		}
	}
	if restored != 31 {
		t.Errorf("want 31 choices that open, found %d", restored)
	}
}

func TestRandomSchemesRestore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := drawSecret(t)
		s := drawScheme(t)
		groups, err := split(secret, []byte("pass"), s, &stream{label: rapid.String().Draw(t, "label")})
		if err != nil {
			t.Fatal(err)
		}
		chosen := drawQuorum(t, s, groups)
		got, err := Combine(chosen, []byte("pass"))
		if err != nil || !bytes.Equal(got, secret) {
			t.Fatalf("want the secret, found %v", err)
		}
		less := rapid.IntRange(0, len(chosen)-1).Draw(t, "left out")
		if got, err = Combine(append(chosen[:less:less], chosen[less+1:]...), []byte("pass")); err == nil || got != nil {
			t.Fatal("one share less: want it refused, found a secret")
		}
	})
}

func drawSecret(t *rapid.T) []byte {
	size := 2 * rapid.IntRange(minSecret/2, maxSecret/2).Draw(t, "half a size")
	return rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "secret")
}

func drawScheme(t *rapid.T) Scheme {
	s := Scheme{Extendable: rapid.Bool().Draw(t, "extendable")}
	for range rapid.IntRange(1, maxCount).Draw(t, "groups") {
		g := Group{Count: rapid.IntRange(1, maxCount).Draw(t, "count")}
		g.Threshold = rapid.IntRange(min(2, g.Count), g.Count).Draw(t, "threshold")
		s.Groups = append(s.Groups, g)
	}
	s.GroupThreshold = rapid.IntRange(1, len(s.Groups)).Draw(t, "group threshold")
	return s
}

// drawQuorum takes exactly what opens the scheme, in any order.
func drawQuorum(t *rapid.T, s Scheme, groups [][]*Share) []*Share {
	var chosen []*Share
	for _, i := range rapid.Permutation(order(len(groups))).Draw(t, "groups")[:s.GroupThreshold] {
		for _, k := range rapid.Permutation(order(len(groups[i]))).Draw(t, "members")[:s.Groups[i].Threshold] {
			chosen = append(chosen, groups[i][k])
		}
	}
	return rapid.Permutation(chosen).Draw(t, "order")
}

func order(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// forged returns a share with a changed header and value.
func forged(s *Share, change func(h *header, value []byte)) *Share {
	h, value := s.header, bytes.Clone(s.bytes())
	change(&h, value)
	return newShare(h, value)
}

func TestCombineRefusesWhatDoesNotBelongTogether(t *testing.T) {
	secret := unhex(t, goldenSecret)
	s := cheap(2, Group{2, 3}, Group{3, 3}, Group{1, 1})
	all := mustSplit(t, secret, s, "one")
	a1, a2, b1, b2, b3, c1 := all[0], all[1], all[3], all[4], all[5], all[6]
	stranger := mustSplit(t, secret, s, "two")[1]
	sameName := forged(stranger, func(h *header, _ []byte) { h.identifier = a1.header.identifier })
	set := func(shares ...*Share) []*Share { return shares }
	changed := func(change func(h *header)) []*Share {
		return set(a1, forged(a2, func(h *header, _ []byte) { change(h) }), c1)
	}
	const digest = "combine: group 1: want shares that agree with their digest, found a foreign or changed one among them"
	cases := []struct {
		name   string
		shares []*Share
		want   string
	}{
		{"none", nil, "combine: want 1 to 256 shares, found 0"},
		{"flood", make([]*Share, 257), "combine: want 1 to 256 shares, found 257"},
		{"of another set", set(a1, stranger, c1), "combine: share 2: want the identifier " + strconv.Itoa(a1.Identifier()) + " as in share 1, found " + strconv.Itoa(stranger.Identifier())},
		{"of another set by the same name", set(a1, sameName, c1), digest},
		{"another flag", changed(func(h *header) { h.extendable = true }), "combine: share 2: want the extendable flag false as in share 1, found true"},
		{"another exponent", changed(func(h *header) { h.exponent = 7 }), "combine: share 2: want the exponent 0 as in share 1, found 7"},
		{"another group threshold", changed(func(h *header) { h.groupThreshold = 1 }), "combine: share 2: want the group threshold 2 as in share 1, found 1"},
		{"another group count", changed(func(h *header) { h.groupCount = 4 }), "combine: share 2: want the group count 3 as in share 1, found 4"},
		{"another length", set(a1, newShare(a2.header, make([]byte, 18)), c1), "combine: share 2: want the length 16 as in share 1, found 18"},
		{"another threshold", changed(func(h *header) { h.threshold = 3 }), "combine: share 2: want the threshold 2 of its group as in share 1, found 3"},
		{"one share twice", set(a1, c1, a1), "combine: share 3: want another member of group 1 than share 1, found member 1 again"},
		{"too few members and groups", set(a1), "combine: shares of group 1: want 2, found 1; groups: want 2, found 1"},
		{"too few members in two groups", set(a1, b1, b2), "combine: shares of group 1: want 2, found 1; shares of group 2: want 3, found 2"},
		{"too many members", set(a1, a2, all[2], c1), "combine: shares of group 1: want 2, found 3"},
		{"too many groups", set(a1, a2, c1, b1, b2, b3), "combine: groups: want 2, found 3"},
		{"changed value", set(a1, forged(a2, func(_ *header, v []byte) { v[15] ^= 1 }), c1), digest},
		{"another member number", set(a1, forged(a2, func(h *header, _ []byte) { h.member = 2 }), c1), digest},
		{"changed value of a whole group", set(a1, a2, forged(c1, func(_ *header, v []byte) { v[0] ^= 1 })),
			"combine: want groups that agree with their digest, found a foreign or changed one among them"},
	}
	for _, c := range cases {
		if secret, err := Combine(c.shares, nil); err == nil || err.Error() != c.want || secret != nil {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
	if got, err := Combine(set(c1, a2, a1), []byte("pass")); err != nil || !bytes.Equal(got, secret) {
		t.Errorf("want the secret of what belongs together, found %v", err)
	}
}

// A thief with one share less than the threshold rewrites the threshold.
func TestLoweredThresholdOpensNothing(t *testing.T) {
	secret := unhex(t, goldenSecret)
	for _, g := range []Group{{2, 2}, {3, 3}, {5, 5}, {16, 16}} {
		all := mustSplit(t, secret, cheap(1, g), "thief")
		var stolen []*Share
		for _, s := range all[1:] {
			stolen = append(stolen, forged(s, func(h *header, _ []byte) { h.threshold-- }))
		}
		got, err := Combine(stolen, []byte("pass"))
		if g.Threshold == 2 {
			// a group of one has no digest, and its share is no secret either
			if err != nil || bytes.Equal(got, secret) {
				t.Errorf("2 of 2: want another secret, found %v", err)
			}
			continue
		}
		if err == nil || got != nil {
			t.Errorf("%d of %d: want it refused, found a secret", g.Threshold, g.Count)
		}
	}
}

// Further sets of an extendable secret open to it with the same passphrase.
func TestOnlyExtendableSetsEncryptAlike(t *testing.T) {
	secret := unhex(t, goldenSecret)
	for _, extendable := range []bool{true, false} {
		s := cheap(1, Group{1, 1})
		s.Extendable = extendable
		one, two := mustSplit(t, secret, s, "one")[0], mustSplit(t, secret, s, "two")[0]
		if one.Identifier() == two.Identifier() {
			t.Fatal("want two identifiers, found one")
		}
		if alike := bytes.Equal(one.bytes(), two.bytes()); alike != extendable {
			t.Errorf("extendable %t: want the encrypted secrets alike %t, found %t", extendable, extendable, alike)
		}
	}
}

func TestCombineLeavesTheSharesAsTheyWere(t *testing.T) {
	shares := []*Share{mustParse(t, golden1), mustParse(t, golden2)}
	if _, err := Combine(shares, []byte(goldenPass)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{golden1, golden2} {
		if words, err := shares[i].Words(); err != nil || string(words) != want {
			t.Errorf("share %d: want it as it was, found %v", i+1, err)
		}
	}
}
