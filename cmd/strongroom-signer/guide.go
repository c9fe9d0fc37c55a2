package main

import (
	"fmt"
	"strings"
	"time"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/ceremony"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/entropy"
	"strongroom/signer/keystore/slip39"
)

// guide leads people through the steps of a ceremony and keeps what it makes,
// in memory, until all of it is done.
type guide struct {
	p       *program
	w       cli.World
	m       *signer.Machine
	session signer.Session
	plan    ceremony.Plan
	hash    text.Hash
	build   ceremony.Reviewed // none where the plan names none
	script  []ceremony.Step
	flags   holderFlags
	t       ceremony.Transcript

	system *entropy.System
	round  *entropy.Round
	list   entropy.Commitments
	given  map[text.ID]*entropy.Contribution
	open   *signer.Unlocking
	seed   *keystore.Seed
	words  []byte // of BIP-39, until the device has them
	public custody.KeyRecord
	shares map[text.ID]*slip39.Share
	sealed signer.Sealed
	lies   map[text.ID]source // where each holder's share lies
}

func (p *program) guide(m *signer.Machine, s signer.Session, have papers, build ceremony.Reviewed, f holderFlags) (*guide, error) {
	plan := have.plan
	script, err := ceremony.Script(plan)
	if err != nil {
		return nil, err
	}
	g := &guide{p: p, w: p.world, m: m, session: s, plan: plan, hash: have.hash, build: build, script: script, flags: f,
		given: map[text.ID]*entropy.Contribution{}, shares: map[text.ID]*slip39.Share{}, sealed: signer.Sealed{}, lies: map[text.ID]source{}}
	g.t = ceremony.Transcript{Vault: plan.Vault, Signer: plan.Signer, Chain: plan.Chain, What: plan.What, Clear: plan.Clear, Plan: have.hash, Program: s.Binary,
		Build: build.Hash(), Reviewers: build.By(), Session: s.ID}
	for _, x := range plan.People {
		g.t.Present = append(g.t.Present, x.ID)
	}
	return g, g.resume()
}

// wipe overwrites every secret that is left.
func (g *guide) wipe() {
	if g.system != nil {
		g.system.Wipe()
	}
	for _, c := range g.given {
		c.Wipe()
	}
	if g.open != nil {
		g.open.Wipe()
	}
	g.seed.Wipe()
	g.dropWords()
	for _, s := range g.shares {
		s.Wipe()
	}
}

// walk goes through the steps that the transcript speaks of.
func (g *guide) walk() error {
	for _, s := range g.script {
		if s.After || g.done(s.Number) {
			continue
		}
		if err := g.step(s); err != nil {
			return err
		}
	}
	return nil
}

func (g *guide) done(step int) bool {
	for _, e := range append(append([]ceremony.Entry(nil), g.t.Steps...), g.t.Exceptions...) {
		if e.Step == step {
			return true
		}
	}
	return false
}

// step shows a step, does what the program has to do, and has whoever did it
// say so. What people can mend is told and tried again.
func (g *guide) step(s ceremony.Step) error {
	g.page(s)
	for {
		err := g.do(s)
		if err == nil {
			break
		}
		if !g.mendable(err) {
			return explain(err)
		}
		g.w.Warnf("%v", err)
		answer, asked := g.w.Ask(*g.flags.confirm, "Enter: try again; stop: end here")
		if asked != nil || answer == "stop" {
			return errStopped
		}
	}
	if err := g.signOff(s); err != nil {
		return err
	}
	return g.keep()
}

// mendable says whether to try again: not where nobody sits who could.
func (g *guide) mendable(err error) bool {
	return *g.flags.confirm == cli.NoFD && !isCorrupt(err)
}

// page shows one step on a screen of its own.
func (g *guide) page(s ceremony.Step) {
	w := g.w
	if *g.flags.confirm == cli.NoFD && w.ErrWidth() > 0 {
		fmt.Fprint(w.Err, clearScreen)
	} else {
		w.Text("")
	}
	banner(w, g.plan.Chain)
	w.Text("%s: %s", counts(s, len(g.script)), s.Section)
	w.Text("%s, %s: %s", s.Person, s.Role, s.Title)
	w.Text("")
	w.Text("%s", s.Text)
	if len(s.Expect) > 0 {
		w.Text("")
	}
	for _, f := range s.Expect {
		w.Field(f.Name, f.Value)
	}
	if len(s.Blanks) > 0 {
		w.Text("to note: %s", strings.Join(s.Blanks, ", "))
	}
	w.Text("")
}

// signOff has the person who answers for a step type their name, and what they
// note behind it.
func (g *guide) signOff(s ceremony.Step) error {
	for {
		line, err := g.w.Ask(*g.flags.confirm, fmt.Sprintf("%s, when step %d is done: type your name, and what to note", s.Person, s.Number))
		if err != nil {
			return err
		}
		e := ceremony.Entry{Step: s.Number, Time: g.now(), Person: s.Person, Text: s.Title}
		name, note, _ := strings.Cut(line, " ")
		note = strings.TrimSpace(note)
		switch {
		case line == "stop":
			return errStopped
		case name == "!" && note != "":
			e.Text = note
			g.t.Exceptions = append(g.t.Exceptions, e)
			return nil
		case name == string(s.Person):
			if note != "" {
				e.Text += ": " + note
			}
			g.t.Steps = append(g.t.Steps, e)
			return nil
		case *g.flags.confirm != cli.NoFD:
			return fmt.Errorf("step %d: want %s to type their name, found other characters", s.Number, s.Person)
		}
		g.w.Warnf("want %q, or \"! \" and what happened instead, or \"stop\"", s.Person)
	}
}

// now is the machine's clock, to the second and never backwards.
func (g *guide) now() time.Time {
	now := g.w.Now().UTC().Truncate(time.Second)
	for _, e := range g.t.Steps {
		if e.Time.After(now) {
			now = e.Time
		}
	}
	return now
}

// sayHash shows a commitment as people compare it.
func (g *guide) sayHash(name string, h text.Hash) {
	g.w.Field(name, strings.Join(ceremony.Words(h), " "))
	g.w.Field("", h.String())
}

// shared returns the share of a holder as the transcript will name it.
func (g *guide) shared(holder text.ID) *record.Share {
	for i := range g.t.Shares {
		if g.t.Shares[i].Holder == holder {
			return &g.t.Shares[i]
		}
	}
	return nil
}
