package backup

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/quorum/text"
)

// Certificate says that one copy was examined, how, by whose leave and by what
// means, with what result and in whose presence. It expires: a backup that was
// not restored for long doesn't count.
//
//	strongroom/certificate@v1
//	vault acme-treasury
//	chain mainnet
//	previous 5be1a6a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f405162738495a6b7c8d9e0
//	manifest 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea
//	store frankfurt
//	version payload-0123...cdef.age-payload 3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH
//	seed 930001 00000000000000000001e1b1...
//	place room-2
//	approval 4f1c09ab...
//	reason quarterly drill
//	access alice 2026-11-21T19:20:00Z rtc
//	level V5
//	restored 2026-11-21T20:50:00Z rtc
//	seconds 5400
//	phase summon 7200 human
//	phase open 1800 human
//	phase restore 5300 machine
//	phase check 100 machine
//	rto 14400
//	disaster 2026-11-21T20:00:00Z rtc
//	rpo 3600
//	newest-file 2026-11-21T19:00:00Z rtc
//	newest-record 1234
//	tool age v1.1.1
//	tool zstd v1.5.4
//	check descriptors ok 3 of 3 derive the known addresses
//	check log ok replays to the signed head of 1234 records
//	result passed
//	present carol dave
//	expires 2027-02-21T00:00:00Z rtc
//
// previous is the certificate before this one, none for the first; two that name
// the same one are a fork. seed is the block that chose the store; older ones tell
// its hash alone. approval is the restore proposal, and none says that nobody was
// asked. seconds is the time of machines, rto that of machines and people, each the
// sum of its phases; rpo is from the newest file to the disaster that was played.
// Where annex backup says where the stores are, that follows newest-record: see
// Located.
type Certificate struct {
	Place        Place
	Previous     text.Hash // zero for the first
	Manifest     text.Hash
	Store        text.ID
	Versions     []Version // sorted by object; none where the store has no versions
	Seed         Block     // zero when people chose; of height 0 where only its hash is told
	Site         text.ID   // the place of the restore; empty when it is not told
	Approval     text.Hash // the restore proposal; zero for none
	Reason       string    // one line of printable ASCII
	Access       []Access  // sorted by officer, each once; at least one
	Level        Level
	Restored     time.Time // whole seconds of UTC, machine's clock
	Seconds      uint64    // of machines: the sum of their phases
	Phases       []Phase   // in the order of time, each name once; at least one
	Disaster     time.Time // what came later would have been lost
	NewestFile   time.Time
	NewestRecord uint64
	Origin       Location  // the site that distances are told from; zero without Located
	Located      []Located // where the stores are, sorted; none where no annex says so
	Tools        []Tool    // sorted by name, each once; at least one
	Checks       []Check   // sorted by name, each once; at least one
	Present      []text.ID // sorted, each once; at least two
	Expires      time.Time
}

// Tool is a program that took part, with the version it tells of itself.
type Tool struct {
	Name    text.ID
	Version string // one line of printable ASCII
}

// Check is one thing that was judged in what came back. The zero verdict is a
// failure.
type Check struct {
	Name    text.ID
	OK      bool
	Unshown bool   // not ok: too little came back to show it, and nothing contradicts it; see MayBeUnshown
	Text    string // what was found, one line of printable ASCII
}

// MayBeUnshown says whether a check may find too little without being a failure: that of
// share commitments, and of sealed shares, which a desk need not have. What a desk
// lacks of all else is lost.
func MayBeUnshown(name text.ID) bool { return name == "commitments" || name == "shares" }

// Failed says whether something contradicts what had to be, or is not there.
func (k Check) Failed() bool { return !k.OK && !(k.Unshown && MayBeUnshown(k.Name)) }

// Verdict is the word of a certificate: ok, failed or not-shown.
func (k Check) Verdict() string {
	switch {
	case k.Unshown:
		return wordUnshown
	case k.OK:
		return wordOK
	}
	return wordFailed
}

