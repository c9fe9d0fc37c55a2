package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/backup/s3store"
	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// quiet is a desk on a chain that says what it warns of to the writer.
func quiet(n custody.Network, warnings io.Writer) *desk {
	return &desk{world: cli.World{Program: "strongroom", Err: warnings, Out: io.Discard, Now: time.Now, ErrWidth: func() int { return 0 }, Patience: asLong}, network: n}
}

// wantRefusal compares sentence, codes and whether it is an alarm.
func wantRefusal(t *testing.T, err error, sentence, codes string, alarm bool) {
	t.Helper()
	var r cli.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("want the refusal %q, found %v", sentence, err)
	}
	if r.Sentence != sentence || strings.Join(r.Codes, " ") != codes || r.Alarm != alarm {
		t.Errorf("want %q, %s, alarm %t, found %q, %v, %t", sentence, codes, alarm, r.Sentence, r.Codes, r.Alarm)
	}
}

// An officer who left opens no further snapshot, whatever the annex says.
func TestRunRefusesARecipientWhoLeft(t *testing.T) {
	b := policy.StrictBackup(signertest.VaultID)
	key := signertest.NewKey(t, sshsig.Ed25519, "zoe").Key().String()
	b.Copies, b.Makers = 1, []policy.BackupMaker{{ID: "backup-job", Key: signertest.NewKey(t, sshsig.Ed25519, "job").Key().String()}}
	b.Recipients = []policy.BackupRecipient{{Layer: 1, Officer: "zoe", Key: key}}
	b.Stores = []policy.BackupStore{{ID: "one", Provider: "p", Country: "DE", Account: "a", Zone: "z", Lock: policy.LockNone}}
	annex, err := policy.RenderBackup(b)
	if err != nil {
		t.Fatal(err)
	}
	v := signertest.Draft(t, signertest.WithAnnex("backup", annex))
	have := policy.Annexes{"backup": annex}
	wantRefusal(t, misfits(v.Policy, have), "annex backup: want recipients who are officers, found zoe in layer 1", "POL-ANNEX", false)
	if err := misfits(v.Policy, policy.Annexes{}); err == nil || !strings.HasPrefix(err.Error(), "annex backup: want the text ") {
		t.Errorf("want a run without the annex's text refused, found %v", err)
	}
}

func TestWithoutAnnexFoldersAreForTestChains(t *testing.T) {
	stores := []namedStore{{name: "one", path: "/mnt/one"}}
	var warned bytes.Buffer
	if err := quiet(custody.Regtest, &warned).checkPlaces(policy.StrictBackup("v"), stores, nil); err != nil || !strings.Contains(warned.String(), "no annex backup") {
		t.Errorf("want a warning, found %v %q", err, warned.String())
	}
	wantRefusal(t, quiet(custody.Mainnet, io.Discard).checkPlaces(policy.StrictBackup("v"), stores, nil),
		"store one: want one that locks, as holds while the policy has no annex backup, found a folder", "BAK-LOCK", false)
	stores[0].bucket = bucket{name: "b"}
	if err := quiet(custody.Mainnet, io.Discard).checkPlaces(policy.StrictBackup("v"), stores, nil); err != nil {
		t.Errorf("want a bucket taken, found %v", err)
	}
}

func TestCopiesAreOnlyRaised(t *testing.T) {
	named := policy.Backup{Named: true, Copies: 2}
	for _, c := range []struct {
		b     policy.Backup
		n     custody.Network
		asked uint8
		want  uint8
		err   string
	}{
		{named, custody.Mainnet, 0, 2, ""},
		{named, custody.Mainnet, 3, 3, ""},
		{named, custody.Regtest, 1, 0, "--copies: want at least 2, found 1"},
		{policy.StrictBackup("v"), custody.Mainnet, 0, 3, ""},
		{policy.StrictBackup("v"), custody.Mainnet, 2, 0, "--copies: want at least 3, found 2"},
		{policy.StrictBackup("v"), custody.Regtest, 2, 2, ""},
	} {
		got, err := quiet(c.n, io.Discard).copiesWanted(c.b, c.asked, 3)
		if got != c.want || errText(err) != c.err {
			t.Errorf("%+v: found %d, %v", c, got, err)
		}
	}
}

