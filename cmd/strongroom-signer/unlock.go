package main

import (
	"errors"
	"fmt"
	"time"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/keystore"
)

// opening is holders opening the wallet key at this machine.
type opening struct {
	p     *program
	w     cli.World
	u     *signer.Unlocking
	flags holderFlags
}

// openKey opens the wallet key during a visit. The caller wipes the account. A
// note says in one line, for the log, why it stayed closed.
func (t *visit) openKey(s signer.Session, f holderFlags) (key *keystore.Account, note string, err error) {
	if err := t.m.Begin(t.v, s); err != nil {
		return nil, "", err
	}
	err = t.gathered(s, f, func(u *signer.Unlocking) error {
		key, err = u.Open()
		return err
	})
	return key, noteOn(err), err
}

// gathered has holders give their shares, until they are enough, and then does
// what they came for.
func (t *visit) gathered(s signer.Session, f holderFlags, then func(*signer.Unlocking) error) error {
	rules, err := t.m.Workstation()
	if err != nil {
		return explain(err)
	}
	if reasons := t.p.unfit(rules.Allowed(policy.AllowNetwork)); len(reasons) > 0 {
		return refuse(refused{reasons: reasons})
	}
	u, err := t.m.BeginUnlockIn(t.v, s)
	if err != nil {
		return explain(err)
	}
	defer u.Wipe()
	o := &opening{t.p, t.screen, u, f}
	sources, err := f.sources()
	if err != nil {
		return err
	}
	t.screen.Text("the key opens with the shares of %s", u.Needs())
	if len(sources) > 0 {
		err = o.give(sources)
	} else {
		err = o.ask()
	}
	if err == nil && u.NeedsWitness() && u.Enough() {
		err = o.witness()
	}
	if err == nil {
		err = then(u)
	}
	return explain(err)
}

// noteOn says in the log why the key stayed closed.
func noteOn(err error) string {
	var wrong *wrongEntry
	switch {
	case err == nil:
		return ""
	case errors.As(err, &wrong):
		return "nothing signed: " + wrong.note.Error()
	}
	return "nothing signed: the wallet key did not open"
}

// give takes the shares that the command line names, in its order; one that is
// not needed any more stays closed.
func (o *opening) give(sources []source) error {
	for _, s := range sources {
		if o.u.Enough() {
			o.w.Warnf("the share of %s is not needed", s.holder)
			continue
		}
		if err := o.one(s); err != nil {
			return err
		}
	}
	return nil
}

// ask lets holders come forward until they are enough. A wrong entry is told and
// asked again; nobody is a way out.
func (o *opening) ask() error {
	for !o.u.Enough() {
		name, err := o.w.Ask(*o.flags.confirm, "who gives a share? (nothing: stop)")
		if err != nil {
			return err
		}
		if name == "" {
			return nil // Open says what is missing
		}
		if err := o.asked(name); err != nil {
			return err
		}
	}
	return nil
}

// asked takes one share from whoever said their name. What they can mend is
// told, and nothing is lost.
func (o *opening) asked(name string) error {
	holder, err := text.ParseID(name)
	if _, ok := o.u.Generation().Of(holder); err != nil || !ok { // never repeated: it may be a passphrase
		return o.told(fmt.Errorf("share: want the name of a holder (%s), found other characters", o.u.Needs()))
	}
	share, _, err := o.u.Ask(holder)
	if err != nil {
		return o.told(err)
	}
	s, err := o.p.askSource(o.w, *o.flags.confirm, share)
	switch {
	case errors.Is(err, errNoFile):
		return o.told(err)
	case err != nil:
		return err
	}
	return o.told(o.one(s))
}

// told shows an error that a person can mend; one of the home ends everything.
func (o *opening) told(err error) error {
	var corrupt *signer.CorruptError
	if err == nil || errors.As(err, &corrupt) {
		return err
	}
	o.w.Warnf("%v", err)
	return nil
}

// one opens one share and gives it.
func (o *opening) one(s source) error {
	share, wait, err := o.u.Ask(s.holder)
	if err != nil {
		return err
	}
	if err := mayType(o.u.Allowed(policy.AllowClearWords), s); err != nil {
		return err
	}
	o.p.hold(o.w, wait)
	words, err := o.p.words(s, share, *o.flags.passphrase)
	if err != nil {
		return o.failed(s.holder, err)
	}
	defer cli.Wipe(words)
	if err := o.u.Give(s.holder, words); err != nil {
		return err
	}
	o.w.Field("opened", fmt.Sprintf("the share of %s", s.holder))
	return nil
}

// failed records a wrong entry.
func (o *opening) failed(holder text.ID, err error) error {
	var wrong *wrongEntry
	if errors.As(err, &wrong) {
		return errors.Join(err, o.u.Fail(holder, wrong.note.Error()))
	}
	return err
}

// hold lets time pass after wrong entries.
func (p *program) hold(w cli.World, wait time.Duration) {
	if wait > 0 {
		w.Text("waiting %s, since this share was entered wrong before", wait)
		p.pause(wait)
	}
}

// witness writes the text that names this session and who opened it, and takes
// the signature of somebody who saw them.
func (o *opening) witness() (err error) {
	if *o.flags.witness == "" {
		return cli.Hint(errors.New("witness: want a folder for the text and its signature, found none"), "add --witness DIR")
	}
	statement, err := o.u.Presence()
	if err != nil {
		return err
	}
	d, err := durable.Create(*o.flags.witness)
	if err != nil {
		return err
	}
	defer give(d, &err)
	if err := d.WriteNew(presenceFile, statement); err != nil {
		return err
	}
	o.w.Text("A witness who knows the holders signs %s/%s:", d.Path(), presenceFile)
	o.w.Text("  ssh-keygen -Y sign -n attest.v1@strongroom -f KEY %s/%s", d.Path(), presenceFile)
	if _, err := o.w.Ask(*o.flags.confirm, "press Enter when "+presenceFile+".sig lies beside it"); err != nil {
		return err
	}
	signature, err := d.ReadFile(presenceFile+".sig", maxSignatureFile)
	if err != nil {
		return err
	}
	return o.u.Witness(signature)
}

const presenceFile = "presence.txt"

// unproven records a wrong entry outside of an opening.
func (p *program) unproven(m *signer.Machine, s signer.Session, holder text.ID, err error) error {
	var wrong *wrongEntry
	if errors.As(err, &wrong) {
		return errors.Join(err, m.FailShare(s, holder, wrong.note.Error()))
	}
	return err
}
