package policy

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/address/v2/bech32"

	"strongroom/quorum/text"
)

// ageKey returns a key of one of age's kinds, the same in every run.
func ageKey(t testing.TB, kind, name string, size int) string {
	t.Helper()
	b := bytes.Repeat(public(name), size/32+1)[:size]
	words, err := bech32.ConvertBits(b, 8, 5, true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := bech32.Encode(kind, words)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// backupText is an annex with every kind of line. Two of its officers open the
// outer layer, two the inner one.
func backupText(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf(`strongroom/annex@v1
vault acme-treasury
name backup
copies 2
credentials 90
distance site 100
distance stores 300
distinct account 3
distinct jurisdiction 2
drill 92
jurisdiction allow CH
jurisdiction allow DE
jurisdiction deny US
keep daily 14
keep monthly 24
keep weekly 8
keep yearly 10
lock 92
maker backup-job %s
probe %s
probe-every 24
reader age-1.1
recipient 1 alice %s
recipient 1 bob %s
recipient 2 carol %s
recipient 2 dave %s
rpo 30
rto 48
site 47.3769 8.5417
store one 46.2044 6.1432 hetzner CH acct-1 rhone none
store three 53.5511 9.9937 aws DE acct-3 elbe compliance
store two 52.5200 13.4050 aws DE acct-2 spree compliance
verifier auditor %s
verify V1 24
verify V2 168
verify V3 720
`, softKey(t, "backup-job"), ageKey(t, "age", "canary", 32), ageKey(t, "age", "alice", 32), softKey(t, "bob at home"),
		ageKey(t, "age", "carol", 32), ageKey(t, "age1yubikey", "dave", 33), softKey(t, "auditor"))
}

func TestBackupReadsWhatItWrites(t *testing.T) {
	b, err := ParseBackup([]byte(backupText(t)))
	if err != nil {
		t.Fatal(err)
	}
	if !b.Named || b.Vault != "acme-treasury" || b.Copies != 2 || b.CredentialDays != 90 || b.DrillDays != 92 || b.LockDays != 92 ||
		b.Distance != (Distance{100, 300}) || b.Distinct != (Distinct{3, 2, 1, 1}) || b.Keep != (Keep{14, 8, 24, 10}) || b.Keep.Everything() ||
		b.Reader != ReaderAge11 || b.RPOHours != 30 || b.RTOHours != 48 || b.Verify != (Schedule{24, 168, 720}) || b.Probe.Hours != 24 {
		t.Errorf("found %+v", b)
	}
	if !slices.Equal(b.Allow, []Country{"CH", "DE"}) || !slices.Equal(b.Deny, []Country{"US"}) || b.Site != (Point{473769, 85417}) || len(b.Makers) != 1 || len(b.Recipients) != 4 ||
		!slices.Equal(b.Verifiers, []BackupMaker{{"auditor", softKey(t, "auditor").String()}}) {
		t.Errorf("found %+v", b)
	}
	if want := (BackupStore{"three", Point{535511, 99937}, "aws", "DE", "acct-3", "elbe", LockCompliance}); len(b.Stores) != 3 || b.Stores[1] != want {
		t.Errorf("want %+v, found %+v", want, b.Stores)
	}
	slices.Reverse(b.Stores)
	slices.Reverse(b.Recipients)
	if again, err := RenderBackup(b); err != nil || string(again) != backupText(t) {
		t.Errorf("want sorted lines whatever the order of the fields, found %s %v", again, err)
	}
	if a, err := ParseAnnex([]byte(backupText(t))); err != nil || a.Name != "backup" {
		t.Errorf("found %+v %v", a, err)
	}
	b.Site = Point{-1, -1234567}
	if again, err := RenderBackup(b); err != nil || !strings.Contains(string(again), "site -0.0001 -123.4567\n") {
		t.Errorf("want south and west with a minus, found %s %v", again, err)
	}
}

// The text in testdata, which docs/formats.md shows, stays readable for ever.
func TestBackupGolden(t *testing.T) {
	b, err := os.ReadFile("testdata/annex-backup.txt")
	if err != nil || string(b) != backupText(t) {
		t.Errorf("want the golden text, found %v\n%s", err, b)
	}
}

// Who says that copies are good is nobody who makes them, by name or by key.
func TestAVerifierIsNoMaker(t *testing.T) {
	key := softKey(t, "auditor").String()
	with := func(lines ...string) string {
		return string(edited(t, []byte(backupText(t)), "verifier auditor "+key, strings.Join(lines, "\n")))
	}
	b, err := ParseBackup([]byte(with("verifier auditor "+key, "verifier second "+softKey(t, "second").String())))
	if err != nil || len(b.Verifiers) != 2 || b.Verifiers[0] != (BackupMaker{"auditor", key}) || len(b.Makers) != 1 {
		t.Fatalf("found %+v %v", b.Verifiers, err)
	}
	if again, err := RenderBackup(b); err != nil || !strings.Contains(string(again), "\nverifier auditor "+key+"\nverifier second ") {
		t.Errorf("want the lines again, found %s %v", again, err)
	}
	for _, c := range []struct{ lines, want string }{
		{"verifier auditor " + softKey(t, "backup-job").String(), "verifier: want a name and a key of no maker, found those of auditor"},
		{"verifier backup-job " + key, "verifier: want a name and a key of no maker, found those of backup-job"},
		{"verifier auditor " + key + "\nverifier second " + key, "verifier: want each key once, found one again for second"},
		{"verifier none " + key, `verifier: want a name, found "none", which is kept for absence`},
	} {
		if _, err := ParseBackup([]byte(with(c.lines))); err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("want %q, found %v", c.want, err)
		}
	}
}

func TestBackupNeedsNoLineThatAsksForNothing(t *testing.T) {
	var kept []string
	for l := range strings.Lines(backupText(t)) {
		keyword, _, _ := strings.Cut(l, " ")
		if !slices.Contains([]string{"distance", "distinct", "jurisdiction", "keep", "probe", "probe-every", "verifier"}, keyword) {
			kept = append(kept, l)
		}
	}
	b, err := ParseBackup([]byte(strings.Join(kept, "")))
	if err != nil || b.Distance != (Distance{}) || b.Distinct != (Distinct{1, 1, 1, 1}) || !b.Keep.Everything() || b.Probe != (Probe{}) {
		t.Errorf("found %+v %v", b, err)
	}
	for i, l := range kept[3:] {
		keyword, _, _ := strings.Cut(l, " ")
		without := slices.Delete(slices.Clone(kept), 3+i, 4+i)
		if keyword == "recipient" || keyword == "store" {
			continue // others of them stay
		}
		if _, err := ParseBackup([]byte(strings.Join(without, ""))); err == nil {
			t.Errorf("want no annex without %q, found one", l)
		}
	}
}

func TestBackupRefuses(t *testing.T) {
	alice, pq := ageKey(t, "age", "alice", 32), ageKey(t, "age1pq", "alice", 1216)
	inner := fmt.Sprintf("recipient 2 carol %s\n", ageKey(t, "age", "carol", 32))
	for _, c := range []struct{ old, new, want string }{
		{"name backup", "name people", `line 3: name: want backup, found "people"`},
		{"copies 2", "copies 0", "line 4: copies: want at least 1, found 0"},
		{"copies 2", "copies 02", `line 4: copies: want a decimal integer without leading zero, found "02"`},
		{"copies 2", "copies 33", "line 4: copies: want at most 32, found 33"},
		{"copies 2", "copies 4", "line 32: store: want at least the 4 of copies, found 3"},
		{"copies 2\n", "", `line 4: want "copies", found "credentials"`},
		{"copies 2", "copies 2\ncopies 3", `line 5: want "credentials", found "copies"`},
		{"credentials 90", "credentials 367", "line 5: credentials: want at most 366, found 367"},
		{"distance site 100", "distance shop 100", `line 6: distance: want one of site, stores, found "shop"`},
		{"distance site 100", "distance site 0", "line 6: distance: want at least 1, found 0"},
		{"distance site 100", "distance site 20016", "line 6: distance: want at most 20015, found 20016"},
		{"distance site 100", "distance site 100\ndistance site 200", "line 7: distance: want each name once, found site twice"},
		{"distance site 100", "distance site", `line 6: want 2 fields behind "distance", found 1`},
		{"distinct account 3", "distinct account 1", "line 8: distinct: want at least 2, found 1"},
		{"distinct account 3", "distinct continent 2", `line 8: distinct: want one of account, jurisdiction, provider, zone, found "continent"`},
		{"distinct account 3", "distinct account 33", "line 8: distinct: want at most 32, found 33"},
		{"drill 92", "drill 0", "line 10: drill: want at least 1, found 0"},
		{"drill 92", "drill 367", "line 10: drill: want at most 366, found 367"},
		{"jurisdiction deny US", "jurisdiction deny DE", "line 13: jurisdiction: want each country allowed or denied, found both for DE"},
		{"jurisdiction deny US", "jurisdiction deny us", `line 13: jurisdiction: want a country as two upper-case letters, such as CH, found "us"`},
		{"jurisdiction deny US", "jurisdiction deny USA", `line 13: jurisdiction: want a country as two upper-case letters, such as CH, found "USA"`},
		{"jurisdiction deny US", "jurisdiction fear US", `line 13: jurisdiction: want allow or deny, found "fear"`},
		{"keep daily 14", "keep daily 0", "line 14: keep: want at least 1, found 0"},
		{"keep daily 14", "keep daily 3661", "line 14: keep: want at most 3660, found 3661"},
		{"keep daily 14", "keep hourly 14\nkeep daily 14", `line 15: want sorted lines, each once, found "keep daily 14" after "keep hourly 14"`},
		{"keep daily 14", "keep hourly 14", `line 14: keep: want one of daily, monthly, weekly, yearly, found "hourly"`},
		{"lock 92", "lock 3661", "line 18: lock: want at most 3660, found 3661"},
		{"maker backup-job ssh-ed25519", "maker backup-job ssh-rsa", `line 19: maker: want an ssh-ed25519 key, found "ssh-rsa"`},
		{"maker backup-job", "maker none", `line 19: maker: want a name, found "none", which is kept for absence`},
		{"maker backup-job", "maker other " + softKey(t, "backup-job").String() + "\nmaker zeal", "line 20: maker: want each key once, found one again for zeal"},
		{"probe " + ageKey(t, "age", "canary", 32) + "\n", "", `line 20: want "probe", found "probe-every"`},
		{"probe-every 24\n", "", `line 21: want "probe-every", found "reader"`},
		{"probe " + ageKey(t, "age", "canary", 32), "probe " + softKey(t, "canary").String(), `line 20: want 1 fields behind "probe", found 2`},
		{"probe " + ageKey(t, "age", "canary", 32), "probe " + pq, `line 20: probe: want an X25519 key, age1..., found "` + pq[:40] + `..."`},
		{"probe " + ageKey(t, "age", "canary", 32), "probe " + alice, "line 23: recipient: want a key other than the probe's, found that of alice"},
		{"reader age-1.1", "reader age-1.2", `line 22: reader: want age-1.1 or age-1.3, found "age-1.2"`},
		{"recipient 1 alice " + alice, "recipient 1 alice", `line 23: want a layer, an officer and a key behind "recipient", found 2 fields`},
		{"recipient 1 alice", "recipient 0 alice", "line 23: recipient: want at least 1, found 0"},
		{"recipient 2 dave", "recipient 3 dave", "line 26: recipient: want at most 2, found 3"},
		{"recipient 1 alice " + alice, "recipient 1 alice " + pq, "line 23: recipient: want age-1.3 as the reader of a hybrid key, found age-1.1"},
		{"reader age-1.1\nrecipient 1 alice " + alice, "reader age-1.3\nrecipient 1 alice " + pq, "line 24: recipient: want hybrid keys alone in a layer, found others beside them in layer 1"},
		{"recipient 1 bob " + softKey(t, "bob at home").String(), "recipient 1 bob " + alice, "line 24: recipient: want each key once, found one of alice again for bob"},
		{"recipient 1 alice " + alice + "\nrecipient 1 bob " + softKey(t, "bob at home").String() + "\n", "", "line 23: recipient: want layer 1 first, found layer 2"},
		{inner, fmt.Sprintf("recipient 2 carol %s\n", alice), "line 25: recipient: want each key once, found one of alice again for carol"},
		{inner, strings.Replace(inner, "carol", "alice", 1), "line 25: recipient: want other officers in each layer, found alice in both"},
		{"rpo 30", "rpo 8785", "line 27: rpo: want at most 8784, found 8785"},
		{"rto 48", "rto 0", "line 28: rto: want at least 1, found 0"},
		{"site 47.3769", "site 47.377", `line 29: site: want a latitude from -90.0000 to 90.0000 with four decimals, found "47.377"`},
		{"site 47.3769", "site 90.0001", `line 29: site: want a latitude from -90.0000 to 90.0000 with four decimals, found "90.0001"`},
		{"site 47.3769", "site -0.0000", `line 29: site: want a latitude from -90.0000 to 90.0000 with four decimals, found "-0.0000"`},
		{"site 47.3769", "site +47.3769", `line 29: site: want a latitude from -90.0000 to 90.0000 with four decimals, found "+47.3769"`},
		{"site 47.3769", "site 047.3769", `line 29: site: want a latitude from -90.0000 to 90.0000 with four decimals, found "047.3769"`},
		{"site 47.3769", "site 4_.3769", `line 29: site: want a latitude from -90.0000 to 90.0000 with four decimals, found "4_.3769"`},
		{"8.5417", "180.0001", `line 29: site: want a longitude from -180.0000 to 180.0000 with four decimals, found "180.0001"`},
		{"8.5417", "-180.0000", "line 29: site: want 180.0000 for that longitude, found -180.0000"},
		{"8.5417", "99999999999.0000", `line 29: site: want a longitude from -180.0000 to 180.0000 with four decimals, found "99999999999.0000"`},
		{"rhone none", "rhone governance", `line 30: store: want the lock compliance or none, found "governance"`},
		{"rhone none", "rhone", `line 30: want 8 fields behind "store", found 7`},
		{"store three", "store one", "line 31: store: want each name once, found one twice"},
		{"hetzner CH", "hetzner ch", `line 30: store: want a country as two upper-case letters, such as CH, found "ch"`},
		{"store one", "store One", `line 30: store: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "One"`},
		{"verify V1 24\n", "", `line 34: verify: want V1, found "V2"`},
		{"verify V3 720", "verify V4 720", `line 36: verify: want V3, found "V4"`},
		{"verify V3 720", "verify V3 8785", "line 36: verify: want at most 8784, found 8785"},
		{"verify V3 720\n", "verify V3 720\nverify V4 9\n", `line 37: want the end of the text, found "verify"`},
		{"verify V3 720\n", "", `line 36: want "verify", found the end of the text`},
	} {
		_, err := ParseBackup(edited(t, []byte(backupText(t)), c.old, c.new))
		if err == nil || err.Error() != c.want || !errors.As(err, new(*text.Error)) {
			t.Errorf("%s: want %q, found %v", clip(c.new), c.want, err)
		}
	}
	if _, err := ParseAnnex(edited(t, []byte(backupText(t)), "drill 92", "drill 0")); err == nil {
		t.Error("want what annex backup refuses refused in any annex, found it read")
	}
	for _, b := range []Backup{{}, StrictBackup("acme"), {Vault: "a b"}} {
		if s, err := RenderBackup(b); err == nil {
			t.Errorf("want %+v refused, found %s", b, s)
		}
	}
}

// Every loop over lines of the annex ends.
func TestBackupIsBounded(t *testing.T) {
	many := func(n int, format string, arg func(int) any) string {
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprintf(format, arg(i)))
		}
		slices.Sort(lines)
		return strings.Join(lines, "")
	}
	index := func(i int) any { return fmt.Sprintf("x%03d", i) }
	key := func(i int) any { return ageKey(t, "age", fmt.Sprint(i), 32) }
	ssh := func(i int) any { return softKey(t, fmt.Sprint(i)).String() }
	country := func(i int) any { return string([]byte{'A' + byte(i/26), 'A' + byte(i%26)}) }
	for _, c := range []struct{ from, lines, want string }{
		{"store ", many(33, "store %s 1.0000 1.0000 a CH b c none\n", index), "store: want at most 32 lines, found more"},
		{"maker ", many(17, "maker a %s\n", ssh), "maker: want at most 16 lines, found more"},
		{"verifier ", many(17, "verifier a %s\n", ssh), "verifier: want at most 16 lines, found more"},
		{"recipient ", many(65, "recipient 1 alice %s\n", key), "recipient: want at most 64 lines, found more"},
		{"jurisdiction ", many(257, "jurisdiction deny %s\n", country), "jurisdiction: want at most 256 lines, found more"},
	} {
		var out strings.Builder
		done := false
		for l := range strings.Lines(backupText(t)) {
			switch {
			case !strings.HasPrefix(l, c.from):
				out.WriteString(l)
			case !done:
				out.WriteString(c.lines)
				done = true
			}
		}
		if _, err := ParseBackup([]byte(out.String())); err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("want %q, found %v", c.want, err)
		}
	}
}

