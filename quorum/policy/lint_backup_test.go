package policy

import (
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/text"
)

func TestLintBackup(t *testing.T) {
	good := backupText(t)
	inner := good[strings.Index(good, "recipient 2 carol"):strings.Index(good, "rpo ")]
	dave := inner[strings.Index(inner, "recipient 2 dave"):]
	unnamed := annexed(tenPeople(t), nil)
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"nothing", "", "", nil},
		{"one layer", inner, "", []string{"warning: LINT-OPENER recipient: want two layers, so that nobody opens a snapshot alone, found one, which alice or bob can open alone"}},
		{"one officer in a layer", dave, "", []string{"warning: LINT-BACKUP recipient: want 2 officers or more in layer 2, so that nothing is lost with one, found carol"}},
		{"one copy", "copies 2", "copies 1", []string{"warning: LINT-BACKUP copies: want 2 or more, found 1"}},
		{"unlocked", "spree compliance", "spree none", []string{
			"warning: LINT-BACKUP store: want as many with lock compliance as copies, 2, found 1, so whoever has the accounts deletes every copy that a run asks for"}},
		{"rpo", "rpo 30", "rpo 6", []string{"warning: LINT-BACKUP rpo: want 24 or more, as often as the timer makes a snapshot unless it is set to more, found 6"}},
		{"verify", "verify V1 24", "verify V1 900", []string{"warning: LINT-BACKUP verify: want V1 at least as often as V3, found every 900 and every 720 hours"}},
		{"the maker opens", "maker backup-job " + softKey(t, "backup-job").String(), "maker backup-job " + softKey(t, "bob at home").String(),
			[]string{"warning: LINT-BACKUP maker backup-job: want a key that opens nothing, found one that is a recipient of bob"}},
	} {
		b := []byte(good)
		if c.old != "" {
			b = edited(t, b, c.old, c.new)
		}
		have := Annexes{annexBackup: b}
		t.Run(c.name, func(t *testing.T) {
			linted(t, annexed(tenPeople(t), have).Lint(have), c.want, LintBackup, LintOpener)
			linted(t, unnamed.Lint(have), nil, LintBackup, LintOpener)
		})
	}
	have := Annexes{annexBackup: []byte(good)}
	p := annexed(tenPeople(t), have)
	linted(t, p.Lint(nil), []string{"warning: LINT-BACKUP annex backup: want its text, found none, so what it says is not assessed"}, LintBackup)
	other := edited(t, []byte(good), "rpo 30", "rpo 25")
	linted(t, p.Lint(Annexes{annexBackup: other}), []string{
		"error: LINT-BACKUP annex backup: want the text " + text.Identity([]byte(good)).String() + ", found " + text.Identity(other).String()}, LintBackup)
}

func TestBackupIsTold(t *testing.T) {
	b := wholeBackup(t)
	told := strings.Join(b.Explain().Lines, "\n")
	for _, want := range []string{
		"A backup is done when 2 copies of 3 are good.",
		"At most 30 hours of the vault's records may be lost, and it may take at most 2 days until they are back.",
		"Every copy is locked for at least 92 days, and the keeper keeps as much of the lock ahead.",
		"Kept are the newest snapshots of 14 days, 8 weeks, 24 months and 10 years. The locks of others run out.",
		"A snapshot opens with two people: alice or bob for the outer layer, and then carol or dave for the inner one.",
		"Everything opens with age 1.1 or a later one, without this program.",
		"which opens nothing else, and is fetched and opened every 24 hours.",
		"The vault works at 47.3769 8.5417.",
		"Store one is at 46.2044 6.1432, in CH: provider hetzner, account acct-1, zone rhone. It has no lock: whoever has the account can delete.",
		"Store two is at 52.5200 13.4050, in DE: provider aws, account acct-2, zone spree. It can refuse deleting, even by its owner.",
		"Every store lies at least 100 km from there.", "Any two stores lie at least 300 km apart.",
		"The stores are in at least 3 different accounts.", "The stores are in at least 2 different countries.",
		"No store stands outside CH and DE.", "No store stands in US.",
		"At least every 30 days, every byte of every copy is read and compared.",
		"A drill, in which people really restore, counts for 92 days.",
		"A store's credential is at most 90 days old.",
		"backup-job signs what a snapshot is, with ssh-ed25519 ",
		"auditor says whether copies are good, with ssh-ed25519 ",
		"Layer 2 is sealed to age1yubikey1",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("want %q, found\n%s", want, told)
		}
	}
	for _, not := range []string{"providers", "zones", "strictest"} {
		if strings.Contains(told, not) {
			t.Errorf("want nothing of %s, found\n%s", not, told)
		}
	}
	strict := strings.Join(StrictBackup("acme").Explain().Lines, "\n")
	for _, want := range []string{"The policy has no annex about backups.", "every store has a good copy", "Every snapshot is kept.",
		"Any officer with an ssh-ed25519 key opens a snapshot alone", "No store is listed", "There is no canary"} {
		if !strings.Contains(strict, want) {
			t.Errorf("want %q, found\n%s", want, strict)
		}
	}
}

