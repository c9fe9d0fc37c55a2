package signer_test

import (
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/signer/signertest"
)

// rollBack puts a signer to an older copy of itself. Shown its own newest log it
// does and writes nothing; a resync gives it back what it lost.
func (w *walk) rollBack() {
	if w.forked || w.stopped() {
		return
	}
	s := w.signer()
	old := copied(w.t, s)
	from := headOf(s, w.v)
	n := len(w.logs[s.ID])
	for range 6 {
		if w.visit(false); len(s.Records()) > n {
			break
		}
	}
	if version, _, _ := s.Machine.State().Head(); len(s.Records()) == n || version != w.v.Policy.Version || w.forked || w.stopped() {
		return
	}
	to := headOf(s, w.v)
	restored(s, old)
	w.counts["roll back"]++
	whole := len(w.logs[s.ID])
	e := w.exports[s.ID][len(w.exports[s.ID])-1]
	files, _ := w.files(s)
	if !hasTwice(files) {
		a := s.Release(files)
		if len(s.Records()) != n || slices.ContainsFunc(a.Signed, func(b []byte) bool { return b != nil }) {
			w.t.Fatalf("%s: want nothing from a signer that was put back, found %v", s.ID, s.Kinds()[n:])
		}
	}
	fix := w.v.Ask("alice", quorum.Resync{Device: s.ID, From: from, To: to}, func(st *quorum.Statement) {
		for i := range st.Seen {
			if st.Seen[i].Device == s.ID {
				st.Seen[i] = seenOf(w.t, s.ID, e)
			}
		}
	})
	o := w.add("resync", &signertest.Order{Proposal: fix, Signatures: w.v.Approve(fix)}, "bob", "carol", "erin")
	bundle := []quorum.File{{Name: "headers.bin", Bytes: w.v.Chain.Headers.Bytes()}}
	for _, other := range w.v.Signers {
		all := w.exports[other.ID]
		last := all[len(all)-1]
		bundle = append(bundle, quorum.File{Name: string(other.ID) + ".checkpoint", Bytes: last.checkpoint}, quorum.File{Name: string(other.ID) + ".entries", Bytes: last.entries})
	}
	bundle = append(bundle, o.Files()...)
	for v := uint64(2); v <= w.v.Policy.Version; v++ {
		bundle = append(bundle, w.policyFile(v)...)
	}
	a := s.Release(bundle)
	if a.Err != nil || len(a.Codes()) > 0 || len(s.Records()) <= whole {
		w.t.Fatalf("%s: want every record back, found %d of %d, %v %v", s.ID, len(s.Records()), whole, a.Err, a.Codes())
	}
	w.learn(s, nil)
}

func (w *walk) policyFile(version uint64) []quorum.File {
	for _, p := range w.policies {
		if p.Version == version && w.inForce(p) {
			return []quorum.File{{Name: quorum.PolicyName(version) + ".txt", Bytes: p.Bytes()}}
		}
	}
	return nil
}

func (w *walk) inForce(p *policy.Policy) (yes bool) {
	for _, log := range w.logs {
		each([][]record.Record{log}, func(a record.Adopted, _ record.Record) { yes = yes || a.Policy == p.Hash() })
	}
	return yes
}
