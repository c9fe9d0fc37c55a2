package keystore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A holder whose key withstands quantum computers needs nothing of ours either: the
// age that made it, 1.3 or later, opens the share and prints its commitment.
func TestStockAgeOpensAShareUnderAHybridKey(t *testing.T) {
	stock := os.Getenv("STRONGROOM_AGE")
	if stock == "" {
		t.Skip("STRONGROOM_AGE names no folder (scripts/build.sh age): shares under hybrid keys were not opened by stock age")
	}
	age, keygen := filepath.Join(stock, "age"), filepath.Join(stock, "age-keygen")
	tools(t, age, keygen, "sha256sum", "sh")
	dir := t.TempDir()
	run(t, dir, "", keygen, "-pq", "-o", "key")
	public := strings.TrimSpace(run(t, dir, "", keygen, "-y", "key"))
	h := holderOf(t, "hybrid", public, string(read(t, dir, "key")))
	if h.to.Seal() != SealHybrid {
		t.Fatalf("want a key of age-keygen -pq to be %s, found %s", SealHybrid, h.to.Seal())
	}
	must(t, os.WriteFile(filepath.Join(dir, "share.age"), sealed(t, h.to), 0o600))
	want := fmt.Sprintf("%x  -\n", CommitShare([]byte(testWords)))
	if got := run(t, dir, "", "sh", "-c", age+" -d -i key share.age | sha256sum"); got != want {
		t.Errorf("want %s, found %s", want, got)
	}
	theirs := run(t, dir, testWords+"\n", age, "-r", public)
	if words, err := OpenShare([]byte(theirs), h.with); err != nil || string(words) != testWords {
		t.Errorf("want a share that stock age sealed opened, found %v", err)
	}
}