// Filled in, the template of every preset is an annex that its policy takes.
func TestBackupTemplateIsFilledIn(t *testing.T) {
	for preset, want := range map[Preset]struct{ stores, layers int }{Team: {2, 1}, Fund: {3, 1}, Exchange: {3, 2}} {
		p := staffed(t, preset, custody.Mainnet)
		b := string(p.BackupTemplate(preset, StrictBackup(p.Vault)))
		var lines []string
		for l := range strings.Lines(b) {
			if l = strings.TrimSuffix(l, "\n"); l != "" && !strings.HasPrefix(l, "# ") {
				lines = append(lines, l)
			}
		}
		seen := map[string]string{"KEY": "", "PROVIDER": "hetzner", "COUNTRY": "CH", "ACCOUNT": "acct", "ZONE": "rhone", "LATITUDE": "47.3769", "LONGITUDE": "8.5417"}
		for i, l := range lines {
			f := strings.Split(l, " ")
			for j, word := range f {
				to, blank := seen[word]
				switch {
				case word == "KEY" && f[0] == "maker":
					to = strings.Fields(softKey(t, "maker").String())[1]
				case word == "KEY":
					to = ageKey(t, "age", l, 32)
				case !blank:
					to = word
				}
				f[j] = to
			}
			lines[i] = strings.Join(f, " ")
		}
		slices.Sort(lines)
		raw := wholeText(t)(RenderAnnex(AnnexText{Vault: p.Vault, Name: annexBackup, Lines: lines}))
		x, err := ParseBackup(raw)
		if err != nil {
			t.Fatalf("%s: %v\n%s", preset, err, b)
		}
		if len(x.Stores) != want.stores || len(x.Layer(want.layers)) < 2 || want.layers == 1 && len(x.Layer(2)) > 0 {
			t.Errorf("%s: want %d stores and %d layers, found %+v", preset, want.stores, want.layers, x)
		}
		have := Annexes{annexBackup: raw}
		if found := annexed(p, have).CheckAnnexes(have); len(found) > 0 {
			t.Errorf("%s: want it to fit its policy, found %v", preset, found)
		}
		for _, id := range p.members("watch") {
			if strings.Contains(b, " "+string(id)+" ") {
				t.Errorf("%s: want no watcher to open a copy, found %s", preset, id)
			}
		}
	}
	empty := string(presetDraft(t, Exchange, custody.Mainnet).BackupTemplate(Exchange, StrictBackup("acme")))
	if strings.Contains(empty, "\nrecipient ") || !strings.Contains(empty, "\nprobe KEY\nprobe-every 24\n") {
		t.Errorf("want nobody named in a draft without people, found\n%s", empty)
	}
	now := wholeBackup(t)
	again := string(presetDraft(t, Team, custody.Regtest).BackupTemplate(Team, now))
	for _, l := range now.lines() {
		if !strings.Contains(again, "\n"+l+"\n") {
			t.Errorf("want the annex that is there to be changed, found no %q", l)
		}
	}
	if keywords := len(templateRemarks()); strings.Count(empty, "\n# ")-1 != keywords || keywords != 18 {
		t.Errorf("want a remark for each of 18 kinds of line, found %d", keywords)
	}
}

func wholeBackup(t testing.TB) Backup {
	t.Helper()
	b, err := ParseBackup([]byte(backupText(t)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wholeText(t testing.TB) func([]byte, error) []byte {
	return func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

func TestAnnexLines(t *testing.T) {
	old, next := AnnexText{Lines: []string{"copies 2", "rpo 24"}}, AnnexText{Lines: []string{"copies 3", "rpo 24", "rto 9"}}
	var found []string
	for _, c := range AnnexLines(old, next) {
		found = append(found, c.String())
	}
	if want := []string{"- copies 2", "+ copies 3", "+ rto 9"}; !slices.Equal(found, want) {
		t.Errorf("want %q, found %q", want, found)
	}
	if found := AnnexLines(AnnexText{}, next); len(found) != 3 || !found[0].Added {
		t.Errorf("want every line of a new annex, found %v", found)
	}
	if found := AnnexLines(old, old); len(found) != 0 {
		t.Errorf("want nothing, found %v", found)
	}
}
