package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/backup/s3store"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func backupProbeCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "probe",
		Short: "open the canary of every store, and try what a store must refuse",
		Long: "Without an officer, every day. At each store the canary of the newest snapshot there is fetched, opened with the probe's key, unpacked in memory and compared with the signed manifest; parts of the payload, chosen by the newest block, are read and compared (V2). A home that made no snapshot probes the end of the only chain there is; between others people choose, with --snapshot. At a bucket everything that a backup relies on is tried again, and an object made for that is attacked: deleted, written over, unlocked, and all of it must fail: what a store allows that it must refuse is an alarm.\n\n" +
			"It runs with the probe's credentials, which may attack what is named probe- and nothing else, so that it is the lock that refuses: first they delete an object without one. If they may not, the probe is no good and not signed.\n\n" +
			"With --key what was found is signed and kept in the home, in backup/verified: which part was read, whether the canary opened, and which promise was broken. Under annex backup 'status' counts no other good probe.",
		Example: "strongroom backup probe --identity /etc/strongroom/probe.key --key verifier_ed25519",
	}
	var identities []string
	var want snapshotWanted
	cmd.Flags().StringArrayVarP(&identities, "identity", "i", nil, "the probe's key `FILE`, which opens canaries and nothing else")
	cmd.Flags().Var(&want, "snapshot", "probe snapshot `N`, or the newest before it that a store has (default: the newest)")
	fd := cli.PassphraseFD(cmd)
	key, samples := resultKeyFlags(cmd, fd), samplesFlag(cmd)
	asJSON := cli.JSONFlag(cmd)
	if err := cmd.MarkFlagRequired("identity"); err != nil {
		panic("strongroom: " + err.Error())
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return inDesk(w, *home, func(d *desk) error {
			ids, err := readIdentities(w, identities, *fd)
			if err != nil {
				return err
			}
			return d.probeStores(cmd.Context(), probing{desk: d, want: want, identities: ids, samples: int(*samples)}, key, *asJSON)
		})
	}
	return cmd
}

// probed is what was found out about one store.
type probed struct {
	Store    text.ID         `json:"store"`
	Snapshot uint64          `json:"snapshot"`
	Canary   string          `json:"canary"` // "good", or what is wrong
	Sample   string          `json:"sample"`
	Seen     string          `json:"seen"` // what its answers told of where it is
	Region   string          `json:"region,omitempty"`
	Findings []probedFinding `json:"findings"`
	Bad      []string        `json:"bad"`
	Alarm    bool            `json:"alarm"` // something was allowed that must be refused

	misplaced bool // the store lies elsewhere than annex backup says
}

type probedFinding struct {
	Name     string `json:"name"`
	Good     bool   `json:"good"`
	Required bool   `json:"required"`
	Unshown  bool   `json:"unshown,omitempty"` // the credentials, not the lock, may have refused
	Text     string `json:"text"`
}

const (
	good = "good"

	// brokenPlace is the promise of a store that lies elsewhere than annex backup
	// says, in a signed result.
	brokenPlace = text.ID("place")
)

// probing is one probe on its way.
type probing struct {
	desk       *desk
	rules      policy.Backup
	want       snapshotWanted
	chain      []snapshotCopy // the snapshot that is probed and those behind it, the newest first
	tip        backup.Block
	by         witness
	identities []age.Identity
	samples    int // parts of each copy; 0 for as many as the size asks for
	seen       map[text.ID]whereabouts
}

