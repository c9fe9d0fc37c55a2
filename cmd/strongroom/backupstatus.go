package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func backupStatusCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "each store's newest copy, and what is late",
		Long: "Holds what is known of each store against annex backup: how old its newest copy is, when each level of verification was last reached, until when it is locked, whether somebody wrote over an object, whether a probe was good, and until when a drill's certificate counts; and which keys that are no recipient any more still open what. Without the annex the strictest values hold.\n\n" +
			"Under annex backup a level counts when this command saw it itself (V1) or a verifier of the annex in force signed it ('backup verify --key', 'backup probe --key'); while the annex names no verifier, a maker may. What 'backup run' signs of its own copies is told as shipped. The newest signed result of a copy counts, and is told with its time and who signed; one that found the copy no good holds until who found that, or a verifier, looked as hard and found it good. What a sample (V2) found bad only a whole read (V3) makes good, since the next sample reads other parts. What notes claim beyond that is told as unsigned.\n\n" +
			"Whatever is late ends with 3. When fewer copies than the annex asks for are younger than its rpo, so that more would be lost now than the officers allowed, it is an alarm and ends with 4.\n\n" +
			"--metrics writes the same for Prometheus' textfile collector. --heartbeat writes the time to a file when all is well, and nothing else: watch its age from elsewhere, and a machine that died is noticed too.",
		Example: "strongroom backup status || mail -s 'backup late' security@example.com\n" +
			"  strongroom backup status --metrics /var/lib/node_exporter/strongroom.prom --heartbeat /run/strongroom/backup-ok",
	}
	var f statusFlags
	cmd.Flags().StringVar(&f.metrics, "metrics", "", "also write a `FILE` for Prometheus")
	cmd.Flags().StringVar(&f.heartbeat, "heartbeat", "", "write the time to this `FILE` when all is well")
	f.asJSON = cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.backupStatus(cmd.Context(), f) })
	}
	return cmd
}

type statusFlags struct {
	metrics, heartbeat string
	asJSON             *bool
}

// storeStatus is what is known of one store.
type storeStatus struct {
	Store      text.ID           `json:"store"`
	Path       string            `json:"path"`
	Snapshot   uint64            `json:"snapshot"` // newest whose stored checksum is right; 0 for none
	Taken      string            `json:"taken"`
	Level      string            `json:"level"` // the highest that this snapshot reached here
	Reached    string            `json:"reached"`
	By         text.ID           `json:"reached_signed_by"` // empty: nobody, or seen by this very command
	Shipped    string            `json:"shipped"`           // what a maker says of its own copies, where there are verifiers
	Unsigned   []string          `json:"unsigned"`          // what notes claim and nobody signed
	Page       string            `json:"page"`              // for emergencies, beside it; empty for none
	Reread     string            `json:"reread"`            // when all bytes of a copy were last read
	Opened     string            `json:"opened"`            // when the header of a copy was last opened outside a drill
	Verified   map[string]string `json:"verified"`
	VerifiedOf map[string]uint64 `json:"verified_snapshot"` // by level, which snapshot that was
	Locked     string            `json:"locked_until"`      // when the first lock of the newest copy ends
	Covered    []string          `json:"covered"`
	Credential string            `json:"credential_issued"`
	Probed     string            `json:"probed"`
	Region     string            `json:"region"`
	RoundTrip  int64             `json:"round_trip_us"` // the shortest measured; 0 for none
	Bound      int               `json:"bound_km"`      // it is at most so far away; 0 where it was not measured
	Kilometres int               `json:"site_km"`       // from the site, as annex backup says; 0 without
	Seen       string            `json:"seen"`          // when
	Where      string            `json:"where"`
	Drill      string            `json:"drill"`               // until when the newest good certificate counts
	DrillOf    uint64            `json:"drill_snapshot"`      // what it restored; 0 where its manifest is not known
	DrillSeed  string            `json:"drill_seed"`          // the block that chose this store for it; empty when people did
	DrillAt    uint32            `json:"drill_seed_height"`   // of that block
	Unasked    bool              `json:"drill_approval_none"` // that drill was by nobody's leave
	Late       []string          `json:"late"`

	taken, locked, drill time.Time
	drilled              time.Time // when what the drill restored was taken
	odd                  []string  // pages that nobody may follow
	told                 []string  // about re-wraps, and late no more
	helps                []string  // for each line of Late, the command that helps
}

