package quorum

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is what a proposal asks for, by its name in the text. The empty kind is
// none.
type Kind string

// The kinds of proposal.
const (
	KindWithdrawal Kind = "withdrawal" // pays listed destinations from one wallet
	KindInternal   Kind = "internal"   // pays the wallet itself: many coins become few
	KindSweep      Kind = "sweep"      // moves a wallet's coins to the wallet that follows it
	KindAmendment  Kind = "amendment"  // adopts the next version of the policy
	KindFreeze     Kind = "freeze"     // stops; one officer is enough
	KindThaw       Kind = "thaw"       // lifts a freeze
	KindCancel     Kind = "cancel"     // kills a proposal
	KindResync     Kind = "resync"     // puts a doubtful signer back to work
	KindRehearsal  Kind = "rehearsal"  // proves that people can be reached; moves nothing
	KindRestore    Kind = "restore"    // lets somebody read a backup
)

// Kinds returns every kind, in the order of the documents.
func Kinds() []Kind {
	return []Kind{KindWithdrawal, KindInternal, KindSweep, KindAmendment, KindFreeze, KindThaw, KindCancel, KindResync, KindRehearsal, KindRestore}
}

// ParseKind reads a kind's name.
func ParseKind(s string) (Kind, error) {
	if slices.Contains(Kinds(), Kind(s)) {
		return Kind(s), nil
	}
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return "", fmt.Errorf("want one of %s, found %q", strings.Join(names, ", "), s)
}

// Brake says whether the kind only ever stops something: it is judged before
// anything else of a bundle, under the newest roster, and needs no quorum.
func (k Kind) Brake() bool { return k == KindFreeze || k == KindCancel }

// Moves says whether the kind spends coins.
func (k Kind) Moves() bool {
	return k == KindWithdrawal || k == KindInternal || k == KindSweep
}

// expires says whether texts of the kind carry an expiry. A brake has none: it
// may arrive late and still has to hold.
func (k Kind) expires() bool { return !k.Brake() }
