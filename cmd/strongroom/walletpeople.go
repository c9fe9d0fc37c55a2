package main

import (
	"slices"

	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// What somebody is to the policy in force.
const (
	isOfficer = "officer"
	isPerson  = "person" // of annex people
	hasLeft   = "left"
	isUnknown = "unknown"
)

// standings says what people are to the policy in force, of those whom any
// version knew.
type standings map[text.ID]string

func (s standings) of(id text.ID) string {
	if x, ok := s[id]; ok {
		return x
	}
	return isUnknown
}

// standings asks the versions of the policy, the one in force last.
func (d *desk) standings(p *policy.Policy) (standings, error) {
	out := standings{}
	versions := []*policy.Policy{p}
	if _, finished, err := d.rules(); err != nil {
		return nil, err
	} else if finished {
		if versions, err = d.versions(); err != nil {
			return nil, err
		}
	}
	for _, q := range slices.Backward(versions) {
		for id := range out {
			out[id] = hasLeft
		}
		for _, o := range q.Officers {
			out[o.ID] = isOfficer
		}
		persons, err := d.persons(q)
		if err != nil {
			return nil, err
		}
		for _, o := range persons {
			out[o.ID] = isPerson
		}
	}
	return out, nil
}

// persons returns those in annex people who are no officers.
func (d *desk) persons(p *policy.Policy) ([]policy.Officer, error) {
	people, err := d.people(p)
	if err != nil || people == nil {
		return nil, err
	}
	return people.Persons, nil
}

// people returns a policy's annex people; nil where it has none.
func (d *desk) people(p *policy.Policy) (*policy.People, error) {
	texts, err := annexesOf(d.reg, p)
	if err != nil {
		return nil, err
	}
	for _, b := range texts {
		if people, err := policy.ParsePeople(b); err == nil {
			return people, nil
		}
	}
	return nil, nil
}