// backupReport is what status tells.
type backupReport struct {
	Stores   []storeStatus `json:"stores"`
	Places   []string      `json:"places"`
	Pageless int           `json:"without_page"` // stores whose newest copy has no recovery page
	Forecast string        `json:"forecast"`
	Readers  []string      `json:"readers"` // who opens what though they are no recipient, and who cannot open what though they are
	Posture  string        `json:"posture"` // when it was last looked at; empty for never
	Faults   []string      `json:"posture_bad"`
	Lost     []string      `json:"lost"`    // bad everywhere and told for long: late no more
	Rewraps  []string      `json:"rewraps"` // that rival, or whose headers are not there, told for long
	Late     []string      `json:"late"`
	Alarm    string        `json:"alarm"` // more would be lost now than annex backup allows

	drilled bool
	helps   []string // for each line of Late, the command that helps
}

// The commands that help against what is late.
const (
	helpRun     = "strongroom backup run"
	helpVerify  = "strongroom backup verify --level V3 --key FILE"
	helpRepair  = "strongroom backup verify --repair"
	helpExtend  = "strongroom backup extend"
	helpProbe   = "strongroom backup probe --identity FILE --key FILE"
	helpPosture = "strongroom backup posture"
	helpPlace   = "strongroom policy explain"
	helpRewraps = "strongroom backup list --json"
	helpStore   = "strongroom backup store add -h"
	helpDrill   = "strongroom drill start -h"
	helpCrowded = "strongroom backup list --json   # a result's name has the first 16 digits of its snapshot's manifest"
)

// late adds lines to what is late, all with the same help.
func (r *backupReport) late(help string, lines ...string) {
	for _, l := range lines {
		r.Late, r.helps = append(r.Late, l), append(r.helps, help)
	}
}

// statusInput is what status is judged by.
type statusInput struct {
	rules policy.Backup
	known []snapshotCopy
	// promised are those that the rules keep, or that a lock still holds: of the
	// others nothing is promised, and their owner may have removed them.
	promised []snapshotCopy
	// good are those that count, and are not from a time to come.
	good []snapshotCopy
	// present are the recipients of today, as manifests list them.
	present []string
	drills  []backup.Certified
	signed  resultsOf
	probes  map[text.ID]backup.SignedResult // by store: what counts of signed probes
	lost    map[text.Hash]bool              // snapshots that nothing mends
	crowded []string                        // sentences about results that nobody reads
	now     time.Time
}

func (d *desk) backupStatus(ctx context.Context, f statusFlags) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	in := statusInput{now: d.world.Now()}
	if in.rules, err = d.checkedRules(versions[0]); err != nil {
		return err
	}
	known, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	in.known, in.promised, in.present = known, promised(known, in.rules, in.now), d.presentLines(versions[0])
	in.good = slices.DeleteFunc(slices.Clone(counted(known)), func(c snapshotCopy) bool { return notYet(c.Manifest().Taken, in.now) })
	if in.drills, err = d.drills(versions[0]); err != nil {
		return err
	}
	if in.signed, in.probes, err = d.signedResults(in.rules, known); err != nil {
		return err
	}
	if in.crowded, err = d.crowded(); err != nil {
		return err
	}
	r, err := d.report(ctx, stores, in)
	if err != nil {
		return err
	}
	if f.metrics != "" {
		if err := replaceFile(f.metrics, metricsText(r, in.now)); err != nil {
			return err
		}
	}
	verdict := r.verdict()
	if verdict == nil && f.heartbeat != "" {
		if err := replaceFile(f.heartbeat, []byte(d.stamp()+"\n")); err != nil {
			return err
		}
	}
	if *f.asJSON {
		return errors.Join(d.world.JSON(r), cli.Reported(verdict))
	}
	d.printStatus(r)
	return verdict
}

