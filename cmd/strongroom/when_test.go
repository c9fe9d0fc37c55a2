package main

import (
	"testing"
	"time"

	"strongroom/custody"
)

// A range is rounded to whole hours, names the zone of the terminal, and widens
// as less is known.
func TestBlocksToComeAreARangeOfLocalTime(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	now := time.Date(2026, time.October, 12, 9, 20, 0, 0, zone) // a Monday
	for _, c := range []struct {
		network custody.Network
		blocks  uint32
		want    string
	}{
		{custody.Mainnet, 0, "now"},
		{custody.Mainnet, 1, "about Mon 09:00 to 10:00 CET"},
		{custody.Mainnet, 36, "about Mon 12:00 to 19:00 CET"},
		{custody.Signet, 36, "about Mon 12:00 to 19:00 CET"},
		{custody.Mainnet, 144, "about Tue 01:00 to 17:00 CET"},
		{custody.Mainnet, 432, "about Wed 15:00 to Fri 04:00 CET"},
		{custody.Mainnet, 1008, "about Sat 17 Oct to Tue 20 Oct"},
		{custody.Mainnet, 26208, "about Sat 13 Mar to Tue 11 May 2027"},
		{custody.Mainnet, 60_000, "in more than a year"},
		{custody.Regtest, 36, ""},
	} {
		if got := whenComes(c.network, now, c.blocks); got != c.want {
			t.Errorf("%s, %d blocks:\nwant  %q\nfound %q", c.network, c.blocks, c.want, got)
		}
	}
}
