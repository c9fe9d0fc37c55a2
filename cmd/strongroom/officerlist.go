package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// officerJSON is one person of the policy or its draft.
type officerJSON struct {
	ID        text.ID   `json:"id"`
	Name      string    `json:"name"`
	Org       text.ID   `json:"org"`
	Groups    []text.ID `json:"groups"`
	Factor    string    `json:"factor"`
	TermEnds  uint32    `json:"term_ends,omitempty"` // block height; absent where it does not end
	Keys      []keyJSON `json:"keys"`
	Consented bool      `json:"consented"`
}

type keyJSON struct {
	Fingerprint string `json:"fingerprint"`
	Type        string `json:"type"`
	Hardware    bool   `json:"hardware"`
	Quiet       uint32 `json:"quiet"` // credits until its approvals count
}

func officerList(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "the officers of the policy in force, or of the draft",
		Long: "Lists each officer with groups, term and keys. A key that came in with a later version is quiet for a while: " +
			"how many credits of work are left until its approvals count is told.",
		Example: "strongroom officer list --json",
	}
	asJSON := cli.JSONFlag(cmd)
	open := cmd.Flags().Bool("draft", false, "list those of the draft instead")
	cmd.RunE = func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error {
			p, finished, err := d.rules()
			if *open {
				finished = false
				p, err = d.draftText()
			}
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
			showOfficers(w, people, finished && p.Version == 1)
			return nil
		})
	}
	return cmd
}

func (d *desk) officers(p *policy.Policy, finished bool) ([]officerJSON, error) {
	consented := map[text.ID]bool{}
	var v *view
	if finished {
		given, err := d.consents(p)
		if err != nil {
			return nil, err
		}
		for _, id := range given {
			consented[id] = true
		}
		if v, err = d.view(); err != nil {
			return nil, err
		}
	}
	people := []officerJSON{}
	for _, o := range p.Officers {
		x := officerJSON{ID: o.ID, Name: o.Name, Org: o.Org, Groups: []text.ID{}, Keys: []keyJSON{}, Factor: factorWords(p.FactorOf(o.ID)), Consented: consented[o.ID]}
		x.TermEnds, _ = p.TermOf(o.ID)
		for _, g := range p.Groups {
			for _, m := range g.Members {
				if m == o.ID {
					x.Groups = append(x.Groups, g.ID)
				}
			}
		}
		for _, k := range p.Keys(o.ID) {
			x.Keys = append(x.Keys, keyJSON{k.Fingerprint(), k.Type().String(), k.Hardware(), v.quietFor(o.ID, k)})
		}
		people = append(people, x)
	}
	return people, nil
}

// quietFor returns how many credits are left until the approvals of a key of the
// policy in force count. A key that is there since version 1 was never quiet.
func (v *view) quietFor(officer text.ID, k sshsig.Key) uint32 {
	if v == nil {
		return 0
	}
	var since record.Tip
	versions := v.policies.Versions()
	for i := len(versions) - 1; i >= 0; i-- {
		if owner, ok := versions[i].Policy.OfficerOf(k); !ok || owner != officer {
			break
		}
		if i == 0 {
			return 0
		}
		since = versions[i].At
	}
	quiet := v.policy.QuietSigner.Credits
	if waited := v.creditsSince(since); waited < uint64(quiet) {
		return quiet - uint32(waited)
	}
	return 0
}

// creditsSince returns how much work lies on the block that was the tip when
// something was written down.
func (v *view) creditsSince(t record.Tip) uint64 {
	if !t.Known {
		return 0
	}
	return creditsOn(v.chain, t.Height)
}

// creditsOn returns how much work lies on the block at a height; on the first
// block that is known, where the height is below it.
func creditsOn(c *headers.Chain, height uint32) uint64 {
	p, ok := c.PointAt(max(height, c.Origin().Height))
	if !ok {
		return 0
	}
	n, _ := c.Credits(p)
	return n
}

func showOfficers(w cli.World, people []officerJSON, consents bool) {
	if len(people) == 0 {
		w.Text("No officer is enrolled yet.")
		w.Hintf("strongroom officer enrol --help")
		return
	}
	for _, x := range people {
		w.Text("%s: %s, %s, in %s", x.ID, x.Name, x.Org, list(x.Groups))
		for _, k := range x.Keys {
			w.Text("  key %s %s%s", k.Fingerprint, k.Type, quietWords(k.Quiet))
		}
		if x.TermEnds > 0 {
			w.Text("  approvals end to count after block %d", x.TermEnds)
		}
		switch {
		case consents && x.Consented:
			w.Text("  has consented to the policy")
		case consents:
			w.Text("  has not consented to the policy yet")
		}
	}
}

func quietWords(left uint32) string {
	if left == 0 {
		return ""
	}
	return fmt.Sprintf(", quiet for %s more", credits(left))
}

// factorWords writes what an officer's signatures must show, as the policy does.
func factorWords(f sshsig.Factor) string {
	var words []string
	for _, x := range []struct {
		asked bool
		word  string
	}{{f.Presence, "up"}, {f.Verification, "uv"}, {f.Bound, "bound"}} {
		if x.asked {
			words = append(words, x.word)
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, " ")
}
