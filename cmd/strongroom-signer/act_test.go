package main

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
	"strongroom/signer/keystore/entropy"
	"strongroom/signer/signertest"
)

// act FILE PLAN [NAME=VALUE...] writes what people type who follow a plan from its
// first step to its last, secrets and all, in order. Media are folders by their
// names below media. What can be otherwise:
//
//	say     N:WORDS, what is typed when step N is done
//	first   N, where they go on after a stop
//	stop    N, after which nobody types any more
//	rolls   PERSON:ROLLS, or all:ROLLS
//	shares  FILE,FILE, of the openers; without it flags name them
//	end     what is typed for the last digits of the program's hash
//	plan8   what is typed for the first digits of the plan's hash
//	locked  PERSON:PASSPHRASE, of their key's file
//	words   of BIP-39, and a passphrase to them as salt
func (s *stage) act(ts *testscript.TestScript, args []string) {
	lines, err := acted([]byte(ts.ReadFile(args[1])), valued(args[2:]), s.typed)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), lines, 0o600))
}

// acted returns what people type who follow a plan, and puts what of it is secret
// among the secrets.
func acted(plan []byte, have, secrets map[string]string) ([]byte, error) {
	p, err := ceremony.ParsePlan(plan)
	if err != nil {
		return nil, err
	}
	steps, err := ceremony.Script(p)
	if err != nil {
		return nil, err
	}
	a := &actors{plan: p, hash: text.Identity(plan), have: have, secrets: secrets}
	for _, step := range steps {
		if step.After || step.Number < a.number("first") || a.number("stop") > 0 && step.Number > a.number("stop") {
			continue
		}
		a.deed(step)
		a.done(step)
	}
	return []byte(strings.Join(a.lines, "\n") + "\n"), nil
}

// actors type what a plan asks them for.
type actors struct {
	plan    ceremony.Plan
	hash    text.Hash
	have    map[string]string
	lines   []string
	opened  int
	bagged  int
	secrets map[string]string
}

func (a *actors) say(lines ...string) { a.lines = append(a.lines, lines...) }

// hide is say of something secret.
func (a *actors) hide(what, secret string) {
	a.secrets[what] = secret
	a.say(secret)
}

func (a *actors) number(name string) int {
	n, _ := strconv.Atoi(a.have[name]) // none is 0
	return n
}

func (a *actors) deed(s ceremony.Step) {
	who := string(s.Person)
	switch s.Do {
	case ceremony.ShowPlan:
		a.say(cmp.Or(a.have["plan8"], a.hash.String()[:typedDigits]))
	case ceremony.CheckProgram:
		a.say(cmp.Or(a.have["end"], a.plan.ProgramEnd()))
	case ceremony.Contribute:
		a.hide("the rolls of "+who, a.rolls(who))
	case ceremony.EnterKey:
		a.hide("the words of "+who, a.have["words"])
		if a.have["salt"] == "" {
			a.say("no")
			break
		}
		a.say("yes")
		a.hide("the passphrase to the words of "+who, a.have["salt"])
	case ceremony.OpenShare:
		a.open(who)
	case ceremony.SealShare:
		if a.sealedTo(who) == "passphrase" {
			a.say("own")
			a.hide("the passphrase of "+who, signertest.Passphrase+" "+who)
		}
		a.say("media/" + who)
	case ceremony.ProveShare:
		if a.sealedTo(who) == "passphrase" {
			a.hide("the passphrase of "+who, signertest.Passphrase+" "+who)
			break
		}
		a.say(who + ".key")
		if name, pass, _ := strings.Cut(a.have["locked"], ":"); name == who {
			a.hide("the passphrase of "+who+"'s key", pass)
		}
	case ceremony.NoteBag:
		a.bagged++
		a.say(fmt.Sprintf("B%d", a.bagged))
	}
}

// open opens a share that a test vault has sealed. Without a file for it a flag
// names one.
func (a *actors) open(who string) {
	if files := strings.Split(a.have["shares"], ","); a.have["shares"] != "" {
		a.say(files[a.opened])
		a.opened++
	}
	a.hide("the passphrase of "+who, signertest.Passphrase)
}

func (a *actors) sealedTo(who string) string {
	for _, h := range a.plan.Holders {
		if string(h.Person) == who {
			return h.To.Seal()
		}
	}
	return ""
}

// done is what somebody types when their step is done: their name.
func (a *actors) done(s ceremony.Step) {
	number, words, _ := strings.Cut(a.have["say"], ":")
	if number == strconv.Itoa(s.Number) {
		a.say(words)
		return
	}
	a.say(string(s.Person))
}

// rolls are honest, and the same each time.
func (a *actors) rolls(who string) string {
	if name, rolls, _ := strings.Cut(a.have["rolls"], ":"); name == who || name == "all" {
		return rolls
	}
	i := slices.IndexFunc(a.plan.Entropy, func(s ceremony.Source) bool { return string(s.Person) == who })
	h := fnv.New64()
	h.Write([]byte(who))
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	var rolls []string
	for range a.plan.Entropy[i].From.Least(a.plan.Bits) + 1 {
		if a.plan.Entropy[i].From == entropy.Coins {
			rolls = append(rolls, string("ht"[r.IntN(2)]))
			continue
		}
		rolls = append(rolls, strconv.Itoa(1+r.IntN(6)))
	}
	return strings.Join(rolls, " ")
}
