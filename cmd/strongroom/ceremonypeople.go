package main

import (
	"errors"
	"slices"
	"strings"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/entropy"
)

// ceremonyPlan reads the flags as a plan, and returns with it what the vault allows.
func (d *desk) ceremonyPlan(f planFlags) (p ceremony.Plan, rules policy.Workstation, err error) {
	roster, _, err := d.rules()
	if err != nil {
		return p, rules, err
	}
	if rules, err = d.workstation(roster); err != nil {
		return p, rules, err
	}
	p = ceremony.Plan{Vault: d.vault, Chain: d.network, What: ceremony.Make}
	for _, x := range []struct {
		name, value string
		to          *text.ID
	}{{"signer", *f.signer, &p.Signer}, {"place", *f.place, &p.Place}, {"administrator", *f.administrator, &p.Administrator}} {
		if *x.to, err = text.ParseID(x.value); err != nil {
			return p, rules, cli.Usagef("--%s: %w", x.name, err)
		}
	}
	if p.Program, err = f.programHash(); err != nil {
		return p, rules, err
	}
	for _, read := range []func(*ceremony.Plan) error{f.readBuildFor(d.world), f.readWhat, f.readGroups, f.holdersFrom(d.world), f.readEntropy, f.readEquipment} {
		if err := read(&p); err != nil {
			return p, rules, err
		}
	}
	if p.Allows, err = f.readAllows(rules); err != nil {
		return p, rules, err
	}
	return p, rules, d.staff(&p, f, roster)
}

// workstation returns what a policy or a draft leaves out of the strict rules.
func (d *desk) workstation(p *policy.Policy) (policy.Workstation, error) {
	annexes, err := annexesOf(d.reg, p)
	if err != nil {
		return policy.Workstation{}, err
	}
	return p.Workstation(quorum.AnnexesOf(p, annexes))
}

// named splits NAME=VALUE.
func named(flag, s string) (text.ID, string, error) {
	name, value, ok := strings.Cut(s, "=")
	if !ok || value == "" {
		return "", "", cli.Usagef("--%s: want NAME=VALUE, found %q", flag, s)
	}
	id, err := text.ParseID(name)
	if err != nil {
		return "", "", cli.Usagef("--%s: %w", flag, err)
	}
	return id, value, nil
}

func (f planFlags) readWhat(p *ceremony.Plan) (err error) {
	switch {
	case *f.device != "":
		p.What = ceremony.MakeWords
		p.Device, err = readDevice(*f.device)
		if err != nil {
			return err
		}
	case *f.imported:
		p.What = ceremony.Import
	case *f.reshare != "":
		p.What = ceremony.Reshare
		if p.From, err = parseGenerationName(*f.reshare); err != nil {
			return cli.Usagef("--reshare: %w", err)
		}
	case len(*f.opener) > 0:
		return cli.Usagef("--opener: want it with --reshare or --import, found neither")
	}
	if !p.What.Makes() && len(*f.opener) == 0 {
		return cli.Usagef("--opener: want who opens or brings the key, found nobody")
	}
	if p.Openers, err = ids("--opener", *f.opener); err != nil {
		return err
	}
	p.Witnesses, err = ids("--witness", *f.witness)
	return err
}

func (f planFlags) readGroups(p *ceremony.Plan) error {
	for _, s := range *f.group {
		need, site, ok := strings.Cut(s, "=")
		n, err := text.ParseUint(need, maxShareCount)
		if err != nil || !ok {
			return cli.Usagef("--group: want NEED=SITE, such as 2=geneva, found %q", s)
		}
		id, err := text.ParseID(site)
		if err != nil {
			return cli.Usagef("--group: %w", err)
		}
		p.Sites = append(p.Sites, record.ShareGroup{Need: int(n), Site: id})
	}
	if p.Groups = *f.groups; p.Groups == 0 {
		p.Groups = len(p.Sites)
	}
	return nil
}