// Passed says whether no check failed and at least one was ok. What was not shown
// fails nothing, and is told wherever the certificate is shown.
func (c Certificate) Passed() bool {
	shown := false
	for _, k := range c.Checks {
		if k.Failed() {
			return false
		}
		shown = shown || !k.Unshown
	}
	return shown
}

// Unshown names the checks for which too little came back.
func (c Certificate) Unshown() []text.ID {
	var out []text.ID
	for _, k := range c.Checks {
		if k.Unshown {
			out = append(out, k.Name)
		}
	}
	return out
}

// IsDrill says whether the certificate proves a restore: level V5 and passed.
func (c Certificate) IsDrill() bool { return c.Level.IsDrill() && c.Passed() }

// Expired says whether the certificate no longer counts at a time.
func (c Certificate) Expired(now time.Time) bool { return !now.Before(c.Expires) }

const (
	wordOK      = "ok"
	wordFailed  = "failed"
	wordUnshown = "not-shown"
	wordPassed  = "passed"
	wordHuman   = "human"
	wordMachine = "machine"
)

// ParseCertificate reads a certificate: strictly, so that what it accepts
// renders to the same bytes. It checks no signature: VerifyCertificate does.
func ParseCertificate(b []byte) (Certificate, error) {
	r, err := text.Open(b, text.Certificate)
	if err != nil {
		return Certificate{}, err
	}
	c := Certificate{Place: readPlace(r)}
	c.Previous = readHashOrNone(r, "previous")
	c.Manifest = text.Value(r, "manifest", r.Field("manifest"), text.ParseHash)
	c.Store = text.Value(r, "store", r.Field("store"), text.ParseID)
	c.readAccess(r)
	c.Level = text.Value(r, "level", r.Field("level"), ParseLevel)
	c.Restored = readTime(r, "restored")
	c.Seconds = text.Uint[uint64](r, "seconds", r.Field("seconds"), maxSeconds)
	told := c.readTimes(r)
	c.NewestFile = readTime(r, "newest-file")
	c.NewestRecord = text.Uint[uint64](r, "newest-record", r.Field("newest-record"), 1<<62)
	c.readLocated(r)
	for r.At("tool") && len(c.Tools) <= maxTools {
		f, version := r.Rest("tool", 1)
		c.Tools = append(c.Tools, Tool{Name: text.Value(r, "tool", f[0], text.ParseID), Version: version})
	}
	for r.At("check") && len(c.Checks) <= maxChecks {
		c.Checks = append(c.Checks, readCheck(r))
	}
	result := r.Field("result")
	for _, p := range r.Fields("present") {
		c.Present = append(c.Present, text.Value(r, "present", p, text.ParseID))
	}
	c.Expires = readTime(r, "expires")
	if err := r.Close(); err != nil {
		return Certificate{}, err
	}
	if result != c.result() {
		return Certificate{}, fmt.Errorf("certificate: want result %s, as its checks say, found %q", c.result(), clip(result))
	}
	if err := c.compareTimes(told); err != nil {
		return Certificate{}, err
	}
	return canonical(b, c)
}

func readCheck(r *text.Reader) Check {
	f, found := r.Rest("check", 2)
	if f[1] != wordOK && f[1] != wordFailed && f[1] != wordUnshown {
		r.Refuse("check: want %s, %s or %s, found %q", wordOK, wordFailed, wordUnshown, clip(f[1]))
	}
	if f[1] == wordUnshown && !MayBeUnshown(text.ID(f[0])) {
		r.Refuse("check: want %s or %s for %q, found %s", wordOK, wordFailed, clip(f[0]), wordUnshown)
	}
	return Check{Name: text.Value(r, "check", f[0], text.ParseID), OK: f[1] == wordOK, Unshown: f[1] == wordUnshown, Text: found}
}

func (c Certificate) result() string {
	if c.Passed() {
		return wordPassed
	}
	return wordFailed
}

