package main

import (
	"errors"
	"fmt"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/ceremony"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/bip39"
	"strongroom/signer/keystore/entropy"
)

func isCorrupt(err error) bool {
	var corrupt *signer.CorruptError
	return errors.As(err, &corrupt)
}

// do does what the program has to do at a step.
func (g *guide) do(s ceremony.Step) error {
	switch s.Do {
	case ceremony.ShowPlan:
		return g.p.typed(*g.flags.confirm, "type the first 8 digits of the plan's SHA-256, from your own copy", g.hash.String()[:typedDigits])
	case ceremony.ShowBuild:
		g.showBuild()
		return nil
	case ceremony.CheckProgram:
		return g.checkProgram()
	case ceremony.CommitSystem:
		return g.commitSystem()
	case ceremony.Contribute:
		return g.contribute(s.Person)
	case ceremony.ListCommits:
		return g.listCommits()
	case ceremony.DeriveKey:
		return g.deriveKey()
	case ceremony.EnterKey:
		return g.enterKey(s.Person)
	case ceremony.ShowKey:
		return g.derive()
	case ceremony.NoteBag:
		return g.noteBag(s)
	case ceremony.ShowWords:
		return g.writeDown()
	case ceremony.CompareDevice:
		return g.compareDevice()
	}
	return g.doShares(s)
}

// doShares does what has to do with shares.
func (g *guide) doShares(s ceremony.Step) error {
	switch s.Do {
	case ceremony.OpenShare:
		return g.openShare(s.Person)
	case ceremony.SeePresence:
		return g.seePresence()
	case ceremony.RebuildKey:
		return g.rebuildKey()
	case ceremony.SplitKey:
		return g.splitKey()
	case ceremony.SealShare:
		return g.sealShare(s.Person)
	case ceremony.ProveShare:
		return g.proveShare(s.Person)
	}
	return nil
}

func (g *guide) commitSystem() error {
	system, err := entropy.DrawSystem(g.w.Rand)
	if err != nil {
		return refuse(refused{reasons: because(quorum.KeyEntropy, "%v", err)})
	}
	c, err := system.Commitment()
	if err != nil {
		return err
	}
	if g.round, err = entropy.NewRound(string(g.plan.Vault), string(g.plan.Signer), g.plan.Bits, c); err != nil {
		return err
	}
	g.system, g.t.System = system, text.Hash(c)
	g.w.Field("generator", g.t.Generator)
	g.sayHash("commitment", text.Hash(c))
	return nil
}

// contribute takes what one person rolled. Rolls that cannot be chance are
// refused, and rolls that hardly can are written down as an exception.
func (g *guide) contribute(person text.ID) error {
	var from entropy.Source
	for _, x := range g.plan.Entropy {
		if x.Person == person {
			from = x.From
		}
	}
	typed, err := g.rolls(person, from)
	if err != nil {
		return err
	}
	defer cli.Wipe(typed)
	c, err := entropy.NewContribution(entropy.Whose{Vault: string(g.plan.Vault), Signer: string(g.plan.Signer), Person: string(person)}, from, typed)
	if err != nil {
		return refuse(refused{reasons: because(quorum.KeyEntropy, "entropy of %s: %v", person, err)})
	}
	verdict := c.Judge()
	if bits := c.Bits(); bits < g.plan.Bits || verdict.Level() == entropy.Refused {
		c.Wipe()
		if bits < g.plan.Bits {
			return refuse(refused{reasons: because(quorum.KeyEntropy, "entropy of %s: want %d bits, found %d; roll %d more at least", person, g.plan.Bits, bits, from.Least(g.plan.Bits-bits))})
		}
		return refuse(refused{reasons: because(quorum.KeyEntropy, "entropy of %s: %s", person, verdict.Worst())})
	}
	if err := g.compareRolls(c); err != nil {
		c.Wipe()
		return err
	}
	commitment, err := c.Commitment()
	if err != nil {
		return err
	}
	if err := g.round.Commit(string(person), commitment); err != nil {
		return err
	}
	g.given[person] = c
	g.t.Contributions = append(g.t.Contributions, ceremony.Contribution{Person: person, From: from, Bits: c.Bits(), Commitment: text.Hash(commitment)})
	g.w.Field("credited", fmt.Sprintf("%d bits for %s", c.Bits(), counted(c.Rolls(), "roll")))
	g.sayHash("commitment", text.Hash(commitment))
	if verdict.Level() == entropy.Suspect {
		g.w.Warnf("%s", verdict.Worst())
		g.t.Exceptions = append(g.t.Exceptions, ceremony.Entry{Step: g.stepOf(ceremony.Contribute, person), Time: g.now(), Person: g.plan.Administrator, Text: "rolls that chance seldom gives: " + verdict.Worst()})
	}
	return nil
}

