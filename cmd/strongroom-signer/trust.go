package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer"
)

func (p *program) trustCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trust DIR",
		Short: "make the vault's first policy this machine's own",
		Long: "DIR holds policy-1.txt and a consent of every officer it names. Read what is shown, then type " +
			"the policy's whole hash, as you compared it with the officers by a channel that you trust. " +
			"It is not shown here: a copy of this screen proves nothing. " +
			"A machine that joins later is brought the first policy too; it adopts the versions after it, which " +
			"other signers hold already, by a release of the same DIR.",
		Example: "strongroom-signer trust carrier/founding",
		Args:    oneFolder,
	}
	confirm := cli.ConfirmFD(cmd)
	out := outFlag(cmd, "the log")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return p.founding("trust", args[0], *out, func(f *founding) error { return f.trust(*confirm) })
	}
	return cmd
}

// founding is a visit that sets the machine up: a folder was brought, and what
// becomes of it is recorded.
type founding struct {
	p       *program
	m       *signer.Machine
	folder  string
	session signer.Session
	bundle  *quorum.Bundle
}

// founding opens everything, lets work do its part, and gives the log to take
// along. A folder that is no bundle is a recorded refusal.
func (p *program) founding(verb, folder, out string, work func(*founding) error) (err error) {
	f := founding{p: p, folder: folder}
	if f.session, err = p.session(nil); err != nil {
		return err
	}
	p.confine(reach{read: []string{folder}, make: []string{out}})
	if f.m, err = p.open(); err != nil {
		return err
	}
	defer give(f.m, &err)
	files, reasons, err := readCarrier(p.world, folder)
	if err != nil {
		return err
	}
	a, err := openAnswer(out)
	if err != nil {
		return cli.Hint(err, "strongroom-signer %s %s -o DIR", verb, folder)
	}
	defer give(a, &err)
	if len(reasons) == 0 {
		f.bundle, reasons = quorum.ReadBundle(files)
	}
	if len(reasons) > 0 {
		err = errors.Join(f.m.Finish(f.m.Reject(reasons...), f.session, ""), refuse(refused{reasons: reasons}))
	} else {
		err = work(&f)
	}
	return errors.Join(err, a.write(logFiles(f.m)...))
}

// decline records that the person at the machine did not go on, and says why.
func (f *founding) decline(why error) error {
	return errors.Join(why, f.m.Finish(f.m.Reject(), f.session, "operator declined: confirmation did not match"))
}

func (f *founding) trust(fd int) error {
	var typed string
	_, trusting := f.m.State().Genesis() // Trust will refuse: nobody types 64 digits in vain
	if charter, reasons := quorum.Found(f.bundle.Policies[1], f.bundle.SignaturesOn(quorum.PolicyName(1)), f.bundle.Annexes); len(reasons) == 0 && !trusting {
		f.p.showCharter(charter)
		var err error
		typed, err = f.p.world.Ask(fd, "type the policy's hash, 64 characters, as you compared it with the officers")
		if err != nil {
			return f.decline(err)
		}
	}
	reasons, err := f.m.Trust(f.session, f.bundle, typed)
	if err != nil {
		return explain(err)
	}
	if len(reasons) > 0 {
		return refuse(refused{reasons: reasons})
	}
	g, _ := f.m.State().Genesis()
	f.p.world.Text("")
	f.p.world.Field("trusted", fmt.Sprintf("%s, policy 1, consented to by %d officers", g.Vault, len(g.Signers)))
	f.p.world.Field("genesis", g.Policy.String())
	if n := len(f.bundle.Policies); n > 1 {
		f.p.world.Text("The folder holds %s after it. A release adopts what other signers have adopted. The version "+
			"that names this machine for the first time they adopt only when they have seen its log: take it to the desk.", counted(n-1, "version"))
		f.p.world.Hintf("strongroom-signer release %s -o DIR", f.folder)
		return nil
	}
	f.p.world.Hintf("strongroom-signer enroll %s -o DIR", f.folder)
	return nil
}

// showCharter shows what the policy says. Its hash is left out on purpose.
func (p *program) showCharter(c *quorum.Charter) {
	w, pol := p.world, c.Policy()
	banner(w, pol.Network)
	w.Field("vault", string(pol.Vault))
	w.Field("chain", pol.Network.String())
	for i, o := range pol.Officers {
		w.Field(once(i, "officers"), fmt.Sprintf("%s, %s (%s)", o.ID, o.Name, o.Org))
	}
	for i, g := range pol.Groups {
		w.Field(once(i, "groups"), fmt.Sprintf("%s: %s", g.ID, named(g.Members)))
	}
	for i, d := range pol.Devices {
		w.Field(once(i, "signers"), d.Verifier)
	}
	for i, v := range pol.Wallets {
		w.Field(once(i, "wallets"), fmt.Sprintf("%s, %s, %d of %d keys, descriptor %s", v.ID, v.State, v.M, v.N, v.Descriptor.Short()))
	}
	for i, t := range pol.Tiers {
		w.Field(once(i, "tiers"), fmt.Sprintf("%s: below %s in %d blocks, %s", t.ID, t.Below.In(pol.Network), t.Window, needs(t.Needs)))
	}
	for i, v := range pol.Velocities {
		w.Field(once(i, "velocity"), fmt.Sprintf("at most %s in %d blocks", v.Cap.In(pol.Network), v.Window))
	}
	for i, d := range pol.Destinations {
		w.Field(once(i, "destinations"), fmt.Sprintf("%s, at most %s in %d blocks", d.Label, d.Cap.In(pol.Network), d.Window))
		w.Field("", payee(d))
	}
	for i, c := range pol.Conflicts {
		w.Field(once(i, "conflicts"), fmt.Sprintf("%s does not count for %s", c.Officer, c.Label))
	}
	w.Field("fees", fmt.Sprintf("at most %d sat/vB and %d.%02d %% of the payments", pol.FeeRateMax, pol.FeeShareMax/100, pol.FeeShareMax%100))
	w.Text("")
	w.Text("Its SHA-256 is computed here and not shown.")
}

func payee(d policy.Destination) string {
	if d.ByDescriptor() {
		return "descriptor " + d.Descriptor.Short()
	}
	return grouped(d.Address.String())
}

func needs(list []policy.Need) string {
	var parts []string
	for _, n := range list {
		parts = append(parts, fmt.Sprintf("%d of %s", n.Seats, n.Group))
	}
	return strings.Join(parts, " and ")
}

// once is the name of a list's first line, and empty on the others.
func once(i int, name string) string {
	if i == 0 {
		return name
	}
	return ""
}

func named(ids []text.ID) string {
	var names []string
	for _, id := range ids {
		names = append(names, string(id))
	}
	return strings.Join(names, ", ")
}

// grouped sets the characters of an address in fours.
func grouped(s string) string {
	var parts []string
	for ; len(s) > addressGroup; s = s[addressGroup:] {
		parts = append(parts, s[:addressGroup])
	}
	return strings.Join(append(parts, s), " ")
}
