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
	Maker     text.ID     `json:"maker"`
	Signers   []text.ID   `json:"approved_by"`
	Consents  []text.ID   `json:"consents"` // on the policy's own text, of those who are new or have a new key
	Cleared   []text.ID   `json:"cleared_by"`
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
func (d *desk) policyChain(v *view) (out []versionJSON, err error) {
	for _, x := range v.policies.Versions() {
		r := versionJSON{Version: x.Policy.Version, Policy: x.Policy.Hash().String(), Class: "first", Signers: []text.ID{}, Consents: []text.ID{}, Cleared: []text.ID{}, InForce: []sinceJSON{}, Missing: []text.ID{}}
		if x.Policy.Version > 1 {
			r.Class = x.Class.String()
		}
		for _, s := range v.signers {
			since, a, ok := heldBy(s.state, x.Policy.Version, x.Policy.Hash())
			if ok {
				r.InForce = append(r.InForce, sinceJSON{s.device, since.Height, since.Known})
			} else if _, listed := v.policy.Device(s.device); listed {
				r.Missing = append(r.Missing, s.device)
			}
			if ok && r.Amendment == "" && !a.ID.IsZero() {
				r.Amendment, r.Signers = a.ID.String(), a.Signers
				r.Maker = d.makerOf(a.ID)
				if r.Cleared, err = clearedIn(v.signers, a.ID); err != nil {
					return nil, err
				}
			}
		}
		given, err := d.consentGiven(v, x.Policy)
		if err != nil {
			return nil, err
		}
		r.Consents = append(r.Consents, given...)
		if x.Policy.Version == 1 {
			r.Signers = r.Consents
		}
		out = append(out, r)
	}
	return out, nil
}

// makerOf returns who asked for something, empty where its text is not here.
func (d *desk) makerOf(id text.Hash) text.ID {
	p, err := d.proposal(id)
	if err != nil {
		return ""
	}
	return p.Maker
}

// clearedIn returns the watchers whose clearance of a proposal the signers took,
// by their logs, sorted.
func clearedIn(signers []signerLog, id text.Hash) ([]text.ID, error) {
	out := []text.ID{}
	for _, s := range signers {
		all, err := s.records()
		if err != nil {
			return nil, err
		}
		for _, r := range all {
			if c, ok := r.Body.(record.Cleared); ok && c.ID == id {
				out = append(out, c.Watcher)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// heldBy says since when a version is in force by one signer's log.
func heldBy(s *record.State, version uint64, hash text.Hash) (record.Tip, record.Adopted, bool) {
	if version == 1 {
		g, ok := s.Genesis()
		return record.Tip{}, record.Adopted{}, ok && g.Policy == hash
	}
	a, ok := s.Adoption(version)
	if !ok || a.Policy != hash {
		return record.Tip{}, record.Adopted{}, false
	}
	return a.Tip, a.Adopted, true
}

func (x versionJSON) show(w cli.World) {
	w.Text("")
	w.Field("version", fmt.Sprintf("%d, %s", x.Version, x.Class))
	w.Field("policy", x.Policy)
	if x.Amendment != "" {
		w.Field("amendment", x.Amendment)
	}
	if x.Version > 1 {
		w.Field("maker", string(x.Maker))
		w.Field("approved by", list(x.Signers))
	}
	if x.Version == 1 || len(x.Consents) > 0 {
		w.Field("consents", list(x.Consents))
	}
	if len(x.Cleared) > 0 {
		w.Field("cleared by", list(x.Cleared))
	}
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
