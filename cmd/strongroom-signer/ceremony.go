package main

import (
	"crypto/fips140"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/ceremony"
)

// keyCeremonyCommands are the ceremony by its general name, and by the names of
// what it is for, which then must be what the plan says.
func (p *program) keyCeremonyCommands() []*cobra.Command {
	return []*cobra.Command{
		p.keyCeremonyCommand("ceremony", "lead people through making, importing or sharing anew the wallet key", 0),
		p.keyCeremonyCommand("import", "lead people through importing a key that was made elsewhere", ceremony.Import),
		p.keyCeremonyCommand("reshare", "lead people through sharing the wallet key anew", ceremony.Reshare),
		p.keyCeremonyCommand("words", "lead people through making the words of a hardware wallet, which stay with its holder alone", ceremony.MakeWords),
	}
}

func (p *program) keyCeremonyCommand(name, short string, only ceremony.What) *cobra.Command {
	cmd := &cobra.Command{
		Use:   name + " PLAN",
		Short: short,
		Long: "PLAN says what is to be done, by whom and with what; 'strongroom ceremony plan' writes one. The " +
			"ceremony goes step by step. Whoever did a step types their name; '! words' writes down that something " +
			"else happened; 'stop' ends here, and the same command goes on later. The key is in memory only, and is " +
			"there once every step is done: until then nothing is enrolled. Everybody present signs the transcript. " +
			"Where the plan names a build, this program must be of it, and two of its reviewers or more must have signed it.",
		Example: "strongroom-signer key " + name + " carrier/plan.txt --build carrier/build -o carrier/key-a\n" +
			"strongroom-signer key " + name + " carrier/plan.txt --print > script.html",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("%s: want one plan, found %d arguments", cmd.CommandPath(), len(args))
			}
			return nil
		},
	}
	confirm := cli.ConfirmFD(cmd)
	f := holderFlagsOf(cmd, confirm)
	out := outFlag(cmd, "the key record, the log, the transcript, the sealed shares and their sheets")
	build := cmd.Flags().String("build", "", "the build that the plan names: `DIR` with build.txt and the reviewers' signatures")
	print := cmd.Flags().Bool("print", false, "print the script as a page of HTML for paper, and do nothing")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		plan, b, err := p.readPlan(args[0])
		if err != nil {
			return err
		}
		if only != 0 && plan.What != only {
			return cli.Usagef("plan: want one to %s, found one to %s", only, plan.What)
		}
		if *print {
			return p.printScript(plan)
		}
		if plan.What == ceremony.MakeWords && *out == "" {
			return cli.Hint(errors.New("words: want a folder for the transcript and the key record, found none"), "strongroom-signer key %s PLAN -o DIR", name)
		}
		return p.ceremony(papers{plan, text.Identity(b), *build}, f, *out)
	}
	return cmd
}

func (p *program) readPlan(path string) (ceremony.Plan, []byte, error) {
	b, err := p.world.ReadFile(path, int64(text.Ceremony.MaxSize()))
	if err != nil {
		return ceremony.Plan{}, nil, err
	}
	plan, err := ceremony.ParsePlan(b)
	if err != nil {
		return plan, nil, refuse(refused{reasons: []quorum.Reason{quorum.ReasonOf(err, quorum.TextGrammar)}})
	}
	return plan, b, nil
}

func (p *program) printScript(plan ceremony.Plan) error {
	page, err := ceremony.PrintScript(plan)
	if err != nil {
		return err
	}
	_, err = p.world.Out.Write(page)
	return err
}

// papers are what people bring to a ceremony.
type papers struct {
	plan  ceremony.Plan
	hash  text.Hash // of the plan
	build string    // the folder of the build; empty for none
}

