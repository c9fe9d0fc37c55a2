package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// verifyCommand is the auditor's replay.
func verifyCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify [DIR]",
		Short: "judge again everything that was ever released",
		Long: "Takes a home, a registry alone or a restored folder, and trusts nothing in it: every officer's consent, every log up to its signed root, and every release, judged again by the text, the signatures, the transaction and the blocks that the signer had before it.\n\n" +
			"Ends with 4 when a signer wrote two histories or released what nobody approved, with 3 when something is missing or was changed.",
		Example: "strongroom verify /media/auditor/vault\n  strongroom verify --stock audit-kit   # a POSIX shell kit that does it without this program",
		Args:    cobra.MaximumNArgs(1),
	}
	genesis := cmd.Flags().String("genesis", "", "the first policy's `HASH`, as the officers read it to you")
	stock := cmd.Flags().String("stock", "", "write the shell kit into the new folder `DIR`")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		hash, err := genesisFlag(*genesis)
		if err != nil {
			return err
		}
		path, err := verifyPath(w, *home, args)
		if err != nil && *stock == "" {
			return err
		}
		if *stock != "" {
			if err := writeKit(*stock); err != nil {
				return err
			}
			if path == "" {
				w.Text("The kit is in %s. Its README says how it is used.", *stock)
				return nil
			}
		}
		return runVerify(w, path, hash, *stock, *asJSON)
	}
	return cmd
}

func genesisFlag(s string) (text.Hash, error) {
	if s == "" {
		return text.Hash{}, nil
	}
	h, err := text.ParseHash(s)
	if err != nil {
		return h, cli.Usagef("--genesis: %v", err)
	}
	return h, nil
}

// verifyPath is the folder named, or else the home.
func verifyPath(w cli.World, home string, args []string) (string, error) {
	if len(args) == 1 {
		return filepath.Abs(args[0])
	}
	return homePath(w, home)
}

