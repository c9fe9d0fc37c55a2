package policy

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"strongroom/quorum/text"
)

const peopleText = `strongroom/annex@v1
vault acme-treasury
name people
holds 01000000 2 alice
holds 01000000 2 bob
holds 01000000 2 kim
holds 02000000 2 carol
holds 02000000 2 dave
holds 02000000 2 erin
holds 03000000 1 frank
key 03000000 build firmware 5.4.2
key 03000000 entropy dice6, 100 rolls by frank
key 03000000 place oslo
key 03000000 vendor Coinkite Coldcard Mk4, bag C0412
person kim acme-ops Kim Example
`

const watchText = `strongroom/annex@v1
vault acme-treasury
name watch
grace 144
store first s3.example bucket 1
store second
`

func TestPeopleReadsWhatItWrites(t *testing.T) {
	p, err := ParsePeople([]byte(peopleText))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Holdings) != 7 || p.Holdings[2] != (Holding{[4]byte{1}, 2, "kim"}) || !slices.Equal(p.Persons, []Officer{{"kim", "acme-ops", "Kim Example"}}) {
		t.Errorf("found %+v", p)
	}
	slices.Reverse(p.Holdings)
	if b, err := RenderPeople(p); err != nil || string(b) != peopleText {
		t.Errorf("want sorted lines whatever the order of the fields, found %s %v", b, err)
	}
}

func TestAnnexReadsWhatItWrites(t *testing.T) {
	for _, s := range []string{peopleText, watchText} {
		a, err := ParseAnnex([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := RenderAnnex(a); err != nil || string(b) != s || a.Vault != "acme-treasury" {
			t.Errorf("found %s %v", b, err)
		}
	}
}

func TestAnnexRefuses(t *testing.T) {
	for _, c := range []struct{ of, old, new, want string }{
		{watchText, "annex@v1", "policy@v1", `line 1: annex: want "strongroom/annex@v1", found "strongroom/policy@v1"`},
		{watchText, "name watch", "name petty", `line 3: name: want one of backup, people, watch, workstation, found "petty"`},
		{watchText, "vault acme-treasury", "vault none", `line 2: vault: want a name, found "none", which is kept for absence`},
		{watchText, "grace 144\nstore first s3.example bucket 1\nstore second\n", "", "line 3: want at least 1 line behind the name, found none"},
		{watchText, "grace 144", "grace", `line 4: want at least 1 field behind "grace", found 0`},
		{watchText, "grace 144", "Grace 144", `line 4: keyword: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "Grace"`},
		{watchText, "grace 144", "zeal 144", `line 5: want sorted lines, each once, found "store first s3.example bucket 1" after "zeal 144"`},
		{watchText, "store first s3.example bucket 1", "store second", `line 6: want sorted lines, each once, found "store second" after "store second"`},
		{peopleText, "name people", "name watch", ""},
		{peopleText, "holds 01000000 2 alice", "grant 01000000 2 alice", `line 4: want "holds", found "grant"`},
		{peopleText, "holds 03000000 1 frank", "holds 03000000 frank", `line 10: want 3 fields behind "holds", found 2`},
		{peopleText, "holds 03000000 1 frank", "holds 03000000 0 frank", "line 10: holds: want at least 1 share, found 0"},
		{peopleText, "holds 03000000 1 frank", "holds 03000000 17 frank", "line 10: holds: want at most 16, found 17"},
		{peopleText, "holds 03000000 1 frank", "holds 0300000 1 frank", "line 10: holds: want 8 lower-case hex digits, found 7 characters"},
		{peopleText, "holds 03000000 1 frank", "holds 02000000 3 frank", "line 10: holds: want one number of shares for key 02000000, found 2 and 3"},
		{peopleText, "holds 01000000 2 bob", "holds 01000000 2 alice", `line 5: want sorted lines, each once, found "holds 01000000 2 alice" after "holds 01000000 2 alice"`},
		{peopleText, "key 03000000 build firmware 5.4.2\n", "", `line 11: key: want build, entropy, place and vendor of each key, found 03000000 "entropy"`},
		{peopleText, "key 03000000 vendor Coinkite Coldcard Mk4, bag C0412\n", "", `line 14: want "key", found "person"`},
		{peopleText, "key 03000000 vendor", "key 04000000 vendor", `line 14: key: want build, entropy, place and vendor of each key, found 04000000 "vendor"`},
		{peopleText, "key 03000000 place oslo", "key 03000000 place Oslo", `line 13: key place: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "Oslo"`},
		{peopleText, "key 03000000 build firmware 5.4.2", "key 03000000 build", `line 11: want 2 fields and a text behind "key", found too little`},
		{peopleText, "key 03000000 build firmware 5.4.2", "key 0300000 build firmware 5.4.2", `line 11: key: want 8 lower-case hex digits, found 7 characters`},
		{peopleText, "person kim acme-ops Kim Example", "person kim acme-ops", `line 15: want 2 fields and a text behind "person", found too little`},
		{peopleText, "person kim acme-ops Kim Example", "person kim acme-ops Kim Example\nperson kim other Kim Else",
			`line 16: person: want sorted names, each once, found "kim" after "kim"`},
		{peopleText, "person kim acme-ops Kim Example", "perzon kim acme-ops Kim Example", `line 15: want the end of the text, found "perzon"`},
	} {
		b := edited(t, []byte(c.of), c.old, c.new)
		if _, err := ParseAnnex(b); c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: want %q, found %v", c.new, c.want, err)
		}
	}
	again := edited(t, []byte(peopleText), "person kim", "key 03000000 build a\nkey 03000000 entropy b\nkey 03000000 place c\nkey 03000000 vendor d\nperson kim")
	if _, err := ParsePeople(again); err == nil || err.Error() != "line 18: key: want sorted keys, each once, found 03000000 after 03000000" {
		t.Errorf("found %v", err)
	}
	if _, err := ParsePeople([]byte(watchText)); err == nil || err.Error() != `line 3: name: want people, found "watch"` {
		t.Errorf("found %v", err)
	}
}

func TestAnnexWritesNothingThatReadsBackOtherwise(t *testing.T) {
	for want, p := range map[string]*People{
		`annex people: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "kim acme"`: {
			Vault: "acme", Holdings: []Holding{{[4]byte{1}, 1, "kim"}}, Persons: []Officer{{"kim acme", "ops", "Kim"}}},
		`line 4: want "holds", found "person"`:          {Vault: "acme", Persons: []Officer{{"kim", "ops", "Kim"}}},
		`line 5: want one line, found several in "pers`: {Vault: "acme", Holdings: []Holding{{[4]byte{1}, 1, "kim"}}, Persons: []Officer{{"kim", "ops", "Kim\nholds 02000000 1 kim"}}},
		"line 4: holds: want at least 1 share, found 0": {Vault: "acme", Holdings: []Holding{{[4]byte{1}, 0, "kim"}}},
	} {
		if _, err := RenderPeople(p); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want %q, found %v", want, err)
		}
	}
	if _, err := RenderAnnex(AnnexText{Vault: "acme", Name: "watch", Lines: []string{"b 1", "a 1"}}); err == nil ||
		err.Error() != `line 5: want sorted lines, each once, found "a 1" after "b 1"` {
		t.Errorf("found %v", err)
	}
}

