package host

import (
	"crypto/sha256"
	"testing"
)

// The hash is that of the lines which doctor's JSON gives anybody who has jq.
func TestFindingsAreSummedAsLines(t *testing.T) {
	all := []Finding{{Name: "network", Status: Pass, Found: "no interface"}, {Name: "swap", Found: "open /proc/swaps: gone", Why: "not summed"}}
	if got, want := SumFindings(all), sha256.Sum256([]byte("network pass no interface\nswap unknown open /proc/swaps: gone\n")); got != want {
		t.Errorf("want %x, found %x", want, got)
	}
	all[1].Status = Fail
	if SumFindings(all) == sha256.Sum256([]byte("network pass no interface\nswap unknown open /proc/swaps: gone\n")) {
		t.Error("want another hash for another result, found the same")
	}
}
