package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// metric is one name of the text format, with a value for each store or one
// without.
type metric struct {
	name, help string
	of         func(storeStatus) (float64, bool)
}

// storeMetrics are told for each store. What never happened has no line.
func storeMetrics() []metric {
	at := func(pick func(storeStatus) string) func(storeStatus) (float64, bool) {
		return func(s storeStatus) (float64, bool) {
			t, err := time.Parse(time.RFC3339, pick(s))
			return float64(t.Unix()), err == nil
		}
	}
	verified := func(level string) func(storeStatus) (float64, bool) {
		return at(func(s storeStatus) string { return s.Verified[level] })
	}
	return []metric{
		{"snapshot_number", "Newest snapshot that the store has as its manifest says.", func(s storeStatus) (float64, bool) { return float64(s.Snapshot), true }},
		{"snapshot_taken_seconds", "When it was taken.", at(func(s storeStatus) string { return s.Taken })},
		{"verified_v1_seconds", "When stored checksums were last compared.", verified("V1")},
		{"verified_v2_seconds", "When a sample was last read.", verified("V2")},
		{"verified_v3_seconds", "When every byte was last read.", verified("V3")},
		{"verified_v4_seconds", "When a header was last opened and the ends authenticated.", verified("V4")},
		{"locked_until_seconds", "When the first lock of the newest copy ends.", at(func(s storeStatus) string { return s.Locked })},
		{"covered_objects", "Objects that somebody wrote over.", func(s storeStatus) (float64, bool) { return float64(len(s.Covered)), true }},
		{"recovery_page", "1 when a page that says how to open it lies beside the newest copy.", func(s storeStatus) (float64, bool) { return float64(min(1, len(s.Page))), true }},
		{"credential_issued_seconds", "When the credentials were issued.", at(func(s storeStatus) string { return s.Credential })},
		{"probed_seconds", "When the store was last probed.", at(func(s storeStatus) string { return s.Probed })},
		{"drill_until_seconds", "Until when a drill of this store counts.", at(func(s storeStatus) string { return s.Drill })},
		{"round_trip_microseconds", "The shortest way there and back that was measured.", func(s storeStatus) (float64, bool) { return float64(s.RoundTrip), s.RoundTrip > 0 }},
		{"unsigned_claims", "What notes claim and no signed result bears out.", func(s storeStatus) (float64, bool) { return float64(len(s.Unsigned)), true }},
		{"store_late", "How many things are late.", func(s storeStatus) (float64, bool) { return float64(len(s.Late)), true }},
	}
}

const metricPrefix = "strongroom_backup_"

// metricsText renders a report as Prometheus reads it from a file. Names of
// stores need no escape.
func metricsText(r backupReport, now time.Time) []byte {
	var b strings.Builder
	one := func(name, help string, value float64) {
		fmt.Fprintf(&b, "# HELP %s%s %s\n# TYPE %s%s gauge\n%s%s %.0f\n", metricPrefix, name, help, metricPrefix, name, metricPrefix, name, value)
	}
	for _, m := range storeMetrics() {
		fmt.Fprintf(&b, "# HELP %s%s %s\n# TYPE %s%s gauge\n", metricPrefix, m.name, m.help, metricPrefix, m.name)
		for _, s := range r.Stores {
			if v, ok := m.of(s); ok {
				fmt.Fprintf(&b, "%s%s{store=\"%s\"} %.0f\n", metricPrefix, m.name, s.Store, v)
			}
		}
	}
	alarm := 0.0
	if r.Alarm != "" {
		alarm = 1
	}
	one("late", "How many things are late in all.", float64(len(r.Late)))
	one("alarm", "1 when more would be lost now than the officers allowed.", alarm)
	one("checked_seconds", "When this was written.", float64(now.Unix()))
	return []byte(b.String())
}

// replaceFile writes a file that other programs read at any time: whole, or not
// at all, and for everybody to read. It holds no secret, and nothing depends on
// it, so it is not synced.
func replaceFile(name string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what was not finished
	}
	return err
}