// What age would not seal to, or not to those beside it, is refused before.
func TestSealingKeys(t *testing.T) {
	good := []string{
		ageKey(t, "age", "a", 32), ageKey(t, "age1pq", "a", 1216), ageKey(t, "age1tag", "a", 33), ageKey(t, "age1tagpq", "a", 1249),
		ageKey(t, "age1yubikey", "a", 33), ageKey(t, "age1x.y", "a", 1), softKey(t, "a").String(),
	}
	for _, s := range good {
		if got, err := parseSealingKey(s); err != nil || got != s {
			t.Errorf("%s: found %v", clip(s), err)
		}
		if want := strings.Contains(s, "pq1"); hybrid(s) != want {
			t.Errorf("%s: want hybrid %v", clip(s), want)
		}
	}
	bad := ageKey(t, "age", "a", 32)
	for s, want := range map[string]string{
		bad[:len(bad)-1] + "b":          `want an age key with a good checksum, found "` + bad[:40] + `..."`,
		strings.ToUpper(bad):            `want age1..., age1pq1..., age1NAME1... or ssh-ed25519 AAAA..., found "` + strings.ToUpper(bad)[:40] + `..."`,
		ageKey(t, "age", "a", 31):       "want a key of 32 bytes behind age1, found 31",
		ageKey(t, "age1pq", "a", 32):    "want a key of 1216 bytes behind age1pq1, found 32",
		ageKey(t, "age1a/b", "a", 1):    `want an age key, found "` + ageKey(t, "age1a/b", "a", 1) + `"`,
		ageKey(t, "age1p", "a", 2000):   "want a key of at most 2200 characters, found 3212",
		"KEY":                           `want age1..., age1pq1..., age1NAME1... or ssh-ed25519 AAAA..., found "KEY"`,
		"ssh-ed25519 AAAA":              "",
		hardKey(t, "a").String():        `want age1..., age1pq1..., age1NAME1... or ssh-ed25519 AAAA..., found "sk-ssh-ed25519@openssh.com AAAAGnNrLXNza..."`,
		"ssh-rsa AAAA":                  `want an ssh-ed25519 key, found "ssh-rsa"`,
		"AGE-SECRET-KEY-1QQQQ":          "want a public key, found a private one: take care where it has been",
		"AGE-PLUGIN-SECRET-KEY-1QQQQ":   "want a public key, found a private one: take care where it has been",
		softKey(t, "a").String() + " x": "",
	} {
		_, err := parseSealingKey(s)
		if err == nil || want != "" && err.Error() != want {
			t.Errorf("%s: want %q, found %v", clip(s), want, err)
		}
		if err != nil && strings.Contains(err.Error(), "QQQQ") {
			t.Errorf("want no word of a private key, found %v", err)
		}
	}
}

