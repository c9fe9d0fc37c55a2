package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// planFlags is what the desk is told about a ceremony.
type planFlags struct {
	signer, place, administrator *string
	groups, bits                 *int
	group, holder, entropy       *[]string
	witness, present, equipment  *[]string
	imported                     *bool
	reshare                      *string
	opener                       *[]string
	device                       *string
	clear                        *[]string
	allow, person, key           *[]string
	program, programFile, build  *string
	out, html                    *string
	json                         *bool
}

func ceremonyPlan(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "write the plan of a ceremony, and its script for paper",
		Long: "Writes what is to be done at one signer's workstation, by whom and with what. Nothing is left to the day: strongroom-signer key ceremony follows the plan, and everybody present signs what happened. " +
			"People and their ssh keys are the vault's officers, or those given with --person and --key. " +
			"What the plan leaves out of the strict rules is what annex workstation allows, unless --allow says less.\n" +
			"Without --reshare, --import or --device a new key is made.",
		Example: "strongroom ceremony plan --signer signer-a --place geneva --group 2=geneva \\\n" +
			"    --holder alice=passphrase --holder bob=age1... --holder kim=kim.pub \\\n" +
			"    --entropy alice=dice6 --entropy bob=coins --administrator frank --witness grace \\\n" +
			"    --person 'kim=acme-ops=Kim Example' --key kim=kim.pub \\\n" +
			"    --equipment 'laptop=Lenovo X230, serial R9-XK123' \\\n" +
			"    --program-file strongroom-signer --build build -o plan.txt --html script.html\n" +
			"strongroom ceremony plan --signer signer-a --place geneva \\\n" +
			"    --device 'kim=24=Coldcard Mk4, serial 0417-3321' \\\n" +
			"    --entropy alice=dice6 --entropy bob=coins --administrator frank --witness grace \\\n" +
			"    --equipment 'laptop=Lenovo X230, serial R9-XK123' \\\n" +
			"    --program-file strongroom-signer --build build -o plan.txt",
		Args: cobra.NoArgs,
	}
	f := planFlagsOf(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return changeDesk(w, *home, func(d *desk) error { return d.planCeremony(f) })
	}
	return cmd
}

func planFlagsOf(cmd *cobra.Command) planFlags {
	s, all, n := cmd.Flags().String, cmd.Flags().StringArray, cmd.Flags().Int
	f := planFlags{
		signer:        s("signer", "", "whose key it is, `ID`"),
		place:         s("place", "", "the site of the workstation, `SITE`"),
		administrator: s("administrator", "", "`PERSON` who leads through the steps, and touches nothing of the key"),
		groups:        n("groups", 0, "how many groups rebuild the key, `N` (default: all of them)"),
		bits:          n("bits", leastEntropy, "the bits, `N`, that each person's entropy is worth at least"),
		group:         all("group", nil, "a group of shares, `NEED=SITE`: how many of them stand for it, and where they lie; repeat, in order"),
		holder:        all("holder", nil, "who gets a share, `PERSON[@GROUP]=RECIPIENT`: passphrase, age1..., an ssh-ed25519 key, or its FILE.pub; repeat"),
		entropy:       all("entropy", nil, "who gives entropy, `PERSON=SOURCE`: dice6, dice8, dice10, dice12, dice20, coins, cards or file; at least two people"),
		witness:       all("witness", nil, "`PERSON` who sees it all, and touches nothing of the key; repeat"),
		present:       all("present", nil, "`PERSON` who is in the room as well; repeat"),
		equipment:     all("equipment", nil, "a thing that is brought into the room, `KIND=TEXT`, with its serial number; repeat"),
		imported:      cmd.Flags().Bool("import", false, "import a key that was made elsewhere"),
		reshare:       s("reshare", "", "share a key anew from `FINGERPRINT:GENERATION`"),
		device:        s("device", "", "make words for a hardware wallet, `PERSON=WORDS=TEXT`: who holds it, 12 to 24, maker and serial number"),
		clear:         all("clear", nil, "`PERSON` whose share may be printed in clear words, which needs --allow clear-words; repeat"),
		opener:        all("opener", nil, "`PERSON` who opens a share, or brings the key; repeat"),
		allow:         all("allow", nil, "leave out a `RULE` of the strict ones, or none; repeat (default: what annex workstation allows)"),
		person:        all("person", nil, "somebody who is no officer, `PERSON=ORG=NAME`; repeat"),
		key:           all("key", nil, "by which key somebody signs the transcript, `PERSON=FILE.pub`; repeat (default: an officer's first)"),
		program:       s("program", "", "the `SHA256` of the strongroom-signer that will run"),
		programFile:   s("program-file", "", "or the program itself, `FILE`"),
		build:         s("build", "", "the build that was reviewed, `DIR` with build.txt and its signatures (default: none, where annex workstation allows that)"),
		out:           cmd.Flags().StringP("output", "o", "", "write the plan to the new `FILE` (default: to standard output)"),
		html:          s("html", "", "write the script for paper to the new `FILE`"),
		json:          cli.JSONFlag(cmd),
	}
	for _, name := range []string{"signer", "place", "administrator"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic("strongroom: " + err.Error())
		}
	}
	cmd.MarkFlagsOneRequired("program", "program-file")
	cmd.MarkFlagsMutuallyExclusive("program", "program-file")
	cmd.MarkFlagsOneRequired("holder", "device")
	cmd.MarkFlagsRequiredTogether("holder", "group")
	cmd.MarkFlagsMutuallyExclusive("import", "reshare", "device")
	for _, ofShares := range []string{"holder", "groups", "clear", "opener"} {
		cmd.MarkFlagsMutuallyExclusive("device", ofShares)
	}
	cmd.MarkFlagsMutuallyExclusive("json", "output")
	return f
}

