package main

import (
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// carryOrder adds one proposal with all that its kind takes, and foretells what
// the signers will say of it. The reasons are those of the forecasts.
func (d *desk) carryOrder(c *carrying, prefix string, f bundleFlags) ([]quorum.Reason, error) {
	id, err := d.find(prefix)
	if err != nil {
		return nil, err
	}
	x, err := d.dossierOf(c.view, id)
	if err != nil {
		return nil, err
	}
	if err := d.carryText(c, x.order); err != nil || f.asked {
		return nil, err
	}
	var packet *custody.PSBT
	var unbuilt error
	if x.order.proposal.Kind().Moves() {
		packet, unbuilt = x.order.unsigned(f.txid)
	}
	all := x.forecasts(packet)
	c.all = append(c.all, foretold{id, all})
	if packet != nil {
		c.files = append(c.files, quorum.File{Name: id.Short() + ".psbt", Bytes: packet.Bytes()})
	}
	if recording := signersOf(all, func(f forecast) bool { return f.Verb == quorum.Record }); len(recording) == 0 {
		return refusedBy(all), unbuilt // what is only to be recorded needs no transaction yet
	}
	return refusedBy(all), nil
}

// carryText adds a proposal's text, what is signed about it, and the files that
// it names.
func (d *desk) carryText(c *carrying, o *order) error {
	c.files = append(c.files, d.signedFiles(o.sub)...)
	c.files = append(c.files, logFiles(o.sub.Logs)...)
	for _, pay := range o.proposal.Pays {
		dest, ok := c.policy.Destination(pay.Label)
		if !ok || !dest.ByDescriptor() {
			continue
		}
		b, err := d.reg.Descriptor(dest.Descriptor)
		if err != nil {
			return fmt.Errorf("destination %s: %w", dest.Label, err)
		}
		c.files = append(c.files, descriptorFile(b))
	}
	switch body := o.proposal.Body.(type) {
	case quorum.Resync:
		return d.carryLost(c)
	case quorum.Cancel:
		if !c.policy.InRole(policy.Veto, o.proposal.Maker) && len(o.sub.Target) > 0 {
			c.files = append(c.files, quorum.File{Name: body.Kills.Short() + ".txt", Bytes: o.sub.Target})
		}
	}
	return nil
}

// signedFiles returns a submission as files: the text, the signatures on it, the
// version of the policy that it adopts, and what watchers said.
func (d *desk) signedFiles(s quorum.Submission) []quorum.File {
	files := []quorum.File{{Name: text.Identity(s.Text).Short() + ".txt", Bytes: s.Text}}
	files = append(files, signatureFiles(d.world, s.Signatures)...)
	for _, c := range s.Clearances {
		files = append(files, quorum.File{Name: quorum.ClearancePrefix + text.Identity(c.Text).Short() + ".txt", Bytes: c.Text})
		files = append(files, signatureFiles(d.world, c.Signatures)...)
	}
	p, err := policy.Parse(s.Next.Policy)
	if err != nil {
		return files
	}
	files = append(files, quorum.File{Name: quorum.PolicyName(p.Version) + ".txt", Bytes: s.Next.Policy})
	files = append(files, signatureFiles(d.world, s.Next.Consents)...)
	return append(files, annexFiles(p, s.Next.Annexes)...)
}

func annexFiles(p *policy.Policy, texts [][]byte) []quorum.File {
	var files []quorum.File
	have := quorum.AnnexesOf(p, texts)
	for _, a := range p.Annexes {
		if b, ok := have[a.Name]; ok {
			files = append(files, quorum.File{Name: fmt.Sprintf("annex-%s-%s.txt", a.Name, a.Hash.Short()), Bytes: b})
		}
	}
	return files
}

// besides gathers what every signer should know, whatever is asked for: the
// versions that one of them lacks, and what stops something. A freeze that any of
// them has lifted is over, and what no signer would take is left at home.
func (d *desk) besides(c *carrying) error {
	listed := slices.DeleteFunc(slices.Clone(c.signers), func(s signerLog) bool {
		_, ok := c.policy.Device(s.device)
		return !ok
	})
	if err := d.readBeside(c.view, listed); err != nil {
		return err
	}
	c.beside.brakes = slices.DeleteFunc(c.beside.brakes, func(sub quorum.Submission) bool {
		id := text.Identity(sub.Text)
		if slices.ContainsFunc(listed, func(s signerLog) bool { return s.state.Lifted(id) }) {
			return true
		}
		_, report := quorum.Judge(c.world(), sub, quorum.Release)
		for _, r := range report.Reasons {
			d.world.Warnf("%s is left out: %s", id.Short(), r)
		}
		return len(report.Reasons) > 0
	})
	return nil
}

// carryWorld adds it, with the logs and the headers.
func (d *desk) carryWorld(c *carrying) error {
	for _, sub := range slices.Concat(c.beside.amendments, c.beside.brakes) {
		p, err := quorum.ParseProposal(sub.Text)
		if err != nil {
			return err
		}
		if err := d.carryText(c, &order{id: p.ID(), proposal: p, sub: sub}); err != nil {
			return err
		}
	}
	c.carryLogs()
	return nil
}

func (c *carrying) carryLogs() {
	c.files = append(c.files, quorum.File{Name: headersName, Bytes: c.chain.Bytes()})
	c.files = append(c.files, logFiles(c.logs())...)
}

func logFiles(logs []*quorum.LogFile) []quorum.File {
	var files []quorum.File
	for _, l := range logs {
		files = append(files, quorum.File{Name: string(l.Device) + ".checkpoint", Bytes: l.Checkpoint},
			quorum.File{Name: string(l.Device) + ".entries", Bytes: l.Entries})
	}
	return files
}

// carryVersions adds the amendments that made the versions above one, up to
// another, with all that it takes to adopt them.
func (d *desk) carryVersions(c *carrying, above, upto uint64) error {
	for version := above + 1; version <= upto; version++ {
		x, ok := c.policies.At(version)
		if !ok {
			return nil
		}
		id, ok := c.adoptedBy(version, x.Policy.Hash())
		if !ok {
			return fmt.Errorf("policy %d: want a signer's log that says which amendment made it, found none", version)
		}
		sub, err := d.submissionUnder(c.view, id)
		if err != nil {
			return fmt.Errorf("policy %d: amendment %s: %w", version, id.Short(), err)
		}
		c.files = append(c.files, d.signedFiles(sub)...)
	}
	return nil
}

// adoptedBy returns the amendment by which signers adopted a version.
func (c *carrying) adoptedBy(version uint64, hash text.Hash) (text.Hash, bool) {
	for _, s := range c.signers {
		if a, ok := s.state.Adoption(version); ok && a.Policy == hash {
			return a.ID, true
		}
	}
	return text.Hash{}, false
}

// carryLost adds what a signer needs that lost its newest records: every version
// and wallet that they may name.
func (d *desk) carryLost(c *carrying) error {
	wallets, err := d.walletFiles(c.view)
	if err != nil {
		return err
	}
	c.files = append(c.files, wallets...)
	return d.carryVersions(c, 1, c.policy.Version)
}

// bundlePolicy gathers what a signer needs to trust a vault, to adopt every
// version since, and to enroll its wallets.
func (d *desk) bundlePolicy(what string, f bundleFlags) error {
	v, err := d.view()
	if err != nil {
		return err
	}
	next, err := d.comingText(v, what)
	if err != nil {
		return err
	}
	c := &carrying{view: v}
	if err := d.carryFirst(c, f); err != nil {
		return err
	}
	wallets, err := d.walletFiles(v)
	if err != nil {
		return err
	}
	c.files = append(c.files, wallets...)
	if v.policy.Version > 1 || next != nil {
		if err := d.carryVersions(c, 1, v.policy.Version); err != nil {
			return err
		}
		c.carryLogs()
	}
	if next != nil {
		c.files = append(c.files, quorum.File{Name: what + ".txt", Bytes: next.Bytes()})
	}
	r := bundleReport{Forecasts: []forecastReport{}, Next: "strongroom-signer trust " + quoted(f.out)}
	return d.writeBundle(what, unique(c.files), f, r, func() {})
}

// comingText returns nothing for the policy in force, and the next version where
// that is named: a machine that comes with it trusts the vault before anybody
// asks for it, because its log is judged beside the amendment.
func (d *desk) comingText(v *view, what string) (*policy.Policy, error) {
	if what == quorum.PolicyName(v.policy.Version) {
		return nil, nil
	}
	unknown := fmt.Errorf("policy: want %s, the one in force, found %q", quorum.PolicyName(v.policy.Version), what)
	if what != quorum.PolicyName(v.policy.Version+1) {
		return nil, unknown
	}
	found, err := d.askedFor(v, v.policy.Version+1)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 1:
		return found[0].policy, nil
	case len(found) > 1:
		return nil, ambiguous(v.policy.Version+1, found)
	}
	p, err := d.draft()
	if err != nil || p.Version != v.policy.Version+1 {
		return nil, unknown
	}
	if broken := rulesBroken(p); len(broken) > 0 {
		return nil, refusal(broken)
	}
	return p, d.follows(v, p)
}

