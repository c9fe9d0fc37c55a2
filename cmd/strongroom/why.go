package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// whyCommand repeats why an order was refused, as people can use it.
func whyCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "why ID",
		Short:   "why a proposal is not released: what each signer said last, and now",
		Example: "strongroom why 4f1c09ab",
		Args:    cobra.ExactArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.why(args[0], *asJSON) })
	}
	return cmd
}

// whyReport is the answer in machine form.
type whyReport struct {
	ID      string         `json:"id"`
	Kind    string         `json:"kind"`
	Signers []signerReport `json:"signers"`
	State   string         `json:"state"`
	Detail  string         `json:"detail"`
	Next    string         `json:"next,omitempty"`
	Reasons []reasonReport `json:"reasons"` // as this desk judges it now, what to mend first on top
	Notes   []reasonReport `json:"notes"`
}

// signerReport is the last thing that one signer recorded about an order, and
// what it would say now.
type signerReport struct {
	Signer string         `json:"signer"`
	Did    string         `json:"did"` // released, refused, recorded, adopted, vetoed, cancelled, done or nothing
	Seq    int64          `json:"seq"`
	Block  uint32         `json:"block"`
	Codes  []string       `json:"codes"`
	Now    []reasonReport `json:"now"`
}

func (d *desk) why(prefix string, asJSON bool) error {
	x, err := d.open(prefix)
	if err != nil {
		return err
	}
	o, s := x.order, x.standing()
	reasons := x.mendFirst()
	r := whyReport{ID: o.id.String(), Kind: string(o.proposal.Kind()), Signers: []signerReport{}, State: s.State, Detail: s.Detail, Next: s.Next,
		Reasons: reasonReports(reasons), Notes: reasonReports(o.report.Notes)}
	for _, log := range x.signers {
		last, err := log.lastWord(o.id)
		if err != nil {
			return err
		}
		last.Now = x.sayNow(log.device)
		r.Signers = append(r.Signers, last)
	}
	if asJSON {
		return d.world.JSON(r)
	}
	banner(d.world, d.network)
	d.world.Field("id", r.ID)
	d.world.Field("kind", fmt.Sprintf("%s: %s", r.Kind, x.inShort(o.proposal)))
	if len(reasons) > 0 {
		s.Detail = "" // the first reason, which follows
	}
	d.showStanding(s)
	if s.Until > 0 {
		d.world.Field("until", x.untilBlock(d.world.Now(), s.Until))
	}
	for i, reason := range reasons {
		d.showReason(i, o.id, reason)
	}
	for _, n := range o.report.Notes {
		d.world.Field("note", n.String())
	}
	for _, log := range r.Signers {
		d.showLastWord(log, reasons)
	}
	return nil
}

// mendFirst returns what speaks against an order now, what to mend first on top:
// what cannot be mended, then what stops it, then the text and the people, and
// what only time and visits bring last. What only some signers say names them.
func (x *dossier) mendFirst() []quorum.Reason {
	at := x.standing()
	if slices.Contains([]string{isDone, isOver, isLifted}, at.State) {
		return nil // it took effect: nothing has to be mended
	}
	all := x.against()
	who := map[quorum.Reason][]text.ID{}
	var order []quorum.Reason
	for _, a := range x.at {
		for _, r := range a.reasons {
			if a.done || slices.ContainsFunc(all, func(o quorum.Reason) bool { return o.Code == r.Code }) {
				continue
			}
			if len(who[r]) == 0 {
				order = append(order, r)
			}
			who[r] = append(who[r], a.device)
		}
	}
	if at.ended() {
		order = nil
	}
	for _, r := range order {
		all = append(all, quorum.Reason{Code: r.Code, Text: list(who[r]) + ": " + r.Text})
	}
	slices.SortStableFunc(all, func(a, b quorum.Reason) int { return cmp.Compare(urgency(a.Code), urgency(b.Code)) })
	return all
}

