package quorum

import (
	"slices"
	"strings"

	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Vote is one officer's verified act on one text. An officer has at most one
// vote for each act, however many signatures or keys there are (rule S9).
type Vote struct {
	Officer text.ID
	Act     Act
	File    text.Hash // SHA-256 of the signature file
	signed  sshsig.Verified
}

// Key returns the key that made the vote.
func (v Vote) Key() sshsig.Key { return v.signed.Key() }

// tally verifies signature files over one text against the policy's roster.
// What does not verify is told in the notes and counts for nothing; it never
// stops the others. Of several votes by one officer for one act the first that is
// not second choice counts, and else the first. The result does not depend on the
// order of the files.
func tally(p *policy.Policy, message []byte, files []SignatureFile, secondChoice func(Vote) bool) (votes []Vote, notes []Reason) {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b SignatureFile) int {
		if c := strings.Compare(a.Name(), b.Name()); c != 0 {
			return c
		}
		return slices.Compare(a.Bytes, b.Bytes)
	})
	for _, f := range files {
		v, err := verify(p, message, f)
		if err != nil {
			notes = append(notes, *err)
			continue
		}
		i := slices.IndexFunc(votes, func(o Vote) bool { return o.Officer == v.Officer && o.Act == v.Act })
		if i < 0 {
			votes = append(votes, v)
			continue
		}
		notes = append(notes, Because(SigDup, "%s: want one signature of %s to %s this, found a second, which does not count", f.Name(), v.Officer, v.Act))
		if secondChoice != nil && secondChoice(votes[i]) && !secondChoice(v) {
			votes[i] = v
		}
	}
	return votes, SortReasons(notes)
}

func verify(p *policy.Policy, message []byte, f SignatureFile) (Vote, *Reason) {
	refused := func(err error) (Vote, *Reason) {
		r := ReasonOf(err, SigBad)
		r.Text = f.Name() + ": " + r.Text
		return Vote{}, &r
	}
	s, err := sshsig.Parse(f.Bytes)
	if err != nil {
		return refused(err)
	}
	owner, ok := p.OfficerOf(s.Key())
	if !ok || owner != f.Officer {
		r := Because(SigUnknown, "%s: want a key that policy %d lists for %s, found %s", f.Name(), p.Version, f.Officer, s.Key().Fingerprint())
		return Vote{}, &r
	}
	signed, err := s.Verify(s.Key(), f.Act.Namespace(), message, p.FactorOf(owner))
	if err != nil {
		return refused(err)
	}
	return Vote{Officer: owner, Act: f.Act, File: text.Identity(f.Bytes), signed: signed}, nil
}

// Clones finds hardware keys whose counter stood still between two texts that
// were judged together: a counter only ever grows, so two devices hold the key
// (rule S10).
func Clones(reports []Report) []Reason {
	type mark struct {
		key     string
		counter uint32
	}
	first := map[mark]text.Hash{}
	var reasons []Reason
	for _, r := range reports {
		for _, v := range r.Votes {
			if !v.signed.Hardware() || v.signed.Counter() == 0 {
				continue
			}
			m := mark{v.Key().String(), v.signed.Counter()}
			if id, ok := first[m]; ok && id != r.ID {
				reasons = append(reasons, Because(SigClone, "%s: want a key whose counter grows, found %d on two texts, so the key exists twice", v.Officer, v.signed.Counter()))
			}
			first[m] = r.ID
		}
	}
	return SortReasons(reasons)
}

// voters returns the officers with a vote for an act, sorted.
func voters(votes []Vote, act Act) []text.ID {
	var out []text.ID
	for _, v := range votes {
		if v.Act == act {
			out = append(out, v.Officer)
		}
	}
	slices.Sort(out)
	return out
}
