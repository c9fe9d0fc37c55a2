package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"strongroom/backup"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// price is what a store takes, in whatever money the file is in.
//
//	price frankfurt 0.023 0.09 0.005
type price struct {
	month   float64 // for a GiB kept a month
	egress  float64 // for a GiB read
	request float64 // for a thousand requests
}

const (
	gib       = 1 << 30
	monthDays = 365.25 / 12
)

// parsePrices reads a price line for each store, names sorted, each once.
func parsePrices(b []byte) (map[text.ID]price, error) {
	out := map[text.ID]price{}
	last := ""
	for i, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		f := strings.Split(line, " ")
		if len(f) != 5 || f[0] != "price" || len(out) == maxStores {
			return nil, fmt.Errorf("prices: line %d: want price, a store and three numbers, found something else", i+1)
		}
		id, err := text.ParseID(f[1])
		if err != nil || f[1] <= last {
			return nil, fmt.Errorf("prices: line %d: want stores sorted, each once, found %q", i+1, f[1])
		}
		last = f[1]
		var p price
		for k, to := range []*float64{&p.month, &p.egress, &p.request} {
			if *to, err = strconv.ParseFloat(f[2+k], 64); err != nil || *to < 0 || *to > maxPrice || math.IsNaN(*to) {
				return nil, fmt.Errorf("prices: line %d: want numbers from 0 to %d, found %q", i+1, maxPrice, f[2+k])
			}
		}
		out[id] = p
	}
	return out, nil
}

// prices reads the file "prices" of the backup folder; none is no error.
func (d *desk) prices() (out map[text.ID]price) {
	err := d.inBackup(".", func(dir *durable.Dir) error {
		b, err := dir.ReadFile(pricesFile, maxPrices)
		if err == nil {
			out, err = parsePrices(b)
		}
		return err
	})
	if err != nil && !missingFile(err) {
		d.world.Warnf("no money in the forecast: %v", err)
	}
	return out
}

// outlay is what a run or a restore is about to take. Zero seconds are not
// known, and so is money without a price.
type outlay struct {
	bytes   int64
	seconds float64
	money   float64
	priced  bool
}

// String tells it in a line.
func (f outlay) String() string {
	out := fmt.Sprintf("%d bytes", f.bytes)
	if f.seconds > 0 {
		out += fmt.Sprintf(", %.1f minutes", f.seconds/60)
	}
	if f.priced {
		out += fmt.Sprintf(", %.2f of money", f.money)
	}
	return out
}

// off tells how far a forecast was from what came.
func (f outlay) off(came outlay) string {
	out := fmt.Sprintf("%d bytes, %s from the forecast", came.bytes, offBy(float64(came.bytes), float64(f.bytes)))
	if f.seconds > 0 {
		out += fmt.Sprintf("; %.1f minutes, %s from it", came.seconds/60, offBy(came.seconds, f.seconds))
	}
	if f.priced && came.priced {
		out += fmt.Sprintf("; %.2f of money, %s from it", came.money, offBy(came.money, f.money))
	}
	return out
}

func offBy(found, want float64) string {
	if want == 0 {
		return "not to be compared"
	}
	return fmt.Sprintf("%+.0f %%", 100*(found-want)/want)
}

// pay adds what a store takes: for keeping what was put into it for as long as
// it is locked, for what is read from it, and for the requests.
func (f *outlay) pay(p price, put, read int64, lockDays, requests int) {
	f.priced = true
	f.money += float64(put)/gib*p.month*float64(lockDays)/monthDays + float64(read)/gib*p.egress + p.request*float64(requests)/1000
}

// foretell says what a run will take, from what the last one sent: bytes to
// each store, the time of the slowest, and what keeping them for their lock and
// reading the copies back costs in all.
func (d *desk) foretell(ctx context.Context, list []snapshotCopy, r backupRun) outlay {
	f := outlay{bytes: newBytes(list)}
	if f.bytes == 0 {
		return f
	}
	if k, err := d.keptKit(ctx, list[len(list)-1].Signed); err == nil { // without it a little is missing
		f.bytes += int64(len(k.Page()))
	}
	prices := d.prices()
	for _, s := range r.stores {
		if speed := d.notes(s.name).Sent.perSecond(); speed > 0 {
			f.seconds = max(f.seconds, float64(f.bytes)/speed)
		}
		if p, ok := prices[s.name]; ok {
			f.pay(p, f.bytes, max(f.bytes, readBack(list[len(list)-1].Manifest(), r.levelOf(s.name))), r.rules.LockDays, runRequests)
		}
	}
	return f
}

// came is what a run took, as its outcomes tell: for the same stores that the
// forecast was about, those that got it.
func (d *desk) came(outcomes []backup.Outcome, lockDays int) (f outlay) {
	prices := d.prices()
	for _, o := range outcomes {
		if o.Err != nil {
			continue
		}
		f.bytes, f.seconds = max(f.bytes, o.Sent), max(f.seconds, o.Verification.Took.Seconds())
		if p, ok := prices[o.Target]; ok {
			f.pay(p, o.Sent, o.Verification.Bytes, lockDays, runRequests)
		}
	}
	return f
}

// readBack is how much of a snapshot a look at one copy reads from a store: at V3
// all of it, with the segments from before, at V2 the sample.
func readBack(m backup.Manifest, level backup.Level) (n int64) {
	parts := 0
	for _, g := range m.Segments {
		parts += g.Content.Parts()
	}
	switch all := sealedSize(m); level {
	case backup.V3:
		return all
	case backup.V2:
		return all * int64(backup.SamplesOf(parts)) / int64(max(parts, 1))
	}
	return 0
}

// newBytes is how much of the newest snapshot the one before did not have, with its
// manifest.
func newBytes(list []snapshotCopy) (n int64) {
	if len(list) == 0 {
		return 0
	}
	old := map[string]bool{}
	if len(list) > 1 {
		for _, i := range list[len(list)-2].Manifest().Items() {
			old[i.Name] = true
		}
	}
	newest := list[len(list)-1]
	for _, i := range newest.Manifest().Items() {
		if !old[i.Name] {
			n += i.Content.Size
		}
	}
	return n + int64(len(newest.Bytes()))
}

// foretellRestore says what fetching a snapshot from a store will take, without
// the segments that are there already.
func (d *desk) foretellRestore(m backup.Manifest, store text.ID, done []string) outlay {
	f := outlay{}
	for _, g := range m.Segments {
		if !slices.Contains(done, g.Name) {
			f.bytes += g.Content.Size
		}
	}
	if speed := d.notes(store).Proven[backup.V3.String()].perSecond(); speed > 0 {
		f.seconds = float64(f.bytes) / speed
	}
	d.payRestore(&f, m, store)
	return f
}

// payRestore adds what a store takes for the bytes of a restore.
func (d *desk) payRestore(f *outlay, m backup.Manifest, store text.ID) {
	if p, ok := d.prices()[store]; ok {
		f.pay(p, 0, f.bytes, 0, len(m.Items()))
	}
}
