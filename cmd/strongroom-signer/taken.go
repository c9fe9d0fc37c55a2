package main

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/signer"
	"strongroom/signer/ceremony"
)

// resume takes up a ceremony that was stopped: what happened before anything
// secret was made stands, the rest is done again.
func (g *guide) resume() error {
	b, err := g.m.Unfinished()
	if err != nil || b == nil {
		return err
	}
	was, err := ceremony.ParseProgress(b)
	if err != nil || was.Plan != g.hash {
		g.w.Warnf("another ceremony was begun here and not finished; it is left behind")
		return nil
	}
	first := g.firstSecret()
	last := 0
	for _, e := range was.Steps {
		last = max(last, e.Step)
		if e.Step < first {
			g.t.Steps = append(g.t.Steps, e)
		}
	}
	for _, e := range was.Exceptions {
		last = max(last, e.Step)
		if e.Step < first {
			g.t.Exceptions = append(g.t.Exceptions, e)
		}
	}
	if last >= first {
		g.again(last, first)
	}
	g.w.Text("This ceremony was begun before: it goes on from step %d.", min(last+1, first))
	return nil
}

// again writes down that secrets were made or opened for nothing. Two stops in
// one second are one: a transcript says nothing twice.
func (g *guide) again(last, first int) {
	e := ceremony.Entry{Step: g.script[0].Number, Time: g.now(), Person: g.plan.Administrator,
		Text: fmt.Sprintf("stopped after step %d; begun again from step %d, since no secret outlasts a stop", last, first)}
	if !slices.ContainsFunc(g.t.Exceptions, func(x ceremony.Entry) bool { return x.Text == e.Text && x.Time.Equal(e.Time) }) {
		g.t.Exceptions = append(g.t.Exceptions, e)
	}
}

// firstSecret is the first step that makes or opens something secret.
func (g *guide) firstSecret() int {
	for _, s := range g.script {
		switch s.Do {
		case ceremony.CommitSystem, ceremony.EnterKey, ceremony.OpenShare:
			return s.Number
		}
	}
	return len(g.script)
}

// keep writes down how far the ceremony is.
func (g *guide) keep() error {
	b, err := ceremony.RenderProgress(ceremony.Progress{Plan: g.hash, Steps: g.t.Steps, Exceptions: g.t.Exceptions})
	if err != nil {
		return err
	}
	return g.m.KeepUnfinished(b)
}

// take sees that what happened is what was planned, and records it.
func (g *guide) take() error {
	if reasons := quorum.ReasonsOf(g.t.Against(g.plan)); len(reasons) > 0 {
		return refuse(refused{reasons: reasons})
	}
	transcript, err := ceremony.RenderTranscript(g.t)
	if err != nil {
		return err
	}
	if g.plan.What == ceremony.MakeWords {
		return explain(g.m.TakeWords(g.session, transcript, g.wiped(transcript)))
	}
	shares, err := g.t.Generation()
	if err != nil {
		return err
	}
	if g.plan.What == ceremony.Reshare {
		return explain(g.m.TakeShares(g.session, transcript, shares, g.sealed))
	}
	return explain(g.m.TakeKey(g.session, signer.NewKey{Record: g.public, Entropy: g.origin(), Shares: shares, Transcript: transcript, Sealed: g.sealed}))
}

// origin says in a line where the key's randomness came from.
func (g *guide) origin() string {
	if g.plan.What == ceremony.Import {
		return "brought from elsewhere, where others may have seen it"
	}
	var parts []string
	for _, c := range g.t.Contributions {
		parts = append(parts, fmt.Sprintf("%s by %s, %d bits", c.From, c.Person, c.Bits))
	}
	return strings.Join(append(parts, g.t.Generator), "; ")
}

// leave writes what leaves the machine, and says what is left to do.
func (g *guide) leave(a *answer) error {
	hash, err := g.t.Hash()
	if err != nil {
		return err
	}
	files, again, err := g.results()
	if err != nil {
		return explain(err)
	}
	if err := a.write(files...); err != nil {
		return fmt.Errorf("%w; %s", err, again)
	}
	w := g.w
	w.Text("")
	if g.plan.What == ceremony.MakeWords {
		g.p.showOrigin(g.public)
	} else {
		g.p.showKey(g.m, g.public)
	}
	g.sayHash("transcript", hash)
	for _, s := range g.script {
		if s.After {
			w.Text("")
			w.Text("%s, %s: %s", counts(s, len(g.script)), s.Person, s.Title)
			w.Text("%s", s.Text)
		}
	}
	return nil
}

// results are all files that leave, and again says where they are if they can't.
func (g *guide) results() (files []quorum.File, again string, err error) {
	if g.plan.What == ceremony.MakeWords {
		files, err = g.wordsFiles()
		return files, "the words are written down; their transcript lies in the signer's home, and the device writes its key record itself", err
	}
	if files, err = keyFiles(g.m, g.public); err != nil {
		return nil, "", err
	}
	pages, err := g.pages()
	return append(files, pages...), "the key is made, and 'strongroom-signer key show -o DIR' writes what leaves again", err
}

// pages are the papers of a ceremony: its transcript, and a sheet for each share
// that was sealed here.
func (g *guide) pages() ([]quorum.File, error) {
	page, err := ceremony.PrintTranscript(g.t, g.plan, ceremony.Signatures{})
	if err != nil {
		return nil, err
	}
	shares, err := g.t.Generation()
	if err != nil {
		return nil, err
	}
	files := []quorum.File{{Name: fmt.Sprintf("transcript-%s.html", shares.Transcript.Short()), Bytes: page}}
	for _, s := range shares.Shares {
		file, ok := g.sealed[s.Holder]
		if !ok {
			continue
		}
		sheet, err := g.sheet(shares, s, file)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(signer.ShareFile(shares, s.Holder), ".age")
		files = append(files, quorum.File{Name: name + ".html", Bytes: sheet})
	}
	return files, nil
}

func (g *guide) sheet(shares record.Shares, s record.Share, file []byte) ([]byte, error) {
	return ceremony.PrintShare(ceremony.ShareSheet{Vault: g.plan.Vault, Signer: g.plan.Signer, Chain: g.plan.Chain, Holder: s.Holder, Shares: shares, File: file})
}
