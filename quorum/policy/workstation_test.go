package policy

import (
	"slices"
	"testing"

	"strongroom/quorum/text"
)

const workstationText = `strongroom/annex@v1
vault acme-treasury
name workstation
allow files
allow unwitnessed
`

func TestWorkstationReadsWhatItWrites(t *testing.T) {
	w, err := ParseWorkstation([]byte(workstationText))
	if err != nil {
		t.Fatal(err)
	}
	if w.Vault != "acme-treasury" || !w.Allowed(AllowFiles) || !w.Allowed(AllowUnwitnessed) || w.Allowed(AllowNetwork) {
		t.Errorf("found %+v", w)
	}
	slices.Reverse(w.Allows)
	if b, err := RenderWorkstation(w); err != nil || string(b) != workstationText {
		t.Errorf("want sorted lines whatever the order of the fields, found %s %v", b, err)
	}
	if a, err := ParseAnnex([]byte(workstationText)); err != nil || a.Name != "workstation" {
		t.Errorf("found %+v %v", a, err)
	}
}

func TestWorkstationRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"name workstation", "name people", `line 3: name: want workstation, found "people"`},
		{"allow files", "allow fun", `line 4: allow: want one of clear-words, files, network, system-generator, unreviewed, unwitnessed, found "fun"`},
		{"allow files", "forbid files", `line 4: want "allow", found "forbid"`},
		{"allow files\nallow unwitnessed\n", "", `line 4: want "allow", found the end of the text`},
		{"allow unwitnessed", "allow files", `line 5: allow: want sorted lines, each once, found "files" after "files"`},
		{"allow unwitnessed", "allow clear-words", `line 5: allow: want sorted lines, each once, found "clear-words" after "files"`},
		{"allow unwitnessed\n", "allow unwitnessed\nallow zeal\n", `line 6: allow: want one of clear-words, files, network, system-generator, unreviewed, unwitnessed, found "zeal"`},
	} {
		if _, err := ParseWorkstation(edited(t, []byte(workstationText), c.old, c.new)); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.new, c.want, err)
		}
	}
	if _, err := ParseAnnex(edited(t, []byte(workstationText), "allow files", "allow fun")); err == nil {
		t.Error("want an allowance that nobody knows refused in any annex, found it read")
	}
	for _, w := range []Workstation{{}, {Vault: "acme"}, {Vault: "acme", Allows: []Allowance{"fun"}}, {Vault: "a b", Allows: []Allowance{AllowFiles}}} {
		if b, err := RenderWorkstation(w); err == nil {
			t.Errorf("want %+v refused, found %s", w, b)
		}
	}
}

// What a policy does not name, or names and nobody has, allows nothing.
func TestWithoutTheAnnexNothingIsAllowed(t *testing.T) {
	p := staffed(t, Team, 1)
	w, err := p.Workstation(Annexes{annexWorkstation: []byte(workstationText)})
	if err != nil || len(w.Allows) > 0 {
		t.Errorf("want an annex that the policy does not name to allow nothing, found %v %v", w, err)
	}
	b := []byte(workstationText)
	named := *p
	named.Annexes = []Annex{{annexWorkstation, text.Identity(b)}}
	if w, err = named.Workstation(Annexes{annexWorkstation: b}); err != nil || !w.Allowed(AllowFiles) {
		t.Errorf("want what the annex allows, found %v %v", w, err)
	}
	for _, have := range []Annexes{nil, {annexWorkstation: edited(t, b, "allow files\n", "")}, {annexPeople: b}} {
		if w, err = named.Workstation(have); err == nil || len(w.Allows) > 0 {
			t.Errorf("want an error and nothing allowed, found %v %v", w, err)
		}
	}
	if (Workstation{}).Allowed("") || len(Exchange.Allowances()) > 0 || slices.Contains(Fund.Allowances(), AllowFiles) {
		t.Error("want nothing allowed by nothing, and presets that differ as they say")
	}
}
