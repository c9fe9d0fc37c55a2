package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
)

// finishedJSON is the policy that a draft became.
type finishedJSON struct {
	Policy  string `json:"policy"`
	Chain   string `json:"chain"`
	Test    bool   `json:"test"`
	Genesis string `json:"genesis"`
}

func draftFinish(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "finish",
		Short: "make the draft the policy that officers consent to",
		Long: "Judges the draft as a first policy and writes policy-1.txt. Its hash is what makes this vault this vault: " +
			"officers compare it before they consent, and type it in full on every signer. " +
			"As long as nobody has consented, the draft may be changed and finished again.",
		Example: "strongroom policy draft finish",
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return changeDesk(w, *home, func(d *desk) error {
			p, err := d.finish()
			if err != nil {
				return err
			}
			if *asJSON {
				return w.JSON(finishedJSON{quorum.PolicyName(p.Version), p.Network.String(), p.Network.Test(), p.Hash().String()})
			}
			banner(w, p.Network)
			showHash(w, "genesis", p.Hash())
			w.Text("")
			w.Text("This hash is the vault. Every officer compares it with every other, over a channel each trusts, and then consents.")
			w.Hintf("strongroom consent %s", quorum.PolicyName(p.Version))
			return nil
		})
	}
	return cmd
}

// finish judges the draft, then writes the policy to the registry and the home.
func (d *desk) finish() (*policy.Policy, error) {
	p, err := d.draft()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Hint(errNoDraft, "strongroom policy draft start")
	}
	if err != nil {
		return nil, err
	}
	if p.Version > 1 {
		return nil, cli.Hint(fmt.Errorf("draft: want the first policy's, found one of version %d, which an amendment asks for", p.Version), "strongroom propose amendment --memo TEXT")
	}
	if reasons := quorum.CheckFirst(p); len(reasons) > 0 {
		moreReasons(d.world, reasons)
		return nil, refusal(reasons)
	}
	old, err := d.policy()
	switch {
	case errors.Is(err, errUnfinished):
	case err != nil:
		return nil, err
	case !bytes.Equal(old.Bytes(), p.Bytes()):
		if err := d.stillOpen(); err != nil {
			return nil, err
		}
		d.world.Warnf("policy %s, to which nobody has consented, is replaced", old.Hash().Short())
	}
	if err := d.haveDescriptors(p); err != nil {
		return nil, err
	}
	if _, err := d.reg.PutText(p.Bytes()); err != nil {
		return nil, err
	}
	if err := d.writeCases(p); err != nil {
		return nil, err
	}
	return p, d.dir.WriteFile(policyOne, p.Bytes())
}

// haveDescriptors wants the files of the policy's wallets in the registry: a
// policy whose wallets nobody can show is not consented to.
func (d *desk) haveDescriptors(p *policy.Policy) error {
	for _, h := range descriptorHashes(p) {
		if _, err := d.reg.Descriptor(h); errors.Is(err, fs.ErrNotExist) {
			return cli.Hint(fmt.Errorf("descriptor %s: want it in the registry, found none", h.Short()), "strongroom wallet enroll --help")
		} else if err != nil {
			return err
		}
	}
	return nil
}
