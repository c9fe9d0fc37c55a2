package record

import (
	"encoding/hex"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Key says that a wallet key was made on this machine.
type Key struct {
	Fingerprint [4]byte   // of the master key, BIP-32
	Path        string    // of the account key, "48h/0h/0h/2h"
	Record      text.Hash // SHA-256 of the public key record (BIP-129)
	Entropy     string    // where the seed's randomness came from
	Sealed      string    // how the seed is kept
}

// Kind returns KindKey.
func (Key) Kind() Kind { return KindKey }

func (b Key) write(w *text.Writer, _ custody.Network) {
	w.Line("fingerprint", hex.EncodeToString(b.Fingerprint[:]))
	w.Line("path", b.Path)
	w.Line("record", b.Record.String())
	w.Line("entropy", b.Entropy)
	w.Line("sealed", b.Sealed)
}

func readKey(r *text.Reader, _ custody.Network) Body {
	var b Key
	b.Fingerprint = readFingerprint(r, "fingerprint", r.Field("fingerprint"))
	b.Path = r.Field("path")
	b.Record = readHash(r, "record")
	_, b.Entropy = r.Rest("entropy", 0)
	_, b.Sealed = r.Rest("sealed", 0)
	return b
}

// Keys returns the keys that were made here, oldest first.
func (s *State) Keys() []Key { return append([]Key(nil), s.keys...) }
