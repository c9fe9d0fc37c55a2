package record

import (
	"encoding/hex"
	"fmt"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Enrolled says that a wallet was enrolled and which of its keys is ours.
type Enrolled struct {
	Wallet      text.ID
	Descriptor  text.Hash // SHA-256 of the descriptor file
	Fingerprint [4]byte   // our key's master fingerprint
}

// Kind returns KindEnrolled.
func (Enrolled) Kind() Kind { return KindEnrolled }

func (b Enrolled) write(w *text.Writer, _ custody.Network) {
	w.Line("wallet", string(b.Wallet), b.Descriptor.String())
	w.Line("key", hex.EncodeToString(b.Fingerprint[:]))
}

func readEnrolled(r *text.Reader, _ custody.Network) Body {
	f := r.Line("wallet", 2)
	return Enrolled{
		Wallet:      text.Value(r, "wallet", f[0], text.ParseID),
		Descriptor:  text.Value(r, "wallet", f[1], text.ParseHash),
		Fingerprint: readFingerprint(r, "key", r.Field("key")),
	}
}

func (s *State) enroll(b Enrolled) error {
	if s.genesis == nil {
		return fmt.Errorf("want a genesis before a wallet is enrolled, found none")
	}
	if _, ok := s.wallets[b.Wallet]; ok {
		return fmt.Errorf("want wallet %s enrolled once, found it twice", b.Wallet)
	}
	s.wallets[b.Wallet] = b
	return nil
}

// Wallet returns an enrolled wallet.
func (s *State) Wallet(id text.ID) (Enrolled, bool) {
	w, ok := s.wallets[id]
	return w, ok
}
