package main

import (
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// annexChange is what becomes of an annex from one version of the policy to the
// next. An amendment's own lines show the hashes alone.
type annexChange struct {
	name    text.ID
	lines   []policy.Change
	missing bool // one of the texts is not here, so its lines are not known
}

type annexJSON struct {
	Name    text.ID  `json:"name"`
	Missing bool     `json:"missing"`
	Lines   []string `json:"lines"`
}

// annexChanges compares the annexes of two versions by their texts.
func annexChanges(texts func(text.Hash) ([]byte, error), old, next *policy.Policy) []annexChange {
	var names []text.ID
	for _, a := range slices.Concat(old.Annexes, next.Annexes) {
		before, _ := old.Annex(a.Name)
		after, _ := next.Annex(a.Name)
		if before != after && !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	var out []annexChange
	for _, name := range names {
		before, had := annexText(texts, old, name)
		after, has := annexText(texts, next, name)
		x := annexChange{name: name, missing: !had || !has}
		if !x.missing {
			x.lines = policy.AnnexLines(before, after)
		}
		out = append(out, x)
	}
	return out
}

// annexText returns an annex of a policy: nothing for one that it does not name,
// and ok false for one whose text is not here.
func annexText(texts func(text.Hash) ([]byte, error), p *policy.Policy, name text.ID) (a policy.AnnexText, ok bool) {
	hash, named := p.Annex(name)
	if !named {
		return a, true
	}
	b, err := texts(hash)
	if err != nil {
		return a, false
	}
	a, err = policy.ParseAnnex(b)
	return a, err == nil
}

// show shows the lines among the facts of an amendment.
func (x annexChange) show(w cli.World) {
	if x.missing {
		w.Warnf("annex %s: want its texts in the registry, found one missing; what changes in it is not shown", x.name)
		return
	}
	w.Field("annex", string(x.name))
	showChanges(w, x.lines)
}

// print writes the lines below a title.
func (x annexChange) print(w cli.World) {
	if x.missing {
		w.Text("  not shown: one of its texts is not in the registry")
		return
	}
	for _, c := range x.lines {
		w.Text("  %s", c.String())
	}
}

func (x annexChange) report() annexJSON {
	r := annexJSON{x.name, x.missing, []string{}}
	for _, c := range x.lines {
		r.Lines = append(r.Lines, c.String())
	}
	return r
}
