package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/signer"
	"strongroom/signer/keystore"
)

type releaseFlags struct {
	out, twin  *string
	confirm    *int
	passphrase *int
	operators  *[]string
	json       *bool
}

func (p *program) releaseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "release BUNDLE",
		Short: "judge a bundle, and sign what its officers approved",
		Long: "Judges each withdrawal of the bundle for itself, shows what it would do, and asks you to type " +
			"parts of it that only somebody can type who has read them. Then it asks for the passphrase, " +
			"records the release, signs, and writes the answer: ID16.psbt and this signer's log. " +
			"The same bundle again gives the same bytes. With --twin nothing leaves unless another machine " +
			"with the same key made the same bytes: one that hides a message in its signatures does not.",
		Example: "strongroom-signer release carrier/bundle -o carrier/answer-a --operator frank",
		Args:    oneFolder,
	}
	f := releaseFlags{
		out:     cmd.Flags().StringP("out", "o", "", "write the answer into `DIR`, a new or empty folder (default: BUNDLE.SIGNER, beside the bundle)"),
		twin:    cmd.Flags().String("twin", "", "`DIR` is the answer of a machine with the same key; want the same bytes"),
		confirm: cli.ConfirmFD(cmd), passphrase: cli.PassphraseFD(cmd), operators: operatorFlag(cmd), json: cli.JSONFlag(cmd),
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error { return p.release(args[0], f) }
	return cmd
}

// release is one whole visit:
//
//  1. read and judge; nothing is on disk yet, and the answer's folder is made
//  2. show each withdrawal and have a person confirm each that is permitted
//  3. unlock the key, record, sign, verify
//  4. record what was refused, end the session
//  5. write the answer: what was signed, and the log that says so
func (p *program) release(bundle string, f releaseFlags) (err error) {
	session, err := p.session(*f.operators)
	if err != nil {
		return err
	}
	m, err := p.open()
	if err != nil {
		return err
	}
	defer give(m, &err)
	files, reasons, err := readCarrier(bundle)
	if err != nil {
		return err
	}
	a, err := openAnswer(cmp.Or(*f.out, besides(bundle, m)))
	if err != nil {
		return cli.Hint(err, "strongroom-signer release %s -o DIR", bundle)
	}
	defer give(a, &err)
	t, err := p.judge(m, p.screen(*f.json), files, reasons)
	if err != nil {
		return err
	}
	signed, note, why := t.carryOut(f, session)
	if why != nil && note == "" {
		return unfinished(why)
	}
	if err := errors.Join(why, m.Finish(t.v, session, note)); err != nil {
		return errors.Join(err, a.write(logFiles(m)...))
	}
	if err := a.write(append(signed, logFiles(m)...)...); err != nil {
		return cli.Hint(fmt.Errorf("answer: %w; everything is signed and recorded, and the same bundle again gives the same bytes", err),
			"strongroom-signer release %s -o DIR", bundle)
	}
	return t.receipt(a, signed, *f.json)
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
func unfinished(err error) error {
	var corrupt *signer.CorruptError
	if errors.As(err, &corrupt) {
		return explain(err)
	}
	return fmt.Errorf("%w; release the same bundle again: what was begun is completed with the same bytes", err)
}

// carryOut shows, asks, unlocks and signs. A note says why a person or the key
// stopped it: the visit then ends with that note in the log. An error without a
// note is one of the disk or the home, after which nothing more is written.
func (t *visit) carryOut(f releaseFlags, s signer.Session) (signed []quorum.File, note string, err error) {
	for i := range t.v.Items {
		t.show(i)
	}
	permitted := t.permitted()
	if len(permitted) == 0 {
		return nil, "", nil
	}
	if err := readTwins(*f.twin, permitted); err != nil {
		return nil, "nothing signed: the twin's answer could not be read", err
	}
	for _, item := range permitted {
		if err := t.confirm(*f.confirm, item); err != nil {
			return nil, "operator declined: confirmation did not match", err
		}
	}
	key, note, err := t.unlock(*f.passphrase)
	if err != nil {
		return nil, note, err
	}
	defer key.Wipe()
	for _, item := range permitted {
		packet, err := t.m.Release(t.v, s, item, key, runtime.GOMAXPROCS(0))
		var late *signer.RefusedError
		if errors.As(err, &late) {
			continue // Finish records it, and refusal tells it
		}
		if err != nil {
			return nil, "", err
		}
		signed = append(signed, quorum.File{Name: item.ID().Short() + ".psbt", Bytes: packet})
	}
	return signed, "", nil
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

func (t *visit) unlock(fd int) (*keystore.Account, string, error) {
	pass, err := t.p.world.Passphrase(fd, "passphrase of the wallet key", false)
	if err != nil {
		return nil, "operator declined: no passphrase", err
	}
	defer cli.Wipe(pass)
	key, err := t.m.Unlock(pass)
	switch {
	case errors.Is(err, keystore.ErrPassphrase):
		return nil, "nothing signed: wrong passphrase", err
	case err != nil:
		return nil, "nothing signed: the wallet key did not open", explain(err)
	}
	return key, "", nil
}

// receipt is what a release ends with.
type receipt struct {
	Released []releasedReceipt `json:"released"`
	Refused  []review          `json:"refused"`
	Reasons  []reasonReview    `json:"reasons"` // why the bundle as a whole is refused
	Log      logHead           `json:"log"`
	Tip      string            `json:"tip"`
	Answer   string            `json:"answer"`
	Exit     int               `json:"exit"`
}

type releasedReceipt struct {
	review
	File string `json:"file"`
}

func (t *visit) receipt(a *answer, signed []quorum.File, json bool) error {
	head, err := headOf(t.m)
	if err != nil {
		return explain(err)
	}
	err = t.refusal()
	r := receipt{Released: []releasedReceipt{}, Refused: []review{}, Reasons: reasonsOf(t.v.Reasons), Log: head, Tip: tipOf(t.m),
		Answer: a.Path(), Exit: exitOf(err)}
	next := 0
	for i, item := range t.v.Items {
		name := item.ID().Short() + ".psbt"
		if next < len(signed) && signed[next].Name == name {
			r.Released = append(r.Released, releasedReceipt{t.reviews[i], name})
			next++
			continue
		}
		refused := t.reviews[i]
		refused.Permitted, refused.Reasons = false, reasonsOf(item.Reasons)
		r.Refused = append(r.Refused, refused)
	}
	if !json {
		r.show(t.screen)
		return err
	}
	if e := t.p.world.JSON(r); e != nil {
		return e
	}
	return cli.Reported(err)
}

func (r receipt) show(w cli.World) {
	if len(r.Released)+len(r.Refused) > 0 {
		w.Text("")
	}
	for _, s := range r.Released {
		w.Field("RELEASED", s.ID)
		w.Field("  txid", s.Spend.TxID)
		w.Field("  file", s.File)
	}
	w.Field("log", counted(int(r.Log.Size), "record"))
	w.Field("root", r.Log.Root)
	w.Field("tip", r.Tip)
	w.Field("answer", r.Answer)
}
