package checks

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// keyThreats and backupThreats are how many rows the tables of attacks on keys
// and on backups have. Their numbers never change their meaning.
const (
	keyThreats    = 20
	backupThreats = 18
)

// Every attack on a key, a share or the workstation has a proof, as the threats
// by number have.
func TestEveryAttackOnAKeyHasAProof(t *testing.T) { everyRowHasAProof(t, "K", keyThreats) }

func TestEveryAttackOnABackupHasAProof(t *testing.T) { everyRowHasAProof(t, "B", backupThreats) }

// everyRowHasAProof reads the table whose numbers begin with a letter.
func everyRowHasAProof(t *testing.T, letter string, want int) {
	t.Helper()
	tree := repository()
	content, err := fs.ReadFile(tree, threatPage)
	if err != nil {
		t.Fatal(err)
	}
	var complaints []string
	rows := 0
	for _, row := range regexp.MustCompile(`(?m)^\| `+letter+`[0-9]+ \|.*$`).FindAllString(string(content), -1) {
		rows++
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		if len(cells) != 5 || cells[0] != fmt.Sprintf("%s%d", letter, rows) {
			t.Fatalf("table: want row %s%d of 5 cells, found %s of %d", letter, rows, cells[0], len(cells))
		}
		said, _ := provenBy(t, tree, cells[4])
		for _, s := range append(unknownCodes(t, tree, cells[3]), said...) {
			complaints = append(complaints, cells[0]+": "+s)
		}
	}
	if rows != want {
		t.Fatalf("table: want %d rows, found %d", want, rows)
	}
	expect(t, complaints)
}