// A bucket's region that we know is held against the place that was declared.
func TestARegionElsewhereThanDeclaredIsFound(t *testing.T) {
	b := policy.StrictBackup("v")
	b.Named, b.Distinct = true, policy.Distinct{Accounts: 1, Jurisdictions: 1, Providers: 1, Zones: 1}
	b.Stores = []policy.BackupStore{{ID: "one", Place: policy.Point{Lat: 500000, Lon: 86000}, Provider: "aws", Country: "DE", Account: "a", Zone: "z", Lock: policy.LockCompliance}}
	if f := placeFindings(b, []namedStore{{name: "one", bucket: bucket{name: "b", region: "eu-central-1"}}}, nil); len(f) != 0 {
		t.Errorf("want none near Frankfurt, found %v", f)
	}
	f := placeFindings(b, []namedStore{{name: "one", bucket: bucket{name: "b", region: "us-west-2"}}}, nil)
	if len(f) != 1 || f[0].Rule != "region" {
		t.Errorf("want the region found elsewhere, found %v", f)
	}
}

func TestPluginKeysAreTold(t *testing.T) {
	for key, want := range map[string]bool{"age1qqqq": false, "age1pq1qqq": false, "age1yubikey1qqq": true, "age1tpm1qqq": true, "ssh-ed25519 AAAA": false} {
		if isPluginKey(key) != want {
			t.Errorf("%s: want %t", key, want)
		}
	}
	_, err := sealingKey(quiet(custody.Regtest, io.Discard).world, policy.BackupRecipient{Layer: 1, Officer: "carol", Key: "age1yubikey1nonsense"})
	if err == nil || !strings.HasPrefix(err.Error(), "recipient of carol: ") {
		t.Errorf("found %v", err)
	}
}

// What a store must refuse and allowed is an alarm; a clock that is off is not.
func TestProbeAlarmsWhenAStoreAllowsWhatItMustNot(t *testing.T) {
	if err := probeVerdict([]probed{{Store: "one"}}); err != nil {
		t.Errorf("found %v", err)
	}
	wantRefusal(t, probeVerdict([]probed{{Store: "one"}, {Store: "two", Bad: []string{"delete: want it refused"}, Alarm: true}}),
		"store two: delete: want it refused", "BAK-PROBE", true)
	wantRefusal(t, probeVerdict([]probed{{Store: "two", Bad: []string{"clock: off"}}}), "store two: clock: off", "BAK-PROBE", false)
	r := probed{}
	r.judge(s3store.Report{Findings: []s3store.Finding{{Name: "clock", Required: true}, {Name: "plain-http"}}})
	if r.Alarm || len(r.Bad) != 1 {
		t.Errorf("want no alarm for a clock, found %+v", r)
	}
	for _, name := range mustRefuse() {
		r := probed{}
		if r.judge(s3store.Report{Findings: []s3store.Finding{{Name: name, Required: true}}}); !r.Alarm {
			t.Errorf("%s: want an alarm, found none", name)
		}
	}
}

func TestStatusVerdict(t *testing.T) {
	if err := (backupReport{drilled: true}).verdict(); err != nil {
		t.Errorf("found %v", err)
	}
	var old backupReport
	old.late(helpProbe, "one: old", "two: old")
	old.late(helpRun, "three: old")
	wantRefusal(t, old.verdict(), "one: old", "BAK-LATE", false)
	if r, ok := old.verdict().(cli.Refusal); !ok || r.Hint != helpProbe {
		t.Errorf("hint: want the one that helps against the first line, %q, found %q", helpProbe, r.Hint)
	}
	wantRefusal(t, backupReport{Late: []string{"one: old"}, Alarm: "too old"}.verdict(), "too old", "BAK-RPO", true)
}