// report looks at every store.
func (d *desk) report(ctx context.Context, stores []namedStore, in statusInput) (backupReport, error) {
	r := backupReport{Stores: []storeStatus{}, Places: []string{}, Faults: []string{}, Late: []string{}, Readers: []string{}, Lost: []string{}, Rewraps: []string{}}
	var err error
	if in.lost, err = d.tellBadSince(stores, in); err != nil {
		return r, err
	}
	for _, s := range stores {
		st, err := d.statusOf(ctx, s, in)
		if err != nil {
			return r, err
		}
		r.addStore(st)
	}
	r.addSnapshots(stores, in)
	rivals, told := d.rivalsTold(in.promised)
	r.late(helpRewraps, rivals...)
	r.Rewraps = append(r.Rewraps, told...)
	r.addPlaces(stores, d.noted(stores), in.rules)
	r.late(helpCrowded, in.crowded...)
	r.Alarm = tooOld(in.rules, r.Stores, in.now)
	at, bad := d.lastPosture()
	r.addPosture(at, bad, stores, in.now)
	if !r.drilled {
		r.late(helpDrill, "drill: no copy was restored in a drill whose certificate counts today")
	}
	r.Readers = append(r.Readers, formerReaders(in.known, in.present, locksIn(ctx, stores))...)
	if s := rewrapAdvice(in.known, in.present); s != "" {
		r.Readers = append(r.Readers, s)
	}
	if f := d.foretell(ctx, in.known, backupRun{stores: stores, rules: in.rules}); f.bytes > 0 {
		r.Forecast = f.String()
	}
	return r, nil
}

// addStore takes over what is known of one store.
func (r *backupReport) addStore(st storeStatus) {
	for i, l := range st.Late {
		r.late(st.helps[i], string(st.Store)+": "+l)
	}
	if r.drilled = r.drilled || st.Drill != ""; st.Page == "" {
		r.Pageless++
	}
	for _, told := range st.told {
		r.Rewraps = append(r.Rewraps, string(st.Store)+": "+told)
	}
	r.Stores = append(r.Stores, st)
}

// addSnapshots tells which snapshots are lost, lie in too few stores, are somebody
// else's, break the chain or are from a time to come.
func (r *backupReport) addSnapshots(stores []namedStore, in statusInput) {
	r.late(helpRun, thin(in.known, stores, in.rules, in.now)...)
	for _, c := range strangers(in.known) {
		r.late(helpRun, stranger(c))
	}
	r.late(helpRun, brokenLately(in.known, in.now)...)
	for _, c := range in.known {
		if notYet(c.Manifest().Taken, in.now) {
			r.late(helpRun, tooEarly(c.Manifest()))
		}
	}
	for _, c := range in.promised {
		if in.lost[c.id] {
			r.Lost = append(r.Lost, lost(c))
		}
	}
}

// addPlaces holds where stores lie, and which there are, against annex backup.
func (r *backupReport) addPlaces(stores []namedStore, seen map[text.ID]whereabouts, rules policy.Backup) {
	if !rules.Named {
		return
	}
	for _, f := range placeFindings(rules, stores, seen) {
		r.Places = append(r.Places, f.String())
		r.late(helpPlace, f.String())
	}
	r.late(helpStore, missingStores(rules, stores)...)
}

// addPosture mentions what the last posture found, and that it was long ago or, in
// a home with buckets, never.
func (r *backupReport) addPosture(at time.Time, bad []string, stores []namedStore, now time.Time) {
	if at.IsZero() {
		if slices.ContainsFunc(stores, func(s namedStore) bool { return !s.isFolder() }) {
			r.late(helpPosture, "posture: nobody looked at buckets, credentials and this machine yet")
		}
		return
	}
	if now.Sub(at) > postureEvery || notYet(at, now) {
		r.late(helpPosture, fmt.Sprintf("posture: want it looked at within %s, found the last of %s", count(int(postureEvery/(24*time.Hour)), "day"), at.UTC().Format(time.RFC3339)))
	}
	r.Posture, r.Faults = at.UTC().Format(time.RFC3339), append(r.Faults, bad...)
	if len(bad) > 0 {
		r.late(helpPosture, "the last posture found "+strings.Join(bad, ", "))
	}
}

