package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
)

// tellRun says where the copies are. missed is the quorum of copies that was
// not reached.
func (d *desk) tellRun(t backup.Taken, outcomes []backup.Outcome, r backupRun, missed error) error {
	for i, o := range outcomes {
		if o.Err != nil && r.stores[i].err == nil { // the others were told before
			d.world.Warnf("store %s: %v", o.Target, o.Err)
		}
		for _, name := range o.Verification.Covered {
			d.world.Warnf("store %s: somebody wrote over %s; the locked version is still there", o.Target, name)
		}
	}
	for _, s := range r.cannot {
		d.world.Warnf("%s", s)
	}
	if len(r.stores) == 1 {
		d.world.Warnf("one store is one fire: add a second, far away")
	}
	if r.asJSON {
		if err := d.world.JSON(runJSON(t, outcomes, r)); err != nil {
			return err
		}
		return cli.Reported(missed)
	}
	d.printRun(t, outcomes, r)
	next := "strongroom backup verify --level V3"
	if slices.ContainsFunc(outcomes, func(o backup.Outcome) bool { return len(o.Lost()) > 0 }) {
		next += " --repair"
	} else if missed != nil {
		next = "strongroom backup status"
	}
	if missed == nil {
		d.world.Hintf("%s", next)
	}
	return cli.Hint(missed, "%s", next)
}

func (d *desk) printRun(t backup.Taken, outcomes []backup.Outcome, r backupRun) {
	w, m := d.world, t.Signed.Manifest()
	w.Field("snapshot", fmt.Sprintf("%d of %s on %s", m.Number, m.Place.Vault, m.Place.Chain))
	w.Field("manifest", text.Identity(t.Signed.Bytes()).String())
	w.Field("holds", fmt.Sprintf("%s, %d bytes", count(int(m.Contents.Files), "file"), m.Contents.Bytes))
	if len(r.excluded) > 0 {
		w.Field("without", leftOut(r.excluded))
	}
	sealed := fmt.Sprintf("%d bytes in %s", sealedSize(m), count(len(m.Segments), "segment"))
	if t.Reused > 0 {
		sealed += fmt.Sprintf(", %d of them from before", t.Reused)
	}
	w.Field("sealed", sealed)
	w.Field("opened by", openedBy(m))
	w.Field("page", r.kit.Name())
	w.Field("its SHA-256", r.kit.Sum().String())
	if r.forecast.bytes > 0 {
		w.Field("sent", r.forecast.off(d.came(outcomes, r.rules.LockDays)))
	}
	w.Text("")
	var rows [][]string
	for _, o := range outcomes {
		what := "NOT DONE"
		if o.Err == nil {
			what = copyWords(o.Verification.Level)
		}
		rows = append(rows, []string{string(o.Target), o.Verification.Level.String(), what})
	}
	w.Table([]string{"store", "level", "copy"}, rows)
	for i, s := range r.stores {
		if outcomes[i].Err == nil && s.isFolder() {
			w.Text("\nOpened without this program, in an empty folder:\n")
			fmt.Fprint(w.Out, restoreCommands(s.path, m))
			break
		}
	}
}

// copyWords says how a run knows a copy.
func copyWords(l backup.Level) string {
	switch l {
	case backup.V1:
		return "what was sent was read again, the rest by its checksum"
	case backup.V2:
		return "what was sent was read again, of the rest a sample"
	}
	return l.Meaning()
}

// restoreCommands are the stock commands that open a snapshot in a folder. With
// two layers somebody of each group has to bring a key.
func restoreCommands(folder string, m backup.Manifest) string {
	var b strings.Builder
	in := func(name string) string { return quoted(filepath.Join(folder, name)) }
	for _, g := range m.Segments {
		if len(g.Headers) == 1 {
			fmt.Fprintf(&b, "cat %s \\\n  %s \\\n  | age -d -i id_ed25519 | zstd -d | tar x\n", in(g.Headers[0].Name), in(g.Name))
			continue
		}
		fmt.Fprintf(&b, "{ age -d -i outer.key %s\n  cat %s \\\n  %s \\\n  | age -d -i outer.key\n} | age -d -i inner.key | zstd -d | tar x\n",
			in(g.Headers[1].Name), in(g.Headers[0].Name), in(g.Name))
	}
	check := "sha256sum -c SHA256SUMS"
	if rest := m.UnpackedCommand("."); rest != "" {
		return b.String() + check + " && " + rest
	}
	return b.String() + check + "\n"
}

// sealedSize is how many bytes of payload a snapshot has in each store.
func sealedSize(m backup.Manifest) (n int64) {
	for _, g := range m.Segments {
		n += g.Content.Size
	}
	return n
}

// openers names the officers a snapshot is sealed to, each once.
func openers(m backup.Manifest) []string {
	var out []string
	for _, r := range m.Recipients {
		officer := strings.Fields(r)[1]
		if len(out) == 0 || out[len(out)-1] != officer {
			out = append(out, officer)
		}
	}
	return out
}

// openedBy says who opens a snapshot, with two layers who together.
func openedBy(m backup.Manifest) string {
	groups := [2][]string{}
	for _, r := range m.Recipients {
		f := strings.Fields(r)
		g := &groups[0]
		if f[0] == "2" {
			g = &groups[1]
		}
		if len(*g) == 0 || (*g)[len(*g)-1] != f[1] {
			*g = append(*g, f[1])
		}
	}
	if len(groups[1]) == 0 {
		return strings.Join(groups[0], ", ")
	}
	return "one of " + strings.Join(groups[0], ", ") + " with one of " + strings.Join(groups[1], ", ")
}

