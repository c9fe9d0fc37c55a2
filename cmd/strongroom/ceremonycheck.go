package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

func ceremonyCheck(w cli.World) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check TRANSCRIPT PLAN [SIGNATURE...]",
		Short: "compare what happened at a ceremony with its plan, and see who signed",
		Long: "Looks at the transcript beside the plan: the same people, key and scheme, and every step done by its person in its place, or an exception. " +
			"With signatures it also wants the transcript signed by everybody who was present. It needs no home.",
		Example: "strongroom ceremony check transcript.txt plan.txt\n" +
			"ssh-keygen -Y sign -n ceremony.v1@strongroom -f KEY transcript.txt\n" +
			"strongroom ceremony check transcript.txt plan.txt transcript.txt.*.sig",
		Args: cobra.MinimumNArgs(2),
	}
	asJSON := cli.JSONFlag(cmd)
	html := cmd.Flags().String("html", "", "write the transcript with its signatures as a page for paper to the new `FILE`")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		c, err := readCeremony(w, args)
		if err != nil {
			return err
		}
		if *html != "" {
			if err := c.print(*html); err != nil {
				return err
			}
		}
		if *asJSON {
			if err := w.JSON(c.report()); err != nil {
				return err
			}
			return cli.Reported(refusal(c.reasons))
		}
		c.tell(w)
		moreReasons(w, c.reasons)
		return refusal(c.reasons)
	}
	return cmd
}

// checkedCeremony is a transcript that was looked at beside its plan.
type checkedCeremony struct {
	plan       ceremony.Plan
	transcript ceremony.Transcript
	hash       text.Hash
	signed     ceremony.Signatures
	reasons    []quorum.Reason
}

// readCeremony reads a transcript, its plan and signatures from files, and judges
// them.
func readCeremony(w cli.World, files []string) (c checkedCeremony, err error) {
	bytes := func(path string, most int) []byte {
		if err != nil {
			return nil
		}
		var b []byte
		b, err = w.ReadFile(path, int64(most))
		return b
	}
	transcript := bytes(files[0], text.Transcript.MaxSize())
	plan := bytes(files[1], text.Ceremony.MaxSize())
	var signatures [][]byte
	for _, path := range files[2:] {
		signatures = append(signatures, bytes(path, maxSignatureFile))
	}
	if err != nil {
		return c, err
	}
	if c.transcript, err = ceremony.ParseTranscript(transcript); err != nil {
		return c, refusal([]quorum.Reason{quorum.ReasonOf(fmt.Errorf("%s: %w", files[0], err), quorum.TextGrammar)})
	}
	if c.plan, err = ceremony.ParsePlan(plan); err != nil {
		return c, refusal([]quorum.Reason{quorum.ReasonOf(fmt.Errorf("%s: %w", files[1], err), quorum.TextGrammar)})
	}
	c.hash = text.Identity(transcript)
	c.judge(signatures)
	return c, nil
}

// judge compares transcript and plan. Signatures are wanted of everybody as soon
// as there is one: before, people look at what they are to sign.
func (c *checkedCeremony) judge(signatures [][]byte) {
	c.reasons = quorum.ReasonsOf(c.transcript.Against(c.plan))
	signed, err := ceremony.Signed(c.transcript, c.plan, signatures)
	if err != nil {
		if len(c.reasons) == 0 || len(signatures) > 0 {
			c.reasons = append(c.reasons, quorum.ReasonOf(err, quorum.SigBad))
		}
		return
	}
	c.signed = signed
	if len(signatures) == 0 {
		return
	}
	for _, id := range signed.Missing {
		c.reasons = append(c.reasons, quorum.Because(quorum.Code(ceremony.CodePerson), "transcript: want it signed by everybody present, found no signature of %s", id))
	}
}

func (c *checkedCeremony) print(file string) error {
	page, err := ceremony.PrintTranscript(c.transcript, c.plan, c.signed)
	if err != nil {
		return err
	}
	return writeOut(file, page)
}

// signers names those who signed.
func (c *checkedCeremony) signers() []text.ID {
	out := []text.ID{}
	for _, s := range c.signed.By {
		out = append(out, s.Person)
	}
	return out
}

func (c *checkedCeremony) tell(w cli.World) {
	t := c.transcript
	banner(w, t.Chain)
	w.Field("ceremony", fmt.Sprintf("%s, signer %s of vault %s", t.What, t.Signer, t.Vault))
	w.Field("key", t.Key.String())
	showSpoken(w, "transcript", c.hash)
	w.Field("steps", fmt.Sprintf("%s done, %s", count(len(t.Steps), "step"), count(len(t.Exceptions), "exception")))
	for _, e := range t.Exceptions {
		w.Field("exception", fmt.Sprintf("step %d, %s: %s", e.Step, e.Person, e.Text))
	}
	if len(c.signed.By) > 0 {
		w.Field("signed by", list(c.signers()))
	}
	if len(c.signed.Missing) > 0 {
		w.Field("not yet by", list(c.signed.Missing))
	}
	if len(c.reasons) > 0 {
		return
	}
	w.Text("The transcript is the account of a ceremony that followed the plan.")
	if len(c.signed.By) == 0 {
		w.Text("Nobody's signature was looked at. Who was there signs with:")
		w.Text("  ssh-keygen -Y sign -n %s -f KEY transcript.txt", ceremonyNamespace())
	}
}

// ceremonyJSON is a checked ceremony in machine form.
type ceremonyJSON struct {
	Vault       text.ID      `json:"vault"`
	Signer      text.ID      `json:"signer"`
	Chain       string       `json:"chain"`
	What        string       `json:"what"`
	Fingerprint string       `json:"fingerprint"`
	Generation  uint64       `json:"generation"`
	Plan        string       `json:"plan"`
	Transcript  string       `json:"transcript"`
	Exceptions  int          `json:"exceptions"`
	Signed      []text.ID    `json:"signed"`
	Missing     []text.ID    `json:"missing"`
	Good        bool         `json:"good"`
	Reasons     []reasonJSON `json:"reasons"`
}

type reasonJSON struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

func (c *checkedCeremony) report() ceremonyJSON {
	t := c.transcript
	r := ceremonyJSON{Vault: t.Vault, Signer: t.Signer, Chain: t.Chain.String(), What: t.What.String(),
		Fingerprint: fmt.Sprintf("%x", t.Key.Fingerprint), Generation: t.Key.Generation, Plan: t.Plan.String(), Transcript: c.hash.String(),
		Exceptions: len(t.Exceptions), Signed: c.signers(), Missing: append([]text.ID{}, c.signed.Missing...), Good: len(c.reasons) == 0, Reasons: []reasonJSON{}}
	for _, x := range c.reasons {
		r.Reasons = append(r.Reasons, reasonJSON{string(x.Code), x.Text})
	}
	return r
}
