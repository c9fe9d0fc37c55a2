package main

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

func (r *replay) print(w cli.World, given text.Hash, stock []string) {
	slices.SortStableFunc(r.Decisions, compareDecisions)
	slices.SortStableFunc(r.Releases, func(a, b *replayedRelease) int { return compareDecisions(a.decision, b.decision) })
	r.printHead(w, given)
	r.printVersions(w)
	r.printFreezes(w)
	r.printReleases(w)
	r.printDecisions(w)
	r.printWaiting(w)
	r.printRefused(w)
	r.printWorkstations(w)
	w.Text("\nEach artefact, checked without this program:\n")
	for _, line := range stock {
		fmt.Fprintln(w.Out, line)
	}
	w.Text("")
	for _, n := range r.Notes {
		w.Field("note", n)
	}
	for _, f := range r.Findings {
		name := "fault"
		if f.Alarm {
			name = "ALARM"
		}
		w.Field(name, fmt.Sprintf("%s: %s (%s)", f.Where, f.Text, f.Code))
	}
	w.Field("verdict", r.sentence())
}

func (r *replay) printHead(w cli.World, given text.Hash) {
	p := r.archive.charter.Policy()
	chain := p.Network.String()
	if p.Network.Test() {
		chain += " (TEST: coins without value)"
	}
	w.Field("vault", fmt.Sprintf("%s on %s", p.Vault, chain))
	w.Field("genesis", p.Hash().String())
	if given.IsZero() {
		w.Field("", "as found here; compare it with what the officers hold")
	}
	w.Field("consents", fmt.Sprintf("%d of %d officers: %s", len(r.archive.charter.Consents()), len(p.Officers), list(r.archive.charter.Consents())))
	if r.policy.Version > 1 {
		w.Field("policy", fmt.Sprintf("version %d, %s", r.policy.Version, r.policy.Hash()))
	}
	if tip, ok := r.chain.Tip(); ok {
		w.Field("headers", fmt.Sprintf("blocks %d to %d, %s", r.chain.Origin().Height, tip.Height, tip.Hash))
	} else {
		w.Field("headers", "none")
	}
	w.Text("")
	var rows [][]string
	for _, l := range r.logs {
		c := l.Proven.Checkpoint()
		rows = append(rows, []string{string(l.Device), text.FormatUint(uint64(c.Size)), text.FormatUint(uint64(l.State.Count())), c.Root.String()})
	}
	w.Table([]string{"log", ">records", ">releases", "signed root"}, rows)
}

// printVersions writes the policy chain: when each version came into force on each
// signer, and who decided it.
func (r *replay) printVersions(w cli.World) {
	if len(r.Versions) == 0 {
		return
	}
	w.Text("")
	var rows [][]string
	for _, v := range r.Versions {
		for _, x := range v.Adopted {
			rows = append(rows, []string{text.FormatUint(v.Number), string(v.Class), v.Amendment.Short(), string(x.Device), text.FormatUint(uint64(x.Seq)), text.FormatUint(x.Tip.Height), x.word()})
		}
	}
	w.Table([]string{">policy", "class", "amendment", "signer", ">record", ">block", "verdict"}, rows)
	w.Text("")
	for _, v := range r.Versions {
		w.Text("policy %d, %s, by amendment %s, %s", v.Number, v.Hash.Short(), v.Amendment.Short(), v.Adopted[0].approvedBy())
	}
}

// printFreezes writes what was stopped, and what put it on again.
func (r *replay) printFreezes(w cli.World) {
	all := r.freezes()
	if len(all) == 0 {
		return
	}
	w.Text("")
	var rows [][]string
	for _, f := range all {
		end := "stands"
		if f.Lifted != nil {
			end = "to block " + text.FormatUint(f.Lifted.Tip.Height)
		}
		rows = append(rows, []string{f.Body.ID.Short(), f.Body.Scope.String(), string(f.Body.Officer), string(f.Put.Device), text.FormatUint(f.Put.Tip.Height), end})
	}
	w.Table([]string{"freeze", "of", "by", "signer", ">block", "until"}, rows)
}

