package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/custody/durable"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// witness signs what was found out about copies. The zero value signs nothing.
type witness struct {
	signer sshsig.Signer
	maker  text.ID
}

// witness returns who signs the results of a command, with --key; nobody without
// it, and under annex backup that is told: what nobody signs does not count.
func (f keyFlags) witness(ctx context.Context, d *desk, p *policy.Policy, b policy.Backup) (witness, func(), error) {
	if *f.key == "" {
		if b.Named {
			d.world.Warnf("nobody signs what is found, so 'backup status' does not count it: give --key with a verifier's key of annex backup, or a maker's")
		}
		return witness{}, func() {}, nil
	}
	s, id, done, err := f.looker(ctx, d.world, p, b)
	return witness{s, id}, done, err
}

// resultKeyFlags is the --key of a command that looks at copies: without it,
// nobody signs.
func resultKeyFlags(cmd *cobra.Command, passphrase *int) keyFlags {
	return keyFlags{
		key:        cmd.Flags().String("key", "", "sign what is found with `KEY`, a verifier's or a maker's: an OpenSSH key file, agent: or agent:FINGERPRINT, or vault:FILE"),
		passphrase: passphrase,
	}
}

// look is one look at one copy.
type look struct {
	copy  snapshotCopy
	store namedStore
	seed  backup.Block
	found backup.Verification
	probe backup.Probed
	err   error
}

// keepResult notes bad news of a look at a copy, signs what it found where somebody
// signs, and keeps that beside the notes. A store that was away tells nothing of its
// copy, and there is nothing to sign.
func (d *desk) keepResult(by witness, l look) error {
	if l.store.err != nil || l.err != nil && !l.found.Lost() {
		return nil
	}
	if err := d.noteLook(l); err != nil || by.signer == nil {
		return err
	}
	x := backup.Result{Place: d.place(), Manifest: l.copy.id, Snapshot: l.copy.Manifest().Number, Store: l.store.name, Asked: l.found.Asked,
		Probe: l.probe, Program: programWords(), Maker: by.maker}
	if l.found.Asked == backup.V2 {
		x.Seed = l.seed
	}
	return d.inBackup(resultsIn, func(dir *durable.Dir) (err error) {
		if x.Verified, err = ownSecond(dir, x.Stem(), d.world.Now); err != nil {
			return err
		}
		s, err := backup.SignResult(x.Take(unforeseen(l.found, l.copy.Manifest(), l.seed)), by.signer)
		if err != nil {
			return err
		}
		return replaceResult(dir, s)
	})
}

// programWords is this program as a result names it: the commit it was built
// from, where it says so, and the compiler.
func programWords() string {
	words := []string{"strongroom"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "strongroom of an unknown build"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			words = append(words, s.Value)
		}
	}
	version, _, _ := strings.Cut(info.GoVersion, " ")
	return strings.Join(append(words, version), " ")
}

// resultsOf are what signed results come to, by store and snapshot.
type resultsOf map[text.ID]map[text.Hash]backup.Standing

// signedResults reads the signed results that count: of this vault's snapshots, by a
// verifier or maker of the annex in force; and what they come to as probes of each
// store. What does not count is left out with a warning. Without the annex nobody
// is named who could sign, and there are none.
func (d *desk) signedResults(rules policy.Backup, known []snapshotCopy) (resultsOf, map[text.ID]backup.SignedResult, error) {
	all, err := d.openResults(rules, known)
	lists, probes := map[text.ID]map[text.Hash][]backup.SignedResult{}, map[text.ID][]backup.SignedResult{}
	for _, s := range all {
		x := s.Result()
		if lists[x.Store] == nil {
			lists[x.Store] = map[text.Hash][]backup.SignedResult{}
		}
		lists[x.Store][x.Manifest] = append(lists[x.Store][x.Manifest], s)
		probes[x.Store] = append(probes[x.Store], s)
	}
	who, now := verifiersOf(rules), d.world.Now()
	out, last := resultsOf{}, map[text.ID]backup.SignedResult{}
	for store, of := range lists {
		out[store], last[store] = map[text.Hash]backup.Standing{}, backup.StandProbes(probes[store], who, now)
		for id, list := range of {
			out[store][id] = backup.Stand(list, who, now)
		}
	}
	return out, last, err
}