// A vault whose policy says nothing of backups gets the strictest values, and
// one whose annex is not here, or another, gets nothing.
func TestWithoutAnnexBackupTheStrictestHolds(t *testing.T) {
	p := annexed(tenPeople(t), nil)
	b, err := p.Backup(Annexes{annexBackup: []byte(backupText(t))})
	if err != nil || b.Named || b.Vault != p.Vault || len(b.Recipients)+len(b.Stores)+len(b.Makers) != 0 || b.Distinct != (Distinct{}) {
		t.Errorf("want the strictest values from an annex that the policy does not name, found %+v %v", b, err)
	}
	if b.Need(3) != 3 || b.LockOf("one") != LockCompliance || !b.Keep.Everything() || b.RPOHours != 24 || b.DrillDays != 92 || b.Verify.V3 != 720 || b.Reader != ReaderAge11 {
		t.Errorf("want all stores, locked, and everything kept, found %+v", b)
	}
	have := Annexes{annexBackup: []byte(backupText(t))}
	p = annexed(tenPeople(t), have)
	if b, err = p.Backup(have); err != nil || !b.Named || b.Need(3) != 2 || b.LockOf("one") != LockNone || b.LockOf("two") != LockCompliance || b.LockOf("four") != LockCompliance {
		t.Errorf("want what the annex says, found %+v %v", b, err)
	}
	for _, have := range []Annexes{nil, {annexBackup: edited(t, have[annexBackup], "copies 2", "copies 1")}} {
		if b, err := p.Backup(have); err == nil || b.Named || b.Copies != 0 {
			t.Errorf("want an error and nothing allowed, found %+v %v", b, err)
		}
	}
}