// annexed returns a policy that names the texts.
func annexed(p *Policy, have Annexes) *Policy {
	p.Annexes = nil
	for _, name := range annexNames() {
		if b, ok := have[name]; ok {
			p.Annexes = append(p.Annexes, Annex{name, text.Identity(b)})
		}
	}
	return p
}

func TestCheckAnnexes(t *testing.T) {
	const signersKey = "key 02000000 build 1\nkey 02000000 entropy a\nkey 02000000 place b\nkey 02000000 vendor c\n"
	people, watch := []byte(peopleText), []byte(watchText)
	change := func(old, new string) Annexes { return Annexes{"people": edited(t, people, old, new)} }
	for _, c := range []struct {
		name      string
		line, got Annexes
		want      []string
	}{
		{"all there", Annexes{"people": people, "watch": watch}, Annexes{"people": people, "watch": watch, "backup": {}}, nil},
		{"missing", Annexes{"watch": watch}, nil, []string{"annex watch: want the text " + text.Identity(watch).String() + ", found none"}},
		{"another text", Annexes{"watch": watch}, Annexes{"watch": people},
			[]string{"annex watch: want the text " + text.Identity(watch).String() + ", found " + text.Identity(people).String()}},
		{"another's name", Annexes{"backup": watch}, Annexes{"backup": watch}, []string{"annex backup: want that name in the text, found watch"}},
		{"another vault", change("acme-treasury", "acme"), change("acme-treasury", "acme"), []string{"annex people: want vault acme-treasury, found acme"}},
		{"no annex", Annexes{"watch": []byte("x\n")}, Annexes{"watch": []byte("x\n")},
			[]string{`annex watch: line 1: annex: want "strongroom/annex@v1", found "x"`}},
		{"officer as a person", change("person kim", "person alice"), change("person kim", "person alice"),
			[]string{"annex people: want an officer or a person line for every holder, found kim",
				"annex people: want person lines for people who are no officers, found alice"}},
		{"unknown key", change("holds 03000000", "holds 04000000"), change("holds 03000000", "holds 04000000"),
			[]string{"annex people: want a holder of key 03000000, whose key lines it has, found none", "annex people: want the key of a cosigner, found 04000000"}},
		{"a signer's key told of by hand", change("holds 03000000 1 frank\nkey", "holds 03000000 1 frank\n"+signersKey+"key"), change("holds 03000000 1 frank\nkey", "holds 03000000 1 frank\n"+signersKey+"key"),
			[]string{"annex people: want key lines for keys of external cosigners, found 02000000"}},
		{"too few holders", change("03000000 1", "03000000 2"), change("03000000 1", "03000000 2"),
			[]string{"annex people: want at least the 2 holders who rebuild key 03000000, found 1"}},
		{"two keys of one wallet", change("03000000 1 frank", "03000000 1 alice"), change("03000000 1 frank", "03000000 1 alice"),
			[]string{"wallet main: want everybody to hold shares of one key at most, found alice with 01000000 and 03000000"}},
	} {
		p := annexed(tenPeople(t), c.line)
		var found []string
		for _, r := range p.CheckAnnexes(c.got) {
			if r.Code != CodeAnnex {
				t.Errorf("%s: want code %s, found %s", c.name, CodeAnnex, r.Code)
			}
			found = append(found, r.Text)
		}
		if !slices.Equal(found, c.want) {
			t.Errorf("%s: want\n  %s\nfound\n  %s", c.name, strings.Join(c.want, "\n  "), strings.Join(found, "\n  "))
		}
	}
}

