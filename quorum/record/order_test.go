package record

import (
	"fmt"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/text"
)

func TestOrdersThatAreRefused(t *testing.T) {
	hex := func(letter string) string { return strings.Repeat(letter, 64) }
	const idWanted = `want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found `
	for _, c := range []struct {
		attack   string
		kind     Kind
		old, new string
		want     string
	}{
		{"adopted without id", KindAdopted, "id " + hex("2") + "\n", "", `line 8: want "id", found "policy"`},
		{"adopted by none", KindAdopted, "id " + hex("2"), "id none", `line 8: id: want 64 lower-case hex digits, found 4 characters`},
		{"policy without version", KindAdopted, "policy 13 ", "policy ", `line 9: want 2 fields behind "policy", found 1`},
		{"version with a zero ahead", KindAdopted, "policy 13 ", "policy 013 ", `line 9: policy: want a decimal integer without leading zero, found "013"`},
		{"version beyond any", KindAdopted, "policy 13 ", "policy 4294967296 ", "line 9: policy: want at most 4294967295, found 4294967296"},
		{"policy of upper-case hash", KindAdopted, hex("b"), hex("B"), `line 9: policy: want 64 lower-case hex digits, found "` + strings.Repeat("B", 40) + `..."`},
		{"class in capitals", KindAdopted, "class loosen", "class Loosen", `line 10: class: ` + idWanted + `"Loosen"`},
		{"class left out", KindAdopted, "class loosen\n", "", `line 10: want "class", found "signer"`},
		{"adopted by nobody", KindAdopted, "signer alice\nsigner bob\nsigner frank\n", "", "line 10: want at least one signer line, found none"},
		{"a signer twice", KindAdopted, "signer bob\n", "signer alice\n", "line 12: want signer lines sorted and each once, found alice after alice"},
		{"signers out of order", KindAdopted, "signer alice\nsigner bob\n", "signer bob\nsigner alice\n", "line 12: want signer lines sorted and each once, found alice after bob"},

		{"no kind of proposal", KindRecorded, "what withdrawal\n", "", `line 9: want "what", found "sitting"`},
		{"kind in capitals", KindRecorded, "what withdrawal", "what Withdrawal", `line 9: what: ` + idWanted + `"Withdrawal"`},
		{"two sittings", KindRecorded, "sitting large", "sitting large small", `line 10: want 1 fields behind "sitting", found 2`},
		{"sitting that is no name", KindRecorded, "sitting large", "sitting 3", `line 10: sitting: ` + idWanted + `"3"`},
		{"expiry beyond any block", KindRecorded, "expires 953326", "expires 500000000", "line 11: expires: want at most 499999999, found 500000000"},
		{"short nonce", KindRecorded, "nonce 8", "nonce ", "line 12: nonce: want 64 lower-case hex digits, found 63 characters"},
		{"no nonce", KindRecorded, "nonce " + hex("8") + "\n", "", `line 12: want "nonce", found "sig"`},
		{"recorded without signatures", KindRecorded, "sig " + hex("a") + "\nsig " + hex("c") + "\n", "", "line 12: want at least one sig line, found none"},
		{"a signature twice", KindRecorded, "sig " + hex("a"), "sig " + hex("c"), "line 14: want sig lines sorted and each once, found " + hex("c") + " after " + hex("c")},
		{"signatures out of order", KindRecorded, "sig " + hex("a"), "sig " + hex("d"), "line 14: want sig lines sorted and each once, found " + hex("c") + " after " + hex("d")},
		{"short signature hash", KindRecorded, "sig a", "sig ", "line 13: sig: want 64 lower-case hex digits, found 63 characters"},

		{"no clearance", KindCleared, "clearance " + hex("d"), "clearance none", "line 9: clearance: want 64 lower-case hex digits, found 4 characters"},
		{"two watchers", KindCleared, "watcher heidi\n", "watcher heidi\nwatcher ivan\n", `line 11: want the end of the text, found "watcher"`},
		{"watcher that is no name", KindCleared, "watcher heidi", "watcher -", `line 10: watcher: ` + idWanted + `"-"`},

		{"vetoed by nobody", KindVetoed, "officer erin\nofficer grace\n", "", "line 8: want at least one officer line, found none"},
		{"vetoes out of order", KindVetoed, "officer erin", "officer ivan", "line 10: want officer lines sorted and each once, found grace after ivan"},
		{"veto by a number", KindVetoed, "officer erin", "officer 7", `line 9: officer: ` + idWanted + `"7"`},

		{"killed by nothing", KindKilled, "by " + hex("e") + "\n", "", `line 9: want "by", found "officer"`},
		{"killed by a short hash", KindKilled, "by e", "by ", "line 9: by: want 64 lower-case hex digits, found 63 characters"},
		{"killed by two", KindKilled, "officer alice", "officer alice bob", `line 10: want 1 fields behind "officer", found 2`},

		{"freeze of nothing", KindFrozen, "scope all\n", "", `line 9: want "scope", found "officer"`},
		{"scope without word", KindFrozen, "scope all", "scope", `line 9: want at least 1 field behind "scope", found 0`},
		{"scope that nobody knows", KindFrozen, "scope all", "scope wallet main", `line 9: scope: want all, destination, officer or signer, found "wallet"`},
		{"scope none", KindFrozen, "scope all", "scope none", `line 9: scope: want all, destination, officer or signer, found "none"`},
		{"scope all with a name", KindFrozen, "scope all", "scope all bob", `line 9: want no name behind "scope all", found 1 fields`},
		{"scope officer without name", KindFrozen, "scope all", "scope officer", `line 9: want one name behind "scope officer", found 0`},
		{"scope of two", KindFrozen, "scope all", "scope destination a b", `line 9: want one name behind "scope destination", found 2`},
		{"scope of no name", KindFrozen, "scope all", "scope signer A", `line 9: scope: ` + idWanted + `"A"`},
		{"freeze by two", KindFrozen, "officer grace\n", "officer grace\nofficer ivan\n", `line 11: want the end of the text, found "officer"`},

		{"thaw of nothing", KindThawed, "lifts " + hex("3") + "\n", "", `line 9: want "lifts", found "signer"`},
		{"thaw of everything", KindThawed, "lifts " + hex("3"), "lifts all", "line 9: lifts: want 64 lower-case hex digits, found 3 characters"},
		{"thaw by nobody", KindThawed, "signer bob\nsigner carol\n", "", "line 9: want at least one signer line, found none"},

		{"quarantine by zeros", KindQuarantine, "id " + hex("2"), "id " + hex("0"), "line 8: id: want none or a hash, found zeros"},
		{"quarantine for nothing", KindQuarantine, "code STATE-FORK\ncode STATE-ROLLBACK\n", "", "line 8: want at least one code line, found none"},
		{"quarantine twice for one", KindQuarantine, "code STATE-FORK", "code STATE-ROLLBACK", "line 10: want code lines sorted and each once, found STATE-ROLLBACK after STATE-ROLLBACK"},

		{"resync of no device", KindResync, "device signer-a\n", "", `line 9: want "device", found "from"`},
		{"resync of two devices", KindResync, "device signer-a", "device signer-a signer-b", `line 9: want 1 fields behind "device", found 2`},
		{"head without size", KindResync, "from 41 ", "from ", `line 10: want 2 fields behind "from", found 1`},
		{"head beyond any log", KindResync, "from 41 ", "from 1099511627777 ", "line 10: from: want at most 1099511627776, found 1099511627777"},
		{"root in hex", KindResync, rootOnes, hex("1"), `line 10: from: want 32 bytes in base64, found "` + strings.Repeat("1", 40) + `..."`},
		{"root without padding", KindResync, rootTwos, rootTwos[:43], `line 11: to: want 32 bytes in base64, found "` + rootTwos[:40] + `..."`},
		{"root with stray bits", KindResync, rootTwos, rootTwos[:42] + "J=", `line 11: to: want 32 bytes in base64, found "` + rootTwos[:40] + `..."`},
		{"resync by nobody", KindResync, "signer bob\nsigner carol\n", "", "line 11: want at least one signer line, found none"},

		{"rehearsal of nothing", KindRehearsal, "statement I hold my key and can be reached", "statement", `line 9: want 0 fields and a text behind "statement", found too little`},
		{"no answer line", KindRehearsal, "answered alice\nanswered bob\n", "", `line 10: want "answered", found the end of the text`},
		{"other line for an answer", KindRehearsal, "answered alice", "signer alice", `line 10: want "answered", found "signer"`},
		{"nobody among others", KindRehearsal, "answered bob", "answered none", "line 11: want answered none alone or names, found both"},
		{"answers out of order", KindRehearsal, "answered alice", "answered carol", "line 11: want answered lines sorted and each once, found bob after carol"},
		{"an empty answer", KindRehearsal, "answered alice\nanswered bob", "answered", `line 10: want 1 fields behind "answered", found 0`},

		{"restore of nothing", KindRestore, "snapshot " + hex("a"), "snapshot none", "line 9: snapshot: want 64 lower-case hex digits, found 4 characters"},
		{"store by address", KindRestore, "store store-b", "store https://store-b", `line 10: store: ` + idWanted + `"https://store-b"`},
		{"no place", KindRestore, "place vault-two\n", "", `line 11: want "place", found "operator"`},
		{"operator that is no name", KindRestore, "operator erin", "operator Erin", `line 12: operator: ` + idWanted + `"Erin"`},
		{"restore to nobody", KindRestore, "recipient age1zzz\nrecipient age1aaa\n", "", `line 13: want "recipient", found "signer"`},
		{"recipient of two words", KindRestore, "recipient age1zzz", "recipient ssh-ed25519 AAAA", `line 13: want 1 fields behind "recipient", found 2`},
		{"a layer too many", KindRestore, "recipient age1zzz\n", strings.Repeat("recipient age1zzz\n", 16), "line 28: want at least one signer line, found none"},
		{"restore by nobody", KindRestore, "signer bob\nsigner carol\n", "", "line 14: want at least one signer line, found none"},
	} {
		wantRefused(t, c.attack, strings.Replace(textOfKind(t, c.kind), c.old, c.new, 1), c.want)
	}
}

