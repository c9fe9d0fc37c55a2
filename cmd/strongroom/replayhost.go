package main

import (
	"cmp"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// workstation is what a signer's log says of the machine that it ran on.
type workstation struct {
	Signer   text.ID    `json:"signer"`
	Sessions int        `json:"sessions"`
	Assessed int        `json:"assessed"` // sessions in which the machine was looked at
	Lacks    []hostLack `json:"lacks"`    // sorted by finding
}

// hostLack is one finding that did not pass.
type hostLack struct {
	Finding  text.ID `json:"finding"`
	Result   string  `json:"result"`
	Sessions int     `json:"sessions"`
	Last     int64   `json:"last_record"`
}

// workstations counts, log by log, in how many sessions what did not pass. It is
// no fault of the log: what a vault allows on its machines is in its policy.
func (r *replay) workstations() []workstation {
	out := []workstation{}
	for _, l := range r.logs {
		h := workstation{Signer: l.Device, Lacks: []hostLack{}}
		for _, rec := range l.Records {
			switch b := rec.Body.(type) {
			case record.SessionOpen:
				h.Sessions++
			case record.Assessed:
				h.Assessed++
				for _, lack := range b.Lacks {
					h.add(lack, rec.Seq)
				}
			case record.Integrity:
				if b.Changed > 0 {
					h.add(record.Lack{Finding: changedFiles, Failed: true}, rec.Seq)
				}
			}
		}
		slices.SortFunc(h.Lacks, func(a, b hostLack) int {
			return cmp.Or(cmp.Compare(a.Finding, b.Finding), cmp.Compare(a.Result, b.Result))
		})
		out = append(out, h)
	}
	return out
}

// changedFiles is how files that differ from the baseline stand among findings.
const changedFiles text.ID = "integrity"

func (h *workstation) add(lack record.Lack, seq int64) {
	result := "unknown"
	if lack.Failed {
		result = "fail"
	}
	i := slices.IndexFunc(h.Lacks, func(x hostLack) bool { return x.Finding == lack.Finding && x.Result == result })
	if i < 0 {
		i, h.Lacks = len(h.Lacks), append(h.Lacks, hostLack{Finding: lack.Finding, Result: result})
	}
	h.Lacks[i].Sessions++
	h.Lacks[i].Last = seq
}

// printWorkstations writes what was found wrong with the machines.
func (r *replay) printWorkstations(w cli.World) {
	var rows [][]string
	for _, h := range r.workstations() {
		if unseen := h.Sessions - h.Assessed; unseen > 0 {
			rows = append(rows, []string{string(h.Signer), "not looked at", "unknown", count(unseen, "session"), ""})
		}
		for _, x := range h.Lacks {
			rows = append(rows, []string{string(h.Signer), string(x.Finding), x.Result, count(x.Sessions, "session"), text.FormatUint(uint64(x.Last))})
		}
	}
	if len(rows) > 0 {
		w.Text("")
		w.Table([]string{"workstation", "finding", "result", ">in", ">last record"}, rows)
	}
}