// verifiersOf are those whose word about copies fills the schedule, where the
// annex names any.
func verifiersOf(rules policy.Backup) (out backup.Verifiers) {
	for _, v := range rules.Verifiers {
		out = append(out, v.ID)
	}
	return out
}

// openResults reads every signed result that somebody present signed.
func (d *desk) openResults(rules policy.Backup, known []snapshotCopy) (out []backup.SignedResult, err error) {
	if !rules.Named {
		return nil, nil
	}
	mined := d.minedHere()
	err = d.inBackup(resultsIn, func(dir *durable.Dir) error {
		names, _, err := dir.Names("", maxResultFiles)
		left := 0
		for _, name := range names {
			if !strings.HasSuffix(name, ".txt") {
				continue
			}
			s, err := openResult(dir, name, rules, known, mined)
			switch {
			case err == nil:
				out = append(out, s)
			case left < maxListed:
				d.world.Warnf("left out %s/%s: %v", resultsIn, name, err)
				fallthrough
			default:
				left++
			}
		}
		if left > maxListed {
			d.world.Warnf("left out %d more in %s", left-maxListed, resultsIn)
		}
		if err != nil {
			return err
		}
		if out, err = dropSuperseded(dir, out, d.world.Now()); err != nil {
			d.world.Warnf("results that later ones come after stay in this home: %v", err)
		}
		return nil
	})
	return out, err
}

// minedHere says whether a block can have been the newest at a time, as far as the
// headers of this home reach: they hold it, or end before both. They are read once,
// when the first block is asked about; if they cannot be read, none can.
func (d *desk) minedHere() func(backup.Block, time.Time) bool {
	var v *view
	var err error
	return func(b backup.Block, at time.Time) bool {
		if v == nil && err == nil {
			if v, err = d.view(); err != nil {
				d.world.Warnf("headers: want them to hold samples against, found %v", err)
			}
		}
		return err == nil && couldBeTip(v.chain, b, at)
	}
}

// couldBeTip is minedHere for one chain. Whoever looked with newer headers than
// these is believed until these get there.
func couldBeTip(c *headers.Chain, b backup.Block, at time.Time) bool {
	tip, ok := c.Tip()
	if !ok || c.Contains(headers.Point{Height: b.Height, Hash: headers.Hash(b.Hash)}) {
		return true
	}
	last, _ := c.At(tip.Height)
	return b.Height > tip.Height && at.After(time.Unix(int64(last.Time()), 0))
}

// openResult takes a result that a present verifier or maker signed, about a snapshot whose
// manifest is known.
func openResult(dir *durable.Dir, name string, rules policy.Backup, known []snapshotCopy, mined func(backup.Block, time.Time) bool) (backup.SignedResult, error) {
	none := backup.SignedResult{}
	b, err := dir.ReadFile(name, int64(text.Verification.MaxSize()))
	if err != nil {
		return none, err
	}
	x, err := backup.ParseResult(b)
	if err != nil {
		return none, err
	}
	armored, err := dir.ReadFile(backup.ResultSignatureName(name), maxResultSignature)
	if missingFile(err) {
		return none, errors.New("unsigned: want a signature beside it, found none")
	}
	if err != nil {
		return none, err
	}
	sig, err := sshsig.Parse(armored)
	if err != nil {
		return none, err
	}
	if id, ok := (listedKeys{keys: slices.Concat(rules.Verifiers, rules.Makers)}).of(sig.Key()); !ok || id != x.Maker {
		return none, fmt.Errorf("want a signature by a present key of %s in annex backup, found %s", x.Maker, sig.Key().Fingerprint())
	}
	s, err := backup.OpenResult(b, armored, x.Maker, sig.Key())
	if err != nil {
		return none, err
	}
	i := slices.IndexFunc(known, func(c snapshotCopy) bool { return c.id == x.Manifest })
	if i < 0 {
		return none, fmt.Errorf("want one of a snapshot that is known here, found one of %s", x.Manifest.Short())
	}
	if err := s.Of(known[i].Signed, mined); err != nil {
		return none, err
	}
	if s.TextName() != name {
		return none, fmt.Errorf("want the name %s", s.TextName())
	}
	return s, nil
}