// As many copies as the annex asks for are younger than its rpo, or it is an
// alarm.
func TestCopiesOlderThanTheRPO(t *testing.T) {
	now := time.Date(2026, 11, 21, 20, 50, 0, 0, time.UTC)
	rules := policy.Backup{Named: true, Copies: 2, RPOHours: 24, Stores: []policy.BackupStore{{ID: "listed"}}}
	aged := func(ages ...time.Duration) (out []storeStatus) {
		for _, age := range ages {
			out = append(out, storeStatus{Store: "listed", Snapshot: 7, taken: now.Add(-age)})
		}
		return out
	}
	for _, c := range []struct {
		stores []storeStatus
		found  string
	}{
		{aged(time.Hour, 24*time.Hour, 90*time.Hour), ""},
		{aged(time.Hour, 24*time.Hour+time.Second), "1"},
		{aged(48*time.Hour, 25*time.Hour, 90*time.Hour), "0"},
		{append(aged(time.Hour), storeStatus{Store: "listed", taken: now}), "1"},             // a store that has none
		{append(aged(time.Hour), storeStatus{Store: "other", Snapshot: 7, taken: now}), "1"}, // one that the annex does not list
		{nil, "0"},
	} {
		want := ""
		if c.found != "" {
			want = "good copies not older than 24 hours: want 2, found " + c.found
		}
		if got := tooOld(rules, c.stores, now); got != want {
			t.Errorf("want %q, found %q", want, got)
		}
	}
	rules.Named, rules.Copies = false, 1
	if got := tooOld(rules, []storeStatus{{Store: "other", Snapshot: 7, taken: now}}, now); got != "" {
		t.Errorf("without the annex: want none, found %q", got)
	}
}

// The file parses as Prometheus' text format, with every store in every metric
// that it has a value for.
func TestMetricsParse(t *testing.T) {
	now := time.Date(2026, 11, 21, 20, 50, 0, 0, time.UTC)
	r := backupReport{Alarm: "too old", Late: []string{"one: x", "two: y"}, Stores: []storeStatus{
		{Store: "one", Snapshot: 7, Taken: "2026-11-21T20:00:00Z", Verified: map[string]string{"V1": "2026-11-21T20:10:00Z"}, Late: []string{"x"}},
		{Store: "two", Covered: []string{"a", "b"}, Locked: "2027-11-21T20:00:00Z"},
	}}
	line := regexp.MustCompile(`^(strongroom_backup_[a-z0-9_]+)(\{store="([a-z0-9-]+)"\})? ([0-9]+)$`)
	values, described := map[string]float64{}, map[string]int{}
	for l := range strings.Lines(string(metricsText(r, now))) {
		l = strings.TrimSuffix(l, "\n")
		if f := strings.SplitN(l, " ", 4); f[0] == "#" {
			if len(f) != 4 || f[1] != "HELP" && (f[1] != "TYPE" || f[3] != "gauge") {
				t.Errorf("want HELP or TYPE, found %q", l)
			}
			described[f[2]]++
			continue
		}
		m := line.FindStringSubmatch(l)
		if m == nil || described[m[1]] != 2 {
			t.Fatalf("want a described metric, found %q", l)
		}
		v, err := strconv.ParseFloat(m[4], 64)
		if _, twice := values[m[1]+m[3]]; err != nil || twice {
			t.Errorf("want each value once, found %q %v", l, err)
		}
		values[m[1]+m[3]] = v
	}
	for name, want := range map[string]float64{
		"snapshot_numberone": 7, "snapshot_numbertwo": 0, "snapshot_taken_secondsone": float64(now.Add(-50 * time.Minute).Unix()),
		"verified_v1_secondsone": float64(now.Add(-40 * time.Minute).Unix()), "covered_objectstwo": 2, "locked_until_secondstwo": 1826827200,
		"store_lateone": 1, "late": 2, "alarm": 1, "checked_seconds": float64(now.Unix()),
	} {
		if got, ok := values["strongroom_backup_"+name]; !ok || got != want {
			t.Errorf("%s: want %.0f, found %.0f, %t", name, want, got, ok)
		}
	}
	for _, name := range []string{"snapshot_taken_secondstwo", "verified_v2_secondsone", "probed_secondsone"} {
		if _, ok := values["strongroom_backup_"+name]; ok {
			t.Errorf("%s: want no value for what never happened", name)
		}
	}
}