// Whoever has left the policy opens no copy.
func TestBackupRecipientsAreOfficers(t *testing.T) {
	b := edited(t, []byte(backupText(t)), "recipient 2 dave", "recipient 2 zoe")
	p := annexed(tenPeople(t), Annexes{annexBackup: b})
	want := []Reason{{CodeAnnex, "annex backup: want recipients who are officers, found zoe in layer 2"}}
	if found := p.CheckAnnexes(Annexes{annexBackup: b}); !slices.Equal(found, want) {
		t.Errorf("want %v, found %v", want, found)
	}
	good := Annexes{annexBackup: []byte(backupText(t))}
	if found := annexed(tenPeople(t), good).CheckAnnexes(good); len(found) > 0 {
		t.Errorf("want nothing, found %v", found)
	}
}

// What parses renders to the same bytes.
func FuzzParseBackup(f *testing.F) {
	f.Add([]byte(backupText(f)))
	f.Add(edited(f, []byte(backupText(f)), "reader age-1.1", "reader age-1.3"))
	f.Add([]byte("strongroom/annex@v1\nvault a\nname backup\ncopies 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := ParseBackup(b)
		if err != nil {
			if x.Named || !errors.As(err, new(*text.Error)) {
				t.Fatalf("want a refusal with a code and no annex beside it, found %v", err)
			}
			return
		}
		again, err := RenderBackup(x)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("want the same bytes, found %q, %v", again, err)
		}
		if a, err := ParseAnnex(b); err != nil || a.Name != annexBackup {
			t.Fatalf("want it read as an annex, found %v", err)
		}
		for _, l := range x.Explain().Lines {
			if !strings.HasSuffix(l, ".") {
				t.Fatalf("want sentences, found %q", l)
			}
		}
	})
}
