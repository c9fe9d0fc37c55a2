package main

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/ceremony"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/slip39"
)

func (g *guide) openShare(person text.ID) (err error) {
	if g.open == nil {
		if g.open, err = g.m.BeginUnlock(g.session); err != nil {
			return err
		}
	}
	o := &opening{g.p, g.w, g.open, g.flags}
	share, _, err := g.open.Ask(person)
	if err != nil {
		return err
	}
	s, err := g.sourceOf(share)
	if err != nil {
		return err
	}
	if err := o.one(s); err != nil {
		return err
	}
	g.t.Opened = append(g.t.Opened, person)
	return nil
}

// sourceOf finds a holder's share among the flags, or asks for it.
func (g *guide) sourceOf(share record.Share) (source, error) {
	list, err := g.flags.sources()
	if err != nil {
		return source{}, err
	}
	for _, s := range list {
		if s.holder == share.Holder {
			return s, nil
		}
	}
	return g.p.askSource(g.w, *g.flags.confirm, share)
}

func (g *guide) seePresence() error {
	if !g.open.NeedsWitness() {
		return nil
	}
	return (&opening{g.p, g.w, g.open, g.flags}).witness()
}

func (g *guide) rebuildKey() (err error) {
	if g.seed, err = g.open.OpenSeed(); err != nil {
		return err
	}
	return g.derive()
}

// splitKey makes the shares, and overwrites the key: from here on nobody has it.
func (g *guide) splitKey() error {
	scheme := slip39.Scheme{Extendable: true, Exponent: keystore.ShareExponent, GroupThreshold: g.plan.Groups}
	members := make([]int, len(g.plan.Sites))
	for _, h := range g.plan.Holders {
		members[h.Group-1]++
	}
	for i, site := range g.plan.Sites {
		scheme.Groups = append(scheme.Groups, slip39.Group{Threshold: site.Need, Count: members[i]})
	}
	groups, err := g.seed.Split(scheme, g.w.Rand)
	if err != nil {
		return err
	}
	g.seed.Wipe()
	g.t.Groups, g.t.Sites = g.plan.Groups, g.plan.Sites
	next := make([]int, len(groups))
	for _, h := range g.plan.Holders {
		at := &next[h.Group-1]
		g.shares[h.Person] = groups[h.Group-1][*at]
		*at++
		words, err := g.shares[h.Person].Words()
		if err != nil {
			return err
		}
		g.t.Shares = append(g.t.Shares, record.Share{Group: h.Group, Number: *at, Holder: h.Person, Seal: record.Seal(h.To.Seal()), Commitment: text.Hash(keystore.CommitShare(words))})
		clear(words)
	}
	g.w.Text("The key was split, rebuilt from its shares, and overwritten.")
	return nil
}

// sealShare seals one holder's share and puts it on their medium.
func (g *guide) sealShare(person text.ID) error {
	to := g.recipient(person)
	words, err := g.shares[person].Words()
	if err != nil {
		return err
	}
	defer clear(words)
	if to.Seal() == keystore.SealHardware {
		err = g.sealOutside(person, words)
	} else {
		err = g.sealHere(person, to, words)
	}
	if err != nil {
		return err
	}
	g.shares[person].Wipe()
	g.sayHash("commitment", g.shared(person).Commitment)
	return nil
}

func (g *guide) recipient(person text.ID) keystore.Recipient {
	for _, h := range g.plan.Holders {
		if h.Person == person {
			return h.To
		}
	}
	return keystore.Recipient{}
}

func (g *guide) sealHere(person text.ID, to keystore.Recipient, words []byte) (err error) {
	var pass []byte
	if to.Seal() == keystore.SealPassphrase {
		if pass, err = g.newPassphrase(person); err != nil {
			return err
		}
		defer cli.Wipe(pass)
	}
	file, err := keystore.SealShare(words, to, pass, g.p.workFactor)
	if err != nil {
		return err
	}
	folder, err := g.w.Ask(*g.flags.confirm, fmt.Sprintf("a folder on %s's medium", person))
	if err != nil {
		return err
	}
	if len(pass) > 0 && bytes.Contains([]byte(folder), pass) {
		return errors.New("folder: want one on a medium, found the passphrase")
	}
	d, err := durable.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		d, err = durable.Create(folder)
	}
	if err != nil {
		return err
	}
	defer give(d, &err)
	name := signer.ShareFile(record.Shares{Fingerprint: g.t.Key.Fingerprint, Generation: g.t.Key.Generation}, person)
	if err := d.WriteNew(name, file); err != nil {
		return err
	}
	g.sealed[person] = file
	g.lies[person] = source{holder: person, file: d.Path() + "/" + name, fd: cli.NoFD}
	g.w.Field("sealed", g.lies[person].file)
	return nil
}

