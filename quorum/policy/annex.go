package policy

import (
	"bytes"
	"slices"
	"strings"

	"strongroom/quorum/text"
)

// AnnexText is a further text that is adopted with a policy, by whose annex
// line it is known:
//
//	strongroom/annex@v1
//	vault acme-treasury
//	name watch
//	grace 144
//	...
//
// Behind the name stand lines of a keyword and its fields, sorted bytewise,
// each once. What they mean is the business of the program that needs them;
// where a line is absent it takes the strictest value. Annexes backup, people
// and workstation have grammars of their own, see Backup, People and
// Workstation.
type AnnexText struct {
	Vault, Name text.ID
	Lines       []string
}

// Annexes holds the texts of annexes by their names. Nothing in it is trusted:
// a text counts only if the policy names its hash.
type Annexes map[text.ID][]byte

const annexPeople text.ID = "people"

// ParseAnnex reads an annex of any name. What it accepts, RenderAnnex writes in
// the same bytes. Errors are *text.Error.
func ParseAnnex(b []byte) (AnnexText, error) {
	a, err := readAnnex(b)
	switch {
	case err != nil:
	case a.Name == annexBackup:
		_, err = ParseBackup(b)
	case a.Name == annexPeople:
		_, err = ParsePeople(b)
	case a.Name == annexWorkstation:
		_, err = ParseWorkstation(b)
	}
	if err != nil {
		return AnnexText{}, err
	}
	rendered, err := writeAnnex(a)
	if err == nil {
		err = text.Canonical(b, rendered)
	}
	if err != nil {
		return AnnexText{}, err
	}
	return a, nil
}

// annexHead is how many lines stand before those of the annex itself.
const annexHead = 3

// readAnnex reads a text whose bytes and lines are in order.
func readAnnex(b []byte) (a AnnexText, err error) {
	r, err := text.Open(b, text.Annex)
	if err != nil {
		return a, err
	}
	a.Vault = text.Value(r, "vault", r.Field("vault"), parseID)
	a.Name = text.Value(r, "name", r.Field("name"), parseAnnexName)
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if r.Err() == nil && len(lines) == annexHead {
		r.Refuse("want at least 1 line behind the name, found none")
	}
	for i := annexHead; i < len(lines) && r.Err() == nil; i++ {
		keyword, _, _ := strings.Cut(lines[i], " ")
		r.Fields(keyword)
		text.Value(r, "keyword", keyword, parseID)
		if i > annexHead && lines[i] <= lines[i-1] {
			r.Refuse("want sorted lines, each once, found %q after %q", clip(lines[i]), clip(lines[i-1]))
		}
		a.Lines = append(a.Lines, lines[i])
	}
	return a, r.Close()
}

// RenderAnnex writes an annex as its text. It refuses, as ParseAnnex would,
// what is not in order.
func RenderAnnex(a AnnexText) ([]byte, error) {
	b, err := writeAnnex(a)
	if err != nil {
		return nil, err
	}
	if _, err := ParseAnnex(b); err != nil {
		return nil, err
	}
	return b, nil
}

func writeAnnex(a AnnexText) ([]byte, error) {
	w := text.NewWriter(text.Annex)
	w.Line("vault", string(a.Vault))
	w.Line("name", string(a.Name))
	for _, l := range a.Lines {
		w.Raw(l)
	}
	return w.Bytes()
}

// CheckAnnexes returns every ground on which the texts are not those that the
// policy names, or, for backup and people, do not fit it: sorted, nothing when
// every annex is there. Texts that the policy does not name are not looked at.
func (p *Policy) CheckAnnexes(have Annexes) []Reason {
	var f findings
	for _, line := range p.Annexes {
		b, ok := p.annex(&f, have, line)
		switch {
		case ok && line.Name == annexBackup:
			p.checkBackup(&f, b)
		case ok && line.Name == annexPeople:
			p.checkPeople(&f, b)
		}
	}
	return f.sorted()
}

// annex returns the text of an annex line if it is there and of this vault.
func (p *Policy) annex(f *findings, have Annexes, line Annex) ([]byte, bool) {
	b, ok := have[line.Name]
	if !ok {
		f.add(CodeAnnex, "annex %s: want the text %s, found none", line.Name, line.Hash)
		return nil, false
	}
	if found := text.Identity(b); found != line.Hash {
		f.add(CodeAnnex, "annex %s: want the text %s, found %s", line.Name, line.Hash, found)
		return nil, false
	}
	a, err := ParseAnnex(b)
	switch {
	case err != nil:
		f.add(CodeAnnex, "annex %s: %v", line.Name, err)
	case a.Vault != p.Vault:
		f.add(CodeAnnex, "annex %s: want vault %s, found %s", line.Name, p.Vault, a.Vault)
	case a.Name != line.Name:
		f.add(CodeAnnex, "annex %s: want that name in the text, found %s", line.Name, a.Name)
	default:
		return bytes.Clone(b), true
	}
	return nil, false
}

func parseAnnexName(s string) (text.ID, error) {
	id, err := text.ParseID(s)
	if err == nil && !slices.Contains(annexNames(), id) {
		return "", annexNameError(s)
	}
	return id, err
}

// AnnexLines returns the lines in which two annexes differ, as Changes does
// those of two policies: first what goes, then what comes. Either may be the
// zero value, for none.
func AnnexLines(old, next AnnexText) []Change {
	var went, came []Change
	for _, l := range old.Lines {
		if _, stays := slices.BinarySearch(next.Lines, l); !stays {
			went = append(went, Change{Line: l})
		}
	}
	for _, l := range next.Lines {
		if _, stayed := slices.BinarySearch(old.Lines, l); !stayed {
			came = append(came, Change{Added: true, Line: l})
		}
	}
	return append(went, came...)
}
