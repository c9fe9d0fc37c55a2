package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

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
func (f outlay) off(bytes int64, seconds float64) string {
	out := fmt.Sprintf("%d bytes, %s from the forecast", bytes, offBy(float64(bytes), float64(f.bytes)))
	if f.seconds > 0 {
		out += fmt.Sprintf("; %.1f minutes, %s from it", seconds/60, offBy(seconds, f.seconds))
	}
	return out
}

func offBy(found, want float64) string {
	if want == 0 {
		return "not to be compared"
	}
	return fmt.Sprintf("%+.0f %%", 100*(found-want)/want)
}

// foretell says what a run will take, from what the last one sent: bytes to
// each store, the time of the slowest, and what keeping them for their lock
// costs in all.
func (d *desk) foretell(list []snapshotCopy, r backupRun) outlay {
	f := outlay{bytes: newBytes(list)}
	if f.bytes == 0 {
		return f
	}
	prices := d.prices()
	for _, s := range r.stores {
		if speed := d.notes(s.name).Sent.perSecond(); speed > 0 {
			f.seconds = max(f.seconds, float64(f.bytes)/speed)
		}
		if p, ok := prices[s.name]; ok {
			f.priced = true
			f.money += float64(f.bytes)/gib*p.month*float64(r.rules.LockDays)/monthDays + p.request*runRequests/1000
		}
	}
	return f
}

// newBytes is how much of the newest snapshot the one before did not have.
func newBytes(list []snapshotCopy) (n int64) {
	if len(list) == 0 {
		return 0
	}
	old := map[string]bool{}
	if len(list) > 1 {
		for _, g := range list[len(list)-2].Manifest().Segments {
			old[g.Name] = true
		}
	}
	for _, g := range list[len(list)-1].Manifest().Segments {
		if !old[g.Name] {
			n += g.Content.Size
		}
	}
	return n
}

// foretellRestore says what fetching a snapshot from a store will take.
func (d *desk) foretellRestore(m backup.Manifest, store text.ID) outlay {
	f := outlay{bytes: sealedSize(m)}
	if speed := d.notes(store).Proven[backup.V3.String()].perSecond(); speed > 0 {
		f.seconds = float64(f.bytes) / speed
	}
	if p, ok := d.prices()[store]; ok {
		f.priced, f.money = true, float64(f.bytes)/gib*p.egress+p.request*float64(len(m.Items()))/1000
	}
	return f
}

// slowest returns the bytes and the time of the slowest copy that a run sent.
func slowest(outcomes []backup.Outcome) (bytes int64, took time.Duration) {
	for _, o := range outcomes {
		if o.Err == nil {
			bytes, took = max(bytes, o.Sent), max(took, o.Verification.Took)
		}
	}
	return bytes, took
}