// ceremony is one whole ceremony:
//
//  1. see that the plan is for this machine, this program, its build and its state
//  2. lead everybody through the steps; secrets are in memory only
//  3. see that what happened is what was planned
//  4. record it: from here on the key is this machine's
//  5. write what leaves
func (p *program) ceremony(have papers, f holderFlags, out string) (err error) {
	plan := have.plan
	if _, err := f.sources(); err != nil { // before anybody typed anything
		return err
	}
	if err := p.look(); err != nil {
		return err
	}
	p.confine(reach{write: []string{"/"}}) // holders' media are wherever people say
	session, err := p.session([]string{string(plan.Administrator)})
	if err != nil {
		return err
	}
	m, err := p.open()
	if err != nil {
		return err
	}
	defer give(m, &err)
	build, grounds, err := p.buildOf(have, session.Binary)
	if err != nil {
		return err
	}
	generator, err := p.ready(m, session, plan, grounds)
	if err != nil {
		return err
	}
	a, err := openAnswer(out)
	if err != nil {
		return cli.Hint(err, "strongroom-signer key ceremony PLAN -o DIR")
	}
	defer give(a, &err)
	for _, x := range plan.FindExposure() {
		p.world.Warnf("%s", x.Text)
	}
	g, err := p.guide(m, session, have, build, f)
	if err != nil {
		return err
	}
	defer g.wipe()
	g.t.Generator = generator
	if err := g.walk(); err != nil {
		return err
	}
	if err := g.take(); err != nil {
		return err
	}
	return g.leave(a)
}

// ready refuses a plan for another machine or another program, one that this
// machine is not in the state for, and a generator that is not good enough,
// besides what is wrong with the build. It returns what makes randomness here.
func (p *program) ready(m *signer.Machine, s signer.Session, plan ceremony.Plan, build []quorum.Reason) (generator string, err error) {
	reasons := slices.Clone(build)
	add := func(c quorum.Code, format string, args ...any) {
		reasons = append(reasons, quorum.Because(c, format, args...))
	}
	setup := m.Setup()
	if plan.Vault != setup.Vault || plan.Signer != setup.Device || plan.Chain != setup.Network {
		add(quorum.TextVault, "plan: want %s/%s on %s, found %s/%s on %s", setup.Vault, setup.Device, setup.Network, plan.Vault, plan.Signer, plan.Chain)
	}
	if plan.Program != s.Binary {
		add(quorum.KeyHost, "program: want %s, as the plan says, found %s", plan.Program, s.Binary)
	}
	made := len(m.State().Keys()) > 0
	switch {
	case plan.What == ceremony.Sign:
		add(quorum.TextKind, "plan: want make, import, reshare or words, found sign; 'release' opens a key to sign")
	case plan.What == ceremony.MakeWords: // of a key that is never this machine's
	case made && plan.What != ceremony.Reshare:
		add(quorum.KeyShare, "key: want one wallet key a machine, found one already made")
	case !made && plan.What == ceremony.Reshare:
		add(quorum.KeyShare, "key: want a wallet key to share anew, found none")
	case made:
		newest, err := m.NewestShares()
		if err != nil {
			return "", err
		}
		if plan.From.Fingerprint != newest.Fingerprint || plan.From.Generation != newest.Generation {
			add(quorum.KeyShare, "plan: want it from generation %d of key %x, the newest, found %d of %x", newest.Generation, newest.Fingerprint, plan.From.Generation, plan.From.Fingerprint)
		}
	}
	if _, trusts := m.Policy(); trusts {
		rules, err := m.Workstation()
		if err != nil {
			return "", explain(err)
		}
		reasons = append(reasons, quorum.ReasonsOf(plan.CheckAllowed(rules))...)
	}
	reasons = append(reasons, quorum.ReasonsOf(plan.Check())...)
	reasons = append(reasons, p.unfit(plan.Allowed(policy.AllowNetwork))...)
	generator, ok := generatorOf(plan)
	if !ok {
		add(quorum.KeyHost, "generator: want one that follows NIST SP 800-90A, found the operating system's alone; run the program with GODEBUG=fips140=on")
	}
	if len(reasons) > 0 {
		return "", refuse(refused{reasons: reasons})
	}
	return generator, nil
}

// generatorOf names what makes randomness, and says whether the plan takes it.
func generatorOf(plan ceremony.Plan) (string, bool) {
	if fips140.Enabled() {
		return "SP 800-90A generator of the Go cryptographic module, seeded by the operating system", true
	}
	return "the operating system's generator", plan.Allowed(policy.AllowSystemGenerator)
}

// errStopped ends a ceremony that goes on another time.
var errStopped = errors.New("ceremony: stopped; nothing is enrolled, and the same command goes on")

// counts says how far a ceremony is.
func counts(s ceremony.Step, all int) string { return fmt.Sprintf("Step %d of %d", s.Number, all) }
