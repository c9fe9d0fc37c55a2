package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

func (p *program) enrollCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "enroll DIR",
		Short: "take a wallet that the policy names",
		Long: "DIR holds the wallet's descriptor and the key record of each of its keys. The descriptor must be " +
			"the one that the policy in force names, this machine's key must be in it, and somebody must have proven " +
			"to hold each of the others. Then compare the first address with another machine's screen.",
		Example: "strongroom-signer enroll carrier/founding -o carrier/enrolled-a",
		Args:    oneFolder,
	}
	wallet := cmd.Flags().String("wallet", "", "the wallet's name, an `ID` (default: the one with a key of this signer that is not enrolled yet)")
	confirm := cli.ConfirmFD(cmd)
	out := outFlag(cmd, "the log")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return p.founding("enroll", args[0], *out, func(f *founding) error { return f.enroll(*wallet, *confirm) })
	}
	return cmd
}

func (f *founding) enroll(wallet string, fd int) error {
	id, err := f.choose(wallet)
	if err != nil {
		return err
	}
	if d := f.descriptor(id); d != nil {
		first, err := d.Derive(custody.Receive, 0)
		if err != nil {
			return err
		}
		address := first.Address(d.Network())
		f.p.showWallet(f, id, d, address)
		err = f.p.typed(fd, "type the last 4 characters of this address, as another machine shows it", address.LastGroup())
		if err != nil {
			return f.decline(err)
		}
	}
	reasons, err := f.m.Enroll(f.session, f.bundle, id)
	if err != nil {
		return explain(err)
	}
	if len(reasons) > 0 {
		return refuse(refused{reasons: reasons})
	}
	f.p.world.Field("enrolled", string(id))
	return nil
}

// choose names the wallet: the one asked for, or the only one left that holds a
// key of this signer by the policy.
func (f *founding) choose(wallet string) (text.ID, error) {
	if wallet != "" {
		id, err := text.ParseID(wallet)
		if err != nil {
			return "", cli.Usagef("wallet: %w", err)
		}
		return id, nil
	}
	pol, ok := f.m.Policy()
	if !ok {
		return "none", nil // Enroll refuses, for want of a policy, and records it
	}
	left := f.left(pol)
	if len(left) == 0 && len(pol.Wallets) == 1 {
		return pol.Wallets[0].ID, nil // enrolled already: Enroll refuses
	}
	if len(left) != 1 {
		return "", cli.Usagef("wallet: want --wallet ID where not one wallet is left to enroll, found %d", len(left))
	}
	return left[0], nil
}

// left lists the wallets that wait to be enrolled here.
func (f *founding) left(pol *policy.Policy) []text.ID {
	var left []text.ID
	for _, w := range pol.Wallets {
		if _, done := f.m.Wallet(w.ID); pol.Cosigns(w.ID, f.m.Setup().Device) && !done {
			left = append(left, w.ID)
		}
	}
	return left
}

// descriptor finds the wallet's descriptor in the bundle. Where there is none
// that is right, or this machine's key is not in it, nothing is shown, and Enroll
// says what is wrong.
func (f *founding) descriptor(id text.ID) *custody.Descriptor {
	pol, ok := f.m.Policy()
	if !ok {
		return nil
	}
	w, ok := pol.Wallet(id)
	if _, done := f.m.Wallet(id); !ok || done {
		return nil
	}
	i := slices.IndexFunc(f.bundle.Descriptors, func(b []byte) bool { return text.Identity(b) == w.Descriptor })
	if i < 0 {
		return nil
	}
	d, err := custody.ParseDescriptorFile(pol.Network, f.bundle.Descriptors[i])
	if err != nil {
		return nil
	}
	if w.State == policy.Next && !pol.Cosigns(id, f.m.Setup().Device) {
		return d // only to send coins there
	}
	mine, err := f.m.KeyRecord()
	if err != nil {
		return nil
	}
	if _, ours := d.KeyIndex(mine.Key); !ours {
		return nil
	}
	return d
}

// external returns the name of the external cosigner whose key it is.
func external(p *policy.Policy, wallet text.ID, k custody.AccountKey) (text.ID, bool) {
	i := slices.IndexFunc(p.Cosigners, func(c policy.Cosigner) bool {
		return c.Wallet == wallet && !c.Governed && c.Fingerprint == k.Origin().Fingerprint
	})
	if i < 0 {
		return "", false
	}
	return p.Cosigners[i].Name, true
}

func (p *program) showWallet(f *founding, id text.ID, d *custody.Descriptor, first custody.Address) {
	w := p.world
	banner(w, d.Network())
	pol, _ := f.m.Policy()
	named, _ := pol.Wallet(id)
	w.Field("wallet", fmt.Sprintf("%s, %s, %d of %d keys", id, named.State, d.M(), d.N()))
	mine, err := f.m.KeyRecord()
	for i, k := range d.Keys() {
		whose := "theirs"
		if err == nil && k.SameMaterial(mine.Key) {
			whose = "OURS"
		}
		name, outside := external(pol, id, k)
		if outside {
			whose = "EXTERNAL"
		}
		w.Field(fmt.Sprintf("key %d", i+1), fmt.Sprintf("%s %s", whose, k.Origin()))
		w.Field("", k.Extended())
		w.Field("in words", strings.Join(ceremony.KeyWords(k), " "))
		if outside {
			w.Field("with", string(name)+", a hardware wallet that no policy binds")
		}
	}
	w.Field("descriptor", d.String())
	w.Field("first address", grouped(first.String()))
}
