package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// versionJSON is one version of the policy chain.
type versionJSON struct {
	Version   uint64      `json:"version"`
	Policy    string      `json:"policy"`
	Class     string      `json:"class"`
	Amendment string      `json:"amendment"`
	Signers   []text.ID   `json:"approved_by"`
	InForce   []sinceJSON `json:"in_force"`
	Missing   []text.ID   `json:"not_yet"`
}

// sinceJSON says since which block a version is in force on a signer.
type sinceJSON struct {
	Signer text.ID `json:"signer"`
	Block  uint32  `json:"block"`
	Known  bool    `json:"known"`
}

func policyLog(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "log",
		Short: "the policy chain: every version, what made it, and where it is in force",
		Long: "Lists the versions as the signers' logs have them: the class of the change, the amendment, who approved, and since which block it is in force on which signer. " +
			"A signer that is listed as lacking a version gets it with the next bundle.",
		Example: "strongroom policy log",
		Args:    cobra.NoArgs,
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error {
			v, err := d.view()
			if err != nil {
				return err
			}
			chain, err := d.policyChain(v)
			if err != nil {
				return err
			}
			if *asJSON {
				return w.JSON(chain)
			}
			banner(w, d.network)
			for _, x := range chain {
				x.show(w)
			}
			return nil
		})
	}
	return cmd
}

// policyChain gathers what the signers' logs say of each version.
func (d *desk) policyChain(v *view) ([]versionJSON, error) {
	signers, err := v.signers()
	if err != nil {
		return nil, err
	}
	var out []versionJSON
	for _, x := range v.policies.Versions() {
		r := versionJSON{Version: x.Policy.Version, Policy: x.Policy.Hash().String(), Class: "first", Signers: []text.ID{}, InForce: []sinceJSON{}, Missing: []text.ID{}}
		if x.Policy.Version > 1 {
			r.Class = x.Class.String()
		}
		for _, s := range signers {
			since, a, ok := heldBy(s.state, x.Policy.Version, x.Policy.Hash())
			if ok {
				r.InForce = append(r.InForce, sinceJSON{s.device, since.Height, since.Known})
			} else if _, listed := v.policy.Device(s.device); listed {
				r.Missing = append(r.Missing, s.device)
			}
			if ok && r.Amendment == "" && !a.ID.IsZero() {
				r.Amendment, r.Signers = a.ID.String(), a.Signers
			}
		}
		if given, err := d.consents(x.Policy); err != nil {
			return nil, err
		} else if x.Policy.Version == 1 {
			r.Signers = append(r.Signers, given...)
		}
		out = append(out, r)
	}
	return out, nil
}

// heldBy says since when a version is in force by one signer's log.
func heldBy(s *record.State, version uint64, hash text.Hash) (record.Tip, record.Adopted, bool) {
	if version == 1 {
		g, ok := s.Genesis()
		return record.Tip{}, record.Adopted{}, ok && g.Policy == hash
	}
	all := s.Adoptions()
	i := slices.IndexFunc(all, func(a record.Adoption) bool { return a.Version == version && a.Policy == hash })
	if i < 0 {
		return record.Tip{}, record.Adopted{}, false
	}
	return all[i].Tip, all[i].Adopted, true
}

func (x versionJSON) show(w cli.World) {
	w.Text("")
	w.Field("version", fmt.Sprintf("%d, %s", x.Version, x.Class))
	w.Field("policy", x.Policy)
	if x.Amendment != "" {
		w.Field("amendment", x.Amendment)
	}
	name := "approved by"
	if x.Version == 1 {
		name = "consents"
	}
	w.Field(name, list(x.Signers))
	for _, s := range x.InForce {
		since := ""
		if s.Known {
			since = fmt.Sprintf(" since block %d", s.Block)
		}
		w.Field("in force", string(s.Signer)+since)
	}
	if len(x.Missing) > 0 {
		w.Field("not yet on", list(x.Missing))
	}
}