// The text of a release that pays nobody: what it may say besides, and how much.
func TestReleaseWithoutTierThatIsRefused(t *testing.T) {
	var plain string
	for _, g := range goldens(t) {
		if r, ok := g.body.(Released); ok && r.Tier == "" {
			plain = goldenText(g)
		}
	}
	change := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "change %d %d 0.00010000 rBTC\n", i, i)
		}
		return b.String()
	}
	for _, c := range []struct{ attack, old, new, want string }{
		{"no wallet to return to", "to next\n", "", `line 12: want "to", found "total"`},
		{"returns to a stranger", "to next", "to bc1q 7", `line 12: want 1 fields behind "to", found 2`},
		{"pays somebody", "fee ", "pay 0.30000000 rBTC exchange-hot " + p2wpkh + "\nfee ", `line 14: want "fee", found "pay"`},
		{"101 outputs", ":9\n", ":9\n" + change(101), `line 117: want the end of the text, found "change"`},
	} {
		wantRefused(t, c.attack, strings.Replace(plain, c.old, c.new, 1), c.want)
	}
	r, err := Parse([]byte(plain+change(100)), custody.Regtest)
	if err != nil {
		t.Fatal(err)
	}
	if b := r.Body.(Released); b.To != "next" || len(b.Rungs[0].Change) != 100 {
		t.Errorf("want 100 outputs to wallet next, found %d to %s", len(b.Rungs[0].Change), b.To)
	}
	wantRefused(t, "a withdrawal with three outputs of change", textOfKind(t, KindReleased)+change(2), `line 21: want the end of the text, found "change"`)
}

