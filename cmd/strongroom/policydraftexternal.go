package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// outsideFlags say what is known of a hardware wallet.
type outsideFlags struct {
	holder, person, place, vendor, build, entropy string
}

func draftExternal(w cli.World, home *string) *cobra.Command {
	var f outsideFlags
	cmd := &cobra.Command{
		Use:   "external NAME",
		Short: "write into the draft who has a hardware wallet, and what it is",
		Long: "Writes into annex people who has the device of an external cosigner, where it lies, its make and firmware, and where its key came from. " +
			"No log and no ceremony of ours tells of that key, so people have to; the officers who adopt the policy read it. " +
			"strongroom wallet exposure finds it again when one of these turns out to be bad.",
		Example: "strongroom policy draft external coldcard-7 --holder kim --person 'kim=acme-ops=Kim Example' --place oslo \\\n" +
			"  --vendor 'Coinkite Coldcard Mk4, bag C0412' --build 'firmware 5.4.2' --entropy 'dice6, 100 rolls by kim'",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			id, err := text.ParseID(args[0])
			if err != nil {
				return cli.Usagef("external: %w", err)
			}
			return changeDraft(w, *home, func(d *desk, p *policy.Policy) (*policy.Policy, error) { return d.withOutside(p, id, f) }, drafted(w))
		},
	}
	flag := func(to *string, name, what string) {
		cmd.Flags().StringVar(to, name, "", what)
		if name != "person" {
			cobra.CheckErr(cmd.MarkFlagRequired(name))
		}
	}
	flag(&f.holder, "holder", "the officer or `PERSON` who has the device")
	flag(&f.person, "person", "who that is, if no officer: `ID=ORG=NAME`")
	flag(&f.place, "place", "where it lies, a `SITE`")
	flag(&f.vendor, "vendor", "make, model and piece, `TEXT`")
	flag(&f.build, "build", "its firmware, `TEXT`")
	flag(&f.entropy, "entropy", "where its key came from, `TEXT`")
	return cmd
}

// withOutside returns the draft with an annex people that tells of a hardware
// wallet.
func (d *desk) withOutside(p *policy.Policy, name text.ID, f outsideFlags) (*policy.Policy, error) {
	key, ok := externalKeyOf(p, name)
	if !ok {
		return nil, cli.Hint(fmt.Errorf("external: want an external cosigner of the draft, found %s", name), "strongroom wallet enroll WALLET --threshold 2 --external %s=FINGERPRINT", name)
	}
	people, err := d.draftPeople(p)
	if err != nil {
		return nil, err
	}
	o, holder, err := f.outside(key)
	if err != nil {
		return nil, err
	}
	if err := d.outsideApart(p, name, o); err != nil {
		return nil, err
	}
	people.Holdings = slices.DeleteFunc(people.Holdings, func(h policy.Holding) bool { return h.Fingerprint == key })
	people.Holdings = append(people.Holdings, policy.Holding{Fingerprint: key, Rebuild: 1, Person: holder})
	people.Outside = slices.DeleteFunc(people.Outside, func(x policy.Outside) bool { return x.Fingerprint == key })
	people.Outside = append(people.Outside, o)
	if f.person != "" {
		x, err := parsePerson(f.person)
		if err != nil {
			return nil, err
		}
		people.Persons = append(slices.DeleteFunc(people.Persons, func(y policy.Officer) bool { return y.ID == x.ID }), x)
	}
	return d.namePeople(p, onlyHolders(people))
}

// outside reads what is known of the key.
func (f outsideFlags) outside(key [4]byte) (policy.Outside, text.ID, error) {
	holder, err := text.ParseID(f.holder)
	if err != nil {
		return policy.Outside{}, "", cli.Usagef("--holder: %w", err)
	}
	place, err := text.ParseID(f.place)
	if err != nil {
		return policy.Outside{}, "", cli.Usagef("--place: %w", err)
	}
	return policy.Outside{Fingerprint: key, Build: f.build, Entropy: f.entropy, Place: place, Vendor: f.vendor}, holder, nil
}

// parsePerson reads ID=ORG=NAME.
func parsePerson(s string) (policy.Officer, error) {
	id, rest, err := named("person", s)
	if err != nil {
		return policy.Officer{}, err
	}
	org, name, ok := strings.Cut(rest, "=")
	x := policy.Officer{ID: id, Org: text.ID(org), Name: name}
	if _, err := text.ParseID(org); err != nil || !ok || name == "" {
		return x, cli.Usagef("--person: want ID=ORG=NAME, found %q", s)
	}
	return x, nil
}

// externalKeyOf returns the key of an external cosigner of any wallet.
func externalKeyOf(p *policy.Policy, name text.ID) ([4]byte, bool) {
	i := slices.IndexFunc(p.Cosigners, func(c policy.Cosigner) bool { return c.Name == name && !c.Governed })
	if i < 0 {
		return [4]byte{}, false
	}
	return p.Cosigners[i].Fingerprint, true
}

// draftPeople returns annex people of a policy, or an empty one where it has none.
func (d *desk) draftPeople(p *policy.Policy) (*policy.People, error) {
	people, err := d.people(p)
	if err != nil || people != nil {
		return people, err
	}
	return &policy.People{Vault: p.Vault}, nil
}

// keepOutside adds what the draft's annex people says of hardware wallets that are
// still cosigners.
func (d *desk) keepOutside(p *policy.Policy, to *policy.People) error {
	old, err := d.draftPeople(p)
	if err != nil {
		return err
	}
	external := func(key [4]byte) bool {
		return slices.ContainsFunc(p.Cosigners, func(c policy.Cosigner) bool { return !c.Governed && c.Fingerprint == key })
	}
	for _, h := range old.Holdings {
		if external(h.Fingerprint) {
			to.Holdings = append(to.Holdings, h)
		}
	}
	for _, o := range old.Outside {
		if external(o.Fingerprint) {
			to.Outside = append(to.Outside, o)
		}
	}
	for _, x := range old.Persons {
		if !slices.ContainsFunc(to.Persons, func(y policy.Officer) bool { return y.ID == x.ID }) {
			to.Persons = append(to.Persons, x)
		}
	}
	onlyHolders(to)
	return nil
}

// onlyHolders leaves out persons who hold nothing any more, and sorts the others.
func onlyHolders(people *policy.People) *policy.People {
	people.Persons = slices.DeleteFunc(people.Persons, func(x policy.Officer) bool {
		return !slices.ContainsFunc(people.Holdings, func(h policy.Holding) bool { return h.Person == x.ID })
	})
	slices.SortFunc(people.Persons, func(a, b policy.Officer) int { return cmp.Compare(a.ID, b.ID) })
	return people
}
