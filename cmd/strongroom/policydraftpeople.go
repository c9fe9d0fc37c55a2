package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func draftPeople(w cli.World, home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "people",
		Short: "write into the draft who holds shares of the wallets' keys",
		Long: "Makes annex people of the signers' logs and of the transcripts and plans that were received, and names it in the draft: every holder of every generation, since an old one is as good as ever. " +
			"With it the linter counts who could pass by the policy, and strongroom wallet shares tells when a holder has left. " +
			"What draft external said of hardware wallets stays.",
		Example: "strongroom policy draft people",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return changeDraft(w, *home, func(d *desk, p *policy.Policy) (*policy.Policy, error) { return d.withPeople(p) }, drafted(w))
		},
	}
}

// withPeople returns the draft with an annex of everybody who holds a share. What it
// says of hardware wallets stays: no log and no transcript tells of them.
func (d *desk) withPeople(p *policy.Policy) (*policy.Policy, error) {
	keys, _, err := d.walletKeys()
	if err != nil {
		return nil, err
	}
	people := &policy.People{Vault: p.Vault}
	for _, k := range keys {
		if len(walletsOf(p, k.fingerprint)) == 0 {
			continue
		}
		if err := k.addHoldings(p, people); err != nil {
			return nil, err
		}
	}
	if err := d.keepOutside(p, people); err != nil {
		return nil, err
	}
	if len(people.Holdings) == 0 {
		return nil, cli.Hint(fmt.Errorf("people: want the log or the transcript of a signer with a key of a wallet, found none received"), "strongroom receive DIR   # what key ceremony wrote with -o DIR")
	}
	return d.namePeople(p, people)
}

// namePeople returns the draft with annex people, which the registry then has.
func (d *desk) namePeople(p *policy.Policy, people *policy.People) (*policy.Policy, error) {
	b, err := policy.RenderPeople(people)
	if err != nil {
		return nil, err
	}
	q, err := p.SetAnnex(policy.Annex{Name: "people", Hash: text.Identity(b)})
	if err != nil {
		return nil, err
	}
	if err := d.checkAnnex(q, b); err != nil {
		return nil, err
	}
	_, err = d.reg.PutText(b)
	return q, err
}

// checkAnnex refuses an annex that does not fit the policy, such as somebody with
// shares of two keys of a wallet, or who opens backups and is no officer.
func (d *desk) checkAnnex(p *policy.Policy, annex []byte) error {
	stored, err := annexesOf(d.reg, p)
	if err != nil {
		return err
	}
	reasons := quorum.ReasonsOf(p.CheckAnnexes(quorum.AnnexesOf(p, append(stored, annex))))
	moreReasons(d.world, reasons)
	return refusal(reasons)
}

// addHoldings adds everybody who holds a share of a key, and a line for those who
// are no officers, as the plan of the ceremony knows them.
func (k *walletKey) addHoldings(p *policy.Policy, people *policy.People) error {
	rebuild := 0
	for _, g := range k.generations {
		if n := lacking(g, nil); rebuild == 0 || n < rebuild {
			rebuild = n
		}
	}
	for _, id := range k.holders() {
		people.Holdings = append(people.Holdings, policy.Holding{Fingerprint: k.fingerprint, Rebuild: rebuild, Person: id})
		_, officer := p.Officer(id)
		if officer || slices.ContainsFunc(people.Persons, func(o policy.Officer) bool { return o.ID == id }) {
			continue
		}
		o, ok := k.known(id)
		if !ok {
			return cli.Hint(fmt.Errorf("%s: want an officer, or somebody of a ceremony's plan, found neither", id), "strongroom receive PLAN TRANSCRIPT   # of signer %s", k.signer)
		}
		people.Persons = append(people.Persons, o)
	}
	slices.SortFunc(people.Persons, func(a, b policy.Officer) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) })
	return nil
}

// known returns somebody as the plans of a key's ceremonies name them.
func (k *walletKey) known(id text.ID) (policy.Officer, bool) {
	for _, a := range slices.Backward(k.accounts) {
		if x, ok := a.plan.Person(id); ok && a.planned {
			return policy.Officer{ID: x.ID, Org: x.Org, Name: x.Name}, true
		}
	}
	return policy.Officer{}, false
}
