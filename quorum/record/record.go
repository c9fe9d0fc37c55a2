package record

import (
	"fmt"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Record is one entry of a log.
type Record struct {
	Head
	Body Body
}

// Bytes renders the record as the canonical text that becomes a log entry. n
// is the vault's network, which gives amounts their unit.
func (r Record) Bytes(n custody.Network) ([]byte, error) {
	if r.Body == nil {
		return nil, fmt.Errorf("record: want a body, found none")
	}
	w := text.NewWriter(text.Record)
	r.Head.write(w, r.Body.Kind())
	r.Body.write(w, n)
	return w.Bytes()
}

// Parse reads a log entry of a vault on network n. A kind that it does not
// know is refused.
func Parse(b []byte, n custody.Network) (Record, error) {
	r, err := text.Open(b, text.Record)
	if err != nil {
		return Record{}, err
	}
	head, kind := readHead(r)
	if err := r.Err(); err != nil {
		return Record{}, err
	}
	rec := Record{Head: head, Body: reader(kind)(r, n)}
	if err := r.Close(); err != nil {
		return Record{}, err
	}
	again, err := rec.Bytes(n)
	if err != nil {
		return Record{}, err
	}
	if err := text.Canonical(b, again); err != nil {
		return Record{}, err
	}
	return rec, nil
}

func reader(k Kind) func(*text.Reader, custody.Network) Body {
	switch k {
	case KindKey:
		return readKey
	case KindGenesis:
		return readGenesis
	case KindEnrolled:
		return readEnrolled
	case KindSessionOpen:
		return readSessionOpen
	case KindSessionClose:
		return readSessionClose
	case KindInputs:
		return readInputs
	case KindHeaders:
		return readHeaders
	case KindRefused:
		return readRefused
	case KindReleased:
		return readReleased
	case KindSigned:
		return readSigned
	case KindException:
		return readException
	}
	return orderReader(k)
}

func orderReader(k Kind) func(*text.Reader, custody.Network) Body {
	switch k {
	case KindAdopted:
		return readAdopted
	case KindRecorded:
		return readRecorded
	case KindCleared:
		return readCleared
	case KindVetoed:
		return readVetoed
	case KindKilled:
		return readKilled
	case KindFrozen:
		return readFrozen
	case KindThawed:
		return readThawed
	case KindQuarantine:
		return readQuarantine
	case KindResync:
		return readResync
	case KindRehearsal:
		return readRehearsal
	case KindRestore:
		return readRestore
	}
	return keyReader(k)
}

func keyReader(k Kind) func(*text.Reader, custody.Network) Body {
	switch k {
	case KindShares:
		return readShares
	case KindShareProven:
		return readShareProven
	case KindUnlock:
		return readUnlock
	case KindUnlockFailed:
		return readUnlockFailed
	case KindWiped:
		return readWiped
	case KindIntegrity:
		return readIntegrity
	case KindAssessed:
		return readAssessed
	}
	return nil
}
