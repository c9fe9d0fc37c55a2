package main

import (
	"errors"
	"runtime"

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
	v       *signer.Visit
	reviews []review // of the visit's items, in their order
}

// judge judges what was brought. reasons are what is wrong with the carrier
// itself; then nothing on it is looked at.
func (p *program) judge(m *signer.Machine, screen cli.World, files []quorum.File, reasons []quorum.Reason) (*visit, error) {
	t := &visit{p: p, screen: screen, m: m}
	if len(reasons) > 0 {
		t.v = m.Reject(reasons...)
		return t, nil
	}
	t.v = m.Judge(files, quorum.Release, runtime.GOMAXPROCS(0))
	for _, item := range t.v.Items {
		r, err := reviewOf(m, files, item)
		if err != nil {
			return nil, err
		}
		r.Permitted = r.Permitted && len(t.v.Reasons) == 0
		t.reviews = append(t.reviews, r)
	}
	return t, nil
}

// permitted lists the items that may be released; none when the bundle as a
// whole is refused.
func (t *visit) permitted() []*signer.Item {
	var out []*signer.Item
	for _, item := range t.v.Items {
		if item.Spend != nil && len(t.v.Reasons) == 0 {
			out = append(out, item)
		}
	}
	return out
}

// refusal tells everything that was refused, nil when nothing was.
func (t *visit) refusal() error {
	list := []refused{{reasons: t.v.Reasons}}
	for _, item := range t.v.Items {
		list = append(list, refused{item.ID(), item.Reasons, item.Report.Codes()})
	}
	return refuse(list...)
}

// show writes the review of item number i.
func (t *visit) show(i int) {
	verdict := "REFUSED"
	if t.reviews[i].Permitted {
		verdict = "permitted"
	}
	if i > 0 {
		t.screen.Text("")
	}
	banner(t.screen, t.m.Setup().Network)
	t.screen.Text("Withdrawal %d of %d: %s", i+1, len(t.v.Items), verdict)
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