// Render returns the certificate's text, or refuses values that no certificate
// has.
func (c Certificate) Render() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	w := text.NewWriter(text.Certificate)
	c.Place.write(w)
	w.Line("previous", hashOrNone(c.Previous))
	w.Line("manifest", c.Manifest.String())
	w.Line("store", string(c.Store))
	c.writeAccess(w)
	w.Line("level", c.Level.String())
	writeTime(w, "restored", c.Restored)
	w.Line("seconds", text.FormatUint(c.Seconds))
	c.writeTimes(w)
	writeTime(w, "newest-file", c.NewestFile)
	w.Line("newest-record", text.FormatUint(c.NewestRecord))
	c.writeLocated(w)
	for _, t := range c.Tools {
		w.Line("tool", string(t.Name), t.Version)
	}
	for _, k := range c.Checks {
		w.Line("check", string(k.Name), k.Verdict(), k.Text)
	}
	w.Line("result", c.result())
	present := make([]string, len(c.Present))
	for i, p := range c.Present {
		present[i] = string(p)
	}
	w.Line("present", present...)
	writeTime(w, "expires", c.Expires)
	return w.Bytes()
}

// check says what every certificate must be.
func (c Certificate) check() error {
	if err := c.Place.check(); err != nil {
		return err
	}
	if _, err := text.ParseID(string(c.Store)); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	switch {
	case c.Manifest.IsZero():
		return errors.New("want the hash of a manifest, found zeros")
	case c.Level < V0 || c.Level > V5:
		return errors.New("want a level of V0 to V5, found none")
	case c.Seconds > maxSeconds:
		return fmt.Errorf("want at most %d seconds, found %d", uint64(maxSeconds), c.Seconds)
	case !c.Expires.After(c.Restored):
		return fmt.Errorf("want an expiry after the restore at %s, found %s", formatTime(c.Restored), formatTime(c.Expires))
	}
	for _, t := range []time.Time{c.Restored, c.Disaster, c.NewestFile, c.Expires} {
		if !t.Equal(seconds(t)) {
			return errors.New("want times in whole seconds, found parts of one")
		}
	}
	if err := errors.Join(c.checkVersions(), c.checkAccess(), c.checkTimes(), c.checkLocated()); err != nil {
		return err
	}
	if err := c.checkTools(); err != nil {
		return err
	}
	if err := c.checkChecks(); err != nil {
		return err
	}
	return c.checkPresent()
}

func (c Certificate) checkTools() error {
	names := make([]text.ID, len(c.Tools))
	for i, t := range c.Tools {
		names[i] = t.Name
		if err := text.CheckRest(t.Version); err != nil {
			return fmt.Errorf("tool %s: %w", t.Name, err)
		}
	}
	return checkIDs("tools", names, 1, maxTools)
}

func (c Certificate) checkChecks() error {
	names := make([]text.ID, len(c.Checks))
	for i, k := range c.Checks {
		names[i] = k.Name
		if k.OK && k.Unshown {
			return fmt.Errorf("check %s: want one verdict, found %s and %s", k.Name, wordOK, wordUnshown)
		}
		if k.Unshown && !MayBeUnshown(k.Name) {
			return fmt.Errorf("check %s: want %s or %s, found %s", k.Name, wordOK, wordFailed, wordUnshown)
		}
		if err := text.CheckRest(k.Text); err != nil {
			return fmt.Errorf("check %s: %w", k.Name, err)
		}
	}
	return checkIDs("checks", names, 1, maxChecks)
}

func (c Certificate) checkPresent() error {
	return checkIDs("officers present", c.Present, minPresent, maxPresent)
}

// checkIDs wants a number of ids between least and most, sorted, each once.
func checkIDs(what string, ids []text.ID, least, most int) error {
	if len(ids) < least || len(ids) > most {
		return fmt.Errorf("want %d to %d %s, found %d", least, most, what, len(ids))
	}
	for i, id := range ids {
		if _, err := text.ParseID(string(id)); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if i > 0 && strings.Compare(string(ids[i-1]), string(id)) >= 0 {
			return fmt.Errorf("want %s sorted, each once, found %s behind %s", what, id, ids[i-1])
		}
	}
	return nil
}

// isPresent says whether an officer is named as present.
func (c Certificate) isPresent(id text.ID) bool { return slices.Contains(c.Present, id) }
