package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"strongroom/backup/secrets"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// vaultKey begins a --key that stays at a Vault server.
const vaultKey = "vault:"

// maker returns the key that signs manifests, and whose it is: one that annex
// backup lists for a maker, who need not be an officer, or without the annex an
// officer's. The caller calls done when it has signed.
func (f keyFlags) maker(ctx context.Context, w cli.World, p *policy.Policy, b policy.Backup) (s sshsig.Signer, id text.ID, done func(), err error) {
	return f.listed(ctx, w, p, b, listedKeys{"a maker", b.Makers})
}

// looker returns the key that signs what was found of copies: a verifier's, or a
// maker's.
func (f keyFlags) looker(ctx context.Context, w cli.World, p *policy.Policy, b policy.Backup) (s sshsig.Signer, id text.ID, done func(), err error) {
	return f.listed(ctx, w, p, b, listedKeys{"a verifier or maker", slices.Concat(b.Verifiers, b.Makers)})
}

// listedKeys are those of one role, or two, in annex backup.
type listedKeys struct {
	role string // with its article
	keys []policy.BackupMaker
}

// of returns whose key it is.
func (l listedKeys) of(k sshsig.Key) (text.ID, bool) {
	i := slices.IndexFunc(l.keys, func(m policy.BackupMaker) bool { return m.Key == k.String() })
	if i < 0 {
		return "", false
	}
	return l.keys[i].ID, true
}

func (f keyFlags) listed(ctx context.Context, w cli.World, p *policy.Policy, b policy.Backup, who listedKeys) (s sshsig.Signer, id text.ID, done func(), err error) {
	if !b.Named {
		return f.signer(w, p)
	}
	done = func() {}
	switch {
	case strings.HasPrefix(*f.key, vaultKey):
		s, done, err = transitSigner(ctx, w, strings.TrimPrefix(*f.key, vaultKey), who.keys)
	case *f.key == "" || strings.HasPrefix(*f.key, "agent:"):
		listed := func(k sshsig.Key) bool { _, ok := who.of(k); return ok }
		s, done, err = agentSigner(w, "annex backup lists", listed, strings.TrimPrefix(*f.key, "agent:"))
	default:
		s, err = f.fileSigner(w)
	}
	if err != nil {
		return nil, "", done, err
	}
	id, ok := who.of(s.Key())
	if !ok {
		done()
		return nil, "", func() {}, cli.Hint(fmt.Errorf("key: want one of %s that annex backup lists, found %s", who.role, s.Key().Fingerprint()), "strongroom policy explain")
	}
	return s, id, done, nil
}

// makerOf returns the maker whose key it is.
func makerOf(b policy.Backup, k sshsig.Key) (text.ID, bool) {
	return listedKeys{keys: b.Makers}.of(k)
}

// transitSigner signs with a key that stays at a Vault server: the first
// of the annex's keys that the server has.
func transitSigner(ctx context.Context, w cli.World, file string, keys []policy.BackupMaker) (sshsig.Signer, func(), error) {
	none := func() {}
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, none, err
	}
	text, err := w.ReadFile(path, maxCredentialsFile)
	if err != nil {
		return nil, none, err
	}
	c, err := secrets.ParseSignerConfig(text)
	if err != nil {
		return nil, none, fmt.Errorf("%s: %w", file, err)
	}
	var errs []error
	for _, m := range keys {
		want, err := sshsig.ParseAuthorizedKey([]byte(m.Key + "\n"))
		if err != nil {
			return nil, none, err
		}
		s, err := secrets.OpenTransit(ctx, c, doors(w), want)
		if err == nil {
			return s, func() { _ = s.Close(context.WithoutCancel(ctx)) }, nil
		}
		errs = append(errs, err)
	}
	return nil, none, errors.Join(errs...)
}

func doors(w cli.World) secrets.Doors { return secrets.Doors{Now: w.Now, Env: w.Env} }

// makerKeys says whose manifests count: whoever one version of the policy, or
// its annex, lists as maker. Officers and makers leave and change keys, and what
// they sealed before stays good.
func (d *desk) makerKeys(versions []*policy.Policy) makerCheck {
	var rules []policy.Backup
	var officers []*policy.Policy
	for _, p := range versions {
		b, err := d.backupRules(p)
		switch {
		case err != nil:
			d.world.Warnf("policy %d: who makes snapshots is not known: %v", p.Version, err)
		case b.Named:
			rules = append(rules, b)
		default:
			officers = append(officers, p)
		}
	}
	return makersIn(rules, officers)
}

// makersIn trusts the makers of annexes, and the officers of policies that have
// none.
func makersIn(rules []policy.Backup, officers []*policy.Policy) makerCheck {
	return func(maker text.ID, key sshsig.Key) bool {
		for _, b := range rules {
			if id, ok := makerOf(b, key); ok && id == maker {
				return true
			}
		}
		for _, p := range officers {
			if owner, ok := p.OfficerOf(key); ok && owner == maker {
				return true
			}
		}
		return false
	}
}
