package ceremony

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Against returns every ground on which the transcript is not the account of a
// ceremony that followed the plan, sorted by code and text: other people,
// another key or scheme, too little entropy, a step that was neither done by
// its person, in its place, nor excepted. It says nothing about who signed.
func (t Transcript) Against(p Plan) []policy.Reason {
	var f findings
	if _, err := RenderTranscript(t); err != nil {
		f.add(CodeForm, "transcript: %v", err)
		return f
	}
	p, hash, err := p.sorted()
	if err != nil {
		f.add(CodeForm, "plan: %v", err)
		return f
	}
	if t.Plan != hash {
		f.add(CodePlan, "plan: want %s, found %s", hash, t.Plan)
		return f
	}
	t.checkHead(&f, p)
	t.checkPeople(&f, p)
	t.checkEntropy(&f, p)
	t.checkKey(&f, p)
	t.checkShares(&f, p)
	t.checkSteps(&f, p)
	return f.sorted()
}

// checkHead wants the values that both texts name to be the same.
func (t Transcript) checkHead(f *findings, p Plan) {
	for _, x := range []struct{ name, want, found string }{
		{"vault", string(p.Vault), string(t.Vault)},
		{"signer", string(p.Signer), string(t.Signer)},
		{"chain", p.Chain.String(), t.Chain.String()},
		{"what", p.What.String(), t.What.String()},
		{"program", p.Program.String(), t.Program.String()},
		{"build", p.Build.OrNone(), t.Build.OrNone()},
	} {
		if x.want != x.found {
			f.add(CodePlan, "%s: want %s, found %s", x.name, x.want, x.found)
		}
	}
}

// checkPeople wants those in the room to be those of the plan, and nobody else
// to have done anything.
func (t Transcript) checkPeople(f *findings, p Plan) {
	for _, x := range p.People {
		if !slices.Contains(t.Present, x.ID) {
			f.add(CodePerson, "present: want everybody of the plan, found %s missing", x.ID)
		}
	}
	for _, id := range t.Present {
		if _, ok := p.Person(id); !ok {
			f.add(CodePerson, "present: want nobody but the people of the plan, found %s", id)
		}
	}
	for _, id := range t.Opened {
		if !slices.Contains(p.Openers, id) {
			f.add(CodePerson, "opened: want nobody but the openers of the plan, found %s", id)
		}
	}
}

// checkEntropy wants of everybody what the plan asks of them.
func (t Transcript) checkEntropy(f *findings, p Plan) {
	seen := map[text.Hash]text.ID{t.System: "the machine"}
	for _, c := range t.Contributions {
		if other, two := seen[c.Commitment]; two {
			f.add(CodeEntropy, "contribution: want another one of everybody, found those of %s and %s the same", other, c.Person)
		}
		seen[c.Commitment] = c.Person
		i := slices.IndexFunc(p.Entropy, func(s Source) bool { return s.Person == c.Person })
		switch {
		case i < 0:
			f.add(CodeEntropy, "contribution: want those of the plan, found one by %s", c.Person)
		case p.Entropy[i].From != c.From:
			f.add(CodeEntropy, "contribution of %s: want %s, found %s", c.Person, p.Entropy[i].From, c.From)
		case c.Bits < p.Bits:
			f.add(CodeEntropy, "contribution of %s: want at least %d bits, found %d", c.Person, p.Bits, c.Bits)
		}
	}
	for _, s := range p.Entropy {
		if !slices.ContainsFunc(t.Contributions, func(c Contribution) bool { return c.Person == s.Person }) {
			f.add(CodeEntropy, "contribution: want those of the plan, found none by %s", s.Person)
		}
	}
}

// checkKey wants the generation that the plan leads to.
func (t Transcript) checkKey(f *findings, p Plan) {
	if want, found := p.Generation(), t.Key.Generation; want != found {
		f.add(CodeKey, "generation: want %d, found %d", want, found)
	}
	if p.What.from() && p.From.Fingerprint != t.Key.Fingerprint {
		f.add(CodeKey, "fingerprint: want %x, found %x", p.From.Fingerprint, t.Key.Fingerprint)
	}
	if p.Device != t.Device {
		f.add(CodeKey, "device: want that of the plan, found another")
	}
	for _, h := range t.Signed {
		if !slices.Contains(p.Proposals, h) {
			f.add(CodeKey, "signed: want nothing but the proposals of the plan, found %s", h)
		}
	}
}