// The cheapest two keys are one held whole and one of two shares: three
// people, as many as the small tier takes. One share less is one person less.
func TestLintCountsWhoSignsWithoutThePolicy(t *testing.T) {
	people := []byte(peopleText)
	whole := edited(t, people, "holds 02000000 2 carol\nholds 02000000 2 dave\nholds 02000000 2 erin\n", "holds 02000000 1 carol\n")
	of3 := string(people[bytes.Index(people, []byte("key 03000000 build")):bytes.Index(people, []byte("person kim"))])
	unknown := edited(t, people, of3, "")
	unnamed := edited(t, unknown, "holds 03000000 1 frank\n", "")
	const untold = "warning: LINT-BYPASS external key 03000000: want its vendor, build, entropy and place in annex people, found none"
	for _, c := range []struct {
		name       string
		text, have []byte
		people     int
		want       []string
	}{
		{"as many", people, people, 3, nil},
		{"two whole keys", whole, whole, 2,
			[]string{"error: LINT-BYPASS wallet main: want at least 3 people to rebuild 2 of its keys, as the cheapest coalition has, found 2"}},
		{"a hardware wallet of which nothing is known", unknown, unknown, 3, []string{untold}},
		{"a key without a holder", unnamed, unnamed, 3,
			[]string{untold, "warning: LINT-BYPASS wallet main: want a holder of key 03000000 in annex people, found none, so it counts as held whole by one more person"}},
		{"the text is not here", people, nil, 0,
			[]string{"warning: LINT-BYPASS annex people: want who holds which key or share, found none, so who could sign without the policy is not assessed"}},
		{"another text", people, whole, 0,
			[]string{"error: LINT-BYPASS annex people: want the text " + text.Identity(people).String() + ", found " + text.Identity(whole).String()}},
	} {
		p := annexed(tenPeople(t), Annexes{"people": c.text})
		have := Annexes{}
		if c.have != nil {
			have["people"] = c.have
		}
		t.Run(c.name, func(t *testing.T) {
			linted(t, p.Lint(have), c.want, LintBypass)
			if b := p.Coalitions(have).Bypasses[0]; b.People != c.people || b.External != 1 || b.M != 2 || b.N != 3 {
				t.Errorf("want %d people and 1 external of 2 of 3, found %+v", c.people, b)
			}
		})
	}
}

// What parses renders to the same bytes, and no text makes a check fail
// otherwise than by a reason.
func FuzzParseAnnex(f *testing.F) {
	f.Add([]byte(peopleText))
	f.Add([]byte(watchText))
	f.Add([]byte(backupText(f)))
	f.Add([]byte(workstationText))
	f.Add([]byte("strongroom/annex@v1\nvault a\nname people\n"))
	f.Add([]byte("strongroom/annex@v1\nvault a\nname watch\na 1\n"))
	p := tenPeople(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ParseAnnex(b)
		if people, perr := ParsePeople(b); perr == nil {
			again, rerr := RenderPeople(people)
			if err != nil || rerr != nil || !bytes.Equal(again, b) {
				t.Fatalf("want the same bytes, found %q, %v, %v", again, err, rerr)
			}
		} else if err == nil && a.Name == annexPeople {
			t.Fatalf("want annex people of its own grammar, found %v", perr)
		}
		if err != nil {
			if !errors.As(err, new(*text.Error)) {
				t.Fatalf("want a refusal with a code, found %v", err)
			}
			return
		}
		if again, err := RenderAnnex(a); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("want the same bytes, found %q, %v", again, err)
		}
		p := *p
		p.Annexes = []Annex{{a.Name, text.Identity(b)}}
		have := Annexes{a.Name: b}
		p.CheckAnnexes(have)
		p.bypasses(have)
	})
}
