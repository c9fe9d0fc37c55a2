package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/durable"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
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
	known, err := in.verifiers(id)
	switch {
	case err == nil && !slices.Contains(known, v):
		a.refused(quorum.PolDevice, "signer %s: want the log key that is known, %s, found another", id, known[0])
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil && in.policy != nil && !d.drafting():
		a.refused(quorum.PolDevice, "%v", err)
		return nil
	}
	if err := d.keepVerifier(id, v); err != nil {
		return err
	}
	a.accept("log key of signer %s", id)
	return nil
}

// drafting says whether the draft of a next version is open, into which a new
// signer may come.
func (d *desk) drafting() bool {
	p, err := d.draft()
	return err == nil && p.Version > 1
}

// verifier returns a signer's log key: that of the newest policy that lists it, or
// the one received for a draft; otherwise the error is fs.ErrNotExist.
func (d *desk) verifier(id text.ID) (auditlog.Verifier, error) {
	var v *view
	_, err := d.policy()
	if err == nil {
		v, err = d.view()
	}
	if err != nil && !errors.Is(err, errUnfinished) {
		return auditlog.Verifier{}, err
	}
	all, err := d.verifiers(v, id)
	if err != nil {
		return auditlog.Verifier{}, err
	}
	return all[0], nil
}

// verifiers returns every log key that a signer of this name has had: those of the
// policies, the newest first, or else the one received for a draft. Without a
// policy there is no view.
func (d *desk) verifiers(v *view, id text.ID) ([]auditlog.Verifier, error) {
	out, err := v.listedVerifiers(id)
	if err != nil || len(out) > 0 {
		return out, err
	}
	x, err := d.receivedVerifier(id)
	if errors.Is(err, fs.ErrNotExist) && v != nil {
		err = unknownSigner{id, v.policy.Version}
	}
	return []auditlog.Verifier{x}, err
}

// unknownSigner tells of a signer that neither a policy lists nor anybody brought
// the log key of. To those who look for the key it is fs.ErrNotExist.
type unknownSigner struct {
	id      text.ID
	version uint64 // of the policy in force
}

func (e unknownSigner) Error() string {
	return fmt.Sprintf("signer: want one of policy %d, found %s", e.version, e.id)
}

func (e unknownSigner) Is(target error) bool { return target == fs.ErrNotExist }

// listedVerifiers returns the keys that the versions of the policy list for a
// signer.
func (v *view) listedVerifiers(id text.ID) (out []auditlog.Verifier, err error) {
	if v == nil {
		return nil, nil
	}
	for _, x := range slices.Backward(v.policies.Versions()) {
		dev, ok := x.Policy.Device(id)
		if !ok {
			continue
		}
		key, err := auditlog.ParseVerifier(dev.Verifier)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out, nil
}

// verifiers returns the log keys of a signer as of this pass.
func (in *intake) verifiers(id text.ID) ([]auditlog.Verifier, error) {
	if in.policy == nil {
		return in.desk.verifiers(nil, id)
	}
	v, err := in.view()
	if err != nil {
		return nil, err
	}
	keys, err := in.desk.verifiers(v, id)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	asked, more := in.askedVerifiers(id)
	if more != nil || len(asked) > 0 {
		return asked, more
	}
	return nil, err
}

// askedVerifiers returns the log keys that policies of the registry list for a
// signer, whether or not they are in force: who asks for a new signer brings its
// log along.
func (in *intake) askedVerifiers(id text.ID) (out []auditlog.Verifier, err error) {
	texts, err := in.allTexts()
	if err != nil {
		return nil, err
	}
	for _, b := range texts {
		if t, _ := text.TypeOf(b); t != text.Policy {
			continue
		}
		p, err := policy.Parse(b)
		if err != nil {
			continue
		}
		dev, ok := p.Device(id)
		if key, err := auditlog.ParseVerifier(dev.Verifier); ok && err == nil {
			out = append(out, key)
		}
	}
	return out, nil
}

// receivedVerifier returns the log key that came for a draft.
func (d *desk) receivedVerifier(id text.ID) (auditlog.Verifier, error) {
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

// takeKeyRecord takes in the proof that a signer holds its wallet key, or somebody
// a hardware wallet's.
func (in *intake) takeKeyRecord(a *arrival) error {
	d := in.desk
	a.bytes = bytes.TrimSuffix(a.bytes, []byte("\n")) // some hardware wallets end the file with it
	r, err := custody.ParseKeyRecord(d.network, a.bytes)
	if err == nil {
		err = r.Verify()
	}
	if err != nil {
		a.refused(quorum.KeyPossess, "%v", err)
		return nil
	}
	id, ok := d.signerOf(r.Description)
	if _, signers := signerName(r.Description); !ok && !signers {
		return in.takeForeign(a, r)
	}
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

// takeForeign takes in the key record of a hardware wallet.
func (in *intake) takeForeign(a *arrival, r custody.KeyRecord) error {
	if why := in.desk.foreign(r); why != nil {
		a.why = append(a.why, *why)
		return nil
	}
	if _, err := in.desk.reg.PutKeyRecord(r.Bytes()); err != nil {
		return err
	}
	a.accept("key record of a hardware wallet, described as %q, key %s, in words %s; proven", r.Description, r.Key.Origin(), strings.Join(ceremony.KeyWords(r.Key), " "))
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
	if listed, err := in.listed(h); err != nil {
		return err
	} else if in.policy != nil && !listed {
		a.refused(quorum.PolWallet, "descriptor: want one that policy %d names, found %s", in.policy.Version, h)
		return nil
	}
	if _, err := in.desk.reg.PutDescriptor(a.bytes); err != nil {
		return err
	}
	a.accept("descriptor %s, %d of %d keys", h, desc.M(), desc.N())
	return nil
}

// listed says whether any policy of the registry, in force or asked for, or the
// first one names a descriptor.
func (in *intake) listed(h text.Hash) (bool, error) {
	if in.policy == nil || slices.Contains(descriptorHashes(in.policy), h) {
		return in.policy != nil, nil
	}
	texts, err := in.allTexts()
	if err != nil {
		return false, err
	}
	for _, b := range texts {
		if t, _ := text.TypeOf(b); t != text.Policy {
			continue
		}
		if p, err := policy.Parse(b); err == nil && slices.Contains(descriptorHashes(p), h) {
			return true, nil
		}
	}
	return false, nil
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
	keys, err := in.verifiers(id)
	if errors.Is(err, fs.ErrNotExist) {
		a.refused(quorum.PolDevice, "log of %s: want its log key first, found none", id)
		return nil
	}
	if err != nil {
		return err
	}
	v, err := opensWith(a.bytes, keys)
	if err != nil {
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

// opensWith returns the first of a signer's log keys that signed a checkpoint, and
// otherwise why the newest did not.
func opensWith(checkpoint []byte, keys []auditlog.Verifier) (auditlog.Verifier, error) {
	var why error
	for _, v := range keys {
		_, err := auditlog.OpenCheckpoint(checkpoint, v)
		if err == nil {
			return v, nil
		}
		if why == nil {
			why = err
		}
	}
	return auditlog.Verifier{}, why
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