func TestPricesAreReadStrictly(t *testing.T) {
	got, err := parsePrices([]byte("price one 0.023 0.09 0.005\nprice two 1 2 3\n"))
	if err != nil || !maps.Equal(got, map[text.ID]price{"one": {0.023, 0.09, 0.005}, "two": {1, 2, 3}}) {
		t.Errorf("found %v, %v", got, err)
	}
	for in, want := range map[string]string{
		"":                                   "prices: line 1: want price, a store and three numbers, found something else",
		"price one 1 2\n":                    "prices: line 1: want price, a store and three numbers, found something else",
		"price One 1 2 3\n":                  `prices: line 1: want stores sorted, each once, found "One"`,
		"price two 1 2 3\nprice one 1 2 3\n": `prices: line 2: want stores sorted, each once, found "one"`,
		"price one -1 2 3\n":                 `prices: line 1: want numbers from 0 to 1000000, found "-1"`,
		"price one 1 NaN 3\n":                `prices: line 1: want numbers from 0 to 1000000, found "NaN"`,
		"price one 1 2 1e300\n":              `prices: line 1: want numbers from 0 to 1000000, found "1e300"`,
	} {
		if _, err := parsePrices([]byte(in)); errText(err) != want {
			t.Errorf("%q: want %q, found %v", in, want, err)
		}
	}
	if got := (outlay{bytes: 1000, seconds: 60}).off(outlay{bytes: 1500, seconds: 30}); got != "1500 bytes, +50 % from the forecast; 0.5 minutes, -50 % from it" {
		t.Errorf("found %s", got)
	}
}

func FuzzParsePrices(f *testing.F) {
	f.Add([]byte("price one 0.023 0.09 0.005\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parsePrices(b)
		for id, p := range got {
			if err == nil && (slices.Max([]float64{p.month, p.egress, p.request}) > maxPrice || id == "") {
				t.Fatalf("found %v", got)
			}
		}
	})
}

func TestWhatIsThereFromBeforeIsReadAgainInTime(t *testing.T) {
	now := time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	year := policy.Schedule{V1: 24, V2: 168, V3: 8784}
	for name, c := range map[string]struct {
		snapshot uint64
		before   time.Duration
		taken    time.Duration // before that
		begun    []uint64
		schedule policy.Schedule
		want     bool
	}{
		"a moment ago":                        {3, time.Minute, 0, nil, year, false},
		"five days ago":                       {3, 5 * 24 * time.Hour, 0, nil, year, false},
		"six days ago":                        {3, 6 * 24 * time.Hour, 0, nil, year, true},
		"in a time to come":                   {3, -24 * time.Hour, 0, nil, year, true},
		"a snapshot that waited long":         {3, time.Minute, 6 * 24 * time.Hour, nil, year, true},
		"one that waited less":                {3, time.Minute, 5 * 24 * time.Hour, nil, year, false},
		"of a number beyond the chain":        {999_999_999, time.Minute, 0, nil, year, true},
		"sent since, and it did not end well": {3, time.Minute, 0, []uint64{4}, year, true},
		"sent before, and read since":         {3, time.Minute, 0, []uint64{2, 3}, year, false},
		"half a schedule of two days":         {3, 24 * time.Hour, 0, nil, policy.Schedule{V1: 24, V2: 24, V3: 48}, true},
		"less than that":                      {3, 23 * time.Hour, 0, nil, policy.Schedule{V1: 24, V2: 24, V3: 48}, false},
		"without a schedule":                  {3, time.Minute, 0, nil, policy.Schedule{}, true},
	} {
		at := now.Add(-c.before)
		n := storeNotes{Read: readNote{c.snapshot, at.Format(time.RFC3339)}, Begun: c.begun}
		if found := rereadDue(n, at.Add(-c.taken), 4, c.schedule, now); found != c.want {
			t.Errorf("%s: want %v, found %v", name, c.want, found)
		}
	}
	verified := storeNotes{Proven: map[string]provenNote{"V3": {Snapshot: 4, At: now.Format(time.RFC3339)}}}
	if !rereadDue(verified, now, 4, year, now) || !rereadDue(storeNotes{}, now, 4, year, now) {
		t.Error("no run did: want true, found false")
	}
}