// urgency ranks codes: the lower, the sooner it has to be mended.
func urgency(c quorum.Code) int {
	switch c {
	case quorum.StateVetoed, quorum.StateKilled, quorum.ClkExpired, quorum.PolStale:
		return 1
	case quorum.FrzActive, quorum.StateQuarantine:
		return 2
	case quorum.SeatShort, quorum.PolSeats, quorum.PolLockout, quorum.PolConsent:
		return 4
	case quorum.ClkNotRecorded:
		return 5
	case quorum.ClkCooling:
		return 6
	case quorum.ClrMissing, quorum.ClrOld, quorum.ClrWorld:
		return 7
	}
	if c.Alarm() {
		return 0
	}
	return 3
}

func (x *dossier) sayNow(device text.ID) []reasonReport {
	for _, a := range x.at {
		if a.device == device {
			return reasonReports(a.reasons)
		}
	}
	return []reasonReport{}
}

// lastWord finds the last record about an order in a signer's log.
func (s signerLog) lastWord(id text.Hash) (signerReport, error) {
	out := signerReport{Signer: string(s.device), Did: "nothing", Codes: []string{}}
	all, err := s.records()
	if err != nil {
		return out, err
	}
	for _, r := range slices.Backward(all) {
		did := wordOn(r.Body, id)
		if did == "" {
			continue
		}
		if b, ok := r.Body.(record.Refused); ok {
			out.Codes = b.Codes
		}
		out.Did, out.Seq, out.Block = did, r.Seq, r.Tip.Height
		break
	}
	return out, nil
}

// wordOn says in a word what a record tells of an order; none for a record about
// something else.
func wordOn(b record.Body, id text.Hash) string {
	var about text.Hash
	var did string
	switch b := b.(type) {
	case record.Refused:
		about, did = b.ID, "refused"
	case record.Released:
		about, did = b.ID, "released"
	case record.Recorded:
		about, did = b.ID, "recorded"
	case record.Adopted:
		about, did = b.ID, "adopted"
	case record.Vetoed:
		about, did = b.ID, "vetoed"
	case record.Killed:
		if about, did = b.ID, "cancelled"; b.By == id {
			about, did = b.By, "done"
		}
	default:
		about, did = doneBy(b), "done"
	}
	if about != id {
		return ""
	}
	return did
}

// doneBy returns the order that a record carries out.
func doneBy(b record.Body) text.Hash {
	switch b := b.(type) {
	case record.Frozen:
		return b.ID
	case record.Thawed:
		return b.ID
	case record.Resync:
		return b.ID
	case record.Rehearsal:
		return b.ID
	case record.Restore:
		return b.ID
	}
	return text.Hash{}
}

// showReason says what stands in the way, what helps and whom to call; the code
// comes last.
func (d *desk) showReason(i int, id text.Hash, r quorum.Reason) {
	name := "and"
	if i == 0 {
		name = "because"
	}
	d.world.Field(name, r.Text)
	if a := r.Code.Advice(); a.Do != "" {
		for _, command := range []string{"queue", "clear", "build"} {
			a.Do = strings.ReplaceAll(a.Do, "'strongroom "+command+" ID'", "'strongroom "+command+" "+id.Short()+"'")
		}
		d.world.Field("do", a.Do)
		d.world.Field("else call", a.Call)
	}
	d.world.Field("code", string(r.Code))
}

// showLastWord says what a signer recorded last, with advice on what is not
// explained above already.
func (d *desk) showLastWord(r signerReport, above []quorum.Reason) {
	if r.Did == "nothing" {
		d.world.Field(r.Signer, "has not judged it, by the log that the registry has")
		return
	}
	did := r.Did + " it"
	switch r.Did {
	case "vetoed":
		did = "noted a veto of it"
	case "done":
		did = "carried it out"
	}
	d.world.Field(r.Signer, fmt.Sprintf("%s: record %d, block %d", did, r.Seq, r.Block))
	for _, c := range r.Codes {
		if slices.ContainsFunc(above, func(a quorum.Reason) bool { return string(a.Code) == c }) {
			d.world.Field("", c)
			continue
		}
		d.showAdvice(quorum.Code(c))
	}
}

// showAdvice says what helps against a code, and whom to call.
func (d *desk) showAdvice(c quorum.Code) {
	a := c.Advice()
	if a.Do == "" { // from a newer signer than this desk
		d.world.Field(string(c), "a code that this version of the program does not know")
		return
	}
	d.world.Field(string(c), a.Do+"; else call "+a.Call)
}