func (d *desk) probeStores(ctx context.Context, p probing, key keyFlags, asJSON bool) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	if p.rules, err = d.checkedRules(versions[0]); err != nil {
		return err
	}
	var done func()
	if p.by, done, err = key.witness(ctx, d, versions[0], p.rules); err != nil {
		return err
	}
	defer done()
	stores, err := d.wantStoresFor(ctx, prober)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	known, err := d.manifests(ctx, versions, stores)
	if err != nil {
		return err
	}
	if len(known) > 0 || p.want.number != 0 {
		newest, err := d.choose(versions[0], known, p.want)
		if err != nil {
			return err
		}
		p.chain = backFrom(newest, known)
	}
	if p.tip, err = d.newestBlock(versions[0]); err != nil {
		return err
	}
	p.seen = sight(ctx, stores)
	if err := d.noteSights(p.seen); err != nil {
		return err
	}
	var all []probed
	for _, s := range stores {
		r, err := p.one(ctx, s)
		if err = errors.Join(err, d.noteProbe(r)); err != nil {
			return err
		}
		all = append(all, r)
	}
	if err := d.keepProbe(all); err != nil {
		return err
	}
	verdict := probeVerdict(all)
	if asJSON {
		return errors.Join(d.world.JSON(all), cli.Reported(verdict))
	}
	d.printProbed(all)
	return verdict
}

// one probes a store and has the result signed.
func (p probing) one(ctx context.Context, s namedStore) (probed, error) {
	r := probed{Store: s.name, Canary: good, Sample: good, Findings: []probedFinding{}, Bad: []string{}}
	bad := func(to *string, err error) {
		if err != nil {
			*to = err.Error()
			r.Bad = append(r.Bad, *to)
		}
	}
	newest, err := newestOn(p.chain, s.name)
	if s.err != nil {
		err = s.err
	}
	l := look{copy: newest, store: s, seed: p.tip}
	if err != nil {
		bad(&r.Canary, err)
		r.Sample = r.Canary
	} else {
		m := newest.Manifest()
		r.Snapshot = m.Number
		bad(&r.Canary, backup.OpenCanary(ctx, s.store, m.Canary, p.identities...))
		l.found, l.err = backup.Verify(ctx, s.store, newest.Signed, backup.Checking{Level: backup.V2, Samples: p.samples, Known: p.desk.knownPages(ctx), Store: s.name, Seed: backup.Sum(p.tip.Hash), Tell: lockedFor(p.rules, s, p.desk.world.Now()), Now: p.desk.world.Now})
		bad(&r.Sample, l.err)
	}
	p.place(s, &r)
	attacked := true
	if s.s3 != nil && s.err == nil {
		attacked = p.attack(ctx, s, &r)
	}
	if err != nil || !attacked {
		return r, nil // what was not tried out is not signed; the note is enough to call people
	}
	l.probe = r.signable()
	if l.err != nil {
		return r, p.desk.keepResult(p.by, l)
	}
	return r, errors.Join(p.desk.keepResult(p.by, l), p.desk.noteProven(s.name, r.Snapshot, unforeseen(l.found, newest.Manifest(), p.tip)))
}

// signable is what a signed result says of a probe.
func (r probed) signable() backup.Probed {
	p := backup.Probed{Canary: backup.CanaryOpened, Tried: len(r.Findings)}
	if r.Canary != good {
		p.Canary = backup.CanaryFailed
	}
	for _, f := range r.Findings {
		if f.Required && !f.Good {
			p.Broken = append(p.Broken, text.ID(f.Name))
		}
	}
	if r.misplaced { // where it lies is one promise more
		p.Tried, p.Broken = p.Tried+1, append(p.Broken, brokenPlace)
	}
	slices.Sort(p.Broken)
	p.Broken = slices.Compact(p.Broken)
	return p
}

// newestOn returns the newest snapshot of a chain that a store lists.
func newestOn(chain []snapshotCopy, store text.ID) (snapshotCopy, error) {
	for _, c := range chain {
		if slices.Contains(c.on, store) {
			return c, nil
		}
	}
	return snapshotCopy{}, errors.New("want a snapshot, found none")
}

// place holds what the store's answers told against annex backup.
func (p probing) place(s namedStore, r *probed) {
	seen := p.seen[s.name]
	r.Seen, r.Region = seen.words(), seen.Region
	if place, ok := placeOf(storePlaces(p.rules), string(s.name)); ok {
		for _, f := range sightFindings(p.rules, place, s, seen) {
			r.Bad, r.misplaced = append(r.Bad, f.String()), true
		}
	}
}

