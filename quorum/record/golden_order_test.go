package record

import (
	"strings"

	"strongroom/quorum/text"
)

// A root of thirty-two bytes 1 and one of thirty-two bytes 2, as checkpoints
// write them.
const (
	rootOnes = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
	rootTwos = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
)

func filled(b byte) (out [32]byte) {
	for i := range out {
		out[i] = b
	}
	return out
}

// goldenOrders are the golden texts of what officers order besides payments.
func goldenOrders() []golden {
	id := "id " + strings.Repeat("2", 64) + "\n"
	return []golden{
		{KindAdopted, Adopted{hashOf("2"), 13, hashOf("b"), "loosen", []text.ID{"alice", "bob", "frank"}},
			id + "policy 13 " + strings.Repeat("b", 64) + "\nclass loosen\nsigner alice\nsigner bob\nsigner frank\n"},
		{KindRecorded, Recorded{hashOf("2"), "withdrawal", "large", 953326, hashOf("8"), []text.Hash{hashOf("a"), hashOf("c")}},
			id + "what withdrawal\nsitting large\nexpires 953326\nnonce " + strings.Repeat("8", 64) + "\nsig " + strings.Repeat("a", 64) + "\nsig " + strings.Repeat("c", 64) + "\n"},
		{KindCleared, Cleared{hashOf("2"), hashOf("d"), "heidi"}, id + "clearance " + strings.Repeat("d", 64) + "\nwatcher heidi\n"},
		{KindVetoed, Vetoed{hashOf("2"), []text.ID{"erin", "grace"}}, id + "officer erin\nofficer grace\n"},
		{KindKilled, Killed{hashOf("2"), hashOf("e"), "alice"}, id + "by " + strings.Repeat("e", 64) + "\nofficer alice\n"},
		{KindFrozen, Frozen{hashOf("2"), Scope{ScopeAll, ""}, "grace"}, id + "scope all\nofficer grace\n"},
		{KindFrozen, Frozen{hashOf("2"), Scope{ScopeDestination, "otc-desk"}, "grace"}, id + "scope destination otc-desk\nofficer grace\n"},
		{KindFrozen, Frozen{hashOf("2"), Scope{ScopeOfficer, "bob"}, "grace"}, id + "scope officer bob\nofficer grace\n"},
		{KindFrozen, Frozen{hashOf("2"), Scope{ScopeSigner, "signer-a"}, "grace"}, id + "scope signer signer-a\nofficer grace\n"},
		{KindThawed, Thawed{hashOf("2"), hashOf("3"), []text.ID{"bob", "carol"}}, id + "lifts " + strings.Repeat("3", 64) + "\nsigner bob\nsigner carol\n"},
		{KindQuarantine, Quarantine{hashOf("2"), []string{"STATE-FORK", "STATE-ROLLBACK"}}, id + "code STATE-FORK\ncode STATE-ROLLBACK\n"},
		{KindQuarantine, Quarantine{Codes: []string{"STATE-ROLLBACK"}}, "id none\ncode STATE-ROLLBACK\n"},
		{KindResync, Resync{hashOf("2"), "signer-a", LogHead{41, filled(1)}, LogHead{35, filled(2)}, []text.ID{"bob", "carol"}},
			id + "device signer-a\nfrom 41 " + rootOnes + "\nto 35 " + rootTwos + "\nsigner bob\nsigner carol\n"},
		{KindRehearsal, Rehearsal{hashOf("2"), "I hold my key and can be reached", []text.ID{"alice", "bob"}},
			id + "statement I hold my key and can be reached\nanswered alice\nanswered bob\n"},
		{KindRehearsal, Rehearsal{ID: hashOf("2"), Statement: "anybody?"}, id + "statement anybody?\nanswered none\n"},
		{KindRestore, Restore{hashOf("2"), hashOf("a"), "store-b", "vault-two", "erin", []string{"age1zzz", "age1aaa"}, []text.ID{"bob", "carol"}},
			id + "snapshot " + strings.Repeat("a", 64) + "\nstore store-b\nplace vault-two\noperator erin\nrecipient age1zzz\nrecipient age1aaa\nsigner bob\nsigner carol\n"},
	}
}