// carryFirst adds the first policy with its consents and annexes.
func (d *desk) carryFirst(c *carrying, f bundleFlags) error {
	x, _ := c.policies.At(1)
	first, name := x.Policy, quorum.PolicyName(1)
	consents, err := d.signaturesOn(first.Hash(), name, first)
	if err != nil {
		return err
	}
	annexes, err := annexesOf(d.reg, first)
	if err != nil {
		return err
	}
	_, reasons := quorum.Found(first.Bytes(), consents, annexes)
	if f.check && len(reasons) > 0 {
		moreReasons(d.world, reasons)
		return refusal(reasons)
	}
	for _, r := range reasons {
		d.world.Warnf("signers will refuse: %s", r)
	}
	c.files = append(c.files, quorum.File{Name: name + ".txt", Bytes: first.Bytes()})
	c.files = append(c.files, signatureFiles(d.world, consents)...)
	c.files = append(c.files, annexFiles(first, annexes)...)
	return nil
}

// walletFiles returns the descriptors of the policy's wallets, and the key
// records that prove possession of their keys.
func (d *desk) walletFiles(v *view) ([]quorum.File, error) {
	var files []quorum.File
	var keys []custody.AccountKey
	for _, w := range v.policy.Wallets {
		desc, err := d.wallet(v.policy, w.ID)
		if err != nil {
			return nil, err
		}
		files, keys = append(files, descriptorFile(desc.File())), append(keys, desc.Keys()...)
	}
	stored, err := d.reg.KeyRecords()
	if err != nil {
		return nil, err
	}
	for _, b := range stored {
		r, err := custody.ParseKeyRecord(d.network, b)
		if err == nil && slices.ContainsFunc(keys, r.Key.SameMaterial) {
			files = append(files, quorum.File{Name: fmt.Sprintf("keyrecord-%x.txt", r.Key.Origin().Fingerprint), Bytes: b})
		}
	}
	return files, nil
}