// compareRolls shows a contribution to whoever made it, alone at a terminal, and
// takes it off the screen again. Nothing of it is ever in the program's output.
func (g *guide) compareRolls(c *entropy.Contribution) (err error) {
	if *g.flags.confirm != cli.NoFD {
		return nil
	}
	tty, err := g.w.TTY()
	if err != nil {
		return err
	}
	defer give(tty, &err)
	b, err := c.Text()
	if err != nil {
		return err
	}
	defer clear(b)
	if _, err := fmt.Fprintf(tty, "%s%s\r\n", clearScreen, b); err != nil {
		return err
	}
	answer, err := g.w.Ask(*g.flags.confirm, "Enter: this is what I have; again: type it anew")
	if _, e := fmt.Fprint(tty, clearScreen); err == nil {
		err = e
	}
	if err == nil && answer != "" {
		err = errors.New("entropy: want it typed again")
	}
	return err
}

// clearScreen takes what a terminal shows away, and what it has scrolled off.
const clearScreen = "\x1b[2J\x1b[3J\x1b[H"

// rolls reads what somebody rolled, unseen, or the file of their generator.
func (g *guide) rolls(person text.ID, from entropy.Source) ([]byte, error) {
	if from != entropy.File {
		return g.w.Passphrase(*g.flags.passphrase, fmt.Sprintf("what %s rolled (%s), not shown", person, from), false)
	}
	path, err := g.w.Ask(*g.flags.confirm, fmt.Sprintf("the file of %s's generator", person))
	if err != nil {
		return nil, err
	}
	return g.w.ReadFile(path, maxRollsFile)
}

func (g *guide) stepOf(do ceremony.Deed, person text.ID) int {
	for _, s := range g.script {
		if s.Do == do && (person == "" || s.Person == person) {
			return s.Number
		}
	}
	return 0
}

func (g *guide) listCommits() (err error) {
	if g.list, err = g.round.Close(); err != nil {
		return err
	}
	g.sayHash("this machine", g.t.System)
	for _, c := range g.t.Contributions {
		g.sayHash(string(c.Person), c.Commitment)
	}
	return nil
}

// deriveKey mixes everything into the seed.
func (g *guide) deriveKey() error {
	reveals, err := g.list.Reveal()
	if err != nil {
		return err
	}
	for _, c := range g.t.Contributions {
		if err := reveals.Add(g.given[c.Person]); err != nil {
			return refuse(refused{reasons: because(quorum.KeyEntropy, "entropy of %s: %v", c.Person, err)})
		}
	}
	b, err := entropy.Mix(g.system, reveals)
	if err != nil {
		return err
	}
	defer clear(b[:])
	if g.plan.What == ceremony.MakeWords {
		g.words, g.seed, err = keystore.NewWords(b[:g.plan.Device.Entropy()])
	} else {
		g.seed, err = keystore.NewSeed(b[:])
	}
	if err != nil {
		return err
	}
	for _, c := range g.given {
		c.Wipe()
	}
	return g.derive()
}

// enterKey takes the words of BIP-39 that somebody brought, and their passphrase.
func (g *guide) enterKey(person text.ID) error {
	words, err := g.w.Words(*g.flags.passphrase, fmt.Sprintf("the words of %s's key (BIP-39), not shown", person), bip39.Complete)
	if err != nil {
		return err
	}
	defer cli.Wipe(words)
	has, err := g.w.Ask(*g.flags.confirm, "does the key have a BIP-39 passphrase? (yes or no)")
	if err != nil {
		return err
	}
	var pass []byte
	switch has {
	case "yes":
		if pass, err = g.w.Passphrase(*g.flags.passphrase, "its BIP-39 passphrase, not shown", false); err != nil {
			return err
		}
		defer cli.Wipe(pass)
	case "no":
	default:
		return errors.New("answer: want yes or no, found another")
	}
	seed, err := keystore.SeedOfMnemonic(words, pass)
	if err != nil {
		return errors.Join(err, g.hintAt(words))
	}
	g.seed.Wipe()
	g.seed = seed
	g.t.Opened = append(g.t.Opened, person)
	return nil
}

// derive shows what the seed is known by.
func (g *guide) derive() error {
	a, err := g.m.Account(g.seed)
	if err != nil {
		return err
	}
	defer a.Wipe()
	whose := g.m.Setup().Origin()
	if g.plan.What == ceremony.MakeWords {
		whose = ceremony.DescribeWords(g.plan.Vault, g.plan.Device.Person)
	}
	if g.public, err = a.KeyRecord(whose); err != nil {
		return err
	}
	origin := g.public.Key.Origin()
	g.t.Key = ceremony.Key{Fingerprint: origin.Fingerprint, Generation: g.plan.Generation()}
	g.t.Path, g.t.Record = origin.String()[9:], text.Identity(g.public.Bytes())
	g.p.showOrigin(g.public)
	return nil
}
