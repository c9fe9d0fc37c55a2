package main

import (
	"slices"

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
	Signers []signerReport `json:"signers"`
	State   string         `json:"state"`
	Detail  string         `json:"detail"`
	Next    string         `json:"next,omitempty"`
	Reasons []reasonReport `json:"reasons"` // as this desk judges it now
	Notes   []reasonReport `json:"notes"`
}

// signerReport is the last thing that one signer recorded about an order.
type signerReport struct {
	Signer string   `json:"signer"`
	Did    string   `json:"did"` // released, refused or nothing
	Seq    int64    `json:"seq"`
	Block  uint32   `json:"block"`
	Codes  []string `json:"codes"`
}

func (d *desk) why(prefix string, asJSON bool) error {
	x, err := d.open(prefix)
	if err != nil {
		return err
	}
	o, s := x.order, x.standing()
	r := whyReport{ID: o.id.String(), Signers: []signerReport{}, State: s.State, Detail: s.Detail, Next: s.Next,
		Reasons: reasonReports(o.report.Reasons), Notes: reasonReports(o.report.Notes)}
	for _, log := range x.signers {
		last, err := log.lastWord(o.id)
		if err != nil {
			return err
		}
		r.Signers = append(r.Signers, last)
	}
	if asJSON {
		return d.world.JSON(r)
	}
	banner(d.world, d.network)
	d.world.Field("id", r.ID)
	for _, log := range r.Signers {
		d.showLastWord(log)
	}
	d.showStanding(s)
	for _, r := range slices.Concat(o.report.Reasons, o.report.Notes) {
		d.world.Field("because", r.Text)
		d.showAdvice(r.Code)
	}
	return nil
}

// lastWord finds the last record about an order in a signer's log.
func (s signerLog) lastWord(id text.Hash) (signerReport, error) {
	out := signerReport{Signer: string(s.device), Did: "nothing", Codes: []string{}}
	all, err := s.records()
	if err != nil {
		return out, err
	}
	for _, r := range slices.Backward(all) {
		switch b := r.Body.(type) {
		case record.Refused:
			if b.ID != id {
				continue
			}
			out.Did, out.Codes = "refused", b.Codes
		case record.Released:
			if b.ID != id {
				continue
			}
			out.Did = "released"
		default:
			continue
		}
		out.Seq, out.Block = r.Seq, r.Tip.Height
		break
	}
	return out, nil
}

func (d *desk) showLastWord(r signerReport) {
	switch r.Did {
	case "nothing":
		d.world.Field(r.Signer, "has not judged it, by the log that the registry has")
		return
	case "released":
		d.world.Field(r.Signer, "released it: record "+text.FormatUint(uint64(r.Seq))+", block "+text.FormatUint(r.Block))
		return
	}
	d.world.Field(r.Signer, "refused it: record "+text.FormatUint(uint64(r.Seq))+", block "+text.FormatUint(r.Block))
	for _, c := range r.Codes {
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