func runVerify(w cli.World, path string, genesis text.Hash, kit string, asJSON bool) (err error) {
	a, err := openArchive(w, path, genesis)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	r, err := newReplay(a, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	stock, err := r.stock(kit)
	if err != nil {
		return err
	}
	verdict := r.verdict()
	if asJSON {
		if err := w.JSON(r.json(stock)); err != nil {
			return err
		}
		return cli.Reported(verdict)
	}
	r.print(w, genesis, stock)
	return verdict
}

// verdict is the error that the whole ends with, nil when everything is as it
// must be. Alarms come first.
func (r *replay) verdict() error {
	if len(r.Findings) == 0 {
		return nil
	}
	sorted := slices.Clone(r.Findings)
	slices.SortStableFunc(sorted, func(a, b finding) int {
		switch {
		case a.Alarm == b.Alarm:
			return 0
		case a.Alarm:
			return -1
		}
		return 1
	})
	var codes []string
	for _, f := range sorted {
		if !slices.Contains(codes, string(f.Code)) {
			codes = append(codes, string(f.Code))
		}
	}
	first := sorted[0]
	advice := first.Code.Advice()
	out := cli.Refusal{Sentence: first.Where + ": " + first.Text, Codes: codes, Hint: advice.Do, Call: advice.Call, Alarm: first.Alarm}
	if first.Alarm {
		out.Hint = "stop; keep this folder as it is and compare it with the officers' own copies"
		out.Call = "the security officer, before anything else is done"
	}
	return out
}

func (r *replay) print(w cli.World, given text.Hash, stock []string) {
	r.printHead(w, given)
	r.printReleases(w)
	r.printRefused(w)
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
	p := r.policy
	chain := p.Network.String()
	if p.Network.Test() {
		chain += " (TEST: coins without value)"
	}
	w.Field("vault", fmt.Sprintf("%s on %s", p.Vault, chain))
	w.Field("genesis", r.archive.charter.Genesis().String())
	if given.IsZero() {
		w.Field("", "as found here; compare it with what the officers hold")
	}
	w.Field("consents", fmt.Sprintf("%d of %d officers: %s", len(r.archive.charter.Consents()), len(p.Officers), list(r.archive.charter.Consents())))
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

func (r *replay) printReleases(w cli.World) {
	if len(r.Releases) == 0 {
		w.Text("\nNothing was released yet.")
		return
	}
	w.Text("")
	slices.SortFunc(r.Releases, compareReleases)
	var rows [][]string
	for _, x := range r.Releases {
		rows = append(rows, []string{x.Released.ID.Short(), string(x.Device), text.FormatUint(uint64(x.Seq)), text.FormatUint(x.Tip.Height), x.Released.Total.In(r.policy.Network), x.word()})
	}
	w.Table([]string{"released", "signer", ">record", ">block", ">total", "verdict"}, rows)
	w.Text("")
	var told []text.Hash
	for _, x := range r.Releases {
		if !slices.Contains(told, x.Released.ID) {
			told = append(told, x.Released.ID)
			w.Text("%s %s", x.Released.ID.Short(), r.story(x))
		}
	}
	if len(r.Waiting) > 0 {
		w.Text("Proposals that no log released: %d.", len(r.Waiting))
	}
}

// word is the verdict on one release.
func (x *replayedRelease) word() string {
	switch {
	case x.ok():
		return "permitted"
	case x.Missing:
		return "unproven"
	}
	return "REFUSED"
}

// story says who asked for a release, who approved, and what came of it.
func (r *replay) story(x *replayedRelease) string {
	var parts []string
	if x.Report.Proposal != nil {
		parts = append(parts, fmt.Sprintf("asked by %s", x.Report.Proposal.Maker))
	}
	if people := x.approvers(); len(people) > 0 {
		parts = append(parts, "approved by "+strings.Join(people, " and "))
	}
	signed := 0
	for _, y := range r.Releases {
		if y.Released.ID == x.Released.ID && len(y.Packets) > 0 {
			signed++
		}
	}
	parts = append(parts, fmt.Sprintf("%d signed packets here", signed))
	if x.Final {
		parts = append(parts, fmt.Sprintf("transaction %s complete", x.Released.Rungs[0].TxID))
	} else {
		parts = append(parts, "no finished transaction here yet")
	}
	return strings.Join(parts, ", ")
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
		return fmt.Sprintf("ALARM: %d of %d releases permitted, %d findings", permitted, len(r.Releases), len(r.Findings))
	case len(r.Findings) > 0:
		return fmt.Sprintf("not proven: %d of %d releases permitted, %d findings", permitted, len(r.Releases), len(r.Findings))
	}
	return fmt.Sprintf("every one of %d releases was permitted, in %d logs that their signed roots cover", permitted, len(r.logs))
}

// json is the machine form of a replay.
func (r *replay) json(stock []string) any {
	type logJSON struct {
		Signer   text.ID `json:"signer"`
		Records  int64   `json:"records"`
		Releases int     `json:"releases"`
		Root     string  `json:"root"`
	}
	type releaseJSON struct {
		ID          string   `json:"id"`
		Signer      text.ID  `json:"signer"`
		Record      int64    `json:"record"`
		Block       uint32   `json:"block"`
		Total       string   `json:"total"`
		Tier        text.ID  `json:"tier"`
		ApprovedBy  []string `json:"approved_by"`
		Transaction string   `json:"transaction"`
		Complete    bool     `json:"complete"`
		Verdict     string   `json:"verdict"`
		Codes       []string `json:"codes"`
	}
	type refusedJSON struct {
		Signer text.ID  `json:"signer"`
		Record int64    `json:"record"`
		ID     string   `json:"id"`
		Codes  []string `json:"codes"`
	}
	type findingJSON struct {
		Where string `json:"where"`
		Text  string `json:"text"`
		Code  string `json:"code"`
		Alarm bool   `json:"alarm"`
	}
	logs, releases, refused, findings := []logJSON{}, []releaseJSON{}, []refusedJSON{}, []findingJSON{}
	for _, l := range r.logs {
		c := l.Proven.Checkpoint()
		logs = append(logs, logJSON{l.Device, c.Size, l.State.Count(), c.Root.String()})
	}
	slices.SortFunc(r.Releases, compareReleases)
	for _, x := range r.Releases {
		releases = append(releases, releaseJSON{x.Released.ID.String(), x.Device, x.Seq, x.Tip.Height, x.Released.Total.In(r.policy.Network), x.Released.Tier,
			append([]string{}, x.approvers()...), x.Released.Rungs[0].TxID.String(), x.Final, x.word(), append([]string{}, quorum.Codes(x.Reasons)...)})
	}
	for _, x := range r.Refused {
		refused = append(refused, refusedJSON{x.Device, x.Seq, x.ID.OrNone(), x.Codes})
	}
	for _, f := range r.Findings {
		findings = append(findings, findingJSON{f.Where, f.Text, string(f.Code), f.Alarm})
	}
	waiting := []string{}
	for _, id := range r.Waiting {
		waiting = append(waiting, id.String())
	}
	return struct {
		Vault    text.ID       `json:"vault"`
		Chain    string        `json:"chain"`
		Genesis  string        `json:"genesis"`
		Consents []text.ID     `json:"consents"`
		Logs     []logJSON     `json:"logs"`
		Releases []releaseJSON `json:"releases"`
		Refused  []refusedJSON `json:"refused"`
		Waiting  []string      `json:"waiting"`
		Findings []findingJSON `json:"findings"`
		Notes    []string      `json:"notes"`
		Stock    []string      `json:"stock"`
		Verdict  string        `json:"verdict"`
	}{r.policy.Vault, r.policy.Network.String(), r.archive.charter.Genesis().String(), r.archive.charter.Consents(), logs, releases, refused, waiting, findings, append([]string{}, r.Notes...), stock, r.sentence()}
}
