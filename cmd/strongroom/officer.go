package main

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func officerCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "officer",
		Short:   "the people who decide",
		Example: "strongroom officer list",
	}
	cmd.AddCommand(officerEnrol(w, home), officerRemove(w, home), officerRekey(w, home), officerList(w, home))
	return cmd
}

// enrolFlags say who an officer is.
type enrolFlags struct {
	org, name, factor *string
	keys, groups      *[]string
}

func officerEnrol(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "enrol ID",
		Aliases: []string{"add"},
		Short:   "write an officer into the draft of the policy",
		Long: "Takes the public half of the officer's ssh key, as ssh-keygen writes it to a .pub file: ed25519, ecdsa on P-256 or P-384, " +
			"or a hardware key of these. Two keys are better than one. Into the draft of a next version, the officer comes in once officers have approved it " +
			"and the officer has consented with the new key.",
		Example: "ssh-keygen -t ed25519 -f alice\nstrongroom officer enrol alice --org acme --name \"Alice Example\" \\\n  --key alice.pub --group treasury",
		Args:    cobra.ExactArgs(1),
	}
	f := enrolFlags{
		org:    cmd.Flags().String("org", "", "the `ORG` that the officer belongs to, a short name"),
		name:   cmd.Flags().String("name", "", "the officer's `NAME` in full"),
		keys:   cmd.Flags().StringArray("key", nil, "a public key `FILE.pub`; repeat for more keys"),
		groups: cmd.Flags().StringArray("group", nil, "a `GROUP` of the policy; repeat for more groups"),
		factor: cmd.Flags().String("factor", "", "what every signature must show: `PROOFS` none, or some of up,uv,bound (default: what all other officers show)"),
	}
	for _, name := range []string{"org", "name", "key", "group"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic("strongroom: " + err.Error())
		}
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error { return enrol(w, *home, args[0], f) }
	return cmd
}

func enrol(w cli.World, home, name string, f enrolFlags) error {
	id, err := text.ParseID(name)
	if err != nil {
		return cli.Usagef("officer: %w", err)
	}
	org, err := text.ParseID(*f.org)
	if err != nil {
		return cli.Usagef("--org: %w", err)
	}
	groups, err := ids("--group", *f.groups)
	if err != nil {
		return err
	}
	var keys []sshsig.Key
	for _, file := range *f.keys {
		k, err := publicKey(w, file)
		if err != nil {
			return err
		}
		keys = append(keys, k)
	}
	return changeDraft(w, home, func(d *desk, p *policy.Policy) (*policy.Policy, error) {
		needs, err := d.factorFor(p, *f.factor)
		if err != nil {
			return nil, err
		}
		q, err := p.AddOfficer(id, org, *f.name, keys, groups...)
		if _, there := p.Officer(id); there {
			return nil, cli.Hint(err, "strongroom officer rekey %s --add %s", id, (*f.keys)[0])
		}
		if err != nil {
			return nil, err
		}
		return q.SetFactor(id, needs)
	}, func(_ *desk, p *policy.Policy) error {
		banner(w, p.Network)
		w.Text("%s (%s, %s) is in the draft, in %s.", id, *f.name, org, list(groups))
		for _, k := range keys {
			w.Field("key", k.Fingerprint()+" "+k.Type().String())
		}
		toFill(w, p)
		return nil
	})
}

// publicKey reads the .pub file of an officer's key.
func publicKey(w cli.World, file string) (sshsig.Key, error) {
	b, err := w.ReadFile(file, maxPublicKey)
	if err != nil {
		return sshsig.Key{}, err
	}
	if bytes.HasPrefix(b, []byte("-----BEGIN")) {
		return sshsig.Key{}, fmt.Errorf("%s: want the public half of a key, found the private one, which stays with its officer", file)
	}
	k, err := sshsig.ParseAuthorizedKey(b)
	if err != nil {
		return k, fmt.Errorf("%s: %w", file, err)
	}
	return k, nil
}

func ids(flag string, names []string) ([]text.ID, error) {
	var out []text.ID
	for _, s := range names {
		id, err := text.ParseID(s)
		if err != nil {
			return nil, cli.Usagef("%s: %w", flag, err)
		}
		out = append(out, id)
	}
	return out, nil
}
