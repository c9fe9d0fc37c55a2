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
		Use:   "consent policy-N",
		Short: "sign a policy as one of its officers",
		Long: "Shows the policy in words, asks for the first 8 digits of its hash, and signs its text with your key. " +
			"The first policy begins to bind when every officer that it names has consented to it. " +
			"To a later one those consent who have a new key in it, with that key: so that nobody gets in who does not hold it.",
		Example: "strongroom consent policy-1 --key ~/.ssh/id_ed25519",
		Args:    cobra.ExactArgs(1),
	}
	key, confirm := addKeyFlags(cmd), cli.ConfirmFD(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		version, err := parseVersion(args[0])
		if err != nil {
			return err
		}
		return inDesk(w, *home, func(d *desk) error {
			if version == 1 {
				return d.consent(key, *confirm)
			}
			return d.consentLater(version, key, *confirm)
		})
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
	if err := d.signConsent(p, s, officer, confirm); err != nil {
		return err
	}
	return d.consentsLeft(p)
}

// signConsent says who signs what, asks for the first digits of the hash, and
// signs.
func (d *desk) signConsent(p *policy.Policy, s sshsig.Signer, officer text.ID, confirm int) error {
	d.world.Text("You consent as %s with key %s.", officer, s.Key().Fingerprint())
	if err := d.world.Confirm(confirm, "type the first 8 digits of the policy's hash to consent", p.Hash().String()[:typedDigits]); err != nil {
		return err
	}
	if err := d.sign(p, s, officer, quorum.Consent, p.Bytes()); err != nil {
		return err
	}
	d.world.Text("%s has consented to policy %d.", officer, p.Version)
	return nil
}

// consentLater signs a later version as somebody who has a new key in it. In
// order: the one text that an amendment asks for, the judgement of that
// amendment, the key, what changes and what becomes of this person, the
// signature.
func (d *desk) consentLater(version uint64, key keyFlags, confirm int) error {
	v, err := d.view()
	if err != nil {
		return err
	}
	x, err := d.pendingVersion(v, version)
	if err != nil {
		return err
	}
	report, err := d.review(v, x.proposal.Bytes())
	if err != nil {
		return err
	}
	if len(report.Reasons) > 0 {
		moreReasons(d.world, report.Reasons)
		return refusal(report.Reasons)
	}
	s, officer, done, err := key.signer(d.world, x.policy)
	if err != nil {
		return err
	}
	defer done()
	if len(addedKeys(v.policy, x.policy, officer)) == 0 {
		return cli.Refusal{Sentence: fmt.Sprintf("consent: want an officer with a new key in policy %d, found %s, who has none", version, officer),
			Codes: []string{string(quorum.PolConsent)}, Hint: "strongroom queue"}
	}
	if !slices.ContainsFunc(addedKeys(v.policy, x.policy, officer), s.Key().Equal) {
		return refuse(quorum.PolConsent, "consent: want a key of %s that is new in policy %d, found one that policy %d lists", officer, version, v.policy.Version)
	}
	step, err := compared(v.policy, x.policy)
	if err != nil {
		return err
	}
	step.annexes = annexChanges(d.reg.Text, v.policy, x.policy)
	banner(d.world, d.network)
	showHash(d.world, "policy", x.policy.Hash())
	step.show(d.world, v)
	explain(d.world, d.explained(x.policy))
	d.showYou(v.policy, x.policy, officer)
	if err := d.signConsent(x.policy, s, officer, confirm); err != nil {
		return err
	}
	return d.consentsLeft(x.policy)
}

// pendingVersion returns the next version of the policy and the amendment that
// asks for it.
func (d *desk) pendingVersion(v *view, version uint64) (amended, error) {
	if _, ok := v.policies.At(version); ok {
		return amended{}, fmt.Errorf("consent: want a version that is not in force yet, found %d, which is", version)
	}
	found, err := d.askedFor(v, version)
	if err != nil {
		return amended{}, err
	}
	found = slices.DeleteFunc(found, func(x amended) bool { return x.policy.Previous != v.policy.Hash() })
	switch len(found) {
	case 0:
		return amended{}, cli.Hint(fmt.Errorf("consent: want an amendment of the registry that asks for policy %d after the one in force, found none", version), "strongroom receive DIR")
	case 1:
		return found[0], nil
	}
	return amended{}, ambiguous(version, found)
}