// tooOld says that more would be lost now than annex backup allows: fewer good
// copies than it asks for, in stores that it lists, are younger than its rpo. Empty
// is that all is well.
func tooOld(rules policy.Backup, stores []storeStatus, now time.Time) string {
	fresh := 0
	for _, st := range stores {
		_, listed := placeOf(storePlaces(rules), string(st.Store))
		if (listed || !rules.Named) && st.Snapshot != 0 && now.Sub(st.taken) <= hours(rules.RPOHours) {
			fresh++
		}
	}
	if need := rules.Need(len(stores)); fresh < need {
		return fmt.Sprintf("good copies not older than %s: want %d, found %d", count(rules.RPOHours, "hour"), need, fresh)
	}
	return ""
}

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }

// verdict is an alarm past the RPO, and a refusal when anything is late.
func (r backupReport) verdict() error {
	switch {
	case r.Alarm != "":
		return cli.Refusal{Sentence: r.Alarm, Codes: []string{codeRPO}, Alarm: true, Hint: "strongroom backup run", Call: "whoever looks after the backups, now"}
	case len(r.Late) == 0:
		return nil
	}
	return cli.Refusal{Sentence: r.Late[0], Codes: []string{codeLate}, Hint: r.helps[0], Call: "whoever looks after the backups"}
}

// statusOf looks at one store.
func (d *desk) statusOf(ctx context.Context, s namedStore, in statusInput) (storeStatus, error) {
	st := storeStatus{Store: s.name, Path: s.path, Covered: []string{}, Unsigned: []string{}, Verified: map[string]string{}, VerifiedOf: map[string]uint64{}, Late: []string{}}
	if s.err != nil {
		st.late("%v", s.err)
		return st, nil
	}
	if s.unlisted != nil {
		st.late("%v", s.unlisted)
	}
	if err := d.newestCopy(ctx, s, in, &st); err != nil {
		return st, err
	}
	notes := d.notes(s.name)
	st.seen(notes.Sight, s, in.rules)
	st.verified(notes, in)
	st.probed(notes.Probe, in)
	for _, found := range in.signed.foundBad(s.name, in.mendable()) {
		st.lateFor(helpRepair, "%s", found)
	}
	for _, found := range notes.foundBad(s.name, in) {
		st.lateFor(helpRepair, "%s", found)
	}
	closed, told, err := d.closedAsTold(s, in)
	if err != nil {
		return st, err
	}
	for _, found := range closed {
		st.lateFor(helpRepair, "%s", found)
	}
	st.told = append(st.told, told...)
	for _, c := range in.drills {
		if cert := c.Certificate(); cert.Store == s.name && !cert.Expired(in.now) && cert.Expires.After(st.drill) {
			st.drill, st.Drill, st.Unasked = cert.Expires, cert.Expires.Format(time.RFC3339), cert.Approval.IsZero()
			st.DrillOf, st.drilled = numberOf(in.known, cert.Manifest), cert.NewestFile
			st.DrillSeed, st.DrillAt = hashOrNothing(cert.Seed.Hash), cert.Seed.Height
		}
	}
	if days := in.rules.DrillDays; st.Drill != "" && in.now.Sub(st.drilled) > hours(24*days+in.rules.RPOHours) {
		st.lateFor(helpDrill, "drill: want one that restored a snapshot of the last %s, found one of %s", count(days, "day"), st.drilled.UTC().Format(time.RFC3339))
	}
	return st, d.credentialAge(ctx, s, in, &st)
}

// numberOf is the number of the snapshot with a manifest; 0 for none.
func numberOf(list []snapshotCopy, id text.Hash) uint64 {
	i := slices.IndexFunc(list, func(c snapshotCopy) bool { return c.id == id })
	if i < 0 {
		return 0
	}
	return list[i].Manifest().Number
}

// late adds a line to what is late, against which a run helps.
func (st *storeStatus) late(format string, args ...any) { st.lateFor(helpRun, format, args...) }

// lateFor is late with another help.
func (st *storeStatus) lateFor(help, format string, args ...any) {
	st.Late, st.helps = append(st.Late, fmt.Sprintf(format, args...)), append(st.helps, help)
}
