package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/signer"
)

type releaseFlags struct {
	out, twin *string
	codes     *leaving
	confirm   *int
	holders   holderFlags
	operators *[]string
	json      *bool
}

func (p *program) releaseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "release BUNDLE",
		Short: "judge a bundle, and carry out and sign what its officers approved",
		Long: "Judges each proposal of the bundle for itself, shows what it would do, and asks you to type " +
			"parts of it that only somebody can type who has read them. Freezes and cancellations take " +
			"effect first and without a question, since they only stop something; then what else needs no " +
			"key, one by one: a resync, thaws, the versions of the policy, rehearsals and restores. Then it shows whatever " +
			"spends coins, has enough holders open the key with their shares, " +
			"records the releases, signs, and writes the answer: ID16.psbt and this signer's log. " +
			"The same bundle again gives the same bytes. With --twin nothing leaves unless another machine " +
			"with the same key made the same bytes: one that hides a message in its signatures does not.",
		Example: `strongroom-signer release carrier/bundle -o carrier/answer-a --operator frank
strongroom-signer release carrier/bundle --operator frank \
  --share /media/alice/share-1c3a5f77-1-alice.age --share-fd bob=3 3< <(age -d -i KEY bob.age)`,
		Args: oneFolder,
	}
	confirm := cli.ConfirmFD(cmd)
	f := releaseFlags{
		out:     cmd.Flags().StringP("out", "o", "", "write the answer into `DIR`, a new or empty folder (default: BUNDLE.SIGNER, beside the bundle)"),
		codes:   codesFlags(cmd),
		twin:    cmd.Flags().String("twin", "", "`DIR` is the answer of a machine with the same key; want the same bytes"),
		confirm: confirm, holders: holderFlagsOf(cmd, confirm), operators: operatorFlag(cmd), json: cli.JSONFlag(cmd),
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error { return p.release(args[0], f) }
	return cmd
}

// release is one whole visit:
//
//  1. read and judge; nothing is on disk yet, and the answer's folder is made
//  2. take what only stops something
//  3. what else spends no coins, one by one: show it, have a person confirm it,
//     carry it out, and judge again what comes after it
//  4. show what spends coins and have a person confirm each that is permitted
//  5. unlock the key, record, sign, verify
//  6. record what was refused, end the session
//  7. write the answer: what was signed, and the log that says so
func (p *program) release(bundle string, f releaseFlags) error {
	if _, err := f.holders.sources(); err != nil { // before anybody typed anything
		return err
	}
	if err := p.look(); err != nil {
		return err
	}
	p.confine(f.reach(bundle))
	return p.visit(bundle, quorum.Release, *f.out, f.codes, *f.operators, *f.json, func(t *visit, s signer.Session) ([]quorum.File, string, error) {
		if err := t.brakes(s); err != nil {
			return nil, "", err
		}
		if note, err := t.decisions(*f.confirm, s); err != nil {
			return nil, note, err
		}
		return t.spends(f, s)
	})
}

// reach is what a release opens. Where holders are asked for their shares, they
// may lie anywhere.
func (f releaseFlags) reach(bundle string) reach {
	r := f.holders.reach()
	r.read = append(r.read, bundle, *f.twin)
	r.make = append(r.make, cmp.Or(*f.out, bundle), *f.codes.folder)
	return r
}

// visit is one whole visit: work does what a person came for, between judging and
// the receipt. A note from it says why a person or the key stopped it: the visit
// then ends with that note in the log. An error without a note is one of the disk
// or the home, after which nothing more is written.
func (p *program) visit(bundle string, verb quorum.Verb, out string, codes *leaving, operators []string, json bool,
	work func(*visit, signer.Session) (signed []quorum.File, note string, err error)) (err error) {
	session, err := p.session(operators)
	if err != nil {
		return err
	}
	m, err := p.open()
	if err != nil {
		return err
	}
	defer give(m, &err)
	files, reasons, err := readCarrier(p.screen(json), bundle)
	if err != nil {
		return err
	}
	a, err := openAnswer(cmp.Or(out, besides(bundle, m)))
	if err != nil {
		return cli.Hint(err, "strongroom-signer %s %s -o DIR", verbName(verb), bundle)
	}
	defer give(a, &err)
	if err := codes.open(p.world, a); err != nil {
		return err
	}
	defer give(codes, &err)
	t, err := p.judge(m, p.screen(json), verb, files, reasons)
	if err != nil {
		return err
	}
	signed, note, why := work(t, session)
	if why != nil && note == "" {
		return unfinished(why, verb)
	}
	if err := errors.Join(why, m.Finish(t.v, session, note)); err != nil {
		return errors.Join(err, a.write(logFiles(m)...))
	}
	leaves := append(signed, logFiles(m)...)
	if err := a.write(leaves...); err != nil {
		return t.unwritten(err, bundle)
	}
	return errors.Join(t.receipt(a, signed, json), codes.leave(p.screen(json), a, leaves))
}

// verbName is the command of a verb.
func verbName(v quorum.Verb) string {
	if v == quorum.Record {
		return "record"
	}
	return "release"
}

// unwritten says what helps when the answer could not be written: everything is
// in the log already.
func (t *visit) unwritten(err error, bundle string) error {
	if t.verb == quorum.Record {
		return cli.Hint(fmt.Errorf("answer: %w; everything is recorded, and the log can be taken along again", err), "strongroom-signer key show -o DIR")
	}
	return cli.Hint(fmt.Errorf("answer: %w; everything is signed and recorded, and the same bundle again gives the same bytes", err),
		"strongroom-signer release %s -o DIR", bundle)
}

// besides is where an answer goes that no -o places: beside the bundle, with
// the signer's name, so that several signers can answer on one carrier.
func besides(bundle string, m *signer.Machine) string {
	if whole, err := filepath.Abs(bundle); err == nil {
		bundle = whole
	}
	return bundle + "." + string(m.Setup().Device)
}

// unfinished is an error after which this run writes no more.
func unfinished(err error, verb quorum.Verb) error {
	var corrupt *signer.CorruptError
	if errors.As(err, &corrupt) {
		return explain(err)
	}
	if verb == quorum.Record {
		return fmt.Errorf("%w; record the same bundle again: what was recorded stands, and the rest is recorded then", err)
	}
	return fmt.Errorf("%w; release the same bundle again: what was begun is completed with the same bytes", err)
}

// readTwins takes the packets that the machine with the same key signed.
func readTwins(folder string, items []*signer.Item) (err error) {
	if folder == "" {
		return nil
	}
	dir, err := durable.Open(folder)
	if err != nil {
		return fmt.Errorf("twin: %w", err)
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	for _, item := range items {
		name := item.ID().Short() + ".psbt"
		most, _ := quorum.MaxFileSize(name)
		if item.Twin, err = dir.ReadFile(name, most); err != nil {
			return fmt.Errorf("twin: %w", err)
		}
	}
	return nil
}
