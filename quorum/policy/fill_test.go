package policy

import (
	"bytes"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func textID(s string) text.ID { return text.ID(s) }

func TestFillingReturnsAnotherPolicy(t *testing.T) {
	before := draft(t, custody.Regtest)
	old := before.Bytes()
	after := filled(t, custody.Regtest)
	if !bytes.Equal(before.Bytes(), old) || len(before.Officers) != 0 || len(after.Officers) != 7 {
		t.Error("want the draft unchanged")
	}
	p := must(t)(after.AddOfficer("heidi", "audit-llp", "Heidi Example", []sshsig.Key{softKey(t, "heidi"), hardKey(t, "heidi")}, "watch", "recovery"))
	if len(after.Members("watch")) != 2 || len(p.Members("watch")) != 3 || len(p.Keys("heidi")) != 2 || p.Officers[7].ID != "heidi" {
		t.Error("want heidi in one of the two only")
	}
	checked(t, p, nil)
}

func TestSetWalletReplacesItWithItsCosigners(t *testing.T) {
	p := filled(t, custody.Regtest)
	w, _ := p.Wallet("main")
	w.State = Retired
	p = must(t)(p.SetWallet(w, p.Cosigners))
	if got, _ := p.Wallet("main"); len(p.Wallets) != 1 || len(p.Cosigners) != 3 || got.State != Retired {
		t.Errorf("want one retired wallet with 3 cosigners, found %v", p.Wallets)
	}
	checked(t, p, nil)
}

func TestFillingRefuses(t *testing.T) {
	p := filled(t, custody.Regtest)
	keys := []sshsig.Key{softKey(t, "new")}
	address, err := custody.ParseAddress(custody.Mainnet, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
	if err != nil {
		t.Fatal(err)
	}
	hash := text.Identity([]byte("x"))
	is := func(_ *Policy, err error) error { return err }
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"officer twice", is(p.AddOfficer("alice", "acme", "A", keys, "watch")), "officer alice: want a new name, found one in use"},
		{"officer without key", is(p.AddOfficer("zoe", "acme", "Z", nil, "watch")), "officer zoe: want at least one key, found none"},
		{"another's key", is(p.AddOfficer("zoe", "acme", "Z", p.Keys("dave"), "watch")), "officer zoe: want a new key, found " + softKey(t, "dave").Fingerprint() + " in use"},
		{"own key twice", is(p.AddOfficer("zoe", "acme", "Z", append(keys, keys...), "watch")), "officer zoe: want a new key, found " + softKey(t, "new").Fingerprint() + " in use"},
		{"zero key", is(p.AddOfficer("zoe", "acme", "Z", make([]sshsig.Key, 1), "watch")), `signer: want one word, found ""`},
		{"unknown group", is(p.AddOfficer("zoe", "acme", "Z", keys, "nobody")), "officer zoe: want a defined group, found nobody"},
		{"same group twice", is(p.AddOfficer("zoe", "acme", "Z", keys, "watch", "watch")), `line 51: group: want sorted names, each once, found "zoe" after "zoe"`},
		{"name with a line", is(p.AddOfficer("zoe", "acme", "Z\nofficer eve acme Eve", keys, "watch")), "officer: want printable ASCII, found byte 0a at 2"},
		{"empty name", is(p.AddOfficer("zoe", "acme", "", keys, "watch")), "officer: want some text, found none"},
		{"org of two words", is(p.AddOfficer("zoe", "acme x", "Z", keys, "watch")), `officer: want one word, found "zoe acme x"`},
		{"officer called none", is(p.AddOfficer("none", "acme", "Z", keys, "watch")), `group: want a name, found "none", which is kept for absence`},
		{"no policy", is(new(Policy).SetDevices(nil)), `vault: want one word, found ""`},
		{"factor of nobody", is(p.SetFactor("zoe", sshsig.Factor{})), "factor: want a defined officer, found zoe"},
		{"destination without payee", is(p.AddDestination(Destination{Label: "x", Cap: coin, Window: 1})), `destination: want an address or a descriptor, found both or none for "x"`},
		{"destination with both", is(p.AddDestination(Destination{Label: "x", Address: address, Descriptor: hash, Cap: coin, Window: 1})), `destination: want an address or a descriptor, found both or none for "x"`},
		{"destination of another chain", is(p.AddDestination(Destination{Label: "x", Address: address, Cap: coin, Window: 1})), "destination: want an address of regtest, found one of mainnet"},
		{"destination without cap", is(p.AddDestination(Destination{Label: "x", Descriptor: hash, Window: 1})), `line 56: destination: want an amount above 0, found "0.00000000"`},
		{"destination in two words", is(p.AddDestination(Destination{Label: "x y", Descriptor: hash, Cap: coin, Window: 1})), `destination: want one word, found "x y"`},
		{"wallet without state", is(p.SetWallet(Wallet{ID: "w", Descriptor: hash, M: 2, N: 3}, nil)), "wallet: want a value, found none"},
		{"wallet below nothing", is(p.SetWallet(Wallet{ID: "w", State: Next, Descriptor: hash, M: -2, N: 3}, nil)), `line 9: wallet: want a decimal integer without leading zero, found "-2"`},
		{"device without key", is(p.SetDevices([]Device{{ID: "d"}})), `device: want one word, found ""`},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("%s: want %q\nfound %v", c.name, c.want, c.err)
		}
	}
	d := Destination{Label: "x", Descriptor: hash, Cap: coin, Window: 1}
	p = must(t)(p.AddDestination(d))
	if _, err := p.AddDestination(d); err == nil || err.Error() != "destination x: want a new label, found one in use" {
		t.Errorf("found %v", err)
	}
}

