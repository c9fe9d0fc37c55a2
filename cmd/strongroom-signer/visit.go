package main

import (
	"errors"
	"runtime"
	"slices"
	"strings"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/signer"
)

// visit is one bundle brought to the machine, judged and laid out for a person.
type visit struct {
	p       *program
	screen  cli.World
	m       *signer.Machine
	verb    quorum.Verb
	files   []quorum.File
	v       *signer.Visit
	reviews []review       // of the visit's items, in their order
	shown   bool           // at least one
	braked  bool           // what only stops something was taken
	did     []*signer.Item // what was recorded or took effect, spends apart
}

// judge judges what was brought. reasons are what is wrong with the carrier
// itself; then nothing on it is looked at.
func (p *program) judge(m *signer.Machine, screen cli.World, verb quorum.Verb, files []quorum.File, reasons []quorum.Reason) (*visit, error) {
	t := &visit{p: p, screen: screen, m: m, verb: verb, files: files}
	if len(reasons) > 0 {
		t.v = m.Reject(reasons...)
		return t, nil
	}
	t.v = m.Judge(files, verb, runtime.GOMAXPROCS(0))
	t.reviews = make([]review, len(t.v.Items))
	return t, t.review(t.v.Items...)
}

// review lays items out for a person as they are judged now.
func (t *visit) review(items ...*signer.Item) error {
	for _, item := range items {
		r, err := reviewOf(t.m, t.files, item)
		if err != nil {
			return err
		}
		r.Permitted = t.may(item)
		t.reviews[slices.Index(t.v.Items, item)] = r
	}
	return nil
}

// may says whether an item may be recorded or carried out in this visit. While
// this signer's own log is in doubt, only the release of a resync may.
func (t *visit) may(item *signer.Item) bool {
	ends := item.Kind() == quorum.KindResync && t.verb == quorum.Release
	return item.Permitted() && len(t.v.Reasons) == 0 && (!t.v.Doubted() || ends)
}

// pending says whether an item still waits for a person: it may be done, and was
// not done here before.
func (t *visit) pending(item *signer.Item) bool { return t.may(item) && !item.Stands }

// refusal tells everything that was refused, nil when nothing was. That there is
// nothing to do for an item is told only where nothing was done at all: it took
// effect before, it waits already or it need not wait.
func (t *visit) refusal() error {
	list := []refused{{reasons: t.v.Reasons}}
	for _, item := range t.v.Items {
		if item.Idle() && (item.Stands || len(t.did) > 0) {
			continue
		}
		list = append(list, refused{item.ID(), item.Kind(), item.Reasons, item.Report.Codes()})
	}
	err := refuse(list...)
	var r cli.Refusal
	if !errors.As(err, &r) {
		return err
	}
	return t.stopped(r)
}

// stopped says of a refusal that this signer itself is what stands in the way:
// officers have seen another log of it, or an alarm stopped it. What puts it back
// to work is a resync.
func (t *visit) stopped(r cli.Refusal) error {
	alarm := quorum.Code(r.Codes[0]).Alarm()
	_, quarantined := t.m.State().Quarantined()
	held := slices.Contains(r.Codes, string(quorum.StateQuarantine))
	switch {
	case t.v.Doubted():
		r.Sentence += "\nthis signer's log is in doubt: nothing was signed, and nothing was written to it"
	case quarantined && (alarm || held):
		r.Sentence += "\nthis signer is in quarantine: it signs nothing before a resync"
	default:
		return r
	}
	first := "agree on what happened"
	if alarm && !t.v.Doubted() {
		first = r.Hint
	}
	if alarm || held { // and not the refusal of the resync itself
		r.Hint = first + "; then '" + resyncLine(t.m) + "'"
	}
	r.Alarm, r.Call = true, quorum.StateRollback.Advice().Call
	return r
}

// resyncLine is the desk's command that puts this signer back to work.
func resyncLine(m *signer.Machine) string {
	line := "strongroom propose resync " + string(m.Setup().Device)
	if head, err := headOf(m); err == nil {
		line += " --from " + head.Head
	}
	return line
}

// show writes the review of an item.
func (t *visit) show(item *signer.Item) {
	i := slices.Index(t.v.Items, item)
	verdict := "REFUSED"
	switch {
	case item.Stands:
		verdict = "took effect here before"
	case t.reviews[i].Permitted:
		verdict = "permitted"
	case item.Idle():
		verdict = "nothing to record"
	}
	if t.shown {
		t.screen.Text("")
	}
	t.shown = true
	banner(t.screen, t.m.Setup().Network)
	name := noun(item.Kind())
	t.screen.Text("%s%s %d of %d: %s", strings.ToUpper(name[:1]), name[1:], i+1, len(t.v.Items), verdict)
	var tip headers.Point
	if c, ok := t.m.Chain(); ok {
		tip, _ = c.Tip()
	}
	t.reviews[i].show(t.screen, tip)
}

// exitOf is the status that an error will end with, for reports that hold it.
func exitOf(err error) int {
	var r cli.Refusal
	switch {
	case err == nil:
		return cli.Done
	case errors.As(err, &r) && r.Alarm:
		return cli.Alarm
	case errors.As(err, &r):
		return cli.Refused
	}
	return cli.Failed
}