// planCeremony makes a plan of the flags, judges it, keeps it in the registry
// and writes it.
func (d *desk) planCeremony(f planFlags) error {
	plan, rules, err := d.ceremonyPlan(f)
	if err != nil {
		return err
	}
	if err := d.checkPlan(plan, rules); err != nil {
		return err
	}
	b, err := ceremony.RenderPlan(plan)
	if err != nil {
		return err
	}
	if *f.html != "" {
		page, err := ceremony.PrintScript(plan)
		if err != nil {
			return err
		}
		if err := writeOut(*f.html, page); err != nil {
			return err
		}
	}
	if *f.out != "" {
		if err := writeOut(*f.out, b); err != nil {
			return err
		}
	}
	h, err := d.reg.PutText(b)
	if err != nil {
		return err
	}
	if err := d.keepBuild(*f.build, plan); err != nil {
		return err
	}
	return d.tellPlan(f, plan, b, h)
}

// checkPlan refuses what nobody should follow, and warns of what a robber of one
// site would like.
func (d *desk) checkPlan(plan ceremony.Plan, rules policy.Workstation) error {
	reasons := quorum.ReasonsOf(append(plan.Check(), plan.CheckAllowed(rules)...))
	if plan.What == ceremony.Reshare {
		found, err := d.checkOpeners(plan)
		if err != nil {
			return err
		}
		reasons = append(reasons, found...)
	}
	if len(reasons) > 0 {
		moreReasons(d.world, reasons)
		return refusal(reasons)
	}
	for _, x := range plan.FindExposure() {
		d.world.Warnf("%s (%s)", x.Text, x.Code)
	}
	return nil
}

// planJSON is a plan in machine form.
type planJSON struct {
	Plan     string   `json:"plan"`
	Words    []string `json:"words"`
	What     string   `json:"what"`
	Signer   text.ID  `json:"signer"`
	People   []string `json:"people"`
	Steps    int      `json:"steps"`
	Exposure []string `json:"exposure"`
	Text     string   `json:"text"`
}

// tellPlan says what the plan is known by. Where it goes to standard output,
// nothing else does.
func (d *desk) tellPlan(f planFlags, plan ceremony.Plan, b []byte, h text.Hash) error {
	script, err := ceremony.Script(plan)
	if err != nil {
		return err
	}
	if *f.json {
		r := planJSON{Plan: h.String(), Words: ceremony.Words(h), What: plan.What.String(), Signer: plan.Signer, Steps: len(script), Exposure: []string{}, Text: string(b)}
		for _, x := range plan.People {
			r.People = append(r.People, string(x.ID))
		}
		for _, x := range plan.FindExposure() {
			r.Exposure = append(r.Exposure, x.Text)
		}
		return d.world.JSON(r)
	}
	if *f.out == "" {
		_, err := d.world.Out.Write(b)
		return err
	}
	w := d.world
	banner(w, plan.Chain)
	showSpoken(w, "plan", h)
	w.Field("what", fmt.Sprintf("%s, %s, %d people, at %s", plan.What, count(len(script), "step"), len(plan.People), plan.Place))
	w.Field("written to", *f.out)
	w.Text("Everybody who takes part gets a copy, and types the first 8 digits of its hash from it on the day.")
	with := ""
	if *f.build != "" {
		with = " --build " + quoted(*f.build)
	}
	w.Hintf("strongroom-signer key ceremony %s%s -o DIR   # at the workstation", quoted(*f.out), with)
	return nil
}

// programHash returns the hash of the program that will run.
func (f planFlags) programHash() (text.Hash, error) {
	if *f.programFile == "" {
		h, err := text.ParseHash(*f.program)
		if err != nil {
			return h, cli.Usagef("--program: %w", err)
		}
		return h, nil
	}
	p, err := hashProgram(*f.programFile)
	return p.Hash, err
}
