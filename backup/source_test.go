package backup_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"strongroom/backup"
)

// Who does not answer may have it: nothing is lost, and nothing sealed anew.
func TestAnObjectIsNowhereOnlyIfEverySourceAnswered(t *testing.T) {
	dir, p, _ := packedPlan(t)
	taken := mustTake(t, os.DirFS(dir), p)
	shared := p.Last.Segments[0].Headers[0].Name
	for _, c := range []struct {
		other backup.Store
		want  string
		lost  bool
	}{
		{deadStore{}, shared + ": want it right in the spool or another store, found it in none that answers: ", false},
		{newMemory(), shared + ": want it right in the spool or another store, found it nowhere: ", true},
	} {
		out, err := backup.Ship(t.Context(), shipment(p, taken.Signed, backup.V3), targets(newMemory(), c.other))
		if err != nil {
			t.Fatal(err)
		}
		if o := out[0]; o.Err == nil || !strings.HasPrefix(o.Err.Error(), c.want) || errors.Is(o.Err, fs.ErrNotExist) != c.lost {
			t.Errorf("want %q, found %v", c.want, o.Err)
		}
		if lost := len(taken.Signed.Manifest().LostSegments(out[:1])) > 0; lost != c.lost {
			t.Errorf("%s: want lost %t, found %t", c.want, c.lost, lost)
		}
	}
}