func (r *replay) printReleases(w cli.World) {
	if len(r.Releases) == 0 {
		w.Text("\nNothing was released yet.")
		return
	}
	w.Text("")
	var rows [][]string
	signed := map[text.Hash]int{}
	for _, x := range r.Releases {
		if len(x.Packets) > 0 {
			signed[x.ID]++
		}
		rows = append(rows, []string{x.ID.Short(), string(x.Device), text.FormatUint(uint64(x.Seq)), text.FormatUint(x.Tip.Height), x.Released.Total.In(r.policy.Network), x.word()})
	}
	w.Table([]string{"released", "signer", ">record", ">block", ">total", "verdict"}, rows)
	w.Text("")
	told := map[text.Hash]bool{}
	for _, x := range r.Releases {
		if !told[x.ID] {
			told[x.ID] = true
			w.Text("%s %s", x.ID.Short(), x.story(signed[x.ID]))
		}
	}
}

// story says who asked for a release, who approved, and what came of it.
func (x *replayedRelease) story(signed int) string {
	var parts []string
	if by := x.approvedBy(); by != "" {
		parts = append(parts, by)
	}
	parts = append(parts, fmt.Sprintf("%d signed packets here", signed))
	if x.Final {
		parts = append(parts, fmt.Sprintf("transaction %s complete", x.Released.Rungs[0].TxID))
	} else {
		parts = append(parts, "no finished transaction here yet")
	}
	return strings.Join(parts, ", ")
}

// printDecisions writes every other decision, each record by itself.
func (r *replay) printDecisions(w cli.World) {
	var rows [][]string
	for _, x := range r.Decisions {
		switch x.Body.(type) {
		case record.Released, record.Adopted:
			continue
		}
		rows = append(rows, []string{x.ID.Short(), string(x.Body.Kind()), string(x.Device), text.FormatUint(uint64(x.Seq)), text.FormatUint(x.Tip.Height), x.word()})
	}
	if len(rows) > 0 {
		w.Text("")
		w.Table([]string{"decided", "what", "signer", ">record", ">block", "verdict"}, rows)
	}
}

func (r *replay) printWaiting(w cli.World) {
	if len(r.Waiting) == 0 {
		return
	}
	w.Text("")
	var rows [][]string
	for _, x := range r.Waiting {
		rows = append(rows, []string{x.ID.Short(), string(x.Kind), x.State})
	}
	w.Table([]string{"not done", "kind", "state"}, rows)
}

func (r *replay) printRefused(w cli.World) {
	if len(r.Refused) == 0 {
		return
	}
	w.Text("")
	var rows [][]string
	for _, x := range r.Refused {
		id := "none"
		if !x.ID.IsZero() {
			id = x.ID.Short()
		}
		rows = append(rows, []string{id, string(x.Device), text.FormatUint(uint64(x.Seq)), strings.Join(x.Codes, " ")})
	}
	w.Table([]string{"refused", "signer", ">record", "codes"}, rows)
}

// sentence is the verdict in words.
func (r *replay) sentence() string {
	permitted := 0
	for _, x := range r.Releases {
		if x.ok() {
			permitted++
		}
	}
	switch {
	case r.alarm():
		return fmt.Sprintf("ALARM: %d of %s%s permitted, %s", permitted, count(len(r.Releases), "release"), r.others(), count(len(r.Findings), "finding"))
	case len(r.Findings) > 0:
		return fmt.Sprintf("not proven: %d of %s%s permitted, %s", permitted, count(len(r.Releases), "release"), r.others(), count(len(r.Findings), "finding"))
	}
	was := "was"
	if r.others() != "" {
		was = "were"
	}
	return fmt.Sprintf("every one of %d releases%s %s permitted, in %d logs that their signed roots cover", len(r.Releases), r.others(), was, len(r.logs))
}
