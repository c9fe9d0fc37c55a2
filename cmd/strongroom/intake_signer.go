package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/durable"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
)

// takeVerifier takes in a signer's log key. The first one stays: a second one
// for the same signer is another machine.
func (in *intake) takeVerifier(a *arrival) error {
	d := in.desk
	v, err := auditlog.ParseVerifier(string(bytes.TrimSuffix(a.bytes, []byte("\n"))))
	if err != nil {
		a.refused(quorum.PolDevice, "%v", err)
		return nil
	}
	id, ok := d.signerOf(v.Origin())
	if !ok {
		a.refused(quorum.TextVault, "log key: want one of vault %s, found that of %s", d.vault, v.Origin())
		return nil
	}
	known, err := d.verifier(id)
	switch {
	case err == nil && known != v:
		a.refused(quorum.PolDevice, "signer %s: want the log key that is known, %s, found another", id, known)
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil && in.policy != nil:
		a.refused(quorum.PolDevice, "%v", err)
		return nil
	}
	if err := d.keepVerifier(id, v); err != nil {
		return err
	}
	a.accept("log key of signer %s", id)
	return nil
}

// verifier returns a signer's log key: the policy's, or the one received while
// there is no policy; otherwise the error is fs.ErrNotExist.
func (d *desk) verifier(id text.ID) (auditlog.Verifier, error) {
	p, err := d.policy()
	if err == nil {
		dev, ok := p.Device(id)
		if !ok {
			return auditlog.Verifier{}, fmt.Errorf("signer: want one of policy %d, found %s: %w", p.Version, id, fs.ErrNotExist)
		}
		return auditlog.ParseVerifier(dev.Verifier)
	}
	if !errors.Is(err, errUnfinished) {
		return auditlog.Verifier{}, err
	}
	dir, err := d.dir.OpenSub(signersIn)
	if err != nil {
		return auditlog.Verifier{}, err
	}
	b, err := dir.ReadFile(string(id)+".verifier", maxVerifier)
	if err = errors.Join(err, dir.Close()); err != nil {
		return auditlog.Verifier{}, err
	}
	return auditlog.ParseVerifier(string(bytes.TrimSuffix(b, []byte("\n"))))
}

func (d *desk) keepVerifier(id text.ID, v auditlog.Verifier) (err error) {
	dir, err := d.dir.Sub(signersIn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	entries, err := dir.List(maxSigners)
	if err != nil {
		return err
	}
	if len(entries) == maxSigners {
		return fmt.Errorf("signers: want at most %d, found one more: %w", maxSigners, durable.ErrTooLarge)
	}
	return dir.WriteNew(string(id)+".verifier", []byte(v.String()+"\n"))
}

// takeKeyRecord takes in the proof that a signer holds its wallet key.
func (in *intake) takeKeyRecord(a *arrival) error {
	d := in.desk
	r, err := custody.ParseKeyRecord(d.network, a.bytes)
	if err == nil {
		err = r.Verify()
	}
	if err != nil {
		a.refused(quorum.KeyPossess, "%v", err)
		return nil
	}
	id, ok := d.signerOf(r.Description)
	if !ok {
		a.refused(quorum.TextVault, "key record: want one described as %s/SIGNER, found %q", d.vault, r.Description)
		return nil
	}
	if _, err := d.reg.PutKeyRecord(a.bytes); err != nil {
		return err
	}
	a.accept("key record of signer %s, key %s, proven", id, r.Key.Origin())
	return nil
}

// takeDescriptor takes in a wallet's file. Once there is a policy it must name
// the wallet.
func (in *intake) takeDescriptor(a *arrival) error {
	desc, err := custody.ParseDescriptorFile(in.desk.network, a.bytes)
	if err != nil {
		a.refused(quorum.PolWallet, "%v", err)
		return nil
	}
	h := text.Hash(desc.Hash())
	if in.policy != nil && !named(descriptorHashes(in.policy), h) {
		a.refused(quorum.PolWallet, "descriptor: want one that policy %d names, found %s", in.policy.Version, h)
		return nil
	}
	if _, err := in.desk.reg.PutDescriptor(a.bytes); err != nil {
		return err
	}
	a.accept("descriptor %s, %d of %d keys", h, desc.M(), desc.N())
	return nil
}

func named(hashes []text.Hash, h text.Hash) bool {
	for _, x := range hashes {
		if x == h {
			return true
		}
	}
	return false
}

// takeLog takes in a checkpoint with the entries that it covers, which are
// another file of what came.
func (in *intake) takeLog(a *arrival) error {
	d := in.desk
	origin, _, _ := bytes.Cut(a.bytes, []byte("\n"))
	id, ok := d.signerOf(string(origin))
	if !ok {
		a.refused(quorum.TextVault, "log: want one of vault %s, found that of %q", d.vault, origin)
		return nil
	}
	v, err := d.verifier(id)
	if errors.Is(err, fs.ErrNotExist) {
		a.refused(quorum.PolDevice, "log of %s: want its log key first, found none", id)
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := auditlog.OpenCheckpoint(a.bytes, v); err != nil {
		a.refused(quorum.LimUnproven, "log of %s: %v", id, err)
		return nil
	}
	for i := range in.files {
		e := &in.files[i]
		if e.kind != kindBlob {
			continue
		}
		proven, err := auditlog.Prove(a.bytes, e.bytes, v)
		if err != nil {
			continue
		}
		return in.keepLog(a, e, id, v, proven)
	}
	a.refused(quorum.LimUnproven, "log of %s: want the entries that the checkpoint covers beside it, found none", id)
	return nil
}

// keepLog stores a proven log whose records can be read.
func (in *intake) keepLog(a, entries *arrival, id text.ID, v auditlog.Verifier, p *auditlog.Proven) error {
	state, err := record.Fold(p.Entries(), in.desk.network)
	if err != nil {
		a.refused(quorum.LimUnproven, "log of %s: want one that can be read: %v", id, err)
		return nil
	}
	added, err := in.desk.reg.PutLog(v, id, a.bytes, entries.bytes)
	if errors.Is(err, registry.ErrFork) {
		a.refused(quorum.StateFork, "%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	a.accept("log of signer %s, %s, %d of them new, %s", id, count(int(state.Size()), "record"), added, count(state.Count(), "release"))
	entries.kind = kindCheckpoint
	entries.accept("entries of signer %s's log", id)
	return nil
}

// takeHeaders takes in bytes that no checkpoint lays claim to, if they are
// headers that fit the policy's chain.
func (in *intake) takeHeaders(a *arrival) error {
	if in.policy == nil || len(a.bytes) == 0 || len(a.bytes)%headers.HeaderSize != 0 {
		a.refused(quorum.BunName, "want a log's entries beside their checkpoint, or headers, found bytes that are neither")
		return nil
	}
	c, err := in.desk.chain(in.policy)
	if err != nil {
		return err
	}
	x, err := c.Extend(a.bytes)
	var why *headers.Error
	if errors.As(err, &why) && why.Code != headers.CodeLessWork {
		a.why = append(a.why, quorum.ReasonOf(err, quorum.ClkForm))
		return nil
	}
	if err := in.desk.reg.PutHeaders(c); err != nil {
		return err
	}
	tip, _ := c.Tip()
	a.accept("headers, %d of them new, tip now block %d %s", x.Added, tip.Height, tip.Hash)
	return nil
}