// holdersFrom reads who gets a share, with keys from files.
func (f planFlags) holdersFrom(w cli.World) func(*ceremony.Plan) error {
	return func(p *ceremony.Plan) (err error) {
		for _, s := range *f.holder {
			h, err := readHolder(w, s, len(p.Sites))
			if err != nil {
				return err
			}
			p.Holders = append(p.Holders, h)
		}
		p.Clear, err = ids("--clear", *f.clear)
		return err
	}
}

// readDevice reads PERSON=WORDS=TEXT. How many words there may be is for the plan's
// grammar to say.
func readDevice(s string) (d ceremony.Device, err error) {
	id, rest, err := named("device", s)
	if err != nil {
		return d, err
	}
	number, what, ok := strings.Cut(rest, "=")
	n, err := text.ParseUint(number, maxWords)
	if !ok || what == "" || err != nil {
		return d, cli.Usagef("--device: want PERSON=WORDS=TEXT, such as kim=24=Coldcard Mk4, serial 0417, found %q", s)
	}
	return ceremony.Device{Person: id, Words: int(n), Text: what}, nil
}

// readHolder reads PERSON[@GROUP]=RECIPIENT.
func readHolder(w cli.World, s string, groups int) (ceremony.Holder, error) {
	who, recipient, _ := strings.Cut(s, "=")
	name, number, numbered := strings.Cut(who, "@")
	id, recipient, err := named("holder", name+"="+recipient)
	if err != nil {
		return ceremony.Holder{}, err
	}
	if strings.HasSuffix(recipient, ".pub") {
		k, err := publicKey(w, recipient)
		if err != nil {
			return ceremony.Holder{}, err
		}
		recipient = k.String()
	}
	to, err := keystore.ParseRecipient(recipient)
	if err != nil {
		return ceremony.Holder{}, cli.Usagef("--holder: %s: %w", id, err)
	}
	group := uint64(1)
	if numbered {
		group, err = text.ParseUint(number, maxShareCount)
	} else if groups > 1 {
		err = errors.New("want PERSON@GROUP where there are several groups, found none")
	}
	if err != nil {
		return ceremony.Holder{}, cli.Usagef("--holder: %s: %w", id, err)
	}
	return ceremony.Holder{Group: int(group), Person: id, To: to}, nil
}

func (f planFlags) readEntropy(p *ceremony.Plan) error {
	if !p.What.Makes() {
		if len(*f.entropy) > 0 {
			return cli.Usagef("--entropy: want it for a new key only, found it with a key that is there")
		}
		return nil
	}
	p.Bits = *f.bits
	for _, s := range *f.entropy {
		id, name, err := named("entropy", s)
		if err != nil {
			return err
		}
		from, err := entropy.ParseSource(name)
		if err != nil {
			return cli.Usagef("--entropy: %w", err)
		}
		p.Entropy = append(p.Entropy, ceremony.Source{Person: id, From: from})
	}
	return nil
}

func (f planFlags) readEquipment(p *ceremony.Plan) error {
	for _, s := range *f.equipment {
		kind, what, err := named("equipment", s)
		if err != nil {
			return err
		}
		p.Equipment = append(p.Equipment, ceremony.Equipment{Kind: kind, Text: what})
	}
	return nil
}

// readAllows returns the rules that are left out: those named, or what the vault
// allows.
func (f planFlags) readAllows(rules policy.Workstation) ([]policy.Allowance, error) {
	if len(*f.allow) == 0 {
		return slices.DeleteFunc(slices.Clone(rules.Allows), func(a policy.Allowance) bool { return a == policy.AllowUnreviewed && *f.build != "" }), nil
	}
	if slices.Equal(*f.allow, []string{"none"}) {
		return nil, nil
	}
	var out []policy.Allowance
	for _, s := range *f.allow {
		a, err := policy.ParseAllowance(s)
		if err != nil {
			return nil, cli.Usagef("--allow: %w", err)
		}
		out = append(out, a)
	}
	return out, nil
}
