package checks

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// keyThreats is how many rows the table of attacks on keys has. Its numbers
// never change their meaning.
const keyThreats = 20

// Every attack on a key, a share or the workstation has a proof, as the threats
// by number have.
func TestEveryAttackOnAKeyHasAProof(t *testing.T) {
	tree := repository()
	content, err := fs.ReadFile(tree, threatPage)
	if err != nil {
		t.Fatal(err)
	}
	var complaints []string
	rows := 0
	for _, row := range regexp.MustCompile(`(?m)^\| K[0-9]+ \|.*$`).FindAllString(string(content), -1) {
		rows++
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		if len(cells) != 5 || cells[0] != fmt.Sprintf("K%d", rows) {
			t.Fatalf("table: want row K%d of 5 cells, found %s of %d", rows, cells[0], len(cells))
		}
		said, _ := provenBy(t, tree, cells[4])
		for _, s := range append(unknownCodes(t, tree, cells[3]), said...) {
			complaints = append(complaints, cells[0]+": "+s)
		}
	}
	if rows != keyThreats {
		t.Fatalf("table: want %d rows, found %d", keyThreats, rows)
	}
	expect(t, complaints)
}