// newPassphrase has words drawn and shown to a holder alone, one at a time, or
// takes words that they drew themselves.
func (g *guide) newPassphrase(person text.ID) ([]byte, error) {
	answer, err := g.w.Ask(*g.flags.confirm, fmt.Sprintf("%s, alone: Enter draws nine words and shows them one by one; own: you have some", person))
	if err != nil {
		return nil, err
	}
	prompt := fmt.Sprintf("new passphrase for %s's share", person)
	if answer == "own" {
		return g.w.Passphrase(*g.flags.passphrase, prompt, true)
	}
	drawn, err := keystore.NewPassphrase(g.w.Rand)
	if err != nil {
		return nil, err
	}
	if err := g.showWords(drawn); err != nil {
		cli.Wipe(drawn)
		return nil, cli.Hint(err, "draw seven words or more by dice and answer own")
	}
	typed, err := g.w.Passphrase(*g.flags.passphrase, prompt+", as you wrote it down", false)
	defer cli.Wipe(typed)
	if err == nil && subtle.ConstantTimeCompare(typed, drawn) != 1 {
		err = errors.New("passphrase: want the nine words that were shown, with single spaces, found others")
	}
	if err != nil {
		cli.Wipe(drawn)
		return nil, err
	}
	return drawn, nil
}

// sealOutside lets the program of a hardware key seal a share: the words go
// through a named pipe, and never into a file.
func (g *guide) sealOutside(person text.ID, words []byte) (err error) {
	g.w.Text("In another terminal: mkfifo pipe; age -r RECIPIENT -o %s.age < pipe", person)
	path, err := g.w.Ask(*g.flags.confirm, "the named pipe")
	if err != nil {
		return err
	}
	if !isPipe(path) {
		return fmt.Errorf("share of %s: want a named pipe, found another file: a share is never written in the clear", person)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer give(f, &err)
	_, err = f.Write(append(words[:len(words):len(words)], '\n'))
	return err
}

// proveShare opens a share again, as its holder will in a year.
func (g *guide) proveShare(person text.ID) error {
	share := *g.shared(person)
	s, there := g.lies[person]
	switch {
	case !there:
		var err error
		if s, err = g.p.askSource(g.w, *g.flags.confirm, share); err != nil {
			return err
		}
	case share.Seal != record.SealPassphrase:
		var err error
		if s.key, err = g.w.Ask(*g.flags.confirm, fmt.Sprintf("the file of %s's key", person)); err != nil {
			return err
		}
	}
	words, err := g.p.words(s, share, *g.flags.passphrase)
	if err != nil {
		return err
	}
	defer cli.Wipe(words)
	if found := text.Hash(keystore.CommitShare(words)); found != share.Commitment {
		return fmt.Errorf("share of %s: want the one that was made, %s, found another, %s", person, share.Commitment, found)
	}
	g.w.Field("opened", "it is the share that was made")
	return nil
}

func (g *guide) noteBag(s ceremony.Step) error {
	holder := g.plan.Holders[g.bagged(s)].Person
	number, err := g.w.Ask(*g.flags.confirm, fmt.Sprintf("the number of %s's bag (nothing: none)", holder))
	if err == nil && number != "" {
		g.t.Seals = append(g.t.Seals, ceremony.Bag{Person: holder, Number: number})
	}
	return err
}

// bagged says whose bag a step is about: they come in the plan's order.
func (g *guide) bagged(s ceremony.Step) int {
	n := 0
	for _, x := range g.script[:s.Number-1] {
		if x.Do == ceremony.NoteBag {
			n++
		}
	}
	return n
}