// attack tries what a bucket must do and what it must refuse, and says whether
// it could.
func (p probing) attack(ctx context.Context, s namedStore, r *probed) bool {
	locks := p.rules.LockOf(s.name) == policy.LockCompliance
	report, err := s3store.Probe(ctx, s.s3, locks, p.desk.world.Rand)
	if err != nil {
		r.Bad = append(r.Bad, err.Error())
		return false
	}
	return r.judge(report)
}

// judge takes over what was found out about a bucket, and says whether all of it
// was shown: a lock that the probe's credentials could not have broken anyway was
// not tried.
func (r *probed) judge(report s3store.Report) (shown bool) {
	shown = true
	for _, f := range report.Findings {
		r.Findings = append(r.Findings, probedFinding{f.Name, f.Pass, f.Required, f.Unshown, f.String()})
		if f.Unshown {
			shown = false
			r.Bad = append(r.Bad, f.String())
		}
		if f.Required && !f.Pass {
			r.Bad = append(r.Bad, f.String())
			r.Alarm = r.Alarm || slices.Contains(mustRefuse(), f.Name)
		}
	}
	return shown
}

// mustRefuse names the findings that tell of something a store allowed and must
// refuse: people are called at once.
func mustRefuse() []string {
	return []string{"checksum", "conditional-create", "lock", "shorten", "delete", "overwrite", "multipart-lock", "versioning", "object-lock"}
}

// noteProbe keeps the whole result, and in the notes whether it was good.
func (d *desk) noteProbe(r probed) error {
	last := probeNote{At: d.stamp(), Good: len(r.Bad) == 0}
	if !last.Good {
		last.Sentence = clipText(r.Bad[0], maxNoteText)
	}
	return d.changeNotes(r.Store, func(n *storeNotes) { n.Probe = last })
}

// clipText shortens what a note quotes.
func clipText(s string, most int) string {
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// probeVerdict is an alarm when a store allowed what it must refuse.
func probeVerdict(all []probed) error {
	var bad []string
	alarm := false
	for _, r := range all {
		for _, s := range r.Bad {
			bad = append(bad, "store "+string(r.Store)+": "+strings.TrimPrefix(s, "store "+string(r.Store)+": "))
		}
		alarm = alarm || r.Alarm
	}
	if len(bad) == 0 {
		return nil
	}
	return cli.Refusal{Sentence: strings.Join(bad, "; "), Codes: []string{codeProbe}, Alarm: alarm, Hint: "strongroom backup verify --level V3", Call: "whoever looks after the stores, and an officer"}
}

func (d *desk) printProbed(all []probed) {
	for i, r := range all {
		if i > 0 {
			d.world.Text("")
		}
		d.world.Field("store", string(r.Store))
		d.world.Field("snapshot", orDash(r.Snapshot != 0, text.FormatUint(r.Snapshot)))
		d.world.Field("canary", r.Canary)
		d.world.Field("sample", r.Sample)
		d.world.Field("way there", r.Seen)
		for _, f := range r.Findings {
			if !f.Good {
				d.world.Field("finding", f.Text)
			}
		}
		if len(r.Findings) > 0 {
			d.world.Field("tried out", fmt.Sprintf("%s, %d of them as an attack", count(len(r.Findings), "promise"), attacks(r.Findings)))
		}
	}
}

// attacks counts what was tried that must be refused.
func attacks(list []probedFinding) (n int) {
	for _, f := range list {
		if slices.Contains(mustRefuse(), f.Name) && !f.Unshown {
			n++
		}
	}
	return n
}

// keepProbe keeps the last result of all stores as JSON.
func (d *desk) keepProbe(all []probed) error {
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return d.inBackup(".", func(dir *durable.Dir) error { return dir.WriteFile(probeFile, append(b, '\n')) })
}