// The first list that may be long: a line more than the limit is not read.
func TestListsAreBounded(t *testing.T) {
	names := func(n int) (out []text.ID) {
		for i := range n {
			out = append(out, text.ID(fmt.Sprintf("officer%04d", i)))
		}
		return out
	}
	hashes := func(n int) (out []text.Hash) {
		for i := range n {
			out = append(out, text.Hash{byte(i >> 8), byte(i), 1})
		}
		return out
	}
	recorded := func(n int) Body {
		return Recorded{ID: hashOf("2"), What: "withdrawal", Sitting: "large", Signatures: hashes(n)}
	}
	vetoed := func(n int) Body { return Vetoed{hashOf("2"), names(n)} }
	rehearsal := func(n int) Body { return Rehearsal{hashOf("2"), "x", names(n)} }
	for _, c := range []struct {
		what string
		body func(int) Body
		most int
		want string
	}{
		{"officers", vetoed, 256, `line 265: want the end of the text, found "officer"`},
		{"answers", rehearsal, 256, `line 266: want the end of the text, found "answered"`},
		{"signatures", recorded, 512, `line 525: want the end of the text, found "sig"`},
	} {
		longest, err := Record{headOf(7), c.body(c.most)}.Bytes(custody.Regtest)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(longest, custody.Regtest); err != nil {
			t.Errorf("%s: want %d read, found %v", c.what, c.most, err)
		}
		longer, err := Record{headOf(7), c.body(c.most + 1)}.Bytes(custody.Regtest)
		if err != nil {
			t.Fatal(err)
		}
		wantRefused(t, c.what, string(longer), c.want)
	}
}

func TestScopesSayWhatTheyStop(t *testing.T) {
	for _, c := range []struct {
		scope Scope
		want  string
	}{
		{Scope{What: ScopeAll}, "all"}, {Scope{ScopeDestination, "otc-desk"}, "destination otc-desk"},
		{Scope{ScopeOfficer, "bob"}, "officer bob"}, {Scope{ScopeSigner, "signer-a"}, "signer signer-a"},
		{Scope{}, "no scope"}, {Scope{What: 200}, "no scope"},
	} {
		if got := c.scope.String(); got != c.want {
			t.Errorf("want %q, found %q", c.want, got)
		}
	}
	if k, err := ParseScopeKind("no scope"); err == nil || k != 0 {
		t.Errorf("want the zero scope refused, found %s", k)
	}
}