// checkShares wants the plan's groups, one share for each of its holders, and
// no two shares alike.
func (t Transcript) checkShares(f *findings, p Plan) {
	if !p.What.shares() || !t.What.shares() {
		return
	}
	if t.Groups != p.Groups || !slices.Equal(t.Sites, p.Sites) {
		f.add(CodeKey, "groups: want those of the plan, found others")
	}
	if !slices.Equal(t.Clear, p.Clear) {
		f.add(CodeKey, "clear: want those of the plan, found others")
	}
	want := p.planned()
	same := func(a, b record.Share) bool {
		return a.Group == b.Group && a.Number == b.Number && a.Holder == b.Holder && a.Seal == b.Seal
	}
	shares := slices.SortedFunc(slices.Values(t.Shares), compareShares)
	if !slices.EqualFunc(want, shares, same) {
		f.add(CodeKey, "shares: want those of the plan, found %s", firstOther(want, shares, same))
	}
	seen := map[text.Hash]text.ID{}
	for _, s := range shares {
		if other, two := seen[s.Commitment]; two {
			f.add(CodeKey, "share: want another one for everybody, found those of %s and %s the same", other, s.Holder)
		}
		seen[s.Commitment] = s.Holder
	}
	for _, b := range t.Seals {
		if !slices.ContainsFunc(want, func(s record.Share) bool { return s.Holder == b.Person }) {
			f.add(CodeHolder, "seal: want bags of holders, found one of %s", b.Person)
		}
	}
}

// planned lists the shares that the plan leads to, without commitments.
func (p Plan) planned() []record.Share {
	var out []record.Share
	s := &script{plan: p}
	for i, h := range p.Holders {
		out = append(out, record.Share{Group: h.Group, Number: s.number(i), Holder: h.Person, Seal: record.Seal(h.To.Seal())})
	}
	return out
}

func firstOther(want, found []record.Share, same func(a, b record.Share) bool) string {
	for i, s := range found {
		if i >= len(want) || !same(want[i], s) {
			return fmt.Sprintf("share %d of group %d by %s", s.Number, s.Group, s.Holder)
		}
	}
	return fmt.Sprintf("%d of %d", len(found), len(want))
}

// checkSteps wants every step of the script done once, by its person and not
// before the steps before it, or excepted by somebody who was there.
func (t Transcript) checkSteps(f *findings, p Plan) {
	script, err := Script(p)
	if err != nil {
		f.add(CodeForm, "%v", err)
		return
	}
	t.checkOrder(f, script)
	t.checkExceptions(f, len(script))
	for _, s := range script {
		i := slices.IndexFunc(t.Steps, func(e Entry) bool { return e.Step == s.Number })
		switch {
		case s.After:
		case i >= 0:
			s.compare(f, t.Steps[i])
			if s.opens && !slices.Contains(t.Opened, s.Person) {
				f.add(CodeStep, "step %d: want %s among those who opened, found them missing", s.Number, s.Person)
			}
		case !slices.ContainsFunc(t.Exceptions, func(e Entry) bool { return e.Step == s.Number }):
			f.add(CodeStep, "step %d: want it done or an exception, found neither: %s", s.Number, s.Title)
		}
	}
}

// checkOrder wants times that never go back, and no step that is not the
// transcript's to tell.
func (t Transcript) checkOrder(f *findings, script []Step) {
	var last time.Time
	for _, e := range slices.SortedFunc(slices.Values(t.Steps), compareEntries) {
		if e.Time.Before(last) {
			f.add(CodeStep, "step %d: want a time not before %s, found %s", e.Step, last.UTC().Format(timeForm), e.Time.UTC().Format(timeForm))
		}
		last = e.Time
		if e.Step > len(script) || script[e.Step-1].After {
			f.add(CodeStep, "step %d: want a step that comes before the transcript, found %q", e.Step, clip(e.Text))
		}
	}
}

// checkExceptions wants each to be about a step, by somebody who was there.
func (t Transcript) checkExceptions(f *findings, steps int) {
	for _, e := range t.Exceptions {
		if e.Step > steps {
			f.add(CodeStep, "exception: want one of the %d steps, found %d", steps, e.Step)
		}
		if !slices.Contains(t.Present, e.Person) {
			f.add(CodeStep, "exception to step %d: want it by somebody present, found %s", e.Step, e.Person)
		}
	}
}

// compare wants the step's own person and title in what was written about it.
func (s Step) compare(f *findings, e Entry) {
	if e.Person != s.Person {
		f.add(CodeStep, "step %d: want it done by %s, found %s", s.Number, s.Person, e.Person)
	}
	if e.Text != s.Title && !strings.HasPrefix(e.Text, s.Title+": ") {
		f.add(CodeStep, "step %d: want %q, found %q", s.Number, s.Title, clip(e.Text))
	}
}
