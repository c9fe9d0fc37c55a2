package main

import (
	"slices"
	"testing"
	"time"
)

// A key that stands in another layer today is told as that, and a snapshot with
// another number of layers is no business of a re-wrap.
func TestReadersOfALayerMore(t *testing.T) {
	one := made(t, verifierKey(t), nil, nil)
	key := one.Manifest().Recipients[0][len("1 "):]
	unlocked := func(snapshotCopy) time.Time { return time.Time{} }
	fingerprint := "SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg"
	for _, c := range []struct {
		name    string
		present []string
		want    []string
		advice  string
	}{
		{"the same", []string{"1 " + key}, nil, ""},
		{"moved to the inner layer", []string{"1 carol age SHA256:x", "2 " + key},
			[]string{"alice, by a key that is of layer 2 now, " + fingerprint + ", can open snapshot 1 as one of layer 1, as long as a copy is left, since nothing locks them; what is sealed since opens for it in layer 2 only, and nothing takes back what was readable"}, ""},
		{"gone", []string{"1 carol age SHA256:x"},
			[]string{"alice, by a key that is no recipient any more, " + fingerprint + ", can open snapshot 1 as long as a copy is left, since nothing locks them; only what is sealed since is closed to it, and nothing takes back what was readable"},
			"snapshot 1: not open for everybody who is a recipient now; a re-wrap adds headers for who came: strongroom backup rewrap start --snapshot 1"},
	} {
		all := []snapshotCopy{one}
		if got := formerReaders(all, c.present, unlocked); !slices.Equal(got, c.want) {
			t.Errorf("%s: want %q, found %q", c.name, c.want, got)
		}
		if got := rewrapAdvice(all, c.present); got != c.advice {
			t.Errorf("%s: want the advice %q, found %q", c.name, c.advice, got)
		}
	}
}
