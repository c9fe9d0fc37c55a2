package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/signer"
)

func (p *program) keyRotateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "say how far this machine's key is on its way out, and what comes next",
		Long: "A home holds one key for life. Its key is rotated by another machine, or a home made anew, with a key of its own: a wallet of the new keys is enrolled, tried and swept to, and the old one retired. " +
			"This shows, by the policy that this machine holds, which wallets its key is in, whether a next wallet is enrolled here, and whether this home may be wiped. It changes nothing.",
		Example: "strongroom-signer key rotate",
	}
	json := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) (err error) {
		m, err := p.open()
		if err != nil {
			return err
		}
		defer give(m, &err)
		if len(m.State().Keys()) == 0 {
			return noKey()
		}
		r, err := rotationOf(m)
		if err != nil {
			return explain(err)
		}
		if *json {
			return p.world.JSON(r)
		}
		banner(p.world, m.Setup().Network)
		r.show(p.world)
		return nil
	}
	return cmd
}

// rotation is how far a key is on its way out.
type rotation struct {
	Fingerprint string          `json:"fingerprint"`
	Policy      uint64          `json:"policy"` // version held; 0 for none
	Wallets     []rotatedWallet `json:"wallets"`
	Next        string          `json:"next_wallet"` // in state next; empty for none
	Enrolled    bool            `json:"next_enrolled"`
	Outstanding int             `json:"shares_outstanding"` // of all generations
	MayWipe     bool            `json:"may_wipe"`
	Reasons     []string        `json:"reasons"` // why not
	Then        string          `json:"then"`    // the next command
}

type rotatedWallet struct {
	ID    string `json:"id"`
	State string `json:"state"`
	M     int    `json:"m"`
	N     int    `json:"n"`
}

func rotationOf(m *signer.Machine) (rotation, error) {
	record, err := m.KeyRecord()
	if err != nil {
		return rotation{}, err
	}
	r := rotation{Fingerprint: fmt.Sprintf("%x", record.Key.Origin().Fingerprint), Wallets: []rotatedWallet{}, Reasons: []string{}}
	for _, w := range m.KeyWallets() {
		r.Wallets = append(r.Wallets, rotatedWallet{string(w.ID), w.State.String(), w.M, w.N})
	}
	for _, g := range m.Shares() {
		r.Outstanding += len(g.Shares)
	}
	for _, reason := range m.KeyInUse() {
		r.Reasons = append(r.Reasons, reason.String())
	}
	r.MayWipe = len(r.Reasons) == 0
	if pol, ok := m.Policy(); ok {
		r.Policy = pol.Version
		for _, w := range pol.Wallets {
			if w.State == policy.Next {
				_, r.Enrolled = m.Wallet(w.ID)
				r.Next = string(w.ID)
			}
		}
	}
	r.Then = r.then()
	return r, nil
}

// then is the next command of docs/rotation.md, as far as this machine can tell.
func (r rotation) then() string {
	switch {
	case r.MayWipe:
		return "strongroom-signer key wipe --this-signer ...   # then sanitize this medium"
	case r.Next == "":
		return "strongroom wallet enroll NAME --threshold M   # at the desk, in a draft of the next policy, with keys of other machines"
	case !r.Enrolled:
		return "strongroom-signer enroll DIR --wallet " + r.Next
	}
	return "strongroom wallet sweep-plan   # at the desk; afterwards wallet state " + r.Next + " active, and the old one retired"
}

func (r rotation) show(w cli.World) {
	w.Field("key", r.Fingerprint)
	held := "none is trusted yet"
	if r.Policy > 0 {
		held = fmt.Sprintf("version %d; the desk may have a later one", r.Policy)
	}
	w.Field("policy", held)
	for _, x := range r.Wallets {
		w.Field("in wallet", fmt.Sprintf("%s, %s, %d of %d keys sign", x.ID, x.State, x.M, x.N))
	}
	if len(r.Wallets) == 0 {
		w.Field("in wallet", "none")
	}
	if r.Next != "" {
		w.Field("next wallet", fmt.Sprintf("%s, %s", r.Next, map[bool]string{true: "enrolled here", false: "NOT enrolled here"}[r.Enrolled]))
	}
	w.Field("shares", fmt.Sprintf("%s outstanding, which rebuild the key for ever, wiped or not", counted(r.Outstanding, "share")))
	if r.MayWipe {
		w.Field("may be wiped", "yes: no active or next wallet names its key")
	}
	for _, reason := range r.Reasons {
		w.Field("may be wiped", "NO: "+reason)
	}
	w.Text("")
	fmt.Fprintln(w.Out, "next: "+r.Then) // whole, to be pasted
}
