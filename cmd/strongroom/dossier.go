package main

import (
	"slices"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// dossier is one order with all that is needed to say something about it: what
// the desk knows, what the signers' logs say, and the order's wallet.
type dossier struct {
	*view
	order  *order
	wallet *custody.Descriptor // nil when the registry does not have it
	at     []atSigner          // what each signer makes of it; none for a spend that waits for nothing
}

// dossier gathers what the registry has on the order whose id begins with
// prefix.
func (d *desk) dossier(v *view, prefix string) (*dossier, error) {
	id, err := d.find(prefix)
	if err != nil {
		return nil, err
	}
	return d.dossierOf(v, id)
}

func (d *desk) dossierOf(v *view, id text.Hash) (*dossier, error) {
	o, err := d.order(v, id)
	if err != nil {
		return nil, err
	}
	if err := d.readBeside(v, v.signers); err != nil {
		return nil, err
	}
	if err := d.readBrakes(v); err != nil {
		return nil, err
	}
	if against := v.stopping(o.proposal); len(against) > 0 {
		o.permit, o.report.Reasons = nil, quorum.SortReasons(append(against, o.report.Reasons...))
	}
	x := &dossier{view: v, order: o}
	if x.wallet, err = d.walletOf(v, o); err != nil {
		return nil, err
	}
	if s := x.sittingHere(); !o.proposal.Kind().Moves() || s.Cool > 0 || len(s.Clears) > 0 {
		x.at, err = x.atSigners()
	}
	return x, err
}

// open is dossier with the registry's view, as it is without asking the node.
func (d *desk) open(prefix string) (*dossier, error) {
	v, err := d.view()
	if err != nil {
		return nil, err
	}
	return d.dossier(v, prefix)
}

// cosigners returns the signers that hold a key of the order's wallet, sorted.
func (x *dossier) cosigners() []text.ID {
	var out []text.ID
	for _, c := range x.policy.Cosigners {
		if c.Wallet == x.order.proposal.Wallet && c.Governed {
			out = append(out, c.Name)
		}
	}
	slices.Sort(out)
	return out
}

// noForks raises the alarm when the registry holds two histories of one
// signer's log: then that signer exists twice, and nothing more is signed
// until people know why.
func (d *desk) noForks(v *view) error {
	for _, dev := range v.policy.Devices {
		verifier, err := auditlog.ParseVerifier(dev.Verifier)
		if err != nil {
			return err
		}
		forks, err := d.reg.Forks(verifier, dev.ID)
		if err != nil {
			return err
		}
		if len(forks) > 0 {
			return refuse(quorum.StateFork, "signer %s: want one history of its log, found %s that part from it in the registry", dev.ID, count(len(forks), "other"))
		}
	}
	return nil
}
