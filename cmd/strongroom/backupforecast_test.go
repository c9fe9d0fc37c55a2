package main

import (
	"testing"

	"strongroom/backup"
)

// A look at a copy costs what is read: at V3 all of it, each run.
func TestTheForecastPaysForReadingBack(t *testing.T) {
	m := backup.Manifest{Segments: []backup.Segment{
		{Name: "old", Content: backup.Content{Size: 15 * gib, Part: gib}},
		{Name: "new", Content: backup.Content{Size: gib, Part: gib}},
	}}
	for level, want := range map[backup.Level]int64{backup.V3: 16 * gib, backup.V2: 4 * gib, backup.V1: 0} {
		if found := readBack(m, level); found != want {
			t.Errorf("%s: want %d bytes read back, found %d", level, want, found)
		}
	}
	var f outlay
	f.pay(price{month: 0.02, egress: 0.09, request: 0.005}, gib, readBack(m, backup.V3), 0, 1000)
	if want := 16*0.09 + 0.005; !f.priced || f.money < want-1e-9 || f.money > want+1e-9 {
		t.Errorf("want %f for reading and asking, found %f", want, f.money)
	}
}

func TestTheForecastsErrorIsToldInMoneyToo(t *testing.T) {
	f := outlay{bytes: 1000, seconds: 60, money: 2, priced: true}
	if got, want := f.off(outlay{bytes: 1000, seconds: 60, money: 3, priced: true}), "1000 bytes, +0 % from the forecast; 1.0 minutes, +0 % from it; 3.00 of money, +50 % from it"; got != want {
		t.Errorf("want %q, found %q", want, got)
	}
	if got, want := f.off(outlay{bytes: 1000, seconds: 60}), "1000 bytes, +0 % from the forecast; 1.0 minutes, +0 % from it"; got != want {
		t.Errorf("want %q where no store tells its price, found %q", want, got)
	}
}
