package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// checked compares all reasons with their codes.
func checked(t *testing.T, p *Policy, want []string) {
	t.Helper()
	var found []string
	for _, r := range p.Check() {
		found = append(found, r.Code+" "+r.Text)
	}
	if !slices.Equal(found, want) {
		t.Errorf("want\n  %s\nfound\n  %s", strings.Join(want, "\n  "), strings.Join(found, "\n  "))
	}
}

// Each case changes places of a good policy of mainnet, and lists every reason
// that Check must find.
func TestCheckRefuses(t *testing.T) {
	good := golden(t, "policy-12.txt")
	const softErin = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIEqebdAlbbjJNxaDiDHswDkShFLLKnrTc2CuypE6aie"
	const softDave = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPqLI0mImONIHYukFKTUHYyavWgsm5Yv9OG5SPkUw+wP"
	for _, c := range []struct {
		name    string
		changes []string // old, new, old, new ...
		want    []string
	}{
		{"version 1 with a parent", []string{"version 12", "version 1"},
			[]string{"POL-VERSION previous: want 64 zeros in version 1, found 113f181214a4c0481d8c8220aacdd25a32fef2a0e7b99ff97932345e9cdcbdc9"}},
		{"version 0", []string{"version 12", "version 0"}, []string{"POL-VERSION version: want at least 1, found 0"}},
		{"orphan", []string{"113f181214a4c0481d8c8220aacdd25a32fef2a0e7b99ff97932345e9cdcbdc9", strings.Repeat("0", 64)},
			[]string{"POL-VERSION previous: want the hash of version 11, found 64 zeros"}},
		{"test clock on mainnet", []string{"clock full", "clock test"}, []string{"POL-CLOCK clock: want full on mainnet, found test"}},
		{"origin inside a period", []string{"origin-block 951552", "origin-block 951553"},
			[]string{"POL-CLOCK origin-block: want a height that 2016 divides, found 951553"}},
		{"origin without work", []string{"17020f5e", "00000000"},
			[]string{"POL-CLOCK origin-block: want the hash and bits of a block, found zeros"}},
		{"unknown annex", []string{"annex people", "annex petty"},
			[]string{"POL-ANNEX annex: want one of backup, people, watch, workstation, found petty"}},
		{"more witnesses needed than there are", []string{"witness-need 1", "witness-need 3"},
			[]string{"POL-WITNESS witness-need: want at most the 2 witnesses there are, found 3"}},

		{"one key for two people", []string{softErin, softDave},
			[]string{"POL-DUPKEY signer: want each key once, found SHA256:" + fingerprint(t, "dave") + " of dave and erin"}},
		{"factor without hardware", []string{"factor dave none", "factor dave up"},
			[]string{"POL-FACTOR factor dave: want a hardware key for up, found none"}},
		{"officer without key", []string{`signer dave namespaces="*.v1@strongroom" ` + softDave + "\n", ""},
			[]string{"POL-UNFILLED signer: want at least one key of dave, found none"}},
		{"officer without factor and term", []string{"factor dave none\n", "", "term dave none\n", ""},
			[]string{"POL-REF officer dave: want a factor line, found none", "POL-REF officer dave: want a term line, found none"}},
		{"keys, factor and term of nobody", []string{"officer grace law-firm Grace Example\n", "", "group watch frank grace", "group watch erin frank"},
			[]string{
				"POL-FLOOR act loosen: want at least 3 members of watch who may sit, found 2",
				"POL-FLOOR recovery: want at least 2 members of watch who may sit, found 1",
				"POL-FLOOR tier large: want at least 3 members of watch who may sit, found 2",
				"POL-REF factor: want a defined officer, found grace",
				"POL-REF signer: want a defined officer, found grace",
				"POL-REF term: want a defined officer, found grace",
			}},
		{"group member unknown", []string{"group recovery carol dave erin", "group recovery carol dave erin mallory"},
			[]string{"POL-REF group recovery: want a defined officer, found mallory"}},
		{"group unknown", []string{"need small 2 treasury", "need small 2 treasure"},
			[]string{
				"POL-FLOOR tier small: want at least 3 members of treasure who may sit, found 0",
				"POL-REF tier small: want a defined group, found treasure",
				"POL-SEATING tier small: want different people in all seats, found 0 of 2 seats of treasure",
			}},
		{"role of an unknown group", []string{"role veto treasury watch", "role veto treasury watchers"},
			[]string{"POL-REF role veto: want a defined group, found watchers"}},
		{"cosigner of an unknown wallet", []string{"cosigner vault-2 01000000", "cosigner vault-1 01000000"},
			[]string{"POL-REF cosigner: want a defined wallet, found vault-1", "POL-WALLET wallet vault-2: want 3 cosigners, found 2"}},
		{"cosigner in an unknown device", []string{"cosigner vault-2 01000000 governed signer-a", "cosigner vault-2 01000000 governed signer-x"},
			[]string{"POL-REF cosigner: want a defined device, found signer-x"}},
		{"conflicts of nothing", []string{"conflict payroll bob", "conflict petty bobby"},
			[]string{"POL-REF conflict: want a defined destination, found petty", "POL-REF conflict: want a defined officer, found bobby"}},

		{"one of three signs", []string{"379d7ea1 2 3", "379d7ea1 1 3"},
			[]string{"POL-WALLET wallet main: want at least 2 keys to sign, more than half of all and at most all, found 1 of 3"}},
		{"one key is the wallet", []string{"379d7ea1 2 3", "379d7ea1 1 1"},
			[]string{"POL-WALLET wallet main: want 1 cosigners, found 3", "POL-WALLET wallet main: want at least 2 keys to sign, more than half of all and at most all, found 1 of 1"}},
		{"four of three sign", []string{"379d7ea1 2 3", "379d7ea1 4 3"},
			[]string{"POL-WALLET wallet main: want at least 2 keys to sign, more than half of all and at most all, found 4 of 3"}},
		{"half of four sign", []string{"379d7ea1 2 3", "379d7ea1 2 4"},
			[]string{"POL-WALLET wallet main: want 4 cosigners, found 3", "POL-WALLET wallet main: want at least 2 keys to sign, more than half of all and at most all, found 2 of 4"}},
		{"all three sign", []string{"379d7ea1 2 3", "379d7ea1 3 3"},
			[]string{"POL-WALLET wallet main: want fewer keys to sign than there are, so that one may be lost, found 3 of 3"}},
		{"all three sign for the next wallet", []string{"vault-2 next", "vault-2 next", "c6c1c9a9c8543f1e4cd980064cf1625eeb61a90703b2464fff039f21682508b3 2 3", "c6c1c9a9c8543f1e4cd980064cf1625eeb61a90703b2464fff039f21682508b3 3 3"},
			[]string{"POL-WALLET wallet vault-2: want fewer keys to sign than there are, so that one may be lost, found 3 of 3"}},
		{"all three signed for a wallet that is retired", []string{"main active", "main retired", "379d7ea1 2 3", "379d7ea1 3 3"}, nil},
		{"wallet without anything", []string{"379d7ea1 2 3", "379d7ea1 0 0"},
			[]string{"POL-WALLET wallet main: want 0 cosigners, found 3",
				"POL-WALLET wallet main: want at least 2 keys to sign, more than half of all and at most all, found 0 of 0",
				"POL-WALLET wallet main: want fewer than 0 external cosigners, found 0"}},
		{"ungoverned keys are enough", []string{"02000000 governed signer-b", "02000000 external coldcard-6"},
			[]string{"POL-WALLET wallet vault-2: want fewer than 2 external cosigners, found 2"}},
		{"hardware wallet under a signer's name", []string{"vault-2 03000000 external coldcard-7", "vault-2 03000000 external signer-c"},
			[]string{"POL-WALLET wallet vault-2: want a name of its own for an external cosigner, found that of signer signer-c"}},
		{"signer's key that is external elsewhere", []string{"vault-2 03000000 external coldcard-7", "vault-2 07000000 external coldcard-7"},
			[]string{"POL-WALLET key 07000000: want one name for it in all wallets, found external coldcard-7 and signer-b"}},
		{"two wallets to sweep to", []string{"main active", "main next"}, []string{"POL-WALLET wallet: want at most 1 in state next, found 2"}},
		{"one device, two keys of a wallet", []string{"02000000 governed signer-b", "02000000 governed signer-a"},
			[]string{"POL-TWICE cosigner of a wallet: want each name once, found vault-2 signer-a twice"}},
		{"one key, two devices", []string{"vault-2 02000000", "vault-2 01000000"},
			[]string{"POL-TWICE cosigner's fingerprint: want each name once, found vault-2 01000000 twice"}},
		{"wallets with one descriptor", []string{"194b520dc30384b3fc233e123778835e2adc362d91c6e33015ed3db2379d7ea1", "c6c1c9a9c8543f1e4cd980064cf1625eeb61a90703b2464fff039f21682508b3"},
			[]string{"POL-TWICE wallet descriptor: want each name once, found c6c1c9a9c8543f1e4cd980064cf1625eeb61a90703b2464fff039f21682508b3 twice"}},
		{"device key of another vault", []string{"acme-treasury/signer-a+c1c02230+AZ0z4KBng6zv3TdSbkCRjScULbTezFPoa3sv7ORrooNq", verifier(t, "evil/signer-a")},
			[]string{`POL-DEVICE device signer-a: want a log key named acme-treasury/signer-a, found "evil/signer-a"`}},
		{"devices with one log key", []string{"acme-treasury/signer-a+c1c02230+AZ0z4KBng6zv3TdSbkCRjScULbTezFPoa3sv7ORrooNq", sameKey(t, "acme-treasury/signer-a", "acme-treasury/signer-b")},
			[]string{"POL-TWICE device: want a log key of its own for each, found one of signer-a and signer-b"}},

		{"officer by two names", []string{"officer carol acme-ops Carol Example", "officer bob acme-ops Robert Example"},
			[]string{
				"POL-REF conflict: want a defined officer, found carol",
				"POL-REF factor: want a defined officer, found carol",
				"POL-REF group recovery: want a defined officer, found carol",
				"POL-REF group treasury: want a defined officer, found carol",
				"POL-REF signer: want a defined officer, found carol",
				"POL-REF term: want a defined officer, found carol",
				"POL-TWICE officer: want each name once, found bob twice",
			}},
		{"two factors", []string{"factor dave none\n", "factor dave none\nfactor dave up\n"},
			[]string{"POL-FACTOR factor dave: want a hardware key for up, found none", "POL-TWICE factor: want each name once, found dave twice"}},
		{"tier called as an act", []string{"tier small", "tier thaw", "need small", "need thaw"},
			[]string{"POL-TWICE tier or act: want each name once, found thaw twice"}},
		{"tier called recovery", []string{"tier small", "tier recovery", "need small", "need recovery"},
			[]string{"POL-TWICE tier or act: want each name once, found recovery twice"}},
		{"one group needed twice", []string{"need small 2 treasury\n", "need small 1 treasury\nneed small 2 treasury\n"},
			[]string{"POL-TWICE tier small: need: want each name once, found treasury twice"}},
		{"two caps for one payee", []string{"conflict exchange-hot", "conflict exchange-hos", "destination exchange-hot", "destination exchange-hos address bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 cap 20.00000000 BTC window 1008\ndestination exchange-hot"},
			[]string{"POL-TWICE destination's payee: want each name once, found bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 twice"}},
		{"two caps for one label", []string{"destination payroll", "destination exchange-hot", "conflict payroll bob\n", ""},
			[]string{"POL-TWICE destination: want each name once, found exchange-hot twice"}},

		{"one checker", []string{"need small 2", "need small 1"}, []string{"POL-FLOOR tier small: want at least 2 checkers, found 1"}},
		{"one checker of an act", []string{"need tighten 2", "need tighten 1"}, []string{"POL-FLOOR act tighten: want at least 2 checkers, found 1"}},
		{"one person recovers", []string{"need recovery 2", "need recovery 1"}, []string{"POL-FLOOR recovery: want at least 2 checkers, found 1"}},
		{"nobody to spare", []string{"need large 3", "need large 4"},
			[]string{"POL-FLOOR tier large: want at least 6 members of treasury who may sit, found 5"}},
		{"more than there are", []string{"need large 3", "need large 5"},
			[]string{
				"POL-FLOOR tier large: want at least 7 members of treasury who may sit, found 5",
				"POL-SEATING tier large: want somebody for a seat of treasury when alice is the maker, found nobody",
				"POL-SEATING tier large: want somebody for a seat of treasury when bob is the maker, found nobody",
				"POL-SEATING tier large: want somebody for a seat of treasury when carol is the maker, found nobody",
				"POL-SEATING tier large: want somebody for a seat of treasury when dave is the maker, found nobody",
				"POL-SEATING tier large: want somebody for a seat of treasury when erin is the maker, found nobody",
			}},
		{"rekey of one of five by four", []string{"need rekey 2", "need rekey 4"}, nil},
		{"rekey of one of five by five", []string{"need rekey 2", "need rekey 5"},
			[]string{
				"POL-FLOOR act rekey: want at least 6 members of treasury who may sit, found 5",
				"POL-SEATING act rekey: want somebody for a seat of treasury when alice is the maker, found nobody",
				"POL-SEATING act rekey: want somebody for a seat of treasury when bob is the maker, found nobody",
				"POL-SEATING act rekey: want somebody for a seat of treasury when carol is the maker, found nobody",
				"POL-SEATING act rekey: want somebody for a seat of treasury when dave is the maker, found nobody",
				"POL-SEATING act rekey: want somebody for a seat of treasury when erin is the maker, found nobody",
			}},
		{"rekey of a watcher by watchers", []string{"need rekey 2 treasury", "need rekey 2 watch"},
			[]string{
				"POL-FLOOR act rekey: want at least 3 members of watch who may sit, found 2",
				"POL-SEATING act rekey: want somebody for a seat of watch when frank is the maker, found nobody",
				"POL-SEATING act rekey: want somebody for a seat of watch when grace is the maker, found nobody",
			}},
		{"recovery by all of three", []string{"need recovery 2", "need recovery 3"},
			[]string{"POL-FLOOR recovery: want at least 4 members of recovery who may sit, found 3"}},
		{"recovery cleared by itself", []string{"clear recovery 1 watch", "clear recovery 1 recovery"},
			[]string{
				"POL-FLOOR recovery: want at least 2 members of recovery who may sit, found 0",
				"POL-SEATING recovery: want different people outside it in all clear seats, found 0 of 1 seats of recovery",
			}},
		{"recovery by nobody", []string{"need recovery 2 recovery", "need recovery 2 reserve"},
			[]string{
				"POL-FLOOR recovery: want at least 3 members of reserve who may sit, found 0",
				"POL-REF recovery: want a defined group, found reserve",
				"POL-SEATING recovery: want different people in all seats, found 0 of 2 seats of reserve",
			}},
		{"no velocity limit", []string{"velocity 20.00000000 BTC window 144\nvelocity 50.00000000 BTC window 1008\n", "velocity none\n"}, nil},
		{"recovery without clear", []string{"clear recovery 1 watch\n", ""}, nil},
		{"one watcher", []string{"group watch frank grace", "group watch frank"},
			[]string{
				"POL-FLOOR act loosen: want at least 2 members of watch who may sit, found 1",
				"POL-FLOOR recovery: want at least 2 members of watch who may sit, found 1",
				"POL-FLOOR tier large: want at least 2 members of watch who may sit, found 1",
			}},
		{"people in two groups counted once", []string{"group watch frank grace", "group watch alice bob carol dave erin", "need large 3", "need large 2", "clear large 1", "clear large 3",
			"need loosen 3", "need loosen 2"},
			[]string{
				"POL-SEATING tier large: want somebody for a seat of treasury when dave is the maker, found nobody",
				"POL-SEATING tier large: want somebody for a seat of treasury when erin is the maker, found nobody",
				"POL-SEATING tier large: want somebody for a seat of watch when alice is the maker, found nobody",
				"POL-SEATING tier large: want somebody for a seat of watch when bob is the maker, found nobody",
				"POL-SEATING tier large: want somebody for a seat of watch when carol is the maker, found nobody",
			}},
		{"group without members", []string{"group watch frank grace", "group watch none"},
			[]string{"POL-UNFILLED group watch: want at least 2 members, found none"}},
		{"group without use", []string{"group treasury alice bob carol dave erin", "group spare alice\ngroup treasury alice bob carol dave erin"}, nil},

		{"windows of nothing", []string{"BTC window 144 cool", "BTC window 0 cool", "velocity 20.00000000 BTC window 144", "velocity 20.00000000 BTC window 0", "window 4320", "window 0"},
			[]string{
				"POL-FLOOR destination payroll: window: want at least 1, found 0",
				"POL-FLOOR tier small: window: want at least 1, found 0",
				"POL-FLOOR velocity: window: want at least 1, found 0",
			}},
		{"floors of delays", []string{"act loosen cool 1008 stamped", "act loosen cool 143 named", "act rekey cool 432", "act rekey cool 143", "after 26208 cool 4320 stamped", "after 13103 cool 1007 named", "expiry-max 2016", "expiry-max 4321", "reorg-max 100", "reorg-max 145"},
			[]string{
				"POL-FLOOR act loosen: cool: want at least 144, found 143",
				"POL-FLOOR act loosen: want stamped, found named",
				"POL-FLOOR act rekey: cool: want at least 144, found 143",
				"POL-FLOOR expiry-max: want at most 4320, found 4321",
				"POL-FLOOR recovery: after: want at least 13104, found 13103",
				"POL-FLOOR recovery: cool: want at least 1008, found 1007",
				"POL-FLOOR recovery: want stamped, found named",
				"POL-FLOOR reorg-max: want at most 144, found 145",
			}},
		{"exactly the floors", []string{"act loosen cool 1008", "act loosen cool 144", "act rekey cool 432 stamped", "act rekey cool 144 named", "after 26208 cool 4320", "after 13104 cool 1008", "expiry-max 2016", "expiry-max 4320", "reorg-max 100", "reorg-max 144"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := good
			for i := 0; i < len(c.changes); i += 2 {
				b = edited(t, b, c.changes[i], c.changes[i+1])
			}
			p, err := Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			checked(t, p, c.want)
		})
	}
}