// segmentJSON is one sealed stream.
type segmentJSON struct {
	Payload string   `json:"payload"`
	Headers []string `json:"headers"`
	SHA256  string   `json:"sha256"`
	Size    int64    `json:"size"`
}

func segmentsJSON(m backup.Manifest) []segmentJSON {
	out := []segmentJSON{}
	for _, g := range m.Segments {
		s := segmentJSON{Payload: g.Name, SHA256: g.Content.Sum.String(), Size: g.Content.Size, Headers: []string{}}
		for _, h := range g.Headers {
			s.Headers = append(s.Headers, h.Name)
		}
		out = append(out, s)
	}
	return out
}

func runJSON(t backup.Taken, outcomes []backup.Outcome, r backupRun) any {
	type copyJSON struct {
		Store text.ID `json:"store"`
		Path  string  `json:"path"`
		Level string  `json:"level"`
		Sent  int64   `json:"sent"`
		Error string  `json:"error,omitempty"`
	}
	m := t.Signed.Manifest()
	copies := []copyJSON{}
	for i, o := range outcomes {
		c := copyJSON{Store: o.Target, Path: r.stores[i].path, Level: o.Verification.Level.String(), Sent: o.Sent}
		if o.Err != nil {
			c.Error = o.Err.Error()
		}
		copies = append(copies, c)
	}
	return struct {
		Snapshot uint64        `json:"snapshot"`
		Manifest string        `json:"manifest"`
		Segments []segmentJSON `json:"segments"`
		Reused   int           `json:"reused"`
		Size     int64         `json:"size"`
		Files    uint64        `json:"files"`
		Bytes    uint64        `json:"bytes"`
		Torn     []string      `json:"torn"`
		LeftOut  []string      `json:"left_out"`
		OpenedBy []string      `json:"opened_by"`
		Page     string        `json:"page"`
		PageSum  string        `json:"page_sha256"`
		Cannot   []string      `json:"cannot_open"`
		Copies   []copyJSON    `json:"copies"`
	}{m.Number, text.Identity(t.Signed.Bytes()).String(), segmentsJSON(m), t.Reused, sealedSize(m),
		m.Contents.Files, m.Contents.Bytes, append([]string{}, t.Torn...), append([]string{}, r.excluded...), openers(m), r.kit.Name(), r.kit.Sum().String(), append([]string{}, r.cannot...), copies}
}

func (d *desk) printStatus(r backupReport) {
	for i, s := range r.Stores {
		if i > 0 {
			d.world.Text("")
		}
		d.world.Field("store", fmt.Sprintf("%s, %s", s.Store, s.Path))
		if s.Where != "" {
			d.world.Field("place", s.Where)
		}
		d.world.Field("newest copy", orDash(s.Snapshot != 0, fmt.Sprintf("snapshot %d, taken %s", s.Snapshot, s.Taken)))
		by := ""
		if s.By != "" {
			by = ", signed by " + string(s.By)
		}
		d.world.Field("reached", orDash(s.Level != "", fmt.Sprintf("%s, %s", s.Level, s.Reached)+by))
		if s.Shipped != "" {
			d.world.Field("shipped", s.Shipped)
		}
		d.world.Field("read again", orDash(s.Reread != "", fmt.Sprintf("%s, snapshot %d", s.Reread, s.VerifiedOf["V3"])))
		if s.Opened != "" {
			d.world.Field("opened", fmt.Sprintf("%s, snapshot %d", s.Opened, s.VerifiedOf["V4"]))
		}
		if s.Locked != "" {
			d.world.Field("locked until", s.Locked)
		}
		if s.Probed != "" {
			d.world.Field("probed", s.Probed)
		}
		for _, u := range s.Unsigned {
			d.world.Field("unsigned", u)
		}
		d.world.Field("drilled", orDash(s.Drill != "", s.drillText()))
	}
	d.world.Text("")
	d.world.Field("recovery page", fmt.Sprintf("beside the newest copy in %d of %s", len(r.Stores)-r.Pageless, count(len(r.Stores), "store")))
	if r.Forecast != "" {
		d.world.Field("next run", r.Forecast)
	}
	for _, l := range r.Readers {
		d.world.Field("readers", l)
	}
	if r.Posture != "" {
		d.world.Field("posture", fmt.Sprintf("%s, %s", r.Posture, map[bool]string{true: "nothing failed", false: count(len(r.Faults), "finding") + " failed"}[len(r.Faults) == 0]))
	}
	for _, l := range r.Lost {
		d.world.Field("lost", l)
	}
	for _, l := range r.Rewraps {
		d.world.Field("re-wraps", l)
	}
	for _, l := range r.Late {
		d.world.Field("late", l)
	}
	if len(r.Late) == 0 {
		d.world.Text("Nothing is late.")
	}
}

// drillText says what the newest certificate of a store comes to.
func (st storeStatus) drillText() string {
	by, leave, of := "people", "", fmt.Sprintf("snapshot %d", st.DrillOf)
	if st.DrillOf == 0 {
		of = "a snapshot that is in no store"
	}
	if st.DrillSeed != "" {
		by = "a block"
		if st.DrillAt != 0 {
			by = fmt.Sprintf("block %d", st.DrillAt)
		}
	}
	if st.Unasked {
		leave = ", approval none: nobody was asked for leave"
	}
	return fmt.Sprintf("certificate counts until %s, of %s, taken %s, store chosen by %s%s", st.Drill, of, st.drilled.UTC().Format(time.RFC3339), by, leave)
}

func orDash(ok bool, s string) string {
	if !ok {
		return "never"
	}
	return s
}