// Fields that do not fit their text are refused, whatever they would read as.
func TestRenderRefusesWhatWouldReadOtherwise(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Policy)
		want   string
	}{
		{"two members in one name", func(p *Policy) { p.Groups[2].Members = []text.ID{"frank grace"} }, `group: want one word, found "frank grace"`},
		{"member none", func(p *Policy) { p.Groups[2].Members = []text.ID{"none"} }, `group: want a name, found "none", which is kept for absence`},
		{"unsorted", func(p *Policy) { p.Officers[0], p.Officers[1] = p.Officers[1], p.Officers[0] }, `line 17: officer: want sorted lines, each once, found "alice acme-ops Alice Example" after "bob acme-ops Bob Example"`},
		{"no network", func(p *Policy) { p.Network = 0 }, "chain: want a value, found none"},
		{"no clock", func(p *Policy) { p.Clock = 0 }, "clock: want a value, found none"},
		{"no mode", func(p *Policy) { p.Tiers[0].Mode = 0 }, "tier: want a value, found none"},
		{"an act missing", func(p *Policy) { p.Acts = p.Acts[1:] }, `line 58: act: want the word "tighten", found "destination"`},
		{"acts in another order", func(p *Policy) { p.Acts[0], p.Acts[1] = p.Acts[1], p.Acts[0] }, `line 58: act: want the word "tighten", found "destination"`},
		{"height of a term that never ends", func(p *Policy) { p.Terms[0].Height = 5 }, "term: want a height only where a term ends, found 5"},
		{"share in hundredths", func(p *Policy) { p.FeeShareMax = 5050 }, "fee-share-max: want whole percents, found 5050 hundredths"},
		{"share above all", func(p *Policy) { p.FeeShareMax = 10_100 }, `line 86: fee-share-max: want a share from 0.00 to 1.00 with two decimals, found "1.01"`},
		{"nobody needed", func(p *Policy) { p.Tiers[0].Needs = nil }, `line 52: want "need", found "tier"`},
		{"role of no group", func(p *Policy) { p.Roles.Veto = nil }, `line 50: role: want "veto" and its groups, found "veto"`},
		{"negative limit", func(p *Policy) { p.Tiers[0].Below = -1 }, `line 51: tier: amount: want digits.eight-digits such as 0.50000000, found "-0.00000001"`},
		{"passkey origin with a field", func(p *Policy) { p.PasskeyOrigin = "https://a b" }, `passkey-origin: want one word, found "https://a b"`},
		{"version beyond", func(p *Policy) { p.Version = 1 << 40 }, "line 5: version: want at most 4294967295, found 1099511627776"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := filled(t, custody.Regtest)
			c.change(p)
			_, err := Render(p)
			refused(t, err, text.CodeGrammar, c.want)
		})
	}
}
