package main

import (
	"fmt"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/signer"
)

// receipt is what a visit ends with.
type receipt struct {
	Released []releasedReceipt `json:"released"` // signed
	Recorded []recordedReceipt `json:"recorded"` // began to wait
	Done     []review          `json:"done"`     // took effect
	Standing []review          `json:"standing"` // took effect before, or has nothing to wait for
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

// recordedReceipt says from which tip on what was recorded may be released, where
// all blocks are as hard to find as the one that it waits from.
type recordedReceipt struct {
	review
	From uint64 `json:"from"`
}

// receipt tells what became of everything.
func (t *visit) receipt(a *answer, signed []quorum.File, json bool) error {
	head, err := headOf(t.m)
	if err != nil {
		return explain(err)
	}
	err = t.refusal()
	r := receipt{Released: []releasedReceipt{}, Recorded: []recordedReceipt{}, Done: []review{}, Standing: []review{}, Refused: []review{},
		Reasons: reasonsOf(t.v.Reasons), Log: head, Tip: tipOf(t.m), Answer: a.Path(), Exit: exitOf(err)}
	for i, item := range t.v.Items {
		t.sort(&r, item, t.reviews[i], signed)
	}
	if json {
		if e := t.p.world.JSON(r); e != nil {
			return e
		}
		return cli.Reported(err)
	}
	r.show(t.screen)
	if len(r.Recorded) > 0 && err == nil {
		t.p.world.Hintf("strongroom receive %s", r.Answer)
	}
	return err
}

// sort puts an item where it belongs.
func (t *visit) sort(r *receipt, item *signer.Item, v review, signed []quorum.File) {
	name := item.ID().Short() + ".psbt"
	switch {
	case slices.ContainsFunc(signed, func(f quorum.File) bool { return f.Name == name }):
		r.Released = append(r.Released, releasedReceipt{v, name})
	case slices.Contains(t.did, item) && t.verb == quorum.Record && !item.Kind().Brake():
		r.Recorded = append(r.Recorded, recordedReceipt{v, t.from(item)})
	case slices.Contains(t.did, item):
		r.Done = append(r.Done, v)
	case item.Stands, item.Idle() && len(t.did) > 0:
		r.Standing = append(r.Standing, v)
	default:
		v.Permitted, v.Reasons = false, reasonsOf(item.Reasons)
		r.Refused = append(r.Refused, v)
	}
}

// from is the height from which on a recorded item may be released.
func (t *visit) from(item *signer.Item) uint64 {
	rec, _ := t.m.State().Recording(item.ID())
	return uint64(rec.Tip.Height) + uint64(item.Report.Cool)
}

func (r receipt) show(w cli.World) {
	if len(r.Released)+len(r.Recorded)+len(r.Done)+len(r.Standing)+len(r.Refused) > 0 {
		w.Text("")
	}
	for _, d := range r.Done {
		w.Field(outcome(quorum.Kind(d.Kind)), d.ID)
		if d.Amendment != nil {
			w.Field("  policy", fmt.Sprintf("version %d", d.Amendment.Version))
			w.Field("", d.Amendment.Policy)
		}
	}
	for _, s := range r.Recorded {
		w.Field("RECORDED", s.ID)
		w.Field("  waits", fmt.Sprintf("%s; release it from block %d on", counted(int(s.Wait.Cool), "block"), s.From))
	}
	for _, s := range r.Released {
		w.Field("RELEASED", s.ID)
		w.Field("  txid", s.Spend.TxID)
		w.Field("  file", s.File)
	}
	for _, s := range r.Standing {
		w.Field("unchanged", s.ID)
	}
	w.Field("log", counted(int(r.Log.Size), "record"))
	w.Field("root", r.Log.Root)
	w.Field("tip", r.Tip)
	w.Field("answer", r.Answer)
}

// outcome is what became of a proposal that took effect.
func outcome(k quorum.Kind) string {
	switch k {
	case quorum.KindAmendment:
		return "ADOPTED"
	case quorum.KindFreeze:
		return "FROZEN"
	case quorum.KindThaw:
		return "THAWED"
	case quorum.KindCancel:
		return "CANCELLED"
	case quorum.KindResync:
		return "RESYNCED"
	case quorum.KindRehearsal:
		return "REHEARSED"
	case quorum.KindRestore:
		return "ALLOWED"
	}
	return "DONE"
}
