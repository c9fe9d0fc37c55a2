package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func consentCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "consent policy-1",
		Short: "sign the first policy as one of its officers",
		Long: "Shows the policy in words, asks for the first 8 digits of its hash, and signs its text with your key. " +
			"A policy begins to bind when every officer that it names has consented to it.",
		Example: "strongroom consent policy-1 --key ~/.ssh/id_ed25519",
		Args:    cobra.ExactArgs(1),
	}
	key, confirm := addKeyFlags(cmd), cli.ConfirmFD(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if args[0] != quorum.PolicyName(1) {
			return cli.Usagef("consent: want %s, found %q", quorum.PolicyName(1), args[0])
		}
		return inDesk(w, *home, func(d *desk) error { return d.consent(key, *confirm) })
	}
	return cmd
}

func (d *desk) consent(key keyFlags, confirm int) error {
	p, err := d.policy()
	if err != nil {
		return err
	}
	if reasons := quorum.CheckFirst(p); len(reasons) > 0 {
		return refusal(reasons)
	}
	s, officer, done, err := key.signer(d.world, p)
	if err != nil {
		return err
	}
	defer done()
	showPolicy(d.world, p)
	d.world.Text("")
	d.world.Text("You consent as %s with key %s.", officer, s.Key().Fingerprint())
	if err := d.world.Confirm(confirm, "type the first 8 digits of the policy's hash to consent", p.Hash().String()[:8]); err != nil {
		return err
	}
	sig, err := sshsig.Sign(s, quorum.Consent.Namespace(), p.Bytes())
	if err != nil {
		return err
	}
	// what this key cannot prove, no signer would count
	parsed, err := sshsig.Parse(sig)
	if err == nil {
		_, err = parsed.Verify(s.Key(), quorum.Consent.Namespace(), p.Bytes(), p.FactorOf(officer))
	}
	if err != nil {
		return refusal([]quorum.Reason{quorum.ReasonOf(err, quorum.SigBad)})
	}
	if _, err := d.reg.PutSignature(p.Hash(), sig); err != nil {
		return err
	}
	d.world.Text("%s has consented to policy %d.", officer, p.Version)
	return d.consentsLeft(p)
}

// consentsLeft says who has to consent yet, and what comes when nobody has.
func (d *desk) consentsLeft(p *policy.Policy) error {
	given, err := d.consents(p)
	if err != nil {
		return err
	}
	if wanting := waitedFor(p, given); len(wanting) > 0 {
		d.world.Text("Still to consent: %s.", list(wanting))
		return nil
	}
	d.world.Text("All %s have consented. The policy is carried to every signer, which asks for its hash in full.", count(len(given), "officer"))
	d.world.Hintf("strongroom bundle %s -o DIR", quorum.PolicyName(p.Version))
	return nil
}

// consents returns the officers whose good consent to a first policy the
// registry holds, sorted.
func (d *desk) consents(p *policy.Policy) ([]text.ID, error) {
	signatures, err := d.reg.Signatures(p.Hash())
	if err != nil {
		return nil, fmt.Errorf("consents: %w", err)
	}
	var given []text.ID
	for _, s := range signatures {
		officer, ok := p.OfficerOf(s.Parsed.Key())
		if !ok {
			continue
		}
		if _, err := s.Parsed.Verify(s.Parsed.Key(), quorum.Consent.Namespace(), p.Bytes(), p.FactorOf(officer)); err == nil {
			given = append(given, officer)
		}
	}
	slices.Sort(given)
	return slices.Compact(given), nil
}

// waitedFor returns the policy's officers that are not among those given.
func waitedFor(p *policy.Policy, given []text.ID) []text.ID {
	var out []text.ID
	for _, o := range p.Officers {
		if !slices.Contains(given, o.ID) {
			out = append(out, o.ID)
		}
	}
	return out
}
