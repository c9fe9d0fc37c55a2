package main

import (
	"fmt"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// staff gives everybody whom the plan names their line and their key.
func (d *desk) staff(p *ceremony.Plan, f planFlags, roster *policy.Policy) error {
	strangers, err := f.strangers()
	if err != nil {
		return err
	}
	keys, err := f.keys(d.world)
	if err != nil {
		return err
	}
	all, err := ids("--present", *f.present)
	if err != nil {
		return err
	}
	all = append(append(all, p.Administrator), append(p.Witnesses, p.Openers...)...)
	for _, h := range p.Holders {
		all = append(all, h.Person)
	}
	for _, s := range p.Entropy {
		all = append(all, s.Person)
	}
	if p.What == ceremony.MakeWords {
		all = append(all, p.Device.Person)
	}
	for id := range strangers {
		all = append(all, id)
	}
	slices.Sort(all)
	for _, id := range slices.Compact(all) {
		x, ok := strangers[id]
		if !ok {
			x, ok = officerPresent(roster, id)
		}
		if !ok {
			return cli.Hint(fmt.Errorf("%s: want an officer, or somebody given with --person, found neither", id), "add --person '%s=ORG=NAME' --key %s=FILE.pub", id, id)
		}
		if k, given := keys[id]; given {
			x.Key = k
		}
		if x.Key.String() == "" {
			return cli.Usagef("--key: want %s=FILE.pub, by which the transcript is signed, found none", id)
		}
		p.People = append(p.People, x)
	}
	return nil
}

// officerPresent returns an officer as one of those in the room.
func officerPresent(roster *policy.Policy, id text.ID) (ceremony.Person, bool) {
	o, ok := roster.Officer(id)
	if !ok {
		return ceremony.Person{}, false
	}
	x := ceremony.Person{ID: o.ID, Org: o.Org, Name: o.Name}
	if keys := roster.Keys(id); len(keys) > 0 {
		x.Key = keys[0]
	}
	return x, true
}

// strangers reads those who are no officers.
func (f planFlags) strangers() (map[text.ID]ceremony.Person, error) {
	out := map[text.ID]ceremony.Person{}
	for _, s := range *f.person {
		x, err := personNamed("person", s)
		if err != nil {
			return nil, err
		}
		out[x.ID] = x
	}
	return out, nil
}

// keys reads the keys by which people sign the transcript.
func (f planFlags) keys(w cli.World) (map[text.ID]sshsig.Key, error) {
	out := map[text.ID]sshsig.Key{}
	for _, s := range *f.key {
		id, file, err := named("key", s)
		if err != nil {
			return nil, err
		}
		if out[id], err = publicKey(w, file); err != nil {
			return nil, err
		}
	}
	return out, nil
}
