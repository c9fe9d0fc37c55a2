package record

import (
	"encoding/hex"
	"slices"

	"strongroom/quorum/text"
)

// Kind is what a record says happened. The zero value is no kind.
type Kind string

// The kinds that this program writes and reads.
const (
	KindKey          Kind = "key"           // a wallet key was made on this machine
	KindGenesis      Kind = "genesis"       // the first policy was trusted
	KindEnrolled     Kind = "enrolled"      // a wallet was enrolled
	KindSessionOpen  Kind = "session-open"  // people began to work
	KindSessionClose Kind = "session-close" // and ended
	KindInputs       Kind = "inputs"        // the files that were brought in
	KindHeaders      Kind = "headers"       // the header chain moved
	KindRefused      Kind = "refused"       // something was refused
	KindReleased     Kind = "released"      // a withdrawal is about to be signed
	KindSigned       Kind = "signed"        // and was
	KindException    Kind = "exception"     // a deviation, in free text
	KindAdopted      Kind = "adopted"       // an amendment passed
	KindRecorded     Kind = "recorded"      // a proposal began to cool
	KindCleared      Kind = "cleared"       // a watcher's clearance was counted
	KindVetoed       Kind = "vetoed"        // a proposal was vetoed
	KindKilled       Kind = "killed"        // a proposal was cancelled
	KindFrozen       Kind = "frozen"        // an officer stopped something
	KindThawed       Kind = "thawed"        // a quorum lifted a freeze
	KindQuarantine   Kind = "quarantine"    // the machine doubts its own memory
	KindResync       Kind = "resync"        // a quorum took it back into service
	KindRehearsal    Kind = "rehearsal"     // officers proved that they can be reached
	KindRestore      Kind = "restore"       // a quorum let somebody read a backup
	KindShares       Kind = "shares"        // a ceremony shared a key among its holders
	KindShareProven  Kind = "share-proven"  // a holder's copy of a share is good
	KindUnlock       Kind = "unlock"        // holders rebuilt a key for a session
	KindUnlockFailed Kind = "unlock-failed" // a share was not opened
	KindWiped        Kind = "wiped"         // a medium was sanitized
	KindIntegrity    Kind = "integrity"     // the workstation's files were compared
	KindAssessed     Kind = "assessed"      // the workstation was looked at
)

// Tip is the highest block that the machine knew when it wrote a record. The
// zero value says that it knew none yet.
type Tip struct {
	Known  bool
	Height uint32
	Hash   [32]byte // display order, as hex prints it
}

// Head is what every record begins with.
type Head struct {
	Seq     int64     // index in the log, from 0
	Tip     Tip       // the header chain's tip
	Binary  text.Hash // SHA-256 of the program that wrote it
	Session [16]byte  // random name of the session
	RTC     string    // the machine's clock; untrusted
}

// String writes the tip as a record does: "HEIGHT HASH" or "none".
func (t Tip) String() string {
	if !t.Known {
		return "none"
	}
	return text.FormatUint(t.Height) + " " + hex.EncodeToString(t.Hash[:])
}

func (h Head) write(w *text.Writer, k Kind) {
	w.Line("seq", text.FormatUint(uint64(h.Seq)))
	w.Line("kind", string(k))
	w.Line("tip", h.Tip.String())
	w.Line("binary", h.Binary.String())
	w.Line("session", hex.EncodeToString(h.Session[:]))
	w.Line("rtc", h.RTC)
}

func readHead(r *text.Reader) (Head, Kind) {
	var h Head
	h.Seq = int64(text.Uint[uint64](r, "seq", r.Field("seq"), maxLogSize))
	k := Kind(r.Field("kind"))
	if reader(k) == nil {
		r.Refuse("kind: want one that this program knows, found %q", string(k))
	}
	h.Tip = readTip(r)
	h.Binary = text.Value(r, "binary", r.Field("binary"), text.ParseHash)
	copy(h.Session[:], text.Value(r, "session", r.Field("session"), hexOf(len(h.Session))))
	_, h.RTC = r.Rest("rtc", 0)
	return h, k
}

func readTip(r *text.Reader) Tip {
	f := r.Fields("tip")
	if slices.Equal(f, []string{"none"}) {
		return Tip{}
	}
	if len(f) != 2 {
		r.Refuse("want \"tip none\" or \"tip HEIGHT HASH\", found %d fields", len(f))
		return Tip{}
	}
	return Tip{Known: true, Height: text.Uint[uint32](r, "tip", f[0], MaxHeight), Hash: text.Value(r, "tip", f[1], text.ParseHash)}
}

func hexOf(n int) func(string) ([]byte, error) {
	return func(s string) ([]byte, error) { return text.ParseHex(s, n) }
}