func TestNotesTellTheHighestLevel(t *testing.T) {
	n := storeNotes{Proven: map[string]provenNote{"V1": {Snapshot: 3, At: "2026-11-21T20:00:00Z"}, "V3": {Snapshot: 2, At: "2026-11-20T20:00:00Z"}}}
	p := n.proofs()
	if best := p.highest(3); best.level != backup.V1 {
		t.Errorf("want V1, found %s", best.level)
	}
	if best := p.highest(2); best.level != backup.V3 || best.at.Format(time.RFC3339) != "2026-11-20T20:00:00Z" {
		t.Errorf("want V3, found %s", best.level)
	}
	now := time.Date(2026, 11, 21, 19, 30, 0, 0, time.UTC) // V1 by a clock that was some minutes ahead
	if got := p.upTo(now.Add(-2*time.Hour)).last(backup.V1, time.Unix(1<<40, 0)).at; got.Day() != 20 {
		t.Errorf("want what is not yet left out, found %v", got)
	}
	if best := p.upTo(now.Add(-2 * time.Hour)).highest(3); best.level != 0 {
		t.Errorf("want no level of a time to come, found %s", best.level)
	}
	p = p.upTo(now)
	if got := p.last(backup.V2, time.Unix(1<<40, 0)).at; got.Day() != 20 {
		t.Errorf("want a whole read to count as a sample too, found %v", got)
	}
	if got := p.last(backup.V1, time.Unix(1<<40, 0)).at; got.Day() != 21 {
		t.Errorf("found %v", got)
	}
	n.Proven["V4"] = provenNote{Snapshot: 3, At: "2026-11-22T20:00:00Z"}
	p = n.proofs()
	if best := p.highest(3); best.level != backup.V4 {
		t.Errorf("want V4, found %s", best.level)
	}
	if got := p.last(backup.V3, time.Unix(1<<40, 0)).at; got.Day() != 20 {
		t.Errorf("want opened ends no whole read, found %v", got)
	}
	if got := p.last(backup.V2, time.Unix(1<<40, 0)).at; got.Day() != 20 {
		t.Errorf("want opened ends no sample, found %v", got)
	}
	if got := p.last(backup.V1, time.Unix(1<<40, 0)).at; got.Day() != 22 {
		t.Errorf("want opened ends to count as compared checksums, found %v", got)
	}
	if got := p.last(backup.V4, time.Unix(1<<40, 0)).at; got.Day() != 22 {
		t.Errorf("found %v", got)
	}
	if got := (storeNotes{}).proofs().last(backup.V1, time.Unix(1<<40, 0)).at; !got.IsZero() {
		t.Errorf("found %v", got)
	}
}

// What was read again of an old snapshot says nothing of the newest.
func TestALevelIsOfTheNewestSnapshotThatReachedIt(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }
	p := proofs{{backup.V3, 1, at(20), "auditor"}, {backup.V3, 4, at(18), "auditor"}, {backup.V2, 5, at(21), "auditor"}, {backup.V3, 6, at(2), "auditor"}}
	for _, c := range []struct {
		level backup.Level
		since int
		want  uint64
	}{{backup.V3, 15, 4}, {backup.V3, 19, 1}, {backup.V2, 15, 5}, {backup.V3, 1, 6}, {backup.V3, 25, 1}} {
		if got := p.last(c.level, at(c.since)); got.snapshot != c.want {
			t.Errorf("%s since %d: want snapshot %d, found %d", c.level, c.since, c.want, got.snapshot)
		}
	}
	if got := (proofs{}).last(backup.V1, at(1)); got != (proof{}) {
		t.Errorf("want nothing, found %v", got)
	}
}

func TestAPostureThatNobodyLookedAtIsLate(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	folders, buckets := []namedStore{{name: "one", path: "/mnt/one"}}, []namedStore{{name: "one", path: "/mnt/one"}, {name: "two", bucket: bucket{name: "b"}}}
	for _, c := range []struct {
		name   string
		at     time.Time
		stores []namedStore
		want   string
	}{
		{"never, with a bucket", time.Time{}, buckets, "posture: nobody looked at buckets, credentials and this machine yet"},
		{"never, with folders", time.Time{}, folders, ""},
		{"a week ago", now.AddDate(0, 0, -7), buckets, ""},
		{"nine days ago", now.AddDate(0, 0, -9), folders, "posture: want it looked at within 8 days, found the last of 2026-11-13T00:00:00Z"},
		{"tomorrow", now.AddDate(0, 0, 1), buckets, "posture: want it looked at within 8 days, found the last of 2026-11-23T00:00:00Z"},
	} {
		var r backupReport
		r.addPosture(c.at, nil, c.stores, now)
		if got := strings.Join(r.Late, "; "); got != c.want {
			t.Errorf("%s: want %q, found %q", c.name, c.want, got)
		}
	}
}

func TestPauseEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pause(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("found %v", err)
	}
	if err := pause(t.Context(), time.Microsecond); err != nil {
		t.Error(err)
	}
}