func fingerprint(t testing.TB, name string) string {
	return strings.TrimPrefix(softKey(t, name).Fingerprint(), "SHA256:")
}

// sameKey returns a verifier key of one name with another's key.
func sameKey(t testing.TB, name, key string) string {
	t.Helper()
	v, err := LogVerifier(name, public(key))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCheckRefusesAFirstOriginAboveZeroOnRegtest(t *testing.T) {
	p := filled(t, custody.Regtest)
	p.Origin.Height = 2016
	checked(t, must(t)(reread(p)), []string{"POL-CLOCK origin-block: want height 0 in version 1 on regtest, found 2016"})
	p.Version, p.Previous = 2, text.Identity([]byte("version 1"))
	checked(t, must(t)(reread(p)), nil) // moved there since
}

func TestCheckKeepsTheFloorsThatAreNoDelaysOnTestChains(t *testing.T) {
	p := filled(t, custody.Regtest)
	p.Recovery.After, p.ExpiryMax, p.Tiers[0].Needs[0].Seats = 0, 4321, 1
	checked(t, must(t)(reread(p)), []string{
		"POL-FLOOR expiry-max: want at most 4320, found 4321",
		"POL-FLOOR tier small: want at least 2 checkers, found 1",
	})
}

// What officers sign are bytes: fields that left them must not decide.
func TestCheckRefusesFieldsThatAreNotTheBytes(t *testing.T) {
	p := must(t)(Parse(golden(t, "policy-12.txt")))
	p.Tiers[0].Needs[0].Seats = 3
	checked(t, p, []string{"POL-FORM policy: want the fields that its text says, found others"})

	q := must(t)(Parse(golden(t, "policy-12.txt")))
	q.bytes = nil
	checked(t, q, []string{"POL-FORM policy: want one read from its text, found one without"})
	if !q.Hash().IsZero() || q.Bytes() != nil {
		t.Error("want no identity without a text")
	}
}

func TestZeroPolicyIsRefused(t *testing.T) {
	var found []string
	for _, r := range new(Policy).Check() {
		found = append(found, r.Code)
	}
	want := []string{CodeClock, CodeClock, CodeFloor, CodeFloor, CodeFloor, CodeForm, CodeUnfilled, CodeUnfilled, CodeUnfilled, CodeUnfilled, CodeVersion}
	if fmt.Sprint(found) != fmt.Sprint(want) {
		t.Errorf("want %v, found %v", want, found)
	}
	if _, _, ok := new(Policy).Match(nil, []text.ID{"alice"}); ok {
		t.Error("want nothing decided by a zero policy")
	}
}
