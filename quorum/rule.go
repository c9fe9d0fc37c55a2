package quorum

import (
	"fmt"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Amendment adopts the next version of the policy. The policy's own text
// travels beside it; the amendment names its hash and repeats what changes, so
// that officers sign the difference.
type Amendment struct {
	Version uint64
	Policy  text.Hash
	Class   policy.Class // the maker's claim; the judge computes it
	Changes []policy.Change
}

// Kind returns KindAmendment.
func (Amendment) Kind() Kind { return KindAmendment }

func (b Amendment) write(w *text.Writer, _ custody.Network) {
	w.Line("adopt", text.FormatUint(b.Version), b.Policy.String())
	w.Line("class", b.Class.String())
	for _, c := range b.Changes {
		sign := "-"
		if c.Added {
			sign = "+"
		}
		w.Line("change", sign, c.Line)
	}
}

func readAmendment(r *text.Reader) Body {
	f := r.Line("adopt", 2)
	b := Amendment{
		Version: text.Uint[uint64](r, "adopt", f[0], 1<<32),
		Policy:  text.Value(r, "adopt", f[1], text.ParseHash),
		Class:   text.Value(r, "class", r.Field("class"), policy.ParseClass),
	}
	for len(b.Changes) == 0 || r.At("change") && len(b.Changes) < maxChanges {
		f, line := r.Rest("change", 1)
		if f[0] != "-" && f[0] != "+" {
			r.Refuse("want \"change - LINE\" or \"change + LINE\", found another form")
		}
		b.Changes = append(b.Changes, policy.Change{Added: f[0] == "+", Line: line})
	}
	return b
}

// Freeze stops what its scope covers until it is thawed. One officer with the
// role is enough, and it never expires.
type Freeze struct{ Scope record.Scope }

// Kind returns KindFreeze.
func (Freeze) Kind() Kind { return KindFreeze }

func (b Freeze) write(w *text.Writer, _ custody.Network) { w.Line("scope", b.Scope.Fields()...) }

// Thaw lifts a freeze.
type Thaw struct{ Lifts text.Hash }

// Kind returns KindThaw.
func (Thaw) Kind() Kind { return KindThaw }

func (b Thaw) write(w *text.Writer, _ custody.Network) { w.Line("lifts", b.Lifts.String()) }

// Cancel kills a proposal that was not released yet: its maker may, and any
// officer who may veto.
type Cancel struct{ Kills text.Hash }

// Kind returns KindCancel.
func (Cancel) Kind() Kind { return KindCancel }

func (b Cancel) write(w *text.Writer, _ custody.Network) { w.Line("kills", b.Kills.String()) }

// Resync puts a signer back to work that is in doubt: restored from a copy, or
// stopped by an alarm. From is the log as the machine has it, To as the officers
// know it; they are equal when nothing was lost.
type Resync struct {
	Device   text.ID
	From, To record.LogHead
}

// Kind returns KindResync.
func (Resync) Kind() Kind { return KindResync }

func (b Resync) write(w *text.Writer, _ custody.Network) {
	w.Line("signer", string(b.Device))
	w.Line("from", b.From.String())
	w.Line("to", b.To.String())
}

func readResync(r *text.Reader) Body {
	return Resync{
		Device: text.Value(r, "signer", r.Field("signer"), text.ParseID),
		From:   record.ReadLogHead(r, "from"),
		To:     record.ReadLogHead(r, "to"),
	}
}

// Rehearsal proves that officers can be reached and hold their keys. It moves
// nothing and changes nothing.
type Rehearsal struct{ Statement string }

// Kind returns KindRehearsal.
func (Rehearsal) Kind() Kind { return KindRehearsal }

func (b Rehearsal) write(w *text.Writer, _ custody.Network) { w.Line("statement", b.Statement) }

// Restore lets an operator read one backup at one place: the officers who hold
// its keys open it to the recipients named, outer layer first.
type Restore struct {
	Snapshot   text.Hash // of the manifest
	Store      text.ID
	Place      text.ID
	Operator   text.ID
	Recipients []string // age recipients
}

// Kind returns KindRestore.
func (Restore) Kind() Kind { return KindRestore }

func (b Restore) write(w *text.Writer, _ custody.Network) {
	w.Line("snapshot", b.Snapshot.String())
	w.Line("store", string(b.Store))
	w.Line("place", string(b.Place))
	w.Line("operator", string(b.Operator))
	for _, a := range b.Recipients {
		w.Line("recipient", a)
	}
}

func readRestore(r *text.Reader) Body {
	b := Restore{
		Snapshot: text.Value(r, "snapshot", r.Field("snapshot"), text.ParseHash),
		Store:    text.Value(r, "store", r.Field("store"), text.ParseID),
		Place:    text.Value(r, "place", r.Field("place"), text.ParseID),
		Operator: text.Value(r, "operator", r.Field("operator"), text.ParseID),
	}
	for len(b.Recipients) == 0 || r.At("recipient") && len(b.Recipients) < record.MaxRecipients {
		b.Recipients = append(b.Recipients, text.Value(r, "recipient", r.Field("recipient"), parseRecipient))
	}
	return b
}

// parseRecipient reads an age recipient by its form: age1 and bech32 letters.
// Whether it opens anything is shown when it is used.
func parseRecipient(s string) (string, error) {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	if !strings.HasPrefix(s, "age1") || strings.Trim(s, letters) != "" {
		return "", fmt.Errorf("want an age recipient that begins with age1, found %q", s[:min(len(s), 20)])
	}
	return s, nil
}
