package main

import (
	"fmt"
	"slices"

	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// signerLog is one signer's newest log in the registry: proven against the key
// that the policy names, and added up.
type signerLog struct {
	device text.ID
	proven *auditlog.Proven
	state  *record.State
}

// signers proves and folds the logs of a view, in the order of the policy. A
// signer whose log never came has none.
func (v *view) signers() ([]signerLog, error) {
	var out []signerLog
	for _, f := range v.logs {
		verifier, err := auditlog.ParseVerifier(v.verifiers[f.Device])
		if err != nil {
			return nil, fmt.Errorf("signer %s: %w", f.Device, err)
		}
		proven, err := auditlog.Prove(f.Checkpoint, f.Entries, verifier)
		if err != nil {
			return nil, fmt.Errorf("signer %s: %w", f.Device, err)
		}
		state, err := record.Fold(proven.Entries(), v.policy.Network)
		if err != nil {
			return nil, fmt.Errorf("signer %s: %w", f.Device, err)
		}
		out = append(out, signerLog{f.Device, proven, state})
	}
	return out, nil
}

// seen says how far each log had grown, as a proposal carries it. Every signer
// of the policy has to have a log here.
func (v *view) seen(signers []signerLog) ([]quorum.Seen, error) {
	var out []quorum.Seen
	for _, s := range signers {
		if _, listed := v.policy.Device(s.device); !listed {
			continue // a former signer
		}
		c := s.proven.Checkpoint()
		out = append(out, quorum.Seen{Device: s.device, Size: c.Size, Root: c.Root})
	}
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
