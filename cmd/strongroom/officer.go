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
	cmd.AddCommand(officerEnrol(w, home), officerList(w, home))
	return cmd
}

// enrolFlags say who an officer is.
type enrolFlags struct {
	org, name    *string
	keys, groups *[]string
}

func officerEnrol(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "enrol ID",
		Short: "write an officer into the draft of the policy",
		Long: "Takes the public half of the officer's ssh key, as ssh-keygen writes it to a .pub file: ed25519, ecdsa on P-256 or P-384, " +
			"or a hardware key of these. Two keys are better than one.",
		Example: "ssh-keygen -t ed25519 -f alice\nstrongroom officer enrol alice --org acme --name \"Alice Example\" \\\n  --key alice.pub --group treasury",
		Args:    cobra.ExactArgs(1),
	}
	f := enrolFlags{
		org:    cmd.Flags().String("org", "", "the `ORG` that the officer belongs to, a short name"),
		name:   cmd.Flags().String("name", "", "the officer's `NAME` in full"),
		keys:   cmd.Flags().StringArray("key", nil, "a public key `FILE.pub`; repeat for more keys"),
		groups: cmd.Flags().StringArray("group", nil, "a `GROUP` of the policy; repeat for more groups"),
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
	return changeDraft(w, home, func(_ *desk, p *policy.Policy) (*policy.Policy, error) {
		return p.AddOfficer(id, org, *f.name, keys, groups...)
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

// officerJSON is one person of the policy or its draft.
type officerJSON struct {
	ID        text.ID   `json:"id"`
	Name      string    `json:"name"`
	Org       text.ID   `json:"org"`
	Groups    []text.ID `json:"groups"`
	Keys      []keyJSON `json:"keys"`
	Consented bool      `json:"consented"`
}

type keyJSON struct {
	Fingerprint string `json:"fingerprint"`
	Type        string `json:"type"`
	Hardware    bool   `json:"hardware"`
}

func officerList(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "the officers of the policy, or of its draft",
		Example: "strongroom officer list --json",
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error {
			p, finished, err := d.rules()
			if err != nil {
				return err
			}
			people, err := d.officers(p, finished)
			if err != nil {
				return err
			}
			if *asJSON {
				return w.JSON(people)
			}
			banner(w, p.Network)
			showOfficers(w, people, finished)
			return nil
		})
	}
	return cmd
}

func (d *desk) officers(p *policy.Policy, finished bool) ([]officerJSON, error) {
	consented := map[text.ID]bool{}
	if finished {
		given, err := d.consents(p)
		if err != nil {
			return nil, err
		}
		for _, id := range given {
			consented[id] = true
		}
	}
	people := []officerJSON{}
	for _, o := range p.Officers {
		x := officerJSON{ID: o.ID, Name: o.Name, Org: o.Org, Groups: []text.ID{}, Keys: []keyJSON{}, Consented: consented[o.ID]}
		for _, g := range p.Groups {
			for _, m := range g.Members {
				if m == o.ID {
					x.Groups = append(x.Groups, g.ID)
				}
			}
		}
		for _, k := range p.Keys(o.ID) {
			x.Keys = append(x.Keys, keyJSON{k.Fingerprint(), k.Type().String(), k.Hardware()})
		}
		people = append(people, x)
	}
	return people, nil
}

func showOfficers(w cli.World, people []officerJSON, finished bool) {
	if len(people) == 0 {
		w.Text("No officer is enrolled yet.")
		w.Hintf("strongroom officer enrol --help")
		return
	}
	for _, x := range people {
		w.Text("%s: %s, %s, in %s", x.ID, x.Name, x.Org, list(x.Groups))
		for _, k := range x.Keys {
			w.Text("  key %s %s", k.Fingerprint, k.Type)
		}
		switch {
		case x.Consented:
			w.Text("  has consented to the policy")
		case finished:
			w.Text("  has not consented to the policy yet")
		}
	}
}
