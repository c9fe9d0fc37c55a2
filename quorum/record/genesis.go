package record

import (
	"fmt"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Genesis says that the vault's first policy was trusted on this machine, its
// hash having been typed in full.
type Genesis struct {
	Vault   text.ID
	Network custody.Network
	Policy  text.Hash // identity of policy-1.txt
	Signers []text.ID // who consented; sorted
}

// Kind returns KindGenesis.
func (Genesis) Kind() Kind { return KindGenesis }

func (b Genesis) write(w *text.Writer, _ custody.Network) {
	w.Line("vault", string(b.Vault))
	w.Line("chain", b.Network.String())
	w.Line("policy", "1", b.Policy.String())
	writeNames(w, "consent", b.Signers)
}

func readGenesis(r *text.Reader, n custody.Network) Body {
	var b Genesis
	b.Vault = readID(r, "vault")
	b.Network = text.Value(r, "chain", r.Field("chain"), custody.ParseNetwork)
	if r.Err() == nil && b.Network != n {
		r.Refuse("chain: want %s, found %s", n, b.Network)
	}
	f := r.Line("policy", 2)
	if r.Err() == nil && f[0] != "1" {
		r.Refuse("policy: want version 1, found %q", f[0])
	}
	b.Policy = text.Value(r, "policy", f[1], text.ParseHash)
	b.Signers = readNames(r, "consent")
	return b
}

func (s *State) trust(b Genesis) error {
	if s.genesis != nil {
		return fmt.Errorf("want one genesis, found a second")
	}
	s.genesis = &b
	return nil
}

// Genesis returns the trusted first policy, and false before there is one.
func (s *State) Genesis() (Genesis, bool) {
	if s.genesis == nil {
		return Genesis{}, false
	}
	return *s.genesis, true
}
