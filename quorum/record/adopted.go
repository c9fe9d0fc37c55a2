package record

import (
	"fmt"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Adopted says that an amendment passed: from here on the policy it names is
// the head of the chain that this machine trusts.
type Adopted struct {
	ID      text.Hash // the amendment
	Version uint64    // of the policy adopted; one more than the head's
	Policy  text.Hash // identity of policy-VERSION.txt
	Class   text.ID   // tighten, destination, loosen, rekey, recovery or reanchor
	Signers []text.ID // whose seats carried it; sorted
}

// Adoption is an adopted policy as the log holds it.
type Adoption struct {
	Adopted
	Seq int64
	Tip Tip
}

// Kind returns KindAdopted.
func (Adopted) Kind() Kind { return KindAdopted }

func (b Adopted) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.String())
	w.Line("policy", text.FormatUint(b.Version), b.Policy.String())
	w.Line("class", string(b.Class))
	writeNames(w, "signer", b.Signers)
}

func readAdopted(r *text.Reader, _ custody.Network) Body {
	b := Adopted{ID: readHash(r, "id")}
	f := r.Line("policy", 2)
	b.Version = text.Uint[uint64](r, "policy", f[0], maxVersion)
	b.Policy = text.Value(r, "policy", f[1], text.ParseHash)
	b.Class = readID(r, "class")
	b.Signers = readNames(r, "signer")
	return b
}

func (s *State) adopt(r Record, b Adopted) error {
	version, _, ok := s.Head()
	if !ok {
		return fmt.Errorf("want a genesis before a policy is adopted, found none")
	}
	if b.Version != version+1 {
		return fmt.Errorf("want policy %d adopted next, found %d", version+1, b.Version)
	}
	s.adoptions = append(s.adoptions, Adoption{Adopted: b, Seq: r.Seq, Tip: r.Tip})
	return nil
}

// Head returns the policy that is in force by this log: version 1 is the
// genesis, and each adoption adds one. ok is false before there is a genesis.
func (s *State) Head() (version uint64, hash text.Hash, ok bool) {
	if s.genesis == nil {
		return 0, text.Hash{}, false
	}
	if n := len(s.adoptions); n > 0 {
		return s.adoptions[n-1].Version, s.adoptions[n-1].Policy, true
	}
	return 1, s.genesis.Policy, true
}

// Adoption returns the adoption of one version; ok is false for the first, which
// is the genesis, and for one that this log did not adopt.
func (s *State) Adoption(version uint64) (a Adoption, ok bool) {
	if n := uint64(len(s.adoptions)); version < 2 || version-2 >= n {
		return Adoption{}, false
	}
	return s.adoptions[version-2], true // they come without a gap
}

// Adoptions returns every adopted policy after the first, in log order.
func (s *State) Adoptions() []Adoption { return append([]Adoption(nil), s.adoptions...) }
