package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func officerRemove(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "remove ID",
		Short: "take an officer out of the draft, with keys and seats",
		Long: "Takes the officer's keys, term, conflicts and places in groups out of the draft. " +
			"Whether enough people are left is judged by strongroom policy lint.",
		Example: "strongroom officer remove dave",
		Args:    cobra.ExactArgs(1),
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		id, err := text.ParseID(args[0])
		if err != nil {
			return cli.Usagef("officer: %w", err)
		}
		return changeDraft(w, *home, func(_ *desk, p *policy.Policy) (*policy.Policy, error) {
			return p.RemoveOfficer(id)
		}, func(_ *desk, p *policy.Policy) error {
			banner(w, p.Network)
			w.Text("%s is taken out of the draft.", id)
			toFill(w, p)
			return nil
		})
	}
	return cmd
}

func officerRekey(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rekey ID",
		Short: "replace a key of an officer in the draft",
		Long: "Takes the key with the fingerprint out and puts the new one in; one of the two alone is fine too. A draft that changes the keys of one officer and nothing else " +
			"is a rekey: the officer proposes it, signs with a key that stays, and consents with the new one.",
		Example: "strongroom officer rekey alice --add new.pub \\\n  --remove SHA256:mVPwvezndPv/ARoIadVY98vAC0g+P/5633yTC4d/wXE",
		Args:    cobra.ExactArgs(1),
	}
	gone := cmd.Flags().String("remove", "", "the `FINGERPRINT` of the key that goes, as officer list shows it")
	file := cmd.Flags().String("add", "", "the public key `FILE.pub` that comes")
	cmd.MarkFlagsOneRequired("remove", "add")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		id, err := text.ParseID(args[0])
		if err != nil {
			return cli.Usagef("officer: %w", err)
		}
		var comes *sshsig.Key
		if *file != "" {
			k, err := publicKey(w, *file)
			if err != nil {
				return err
			}
			comes = &k
		}
		return rekey(w, *home, id, *gone, comes)
	}
	return cmd
}

func rekey(w cli.World, home string, id text.ID, gone string, comes *sshsig.Key) error {
	return changeDraft(w, home, func(_ *desk, p *policy.Policy) (*policy.Policy, error) {
		goes, err := keyOf(p, id, gone)
		if err != nil {
			return nil, err
		}
		return p.ReplaceKey(id, goes, comes)
	}, func(_ *desk, p *policy.Policy) error {
		banner(w, p.Network)
		w.Text("The keys of %s in the draft are now:", id)
		for _, k := range p.Keys(id) {
			w.Field("key", k.Fingerprint()+" "+k.Type().String())
		}
		toFill(w, p)
		return nil
	})
}

// keyOf finds an officer's key by its fingerprint; nil for no fingerprint.
func keyOf(p *policy.Policy, officer text.ID, fingerprint string) (*sshsig.Key, error) {
	if fingerprint == "" {
		return nil, nil
	}
	keys := p.Keys(officer)
	i := slices.IndexFunc(keys, func(k sshsig.Key) bool { return k.Fingerprint() == fingerprint })
	if i < 0 {
		return nil, cli.Hint(fmt.Errorf("officer %s: want the fingerprint of one of their keys, found %q", officer, fingerprint), "strongroom officer list --draft")
	}
	return &keys[i], nil
}

// factorFor returns what a new officer's signatures must show: what was asked
// for, or else what every other officer's must show. The first officer of a draft
// gets what its preset asks for.
func (d *desk) factorFor(p *policy.Policy, asked string) (sshsig.Factor, error) {
	if asked != "" {
		return parseFactors(asked)
	}
	if len(p.Officers) == 0 {
		preset, err := d.preset()
		return preset.Factor(), err
	}
	f := sshsig.Factor{Presence: true, Verification: true, Bound: true}
	for _, o := range p.Officers {
		x := p.FactorOf(o.ID)
		f.Presence, f.Verification, f.Bound = f.Presence && x.Presence, f.Verification && x.Verification, f.Bound && x.Bound
	}
	return f, nil
}

func parseFactors(s string) (sshsig.Factor, error) {
	for i := range 8 {
		f := sshsig.Factor{Presence: i&1 != 0, Verification: i&2 != 0, Bound: i&4 != 0}
		if strings.ReplaceAll(factorWords(f), " ", ",") == s {
			return f, nil
		}
	}
	return sshsig.Factor{}, cli.Usagef("--factor: want none, or some of up,uv,bound in this order, found %q", s)
}

// preset returns the preset that the first draft began with; team, which asks
// for nothing, where nobody noted one.
func (d *desk) preset() (policy.Preset, error) {
	b, err := d.dir.ReadFile(presetFile, maxPreset)
	if errors.Is(err, fs.ErrNotExist) {
		return policy.Team, nil
	}
	if err != nil {
		return 0, err
	}
	p, err := policy.ParsePreset(strings.TrimSuffix(string(b), "\n"))
	if err != nil {
		err = fmt.Errorf("%s: %w", presetFile, err)
	}
	return p, err
}
