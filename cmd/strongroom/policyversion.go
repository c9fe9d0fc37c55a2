package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/registry"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// draftWord names the draft where a command takes a version.
const draftWord = "draft"

// policyNamed returns a version of the policy by its number, as 2 or policy-2,
// or the draft. A number above the one in force is a version that an amendment of
// the registry asks for.
func (d *desk) policyNamed(v *view, name string) (*policy.Policy, error) {
	if name == draftWord {
		return d.draftText()
	}
	version, err := parseVersion(name)
	if err != nil {
		return nil, err
	}
	if x, ok := v.policies.At(version); ok {
		return x.Policy, nil
	}
	found, err := d.askedFor(v, version)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, cli.Hint(fmt.Errorf("policy: want a version up to %d, or one that an amendment asks for, found %d", v.policy.Version, version), "strongroom policy log")
	case len(found) > 1:
		return nil, ambiguous(version, found)
	}
	return found[0].policy, nil
}

// draftText is draft for those who read it: one with a fault of grammar is told
// by its code.
func (d *desk) draftText() (*policy.Policy, error) {
	p, err := d.draft()
	if errors.As(err, new(*text.Error)) { // somebody's editor
		return nil, refusal([]quorum.Reason{quorum.ReasonOf(err, quorum.TextGrammar)})
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Hint(errNoDraft, "strongroom policy draft start")
	}
	return p, err
}

// parseVersion reads 2 or policy-2.
func parseVersion(s string) (uint64, error) {
	const prefix = "policy-"
	digits := s
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		digits = s[len(prefix):]
	}
	version, err := text.ParseUint(digits, 1<<32)
	if err != nil || version == 0 {
		return 0, cli.Usagef("policy: want a version such as %s, found %q", quorum.PolicyName(2), s)
	}
	return version, nil
}

// amended is a version of the policy that an amendment asks for.
type amended struct {
	policy   *policy.Policy
	proposal *quorum.Proposal
}

// askedFor returns the policies of one version that amendments of the registry
// ask for, each once, whose texts are at hand.
func (d *desk) askedFor(v *view, version uint64) ([]amended, error) {
	var out []amended
	err := d.eachProposal(func(id text.Hash) error {
		b, err := d.reg.Text(id)
		if err != nil {
			return err
		}
		p, err := quorum.ParseProposal(b)
		if err != nil {
			return nil // told by whoever judges it
		}
		a, ok := p.Body.(quorum.Amendment)
		if !ok || a.Version != version || p.Genesis != v.policies.Genesis() {
			return nil
		}
		if slices.ContainsFunc(out, func(x amended) bool { return x.policy.Hash() == a.Policy }) {
			return nil
		}
		q, err := policyText(d.reg, a.Policy)
		if err == nil && q.Version == version {
			out = append(out, amended{q, p})
		}
		return nil
	})
	return out, err
}

// policyText returns a policy by its hash.
func policyText(reg *registry.Registry, h text.Hash) (*policy.Policy, error) {
	b, err := reg.Text(h)
	if err != nil {
		return nil, err
	}
	return policy.Parse(b)
}

func ambiguous(version uint64, found []amended) error {
	var hashes []string
	for _, x := range found {
		hashes = append(hashes, x.policy.Hash().Short())
	}
	return cli.Hint(fmt.Errorf("policy %d: want one that an amendment asks for, found %d: %v", version, len(found), hashes), "strongroom queue")
}

// consentWanted returns the officers who have to consent to a version: all of
// the first one's, and those who have a new key in a later one.
func (v *view) consentWanted(p *policy.Policy) []text.ID {
	old, ok := v.policies.At(p.Version - 1)
	var out []text.ID
	for _, o := range p.Officers {
		if !ok || len(addedKeys(old.Policy, p, o.ID)) > 0 {
			out = append(out, o.ID)
		}
	}
	return out
}

// addedKeys returns the keys of an officer that the next version lists and the
// old one did not.
func addedKeys(old, next *policy.Policy, officer text.ID) []sshsig.Key {
	have := old.Keys(officer)
	return slices.DeleteFunc(next.Keys(officer), func(k sshsig.Key) bool { return slices.ContainsFunc(have, k.Equal) })
}

// without returns the ids of a list that are not in another.
func without(all, gone []text.ID) []text.ID {
	return slices.DeleteFunc(slices.Clone(all), func(id text.ID) bool { return slices.Contains(gone, id) })
}

// withNew returns the logs of a view and those of the signers that further
// versions bring, which are judged beside their amendments.
func (d *desk) withNew(v *view, versions ...[]byte) ([]*quorum.LogFile, error) {
	logs := v.logs()
	for _, b := range versions {
		p, err := policy.Parse(b)
		if err != nil {
			continue // told by the judgement
		}
		for _, dev := range p.Devices {
			if slices.ContainsFunc(logs, func(l *quorum.LogFile) bool { return l.Device == dev.ID }) {
				continue
			}
			l, err := d.newLog(v, dev)
			if err != nil {
				return nil, err
			}
			if l != nil {
				logs = append(logs, l)
			}
		}
	}
	return logs, nil
}

// newLog reads the log of a signer that is not in the policy in force, once for a
// view; nil where the registry has none.
func (d *desk) newLog(v *view, dev policy.Device) (*quorum.LogFile, error) {
	if l, ok := v.coming[dev.Verifier]; ok {
		return l, nil
	}
	key, err := auditlog.ParseVerifier(dev.Verifier)
	if err != nil {
		return nil, nil // told by the judgement
	}
	_, checkpoint, entries, err := d.reg.Log(key, dev.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("signer %s: %w", dev.ID, err)
	}
	l := &quorum.LogFile{Device: dev.ID, Checkpoint: checkpoint, Entries: entries}
	if v.coming == nil {
		v.coming = map[string]*quorum.LogFile{}
	}
	v.coming[dev.Verifier] = l
	return l, nil
}
