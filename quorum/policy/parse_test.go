package policy

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// golden reads a text of testdata, which is never written again.
func golden(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGoldenTextsStayWhatTheyAre(t *testing.T) {
	for name, hash := range map[string]string{
		"policy-12.txt":          "e575d4e3ef99c0df8116650845d7769ce89fb4ffc37352d2a1dc11e9bc637418",
		"draft-team-mainnet.txt": "5cb3aa73958066e33c0c630801b16799f804bbe343f3c1a439e539d56267c1ee",
		"draft-team-regtest.txt": "dc9229cb20897a90897461f914ffee41f27eeb7bac39ae76f0f79e545df645dd",
	} {
		b := golden(t, name)
		p, err := Parse(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p.Hash().String() != hash || !bytes.Equal(p.Bytes(), b) {
			t.Errorf("%s: want the identity %s, found %s", name, hash, p.Hash())
		}
		if again, err := Render(p); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s: want the same bytes rendered, found others or %v", name, err)
		}
	}
	p, err := Parse(golden(t, "policy-12.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if reasons := p.Check(); len(reasons) != 0 {
		t.Errorf("policy-12.txt: want no reason against it, found %v", reasons)
	}
}

func TestParseReadsEveryField(t *testing.T) {
	p, err := Parse(golden(t, "policy-12.txt"))
	if err != nil {
		t.Fatal(err)
	}
	d, _ := p.Destination("exchange-hot")
	by, _ := p.Destination("payroll")
	large, _ := p.Tier("large")
	loosen, _ := p.Act(Loosen)
	for _, c := range []struct {
		what string
		ok   bool
	}{
		{"head", p.Vault == "acme-treasury" && p.Network == custody.Mainnet && p.Clock == ClockFull && p.Version == 12 && !p.Previous.IsZero()},
		{"origin", p.Origin.Height == 951552 && p.Origin.Bits == 0x17020f5e && p.Origin.Hash[31] == 0xd8 && p.Origin.Hash[0] == 0},
		{"wallets", len(p.Wallets) == 2 && p.Wallets[1].State == Next && p.Wallets[1].M == 2 && p.Wallets[1].N == 3},
		{"cosigners", len(p.Cosigners) == 6 && !p.Cosigners[5].Governed && p.Cosigners[5].Name == "coldcard-7" && p.Cosigners[0].Fingerprint == [4]byte{7}},
		{"officers", len(p.Officers) == 7 && p.Officers[5] == Officer{"frank", "audit-llp", "Frank Example"}},
		{"keys", len(p.Signers) == 8 && p.Signers[0].Key.Hardware() && !p.Signers[1].Key.Hardware()},
		{"terms", p.Terms[1] == Term{"bob", 1_100_000, true} && p.Terms[2] == Term{Officer: "carol"}},
		{"groups", len(p.Groups) == 3 && len(p.Groups[1].Members) == 5},
		{"roles", len(p.Roles.Freeze) == 2 && len(p.Roles.Propose) == 1 && len(p.Roles.Veto) == 2},
		{"tiers", len(p.Tiers) == 2 && large.Below == 50*coin && large.Cool == 36 && large.Mode == Stamped && large.Window == 1008},
		{"seats", large.Needs[0] == Need{3, "treasury"} && large.Clears[0] == Need{1, "watch"}},
		{"velocities", len(p.Velocities) == 2 && p.Velocities[1] == Velocity{50 * coin, 1008}},
		{"address", d.Address.String() == "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" && !d.ByDescriptor() && d.Cap == 20*coin && d.Window == 1008},
		{"descriptor", by.Address.String() == "" && by.ByDescriptor() && by.Window == 4320},
		{"acts", len(p.Acts) == 10 && loosen.Cool == 1008 && loosen.Mode == Stamped && loosen.Needs[0].Seats == 3},
		{"quiet", p.QuietDestination == 144 && p.QuietPolicy == 144 && p.QuietSigner == QuietSigner{432, true}},
		{"recovery", p.Recovery.After == 26208 && p.Recovery.Cool == 4320 && p.Recovery.Needs[0] == Need{2, "recovery"}},
		{"fees", p.FeeRateMax == 300 && p.FeeShareMax == 5000},
		{"ages", p.AnchorAgeMax == 12 && p.ClearAgeMax == 36 && p.ExpiryMax == 2016 && p.ReorgMax == 100},
		{"witnesses", len(p.Witnesses) == 2 && p.WitnessNeed == 1},
		{"origin of passkeys", p.PasskeyOrigin == "http://localhost:7443"},
	} {
		if !c.ok {
			t.Errorf("%s: not read as written", c.what)
		}
	}
}

// Each case changes one place of a good policy.
func TestParseRefusesWhatIsNotTheGrammar(t *testing.T) {
	good := golden(t, "policy-12.txt")
	const vkey = "acme-treasury/signer-a+c1c02230+AZ0z4KBng6zv3TdSbkCRjScULbTezFPoa3sv7ORrooNq"
	for _, c := range []struct{ name, old, new, want string }{
		{"vault in capitals", "vault acme", "vault Acme", `line 2: vault: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "Acme-treasury"`},
		{"vault none", "vault acme-treasury", "vault none", `line 2: vault: want a name, found "none", which is kept for absence`},
		{"chain unknown", "chain mainnet", "chain main", `line 3: chain: network: want mainnet, testnet, signet or regtest, found "main"`},
		{"clock off", "clock full", "clock off", `line 4: clock: want one clock of full, test, found "off"`},
		{"clock missing", "clock full\n", "", `line 4: want "clock", found "version"`},
		{"version leading zero", "version 12", "version 012", `line 5: version: want a decimal integer without leading zero, found "012"`},
		{"version too high", "version 12", "version 4294967296", `line 5: version: want at most 4294967295, found 4294967296`},
		{"previous short", "previous 113f", "previous 13f", `line 6: previous: want 64 lower-case hex digits, found 63 characters`},
		{"origin without bits", " 17020f5e", "", `line 7: want 3 fields behind "origin-block", found 2`},
		{"origin bits in capitals", "17020f5e", "17020F5E", `line 7: origin-block: want 8 lower-case hex digits, found "17020F5E"`},
		{"origin height of a time", "origin-block 951552", "origin-block 500000000", `line 7: origin-block: want at most 499999999, found 500000000`},
		{"wallet state", "main active", "main hot", `line 8: wallet: want one state of active, next, retired, found "hot"`},
		{"wallet zero hash", "194b520dc30384b3fc233e123778835e2adc362d91c6e33015ed3db2379d7ea1", strings.Repeat("0", 64), `line 8: wallet: want the hash of a text, found zeros`},
		{"wallet of 16 keys", "379d7ea1 2 3", "379d7ea1 2 16", `line 8: wallet: want at most 15, found 16`},
		{"wallets reordered", "wallet main", "wallet zain", `line 9: wallet: want sorted lines, each once, found "vault-2 next c6c1c9a9c8543f1e4cd980064cf..." after "zain active 194b520dc30384b3fc233e123778..."`},
		{"cosigner neither", "external", "alien", `line 15: cosigner: want governed or external, found "alien"`},
		{"cosigner fingerprint", "main 07000000", "main 7000000", `line 10: cosigner: want 8 lower-case hex digits, found 7 characters`},
		{"annex missing", "annex backup 54d00d867758cef816bc4685f58e327b949712b07ebd17c3485f3ffc9e9f5133\nannex people c9022680f888674e2b2274758755bfa07dea729b68d71cde5c521ed70ef261bf\n", "", `line 16: want "annex", found "device"`},
		{"annex none and one", "annex backup 54d00d867758cef816bc4685f58e327b949712b07ebd17c3485f3ffc9e9f5133", "annex none", `line 17: want "device", found "annex"`},
		{"device key of another name", vkey, "acme-treasury/signer-x+c1c02230+AZ0z4KBng6zv3TdSbkCRjScULbTezFPoa3sv7ORrooNq", `line 18: device: verifier key: want the hash 617e2fca of its name and key, found "c1c02230"`},
		{"device key hash in capitals", "c1c02230+", "C1C02230+", `line 18: device: verifier key: want the hash c1c02230 of its name and key, found "C1C02230"`},
		{"device key cut", "ORrooNq", "ORroo", `line 18: device: verifier key: want 33 bytes in base64, found "AZ0z4KBng6zv3TdSbkCRjScULbTezFPoa3sv7ORr..."`},
		{"device key of a witness", vkey, "witness.audit.example/w1+b1623093+BIyFSckGtrZhwSa4plwc5jP3i9GpKfHrrEqUCrsuOkoJ", `line 18: device: verifier key: want a key of type 01, found type 04`},
		{"device key of other form", vkey, "signer-a", `line 18: device: want a verifier key NAME+HASH+BASE64, found "signer-a"`},
		{"officer without name", "officer bob acme-ops Bob Example", "officer bob acme-ops", `line 22: want at least 3 fields behind "officer", found 2`},
		{"officer twice", "officer bob acme-ops Bob Example", "officer alice acme-ops Alice Example", `line 22: officer: want sorted lines, each once, found "alice acme-ops Alice Example" after "alice acme-ops Alice Example"`},
		{"signer with another namespace", `signer dave namespaces="*.v1@strongroom"`, `signer dave namespaces="*"`, `line 32: signer: want the word "namespaces=\"*.v1@strongroom\"", found "namespaces=\"*\""`},
		{"signer as certificate authority", `signer dave namespaces`, `signer dave cert-authority,namespaces`, `line 32: signer: want the word "namespaces=\"*.v1@strongroom\"", found "cert-authority,namespaces=\"*.v1@strongro..."`},
		{"signer for everybody", `signer dave `, `signer * `, `line 32: signer: want sorted lines, each once, found "* namespaces=\"*.v1@strongroom\" ssh-ed255..." after "carol namespaces=\"*.v1@strongroom\" sk-ss..."`},
		{"signer with a comment", "w+wP", "w+wP dave@laptop", `line 32: want 4 fields behind "signer", found 5`},
		{"factor in other order", "up uv bound", "uv up bound", `line 38: factor: want none, or some of up, uv and bound in this order, found "uv up bound"`},
		{"factor with none and more", "up uv bound", "none up", `line 38: factor: want none, or some of up, uv and bound in this order, found "none up"`},
		{"factor unknown", "up uv bound", "up uv pin", `line 38: factor: want none, or some of up, uv and bound in this order, found "up uv pin"`},
		{"term of other words", "term bob 1100000", "term bob never", `line 44: term: want a decimal integer without leading zero, found "never"`},
		{"passkey origin without port", "http://localhost:7443", "http://localhost", `line 50: passkey-origin: want none, https://HOST, https://HOST:PORT or http://localhost:PORT, found "http://localhost"`},
		{"passkey origin with a path", "http://localhost:7443", "https://acme.example/", `line 50: passkey-origin: want none, https://HOST, https://HOST:PORT or http://localhost:PORT, found "https://acme.example/"`},
		{"passkey origin in the clear", "http://localhost:7443", "http://acme.example:80", `line 50: passkey-origin: want none, https://HOST, https://HOST:PORT or http://localhost:PORT, found "http://acme.example:80"`},
		{"group without members", "group watch frank grace", "group watch", `line 53: want a group's name and its members, or none, found 1 fields`},
		{"group member twice", "group watch frank grace", "group watch frank frank", `line 53: group: want sorted names, each once, found "frank" after "frank"`},
		{"group members reordered", "group watch frank grace", "group watch grace frank", `line 53: group: want sorted names, each once, found "frank" after "grace"`},
		{"group with none and one", "group watch frank grace", "group watch frank none", `line 53: group: want a name, found "none", which is kept for absence`},
		{"groups reordered", "group treasury", "group xtreasury", `line 53: group: want sorted names, each once, found "watch" after "xtreasury"`},
		{"group twice", "group watch frank", "group treasury frank", `line 53: group: want sorted names, each once, found "treasury" after "treasury"`},
		{"role missing", "role propose treasury\n", "", `line 55: role: want "propose" and its groups, found "veto treasury watch"`},
		{"role for nobody", "role propose treasury", "role propose", `line 55: role: want "propose" and its groups, found "propose"`},
		{"role none", "role propose treasury", "role propose none", `line 55: role: want a name, found "none", which is kept for absence`},
		{"tier word", "small below", "small under", `line 57: tier: want the word "below", found "under"`},
		{"tier unit", "below 1.00000000 BTC", "below 1.00000000 rBTC", `line 57: tier: want the unit BTC, found "rBTC"`},
		{"tier amount short", "below 1.00000000 BTC", "below 1.0 BTC", `line 57: tier: amount: want digits.eight-digits such as 0.50000000, found "1.0"`},
		{"tier of nothing", "below 1.00000000 BTC", "below 0.00000000 BTC", `line 57: tier: want an amount above 0, found "0.00000000"`},
		{"tier mode", "cool 36 stamped\nneed large", "cool 36 stampd\nneed large", `line 59: tier: want one mode of named, stamped, found "stampd"`},
		{"tiers descending", "below 50.00000000", "below 1.00000000", `line 59: tier: want ascending amounts, found 1.00000000 after 1.00000000`},
		{"tier window huge", "BTC window 144 cool 0", "BTC window 1000001 cool 0", `line 57: tier: want at most 1000000, found 1000001`},
		{"need missing", "need small 2 treasury\n", "", `line 58: want "need", found "tier"`},
		{"need of another tier", "need small 2", "need large 2", `line 58: need: want seats of "small" here, found "large"`},
		{"need of nobody", "need small 2", "need small 0", `line 58: need: want at least 1 seat, found 0`},
		{"need of 33", "need small 2", "need small 33", `line 58: need: want at most 32, found 33`},
		{"need none", "need small 2 treasury", "need none", `line 58: need: want 1 to 16 lines, found 0`},
		{"clear before need", "need large 3 treasury\nclear large 1 watch", "clear large 1 watch\nneed large 3 treasury", `line 60: want "need", found "clear"`},
		{"clear twice", "clear large 1 watch\n", "clear large 1 watch\nclear large 1 watch\n", `line 62: clear: want sorted lines, each once, found "large 1 watch" after "large 1 watch"`},
		{"velocities reordered", "velocity 20.00000000 BTC window 144", "velocity 20.00000000 BTC window 1008", `line 63: velocity: want ascending windows, found 1008 after 1008`},
		{"velocity short", "velocity 20.00000000 BTC window 144", "velocity 20.00000000 BTC", `line 62: want 4 fields behind "velocity", found 2`},
		{"destination of another chain", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", `line 64: destination: address: want one of mainnet that can be paid, found "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"`},
		{"destination in capitals", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", `line 64: destination: address: want it written as "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", found "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"`},
		{"destination without cap", "cap 20.00000000 BTC window 1008\n", "window 1008\n", `line 64: want 8 fields behind "destination", found 5`},
		{"destination neither", "payroll descriptor", "payroll xpub", `line 65: destination: want address or descriptor, found "xpub"`},
		{"conflict missing", "conflict exchange-hot carol\nconflict payroll bob\n", "", `line 66: want "conflict", found "act"`},
		{"act missing", "act thaw cool 36 named\nneed thaw 2 treasury\n", "", `line 79: act: want the word "thaw", found "internal"`},
		{"act unknown", "act thaw", "act melt", `line 79: act: want the word "thaw", found "melt"`},
		{"quiet reordered", "quiet destination 144\nquiet policy 144\n", "quiet policy 144\nquiet destination 144\n", `line 89: quiet: want the word "destination", found "policy"`},
		{"quiet signer neither", "432 every", "432 some", `line 91: quiet: want every or mildest, found "some"`},
		{"recovery short", "recovery after 26208 ", "recovery ", `line 92: want 5 fields behind "recovery", found 3`},
		{"fee rate absurd", "fee-rate-max 300", "fee-rate-max 10001", `line 95: fee-rate-max: want at most 10000, found 10001`},
		{"fee share above all", "fee-share-max 0.50", "fee-share-max 1.01", `line 96: fee-share-max: want a share from 0.00 to 1.00 with two decimals, found "1.01"`},
		{"fee share in other writing", "fee-share-max 0.50", "fee-share-max 0.5", `line 96: fee-share-max: want a share from 0.00 to 1.00 with two decimals, found "0.5"`},
		{"fee share with sign", "fee-share-max 0.50", "fee-share-max +.50", `line 96: fee-share-max: want a share from 0.00 to 1.00 with two decimals, found "+.50"`},
		{"witness key of other type", "BIyFSckGtrZhwSa4plwc5jP3i9GpKfHrrEqUCrsuOkoJ", "BoyFSckGtrZhwSa4plwc5jP3i9GpKfHrrEqUCrsuOkoJ", `line 101: witness: verifier key: want a key of type 0104, found type 06`},
		{"unknown keyword", "witness-need 1\n", "witness-need 1\nwitness-want 1\n", `line 104: want the end of the text, found "witness-want"`},
		{"truncated", "witness-need 1\n", "", `line 103: want "witness-need", found the end of the text`},
		{"double space", "quiet policy 144", "quiet  policy 144", `line 90: policy: want single spaces between fields only, found one too many`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(edited(t, good, c.old, c.new))
			refused(t, err, text.CodeGrammar, c.want)
		})
	}
}

func TestParseRefusesOtherBytes(t *testing.T) {
	good := golden(t, "policy-12.txt")
	for _, c := range []struct {
		name, old, new string
		code           text.Code
		want           string
	}{
		{"CRLF", "witness-need 1\n", "witness-need 1\r\n", text.CodeByte, "line 103: policy: want printable ASCII and LF only, found byte 0d"},
		{"confusable letter", "Bob Example", "B\u043eb Example", text.CodeByte, "line 22: policy: want printable ASCII and LF only, found byte d0"},
		{"another type", "strongroom/policy@v1", "strongroom/annex@v1", text.CodeType, `line 1: policy: want "strongroom/policy@v1", found "strongroom/annex@v1"`},
		{"another version", "strongroom/policy@v1", "strongroom/policy@v2", text.CodeType, `line 1: policy: want "strongroom/policy@v1", found "strongroom/policy@v2"`},
		{"line too long", "Bob Example", strings.Repeat("B", 4000), text.CodeSize, "line 22: policy: want a line of at most 4000 bytes, found 4021"},
		{"too large", "Bob Example\n", "Bob Example\n" + strings.Repeat("officer bob\n", 25000), text.CodeSize, "policy: want 1 to 262144 bytes, found 304497"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(edited(t, good, c.old, c.new))
			refused(t, err, c.code, c.want)
		})
	}
	for n := range len(good) {
		if _, err := Parse(good[:n]); err == nil {
			t.Fatalf("want the first %d bytes refused, found them read", n)
		}
	}
}

func TestParseBoundsWhatItCounts(t *testing.T) {
	good := string(golden(t, "policy-12.txt"))
	many := func(n int, line string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(line, "#", string([]byte{'a' + byte(i/676), 'a' + byte(i/26%26), 'a' + byte(i%26)})))
		}
		return b.String()
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"officers", "officer grace law-firm Grace Example\n", many(257, "officer x# org X\n"), "line 283: want at most 256 officers, found 263"},
		{"groups", "group watch frank grace\n", many(65, "group x# none\n"), "line 115: want at most 64 groups, found more"},
		{"needs", "need small 2 treasury\n", many(17, "need small 2 x#\n"), "line 74: need: want 1 to 16 lines, found 17"},
	} {
		_, err := Parse(edited(t, []byte(good), c.old, c.new))
		refused(t, err, text.CodeGrammar, c.want)
	}
	tiers := ""
	for i := range 33 {
		tiers += fmt.Sprintf("tier x below 0.%08d BTC window 1 cool 0 named\nneed x 1 watch\n", i+1)
	}
	head, _, _ := strings.Cut(good, "tier small")
	_, err := Parse([]byte(head + tiers))
	refused(t, err, text.CodeGrammar, "line 121: want at most 32 tiers, found more")
}