// showYou says what the next version makes of one officer.
func (d *desk) showYou(old, next *policy.Policy, officer text.ID) {
	title(d.world, "You")
	o, _ := next.Officer(officer)
	d.world.Text("  %s: %s, %s", officer, o.Name, o.Org)
	for _, g := range next.Groups {
		switch was, is := slices.Contains(old.Members(g.ID), officer), slices.Contains(g.Members, officer); {
		case is && !was:
			d.world.Text("  join group %s", g.ID)
		case was && !is:
			d.world.Text("  leave group %s", g.ID)
		case is:
			d.world.Text("  stay in group %s", g.ID)
		}
	}
	for _, k := range addedKeys(old, next, officer) {
		d.world.Text("  sign with the new key %s", k.Fingerprint())
	}
	for _, k := range addedKeys(next, old, officer) {
		d.world.Text("  no longer sign with key %s", k.Fingerprint())
	}
	d.world.Text("  show with each signature: %s", factorWords(next.FactorOf(officer)))
	d.world.Text("")
}

// consentsLeft says who has to consent yet, and what comes when nobody has.
func (d *desk) consentsLeft(p *policy.Policy) error {
	v, err := d.view()
	if err != nil {
		return err
	}
	given, err := d.consentGiven(v, p)
	if err != nil {
		return err
	}
	wanted := v.consentWanted(p)
	if wanting := without(wanted, given); len(wanting) > 0 {
		d.world.Text("Still to consent: %s.", list(wanting))
		return nil
	}
	if p.Version > 1 {
		d.world.Text("Everybody who is new has consented. The amendment is approved like any proposal.")
		d.world.Hintf("strongroom queue")
		return nil
	}
	d.world.Text("All %s have consented. The policy is carried to every signer, which asks for its hash in full.", count(len(given), "officer"))
	d.world.Hintf("strongroom bundle %s -o DIR", quorum.PolicyName(p.Version))
	return nil
}

// consents returns the officers whose good consent to a policy the registry
// holds, sorted.
func (d *desk) consents(p *policy.Policy) ([]text.ID, error) {
	return d.consentBy(p, anyKey)
}

// consentGiven returns the officers whose good consent to a version counts: with
// a new key, where the version is not the first.
func (d *desk) consentGiven(v *view, p *policy.Policy) ([]text.ID, error) {
	old, ok := v.policies.At(p.Version - 1)
	if !ok {
		return d.consents(p)
	}
	return d.consentBy(p, func(k sshsig.Key, officer text.ID) bool {
		return slices.ContainsFunc(addedKeys(old.Policy, p, officer), k.Equal)
	})
}

func (d *desk) consentBy(p *policy.Policy, counts func(sshsig.Key, text.ID) bool) ([]text.ID, error) {
	given, err := d.signedFor(p, quorum.Consent, p.Hash(), p.Bytes(), counts)
	if err != nil {
		return nil, fmt.Errorf("consents: %w", err)
	}
	return given, nil
}

// signedFor returns the officers of a roster with a good signature on a text for
// an act, made with a key that counts, sorted.
func (d *desk) signedFor(roster *policy.Policy, act quorum.Act, on text.Hash, message []byte, counts func(sshsig.Key, text.ID) bool) ([]text.ID, error) {
	signatures, err := d.reg.Signatures(on)
	if err != nil {
		return nil, err
	}
	var given []text.ID
	for _, s := range signatures {
		officer, ok := roster.OfficerOf(s.Parsed.Key())
		if !ok || !counts(s.Parsed.Key(), officer) {
			continue
		}
		if _, err := s.Parsed.Verify(s.Parsed.Key(), act.Namespace(), message, roster.FactorOf(officer)); err == nil {
			given = append(given, officer)
		}
	}
	slices.Sort(given)
	return slices.Compact(given), nil
}

// anyKey lets every key of the roster count.
func anyKey(sshsig.Key, text.ID) bool { return true }

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
