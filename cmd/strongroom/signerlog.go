package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// signerLog is one signer's newest log in the registry: proven against the key
// that the policy names, and added up, once for a view.
type signerLog struct {
	device   text.ID
	verifier string // the key that it was proven against
	proven   *auditlog.Proven
	state    *record.State
	file     *quorum.LogFile // the same, as the judgement takes it
}

// readLogs reads the newest log of each signer of the policy that the registry
// holds. A signer whose log never came is left out, one that a later policy
// dropped is kept.
func (d *desk) readLogs(v *view) error {
	for _, dev := range v.policy.Devices {
		same := func(s signerLog) bool { return s.device == dev.ID }
		if i := slices.IndexFunc(v.signers, same); i >= 0 && v.signers[i].verifier == dev.Verifier {
			continue
		}
		s, err := d.readLog(dev)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("signer %s: %w", dev.ID, err)
		}
		v.signers = append(slices.DeleteFunc(v.signers, same), s)
	}
	return nil
}

func (d *desk) readLog(dev policy.Device) (signerLog, error) {
	key, err := auditlog.ParseVerifier(dev.Verifier)
	if err != nil {
		return signerLog{}, err
	}
	proven, checkpoint, entries, err := d.reg.Log(key, dev.ID)
	if err != nil {
		return signerLog{}, err
	}
	all := proven.Entries()
	state, err := record.Fold(all, d.network)
	if err != nil {
		return signerLog{}, err
	}
	file := quorum.AuditedLog(dev.ID, dev.Verifier, proven, all, state)
	file.Checkpoint, file.Entries = checkpoint, entries
	return signerLog{dev.ID, dev.Verifier, proven, state, file}, nil
}

// logs returns the logs of a view as the judgement takes them.
func (v *view) logs() []*quorum.LogFile {
	var out []*quorum.LogFile
	for _, s := range v.signers {
		out = append(out, s.file)
	}
	return out
}

// seen says how far the log of each signer of the policy had grown that is here,
// sorted by signer.
func (v *view) seen() []quorum.Seen {
	var out []quorum.Seen
	for _, s := range v.signers {
		if _, listed := v.policy.Device(s.device); listed {
			c := s.proven.Checkpoint()
			out = append(out, quorum.Seen{Device: s.device, Size: c.Size, Root: c.Root})
		}
	}
	slices.SortFunc(out, func(a, b quorum.Seen) int { return cmp.Compare(a.Device, b.Device) })
	return out
}

// seenAll is seen where every signer of the policy has to have a log here.
func (v *view) seenAll() ([]quorum.Seen, error) {
	out := v.seen()
	for _, dev := range v.policy.Devices {
		if !slices.ContainsFunc(out, func(s quorum.Seen) bool { return s.Device == dev.ID }) {
			return nil, refuse(quorum.LimUnproven, "signer %s: want its log in the registry, found none", dev.ID)
		}
	}
	return out, nil
}

// world is what this signer will know once it has taken in the view's headers.
func (s signerLog) world(v *view) quorum.World {
	w := v.world()
	w.Device, w.State, w.Root = s.device, s.state, s.proven.Root
	return w
}

// records reads the log's entries.
func (s signerLog) records() ([]record.Record, error) {
	var out []record.Record
	for i, e := range s.proven.Entries() {
		r, err := record.Parse(e, s.state.Network())
		if err != nil {
			return nil, fmt.Errorf("signer %s: entry %d: %w", s.device, i, err)
		}
		out = append(out, r)
	}
	return out, nil
}
